"""Figures side by side are of the same faces, or said not to be."""

import pytest

from trainer.evaluation.report.naming import data_names
from trainer.evaluation.same_faces import same_faces, same_set


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


def test_a_set_is_the_same_by_whatever_way_and_name_it_was_given(tmp_path):
    (tmp_path / "faces").mkdir()
    (tmp_path / "link").symlink_to("faces")

    def of(source, part="all", name="faces"):
        return same_set({"data": {"source": source, "part": part, "name": name}})

    here = str(tmp_path / "faces")
    assert of(here) == of(str(tmp_path / "link"), name="portraits")
    assert of(here) != of(here, part="validation")
    assert of(here) != of(f"csv:{here}")
    assert of(here) != of(str(tmp_path))


def test_one_that_goes_by_several_names_has_the_first_and_namesakes_are_told_apart(tmp_path):
    (tmp_path / "faces").mkdir()
    (tmp_path / "link").symlink_to("faces")

    def of(source, name):
        return {"data": {"source": str(tmp_path / source), "part": "all", "name": name}}

    assert data_names([of("faces", "faces"), of("link", "portraits")]) == ["faces", "faces"]
    assert data_names([of("faces", "one"), of("other", "one")]) == [
        f"one in {tmp_path / 'faces'}",
        f"one in {tmp_path / 'other'}",
    ]
