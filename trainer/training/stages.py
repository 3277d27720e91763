"""Two-stage fine-tuning: first the heads alone, then with them the upper blocks.

Stage 0 are the first `config.heads_first` epochs, stage 1 the rest; a network without joining
layers has only stage 1.
"""

from __future__ import annotations

import numpy as np

from trainer.config import RunConfig
from trainer.models.network import Network
from trainer.training.objective import objective
from trainer.training.optimizer import make_optimizer
from trainer.training.targets import Targets

HEADS_RATE = 10.0  # what new heads can bear over the rate of pre-trained blocks
# Keras's auto is on where there is a GPU, and off under replicas, with deterministic operations
# and on a CPU, where XLA is measured slower (`python -m benchmarks model_b`).
XLA = {"auto": "auto", "on": True, "off": False}


def stage_of(network: Network, config: RunConfig, epoch: int) -> int:
    """The stage of `epoch`, counted from 1."""
    return 0 if network.joining and epoch <= config.heads_first else 1


def rate_factor(stage: int) -> float:
    """What the scheduled learning rate is multiplied by."""
    return HEADS_RATE if stage == 0 else 1.0


def compile_stage(network: Network, config: RunConfig, stage: int) -> None:
    """Compile what the steps run, with an optimizer of its own that knows only what trains now."""
    network.set_joining(stage == 1)
    model = network.trained
    model.compile(
        optimizer=make_optimizer(network, config, config.learning_rate * rate_factor(stage)),
        **objective(config),
        jit_compile=XLA[config.xla],
    )
    model.optimizer.build(model.trainable_variables)
    # The running metrics' variables are made now, not at the first step: a checkpoint holds them.
    zeros = np.zeros(1, "float32")
    labels = Targets(config, zeros).labels(zeros, zeros)
    model.test_on_batch(np.zeros((1, *model.input_shape[1:]), "float32"), labels)
    model.reset_metrics()
    model.make_train_function()
