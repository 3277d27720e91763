"""Labels as they are typed and shown, and how faces and bars are laid out."""

from __future__ import annotations

from pathlib import Path

import pytest

from agegender_tui.dataset.bars import across, hanging, upright
from agegender_tui.dataset.curating import label_text, parse_label
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.face_text import caption, facts, line
from agegender_tui.dataset.grid_layout import STEPS, lay_out
from agegender_tui.dataset.heading import counts
from agegender_tui.dataset.number_text import page
from agegender_tui.dataset.numbers import numbers_of
from agegender_tui.dataset.opening import row_of, with_model, with_parts
from trainer.data.index import browsable_index
from trainer.data.labels import Label
from trainer.data.source import DataSource
from trainer.errors import ConfigError
from trainer.runs.layout import RunDir


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("26 female", Label(26, 1, None)),
        (" 26  M ", Label(26, 0, None)),
        ("26,1,2", Label(26, 1, 2)),
        ("0_0_0", Label(0, 0, 0)),
        ("", None),
        ("  ", None),
    ],
)
def test_a_label_is_read_as_people_type_it(text: str, label: Label | None) -> None:
    assert parse_label(text) == label
    assert parse_label(label_text(label)) == label


@pytest.mark.parametrize(("typed", "race"), [("40 f", 3), ("40 f 1", 1), ("40 f -", None)])
def test_the_race_of_before_stays_until_another_or_none_is_typed(
    typed: str, race: int | None
) -> None:
    assert parse_label(typed, race_before=3) == Label(40, 1, race)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("26", "age, gender and maybe race"),
        ("x 1", "'x' is no age of 0 to 116"),
        ("117 1", "'117' is no age"),
        ("-3 1", "'-3' is no age"),
        ("7" * 5000 + " 1", "is no age of 0 to 116"),
        ("26 2", "'2' is neither male nor female"),
        ("26 1 5", "'5' is no race code"),
        ("1 1 1 1", "write it like"),
    ],
)
def test_a_label_that_is_none_is_refused_with_the_remedy(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_label(text)


def test_captions_fit_their_width_and_mark_what_matters(faces: FaceSet) -> None:
    flagged, plain = row_of(faces, "25_1_1_b.jpg") or 0, row_of(faces, "82_1_0_g.jpg") or 0
    assert caption(faces, flagged, 16) == "25 female !"
    assert caption(faces, flagged, 8) == "25 f !"
    assert caption(faces, plain, 10) == "82 female"
    assert caption(faces, len(faces) - 1, 16) == "no label"
    assert len(caption(faces, len(faces) - 1, 5)) == 5


def test_everything_known_of_a_face_is_told(faces: FaceSet, predicting: RunDir) -> None:
    judged = with_model(faces, predicting)
    row = row_of(judged, "31_0_3_d.jpg") or 0
    told = dict(facts(judged, row, (200, 200)))
    assert told["label"] == "31 male, race 3 Indian"
    assert told["part"] == f"validation (split of {predicting.id})"
    assert told["size"] == "200×200 pixels, 12 bytes"
    assert told["says"] == "70.0 years (+39.0), male at 80 %"
    trained = dict(facts(judged, row_of(judged, "25_1_1_b.jpg") or 0, None))
    assert trained["says"] == "nothing: it trained on this face"
    unlabelled = dict(facts(judged, len(judged) - 1, None))
    assert unlabelled["says"] == "nothing: its run did not use this face"
    assert trained["flag"] == "blurred: sharpness 3"
    assert "model: 70 male" in line(judged, row)
    assert "does not begin with an age" in line(judged, len(judged) - 1)


@pytest.mark.parametrize("size", [(78, 20), (198, 56), (40, 12), (10, 3), (1, 1), (300, 100)])
@pytest.mark.parametrize("step", range(len(STEPS)))
def test_a_grid_fits_its_room_and_finds_its_faces(size: tuple[int, int], step: int) -> None:
    width, height = size
    layout = lay_out(width, height, step, pictures=True)
    assert layout.page >= 1
    if width >= 4 and height >= 3:
        assert layout.across * layout.pitch[0] - 1 <= width
        assert layout.down * layout.pitch[1] <= height
    for number in range(layout.page):
        assert layout.at(*layout.place(number)) == number
    assert layout.at(width + 400, 0) is None
    assert layout.at(layout.columns, 0) is None  # the gap


def test_room_that_is_left_makes_the_faces_larger() -> None:
    assert lay_out(78, 20, 3, pictures=True).columns == 18
    assert lay_out(78, 20, 3, pictures=True).page == 8


def test_without_pictures_entries_are_lines() -> None:
    layout = lay_out(80, 20, 3, pictures=False)
    assert (layout.across, layout.down, layout.rows) == (2, 20, 0)


def test_the_heading_calls_no_row_of_a_table_a_face_without_a_label(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,age,gender\n1.jpg,20,m\ngone.jpg,30,f\n")
    for name in ("1.jpg", "unlisted.jpg"):
        (tmp_path / name).write_bytes(b"x")
    found = FaceSet(browsable_index(DataSource(tmp_path, "csv")))
    assert counts(found) == ["1 faces", "2 left out"]


def test_bars_are_as_long_as_their_counts() -> None:
    assert [bar.plain for bar in upright([0, 1, 8, 16], 16, 2, "")] == ["   █", " ▁██"]
    assert [bar.plain for bar in hanging([0, 4, 16], 16, 2, "")] == [" ▄█", "  █"]
    assert across(5, 10, 4) == "██  "
    assert across(1, 1000, 4) == "▏   ", "the least shows"
    assert across(0, 0, 4) == "    "


@pytest.mark.parametrize("width", [40, 78, 118, 198])
def test_no_line_of_the_numbers_is_too_long(faces: FaceSet, width: int) -> None:
    text = page(numbers_of(with_parts(faces)), width, 20).plain
    longest = max(map(len, text.splitlines()))
    assert longest <= max(width, 78)
    for word in ("train", "Age bands", "Race codes", "brightness", "0–9", "3 Indian"):
        assert word in text
    assert "128×128 (7)" in text


def test_numbers_count_the_parts_and_what_is_in_use(faces: FaceSet, predicting: RunDir) -> None:
    numbers = numbers_of(with_model(faces, predicting))
    assert {name: one.count for name, one in numbers.selections.items()} == {
        "all": 7, "used": 7, "train": 4, "validation": 3,
    }  # fmt: skip
    assert numbers.copies == []
