"""A study is followed to its end."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import pytest

from agegender_tui import launch_study
from agegender_tui.cli import main
from agegender_tui.cli_commands import study_following
from agegender_tui.cli_commands.study_following import JsonLines, TrialLines
from agegender_tui.exit_status import INTERRUPTED
from tests.agegender_tui.tune_command.conftest import (
    VARY,
    alive,
    lost,
    make_study,
    run_of,
    tell,
    training,
    trial,
)
from trainer.errors import ExitCode
from trainer.jobs.status import Status, write_status
from trainer.runs import control
from trainer.runs.state import write_state
from trainer.tuning.study import StudyDir
from trainer.tuning.trial_log import FAILED, PRUNED, TrialWriter


def follow(study: StudyDir, monkeypatch: pytest.MonkeyPatch, *steps: object) -> int:
    """Follow it, and do one of `steps` between two looks."""
    left = list(steps)

    def sleep(_: float) -> None:
        step = left.pop(0)
        if step is not None:
            step()

    real = study_following.follow
    monkeypatch.setattr(study_following, "follow", lambda s, t: real(s, t, sleep))
    monkeypatch.setattr(launch_study, "start", lambda root, config: study)
    return main(["tune", "start", "--demo", *VARY])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status("finished"), ExitCode.OK),
        (Status("stopped", text="killed", code=0), ExitCode.STOPPED),
        (Status("failed", text="full", code=6), ExitCode.STORAGE),
        (Status("failed", text="odd", code=0), ExitCode.UNEXPECTED),
    ],
)
def test_the_exit_status_is_that_of_the_end(
    monkeypatch: pytest.MonkeyPatch, status: Status, code: int
) -> None:
    study = make_study(status=alive())
    end = lambda: write_status(study.state_file, status)  # noqa: E731
    assert follow(study, monkeypatch, end) == code


def test_a_worker_that_vanished_is_told_once_it_stays_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(status=lost())
    assert follow(study, monkeypatch, None) == ExitCode.RUN
    assert "lost: its worker is gone; `agegender-tui tune resume" in capsys.readouterr().out


def test_a_killed_one_is_stopped_although_its_worker_vanished_a_moment_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = make_study(status=lost())
    end = lambda: write_status(study.state_file, Status("stopped", text="killed"))  # noqa: E731
    assert follow(study, monkeypatch, end) == ExitCode.STOPPED


def test_trials_told_with_the_end_are_not_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(status=alive())

    def end() -> None:
        tell(study, trial(1, 6.0))
        write_status(study.state_file, Status("finished"))

    follow(study, monkeypatch, end)
    assert "\ntrial   1  finished" in capsys.readouterr().out


def test_ctrl_c_leaves_it_going_and_says_how_to_find_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(status=alive())

    def interrupt() -> None:
        raise KeyboardInterrupt

    assert follow(study, monkeypatch, interrupt) == INTERRUPTED
    err = capsys.readouterr().err
    assert f"the study goes on; `agegender-tui tune show {study.id} --follow` follows it" in err
    assert f"`agegender-tui tune stop {study.id}` ends it" in err
    assert study.status().state == "working" and control.pending(study) == []


def test_one_left_going_is_followed_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(*(trial(n, 9.0 - n / 10) for n in range(1, 12)), status=alive())

    def end(_: float) -> None:
        tell(study, trial(12, 5.0))
        write_status(study.state_file, Status("finished", text="all done"))

    monkeypatch.setattr(study_following.time, "sleep", end)
    real = study_following.follow
    monkeypatch.setattr(study_following, "follow", lambda s, t: real(s, t, end))
    assert main(["tune", "show", "last", "--follow", "--all"]) == ExitCode.OK
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0] == f"study {study.id}"
    assert [line.split()[:3] for line in lines[1:13]] == [
        ["trial", str(number), "finished"] for number in range(1, 13)
    ]
    assert "12 finished" in out
    assert "add --all" not in out


def test_one_that_is_over_is_shown_without_being_followed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    study = make_study(trial(1, 6.0), status=Status("stopped"))
    assert main(["tune", "show", "last"]) == ExitCode.OK
    assert main(["tune", "show", "last", "--follow"]) == ExitCode.STOPPED
    assert not capsys.readouterr().out.startswith(f"study {study.id}\n")


def test_a_study_that_is_deleted_meanwhile_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(status=alive())
    assert follow(study, monkeypatch, study.state_file.unlink) == ExitCode.RUN
    assert "state.json: missing, so the study is half made" in capsys.readouterr().err


def test_json_of_one_that_failed_says_why_on_the_error_stream(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(trial(1, 6.0), status=Status("failed", text="3 failed", code=4))
    monkeypatch.setattr(launch_study, "start", lambda root, config: study)
    assert main(["tune", "start", "--demo", *VARY, "--json"]) == ExitCode.RUN
    out, err = capsys.readouterr()
    assert out == study.trials_file.read_text()
    assert err == f"{study.id} failed: 3 failed\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """What stands there, after the rewriting."""
        return [line.rpartition("\r\x1b[K")[2] for line in self.getvalue().split("\n")]


def test_on_a_terminal_one_line_says_what_runs_now_and_the_best_so_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    study = make_study(trial(1, 6.0), trial(2, 8.0), status=alive(), trials=9)
    one, other = run_of(study, 3), run_of(study, 4)
    write_state(one, training(2))
    tell(study, trial(3, 0, run=one.id), trial(4, 0, run=other.id), running=True)
    screen = Terminal()
    teller = TrialLines(study, screen)
    teller.look()
    lines = screen.lines()
    assert [line[:11] for line in lines[:2]] == ["trial   1  ", "trial   2  "]
    assert lines[2:] == [
        "trial 3 of 9: epoch 3/5, trial 4 of 9: finished; best: trial 1, 6.00 years, 80.0 %"
    ]
    teller.look()  # nothing new: the same line, once
    assert screen.lines() == lines
    teller.close()
    assert screen.lines()[2:] == [""]


def test_the_living_line_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    study = make_study(trial(1, 6.0), status=alive())
    tell(study, trial(2, 0), trial(3, 0), running=True)
    screen = Terminal()
    TrialLines(study, screen).look()
    assert len(screen.lines()[-1]) == 39


def test_elsewhere_there_are_but_the_lines_that_last() -> None:
    study = make_study(trial(1, 6.0), status=alive())
    tell(study, trial(2, 0), running=True)
    stream = io.StringIO()
    teller = TrialLines(study, stream)
    teller.look()
    teller.look()
    teller.close()
    assert stream.getvalue().count("\n") == 1 and "\r" not in stream.getvalue()


def test_a_trial_that_failed_says_why() -> None:
    study = make_study(
        trial(1, math.nan, FAILED, "out of \x1bmemory"), trial(2, 9.0, PRUNED, "worse")
    )
    stream = io.StringIO()
    TrialLines(study, stream).look()
    first, second = stream.getvalue().splitlines()
    assert first == "trial   1  failed    learning_rate=0.001 batch_size=32  out of \\x1bmemory"
    assert second.startswith("trial   2  pruned    error 0.900  9.00 years, 80.0 %")
    assert second.endswith("worse")


def test_a_line_that_is_not_whole_yet_is_told_when_it_is() -> None:
    study = make_study(trial(1, 6.0))
    stream = io.StringIO()
    teller = JsonLines(study, stream)
    with open(study.trials_file, "ab") as file:
        file.write(b'{"v": 1,')
    teller.look()
    assert stream.getvalue() == study.trials_file.read_text().removesuffix('{"v": 1,')
    with open(study.trials_file, "ab") as file:
        file.write(b' "t": 1}\n')
    teller.look()
    assert stream.getvalue().splitlines()[2:] == ['{"v": 1, "t": 1}']


@pytest.mark.parametrize("kind", [TrialLines, JsonLines])
def test_of_a_resumed_study_only_what_is_new_is_told(kind: Callable[..., TrialLines]):
    study = make_study(trial(1, 6.0))
    tell(study, trial(2, 7.0), running=True)
    stream = io.StringIO()
    teller = kind(study, stream, anew=False)
    TrialWriter(study.trials_file).end(trial(2, 7.0))
    teller.look()
    assert stream.getvalue().count("\n") == 1
    assert "7.0" in stream.getvalue()
