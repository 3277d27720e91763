"""Thumbnails are drawn off the screen's thread: the latest wish first, broken files in words."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image
from textual.app import App

from agegender_tui.dataset.thumbnails import Thumbnails, Wanted, middle_square
from agegender_tui.pictures.output import Drawing, Pictures
from tests.agegender_tui.conftest import PATIENCE


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    monkeypatch.setenv("AGEGENDER_PICTURES", "blocks")
    return Pictures(App())


def drawn(pictures: Pictures, *wanted: Wanted) -> Thumbnails:
    """After all of these were drawn."""
    told = threading.Event()
    made = Thumbnails(pictures, told.set)
    made.want(wanted)
    made.start()
    while not all(map(made.get, wanted)):
        assert told.wait(PATIENCE), "it never told"
        told.clear()
    made.stop()
    return made


def test_files_become_drawings_and_broken_ones_words(tmp_path: Path, pictures: Pictures) -> None:
    Image.new("RGB", (300, 200), (200, 30, 30)).save(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_bytes(b"rubbish")
    whole, broken, gone = (Wanted(tmp_path / name, 8, 4) for name in ("a.png", "b.jpg", "c.jpg"))
    made = drawn(pictures, whole, broken, gone)
    drawing = made.get(whole)
    assert isinstance(drawing, Drawing) and len(drawing.strips) == 4
    assert "not a picture" in str(made.get(broken))
    assert "no such file" in str(made.get(gone))


def test_an_excluded_face_has_no_colour(tmp_path: Path, pictures: Pictures) -> None:
    Image.new("RGB", (64, 64), (200, 30, 30)).save(tmp_path / "a.png")
    grey = Wanted(tmp_path / "a.png", 4, 2, grey=True)
    drawing = drawn(pictures, grey).get(grey)
    assert isinstance(drawing, Drawing)
    style = drawing.strips[0]._segments[0].style
    assert style is not None and style.color is not None and style.color.triplet is not None
    assert len(set(style.color.triplet)) == 1


def test_what_is_no_longer_wanted_is_not_drawn(tmp_path: Path, pictures: Pictures) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    old = [Wanted(tmp_path / f"{n}.png", 4, 2) for n in range(50)]
    new = Wanted(tmp_path / "a.png", 4, 2)
    told = threading.Event()
    made = Thumbnails(pictures, told.set)
    made.want(old)
    made.want([new])
    made.start()
    assert told.wait(PATIENCE)
    made.stop()
    assert isinstance(made.get(new), Drawing)
    assert not any(map(made.get, old))


def test_as_many_cells_are_kept_of_large_pictures_as_of_small_ones(
    tmp_path: Path, pictures: Pictures
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    small = [Wanted(tmp_path / "a.png", 4, 2, grey) for grey in (False, True)]
    large = [Wanted(tmp_path / "a.png", 56 + n, 28) for n in range(30)]
    made = drawn(pictures, *small)
    assert made._kept > 1_000
    made.want(large[:3])
    assert 6 <= made._kept < 20
    made.want(large)
    assert made._kept == 60, "what is wanted is never dropped"


def test_what_was_being_drawn_when_all_was_forgotten_is_forgotten_too(
    tmp_path: Path, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    one, told, draw = Wanted(tmp_path / "a.png", 4, 2), threading.Event(), pictures.draw

    def forgotten_meanwhile(picture: Image.Image, columns: int, rows: int) -> Drawing:
        made.forget()
        return draw(picture, columns, rows)

    monkeypatch.setattr(pictures, "draw", forgotten_meanwhile)
    made = Thumbnails(pictures, told.set)
    made.want([one])
    made.start()
    assert told.wait(PATIENCE)
    made.stop()
    assert made.get(one) is None


def test_only_the_middle_of_a_wide_picture_is_shown() -> None:
    assert middle_square(Image.new("RGB", (300, 200))).size == (200, 200)
    square = Image.new("RGB", (9, 9))
    assert middle_square(square) is square
