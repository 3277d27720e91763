"""What a screen is told by the thread that lists a folder for it."""

from __future__ import annotations

from collections.abc import Callable
from queue import Queue

import pytest

from agegender_tui import list_watch
from agegender_tui.list_watch import ListWatch
from trainer.errors import RunError

PATIENCE = 30  # seconds for a broken test; a sound one does not wait


def told(listing: Callable[[], int], times: int) -> list[tuple[int | None, str]]:
    """The first so many things that a watch tells."""
    heard: Queue[tuple[int | None, str]] = Queue()
    watch = ListWatch("runs", listing, lambda *one: heard.put(one), seconds=0.0)
    watch.start()
    try:
        return [heard.get(timeout=PATIENCE) for _ in range(times)]
    finally:
        watch.stop()


def test_each_listing_is_told() -> None:
    numbers = iter(range(100_000))
    assert told(lambda: next(numbers), 3) == [(0, ""), (1, ""), (2, "")]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RunError("runs: is gone"), "runs: is gone"),
        (PermissionError(13, "Permission denied"), "the runs cannot be listed: Permission denied"),
        (ValueError("odd"), "the runs cannot be listed, by a fault; details in a log"),
    ],
)
def test_what_cannot_be_listed_is_told_and_a_fault_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    logged: list[BaseException] = []
    monkeypatch.setattr(
        list_watch, "log_traceback", lambda error: logged.append(error) or "details in a log"
    )

    def listing() -> int:
        raise error

    assert told(listing, 3) == [(None, sentence)] * 3
    assert logged == [error] * isinstance(error, ValueError)
