"""Which pane the Run screen shows."""

from __future__ import annotations

import pytest

from agegender_tui.keymap import KEYS
from agegender_tui.run_layout import PANES, PaneChoice


def all_shown(layout: str, several: bool) -> list[tuple[str, ...]]:
    """What comes up, key by key, until it is what it was at first."""
    choice = PaneChoice(layout, None, several)
    found = [choice.shown]
    while (choice := PaneChoice(layout, choice.after(), several)).shown != found[0]:
        found.append(choice.shown)
        assert len(found) <= 1 + len(PANES), "it never came round"
    return found


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("layout", ["low", "short", "tall", "wide"])
def test_the_key_brings_up_every_pane_once(layout: str, several: bool) -> None:
    shown = all_shown(layout, several)
    panes = [pane for step in shown for pane in step]
    assert set(panes) == set(PANES)
    assert len(shown) == len(set(shown))


def test_overlaid_runs_begin_with_their_figures() -> None:
    assert PaneChoice("tall", None, False).shown == ("log",)
    assert PaneChoice("tall", None, True).shown == ("figures",)
    assert PaneChoice("wide", None, True).shown == ("settings", "figures")
    assert PaneChoice("short", None, True).after() == "figures"


def test_the_scrolling_keys_go_to_what_is_shown() -> None:
    assert PaneChoice("short", None, False).scrolled is None
    assert PaneChoice("wide", None, False).scrolled == "settings"
    assert PaneChoice("wide", "log", False).scrolled == "log"


def test_the_key_of_the_panes_names_each_in_its_turn() -> None:
    (meaning,) = [key.meaning for key in KEYS if key.id == "run.pane"]
    assert meaning.replace("worker's log", "worker-log").split(", ") == list(PANES)
