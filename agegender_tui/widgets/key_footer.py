"""The keys of a screen along its last line: as many as fit, each of them whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.screen import Screen
from textual.widget import Widget

_AT = "footer_key"  # what the cells of a key know it by


@dataclass(frozen=True)
class Key:
    """One binding, as it is shown: `pressed` is what a click stands for."""

    pressed: str
    shown: str
    what: str
    enabled: bool = True


class KeyFooter(Widget, can_focus=False):
    """A line that is one widget: Textual's footer has one for each key, makes all of them anew
    whenever the focus moves, and cuts the last anywhere ("3 Dat"). `?` tells the keys that are left
    out here."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-footer--key",
        "key-footer--what",
        "key-footer--hovered",
    }
    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        background: $panel;
        .key-footer--key {
            color: $footer-key-foreground;
            background: $footer-key-background;
            text-style: bold;
        }
        .key-footer--what {
            color: $footer-description-foreground;
            background: $footer-description-background;
        }
        .key-footer--hovered {
            color: $footer-key-foreground;
            background: $block-hover-background;
        }
    }
    """

    def __init__(self, compact: bool = True) -> None:
        """With `compact` one blank stands between two keys, else each is padded by its own."""
        super().__init__()
        self._compact = compact
        self._keys: tuple[Key, ...] = ()
        self._hovered = ""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _bindings_changed(self, screen: Screen[Any]) -> None:
        if not screen.app.app_focus or not self.is_attached or screen is not self.screen:
            return
        keys: dict[str, Key] = {}
        for _, binding, enabled, _ in screen.active_bindings.values():
            if binding.show and binding.action not in keys:
                shown = self.app.get_key_display(binding)
                keys[binding.action] = Key(binding.key, shown, binding.description, enabled)
        if tuple(keys.values()) != self._keys:
            self._keys = tuple(keys.values())
            self._hovered = ""  # another key may be there now; the next move of the mouse tells
            self.refresh()

    def render(self) -> Text:
        line = Text(no_wrap=True, end="")
        for key in self._keys:
            cells = self._cells(key)
            if line.cell_len + cells.cell_len > self.size.width:
                break
            line.append_text(cells)
            if self._compact:
                line.append(" ")
        return line

    def _cells(self, key: Key) -> Text:
        styles = [self.get_component_rich_style(f"key-footer--{part}") for part in ("key", "what")]
        if key.pressed == self._hovered:
            hovered = self.get_component_rich_style("key-footer--hovered")
            styles = [style + hovered for style in styles]
        if not key.enabled:
            styles = [style + Style(dim=True) for style in styles]
        texts = (key.shown, f" {key.what}") if self._compact else (f" {key.shown} ", f"{key.what} ")
        cells = Text.assemble(*zip(texts, styles, strict=True))
        cells.stylize(Style(meta={_AT: key.pressed}))
        return cells

    @staticmethod
    def _at(event: events.MouseEvent) -> str:
        """What the key under the mouse stands for; '' where there is none."""
        pressed: str = event.style.meta.get(_AT, "")
        return pressed

    def on_mouse_down(self, event: events.MouseDown) -> None:
        pressed = self._at(event)
        if any(key.pressed == pressed and not key.enabled for key in self._keys):
            self.app.bell()
        elif pressed:
            self.app.simulate_key(pressed)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._at(event))

    def on_leave(self) -> None:
        self._hover("")

    def _hover(self, pressed: str) -> None:
        if pressed != self._hovered:
            self._hovered = pressed
            self.styles.pointer = "pointer" if pressed else "default"
            self.refresh()
