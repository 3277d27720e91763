"""Filters, orders and random draws of faces."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from agegender_tui.dataset.face_filter import ORDERS, View, language, orders, rows_of
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.opening import with_model, with_parts
from trainer.data.index import browsable_index
from trainer.data.source import DataSource
from trainer.errors import ConfigError
from trainer.runs.layout import RunDir


def shown(faces: FaceSet, view: View) -> str:
    """The letters that the names of the faces in view end in."""
    return "".join(faces.name(row)[-5] for row in rows_of(faces, view))


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("", "bcdeafgl"),
        ("age>=25 age<45", "bcde"),
        ("gender=female", "bceg"),
        ("gender=1 age<30", "bc"),
        ("gender!=F", "daf"),
        ("race=2", "c"),
        ("race>2", "df"),
        ("race>=0", "bcdafg"),
        ("flag=blurred", "bf"),
        ("flag~blur", "bf"),
        ("flag!=blurred gender=male", "da"),
        ("flag=unlabelled", "l"),
        ("name~_0_", "dafg"),
        ("nolab", "l"),
        ("blurr", "bf"),
        ("bytes<12", "ea"),
        ("error>0", ""),
    ],
)
def test_terms_choose_faces(faces: FaceSet, text: str, letters: str) -> None:
    assert sorted(shown(faces, View(filter=text))) == sorted(letters), text


def test_parts_and_what_a_model_says_can_be_filtered_by(faces: FaceSet, predicting: RunDir) -> None:
    judged = with_model(faces, predicting)
    assert shown(judged, View(filter="part=validation")) == "cdg"
    assert sorted(shown(judged, View(filter="part=train"))) == list("abef")
    assert shown(judged, View(filter="error>10")) == "d"
    assert shown(judged, View(filter="error<=2")) == "cg"
    assert shown(judged, View(filter="says=male gender=female")) == "g"
    assert shown(judged, View(filter="disbelief>2")) == "dg"


def test_without_a_split_of_a_run_one_is_drawn(faces: FaceSet) -> None:
    drawn = with_parts(faces)
    train, validation = (
        shown(drawn, View(filter=f"part={part}")) for part in ("train", "validation")
    )
    assert sorted(train + validation) == list("abcdefg")
    assert validation


@pytest.mark.parametrize(
    ("order", "letters"),
    [
        ("name", "bcdeafgl"),
        ("age", "abcdefgl"),
        ("oldest", "gfedbcal"),
        ("gender", "dafbcegl"),
    ],
)
def test_orders_put_faces_without_the_value_last(faces: FaceSet, order: str, letters: str) -> None:
    assert shown(faces, View(order=order)) == letters


def test_the_most_flagged_come_first(faces: FaceSet) -> None:
    assert set(shown(faces, View(order="flags"))[:3]) == set("bfl")


def test_errors_and_disbelief_are_orders_once_there_is_a_model(
    faces: FaceSet, predicting: RunDir
) -> None:
    assert "error" not in orders(faces)
    judged = with_model(faces, predicting)
    assert set(orders(judged)) == set(ORDERS)
    assert shown(judged, View(order="error"))[:3] == "dcg"
    assert shown(judged, View(order="disbelief"))[:3] == "gdc"


def test_a_random_order_is_the_same_for_the_same_seed(faces: FaceSet) -> None:
    one, again, other = (shown(faces, View(seed=seed)) for seed in (1, 1, 2))
    assert one == again != other
    assert sorted(one) == sorted(shown(faces, View()))
    assert sorted(shown(faces, View(seed=1, filter="gender=male"))) == list("adf")


def test_the_faces_of_a_finding_stay_the_same_when_rows_change(folder: Path) -> None:
    before = FaceSet(browsable_index(DataSource(folder)))
    view = View(chosen=("31_0_3_d.jpg", "82_1_0_g.jpg", "60_0_4_f.jpg"))
    (folder / "60_0_4_f.jpg").unlink()
    (folder / "1_0_0_new.jpg").write_bytes(b"x")
    after = FaceSet(browsable_index(DataSource(folder)))
    assert list(rows_of(before, view)) != list(rows_of(after, view))
    assert [after.name(row) for row in rows_of(after, view)] == ["31_0_3_d.jpg", "82_1_0_g.jpg"]


def test_the_faces_of_a_finding_keep_its_order_and_can_be_narrowed(faces: FaceSet) -> None:
    chosen = [5, 0, 3]
    view = View(chosen=tuple(map(faces.name, chosen)))
    assert rows_of(faces, view) == chosen
    assert rows_of(faces, dataclasses.replace(view, filter="age>20")) == [
        row for row in chosen if faces.age(row) > 20
    ]


@pytest.mark.parametrize("view", [View(filter="age>20"), View(order="age")])
def test_finding_rows_is_given_up_when_asked(faces: FaceSet, view: View) -> None:
    def give_up() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        rows_of(faces, view, give_up)


def test_a_wrong_term_says_what_would_be_right(faces: FaceSet) -> None:
    with pytest.raises(ConfigError, match="needs a number or one of male, female, m, f"):
        language(faces).parse("gender=both")
    with pytest.raises(ConfigError, match="'state' is no field: choose age, gender"):
        language(faces).parse("state=lost")
    with pytest.raises(ConfigError, match="it is a word"):
        language(faces).parse("flag>3")
