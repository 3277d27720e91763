"""Images a second of training preset B: ours, one cached batch, a naive network, kept features.

The weights are random: what a step costs does not depend on them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import faces
from benchmarks.in_turns import images_a_second
from benchmarks.input_pipeline import stock_layers
from benchmarks.report import Row

ROUNDS = 3
STEPS = 2
BATCH = 16  # half of the preset's, for the naive step takes seconds
KEPT_FACES = 256  # whose features are on disk: 84 MB


def forever(batches: Any) -> Iterator[Any]:
    epoch = 0
    while True:
        epoch += 1
        yield from batches.epoch(epoch)


def naive(config: Any, batch: Any) -> Any:
    """Stock layers inside the model, all of VGG16 in the graph of gradients and in the optimizer;
    its lower blocks are frozen when the step is already traced, which is too late."""
    import keras

    from trainer.models.network import Network
    from trainer.models.vgg16 import build_vgg16
    from trainer.models.vgg16_weights import origin
    from trainer.training.stages import compile_stage

    whole = build_vgg16(config.replace(frozen_blocks=0), 33.0, None)
    inputs = keras.Input((128, 128, 3))
    model = keras.Model(inputs, whole.full(stock_layers()(inputs)))
    compile_stage(Network(model, model), config, 1)
    model.train_function(iter([batch]))
    for name in whole.joining:
        if int(origin(name)[len("block")]) <= config.frozen_blocks:
            whole.full.get_layer(name).trainable = False
    return model


def kept_features(config: Any, loaded: Any, shape: tuple[int, ...], folder: str) -> Any:
    """Batches of features as they lie on disk after the frozen blocks ran."""
    import numpy as np

    from trainer.training.feature_batches import FeatureBatches

    rows = loaded.train[:KEPT_FACES]
    size = (len(rows), config.feature_variants, *shape)
    made = np.lib.format.open_memmap(Path(folder) / "train.npy", "w+", np.float16, size)
    random = np.random.default_rng(1)
    for row in made:
        row[:] = random.random(size[1:], "float32")
    made.flush()
    workers = min(4, os.cpu_count() or 1)
    return FeatureBatches(made, loaded.ages, loaded.genders, rows, BATCH, 1, workers)


def rows() -> list[Row]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    from trainer.augment import Augmentation
    from trainer.models.vgg16 import build_vgg16
    from trainer.presets import preset
    from trainer.training.batches import TrainingBatches
    from trainer.training.precision import policy_for
    from trainer.training.stages import compile_stage

    config, loaded = preset("B").replace(batch_size=BATCH), faces.load()
    on_features = preset("B-features").replace(batch_size=BATCH)

    def compiled(settings: Any) -> Any:
        network = build_vgg16(settings, 33.0, None)
        compile_stage(network, settings, 1)
        return network.trained

    def images(augmentation: Augmentation | None) -> Iterator[Any]:
        return forever(
            TrainingBatches(
                loaded.pixels, loaded.ages, loaded.genders, loaded.train, BATCH, 1,
                augmentation, workers=min(4, os.cpu_count() or 1),
            )
        )  # fmt: skip

    def train(network: Any, batch: Callable[[], Any]) -> Callable[[], None]:
        return lambda: network.train_function(iter([batch()]))

    with tempfile.TemporaryDirectory() as folder:
        model, upper = compiled(config), compiled(on_features)
        other_xla = compiled(config.replace(xla="off" if model.jit_compile else "on"))
        plain_policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy_for("auto"))
        auto_precision = compiled(config)
        keras.config.set_dtype_policy(plain_policy)
        ours = images(Augmentation.from_config(config))
        features = forever(kept_features(on_features, loaded, upper.input_shape[1:], folder))
        image, feature = next(images(None)), next(features)
        variants = {
            "ours": train(model, lambda: next(ours)),
            "cached": train(model, lambda: image),
            "naive": train(naive(config, image), lambda: image),
            "other XLA": train(other_xla, lambda: image),
            "auto precision": train(auto_precision, lambda: image),
            "features": train(upper, lambda: next(features)),
            "cached features": train(upper, lambda: feature),
        }
        speed = images_a_second(variants, BATCH, rounds=ROUNDS, steps=STEPS)
    return [
        Row(
            f"{what}, over {other}",
            speed[one] / speed[base],
            "×",
            budget,
            at_least=True,
            detail=f"{speed[one]:.1f} and {speed[base]:.1f} images/s",
        )
        for what, one, other, base, budget in (
            ("B, all augmentation", "ours", "the same step on one batch", "cached", 0.95),
            ("B, all augmentation", "ours", "a naive network", "naive", 1.5),
            ("B on kept features", "features", "B", "ours", 2.0),
            ("B on kept features", "features", "the same step on one", "cached features", 0.95),
            ("B's step, XLA as auto has it", "cached", "the other way", "other XLA", 1.0),
            ("B's step, precision auto", "auto precision", "float32", "cached", 0.95),
        )
    ]
