"""What is said where the terminal is too small for the dashboard."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from agegender_tui.called import called

LEAST = Size(60, 16)
ROOMY = 200  # cells from which the whole sentence fits


def too_small(size: Size) -> bool:
    """Whether a terminal of that size cannot hold the dashboard."""
    return size.width < LEAST.width or size.height < LEAST.height


def sentence(size: Size) -> str:
    """What is wrong, and what to do, in what room there is."""
    if size.width * size.height < ROOMY:
        return f"needs {LEAST.width}×{LEAST.height}; {called('app.quit')} quits"
    return (
        f"This terminal is {size.width}×{size.height}; the dashboard needs at least "
        f"{LEAST.width}×{LEAST.height}. Enlarge it, or press {called('app.quit')}; runs go on."
    )


class TooSmallScreen(ModalScreen[None]):
    """Covers whatever was shown, and uncovers it once there is room again."""

    DEFAULT_CSS = """
    TooSmallScreen { align: center middle; overflow: hidden; }
    TooSmallScreen > Static { width: 100%; padding: 0 1; text-align: center; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.leave", "Quit")]

    def compose(self) -> ComposeResult:
        yield Static(sentence(self.app.size), markup=False)

    def on_resize(self, event: Resize) -> None:
        if too_small(event.size):
            self.query_one(Static).update(sentence(event.size))
        elif self.is_current:
            self.dismiss()
