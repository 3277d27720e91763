"""A table of runs or the like: cells that differ are changed, rows that move are moved, nothing is
rebuilt that can stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from rich.text import Text
from textual.binding import BindingType
from textual.widgets import DataTable

from agegender_tui.keymap import bindings
from agegender_tui.run_table import MARK_WIDTH

MARK = "mark"
# Adding one row to a table costs as much as reordering all of it; beyond this many, start anew.
FEW = 30
Cells = tuple[tuple[str, str], ...]


class Column(Protocol):
    """What the table needs to know of a column."""

    @property
    def key(self) -> str: ...

    @property
    def heading(self) -> str: ...

    @property
    def width(self) -> int: ...

    @property
    def right(self) -> bool: ...


class RunsTable(DataTable[Text], inherit_bindings=False):
    """Rows are keyed by id; a row is (text, style) of the mark and of each column."""

    # Enter is left to the screen, whose key for opening a run the user may change.
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table")]

    def __init__(self, id: str) -> None:
        super().__init__(cursor_type="row", id=id)
        self._shown_columns: Sequence[Column] = ()
        self._sort = ("", False)
        self._rows: dict[str, Cells] = {}
        self._left = ""  # the row the cursor was on when other columns cleared the table
        self.order: list[str] = []

    @property
    def current_id(self) -> str:
        """The row under the cursor, '' in an empty table."""
        return self.order[self.cursor_row] if 0 <= self.cursor_row < len(self.order) else ""

    def lay_out(self, columns: Sequence[Column], sort: str, turned: bool = False) -> None:
        """Show these columns, the sorted one marked, with another sign where its order is `turned`
        round; rows go, unless all is as it was."""
        order = (sort, turned)
        if columns == self._shown_columns and order == self._sort:
            return
        if columns != self._shown_columns:
            self._left = self.current_id or self._left
            self.clear(columns=True)
            self._rows, self.order = {}, []
            self.add_column(Text(" "), key=MARK, width=MARK_WIDTH)
            for column in columns:
                self.add_column(Text(), key=column.key, width=column.width)
        for shown, column in zip(self.ordered_columns[1:], columns, strict=True):
            sign = " ▴" if turned else " ▾"
            words = column.heading + (sign if column.key == sort else "")
            shown.label = Text(words, justify="right" if column.right else "left", no_wrap=True)
        self._shown_columns, self._sort = columns, order
        self._reorder(self.order)  # which draws the headings anew, too

    def fill(self, rows: dict[str, Cells]) -> None:
        """Show these rows in this order; the cursor stays on its row."""
        kept, place = self.current_id or self._left, self.cursor_row
        self._left = ""
        gone = self._rows.keys() - rows.keys()
        come = rows.keys() - self._rows.keys()
        if len(gone) + len(come) > FEW:
            self.clear()
            self._rows = {}
            self.order = []
            gone, come = set(), set(rows)
        for name in gone:
            self.remove_row(name)
        for name, cells in rows.items():
            if name in come:
                self.add_row(*self._cells(cells), key=name)
            else:
                self._change(name, cells)
        order = list(rows)
        if order != [name for name in self.order if name not in gone] or come:
            self._reorder(order)
        moved = order != self.order
        self._rows, self.order = dict(rows), order
        if moved and order:
            place = order.index(kept) if kept in rows else min(place, len(order) - 1)
            self.move_cursor(row=place, animate=False)

    def go_to(self, name: str) -> bool:
        """Put the cursor on a row; False where there is none of that name."""
        if name in self.order:
            self.move_cursor(row=self.order.index(name), animate=False)
        return name in self.order

    def hide_if(self, empty: bool, name: str, give_focus: Callable[[], object]) -> None:
        """Set the screen's class `name`, which hides the table, while it is `empty`; once it is no
        longer, `give_focus` is called if nothing has the focus."""
        screen = self.screen
        if empty == screen.has_class(name):
            return
        if empty and self.has_focus:
            # Textual hands the focus of a table that hides to the filter's line, which would
            # take the screen's keys for text.
            screen.set_focus(None)
        screen.set_class(empty, name)
        if not empty and screen.focused is None:
            screen.call_after_refresh(give_focus)

    def _reorder(self, order: Sequence[str]) -> None:
        places = {name: place for place, name in enumerate(order)}
        # `sort` asks for the key of each row once, in the order of `rows`.
        keys = iter([places[str(key.value)] for key in self.rows])
        self.sort(key=lambda _: next(keys))

    def _change(self, name: str, cells: Cells) -> None:
        keys = (MARK, *(column.key for column in self._shown_columns))
        old = self._rows[name]
        if cells == old:
            return
        for key, now, before, made in zip(keys, cells, old, self._cells(cells), strict=True):
            if now != before:
                self.update_cell(name, key, made)

    def _cells(self, cells: Cells) -> list[Text]:
        right = (False, *(column.right for column in self._shown_columns))
        return [
            Text(
                text,
                style=style,
                justify="right" if to_right else "left",
                no_wrap=True,
                overflow="ellipsis",
            )
            for (text, style), to_right in zip(cells, right, strict=True)
        ]
