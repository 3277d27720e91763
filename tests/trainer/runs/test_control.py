import os
import shutil

import pytest

from trainer.errors import RunError
from trainer.runs import control


@pytest.fixture
def run(make_run, tmp_path):
    return make_run(tmp_path, state="training")


def names(commands):
    return [command for _, command in commands]


def test_commands_are_taken_once_in_the_order_they_were_sent(run):
    for command in ("pause", "resume", "stop"):
        control.send(run, command)
    assert names(control.pending(run)) == ["pause", "resume", "stop"]
    assert names(control.take(run)) == ["pause", "resume", "stop"]
    assert control.take(run) == []
    assert os.listdir(run.control) == []


def test_the_time_of_asking_is_told_in_seconds(run):
    (run.control / f"{1_795_000_000_500_000_000:020d}-stop").touch()
    assert control.pending(run) == [(1_795_000_000.5, "stop")]


def test_an_unknown_command_is_refused_with_those_there_are(run):
    with pytest.raises(RunError, match="'halt' is no command: choose pause"):
        control.send(run, "halt")


def test_a_command_that_arrives_while_others_are_taken_is_kept(run, monkeypatch):
    control.send(run, "pause")
    listdir = os.listdir

    def listed_just_before_another_arrives(path):
        found = listdir(path)
        monkeypatch.setattr(os, "listdir", listdir)
        control.send(run, "stop")
        return found

    monkeypatch.setattr(os, "listdir", listed_just_before_another_arrives)
    assert names(control.take(run)) == ["pause"]
    assert names(control.take(run)) == ["stop"]


def test_half_made_and_foreign_files_are_no_commands(run):
    (run.control / ".123-456").touch()
    (run.control / "notes.txt").touch()
    (run.control / "00000000000000000002-stop").mkdir()
    (run.control / "00000000000000000001-explode").touch()
    assert control.take(run) == []
    assert sorted(os.listdir(run.control)) == [".123-456", "00000000000000000002-stop"]


def test_a_missing_folder_means_no_commands_and_sending_makes_it(run):
    shutil.rmtree(run.control)
    assert control.take(run) == []
    control.send(run, "stop")
    assert names(control.take(run)) == ["stop"]
