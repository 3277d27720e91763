"""Choose the layer by which Grad-CAM explains a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from agegender_tui.screens.dialog import Dialog
from trainer.text import printable


class PickLayerScreen(Dialog[str | None]):
    """Answers with the layer's name, None if it is to stay."""

    DEFAULT_CSS = """
    PickLayerScreen { align: center middle; }
    PickLayerScreen > Vertical {
        width: 60; max-width: 94%; height: auto; max-height: 90%; padding: 0 1;
        background: $surface; border: round $primary;
    }
    PickLayerScreen OptionList { height: auto; max-height: 100%; border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Back")]

    def __init__(self, model: str, layers: Sequence[str], now: str) -> None:
        super().__init__()
        self._model, self._layers, self._now = model, list(layers), now

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(f"Explain {self._model} by which layer? Deep ones last", markup=False)
            yield OptionList(*(Option(printable(name)) for name in self._layers), markup=False)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        if self._now in self._layers:
            options.highlighted = self._layers.index(self._now)
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._layers[event.option_index])

    def action_cancel(self) -> None:
        self.dismiss(None)
