"""What the tests of the dashboard share: waiting that a busy machine does not turn into failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

PATIENCE = 90.0  # seconds for a broken test; a sound one goes on at once


async def until(pilot: Pilot[Any], true: Callable[[], object]) -> None:
    """Let the app work until `true`, or give up."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never came"
        await pilot.pause(0.02)
