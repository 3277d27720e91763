"""Faces on their side or head are told from upright ones."""

import numpy as np

from trainer.data.decode import read_face
from trainer.data.measures import SMALL, measure
from trainer.data.sample import sample_folder
from trainer.data.upright import LEAST_FACES, turned


def small_faces(count=120):
    paths = sorted(sample_folder().glob("*.jpg"))[::3][:count]
    pixels = np.stack([read_face(path)[0] for path in paths])
    return measure(pixels, lambda done, of: None).small


def test_turned_faces_are_found_and_which_way_they_lie():
    small = small_faces()
    small[3], small[40], small[77] = (np.rot90(small[n], k) for n, k in ((3, 1), (40, 2), (77, 3)))
    turns, by = turned(small)
    # Turned back, counter-clockwise, by the rest of a whole turn.
    assert (turns[3], turns[40], turns[77]) == (3, 2, 1)
    upright = np.delete(np.arange(len(small)), [3, 40, 77])
    assert np.mean(turns[upright] == 0) > 0.97
    assert by[[3, 40, 77]].min() > by[upright].max()


def test_too_few_faces_are_not_judged():
    turns, by = turned(np.zeros((LEAST_FACES - 1, SMALL, SMALL), "float16"))
    assert not turns.any() and not by.any()
