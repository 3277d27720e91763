import os
import socket
import tomllib

import pytest

from trainer.runs.registry import Registry
from trainer.runs.state import RunState, process_started, write_state


def rows(root):
    return {summary.id: summary for summary in Registry(root).list()}


def test_runs_come_newest_first_with_settings_label_and_state(make_run, tmp_path):
    make_run(tmp_path, name="20261123-201500-A-aaaa", label="old")
    make_run(tmp_path, name="20261124-201500-A-bbbb", state="failed", data="/data/UTKFace")
    newest, oldest = Registry(tmp_path).list()
    assert (newest.id, newest.state) == ("20261124-201500-A-bbbb", "failed")
    assert newest.settings["data"] == "/data/UTKFace"
    assert (oldest.label, oldest.state) == ("old", "finished")
    assert oldest.status.best["epoch"] == 5


def test_runs_come_in_the_order_of_their_starts_not_of_their_ids(make_run, tmp_path):
    berlin = make_run(tmp_path, name="20261123-211500-A-aaaa", created=1_795_464_900.0)
    utc = make_run(tmp_path, name="20261123-201501-A-bbbb", created=1_795_464_901.5)
    same_second = make_run(tmp_path, name="20261123-201501-A-aaab", created=1_795_464_901.7)
    expected = [same_second.id, utc.id, berlin.id]
    assert [summary.id for summary in Registry(tmp_path).list()] == expected


def test_settings_edited_before_a_resume_are_read_again(make_run, tmp_path):
    run = make_run(tmp_path, data="/old/faces")
    registry = Registry(tmp_path)
    assert registry.list()[0].settings["data"] == "/old/faces"
    text = run.config_file.read_text()
    run.config_file.write_text(text.replace("/old/faces", "/new/faces, elsewhere"))
    os.utime(run.config_file, ns=(1, 1))  # whatever the resolution of the clock
    assert registry.list()[0].settings["data"] == "/new/faces, elsewhere"


def test_no_folder_means_no_runs(tmp_path):
    assert Registry(tmp_path / "none").list() == []


def test_an_active_run_is_lost_without_its_worker_and_not_with_it(make_run, tmp_path):
    host = socket.gethostname()
    gone = make_run(tmp_path, state="training", host=host, pid=os.getpid(), pid_started=1.0)
    own = process_started(os.getpid())
    here = make_run(tmp_path, state="training", host=host, pid=os.getpid(), pid_started=own)
    found = rows(tmp_path)
    assert found[gone.id].state == "lost"
    assert found[here.id].state == "training"


def test_a_broken_run_is_listed_with_its_problem_and_hides_no_other(make_run, tmp_path):
    whole, stateless, newer, garbled, bare, odd = (make_run(tmp_path) for _ in range(6))
    odd.state_file.write_text('{"v": 1, "state": "training", "heartbeat": "noon"}')
    loop = tmp_path / "20261123-201500-A-loop"
    loop.symlink_to(loop)
    stateless.state_file.unlink()
    newer.state_file.write_text('{"v": 99, "state": "finished"}')
    garbled.config_file.write_text("= nonsense")
    bare.config_file.unlink()
    found = rows(tmp_path)
    assert found[whole.id].problem == ""
    for run, words in (
        (stateless, "missing; take what you need"),
        (newer, "newer version"),
        (garbled, "damaged"),
        (bare, "missing"),
        (odd, "not readable"),
    ):
        assert found[run.id].state == "broken"
        assert words in found[run.id].problem


def test_a_run_whose_settings_may_not_be_read_is_not_told_to_be_deleted(make_run, tmp_path):
    run = make_run(tmp_path)
    content = run.config_file.read_bytes()
    run.config_file.unlink()
    run.config_file.mkdir()  # root may read a file that nobody may
    registry = Registry(tmp_path)
    (row,) = registry.list()
    assert row.problem == f"{run.config_file}: cannot be read (Is a directory); check permissions"
    run.config_file.rmdir()
    run.config_file.write_bytes(content)
    assert registry.list()[0].state == "finished"


def test_a_change_of_state_or_label_is_seen_by_the_same_registry(make_run, tmp_path):
    run = make_run(tmp_path, state="stopped", label="old")
    registry = Registry(tmp_path)
    assert [(s.state, s.label) for s in registry.list()] == [("stopped", "old")]
    write_state(run, RunState(state="finished", epoch=9))
    run.set_label("new")
    (row,) = registry.list()
    assert (row.state, row.label, row.status.epoch) == ("finished", "new", 9)


def test_a_damaged_label_falls_back_to_the_first_one(make_run, tmp_path):
    run = make_run(tmp_path, label="first")
    run.label_file.write_bytes(b"\xff\xfe")
    assert rows(tmp_path)[run.id].label == "first"


def test_states_that_did_not_change_are_not_read_again(make_run, tmp_path, monkeypatch):
    make_run(tmp_path)
    registry = Registry(tmp_path)
    first = registry.list()

    def refuse(_):
        pytest.fail("read again")

    monkeypatch.setattr("trainer.runs.registry.read_state", refuse)
    assert registry.list() == first


@pytest.mark.parametrize(
    "text",
    [
        "",
        'epochs = 3\nlabel = "a # b"  # why\n\n# all\nzoom = 0.1\n',
        'label = """\nepochs = 3\n"""\nmodel = "A"\n',
        "label = '''x\nepochs = 3\n'''\n",
        "widths = [\n  1,\n  2,\n]\n",
        "[run]\nepochs = 3\n",
        "run.epochs = 3\nrun.label = 'a'\n",
        "epochs = 3\r\nmodel = 'A'\r\n",
        'label = "a\u2028b"\n',
    ],
)
def test_settings_are_what_toml_says_however_they_are_written(make_run, tmp_path, text):
    run = make_run(tmp_path)
    run.config_file.write_bytes(text.encode())
    assert Registry(tmp_path).summary(run).settings == tomllib.loads(text)


@pytest.mark.parametrize("text", ["epochs = 3\nepochs = 4\n", "epochs = \n", "epochs = 3 4\n"])
def test_settings_that_are_no_toml_make_a_broken_run(make_run, tmp_path, text):
    run = make_run(tmp_path)
    run.config_file.write_text(text)
    assert Registry(tmp_path).summary(run).state == "broken"
