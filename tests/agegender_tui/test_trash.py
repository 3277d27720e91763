"""Deleting a run moves it where it can be taken back from."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agegender_tui.trash import trash, trash_evaluation, trash_study
from trainer.errors import RunError
from trainer.evaluation.store import EvaluationDir
from trainer.jobs.status import Status, write_status
from trainer.runs.layout import RunDir, run_ids
from trainer.runs.state import process_started
from trainer.tuning.study import StudyDir

MakeRun = Callable[..., RunDir]


def test_the_run_leaves_the_list_and_nothing_of_it_is_lost(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path)
    before = sorted(path.name for path in run.path.iterdir())
    target = trash(run)
    assert target == tmp_path / ".trash" / run.id
    assert sorted(path.name for path in target.iterdir()) == before
    assert run_ids(tmp_path) == []


def test_a_run_that_is_worked_on_is_refused(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(
        tmp_path,
        state="training",
        pid=os.getpid(),
        pid_started=process_started(os.getpid()),
        host=socket.gethostname(),
        heartbeat=time.time(),
    )
    with pytest.raises(RunError, match="stop it before"):
        trash(run)
    assert run.path.is_dir()


def test_a_lost_run_and_a_half_written_one_may_go(tmp_path: Path, make_run: MakeRun) -> None:
    trash(make_run(tmp_path, state="training"))
    half = RunDir(tmp_path / "20261123-201500-A-half")
    half.path.mkdir()
    trash(half)
    damaged = make_run(tmp_path)
    damaged.state_file.write_text("{")
    trash(damaged)
    assert run_ids(tmp_path) == []


def test_a_run_whose_state_this_version_cannot_read_is_refused(
    tmp_path: Path, make_run: MakeRun
) -> None:
    newer = make_run(tmp_path, state="training")
    newer.state_file.write_text('{"v": 2, "state": "training"}')
    closed = make_run(tmp_path, state="training")
    closed.state_file.unlink()
    closed.state_file.mkdir()
    for run, words in ((newer, "newer version; upgrade"), (closed, "cannot be read")):
        with pytest.raises(RunError, match=f"{run.id} is not deleted, it may be .*{words}"):
            trash(run)
        assert run.path.is_dir()


def test_one_of_the_same_name_in_the_trash_stays(tmp_path: Path, make_run: MakeRun) -> None:
    first = make_run(tmp_path, label="first")
    trash(first)
    again = make_run(tmp_path, name=first.id, label="second")
    assert trash(again).name == f"{first.id}-2"
    assert RunDir(tmp_path / ".trash" / first.id).config().label == "first"


def test_an_evaluation_whose_state_this_version_cannot_read_is_refused(tmp_path: Path) -> None:
    one = EvaluationDir(tmp_path / "evaluations" / "a-on-b-all")
    one.path.mkdir(parents=True)
    one.state_file.write_text('{"v": 2, "state": "working"}')
    with pytest.raises(RunError, match="newer version; upgrade"):
        trash_evaluation(one)
    assert one.path.is_dir()
    one.state_file.write_text("{")
    assert trash_evaluation(one) == tmp_path / ".trash" / one.path.name


def test_a_study_goes_without_its_runs_and_one_that_is_worked_on_stays(tmp_path: Path) -> None:
    one = StudyDir(tmp_path / "studies" / "20261127-120000-study-ab12")
    one.path.mkdir(parents=True)
    (tmp_path / "20261127-120001-A-t001").mkdir()
    write_status(one.state_file, Status("working", heartbeat=4e9, host="elsewhere", pid=1))
    with pytest.raises(RunError, match=r"is being worked on: k ends it"):
        trash_study(one)
    one.state_file.write_text('{"v": 2, "state": "working"}')
    with pytest.raises(RunError, match="newer version; upgrade"):
        trash_study(one)
    one.state_file.write_text("{")
    assert trash_study(one) == tmp_path / ".trash" / one.id
    assert run_ids(tmp_path) == ["20261127-120001-A-t001"]


def test_a_run_that_is_gone_already_is_said_to_be_gone(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    trash(run)
    with pytest.raises(RunError, match=r"^[^ ]*: is gone; it was moved or deleted"):
        trash(run)
