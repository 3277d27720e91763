"""Features kept on disk: what they are, how much room they may take, what makes new ones."""

import dataclasses
import errno
import os
from types import SimpleNamespace

import numpy as np
import pytest

from trainer.augment import Augmentation
from trainer.config import RunConfig
from trainer.data.cache import cache_root
from trainer.errors import StorageError
from trainer.training import features
from trainer.training.batches import to_float
from trainer.training.feature_batches import FeatureBatches, ValidationFeatures
from trainer.training.features import features_key, open_features

SHAPE = (2, 2, 3)
CONFIG = RunConfig(model="B", feature_variants=3, batch_size=4, frozen_blocks=4)


@pytest.fixture
def faces():
    """14 faces, 10 of them to train on."""
    random = np.random.default_rng(3)
    pixels = random.integers(0, 256, (14, 128, 128, 3), "uint8")
    rows = random.permutation(14)
    return SimpleNamespace(pixels=pixels, train=rows[:10], validation=rows[10:], identity="these")


def blocks(images):
    """Stands for the frozen blocks: a few pixels of each image, so that each is told from all."""
    return images[:, 10:12, 20:22, :] * 100


def opened(faces, config=CONFIG, run=blocks, at_once=4, weights="w", told=None):
    def progress(done, of):
        if told is not None:
            told.append((done, of))

    return open_features(run, SHAPE, at_once, faces, config, weights, progress)


def folder(config=CONFIG):
    return cache_root().parent / "features" / features_key(config, "these", "w")


def half(images):
    return blocks(images).astype("float16")


def test_the_first_variant_is_the_face_the_second_its_mirror_image(faces):
    made = opened(faces)
    assert made.train.shape == (10, 3, *SHAPE)
    images = faces.pixels[faces.train]
    np.testing.assert_array_equal(made.train[:, 0], half(to_float(images)))
    np.testing.assert_array_equal(made.train[:, 1], half(to_float(images[:, :, ::-1])))


def test_other_variants_are_drawn_as_in_training(faces):
    made = opened(faces)
    images = faces.pixels[faces.train][4:8]
    epoch = features._VARIANT_EPOCH + 2
    drawn = Augmentation.from_config(CONFIG).apply(images, CONFIG.seed, epoch, int(faces.train[4]))
    np.testing.assert_array_equal(made.train[4:8, 2], half(drawn))
    assert (made.train[:, 2] != made.train[:, 0]).any(axis=(1, 2, 3)).all()


def test_faces_to_validate_on_are_as_they_are(faces):
    made = opened(faces)
    assert made.validation.shape == (4, 1, *SHAPE)
    np.testing.assert_array_equal(
        made.validation[:, 0], half(to_float(faces.pixels[faces.validation]))
    )


def test_without_augmentation_all_variants_are_the_face(faces):
    made = opened(faces, CONFIG.replace(augment=False))
    np.testing.assert_array_equal(made.train[:, 1], made.train[:, 0])


def test_the_blocks_see_whole_batches_only_and_a_smaller_one_changes_nothing(faces):
    sizes = []

    def run(images):
        sizes.append(len(images))
        return blocks(images)

    before = opened(faces, run=run)
    assert set(sizes) == {4}
    sizes.clear()
    after = opened(faces, run=run, at_once=2, weights="others")
    assert set(sizes) == {2}
    np.testing.assert_array_equal(after.train, before.train)


def test_progress_counts_passes_of_a_face(faces):
    told = []
    opened(faces, told=told)
    assert told[-1] == (34, 34)  # 10 faces in 3 variants, 4 to validate on
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def never(images):
    pytest.fail("the frozen blocks run again")


def test_features_on_disk_are_used_again(faces):
    made = opened(faces)
    again = opened(faces, run=never)
    np.testing.assert_array_equal(again.train, made.train)


@pytest.mark.parametrize(
    "change",
    [{"feature_variants": 4}, {"rotation": 3}, {"seed": 2}, {"frozen_blocks": 3}, {"flip": False},
     {"erasing": 0.5}, {"precision": "mixed_float16"}],
)  # fmt: skip
def test_settings_that_change_the_features_make_new_ones(change):
    assert features_key(CONFIG.replace(**change), "f", "w") != features_key(CONFIG, "f", "w")


