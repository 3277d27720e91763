"""The button that gets UTKFace."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button, Checkbox, Input, Select, Static

from agegender_tui.screens import fetch_utkface
from agegender_tui.screens.fetch_utkface import ELSEWHERE, FetchUTKFaceScreen
from agegender_tui.widgets.line_input import LineInput
from tests.agegender_tui.conftest import PATIENCE, until
from trainer.data.fetch.steps import Progress, Step
from trainer.data.fetch.utkface import Fetched, Wanted
from trainer.errors import DataError


class Host(App[None]):
    """The screen alone; `answers` is what it gave."""

    CSS_PATH = str(Path(fetch_utkface.__file__).parents[1] / "app.tcss")

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Path | None] = []

    def on_mount(self) -> None:
        self.push_screen(FetchUTKFaceScreen(), self.answers.append)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> list[Wanted]:
    """What would have been fetched."""
    asked: list[Wanted] = []
    monkeypatch.setattr(
        fetch_utkface, "fetch", lambda one, _: asked.append(one) or Fetched(one.target, 23_708)
    )
    return asked


def says(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#status", Static).render())


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def accept(pilot: Pilot[None]) -> None:
    pilot.app.screen.query_one("#accept", Checkbox).focus()
    await pilot.press("space")
    await pilot.pause()


async def test_nothing_is_fetched_before_the_terms_are_accepted(never: list[Wanted]) -> None:
    async with Host().run_test(size=(100, 40)) as pilot:
        assert "non-commercial research only" in str(
            pilot.app.screen.query("#text Static").first(Static).render()
        )
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "accept them first" in says(pilot)
        assert never == []
        await accept(pilot)
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert [one.address for one in never] == [fetch_utkface.wanted("huggingface", "x").address]


async def test_a_local_archive_is_unpacked_and_its_folder_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "utk.zip", "w") as made:
        for n in range(9):
            made.writestr(f"UTKFace/{20 + n}_{n % 2}_0_2017.jpg", b"x")
    wanted = fetch_utkface.wanted
    monkeypatch.setattr(fetch_utkface, "wanted", lambda *words: wanted(*words, count=9))
    app = Host()
    async with app.run_test(size=(100, 40)) as pilot:
        pilot.app.screen.query_one("#source", Select).value = ELSEWHERE
        await pilot.pause()
        pilot.app.screen.query_one("#archive", Input).value = "utk.zip"
        await accept(pilot)
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert f"✓ 9 pictures in {tmp_path / 'data' / 'UTKFace'}" in says(pilot)
        await pilot.press("escape")
        await pilot.pause()
    assert app.answers == [tmp_path / "data" / "UTKFace"]


async def test_an_archive_that_is_not_there_is_told_at_once(never: list[Wanted]) -> None:
    async with Host().run_test(size=(100, 40)) as pilot:
        pilot.app.screen.query_one("#source", Select).value = ELSEWHERE
        pilot.app.screen.query_one("#archive", Input).value = "nowhere\x1b.zip"
        await accept(pilot)
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "no such archive" in says(pilot)
        assert "\x1b" not in says(pilot)
        assert never == []


async def test_a_failure_is_told_and_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(asked: Wanted, progress: Progress) -> Fetched:
        raise DataError("http://x: cannot be fetched (it broke); try again")

    monkeypatch.setattr(fetch_utkface, "fetch", fail)
    app = Host()
    async with app.run_test(size=(100, 40)) as pilot:
        await accept(pilot)
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "cannot be fetched (it broke)" in says(pilot)
        assert not pilot.app.screen.query_one("#fetch", Button).disabled
        await pilot.press("escape")
        await pilot.pause()
    assert app.answers == [None]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """A fetch that goes on until it is stopped; calling tells whether it was."""
    at_work, stopped = threading.Event(), threading.Event()

    def go_on(asked: Wanted, progress: Progress) -> Fetched:
        try:
            while True:
                progress(Step("downloading", 43_000_000, 107_000_000))
                at_work.set()
                stopped.wait(0.02)  # as a network does
        finally:
            stopped.set()

    monkeypatch.setattr(fetch_utkface, "fetch", go_on)

    def was_stopped() -> bool:
        assert at_work.wait(PATIENCE)
        return stopped.wait(PATIENCE)

    return was_stopped


async def test_escape_stops_a_fetch_and_a_second_one_leaves(slow: Callable[[], bool]) -> None:
    app = Host()
    async with app.run_test(size=(100, 40)) as pilot:
        await accept(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "downloading 43 MB of 107 MB" in says(pilot))
        await pilot.press("escape")
        await settled(pilot)
        assert slow()
        assert "what came is kept" in says(pilot)
        assert app.answers == []
        await pilot.press("escape")
        await pilot.pause()
    assert app.answers == [None]


async def test_closing_the_dashboard_stops_a_fetch(slow: Callable[[], bool]) -> None:
    async with Host().run_test(size=(100, 40)) as pilot:
        await accept(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "downloading" in says(pilot))
    assert slow()


async def at_rest(pilot: Pilot[None]) -> None:
    for line in pilot.app.screen.query(LineInput):
        line.cursor_blink = False
    await pilot.pause()


async def halfway(pilot: Pilot[None]) -> None:
    await at_rest(pilot)
    await accept(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, FetchUTKFaceScreen)
    screen._fetching = True
    screen._show_buttons()
    screen.post_message(screen.Went(Step("downloading", 43_000_000, 107_000_000), 5.3e6))
    await pilot.pause()


SIZES = [(80, 24), (120, 40), (60, 16)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_before(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(Host(), terminal_size=size, run_before=at_rest)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_halfway(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(Host(), terminal_size=size, run_before=halfway)
