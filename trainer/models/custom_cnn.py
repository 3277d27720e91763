"""Model A: a convolutional network trained from scratch, one trunk for both tasks."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from trainer.config import IMAGE_SIZE, RunConfig, parse_filters
from trainer.models.batch_norm import FusedBatchNormalization
from trainer.models.heads import age_head, gender_head


def build_custom_cnn(config: RunConfig, mean_age: float) -> Any:
    """A flat functional model: (n, 128, 128, 3) RGB in [0, 1] to {"age": (n, 1), "gender": (n, 1)}.

    Blocks of 3×3 convolutions of growing depth, each block ending in 2×2 max pooling, then
    flatten, a dense layer shared by both tasks, and the two heads. Every layer is named, so that
    checkpoints and Grad-CAM find it again.
    """
    l2 = keras.regularizers.L2(config.l2)
    inputs = x = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3), name="image")
    for b, block in enumerate(parse_filters(config.filters), start=1):
        for c, width in enumerate(block, start=1):
            x = layers.Conv2D(
                width,
                3,
                padding="same",
                use_bias=not config.batch_norm,
                kernel_initializer="he_normal",
                kernel_regularizer=l2,
                name=f"block{b}_conv{c}",
            )(x)
            if config.batch_norm:
                # An epoch has some 60 steps: at the default momentum of 0.99 the moving
                # statistics would trail the weights by more than one epoch. Replicas must share
                # theirs: each would keep moving statistics of its own, and one's would be saved.
                x = FusedBatchNormalization(
                    momentum=0.9,
                    synchronized=config.device == "gpus",
                    name=f"block{b}_norm{c}",
                )(x)
            x = layers.ReLU(name=f"block{b}_relu{c}")(x)
        x = layers.MaxPooling2D(2, name=f"block{b}_pool")(x)
        x = layers.Dropout(config.block_dropout, name=f"block{b}_dropout")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(config.dropout, name="flatten_dropout")(x)
    x = layers.Dense(
        config.dense_units,
        activation="relu",
        kernel_initializer="he_normal",
        kernel_regularizer=l2,
        name="shared",
    )(x)
    x = layers.Dropout(config.head_dropout, name="shared_dropout")(x)
    outputs = {
        "age": age_head(mean_age, config.l2)(x),
        "gender": gender_head(config.l2)(x),
    }
    return keras.Model(inputs, outputs, name="age_gender_A")
