from types import SimpleNamespace

import numpy as np
import pytest

from trainer.models.network import Network
from trainer.models.vgg16 import build_vgg16
from trainer.presets import preset
from trainer.training import variables
from trainer.training.checkpoint import Checkpoint
from trainer.training.loop import TrainingLoop
from trainer.training.replicas import Replicas
from trainer.training.schedule import Schedule
from trainer.training.stages import HEADS_RATE, compile_stage, rate_factor, stage_of

B = preset("B").replace(dense_units=8, heads_first=2)
HEADS = {"age", "age_branch", "gender", "gender_branch"}


@pytest.fixture(scope="module")
def network():
    return build_vgg16(B, 33.0, None)


def test_the_first_epochs_are_the_heads_alone(network):
    assert [stage_of(network, B, epoch) for epoch in (1, 2, 3, 4)] == [0, 0, 1, 1]
    assert [stage_of(network, preset("B"), epoch) for epoch in (1, 2)] == [1, 1]
    assert rate_factor(0) == HEADS_RATE > rate_factor(1) == 1


def test_a_network_in_which_nothing_joins_has_one_stage():
    assert stage_of(Network(None, None), B, 1) == 1


def layers_of(variables):
    return {v.path.partition("/")[0] for v in variables}


@pytest.mark.parametrize("stage", [0, 1])
def test_a_step_moves_what_its_stage_trains_and_nothing_else(network, stage):
    compile_stage(network, B, stage)
    model = network.trained
    trains = HEADS | (set(network.joining) if stage else set())
    assert layers_of(model.trainable_variables) == trains
    assert float(model.optimizer.learning_rate) == pytest.approx(
        B.learning_rate * rate_factor(stage)
    )
    moments = len(model.optimizer.variables) - 2  # and the step and the learning rate
    assert moments == 2 * len(model.trainable_variables)
    before = {w.path: w.numpy() for w in model.weights}
    random = np.random.default_rng(2)
    images = random.random((2, 128, 128, 3), "float32")
    labels = {"age": np.full((2, 1), 80, "float32"), "gender": np.ones((2, 1), "float32")}
    model.train_function(iter([(images, labels)]))
    moved = {w.path for w in model.weights if not np.array_equal(w.numpy(), before[w.path])}
    kernels = {f"{name}/kernel" for name in trains}
    assert kernels <= moved
    assert {path.partition("/")[0] for path in moved} == trains


def test_a_checkpoint_of_the_end_of_the_first_stage_is_of_that_stage(network, tmp_path):
    compile_stage(network, B, 0)
    arrays = variables.capture(network)
    session = SimpleNamespace(run=SimpleNamespace(checkpoints=tmp_path))
    loop = TrainingLoop(network, None, None, B, session, "these", Replicas())
    saved = Checkpoint(3, 0, Schedule(1e-3), history=[], arrays=arrays, faces="these")
    loop.restore(saved)
    assert layers_of(network.trained.trainable_variables) == HEADS
    loop._enter_stage(loop.epoch)
    assert layers_of(network.trained.trainable_variables) == HEADS | set(network.joining)


def test_the_running_metrics_exist_before_the_first_step_and_count_nothing(network):
    compile_stage(network, B, 1)
    values = [float(v.numpy()) for v in network.trained.metrics_variables]
    assert len(values) >= 10
    assert not any(values)
