"""Faces with a range of ages, or without a gender: looked at, though no run uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agegender_tui.dataset.face_filter import View, rows_of
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.face_text import caption, facts, label_words
from agegender_tui.dataset.number_text import page
from agegender_tui.dataset.numbers import numbers_of
from agegender_tui.dataset.opening import row_of
from agegender_tui.dataset.session import Session
from trainer.data.source import DataSource
from trainer.errors import DataError

TABLE = """file,age,gender,race,service_test
1.jpg,50-59,Male,East Asian,True
2.jpg,more than 70,Female,Indian,False
3.jpg,0-2,Female,Black,False
"""


@pytest.fixture
def source(tmp_path: Path) -> DataSource:
    folder = tmp_path / "ranges"
    folder.mkdir()
    (folder / "fairface_label_train.csv").write_text(TABLE)
    for name in ("1.jpg", "2.jpg", "3.jpg", "9.jpg"):
        (folder / name).write_bytes(b"x")
    return DataSource(folder, "fairface")


@pytest.fixture
def faces(source: DataSource) -> FaceSet:
    *_, opened = Session(source).open()
    return opened


def shown(faces: FaceSet, text: str) -> list[str]:
    return [faces.name(row) for row in rows_of(faces, View(filter=text))]


def test_they_are_rows_between_the_labelled_and_those_without_a_label(faces: FaceSet) -> None:
    assert (len(faces), faces.labelled, faces.judged) == (4, 0, 3)
    assert [faces.name(row) for row in range(4)] == ["1.jpg", "2.jpg", "3.jpg", "9.jpg"]
    assert [row_of(faces, faces.name(row)) for row in range(4)] == [0, 1, 2, 3]
    assert [faces.tags(row) for row in (0, 3)] == [["partial"], ["unlabelled"]]


def test_filters_take_the_middle_of_a_range(faces: FaceSet) -> None:
    assert shown(faces, "age>50 age<60") == ["1.jpg"]
    assert shown(faces, "gender=female") == ["2.jpg", "3.jpg"]
    assert shown(faces, "race=2") == ["1.jpg"]
    assert shown(faces, "flag=partial") == ["1.jpg", "2.jpg", "3.jpg"]


def test_words_say_the_range_and_that_no_run_uses_it(faces: FaceSet) -> None:
    assert [caption(faces, row, 14) for row in range(4)] == [
        "50–59 male", "70–116 female", "0–2 female", "no label",
    ]  # fmt: skip
    assert caption(faces, 1, 9) == "70–116 f"
    assert label_words(faces, 0) == (
        "50–59 male, race 2 Asian, with a range of ages only: no run uses it"
    )
    assert ("label", label_words(faces, 0)) in facts(faces, 0, None)


def test_the_numbers_count_each_range_by_gender(faces: FaceSet) -> None:
    text = page(numbers_of(faces), 80, 40).plain
    rows = [line.split() for line in text.splitlines()]
    assert ["50–59", "1", "0", "0"] in rows
    assert ["70–116", "0", "1", "0"] in rows
    assert "No face has an exact age." in text


def test_they_cannot_be_excluded_as_no_run_uses_them(source: DataSource) -> None:
    session = Session(source)
    *_, opened = session.open()
    with pytest.raises(DataError, match=r"1\.jpg: has no whole label"):
        session.toggle(opened, [0])


def test_a_folder_where_nothing_has_any_label_is_still_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"x")
    with pytest.raises(DataError, match="none of its 1 pictures has a label"):
        next(iter(Session(DataSource(tmp_path)).open()))
