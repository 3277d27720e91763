"""A grid of faces, each with words under it, a page at a time or scrolled row by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from agegender_tui.dataset.grid_layout import STEPS, USUAL_STEP, lay_out
from agegender_tui.dataset.thumbnails import Thumbnails, Wanted
from agegender_tui.pictures.output import Drawing, pictures_of
from trainer.terminal_pictures import WORDS
from trainer.text import printable


class Faces(Protocol):
    """What a grid shows the rows of."""

    @property
    def folder(self) -> Path:
        """That the names are relative to."""

    def name(self, row: int) -> str:
        """Path of the picture, relative to the folder."""

    def excluded(self, row: int) -> bool:
        """Whether it is drawn as left out."""

    def caption(self, row: int, width: int) -> tuple[str, ...]:
        """The lines under its picture, each in at most `width` cells."""


class FaceGrid(Widget, can_focus=True):
    """Shows `rows` of some faces; the cursor is on one of them. Reads no file itself. Under each
    picture are `captions` lines; `step` is how large they are at first, a place in `STEPS`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Left", show=False),
        Binding("right", "move(1)", "Right", show=False),
        Binding("up", "move_row(-1)", "Up", show=False),
        Binding("down", "move_row(1)", "Down", show=False),
        Binding("pageup", "move_page(-1)", "Page up", show=False),
        Binding("pagedown", "move_page(1)", "Page down", show=False),
        Binding("home", "move_to(0)", "First", show=False),
        Binding("end", "move_to(-1)", "Last", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "face-grid--cursor", "face-grid--marked", "face-grid--excluded", "face-grid--missing",
    }  # fmt: skip
    DEFAULT_CSS = """
    FaceGrid { width: 1fr; height: 1fr; }
    FaceGrid > .face-grid--cursor { background: $primary; color: $text; text-style: bold; }
    FaceGrid > .face-grid--marked { color: $text-accent; text-style: bold; }
    FaceGrid > .face-grid--excluded { color: $text-muted; text-style: strike; }
    FaceGrid > .face-grid--missing { color: $text-muted; background: $surface; }
    """

    class Moved(Message):
        """The cursor is on another face, or the page shows others."""

    class Opened(Message):
        """The face under the cursor was clicked twice."""

    def __init__(self, id: str | None = None, captions: int = 1, step: int = USUAL_STEP) -> None:
        super().__init__(id=id)
        self._captions = captions
        self.faces: Faces | None = None
        self.rows: Sequence[int] = ()
        self.marked: set[int] = set()
        self.cursor = 0
        self._first = 0  # place in `rows` of the first face shown; a multiple of the columns
        self._step = step
        self._layout = lay_out(1, 1, self._step, True)
        self._missing: set[int] = set()  # entries of the page that are still to be drawn
        self._thumbnails: Thumbnails | None = None

    def on_mount(self) -> None:
        app, pictures = self.app, pictures_of(self.app)
        self._thumbnails = Thumbnails(pictures, lambda: app.call_later(self._show_drawn))
        self._thumbnails.start()
        pictures.changed.subscribe(self, lambda _: self.draw_anew())
        pictures.keep_painted(self)

    def on_unmount(self) -> None:
        if self._thumbnails is not None:
            self._thumbnails.stop()
            self._thumbnails.forget()  # so that the terminal does

    def _show_drawn(self) -> None:
        """Those of the page that were drawn since the last time."""
        for number in sorted(self._missing) if self.is_attached else ():
            row = self.rows[self._first + number]
            if self._thumbnails is not None and self._thumbnails.get(self._wanted(row)):
                self._missing.discard(number)
                self.refresh(self._region(number))

    def _region(self, number: int) -> Region:
        """Where an entry of the page lies in the widget, its caption with it."""
        left, top = self._layout.place(number)
        offset = self.content_region.offset - self.region.offset
        return Region(left, top, self._layout.columns, self._layout.pitch[1]).translate(offset)

    # What is shown

    @property
    def current(self) -> int | None:
        """The row under the cursor; None in an empty grid."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    @property
    def current_name(self) -> str:
        """The file under the cursor; '' in an empty grid."""
        row = self.current
        return self.faces.name(row) if self.faces is not None and row is not None else ""

    @property
    def marked_names(self) -> list[str]:
        """The files that are marked, in the order of their rows."""
        return [self.faces.name(row) for row in sorted(self.marked)] if self.faces else []

    @property
    def span(self) -> tuple[int, int]:
        """Places in `rows` of the first face shown and after the last."""
        return self._first, min(len(self.rows), self._first + self._layout.page)

    def fill(self, faces: Faces, rows: Sequence[int], on: int | None = None) -> None:
        """Show these rows; the cursor goes to row `on` if that is among them, else stays at its
        place as far as there is one."""
        self.faces, self.rows = faces, rows
        place = _place_of(rows, on)
        self.cursor = place if place is not None else min(self.cursor, max(0, len(rows) - 1))
        self._arrange()

    def clear(self) -> None:
        """Show nothing, from the first place on; what is shown next is drawn anew."""
        if self._thumbnails is not None:
            self._thumbnails.forget()
        self.faces, self.rows, self.cursor = None, (), 0
        self._arrange()

    def draw_anew(self) -> None:
        """The files or the protocol changed."""
        if self._thumbnails is not None:
            self._thumbnails.forget()
        self._arrange()

    def zoom(self, by: int) -> None:
        """Larger or smaller thumbnails; the cursor stays on its face."""
        self._step = min(max(self._step + by, 0), len(STEPS) - 1)
        self._arrange()

    def on_resize(self, _: Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Keep the cursor in sight, and have what is seen drawn, then the next page."""
        self._missing = set()  # of other rows, maybe
        if not self.size.area:
            return
        words = pictures_of(self.app).protocol == WORDS
        self._layout = lay_out(
            self.size.width, self.size.height, self._step, not words, self._captions
        )
        self._keep_in_sight()
        self._want()
        self.refresh()
        self.post_message(self.Moved())

    def _keep_in_sight(self) -> None:
        """Scroll by whole rows, as little as brings the cursor into sight."""
        across, down = self._layout.across, self._layout.down
        row = self.cursor // across
        last = max(0, -(-len(self.rows) // across) - down)
        self._first = max(0, min(max(self._first // across, row - down + 1), row, last)) * across

    def _want(self) -> None:
        if self._thumbnails is None or self.faces is None or not self._layout.rows:
            return
        first, page = self._first, self._layout.page
        wanted = [
            self._wanted(self.rows[place])
            for place in range(first, min(first + 2 * page, len(self.rows)))
        ]
        self._missing = {
            number for number, one in enumerate(wanted[:page]) if not self._thumbnails.get(one)
        }
        self._thumbnails.want(wanted)

    def _wanted(self, row: int) -> Wanted:
        assert self.faces is not None
        layout = self._layout
        path = self.faces.folder / self.faces.name(row)
        return Wanted(path, layout.columns, layout.rows, self.faces.excluded(row))

    # Moving

    def action_move(self, by: int) -> None:
        self._go(self.cursor + by)

    def action_move_row(self, by: int) -> None:
        across = self._layout.across
        place = self.cursor + by * across
        if place >= len(self.rows) and self.cursor // across < (len(self.rows) - 1) // across:
            place = len(self.rows) - 1  # the last row is not full
        if 0 <= place < len(self.rows):
            self._go(place)

    def action_move_page(self, by: int) -> None:
        page = self._layout.page
        self._first = max(0, self._first + by * page)
        self.cursor = min(max(self.cursor + by * page, 0), max(0, len(self.rows) - 1))
        self._arrange()

    def action_move_to(self, place: int) -> None:
        self._go(place if place >= 0 else len(self.rows) - 1)

    def _go(self, place: int) -> None:
        place = min(max(place, 0), max(0, len(self.rows) - 1))
        if place == self.cursor:
            return
        before, first = self.cursor, self._first
        self.cursor = place
        self._keep_in_sight()
        if self._first != first:
            self._arrange()
            return
        self.refresh_caption(before)
        self.refresh_caption(place)
        self.post_message(self.Moved())

    def refresh_caption(self, place: int) -> None:
        """Write the words under a face of the page anew; its picture need not be sent again."""
        entry, under = self._region(place - self._first), self._layout.captions
        self.refresh(Region(entry.x, entry.bottom - under, entry.width, under))

    def on_mouse_scroll_down(self, _: MouseScrollDown) -> None:
        self._scroll_rows(1)

    def on_mouse_scroll_up(self, _: MouseScrollUp) -> None:
        self._scroll_rows(-1)

    def _scroll_rows(self, by: int) -> None:
        layout = self._layout
        first = self._first + by * layout.across
        if 0 <= first < len(self.rows):
            self._first = first
            last = first + layout.page - 1
            self.cursor = min(max(self.cursor, first), last, len(self.rows) - 1)
            self._arrange()

    def on_click(self, event: Click) -> None:
        number = self._layout.at(event.x, event.y)
        if number is None or self._first + number >= len(self.rows):
            return
        self._go(self._first + number)
        if event.chain == 2:
            self.post_message(self.Opened())

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line through all faces of a row: of their pictures, or of their captions."""
        width, layout = self.size.width, self._layout
        down = layout.pitch[1]
        line = y % down
        first = self._first + y // down * layout.across
        if self.faces is None or y // down >= layout.down or first >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        gap = Strip.blank(1, self.rich_style)
        parts: list[Strip] = []
        for place in range(first, min(first + layout.across, len(self.rows))):
            row = self.rows[place]
            under = line - layout.rows
            cell = self._pixels(row, line) if under < 0 else self._caption(place, row, under)
            parts += [cell, gap]
        strip = Strip.join(parts)
        return strip.adjust_cell_length(width, self.rich_style)

    def _pixels(self, row: int, line: int) -> Strip:
        layout = self._layout
        drawing = self._thumbnails.get(self._wanted(row)) if self._thumbnails else None
        if isinstance(drawing, Drawing):
            return drawing.strips[line]
        style = self.get_component_rich_style("face-grid--missing")
        words = _lines(drawing or "", layout.columns, layout.rows)[line]
        return Strip([Segment(words, style)], layout.columns)

    def _caption(self, place: int, row: int, line: int) -> Strip:
        assert self.faces is not None
        columns = self._layout.columns
        style: Style = self.rich_style
        if place == self.cursor:
            style = self.get_component_rich_style("face-grid--cursor")
        elif row in self.marked:
            style = self.get_component_rich_style("face-grid--marked")
        elif self.faces.excluded(row):
            style = self.get_component_rich_style("face-grid--excluded")
        mark = "●" if row in self.marked and not line else ""
        if self._layout.rows:
            words = self.faces.caption(row, columns - len(mark))[line]
        else:
            words = " ".join([*self.faces.caption(row, 14), printable(self.faces.name(row))])
        return Strip([Segment(set_cell_size(mark + words, columns), style)], columns)

    def painted(self) -> list[tuple[Region, Drawing]]:
        """The drawings of the page and their places on the screen."""
        if self._thumbnails is None or self.faces is None:
            return []
        layout = self._layout
        places: list[tuple[Region, Drawing]] = []
        for number, place in enumerate(range(*self.span)):
            drawing = self._thumbnails.get(self._wanted(self.rows[place]))
            if isinstance(drawing, Drawing):
                left, top = layout.place(number)
                region = Region(left, top, drawing.columns, drawing.rows)
                places.append((region.translate(self.content_region.offset), drawing))
        return places


def _place_of(rows: Sequence[int], row: int | None) -> int | None:
    if row is None:
        return None
    try:
        return rows.index(row)
    except ValueError:
        return None


def _lines(words: str, width: int, height: int) -> list[str]:
    """Words broken to a box, padded with blanks; what does not fit is cut."""
    words = printable(words)
    top = max(0, (height - -(-len(words) // width)) // 2)
    lines = [""] * top + [words[at : at + width] for at in range(0, len(words), width)]
    return [set_cell_size(line.center(width), width) for line in (lines + [""] * height)[:height]]
