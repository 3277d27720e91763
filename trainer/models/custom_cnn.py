"""Model A: a convolutional network trained from scratch, one trunk for both tasks as far as the
recipe says.

Its blocks are plain, or residual (He et al. 2016, arXiv:1512.03385), with or without squeeze and
excitation (Hu, Shen and Sun 2018, arXiv:1709.01507).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from trainer.config import IMAGE_SIZE, RunConfig, parse_filters
from trainer.models.batch_norm import FusedBatchNormalization
from trainer.models.ensemble import MEANS, mean_of_members
from trainer.models.heads import Heads, models
from trainer.models.members import member_names
from trainer.models.network import Network

LEAST_SQUEEZED = 4  # neurons: fewer could not tell one kind of face from another


def build_custom_cnn(config: RunConfig, mean_age: float) -> Any:
    """The model that is saved: see `custom_cnn`."""
    return custom_cnn(config, mean_age).full


def custom_cnn(config: RunConfig, mean_age: float) -> Network:
    """A flat functional model: (n, 128, 128, 3) RGB in [0, 1] to {"age": (n, 1), "gender": (n, 1)}.

    Blocks of 3×3 convolutions of growing depth, each block ending in 2×2 max pooling, then
    flatten, a dense layer shared by both tasks, and the two heads. Each task has the last
    `config.branches` blocks, and what follows, for itself. With `config.members` above 1 all blocks
    but the first `config.shared_blocks`, and what follows, are there so many times
    (`trainer.models.ensemble`). Every layer is named, so that checkpoints and Grad-CAM find it
    again.
    """
    blocks = list(enumerate(parse_filters(config.filters), start=1))
    inputs = x = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3), name="image")
    members = member_names(config)
    shared = config.shared_blocks if members else 0
    for number, widths in blocks[:shared]:
        x = _block(x, widths, f"block{number}", config)
    # The loss of training is the mean over the members, and so is the penalty on what each has.
    own = dataclasses.replace(config, l2=config.l2 / max(len(members), 1))
    said, fixed = [], MEANS if members else frozenset[str]()
    for member in members or ("",):
        features = _member(x, blocks[shared:], member, own)
        heads = Heads(own, mean_age, member)
        said.append(heads(*features))
        fixed |= heads.fixed
    outputs = mean_of_members(said, config) if members else said[0]
    full, trained = models(inputs, outputs, "age_gender_A")
    return Network(full, trained, fixed=fixed)


def _member(
    x: Any, blocks: Sequence[tuple[int, Sequence[int]]], member: str, config: RunConfig
) -> tuple[Any, Any]:
    """From `x` through the blocks of these numbers to the features of age and gender, (n, units)
    each; `member` begins the names of all layers."""
    shared = len(blocks) - config.branches
    for number, widths in blocks[:shared]:
        x = _block(x, widths, f"{member}block{number}", config)
    features = {}
    for task in ("age", "gender") if config.branches else ("",):
        own, prefix = x, f"{member}{task}_" if task else member
        for number, widths in blocks[shared:]:
            own = _block(own, widths, f"{prefix}block{number}", config)
        features[task] = _dense_part(own, task, member, config)
    both = features.get("")
    return features.get("age", both), features.get("gender", both)


def _block(x: Any, widths: Sequence[int], name: str, config: RunConfig) -> Any:
    """Convolutions of these widths, then 2×2 max pooling and dropout."""
    entry = x
    residual = config.residual and len(widths) > 1
    for c, width in enumerate(widths, start=1):
        x = _convolution(x, width, 3, f"{name}_conv{c}", f"{name}_norm{c}", config)
        if not residual or c < len(widths):
            x = layers.ReLU(name=f"{name}_relu{c}")(x)
    factors = _factors(x, f"{name}_squeeze", config) if config.squeeze else None
    if residual:
        x = _scaled(x, factors, name)
        if entry.shape[-1] != x.shape[-1]:
            names = f"{name}_shortcut", f"{name}_shortcut_norm"
            entry = _convolution(entry, x.shape[-1], 1, *names, config)
        x = layers.Add(name=f"{name}_add")([x, entry])
        x = layers.ReLU(name=f"{name}_relu{len(widths)}")(x)
    x = layers.MaxPooling2D(2, name=f"{name}_pool")(x)
    if not residual:
        # No factor is below 0, so that what is largest stays so: a quarter of the work.
        x = _scaled(x, factors, name)
    return layers.Dropout(config.block_dropout, name=f"{name}_dropout")(x)


def _convolution(x: Any, width: int, side: int, name: str, norm: str, config: RunConfig) -> Any:
    x = layers.Conv2D(
        width,
        side,
        padding="same",
        use_bias=not config.batch_norm,
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(config.l2),
        name=name,
    )(x)
    if config.batch_norm:
        # An epoch has some 60 steps: at the default momentum of 0.99 the moving statistics would
        # trail the weights by more than one epoch. Replicas must share theirs: each would keep
        # moving statistics of its own, and one's would be saved.
        x = FusedBatchNormalization(momentum=0.9, synchronized=config.device == "gpus", name=norm)(
            x
        )
    return x


def _factors(x: Any, name: str, config: RunConfig) -> Any:
    """(n, 1, 1, c): of each channel a factor of 0 to 1 that the means of all channels tell."""
    width = x.shape[-1]
    squeezed = max(width // config.squeeze, LEAST_SQUEEZED)
    factors = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_mean")(x)
    for step, units, activation in ((1, squeezed, "relu"), (2, width, "sigmoid")):
        factors = layers.Dense(
            units,
            activation=activation,
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(config.l2),
            name=f"{name}_dense{step}",
        )(factors)
    return factors


def _scaled(x: Any, factors: Any, block: str) -> Any:
    return x if factors is None else layers.Multiply(name=f"{block}_squeeze_scale")([x, factors])


def _dense_part(x: Any, task: str, member: str, config: RunConfig) -> Any:
    """What lies between the last block and the heads: of one task, or, '', of both."""
    prefix = f"{member}{task}_" if task else member
    if config.pooling == "average":
        x = layers.GlobalAveragePooling2D(name=f"{prefix}pool")(x)
    else:
        x = layers.Flatten(name=f"{prefix}flatten")(x)
    x = layers.Dropout(config.dropout, name=f"{prefix}flatten_dropout")(x)
    name = member + (f"{task}_branch" if task else "shared")
    x = layers.Dense(
        config.dense_units,
        activation="relu",
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(config.l2),
        name=name,
    )(x)
    return layers.Dropout(config.head_dropout, name=f"{name}_dropout")(x)
