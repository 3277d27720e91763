"""Out of memory: half the batch in a new process, at most three times."""

import os

import pytest

from tests.trainer.training.test_worker import PATIENCE, draw_faces, settings, wait_for, worker
from trainer.config import RunConfig
from trainer.errors import ExitCode
from trainer.runs import control
from trainer.runs.event_log import read_events
from trainer.runs.events import EpochEvent, MessageEvent, PhaseEvent, RunEvent
from trainer.runs.layout import create_run
from trainer.runs.queue import DeviceTicket
from trainer.runs.state import read_state
from trainer.training import checkpoint
from trainer.training.memory import can_halve, halved_batch, is_out_of_memory

FACES = 40  # 32 of them to train on

# Stand-ins for a full GPU, put into the worker. The first fails in a step of more than 4 images, as
# TensorFlow's allocator makes it fail; the second before TensorFlow has even started.
FULL_IN_A_STEP = """
from trainer.training import batches

def images(self, rows, epoch, step, whole=batches.TrainingBatches._images):
    if len(rows) > 4 and (epoch, step) == (2, 2):
        from tensorflow import errors
        raise errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    return whole(self, rows, epoch, step)

batches.TrainingBatches._images = images
"""
# One of four GPUs, full once TensorFlow is shown it; there is no Keras, so that it ends there.
FULL_GPU = """
import contextlib, os, sys
from trainer.errors import EnvironmentFault
from trainer.training import device

def start(*chosen, whole=device.start_tensorflow, **how):
    sys.modules["keras"] = None
    with contextlib.suppress(EnvironmentFault):
        whole(*chosen, **how)
    print("shown:", os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
    raise MemoryError

device.start_tensorflow = start
"""
FOUR_GPUS = """
class NVMLError(Exception):
    pass

def nvmlInit():
    pass

def nvmlDeviceGetCount():
    return 4

def nvmlDeviceGetHandleByIndex(index):
    raise NVMLError
"""
FULL_ALWAYS = """
import json, sys
from trainer.training import device

def start(*_, **__):
    state = json.load(open(sys.argv[-1] + "/state.json"))
    print("the state says:", state["text"], flush=True)
    print("asked:", state["asked"], flush=True)
    raise MemoryError

device.start_tensorflow = start
"""
FULL_ONCE_OTHERS_WAIT = """
import time
from pathlib import Path
from trainer.training import device

def start(*_, **__):
    while not Path("{go}").exists():
        time.sleep(0.02)
    raise MemoryError

device.start_tensorflow = start
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    draw_faces(folder / "faces", FACES)
    return folder


def train(shared, tmp_path, code, **changes):
    (tmp_path / "sitecustomize.py").write_text(code)
    run = create_run(shared / "runs", settings(shared / "faces", epochs=2, **changes))
    path = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = worker(run, "train", shared, PYTHONPATH=os.pathsep.join(path))
    return run, process, process.wait(timeout=PATIENCE)


def test_a_run_goes_on_from_its_checkpoint_with_half_the_batch(shared, tmp_path):
    run, process, ended = train(shared, tmp_path, FULL_IN_A_STEP)
    assert ended == ExitCode.OK, run.log_file.read_text()
    events = list(read_events(run.events_file))
    starts = [event for event in events if isinstance(event, RunEvent)]
    assert [(e.action, e.batch_size) for e in starts] == [("start", 8), ("resume", 4)]
    assert [(e.epoch, e.step) for e in starts] == [(1, 0), (2, 2)]
    assert {event.pid for event in starts} == {process.pid}
    told = [e.text for e in events if isinstance(e, MessageEvent) and e.level == "warning"]
    assert told == ["out of memory at batch_size 8: starting again with 4"]
    assert "resumed after 4 steps of epoch 2" in [getattr(e, "text", "") for e in events]
    state = read_state(run)
    assert (state.state, state.halved, state.epoch, state.steps) == ("finished", 1, 2, 8)
    assert run.config().batch_size == 8
    assert [e.epoch for e in events if isinstance(e, EpochEvent)] == [1, 2]
    last = checkpoint.latest(run.checkpoints, run.config())
    assert (last.halved, last.batch_size) == (1, 4)
    assert "Traceback" in run.log_file.read_text()


def test_no_more_than_three_times_and_the_state_says_with_what_batch_it_goes_on(shared, tmp_path):
    run, _, ended = train(shared, tmp_path, FULL_ALWAYS, batch_size=32)
    assert ended == ExitCode.DEVICE
    events = list(read_events(run.events_file))
    assert [e.batch_size for e in events if isinstance(e, RunEvent)] == [32, 16, 8, 4]
    log = run.log_file.read_text()
    for batch in (16, 8, 4):
        assert f"the state says: memory ran out at batch_size 32: going on with {batch}\n" in log
    state = read_state(run)
    assert (state.state, state.halved) == ("failed", 3)
    assert state.text == (
        "out of memory at batch_size 4, halved from 32: start a run with a smaller one, "
        "with mixed precision, or on another device"
    )


def test_it_keeps_its_place_before_those_that_wait_for_the_device(shared, tmp_path, monkeypatch):
    monkeypatch.setenv("AGEGENDER_QUEUE", str(shared / "queue"))
    go = tmp_path / "go"
    (tmp_path / "sitecustomize.py").write_text(FULL_ONCE_OTHERS_WAIT.format(go=go))
    run = create_run(shared / "runs", settings(shared / "faces", batch_size=4))
    path = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = worker(run, "train", shared, PYTHONPATH=os.pathsep.join(path))
    wait_for(run, lambda es: any(isinstance(e, PhaseEvent) and e.name == "importing" for e in es))
    with DeviceTicket("cpu", "waits") as waits:
        assert waits.ahead() == [run.id]
        go.touch()
        assert process.wait(timeout=PATIENCE) == ExitCode.DEVICE
        assert waits.ahead() == []
    events = list(read_events(run.events_file))
    assert [e.batch_size for e in events if isinstance(e, RunEvent)] == [4, 2, 1]
    assert not [e for e in events if isinstance(e, PhaseEvent) and e.name == "queued"]


def test_a_pause_that_was_asked_before_is_still_asked(shared, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(FULL_ALWAYS)
    run = create_run(shared / "runs", settings(shared / "faces", batch_size=2))
    control.send(run, "pause")
    path = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = worker(run, "train", shared, PYTHONPATH=os.pathsep.join(path))
    assert process.wait(timeout=PATIENCE) == ExitCode.DEVICE
    assert run.log_file.read_text().count("asked: pause\n") == 2


@pytest.mark.parametrize(("found", "shown"), [(None, "1"), ("2,3", "3")])
def test_a_run_on_the_second_gpu_starts_again_on_the_same(
    shared, tmp_path, monkeypatch, found, shown
):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if found:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", found)
    (tmp_path / "pynvml.py").write_text(FOUR_GPUS)
    run, _, ended = train(shared, tmp_path, FULL_GPU, device="gpu:1", batch_size=2)
    assert ended == ExitCode.DEVICE
    assert run.log_file.read_text().count(f"shown: {shown}\n") == 2
    assert read_state(run).text.startswith("out of memory at batch_size 1, halved from 2")


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA_ERROR_OUT_OF_MEMORY: out of memory"), True),
        (RuntimeError("RESOURCE_EXHAUSTED: while running"), True),
        (RuntimeError("CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("the shapes do not match"), False),
        (OSError("No space left on device"), False),
    ],
)
def test_memory_that_ran_out_is_told_from_other_failures(error, is_one):
    assert is_out_of_memory(error) == is_one


def test_a_batch_is_halved_three_times_and_not_below_one():
    config = RunConfig(batch_size=7)
    assert [halved_batch(config, n).batch_size for n in range(4)] == [7, 3, 1, 1]
    assert [can_halve(config, n) for n in range(4)] == [True, True, False, False]
    assert [can_halve(RunConfig(batch_size=64), n) for n in range(4)] == [True, True, True, False]


def test_a_batch_is_not_halved_to_one_that_does_not_divide_among_the_gpus():
    config = RunConfig(batch_size=12)
    assert [can_halve(config, n, gpus=2) for n in range(3)] == [True, False, False]


def test_out_of_memory_on_several_gpus_is_the_end_where_half_the_batch_does_not_divide(
    shared, tmp_path, monkeypatch
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    (tmp_path / "pynvml.py").write_text(FOUR_GPUS)
    run, _, ended = train(shared, tmp_path, FULL_GPU, device="gpus", batch_size=6)
    assert ended == ExitCode.DEVICE
    assert read_state(run).text.startswith("out of memory at batch_size 6: start a run")


def test_auto_goes_on_with_the_cpu_where_tensorflow_does_not_see_the_gpu(
    shared, tmp_path, monkeypatch
):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    (tmp_path / "pynvml.py").write_text(FOUR_GPUS)
    run, _, ended = train(shared, tmp_path, "", device="auto")
    assert ended == ExitCode.OK, run.log_file.read_text()
    events = list(read_events(run.events_file))
    assert [e.device for e in events if isinstance(e, RunEvent)] == ["gpu:0", "cpu"]
    told = [e.text for e in events if isinstance(e, MessageEvent) and e.level == "warning"]
    assert told == [
        "TensorFlow does not see gpu:0: going on with the CPU; install the GPU build with "
        "`pip install 'agegender-tui[cuda]'`"
    ]
    assert read_state(run).device == "cpu"