@pytest.mark.parametrize(
    "change", [{"learning_rate": 1e-5}, {"epochs": 3}, {"dense_units": 9}, {"label": "x"}]
)
def test_other_settings_do_not(change):
    assert features_key(CONFIG.replace(**change), "f", "w") == features_key(CONFIG, "f", "w")


def test_other_faces_and_other_weights_make_new_ones():
    keys = {features_key(CONFIG, f, w) for f in ("f", "g") for w in ("w", "v")}
    assert len(keys) == 4


def test_a_computation_that_was_cut_off_goes_on_where_it_was(faces):
    whole = opened(faces, weights="whole")
    calls = []

    class CutOff(Exception):
        pass

    def run(images):
        calls.append(1)
        if len(calls) == 9:  # one for validation, three for each batch of faces
            raise CutOff
        return blocks(images)

    config = dataclasses.replace(CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "FLUSH_BATCHES", 1)
        with pytest.raises(CutOff):
            opened(faces, config, run)
    rest = []
    made = opened(faces, config, lambda images: rest.append(1) or blocks(images))
    assert len(rest) == 3
    np.testing.assert_array_equal(made.train, whole.train)
    np.testing.assert_array_equal(made.validation, whole.validation)


@pytest.mark.parametrize("name", ["train", "validation"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut short"])
def test_an_array_that_is_gone_or_damaged_is_computed_anew(faces, name, damage):
    whole = opened(faces, weights="whole")
    opened(faces)
    file = folder() / f"{name}.npy"
    if damage == "gone":
        file.unlink()
    else:
        os.truncate(file, 0 if damage == "empty" else 200)
    made = opened(faces)
    np.testing.assert_array_equal(made.train, whole.train)
    np.testing.assert_array_equal(made.validation, whole.validation)


def test_an_array_that_cannot_be_read_now_is_left_as_it_is(faces, monkeypatch):
    opened(faces)

    def failing(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(np, "load", failing)
        with pytest.raises(StorageError, match="check its disk"):
            opened(faces, run=never)
    opened(faces, run=never)


def test_a_disk_that_fills_up_leaves_no_array_without_room(faces, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        with pytest.raises(StorageError, match="the disk is full"):
            opened(faces, run=never)
    assert not list(folder().glob("*.npy"))


def test_what_says_that_features_are_complete_goes_before_them(faces, monkeypatch):
    opened(faces, CONFIG.replace(seed=1))
    monkeypatch.setattr(features.shutil, "rmtree", lambda *_, **__: None)  # killed before it
    for seed in (2, 3):
        opened(faces, CONFIG.replace(seed=seed))
    oldest = folder(CONFIG.replace(seed=1))
    assert (oldest / "train.npy").exists()
    assert not (oldest / "done.json").exists()


def test_more_disk_than_allowed_is_refused_with_the_settings_to_change(faces):
    config = CONFIG.replace(feature_gigabytes=0.01)
    faces.train = np.zeros(200_000, "int64")
    with pytest.raises(StorageError) as error:
        opened(faces, config, never)
    assert str(error.value) == (
        "the features of 3 variants would take 0.0144 GB, more than feature_gigabytes 0.01: "
        "lower feature_variants or raise feature_gigabytes"
    )


def test_a_disk_without_room_is_named(faces, monkeypatch):
    usage = SimpleNamespace(free=100)
    monkeypatch.setattr(features.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageError, match="lower feature_variants or free some space"):
        opened(faces, run=never)


def test_they_are_mapped_from_disk_and_not_held_in_memory(faces):
    made = opened(faces)
    assert isinstance(made.train, np.memmap)
    assert isinstance(made.validation, np.memmap)


def test_two_sets_are_kept_and_the_longest_unused_goes(faces):
    for seed in (1, 2, 3):
        opened(faces, CONFIG.replace(seed=seed))
    folders = {path.name for path in (cache_root().parent / "features").iterdir()}
    keys = [features_key(CONFIG.replace(seed=seed), "these", "w") for seed in (1, 2, 3)]
    assert folders == set(keys[1:])


def test_what_is_not_features_is_never_deleted(faces):
    root = cache_root().parent / "features"
    own = [root / "mine", root / ("a" * 24)]
    for path in own:
        path.mkdir(parents=True)
        (path / "notes.txt").write_text("mine")
        os.utime(path, (1, 1))
    (root / "mine" / ".lock").write_text("mine")
    for seed in (1, 2, 3):
        opened(faces, CONFIG.replace(seed=seed))
    assert all((path / "notes.txt").exists() for path in own)
    assert (root / "mine" / ".lock").read_text() == "mine"
    assert len(list(root.glob("*/train.npy"))) == features.KEPT


def test_what_another_run_still_computes_is_kept(faces):
    config = CONFIG.replace(seed=1)

    def run(images):
        for seed in (2, 3):
            opened(faces, CONFIG.replace(seed=seed))
        return blocks(images)

    opened(faces, config, run)
    opened(faces, config, never)
    for seed in (4, 5):
        opened(faces, CONFIG.replace(seed=seed))
    assert len(list((cache_root().parent / "features").iterdir())) == 2


def test_values_too_large_for_half_precision_are_bounded(faces):
    made = opened(faces, run=lambda images: np.full((len(images), *SHAPE), 1e9, "float32"))
    assert np.isfinite(made.train).all()


# Batches of them


def batches(made, seed=1, workers=2):
    ages, genders = np.arange(14, dtype="float32"), np.arange(14, dtype="float32") % 2
    train = np.array([13, 11, 9, 7, 5, 3, 1, 0, 2, 4])
    return FeatureBatches(made, ages, genders, train, 4, seed, workers), train


@pytest.fixture
def marked():
    """(10, 3, 2, 2, 3): each value says whose and which variant it is."""
    values = np.arange(10)[:, None] * 10 + np.arange(3)
    return np.broadcast_to(values[..., None, None, None], (10, 3, *SHAPE)).astype("float16")


def test_each_face_comes_with_its_own_labels_and_one_of_its_variants(marked):
    made, train = batches(marked)
    epoch = list(made.epoch(1))
    assert len(epoch) == made.steps_per_epoch == 2
    for inputs, labels in epoch:
        assert inputs.dtype == np.float32
        rows, variants = np.divmod(inputs[:, 0, 0, 0], 10)
        np.testing.assert_array_equal(labels["age"][:, 0], train[rows.astype(int)])
        np.testing.assert_array_equal(labels["gender"][:, 0], train[rows.astype(int)] % 2)
        assert set(variants) <= {0, 1, 2}


def test_over_some_epochs_every_variant_is_shown(marked):
    made, _ = batches(marked)
    shown = {v for e in range(1, 100) for x, _ in made.epoch(e) for v in x[:, 0, 0, 0]}
    assert shown == set(marked[:, :, 0, 0, 0].ravel())


def test_an_epoch_of_features_begun_in_its_middle_is_the_same(marked):
    whole = list(batches(marked)[0].epoch(2))
    (rest,) = batches(marked, workers=1)[0].epoch(2, first_step=1)
    np.testing.assert_array_equal(rest[0], whole[1][0])


def test_validation_features_come_in_order_with_their_labels():
    made = np.arange(5, dtype="float16").reshape(5, 1, 1, 1, 1)
    ages = np.arange(20, dtype="float32")
    validation = ValidationFeatures(made, ages, ages % 2, np.array([19, 3, 5, 2, 8]), 2)
    parts = list(validation)
    assert [len(x) for x, _ in parts] == [2, 2, 1]
    np.testing.assert_array_equal(np.concatenate([x.ravel() for x, _ in parts]), np.arange(5))
    np.testing.assert_array_equal(parts[1][1]["age"][:, 0], [5, 2])
    np.testing.assert_array_equal(validation.labels()[0], [19, 3, 5, 2, 8])
