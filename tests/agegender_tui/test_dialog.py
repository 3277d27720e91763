"""Screens that ask something: answered once, whatever keys come after."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from textual.app import App
from textual.screen import ModalScreen, Screen

from agegender_tui import screens
from agegender_tui.screens.dialog import Dialog
from agegender_tui.screens.help import HelpScreen
from agegender_tui.screens.too_small import TooSmallScreen


class Asked(Dialog[int]):
    """A question without any words."""


async def asking(app: App[None]) -> tuple[Screen[None], Asked, list[int | None]]:
    """A screen, a question over it, and the answers it gets."""
    below: Screen[None] = Screen()
    await app.push_screen(below)
    asked, answers = Asked(), list[int | None]()
    await app.push_screen(asked, answers.append)
    return below, asked, answers


async def test_a_second_answer_leaves_the_screen_below() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        below, asked, answers = await asking(app)
        asked.dismiss(1)
        asked.dismiss(2)
        await pilot.pause()
        assert app.screen is below
        assert answers == [1]


async def test_an_answer_that_comes_under_the_help_takes_the_help_away_too() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        below, asked, answers = await asking(app)
        await app.push_screen(HelpScreen("new", {}))
        asked.dismiss(1)
        await pilot.pause()
        assert app.screen is below
        assert answers == [1]


@pytest.mark.parametrize("name", [found.name for found in pkgutil.iter_modules(screens.__path__)])
def test_every_screen_that_answers_does_so_once(name: str) -> None:
    module = importlib.import_module(f"agegender_tui.screens.{name}")
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, ModalScreen) and kind is not ModalScreen:
            assert issubclass(kind, Dialog) or kind is TooSmallScreen
