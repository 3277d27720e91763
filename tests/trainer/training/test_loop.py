"""What the loop refuses and tells, without a network to train."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.errors import RunError
from trainer.training import checkpoint
from trainer.training.checkpoint import Checkpoint
from trainer.training.loop import TrainingLoop
from trainer.training.replicas import Replicas
from trainer.training.schedule import Schedule


def loop_over(tmp_path, *weights, faces="these"):
    told = []
    session = SimpleNamespace(
        run=SimpleNamespace(checkpoints=tmp_path),
        message=lambda text, level="info": told.append((level, text)),
    )
    network = SimpleNamespace(trained=None, joining=(), weights=lambda: list(weights))
    config = RunConfig(data="/some/faces")
    return TrainingLoop(network, None, None, config, session, faces, Replicas()), told


def test_a_checkpoint_of_other_faces_is_refused_with_the_remedy(tmp_path):
    loop, _ = loop_over(tmp_path, faces="these")
    saved = Checkpoint(2, 0, Schedule(1e-3), history=[], arrays={}, faces="those")
    with pytest.raises(RunError, match=r"/some/faces: its faces are not those.*start a new run"):
        loop.restore(saved)


@pytest.mark.parametrize(("weight", "diverged"), [(1.0, False), (np.nan, True), (np.inf, True)])
def test_a_loss_that_is_no_number_ends_the_run_only_where_the_weights_are_none(
    tmp_path, weight, diverged
):
    loop, told = loop_over(tmp_path, keras.Variable([0.5]), keras.Variable([weight]))
    loop._tell_diverging()
    assert loop._diverged == diverged
    ((level, text),) = told
    assert level == "warning"
    assert "a lower learning_rate helps" in text


def test_there_is_a_best_epoch_only_from_the_first_finite_loss_on(tmp_path):
    loop, _ = loop_over(tmp_path)
    told = []
    loop.session.update = lambda **changes: told.append(changes["best"])
    for epoch, loss in enumerate((np.nan, np.inf, 3.0, np.nan), start=1):
        loop.history.append({"epoch": epoch, "validation": {"loss": loss, "age_mae": loss}})
        loop.schedule = loop.schedule.advance(epoch, loss, loop.config)
        loop._tell_state()
    third = {"epoch": 3, "loss": 3.0, "age_mae": 3.0}
    assert told == [{}, {}, third, third]


@pytest.mark.parametrize(
    ("weight", "loss", "ended"),
    [(np.nan, np.nan, "failed"), (1.0, np.nan, "finished"), (1.0, 3.0, "finished")],
)
def test_a_run_that_diverged_is_resumed_no_further(tmp_path, monkeypatch, weight, loss, ended):
    monkeypatch.setattr("trainer.training.variables.restore", lambda *_: None)
    loop, _ = loop_over(tmp_path, keras.Variable([weight]))
    loop.session.note = lambda **_: None
    loop.training = SimpleNamespace(steps_per_epoch=4)
    history = [{"validation": {"loss": loss}}]
    after_all = loop.config.epochs + 1
    loop.restore(Checkpoint(after_all, 0, Schedule(1e-3), history, arrays={}, faces="these"))
    assert loop.run() == ended


def test_the_checkpoint_it_went_on_from_is_kept_rather_than_a_newer_damaged_one(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("trainer.training.variables.restore", lambda *_: None)
    monkeypatch.setattr("trainer.training.variables.capture", lambda _: {"0": np.zeros(1)})
    loop, _ = loop_over(tmp_path, keras.Variable([0.5]))
    loop.network.pretrained = ""
    loop.session.emit = lambda _: None
    for epoch in (2, 3):
        saved = Checkpoint(epoch, 0, Schedule(1e-3), [], {"0": np.zeros(1)}, faces="these")
        newest = checkpoint.save(tmp_path, saved, loop.config)
    (newest / "arrays.npz").write_bytes(b"")
    loop.restore(checkpoint.latest(tmp_path, loop.config))
    for step in (1, 2):
        loop.step = step
        loop.save()
        left = sorted(path.name for path in tmp_path.glob("0*"))
        assert left == [f"000002-{step - 1:06d}", f"000002-{step:06d}"]
