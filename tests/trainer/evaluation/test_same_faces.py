"""Figures side by side are of the same faces, or said not to be."""

import pytest

from trainer.evaluation.same_faces import same_faces


def told(fingerprint="d", faces=80, names=()):
    return {
        "data": {"fingerprint": fingerprint, "faces": faces},
        "left_out": {"files": [[name, "trained on"] for name in names]},
    }


def test_one_alone_and_two_of_the_same_files_are_of_the_same_faces():
    assert same_faces([told()])
    assert same_faces([told(names=("a", "b")), told(names=("b", "a"))])


@pytest.mark.parametrize("other", [told("e"), told(faces=79), told(names=("a",))])
def test_another_set_fewer_faces_or_others_left_out_are_not(other):
    assert not same_faces([told(), other])
