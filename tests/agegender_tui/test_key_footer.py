"""The last line of a screen: whole keys, as many as fit."""

from __future__ import annotations

from typing import ClassVar

import pytest
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from agegender_tui.widgets.key_footer import KeyFooter
from tests.agegender_tui.conftest import until


class Keys(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"notify('{key}')", "Word") for key in "abc"
    ]

    def compose(self) -> ComposeResult:
        yield KeyFooter()


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


def style_at(app: App[None], x: int) -> Style:
    return app.screen.get_style_at(x, app.size.height - 1)


class Pressed(Keys):
    """Tells what was pressed; `c` cannot be now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"tell('{key}')", "Word") for key in "abc"
    ]
    said = ""

    def action_tell(self, key: str) -> None:
        self.said += key

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if parameters == ("c",) else True


async def test_a_click_stands_for_the_key_unless_it_does_nothing_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Pressed()
    rung: list[bool] = []
    monkeypatch.setattr(app, "bell", lambda: rung.append(True))
    async with app.run_test(size=(40, 5)) as pilot:
        await until(pilot, lambda: "c Word" in last_line(app))
        for x in (7, 0, 14, 30):
            await pilot.click(KeyFooter, offset=(x, 0))
        await until(pilot, lambda: app.said == "ba")
        assert rung == [True]  # of `c`, and not of the blank after it
        assert style_at(app, 14).color != style_at(app, 7).color  # dimmed


async def test_what_the_mouse_is_on_is_marked_until_it_leaves() -> None:
    app = Keys()
    async with app.run_test(size=(40, 5)) as pilot:
        await until(pilot, lambda: last_line(app))
        plain, other = style_at(app, 7).bgcolor, style_at(app, 0).bgcolor
        await pilot.hover(KeyFooter, offset=(8, 0))
        await until(pilot, lambda: style_at(app, 7).bgcolor != plain)
        assert style_at(app, 0).bgcolor == other
        await pilot.hover(offset=(3, 1))
        await until(pilot, lambda: style_at(app, 7).bgcolor == plain)
