"""Batches of predictions: kept as they come, gone on from, smaller where memory is short."""

import numpy as np
import pytest

from trainer.evaluation.predicting import BATCH, say

PIXELS = np.random.default_rng(1).integers(0, 255, (200, 128, 128, 3)).astype("uint8")
HASHES = [f"{number:032x}" for number in range(200)]
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
    whole = say(Network(), PIXELS, HASHES, ROWS, False, tmp_path / "whole", quiet)
    kept = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        say(Network(dies_at=2), PIXELS, HASHES, ROWS, False, kept, quiet)
    with open(kept, "ab") as file:
        file.write(bytes(5 * 32 + 4))  # part of a batch, its last row torn
    network = Network()
    told = []
    again = say(network, PIXELS, HASHES, ROWS, False, kept, lambda *one: told.append(one))
    assert network.asked == [BATCH, 200 - 3 * BATCH]
    assert told[0] == ("predicting", 2 * BATCH, 200) and told[-1] == ("predicting", 200, 200)
    assert np.array_equal(again, whole)


def test_the_rows_are_those_that_were_asked_for_in_their_order(tmp_path):
    said = say(Network(), PIXELS, HASHES, [7, 3], False, tmp_path / "kept", quiet)
    assert said[:, 0, 0] == pytest.approx(PIXELS[[7, 3], :, :64].mean(axis=(1, 2, 3)))
    assert np.array_equal(said[:, 0], said[:, 1])


def test_flipping_asks_of_the_mirror_image_too(tmp_path):
    said = say(Network(), PIXELS, HASHES, [0, 1], True, tmp_path / "kept", quiet)
    assert said[:, 1, 0] == pytest.approx(PIXELS[[0, 1], :, 64:].mean(axis=(1, 2, 3)))


def test_a_batch_that_does_not_fit_is_halved(tmp_path):
    network = Network(most=20)
    said = say(network, PIXELS, HASHES, ROWS, False, tmp_path / "kept", quiet)
    assert set(network.asked) == {16, 8} and len(said) == 200


def test_one_face_that_does_not_fit_is_an_error(tmp_path):
    with pytest.raises(MemoryError):
        say(Network(most=0), PIXELS, HASHES, ROWS, False, tmp_path / "kept", quiet)


@pytest.mark.parametrize("other", ["a face more", "another face", "mirrored too", "torn"])
def test_what_was_said_of_other_faces_or_in_another_way_is_asked_anew(tmp_path, other):
    kept = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        say(Network(dies_at=2), PIXELS, HASHES, ROWS[1:], False, kept, quiet)
    rows, flip, hashes = ROWS[1:], False, HASHES
    if other == "a face more":  # unreadable then, and read now
        rows = ROWS
    elif other == "another face":
        hashes = ["another" if number == 100 else one for number, one in enumerate(HASHES)]
    elif other == "mirrored too":
        flip = True
    else:
        kept.write_bytes(kept.read_bytes()[:20])
    told = []
    again = say(Network(), PIXELS, hashes, rows, flip, kept, lambda *one: told.append(one))
    assert told[0][1] == 0
    whole = say(Network(), PIXELS, hashes, rows, flip, tmp_path / "whole", quiet)
    assert np.array_equal(again, whole)
