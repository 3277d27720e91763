"""Batches of predictions: kept as they come, gone on from, smaller where memory is short."""

import numpy as np
import pytest

from trainer.evaluation.predicting import BATCH, say

PIXELS = np.random.default_rng(1).integers(0, 255, (200, 128, 128, 3)).astype("uint8")
ROWS = list(range(0, 200, 1))


class Network:
    """Age from the left half, gender from the red; counts what it is asked."""

    def __init__(self, most=10**9, dies_at=10**9):
        self.asked, self.most, self.dies_at = [], most, dies_at

    def raw(self, crops):
        if len(crops) > self.most:
            raise MemoryError
        if len(self.asked) >= self.dies_at:
            raise KeyboardInterrupt
        self.asked.append(len(crops))
        return crops[:, :, :64].mean(axis=(1, 2, 3)), crops[..., 0].mean(axis=(1, 2)) / 255


def quiet(*_):
    pass


def test_a_worker_that_died_is_gone_on_from_at_the_last_whole_batch(tmp_path):
    whole = say(Network(), PIXELS, ROWS, False, tmp_path / "whole", quiet)
    kept = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        say(Network(dies_at=2), PIXELS, ROWS, False, kept, quiet)
    with open(kept, "ab") as file:
        file.write(b"torn")
    network = Network()
    told = []
    again = say(network, PIXELS, ROWS, False, kept, lambda *one: told.append(one))
    assert network.asked == [BATCH, 200 - 3 * BATCH]
    assert told[0] == ("predicting", 2 * BATCH, 200) and told[-1] == ("predicting", 200, 200)
    assert np.array_equal(again, whole)


def test_the_rows_are_those_that_were_asked_for_in_their_order(tmp_path):
    said = say(Network(), PIXELS, [7, 3], False, tmp_path / "kept", quiet)
    assert said[:, 0, 0] == pytest.approx(PIXELS[[7, 3], :, :64].mean(axis=(1, 2, 3)))
    assert np.array_equal(said[:, 0], said[:, 1])


def test_flipping_asks_of_the_mirror_image_too(tmp_path):
    said = say(Network(), PIXELS, [0, 1], True, tmp_path / "kept", quiet)
    assert said[:, 1, 0] == pytest.approx(PIXELS[[0, 1], :, 64:].mean(axis=(1, 2, 3)))


def test_a_batch_that_does_not_fit_is_halved(tmp_path):
    network = Network(most=20)
    said = say(network, PIXELS, ROWS, False, tmp_path / "kept", quiet)
    assert set(network.asked) == {16, 8} and len(said) == 200


def test_one_face_that_does_not_fit_is_an_error(tmp_path):
    with pytest.raises(MemoryError):
        say(Network(most=0), PIXELS, ROWS, False, tmp_path / "kept", quiet)
