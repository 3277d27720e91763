"""`tune stop`, `kill` and `resume`, and what all commands of `tune` have in common."""

from __future__ import annotations

import dataclasses
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from agegender_tui import cli
from agegender_tui.cli import main
from agegender_tui.cli_commands import tune
from tests.agegender_tui.tune_command.conftest import (
    BASE,
    alive,
    failure,
    make_study,
    run_of,
    trial,
)
from trainer.config import RunConfig
from trainer.errors import ExitCode
from trainer.jobs.status import Status
from trainer.runs import control
from trainer.runs.layout import create_run, runs_root
from trainer.runs.state import process_started, process_ticks
from trainer.tuning.study import StudyDir


def test_stop_asks_the_worker(capsys: pytest.CaptureFixture[str]) -> None:
    study = make_study(status=alive())
    assert main(["tune", "stop", "last"]) == ExitCode.OK
    assert capsys.readouterr().out == f"{study.id} ends after the trials under way\n"
    assert [command for _, command in control.pending(study)] == ["stop"]


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_nothing_is_asked_of_one_that_has_ended(
    capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    study = make_study()
    code, err = failure(capsys, "tune", verb, study.id)
    assert code == ExitCode.RUN
    assert f"{study.id} has no worker to {verb}: it is finished" in err


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def test_kill_ends_the_worker_and_leaves_the_status_of_one_stopped(
    capsys: pytest.CaptureFixture[str], worker: subprocess.Popen[bytes]
) -> None:
    pid = worker.pid
    study = make_study(
        status=dataclasses.replace(
            alive(), pid=pid, pid_started=process_started(pid), pid_ticks=process_ticks(pid)
        )
    )
    assert main(["tune", "kill", study.id]) == ExitCode.OK
    assert worker.wait(10) == -9
    assert f"killed {study.id}" in capsys.readouterr().out
    status = study.status()
    assert (status.state, status.code) == ("stopped", ExitCode.STOPPED)


def test_resume_goes_on_and_tells_what_is_new(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(trial(1, 9.0), status=Status("stopped"), trials=3)
    assert main(["tune", "resume", study.id]) == ExitCode.OK
    assert played == [study]
    lines = [line for line in capsys.readouterr().out.splitlines() if line[:8] == "trial   "]
    assert [line.split()[1] for line in lines] == ["2", "3"]


def test_resume_with_more_trials_searches_on(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(trial(1, 9.0), trials=1)
    code, err = failure(capsys, "tune", "resume", study.id)
    assert code == ExitCode.RUN and "resume it with more to search on" in err
    assert main(["tune", "resume", study.id, "--trials", "3", "--detach"]) == ExitCode.OK
    assert capsys.readouterr().out == f"{study.id}\n"
    assert study.config().trials == 3


def test_resume_json_has_the_new_lines_alone(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(trial(1, 9.0), status=Status("stopped"))
    main(["tune", "resume", study.id, "--json"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["type"], one["number"]) for one in lines] == [
        ("begin", 2), ("end", 2), ("begin", 3), ("end", 3),
    ]  # fmt: skip


def test_one_that_is_worked_on_needs_no_resume(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    make_study(status=alive())
    code, err = failure(capsys, "tune", "resume", "last")
    assert code == ExitCode.RUN and "needs no resume" in err
    assert played == []


@pytest.mark.parametrize("verb", tune.VERBS)
def test_each_verb_has_help_with_an_example_that_parses(
    capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    with pytest.raises(SystemExit):
        main(["tune", verb, "--help"])
    assert f"example: agegender-tui tune {verb}" in capsys.readouterr().out
    example = tune.module_of(tune.VERBS, verb).EXAMPLE
    cli.command_parser("tune", tune).parse_args(shlex.split(example)[2:])


def test_a_run_with_the_settings_of_a_trial_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from agegender_tui import launch

    started: list[RunConfig] = []
    monkeypatch.setattr(launch, "spawn", lambda run, verb: started.append(run.config()) or 1)
    study = make_study()
    for settings in (run_of(study, 2), create_run(runs_root(), BASE.replace(label="mine"))):
        file = str(settings.config_file)
        assert main(["train", "--demo", "--config", file, "--detach"]) == ExitCode.OK
    assert [(one.study, one.label) for one in started] == [("", ""), ("", "mine")]


def test_the_commands_load_neither_optuna_nor_anything_else_that_is_heavy() -> None:
    names = [f"agegender_tui.cli_commands.{module}" for _, module in tune.VERBS.values()]
    code = f"import sys, {', '.join(names)}\nprint(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"optuna", "numpy", "textual", "tensorflow"} & set(done.stdout.split())
