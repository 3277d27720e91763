"""The last line of a screen: whole keys, as many as fit."""

from __future__ import annotations

from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from agegender_tui.widgets.key_footer import KeyFooter
from tests.agegender_tui.conftest import until


class Keys(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"notify('{key}')", "Word") for key in "abc"
    ]

    def compose(self) -> ComposeResult:
        yield KeyFooter(compact=True, show_command_palette=False)


def last_line(app: App[None]) -> str:
    return "".join(segment.text for segment in app.screen._compositor.render_strips()[-1]).rstrip()


@pytest.mark.parametrize(
    "width, shown",
    [
        (40, "a Word b Word c Word"),
        (20, "a Word b Word c Word"),
        (19, "a Word b Word"),
        (13, "a Word b Word"),
        (12, "a Word"),
    ],
)
async def test_a_key_that_does_not_fit_whole_is_left_out(width: int, shown: str) -> None:
    app = Keys()
    async with app.run_test(size=(width, 5)) as pilot:
        await until(pilot, lambda: last_line(app))
        assert last_line(app) == shown


async def test_keys_come_back_as_the_terminal_grows() -> None:
    app = Keys()
    async with app.run_test(size=(12, 5)) as pilot:
        await until(pilot, lambda: last_line(app) == "a Word")
        await pilot.resize_terminal(30, 5)
        await until(pilot, lambda: last_line(app) == "a Word b Word c Word")
