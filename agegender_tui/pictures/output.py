"""The one place that knows how this terminal shows pictures, and puts them there.

A picture is drawn once, on any thread, into a `Drawing`: strips of text that a widget returns line
by line. Half blocks are such text, and so are the placeholders of kitty's pictures. Sixels are not:
their strips are blank, and the widget paints them over the text, again each time Textual wrote
there, which it does for a change of layout anywhere.
"""

from __future__ import annotations

import locale
import os
import struct
import sys
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary, WeakSet, finalize

from textual.app import App
from textual.geometry import Region
from textual.screen import Screen
from textual.signal import Signal
from textual.strip import Strip

from agegender_tui.pictures import beneath_dialogs, half_blocks, kitty, terminal_answers
from agegender_tui.pictures.written import Written
from trainer.terminal_pictures import (
    KITTY,
    QUESTIONS,
    SIXEL,
    WORDS,
    Answers,
    Choice,
    choose,
    improve,
    read_answers,
)

if TYPE_CHECKING:
    from PIL.Image import Image

USUAL_CELL = (10, 20)  # pixels, where the terminal does not tell


@dataclass(frozen=True)
class Drawing:
    """A picture of `columns`×`rows` cells, ready to be shown as long as it is kept: kitty forgets
    its picture some time after it is dropped."""

    columns: int
    rows: int
    strips: list[Strip] = field(repr=False)
    sixels: str = field(default="", repr=False)


class Painter(Protocol):
    """A widget with sixels over its text."""

    @property
    def region(self) -> Region: ...

    @property
    def screen(self) -> Screen[Any]: ...

    @property
    def is_attached(self) -> bool: ...

    def painted(self) -> Iterable[tuple[Region, Drawing]]:
        """Its drawings, and where on the screen each lies."""


