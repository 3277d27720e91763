import math

import cv2
import numpy as np
import pytest

from trainer.prediction import geometry


def turned(points, degrees, scale, shift):
    angle = math.radians(degrees)
    turn = scale * np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    return points @ turn.T + shift


@pytest.mark.parametrize("degrees", [-40, 0, 25, 170])
@pytest.mark.parametrize("scale", [0.3, 2.5])
def test_landmarks_go_where_the_crops_have_them_however_the_face_lies(degrees, scale):
    face = turned(geometry.LANDMARKS, degrees, scale, (300.0, -20.0))
    matrix = geometry.align(face)
    np.testing.assert_allclose(face @ matrix[:, :2].T + matrix[:, 2], geometry.LANDMARKS, atol=1e-9)
    assert geometry.scale_of(matrix) == pytest.approx(1 / scale)
    assert geometry.roll_of(matrix) == pytest.approx(-degrees)


def test_a_mirrored_face_is_not_mirrored_back():
    face = geometry.LANDMARKS * (-1, 1)
    assert np.linalg.det(geometry.align(face)[:, :2]) > 0


def test_the_outline_is_where_the_crop_was():
    corners = np.array([[0, 0], [128, 0], [128, 128], [0, 128]], "float64")
    face = turned(geometry.LANDMARKS, 30, 1.5, (90.0, 60.0))
    np.testing.assert_allclose(
        geometry.outline(geometry.align(face)), turned(corners, 30, 1.5, (90.0, 60.0)), atol=1e-9
    )


def smooth():
    small = np.random.default_rng(1).integers(0, 256, (9, 9, 3)).astype("uint8")
    return cv2.resize(small, (128, 128), interpolation=cv2.INTER_CUBIC)


def test_a_crop_that_lies_where_it_should_comes_back_as_it_is():
    crop = smooth()
    np.testing.assert_array_equal(geometry.cut(crop, np.eye(2, 3)), crop)


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_an_enlarged_crop_is_shrunk_back_without_a_shift(factor):
    crop = smooth()
    large = crop.repeat(factor, 0).repeat(factor, 1)
    scene = np.zeros((1000, 900, 3), "uint8")
    scene[100 : 100 + 128 * factor, 40 : 40 + 128 * factor] = large
    matrix = np.array([[1 / factor, 0, -40 / factor], [0, 1 / factor, -100 / factor]])
    got = geometry.cut(scene, matrix).astype(int)
    assert np.abs(got - crop)[2:-2, 2:-2].max() <= 2


def test_shrinking_averages_instead_of_picking_pixels():
    stripes = np.zeros((1024, 1024, 3), "uint8")
    stripes[::2] = 255
    got = geometry.cut(stripes, np.array([[0.125, 0, 0], [0, 0.125, 0]]))
    assert np.abs(got[4:-4, 4:-4].astype(int) - 127).max() <= 2


def test_a_face_at_the_edge_repeats_it_and_one_beyond_it_is_no_crash():
    red = np.full((200, 200, 3), (200, 10, 10), "uint8")
    for shift in (-150.0, 60.0, 500.0, -3000.0):
        for scale in (0.5, 2.0):
            matrix = np.array([[scale, 0, shift], [0, scale, shift]])
            assert (geometry.cut(red, matrix) == (200, 10, 10)).all()


def test_a_box_of_the_cascade_is_scaled_to_where_it_lies_in_a_crop():
    matrix = geometry.align_box((100, 200, 66, 66))
    centre = matrix[:, :2] @ [133, 233] + matrix[:, 2]
    np.testing.assert_allclose(centre, geometry.BOX_CENTRE)
    assert geometry.scale_of(matrix) == pytest.approx(2.0)
