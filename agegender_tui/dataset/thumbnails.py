"""Small pictures of faces, opened and drawn on a thread of its own, the latest wish first."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agegender_tui.error_log import log_traceback

if TYPE_CHECKING:
    from PIL.Image import Image

    from agegender_tui.pictures.output import Drawing, Pictures

TELL_SECONDS = 0.05
# Cells of the drawings kept, or twice what is wanted where that is more. Kitty keeps 320 MB of all
# screens' pictures: these are 96 MB where a cell has 20×40 pixels.
KEPT_CELLS = 30_000


class Wanted(NamedTuple):
    """One thumbnail: a file, its size in cells, and whether it is drawn without colour."""

    path: Path
    columns: int
    rows: int
    grey: bool = False


class Thumbnails:
    """Keeps drawings by what was wanted; calls `tell` on its thread when there are new ones."""

    def __init__(self, pictures: Pictures, tell: Callable[[], object]) -> None:
        self._pictures, self._tell = pictures, tell
        self._drawn: OrderedDict[Wanted, Drawing | str] = OrderedDict()
        self._queue: list[Wanted] = []
        self._changed = threading.Condition()
        self._ended = False
        self._forgotten = 0  # times that all was
        self._kept = 0
        self._thread = threading.Thread(target=self._work, name="thumbnails", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()

    def want(self, wanted: Iterable[Wanted]) -> None:
        """Draw these, in this order, and nothing that was wanted before."""
        with self._changed:
            names = list(wanted)
            cells = max((one.columns * one.rows for one in names), default=1)
            self._kept = max(KEPT_CELLS // cells, 2 * len(names))
            self._queue = [one for one in reversed(names) if one not in self._drawn]
            for one in reversed(names):
                if one in self._drawn:
                    self._drawn.move_to_end(one)
            self._changed.notify()

    def get(self, wanted: Wanted) -> Drawing | str | None:
        """The drawing, why there is none, or None while it is not drawn yet."""
        return self._drawn.get(wanted)

    def forget(self) -> None:
        """Draw everything anew: files or the protocol changed."""
        with self._changed:
            self._drawn.clear()
            self._forgotten += 1

    def _work(self) -> None:
        told, untold = time.monotonic(), False
        while True:
            with self._changed:
                while not self._queue and not self._ended:
                    if untold:
                        break
                    self._changed.wait()
                if self._ended:
                    return
                one = self._queue.pop() if self._queue else None
                forgotten = self._forgotten
            if one is not None:
                drawing = self._draw(one)
                time.sleep(0.001)  # keys are looked at in between
                with self._changed:
                    if forgotten == self._forgotten:
                        self._drawn[one] = drawing
                    while len(self._drawn) > self._kept:
                        self._drawn.popitem(last=False)
                untold = True
            if untold and (one is None or time.monotonic() - told >= TELL_SECONDS):
                told, untold = time.monotonic(), False
                self._tell()

    def _draw(self, one: Wanted) -> Drawing | str:
        from trainer.data.picture_file import UnreadableFace, open_picture

        try:
            enough = self._pictures.enough(one.columns, one.rows)
            picture = middle_square(open_picture(one.path, at_least=enough))
            if one.grey:
                picture = picture.convert("L").convert("RGB")
            return self._pictures.draw(picture, one.columns, one.rows)
        except UnreadableFace as why:
            return str(why)
        except Exception as error:  # one face must not cost all others
            return f"not shown, by a fault; {log_traceback(error)}"


def middle_square(picture: Image) -> Image:
    """What a network sees of a picture that is not square."""
    width, height = picture.size
    if width == height:
        return picture
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return picture.crop((left, top, left + side, top + side))
