"""Changed copies of a picture are found; other faces are not."""

import cv2
import numpy as np
import pytest

from trainer.data.decode import read_face
from trainer.data.measures import measure
from trainer.data.near_duplicates import near_duplicates
from trainer.data.sample import sample_folder


@pytest.fixture(scope="module")
def faces():
    paths = sorted(sample_folder().glob("*.jpg"))[::8][:50]
    return np.stack([read_face(path)[0] for path in paths])


def groups(pixels):
    return near_duplicates(measure(pixels, lambda done, of: None), range(len(pixels)))


def encoded(face):
    _, content = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 60])
    return cv2.imdecode(content, cv2.IMREAD_COLOR)


def brightened(face):
    return np.clip(face.astype("float32") * 1.15 + 8, 0, 255).astype("uint8")


def resized(face):
    small = cv2.resize(face, (64, 64), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (128, 128), interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize("change", [encoded, brightened, resized, np.fliplr])
def test_a_changed_copy_is_found(faces, change):
    copies = [(0, 50), (17, 51), (33, 52)]
    pixels = np.concatenate([faces, [change(faces[one]) for one, _ in copies]])
    assert groups(pixels) == [list(pair) for pair in copies]


def test_different_faces_are_no_copies(faces):
    assert groups(faces) == []


def test_copies_of_copies_are_one_group(faces):
    pixels = np.concatenate([faces, [encoded(faces[5]), np.fliplr(faces[5]), resized(faces[5])]])
    assert groups(pixels) == [[5, 50, 51, 52]]


def test_only_the_rows_asked_for_are_compared(faces):
    pixels = np.concatenate([faces, [faces[3]]])
    measures = measure(pixels, lambda done, of: None)
    assert near_duplicates(measures, [1, 3, 50]) == [[3, 50]]
    assert near_duplicates(measures, [1, 2, 50]) == []
    assert near_duplicates(measures, []) == []
