import threading

import numpy as np
import pytest

from trainer.augment import Augmentation
from trainer.training.batches import TrainingBatches, ValidationBatches


@pytest.fixture
def data():
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (50, 128, 128, 3), np.uint8)
    return pixels, np.arange(50, dtype="float32"), (np.arange(50) % 2).astype("float32")


def make(data, indices=range(40), augmentation=None, workers=2, seed=1):
    return TrainingBatches(*data, np.array(indices), 16, seed, augmentation, workers)


def test_batches_hold_the_rows_of_the_order_with_their_labels(data):
    batches = make(data)
    order = batches.order(1)
    made = list(batches.epoch(1))
    assert len(made) == batches.steps_per_epoch == 2
    images, labels = made[1]
    np.testing.assert_array_equal(labels["age"][:, 0], order[16:32])
    np.testing.assert_array_equal(labels["gender"][:, 0], order[16:32] % 2)
    np.testing.assert_allclose(images, data[0][order[16:32]] / 255, atol=1e-6)


def test_order_differs_by_epoch_and_seed_and_repeats(data):
    batches = make(data)
    assert set(batches.order(1)) == set(range(40))
    assert not np.array_equal(batches.order(1), batches.order(2))
    assert not np.array_equal(batches.order(1), make(data, seed=2).order(1))
    np.testing.assert_array_equal(batches.order(3), make(data).order(3))


def test_an_epoch_begun_in_its_middle_has_the_same_steps_as_a_whole_one(data):
    augmentation = Augmentation(True, 14, 0.1, 0.2, 0.02)
    whole = list(make(data, augmentation=augmentation).epoch(3))
    rest = list(make(data, augmentation=augmentation, workers=1).epoch(3, first_step=1))
    assert len(rest) == 1
    np.testing.assert_array_equal(rest[0][0], whole[1][0])


def test_leaving_an_epoch_early_leaves_no_threads(data):
    batches = make(data).epoch(1)
    next(batches)
    batches.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("batch")]


def test_validation_has_every_row_once_in_order_as_it_is(data):
    batches = ValidationBatches(*data, np.arange(10, 50), 16)
    for _ in range(2):
        made = list(batches)
        assert [len(images) for images, _ in made] == [16, 16, 8]
        images = np.concatenate([images for images, _ in made])
        np.testing.assert_allclose(images, data[0][10:50] / 255, atol=1e-6)
        np.testing.assert_array_equal(
            np.concatenate([labels["age"][:, 0] for _, labels in made]), batches.labels()[0]
        )