class Pictures:
    """How one app shows pictures. `changed` tells its widgets to draw theirs anew."""

    def __init__(self, app: App[Any], option: str = "", setting: str = "") -> None:
        self._app = app
        utf8 = locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"
        self.choice: Choice = choose(os.environ, option=option, setting=setting, utf8=utf8)
        self.changed: Signal[None] = Signal(app, "pictures")
        self._told_cell = measured_cell()
        self._lock = threading.Lock()
        self._sent: set[int] = set()  # numbers of the pictures that kitty has
        self._dropped: deque[int] = deque()  # those of them whose drawings are gone
        self._serial = int.from_bytes(os.urandom(3), "big")  # other programs number pictures too
        self._replies = ""
        self._painters: WeakSet[Any] = WeakSet()
        self._written: WeakKeyDictionary[Any, Written] = WeakKeyDictionary()  # since last painted
        beneath_dialogs.keep_pictures()
        self._display = app._display
        app._display = self._display_and_paint  # type: ignore[method-assign]
        driver = app._driver
        if driver is not None and not app.is_headless and self._has_question:
            terminal_answers.ask(driver.write, QUESTIONS, self._heard)

    @property
    def protocol(self) -> str:
        """One of `trainer.terminal_pictures.PROTOCOLS`."""
        return self.choice.protocol

    @property
    def cell(self) -> tuple[int, int]:
        """Width and height of a character cell in pixels, as far as known."""
        return self._told_cell or USUAL_CELL

    @property
    def _has_question(self) -> bool:
        return self.choice.ask or (self.protocol == SIXEL and self._told_cell is None)

    def _heard(self, reply: str) -> None:
        """On the thread that reads the terminal."""
        self._replies += reply
        if reply.endswith("c"):  # the last question is answered
            self._app.call_later(self._take_in, read_answers(self._replies))

    def _take_in(self, answers: Answers) -> None:
        before = (self.choice.protocol, self.cell)
        self.choice = improve(self.choice, answers)
        self._told_cell = self._told_cell or answers.cell
        if before != (self.choice.protocol, self.cell):
            self.changed.publish(None)

    def measure_again(self) -> None:
        """The terminal was resized, which it is by another size of its font too."""
        cell = measured_cell()
        if cell is not None and cell != self._told_cell:
            self._told_cell = cell
            self.changed.publish(None)

    def fit(self, size: tuple[int, int], columns: int, rows: int) -> tuple[int, int]:
        """The most cells of `columns`×`rows` that a picture of `size` pixels fills unstretched."""
        wide, high = self.cell if self.protocol in (KITTY, SIXEL) else (1, 2)
        scale = min(columns * wide / size[0], rows * high / size[1])
        return (
            min(columns, max(1, round(size[0] * scale / wide))),
            min(rows, max(1, round(size[1] * scale / high))),
        )

    def enough(self, columns: int, rows: int) -> int:
        """Pixels of a side beyond which a picture of so many cells gains nothing."""
        wide, high = self.cell if self.protocol in (KITTY, SIXEL) else (1, 2)
        return max(columns * wide, rows * high)

    def draw(self, picture: Image, columns: int, rows: int) -> Drawing:
        """Draw an RGB picture, stretched to that many cells; on any thread."""
        if self.protocol == KITTY and max(columns, rows) <= kitty.MOST_CELLS:
            return self._send(picture, columns, rows)
        if self.protocol == SIXEL:
            from agegender_tui.pictures.sixel import sixels

            wide, high = self.cell
            exact = picture.resize((columns * wide, rows * high), reducing_gap=2.0)
            return Drawing(columns, rows, [Strip.blank(columns)] * rows, sixels(exact))
        if self.protocol == WORDS:
            return Drawing(columns, rows, [Strip.blank(columns)] * rows)
        return Drawing(columns, rows, half_blocks.strips(picture, columns, rows))

    def _send(self, picture: Image, columns: int, rows: int) -> Drawing:
        wide, high = self.cell
        most = (columns * wide, rows * high)
        if picture.width > most[0] or picture.height > most[1]:
            picture = picture.resize(most, reducing_gap=2.0)
        with self._lock:
            forgotten = [self._dropped.popleft() for _ in range(len(self._dropped))]
            self._sent.difference_update(forgotten)
            named = self._free_name()
            self._sent.add(named.number)
        codes = "".join(map(kitty.delete, forgotten))
        self._write(codes + kitty.escapes(picture, named.number, columns, rows))
        drawing = Drawing(columns, rows, kitty.strips(named, columns, rows))
        # On whatever thread drops it, maybe in the midst of this: it only makes a note.
        finalize(drawing, self._dropped.append, named.number).atexit = False
        return drawing

    def _free_name(self) -> kitty.Name:
        while True:
            self._serial += 1
            named = kitty.name(self._serial, self._app.console._color_system)
            if named.number not in self._sent:
                return named

    def keep_painted(self, widget: Painter) -> None:
        """Have `widget` paint its sixels whenever text was written over them."""
        self._painters.add(widget)

    def _display_and_paint(self, screen: Any, renderable: Any) -> None:
        self._display(screen, renderable)
        if self.protocol != SIXEL or renderable is None:
            return
        update = Written()
        update.add(renderable)
        for widget in list(self._painters):
            if widget.is_attached and widget.screen is screen and update.touches(widget.region):
                if widget not in self._written:
                    self._written[widget] = Written()
                    widget.call_after_refresh(self._paint, widget)
                self._written[widget].add(renderable)

    def _paint(self, widget: Painter) -> None:
        """Paint sixels over their blank cells where these were written. Where anything lies over a
        drawing, such as a notice, it is left out."""
        written = self._written.pop(widget, None)
        if (
            written is None
            or self.protocol != SIXEL
            or not widget.is_attached
            or widget.screen is not self._app.screen
        ):
            return
        codes = []
        for region, drawing in widget.painted():
            corners = (
                region.offset, (region.right - 1, region.y),
                (region.x, region.bottom - 1), (region.right - 1, region.bottom - 1),
            )  # fmt: skip
            seen = widget.region.contains_region(region) and written.touches(region)
            if drawing.sixels and seen and all(self._shows(widget, *at) for at in corners):
                codes.append(f"\x1b[{region.y + 1};{region.x + 1}H{drawing.sixels}")
        if codes:
            self._write("\x1b7" + "".join(codes) + "\x1b8")

    def _shows(self, widget: object, x: int, y: int) -> bool:
        from textual.errors import NoWidget

        try:
            return self._app.screen.get_widget_at(x, y)[0] is widget
        except NoWidget:
            return False

    def _write(self, codes: str) -> None:
        driver = self._app._driver
        if driver is None:
            return
        if self.protocol == KITTY and os.environ.get("TMUX"):
            codes = kitty.in_tmux(codes)
        driver.write(codes)


def measured_cell() -> tuple[int, int] | None:
    """Size of a character cell in pixels, where the terminal's driver knows it."""
    try:
        import fcntl
        import termios

        answer = fcntl.ioctl(sys.__stdout__.fileno(), termios.TIOCGWINSZ, bytes(8))  # type: ignore[union-attr]
    except (ImportError, OSError, ValueError, AttributeError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", answer)
    if not all((rows, columns, width, height)):
        return None
    return width // columns, height // rows


_of: WeakKeyDictionary[App[Any], Pictures] = WeakKeyDictionary()


def pictures_of(app: App[Any]) -> Pictures:
    """How `app` shows pictures, found out when the first one asks."""
    if app not in _of:
        settings = getattr(app, "settings", None)
        _of[app] = Pictures(
            app,
            option=str(getattr(app, "pictures", "")),
            setting=str(getattr(settings, "pictures", "")),
        )
    return _of[app]


def measure_again(app: App[Any]) -> None:
    """As `Pictures.measure_again`, where any picture of `app` was shown yet."""
    if app in _of:
        _of[app].measure_again()
