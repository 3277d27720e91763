"""All keys, made from the table that dispatches them, those of the current screen first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from agegender_tui.keymap import KEYS, LEADING, key_names, scopes, works_on
from agegender_tui.screens.dialog import Dialog

NAMES_WIDTH = 16  # cells; `ctrl+shift+left,`
TITLES = {
    "app": "Everywhere",
    "table": "Lists of runs, evaluations and studies",
    "runs": "Runs",
    "run": "Run",
    "data": "Data",
    "predict": "Predict",
    "models": "Models",
    "evaluate": "Evaluate",
    "asked": "New evaluations",
    "tune": "Tune",
    "study": "New study",
    "new": "New run",
}


def sections(current: str, remapped: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """(title, [(keys, meaning)]) of each screen, `current` first, then what works everywhere."""
    order = sorted(scopes(), key=lambda scope: (scope != current, scope != "app"))
    # The screens come first here, in the footer what must not be cut off where it is narrow.
    keys = sorted(KEYS, key=lambda key: key.action not in LEADING)
    return [
        (
            TITLES[scope],
            [
                (key_names(remapped.get(key.id, key.keys)), key.meaning)
                for key in keys
                if key.scope == scope and (scope != "app" or works_on(key, current))
            ],
        )
        for scope in order
    ]


def keys_table(keys: list[tuple[str, str]]) -> Table:
    """The keys and what they do; names that the user gave may take more than one line."""
    table = Table.grid(padding=(0, 2))
    table.add_column(width=NAMES_WIDTH, overflow="fold")
    table.add_column()
    for names, meaning in keys:
        table.add_row(Text(names, style="bold"), Text(meaning))
    return table


class HelpScreen(Dialog[None]):
    """Leaves on escape, q or the help key."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 74; max-width: 96%; height: auto; max-height: 94%; padding: 0 1;
        background: $surface; border: round $primary; border-title-color: $text-primary;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Back")
    ]

    def __init__(self, current: str, remapped: Mapping[str, str]) -> None:
        super().__init__()
        self._current, self._remapped = current, remapped

    def compose(self) -> ComposeResult:
        with VerticalScroll() as pane:
            pane.border_title = "Keys"
            pane.border_subtitle = "esc closes, arrows scroll"
            for title, keys in sections(self._current, self._remapped):
                yield Static(Text(title, style="bold underline"))
                yield Static(keys_table(keys), classes="keys")
                yield Static("")
