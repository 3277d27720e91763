"""The fused augmentations against the Keras layers they stand for."""

import dataclasses

import numpy as np
import pytest

from trainer.augment import Augmentation, Draws, affine_maps, transform
from trainer.presets import preset

NOTHING = Draws(
    flip=np.array([False]),
    angle=np.zeros(1),
    zoom=np.ones(1),
    contrast=np.ones(1),
    hue=np.zeros(1),
)


def draws(**changes):
    return dataclasses.replace(NOTHING, **{k: np.array([v]) for k, v in changes.items()})


@pytest.fixture(scope="module")
def faces():
    """Smooth coloured pictures: (4, 128, 128, 3) uint8."""
    import cv2

    noise = np.random.default_rng(3).integers(0, 256, (4, 16, 16, 3), np.uint8)
    return np.stack([cv2.resize(n, (128, 128), interpolation=cv2.INTER_CUBIC) for n in noise])


def keras_says(layer, faces, transformation):
    import keras

    images = keras.ops.convert_to_tensor(faces.astype("float32") / 255)
    out = layer.transform_images(images, transformation, training=True)
    return np.asarray(keras.ops.convert_to_numpy(out))


def ours(faces, **changes):
    return np.concatenate([transform(face[None], draws(**changes)) for face in faces])


def test_nothing_drawn_is_only_the_change_to_float(faces):
    np.testing.assert_allclose(ours(faces), faces / 255, atol=1e-6)


def test_flip_mirrors_left_to_right(faces):
    np.testing.assert_allclose(ours(faces, flip=True), faces[:, :, ::-1] / 255, atol=1e-6)


@pytest.mark.parametrize("degrees", [-14.0, 3.0, 45.0])
def test_rotation_is_that_of_the_keras_layer(faces, degrees):
    import keras

    layer = keras.layers.RandomRotation((degrees / 360, degrees / 360), fill_mode="reflect")
    drawn = layer.get_random_transformation(faces.astype("float32"))
    theirs = keras_says(layer, faces, drawn)
    close(ours(faces, angle=np.deg2rad(degrees)), theirs)


@pytest.mark.parametrize("factor", [-0.1, 0.25])
def test_zoom_is_that_of_the_keras_layer(faces, factor):
    import keras

    layer = keras.layers.RandomZoom(0.5, fill_mode="reflect")
    amount = keras.ops.full((len(faces), 1), 1 + factor, "float32")
    drawn = layer.get_random_transformation(faces.astype("float32"), training=True)
    theirs = keras_says(layer, faces, {**drawn, "height_zoom": amount, "width_zoom": amount})
    close(ours(faces, zoom=1 + factor), theirs)


@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_contrast_is_that_of_the_keras_layer(faces, factor):
    import keras

    layer = keras.layers.RandomContrast(0.5, value_range=(0, 1))
    amount = keras.ops.full((len(faces), 1, 1, 1), factor, "float32")
    theirs = keras_says(layer, faces, {"contrast_factor": amount})
    np.testing.assert_allclose(ours(faces, contrast=factor), theirs, atol=2e-3)


@pytest.mark.parametrize("turn", [-0.3, 0.02, 0.4])
def test_hue_is_that_of_the_keras_layer(faces, turn):
    import keras

    layer = keras.layers.RandomHue(0.5, value_range=(0, 1))
    theirs = keras_says(layer, faces, {"factor": keras.ops.full((len(faces),), turn, "float32")})
    np.testing.assert_allclose(ours(faces, hue=turn), theirs, atol=2e-3)


def close(one, other):
    """Equal but for OpenCV's 1/32-pixel grid; the outermost pixels reflect a little apart."""
    inner = np.abs(one - other)[:, 2:-2, 2:-2]
    assert inner.mean() < 0.004
    assert np.quantile(inner, 0.999) < 0.04


def test_fused_map_is_flip_then_rotation_then_zoom():
    every = affine_maps(draws(flip=True, angle=0.3, zoom=1.2), 128, 128)[0]
    flip, turn, zoom = (
        np.vstack([affine_maps(draws(**one), 128, 128)[0], [0, 0, 1]])
        for one in ({"flip": True}, {"angle": 0.3}, {"zoom": 1.2})
    )
    np.testing.assert_allclose(every, (flip @ turn @ zoom)[:2], atol=1e-12)


def test_same_seed_epoch_and_step_give_the_same_images_and_others_do_not(faces):
    augmentation = Augmentation.from_config(preset("A"))
    first = augmentation.apply(faces, 1, 2, 3)
    np.testing.assert_array_equal(first, augmentation.apply(faces, 1, 2, 3))
    for other in ((2, 2, 3), (1, 3, 3), (1, 2, 4)):
        assert not np.array_equal(first, augmentation.apply(faces, *other))


def test_result_is_float32_within_0_and_1(faces):
    out = Augmentation(True, 45, 0.5, 0.9, 0.5).apply(faces, 1, 1, 0)
    assert out.dtype == np.float32
    assert out.min() >= 0
    assert out.max() <= 1


def test_draws_stay_within_the_settings():
    drawn = Augmentation(True, 14, 0.1, 0.2, 0.02).draw(10_000, 1, 1, 0)
    assert np.abs(np.rad2deg(drawn.angle)).max() == pytest.approx(14, rel=0.01)
    assert (drawn.zoom.min(), drawn.zoom.max()) == pytest.approx((0.9, 1.1), rel=0.01)
    assert (drawn.contrast.min(), drawn.contrast.max()) == pytest.approx((0.8, 1.2), rel=0.01)
    assert np.abs(drawn.hue).max() == pytest.approx(0.02, rel=0.01)
    assert drawn.flip.mean() == pytest.approx(0.5, abs=0.05)


def test_augmentation_can_be_switched_off():
    assert Augmentation.from_config(preset("A").replace(augment=False)) is None
    assert not Augmentation(False, 0, 0, 0, 0).draw(100, 1, 1, 0).flip.any()


def erased(faces, part, seed=1):
    """Which pixels of each face erasing alone changes, (n, h, w)."""
    out = Augmentation(False, 0, 0, 0, 0, part).apply(faces, seed, 1, 0)
    return np.abs(out - faces / 255).max(-1) > 1e-6


def test_erasing_covers_one_rectangle_of_a_fifth_of_the_face_at_most(faces):
    many = np.tile(faces[:1], (200, 1, 1, 1))
    for changed in erased(many, 1.0):
        rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
        inside = changed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert inside.mean() > 0.98  # noise may hit the pixel's own value
        assert 0.015 < inside.size / changed.size < 0.21


def test_erasing_covers_the_part_of_the_faces_asked_for_anywhere(faces):
    many = np.tile(faces[:1], (400, 1, 1, 1))
    changed = erased(many, 0.25)
    assert changed.any((1, 2)).mean() == pytest.approx(0.25, abs=0.06)
    assert changed.any(0).mean() > 0.95


def test_erasing_changes_nothing_else_that_chance_says():
    plain, erasing = (Augmentation(True, 14, 0.1, 0.2, 0.02, part) for part in (0.0, 0.5))
    one, other = plain.draw(50, 1, 1, 0), erasing.draw(50, 1, 1, 0)
    for name in ("flip", "angle", "zoom", "contrast", "hue"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.erased is None
    assert 10 < np.count_nonzero(other.erased[:, 0]) < 40
