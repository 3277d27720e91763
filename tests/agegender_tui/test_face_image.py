"""The widget that shows one picture, in each protocol."""

from __future__ import annotations

import re
import threading

import numpy as np
import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from agegender_tui.pictures.output import Drawing, pictures_of
from agegender_tui.widgets.face_image import FaceImage
from tests.agegender_tui.conftest import PATIENCE, until
from trainer.terminal_pictures import Choice

RED = Image.fromarray(np.full((50, 50, 3), (200, 0, 0), "uint8"))


class Shower(App[None]):
    def compose(self) -> ComposeResult:
        yield FaceImage()


class Question(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Static("Is it?")


def lines(app: App[None]) -> list[str]:
    widget = app.query_one(FaceImage)
    return [widget.render_line(y).text for y in range(widget.size.height)]


@pytest.fixture(autouse=True)
def chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", "blocks")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    codes: list[str] = []
    monkeypatch.setattr(
        "textual.drivers.headless_driver.HeadlessDriver.write", lambda _, data: codes.append(data)
    )
    return codes


async def test_a_picture_fills_its_widget_unstretched_and_in_the_middle() -> None:
    app = Shower()
    async with app.run_test(size=(40, 10)) as pilot:
        app.query_one(FaceImage).show(RED)
        await until(pilot, lambda: "▀" in lines(app)[0])
        assert lines(app) == [" " * 10 + "▀" * 20 + " " * 10] * 10
        await pilot.resize_terminal(10, 10)
        await until(pilot, lambda: lines(app)[0].isspace())
        assert [line for line in lines(app) if "▀" in line] == ["▀" * 10] * 5


async def test_without_a_picture_its_words_are_shown_harmless() -> None:
    app = Shower()
    async with app.run_test(size=(30, 3)) as pilot:
        app.query_one(FaceImage).show(RED)
        await until(pilot, lambda: "▀" in lines(app)[0])
        app.query_one(FaceImage).show(None, "cut short \x1b[2J")
        assert lines(app)[1].strip() == r"cut short \x1b[2J"


async def test_where_there_are_words_only_no_picture_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", "words")
    app = Shower()
    async with app.run_test(size=(30, 3)) as pilot:
        app.query_one(FaceImage).show(RED, "25 female")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert [line.strip() for line in lines(app)] == ["", "25 female", ""]


async def test_the_picture_shown_is_the_last_one_asked_for() -> None:
    blue = Image.fromarray(np.full((50, 50, 3), (0, 0, 200), "uint8"))
    app = Shower()
    async with app.run_test(size=(40, 10)) as pilot:
        widget = app.query_one(FaceImage)
        for picture in (RED, blue) * 5:
            widget.show(picture)
        await until(pilot, lambda: "▀" in lines(app)[0])
        await app.workers.wait_for_complete()
        await pilot.pause()
        (segment,) = [part for part in widget.render_line(0) if "▀" in part.text]
        assert segment.style is not None and segment.style.color is not None
        assert segment.style.color.triplet == (0, 0, 200)


async def test_a_drawing_of_an_earlier_size_that_comes_late_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, may_end = Shower(), threading.Event()
    async with app.run_test(size=(40, 10)) as pilot:
        pictures, widget = pictures_of(app), app.query_one(FaceImage)
        draw, asked = pictures.draw, []

        def slow_at_first(picture: Image.Image, columns: int, rows: int) -> Drawing:
            asked.append(columns)
            assert len(asked) > 1 or may_end.wait(PATIENCE)
            return draw(picture, columns, rows)

        monkeypatch.setattr(pictures, "draw", slow_at_first)
        widget.show(RED)
        await until(pilot, lambda: asked)
        await pilot.resize_terminal(10, 10)
        await until(pilot, lambda: "▀" in "".join(lines(app)))
        may_end.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert asked[0] == 20
        assert widget._drawing is not None and widget._drawing.columns == 10


async def test_kitty_is_sent_the_picture_and_shown_placeholders(
    monkeypatch: pytest.MonkeyPatch, written: list[str]
) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", "kitty")
    app = Shower()
    async with app.run_test(size=(40, 10)) as pilot:
        app.query_one(FaceImage).show(RED)
        await until(pilot, lambda: "\U0010eeee" in lines(app)[0])
        widget = app.query_one(FaceImage)
        (segment,) = [part for part in widget.render_line(0) if "\U0010eeee" in part.text]
        assert segment.style is not None and segment.style.color is not None
        red, green, blue = segment.style.color.triplet or (0, 0, 0)
        number = re.search(r"\x1b_Ga=T,U=1.*?i=(\d+),s=50,v=50,c=20,r=10", "".join(written))
        assert number and int(number[1]) == red << 16 | green << 8 | blue


async def test_kittys_picture_stays_beneath_a_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", "kitty")
    app = Shower()
    async with app.run_test(size=(40, 10)) as pilot:
        app.query_one(FaceImage).show(RED)
        await until(pilot, lambda: "\U0010eeee" in lines(app)[0])
        (segment,) = [
            part for part in app.query_one(FaceImage).render_line(0) if "\U0010eeee" in part.text
        ]
        assert segment.style is not None and segment.style.color is not None
        number = segment.style.color.triplet
        assert number is not None
        shown = f"fill: {number.hex}"
        assert shown in app.export_screenshot()
        await app.push_screen(Question())
        await pilot.pause()
        assert "Is it?" in app.export_screenshot().replace("&#160;", " ")
        assert shown in app.export_screenshot()


async def test_sixels_are_painted_where_the_widget_is(
    monkeypatch: pytest.MonkeyPatch, written: list[str]
) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", "sixel")
    app = Shower()
    async with app.run_test(size=(40, 10)) as pilot:
        app.query_one(FaceImage).show(RED)
        await until(pilot, lambda: any("\x1bP0;1;q" in code for code in written))
        (code,) = [code for code in written if "\x1bP0;1;q" in code]
        assert re.match(r'\x1b7\x1b\[1;11H\x1bP0;1;q"1;1;200;200', code)
        assert code.endswith("\x1b8")
        written.clear()
        app.screen.refresh()  # all lines anew, from what they were before
        await until(pilot, lambda: any("\x1bP0;1;q" in code for code in written))
        written.clear()
        app.notify("over the picture", timeout=60)
        await pilot.pause(0.3)
        assert not any("\x1bP0;1;q" in code for code in written), "painted over a notice"


async def test_a_better_protocol_that_the_terminal_names_later_is_used(
    monkeypatch: pytest.MonkeyPatch, written: list[str]
) -> None:
    app = Shower()
    async with app.run_test(size=(40, 10)) as pilot:
        pictures = pictures_of(app)
        pictures.choice = Choice("blocks", "not known", ask=True)
        app.query_one(FaceImage).show(RED)
        await until(pilot, lambda: "▀" in lines(app)[0])
        for reply in ("\x1bP>|kitty(0.40)\x1b\\", "\x1b[6;30;15t", "\x1b[?62c"):
            pictures._heard(reply)
        await until(pilot, lambda: "\U0010eeee" in lines(app)[0])
        assert pictures.cell == (15, 30)
