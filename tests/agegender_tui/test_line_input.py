"""A line of text takes keys in the order they come, however fast."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Input

from agegender_tui.widgets.line_input import LineInput
from tests.agegender_tui.conftest import until


class Line(App[None]):
    submitted = ""

    def compose(self) -> ComposeResult:
        yield LineInput("old")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.submitted = event.value


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("ctrl+a ctrl+k 4", "4"),
        ("backspace backspace n", "on"),
        ("a backspace b", "oldb"),
        ("home n delete", "nld"),
        ("left left x", "oxld"),
    ],
)
async def test_a_burst_of_keys_edits_in_its_order(keys: str, text: str) -> None:
    app = Line()
    async with app.run_test() as pilot:
        line = app.query_one(LineInput)
        line.cursor_position = len(line.value)
        for key in keys.split():
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: line.value == text)
        await pilot.pause()
        assert line.value == text


async def test_enter_in_a_burst_submits_what_was_typed_before_it() -> None:
    app = Line()
    async with app.run_test() as pilot:
        app.query_one(LineInput).cursor_position = 3
        for key in ("e", "enter", "r"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: app.submitted)
        assert app.submitted == "olde"
