"""How a worker ends that cannot go on: in a sentence, a code, and on the disk."""

import errno
import os
import subprocess
import sys

import pytest

from trainer.__main__ import main
from trainer.config import RunConfig
from trainer.errors import DataError, ExitCode
from trainer.runs.layout import create_run
from trainer.runs.state import RunState, read_state, write_state
from trainer.training.finishing import write_card
from trainer.training.worker import _as_user_error


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's is, which these tests do not import."""


class InvalidArgumentError(Exception):
    """As above."""


GRAPH = "Graph execution error:\n\nDetected at node a/b defined at (most recent call last):\n"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ResourceExhaustedError("OOM"), ExitCode.DEVICE, "out of memory at batch_size 64: start"),
        (MemoryError(), ExitCode.DEVICE, "smaller one"),
        (InvalidArgumentError(GRAPH + "CUDNN_STATUS_ALLOC_FAILED"), ExitCode.DEVICE, "batch_size"),
        (RuntimeError("std::bad_alloc"), ExitCode.DEVICE, "batch_size 64"),
        (
            InvalidArgumentError(GRAPH + "Cannot parse tensor from proto: dtype: DT_FLOAT"),
            ExitCode.DEVICE,
            "batch_size 64",
        ),
        (OSError(errno.ENOSPC, "no space"), ExitCode.STORAGE, "disk is full; free some space"),
        (DataError("no faces"), ExitCode.DATA, "no faces"),
        (InvalidArgumentError(GRAPH + "Shapes\x1b[2J differ"), ExitCode.UNEXPECTED,
         r"unexpected InvalidArgumentError: Shapes\x1b[2J differ; the details are in worker.log"),
        (ValueError(), ExitCode.UNEXPECTED, "unexpected ValueError: ValueError"),
    ],
)  # fmt: skip
def test_every_failure_is_one_sentence_with_its_code(error, code, words):
    known = _as_user_error(error, RunConfig(batch_size=64), 0)
    assert known.exit_code == code
    assert words in str(known)
    assert "\n" not in str(known)


def test_a_card_that_cannot_be_written_fails_no_run(tmp_path, make_run):
    run = make_run(tmp_path)
    run.predictions_file.write_text("file,age,gender,predicted_age,predicted_gender_1\nicon\n")
    said = []

    class Listening:
        def message(self, *words):
            said.append(words)

    write_card(run, RunConfig(), "", 1, (8, 2), Listening())
    ((text, level),) = said
    assert "saved, without a card: " in text and "predictions.csv: cannot be read" in text
    assert level == "warning"


@pytest.fixture
def launched(tmp_path):
    """A run as the launcher leaves it to its worker."""
    run = create_run(tmp_path / "runs", RunConfig(data="/faces", device="cpu"))
    write_state(run, RunState(epochs=170))
    return run


def work(run, before, **streams):
    """A worker in which `before` was executed first; its exit status."""
    main = f"from trainer.__main__ import main\nsys.exit(main(['train', {str(run.path)!r}]))"
    code = f"import sys\n{before}\n{main}"
    return subprocess.run([sys.executable, "-u", "-c", code], check=False, **streams).returncode


def test_a_log_that_takes_nothing_more_does_not_keep_the_end_from_the_state(launched):
    before = (
        "import trainer.training.worker as w\n"
        "def fail(*_): raise OSError(28, 'No space left on device')\n"
        "w._train = fail"
    )
    with open("/dev/full", "w") as full:
        assert work(launched, before, stdout=full, stderr=full) == ExitCode.STORAGE
    state = read_state(launched)
    assert (state.state, state.code) == ("failed", ExitCode.STORAGE)
    assert "disk is full" in state.text


@pytest.mark.parametrize(
    ("checkpoint", "text"),
    [
        ("000003-000000\n", "stopped before it went on; resume goes on from its last checkpoint"),
        ("", "stopped before training began"),
    ],
)
def test_a_run_stopped_before_its_first_step_says_whether_it_trained_before(
    launched, checkpoint, text
):
    if checkpoint:
        (launched.checkpoints / "latest").write_text(checkpoint)
    before = (
        "import trainer.training.worker as w\ndef stop(*_): raise w.StopRequested\nw._train = stop"
    )
    assert work(launched, before) == ExitCode.STOPPED
    assert read_state(launched).text == text


def test_a_disk_too_full_to_begin_on_is_told_with_the_space_kept_for_it(launched, monkeypatch):
    reserved = launched.path / ".reserve"

    def full(_):
        if reserved.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert main(["resume", str(launched.path)]) == ExitCode.STORAGE
    state = read_state(launched)
    assert (state.state, state.code) == ("failed", ExitCode.STORAGE)
    assert state.text.endswith("state.json: the disk is full; free some space, then resume")


def test_a_worker_keeps_its_place_on_the_device_when_the_queue_is_deleted(launched):
    before = """
import shutil, time
import trainer.training.session as s, trainer.training.worker as w
def train(run, config, session, resume, tickets):
    tickets.append(w.DeviceTicket("cpu", run.id))
    shutil.rmtree(tickets[0].path.parent)
    for _ in range(3000):
        if tickets[0].path.exists():
            return "finished", "its ticket is there again"
        time.sleep(0.01)
    return "failed", "its ticket is gone"
s.GAUGE_SECONDS = 0.01
w._train = train
"""
    work(launched, before)
    assert read_state(launched).text == "its ticket is there again"


def test_a_package_that_raises_while_it_loads_fails_the_run_at_once(launched, tmp_path):
    (tmp_path / "cv2.py").write_text("raise ValueError('numpy.dtype size changed')")
    before = f"sys.path.insert(0, {str(tmp_path)!r})"
    with open(launched.log_file, "ab") as log:
        assert work(launched, before, stdout=log, stderr=log) == ExitCode.ENVIRONMENT
    state = read_state(launched)
    assert (state.state, state.code) == ("failed", ExitCode.ENVIRONMENT)
    assert "numpy.dtype size changed" in state.text
    assert "agegender-tui doctor" in state.text
    assert "Traceback" in launched.log_file.read_text()


def test_a_fault_before_the_run_is_taken_fails_it_at_once(launched):
    before = (
        "import trainer.training.worker as w\n"
        "def fail(*_, **__): raise ZeroDivisionError('a fault of ours')\n"
        "w.work = fail"
    )
    with open(os.devnull, "w") as null:
        assert work(launched, before, stdout=null, stderr=null) == ExitCode.UNEXPECTED
    assert "unexpected ZeroDivisionError: a fault of ours" in read_state(launched).text


def test_a_tensorflow_that_ends_its_process_politely_is_a_fault_of_the_environment(monkeypatch):
    import importlib.abc

    from trainer.errors import EnvironmentFault
    from trainer.training import device

    class Leaves(importlib.abc.MetaPathFinder):
        def find_spec(self, name, *_):
            if name == "keras":
                raise SystemExit("this build is for another processor")

    monkeypatch.setattr(sys, "meta_path", [Leaves(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
    with pytest.raises(EnvironmentFault, match=r"for another processor.*doctor"):
        device.start_tensorflow("cpu", RunConfig())
