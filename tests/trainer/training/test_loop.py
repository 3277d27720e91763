"""What the loop refuses and tells, without a network to train."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.errors import RunError
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
