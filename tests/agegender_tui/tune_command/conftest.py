"""What the tests of `tune` share: studies made up, whose workers are played."""

from __future__ import annotations

import dataclasses
import math
import os
import socket
import time

import pytest

from agegender_tui import launch_study
from agegender_tui.cli import main
from agegender_tui.cli_commands import study_following
from trainer.jobs.status import Status, write_status
from trainer.presets import preset
from trainer.runs.layout import RunDir, create_run, runs_root
from trainer.runs.state import RunState, process_started, process_ticks, write_state
from trainer.tuning.space import parse_pairs
from trainer.tuning.study import StudyConfig, StudyDir, create_study
from trainer.tuning.trial_log import FINISHED, Trial, TrialWriter

BASE = preset("A-demo").replace(data="/faces/utk", epochs=5)
SPACE = parse_pairs(["learning_rate=1e-4..1e-2:log", "batch_size=16/32/64"])
VARY = ("--vary", "learning_rate=1e-4..1e-2:log")


def trial(number: int, mae: float, state: str = FINISHED, text: str = "", run: str = "") -> Trial:
    """A trial that ended; the objective is a tenth of its MAE."""
    return Trial(
        number,
        run or f"20261127-12000{number}-A-t00{number}",
        {"learning_rate": 0.001 * number, "batch_size": 32},
        state=state,
        value=mae / 10,
        age_mae=mae,
        gender_accuracy=0.8,
        epochs=5,
        best_epoch=4,
        course=(math.nan, mae / 10),
        text=text,
    )


def tell(study: StudyDir, *trials: Trial, running: bool = False) -> None:
    writer = TrialWriter(study.trials_file)
    for one in trials:
        writer.begin(one)
        if not running:
            writer.end(one)


def make_study(*trials: Trial, status: Status | None = None, **how: object) -> StudyDir:
    """A study that has ended, unless `status` says otherwise."""
    study = create_study(runs_root(), StudyConfig(**{"base": BASE, "space": SPACE, **how}))
    tell(study, *trials)
    write_status(study.state_file, status or Status("finished", text="as played"))
    return study


def alive() -> Status:
    """Of a worker that is this very process."""
    pid = os.getpid()
    return Status(
        "working", pid=pid, pid_started=process_started(pid), pid_ticks=process_ticks(pid),
        host=socket.gethostname(), heartbeat=time.time(), phase="searching",
    )  # fmt: skip


def lost() -> Status:
    return dataclasses.replace(alive(), pid=2**22 - 1, heartbeat=1.0)


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    out, err = capsys.readouterr()
    assert err.startswith("agegender-tui: ") and err.count("\n") == 1, err
    assert out == ""
    return code, err


def run_of(study: StudyDir, number: int) -> RunDir:
    """An ordinary run, as that of a trial."""
    run = create_run(study.runs_root, BASE.replace(study=study.id, label=f"trial {number}"))
    write_state(run, RunState(state="finished"))
    return run


def training(epoch: int) -> RunState:
    """The state of a run that trains, its worker this very process."""
    at = alive()
    return RunState(
        state="training", pid=at.pid, pid_started=at.pid_started, pid_ticks=at.pid_ticks,
        host=at.host, heartbeat=at.heartbeat, epoch=epoch, epochs=5,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_following, "POLL_SECONDS", 0.01)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[StudyDir]:
    """The studies whose workers were started, each already ended with two trials more."""
    started: list[StudyDir] = []

    def spawn(study: StudyDir, verb: str) -> int:
        assert verb == "tune"
        started.append(study)
        before = len(study.trials().trials)
        tell(study, trial(before + 1, 8.0), trial(before + 2, 6.0))
        write_status(study.state_file, Status("finished", text="as played"))
        return 1

    monkeypatch.setattr(launch_study, "spawn", spawn)
    return started
