"""Images a second without any network: our batches, a notebook's generator, the stock layers."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import faces
from benchmarks.report import Row

ROUNDS = 5


def rate(step: Callable[[], int], seconds: float) -> float:
    """Images a second of `step`, which returns how many it made."""
    made, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        made += step()
    return made / (time.perf_counter() - began)


def side_by_side(steps: dict[str, Callable[[], int]], seconds: float = 1.5) -> dict[str, float]:
    """Median rate of each, measured in turns so that all meet the same machine."""
    for step in steps.values():
        step()
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            found[name].append(rate(step, seconds))
    return {name: statistics.median(rates) for name, rates in found.items()}


def notebook_generator(loaded: Any, batch_size: int) -> Iterator[Any]:
    """What a notebook has: Keras's ImageDataGenerator with the augmentations it knows."""
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    generator = ImageDataGenerator(
        rescale=1 / 255,
        rotation_range=14,
        zoom_range=0.1,
        horizontal_flip=True,
        brightness_range=(0.8, 1.2),
        channel_shift_range=5.0,
        fill_mode="reflect",
    )
    rows = loaded.train
    return iter(generator.flow(loaded.pixels[rows], loaded.ages[rows], batch_size=batch_size))


def stock_layers() -> Any:
    """The five layers of Keras, chained, at the strengths of preset A."""
    import keras

    config = faces.config()
    turn = config.rotation / 360
    return keras.Sequential(
        [
            keras.layers.RandomFlip("horizontal"),
            keras.layers.RandomRotation(turn),
            keras.layers.RandomZoom(config.zoom),
            keras.layers.RandomContrast(config.contrast, value_range=(0, 1)),
            keras.layers.RandomHue(config.hue * 2, value_range=(0, 1)),
        ]
    )


def rows() -> list[Row]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    from trainer.augment import Augmentation
    from trainer.training.batches import TrainingBatches

    config, loaded = faces.config(), faces.load()
    augmentation = Augmentation.from_config(config)
    assert augmentation is not None
    ours = TrainingBatches(
        loaded.pixels, loaded.ages, loaded.genders, loaded.train, config.batch_size, 1,
        augmentation, workers=os.cpu_count() or 1,
    )  # fmt: skip

    def forever() -> Iterator[Any]:
        epoch = 0
        while True:
            epoch += 1
            yield from ours.epoch(epoch)

    batches = forever()
    notebook = notebook_generator(loaded, config.batch_size)
    alone = side_by_side(
        {
            "ours": lambda: len(next(batches)[0]),
            "notebook": lambda: len(next(notebook)[0]),
        }
    )
    images = loaded.pixels[loaded.train[: config.batch_size]]
    layers = stock_layers()
    chained = tf.data.Dataset.from_tensors(tf.constant(images)).repeat()
    chained = chained.map(
        lambda x: layers(tf.cast(x, tf.float32) / 255, training=True),
        num_parallel_calls=tf.data.AUTOTUNE,
    ).prefetch(2)
    stock = iter(chained)

    def cached_forever() -> Iterator[Any]:
        step = 0
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = [pool.submit(augmentation.apply, images, 1, 1, n) for n in range(4)]
            while True:
                step += 1
                waiting.append(pool.submit(augmentation.apply, images, 1, 2, step))
                yield waiting.pop(0).result()

    augmented = cached_forever()
    five = side_by_side({"ours": lambda: len(next(augmented)), "stock": lambda: len(next(stock))})
    return [
        Row(
            "input pipeline alone over ImageDataGenerator alone",
            alone["ours"] / alone["notebook"],
            "×",
            10,
            at_least=True,
            detail=f"{alone['ours']:.0f} and {alone['notebook']:.0f} images/s",
        ),
        Row(
            "the five augmentations over the five stock layers chained",
            five["ours"] / five["stock"],
            "×",
            5,
            at_least=True,
            detail=f"{five['ours']:.0f} and {five['stock']:.0f} images/s",
        ),
    ]
