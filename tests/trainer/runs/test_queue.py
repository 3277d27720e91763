import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from trainer.runs.queue import DeviceTicket, queue_folder

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
