import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import platformdirs
import pytest

from trainer.errors import StorageError
from trainer.runs import queue
from trainer.runs.queue import HANDED, DeviceTicket, drop_handed, queue_folder

HOLDER = """
import sys
from trainer.runs.queue import DeviceTicket
ticket = DeviceTicket(sys.argv[1], sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_elsewhere(device, run_id):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, device, run_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        yield holder
    finally:
        holder.kill()
        holder.communicate()


def test_the_first_ticket_has_the_device_and_the_rest_wait_in_order():
    with (
        DeviceTicket("cpu", "a") as a,
        DeviceTicket("cpu", "b") as b,
        DeviceTicket("cpu", "c") as c,
    ):
        assert a.ahead() == []
        assert b.ahead() == ["a"]
        assert c.ahead() == ["a", "b"]
        a.release()
        assert b.ahead() == []
        assert c.ahead() == ["b"]


def test_one_that_gives_up_in_the_middle_frees_no_one_before_it():
    with DeviceTicket("cpu", "a"), DeviceTicket("cpu", "b") as b, DeviceTicket("cpu", "c") as c:
        b.release()
        assert c.ahead() == ["a"]


def test_devices_do_not_wait_for_one_another():
    with DeviceTicket("gpu:0", "a"), DeviceTicket("gpu:1", "b") as b:
        assert b.ahead() == []


def test_a_folder_of_an_unknown_user_is_taken_as_it_is_written(monkeypatch):
    monkeypatch.setenv("AGEGENDER_QUEUE", "~no-such-user/queue")
    assert queue_folder("cpu").parts[:2] == ("~no-such-user", "queue")


def test_a_ticket_dies_with_its_process_killed_or_not():
    with held_elsewhere("gpu:0", "a") as holder, DeviceTicket("gpu:0", "b") as b:
        assert b.ahead() == ["a"]
        holder.kill()
        holder.wait()
        assert b.ahead() == []
        assert os.listdir(queue_folder("gpu:0"))  # b's own is left
        assert not any(name.endswith("-a") for name in os.listdir(queue_folder("gpu:0")))


def test_a_newcomer_stands_behind_those_that_wait_though_the_first_died():
    with held_elsewhere("cpu", "a") as holder, DeviceTicket("cpu", "b") as b:
        holder.kill()
        holder.wait()
        with DeviceTicket("cpu", "c") as c:
            assert c.ahead() == ["b"]
            assert b.ahead() == []


def test_looking_does_not_take_the_lock_of_a_living_run():
    with held_elsewhere("cpu", "a"), DeviceTicket("cpu", "b") as b:
        assert b.ahead() == b.ahead() == ["a"]


def test_a_folder_that_was_deleted_is_made_again_and_those_that_wait_keep_their_order():
    with (
        DeviceTicket("cpu", "a"),
        DeviceTicket("cpu", "b") as b,
        DeviceTicket("cpu", "c") as c,
    ):
        shutil.rmtree(queue_folder("cpu"))
        with DeviceTicket("cpu", "d") as d:
            c.ahead()
            assert b.ahead() == ["d"]
            assert c.ahead() == ["d", "b"]
            assert d.ahead() == []


def test_the_one_that_has_the_device_makes_its_deleted_ticket_again():
    with DeviceTicket("cpu", "a") as a:
        shutil.rmtree(queue_folder("cpu"))
        a.keep()
        with DeviceTicket("cpu", "b") as b:
            assert b.ahead() == ["a"]
            a.keep()
            assert (a.ahead(), b.ahead()) == ([], ["a"])


def test_a_released_ticket_is_not_made_again():
    a = DeviceTicket("cpu", "a")
    a.release()
    a.keep()
    assert os.listdir(queue_folder("cpu")) == [".lock"]


def test_a_ticket_that_cannot_be_made_again_now_is_made_later(monkeypatch):
    with DeviceTicket("cpu", "a") as a:
        shutil.rmtree(queue_folder("cpu"))
        queue_folder("cpu").write_text("in the way")
        with pytest.raises(StorageError):
            a.keep()
        queue_folder("cpu").unlink()
        a.keep()
        assert a.path.exists()


def test_those_that_wait_believe_a_deleted_queue_only_after_a_while(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(queue, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with DeviceTicket("cpu", "a"), DeviceTicket("cpu", "b") as b, DeviceTicket("cpu", "c") as c:
        assert (b.ahead(), c.ahead()) == (["a"], ["a", "b"])
        shutil.rmtree(queue_folder("cpu"))
        assert (b.ahead(), c.ahead()) == (["a"], ["b"])
        now[0] += queue.SURE_SECONDS / 2
        assert b.ahead() == ["a"]
        now[0] += queue.SURE_SECONDS / 2
        assert b.ahead() == []


def test_two_of_one_number_are_in_order_too():
    with DeviceTicket("cpu", "a"), DeviceTicket("cpu", "b") as b:
        shutil.rmtree(queue_folder("cpu"))
        with DeviceTicket("cpu", "c"), DeviceTicket("cpu", "d") as d:
            b.ahead()
            assert (b.path.name, d.path.name) == ("00000002-b", "00000002-d")
            assert (b.ahead(), d.ahead()) == (["c"], ["c", "b"])


def test_the_queue_is_none_of_the_cache(monkeypatch):
    monkeypatch.delenv("AGEGENDER_QUEUE")
    cache = Path(platformdirs.user_cache_dir("agegender-tui"))
    assert not queue_folder("cpu").is_relative_to(cache)


HANDS_OVER = """
import os, sys
from trainer.runs.queue import DeviceTicket, handed
ticket = DeviceTicket(sys.argv[1], sys.argv[2])
print("held", flush=True)
sys.stdin.readline()
device, run, code = sys.argv[1:]
environment = {**os.environ, **handed([ticket])}
os.execve(sys.executable, [sys.executable, "-c", code, device, run], environment)
"""


def test_a_process_that_replaces_itself_keeps_its_place():
    command = [sys.executable, "-c", HANDS_OVER, "cpu", "a", HOLDER]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        with DeviceTicket("cpu", "b") as b:
            holder.stdin.write(b"go\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == b"held\n"
            assert b.ahead() == ["a"]
            assert (queue_folder("cpu") / "00000001-a").exists()
            holder.kill()
            holder.wait()
            assert b.ahead() == []
    finally:
        holder.kill()
        holder.communicate()


def test_a_ticket_that_is_not_taken_over_blocks_no_one(monkeypatch):
    gone = DeviceTicket("gpu:0", "a")
    kept = os.dup(gone._file.fileno())  # the lock is of both
    gone._file.close()
    monkeypatch.setenv(HANDED, json.dumps([[kept, str(gone.path)]]))
    with DeviceTicket("cpu", "a"), DeviceTicket("gpu:0", "b") as b:
        assert b.ahead() == ["a"]
        drop_handed()
        assert b.ahead() == []
    assert HANDED not in os.environ


@pytest.mark.parametrize("told", ["[[9999, {path}]]", '[["x", {path}]]', "[[0, {path}]]", "{{"])
def test_a_ticket_that_did_not_come_along_is_taken_anew(monkeypatch, told):
    path = queue_folder("cpu") / "00000007-a"
    monkeypatch.setenv(HANDED, told.format(path=json.dumps(str(path))))
    with DeviceTicket("cpu", "a") as a:
        assert a.path.name == "00000001-a"
        assert a.ahead() == []


def test_foreign_files_in_the_folder_are_left_alone():
    folder = queue_folder("cpu")
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    with DeviceTicket("cpu", "a") as a:
        assert a.ahead() == []
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("_", range(2))
def test_a_released_ticket_leaves_nothing(_):
    with DeviceTicket("cpu", "a"):
        pass
    assert os.listdir(queue_folder("cpu")) == [".lock"]
