"""Images a second of training preset A: ours, one cached batch, stock layers inside, a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import faces
from benchmarks.in_turns import images_a_second
from benchmarks.input_pipeline import notebook_generator, stock_layers
from benchmarks.report import Row

ROUNDS = 5
STEPS = 6


def compiled(network: Any) -> Any:
    import keras

    network.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss={"age": "mae", "gender": "binary_crossentropy"},
        loss_weights={"age": 1.0, "gender": 6.0},
        metrics={"age": ["mae"], "gender": ["accuracy"]},
    )
    network.make_train_function()
    return network


def rows() -> list[Row]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    from trainer.augment import Augmentation
    from trainer.models.custom_cnn import build_custom_cnn
    from trainer.training.batches import TrainingBatches

    config, loaded = faces.config(), faces.load()
    size = config.batch_size
    model = compiled(build_custom_cnn(config, 33.0))
    batches = TrainingBatches(
        loaded.pixels, loaded.ages, loaded.genders, loaded.train, size, 1,
        Augmentation.from_config(config), workers=min(4, os.cpu_count() or 1),
    )  # fmt: skip

    def forever() -> Iterator[Any]:
        epoch = 0
        while True:
            epoch += 1
            yield from batches.epoch(epoch)

    # The same network as a notebook builds it: of Keras's own layers, as our saved model is.
    own = compiled(keras.Model.from_config(model.get_config()))
    inputs = keras.Input((128, 128, 3))
    inside = compiled(keras.Model(inputs, build_custom_cnn(config, 33.0)(stock_layers()(inputs))))
    plain = TrainingBatches(
        loaded.pixels, loaded.ages, loaded.genders, loaded.train, size, 1, None, workers=1
    )
    cached = next(plain.epoch(1))
    generated = (
        (images, {"age": ages[:, None], "gender": (ages > 40).astype("float32")[:, None]})
        for images, ages in notebook_generator(loaded, size)
        if len(images) == size
    )
    ours = forever()

    def train(network: Any, batch: Callable[[], Any]) -> Callable[[], None]:
        return lambda: network.train_function(iter([batch()]))

    variants = {
        "cached": train(model, lambda: cached),
        "ours": train(model, lambda: next(ours)),
        "stock": train(inside, lambda: cached),
        "notebook": train(own, lambda: next(generated)),
        "our network": train(model, lambda: next(generated)),
    }
    speed = images_a_second(variants, size, rounds=ROUNDS, steps=STEPS)
    return [
        Row(
            f"training speed, all augmentation, over {other}",
            speed["ours"] / speed[name],
            "×",
            budget,
            at_least=True,
            detail=f"{speed['ours']:.1f} and {speed[name]:.1f} images/s"
            + (
                f"; with our batch normalisation there {speed['our network']:.1f}"
                if name == "notebook"
                else ""
            ),
        )
        for name, other, budget in (
            ("cached", "the same step on one cached batch", 0.95),
            ("stock", "stock Keras layers inside the model", 1.0),
            ("notebook", "a notebook's ImageDataGenerator", 1.25),
        )
    ]
