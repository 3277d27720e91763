"""The settings in which runs differ, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Static

from agegender_tui.run_detail import TELLING_APART, setting_text
from agegender_tui.screens.dialog import Dialog
from trainer.config import FIELDS, RunConfig
from trainer.errors import RunError
from trainer.presets import PRESETS
from trainer.runs.layout import short_name
from trainer.text import printable

LONGEST_HEADING = 20  # cells


def differing(configs: list[RunConfig], leave_out: Sequence[str] = ()) -> dict[str, list[str]]:
    """Settings that are not the same in all, in declaration order, each with a text a config."""
    found: dict[str, list[str]] = {}
    for name in FIELDS:
        if name in leave_out:
            continue
        values = [getattr(config, name) for config in configs]
        if any(value != values[0] for value in values):
            found[name] = [setting_text(value) for value in values]
    return found


def heading(run_id: str, label: str) -> str:
    """What a run is called above its column: `A kez2 first`, cut where the label is long."""
    text = Text(f"{short_name(run_id)} {printable(label)}".strip())
    text.truncate(LONGEST_HEADING, overflow="ellipsis")
    return text.plain


class DiffTable(DataTable[Text]):
    """The names of the settings stay in sight; left and right go by a whole column."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True, fixed_columns=1)

    def action_cursor_right(self) -> None:
        further = [edge for edge in self._edges if edge > self.scroll_x]
        self.scroll_to(x=further[0] if further else self.max_scroll_x, animate=False)

    def action_cursor_left(self) -> None:
        nearer = [edge for edge in self._edges if edge < self.scroll_x]
        self.scroll_to(x=nearer[-1] if nearer else 0, animate=False)

    @property
    def _edges(self) -> list[int]:
        """How far to scroll for each column to stand beside the names."""
        widths = [column.get_render_width(self) for column in self.ordered_columns[1:]]
        return list(accumulate(widths[:-1], initial=0))


class ConfigDiffScreen(Dialog[None]):
    """`columns` has a title and the settings of each side; those in `leave_out` are not told."""

    DEFAULT_CSS = """
    ConfigDiffScreen { align: center middle; }
    ConfigDiffScreen > Vertical {
        width: 90%; height: auto; max-height: 90%; padding: 0 1;
        background: $surface; border: round $primary;
    }
    ConfigDiffScreen DataTable { height: auto; max-height: 100%; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,d,q", "dismiss", "Back")]

    def __init__(self, columns: list[tuple[str, RunConfig]], leave_out: Sequence[str] = ()) -> None:
        super().__init__()
        self._columns = columns
        self._leave_out = leave_out

    def compose(self) -> ComposeResult:
        rows = differing([config for _, config in self._columns], self._leave_out)
        titles = " and ".join(title for title, _ in self._columns[:2])
        more = f" and {len(self._columns) - 2} more" if len(self._columns) > 2 else ""
        with Vertical():
            count = f"{len(rows)} setting{'s' * (len(rows) != 1)}" if rows else "no setting"
            verb = "differ" if len(rows) > 1 else "differs"
            yield Static(f"{titles}{more}: {count} {verb}; esc goes back", markup=False)
            if rows:
                table = DiffTable()
                table.add_column("setting")
                for title, _ in self._columns:
                    table.add_column(Text(title))
                for name, values in rows.items():
                    table.add_row(Text(name), *map(Text, values))
                yield table


def diff_screen(columns: list[tuple[str, RunConfig]]) -> ConfigDiffScreen:
    """The screen for the (heading, settings) of these runs, or for one run and its preset.

    RunError if there is nothing to compare them with.
    """
    leave_out: Sequence[str] = ()
    if len(columns) == 1:
        base = PRESETS.get(columns[0][1].preset)
        if base is None:
            raise RunError("mark two or more runs with space to compare their settings")
        columns = [(f"preset {base.name}", base.config), *columns]
        leave_out = TELLING_APART
    return ConfigDiffScreen(columns, leave_out)
