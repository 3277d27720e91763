"""What the tests of the dashboard share: waiting that a busy machine does not turn into failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from agegender_tui.called import use

PATIENCE = 90.0  # seconds for a broken test; a sound one goes on at once


async def until(pilot: Pilot[Any], true: Callable[[], object]) -> None:
    """Let the app work until `true`, or give up."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never came"
        await pilot.pause(0.02)


@pytest.fixture(autouse=True)
def _keys_as_they_come() -> Iterator[None]:
    """An app whose user has other keys does not leave them to the next test's sentences."""
    yield
    use({})
