"""The settings of a run, those that differ from its preset marked."""

from __future__ import annotations

import dataclasses

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agegender_tui.run_detail import TELLING_APART, setting_text
from trainer.config import SETTINGS, RunConfig
from trainer.presets import PRESETS


def settings_text(config: RunConfig) -> Content:
    """A line a setting, in groups; those changed from the preset once more on top."""
    known = PRESETS.get(config.preset)
    base = dataclasses.asdict(known.config) if known else {}
    values = dataclasses.asdict(config)
    changed = {
        name
        for name in values
        if name in base and name not in TELLING_APART and base[name] != values[name]
    }
    lines: list[Content] = []
    if base:
        title = f"Changed from preset {config.preset}" if changed else f"As preset {config.preset}"
        lines.append(_heading(title))
        lines += [_changed(name, values[name], base[name]) for name in values if name in changed]
    group = ""
    for name, value in values.items():
        if not SETTINGS[name].applies(config.model):
            continue
        if SETTINGS[name].group != group:
            group = SETTINGS[name].group
            lines.append(_heading(group))
        if name in changed:
            lines.append(_changed(name, value, base[name]))
        else:
            lines.append(Content(f"  {name} {setting_text(value)}{_unit(name)}"))
    return Content("\n").join(lines)


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $text-primary")


def _changed(name: str, value: object, before: object) -> Content:
    shown = Content.styled(f"* {name} {setting_text(value)}{_unit(name)}", "bold $text-warning")
    return shown + Content(f"  (preset {setting_text(before)})")


def _unit(name: str) -> str:
    unit = SETTINGS[name].unit
    return f" {unit}" if unit else ""


class SettingsPane(VerticalScroll):
    """The settings, scrolling."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="settings")
        self._shown: RunConfig | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="settings-text", markup=False)

    def show(self, config: RunConfig) -> None:
        if config is not self._shown:
            self._shown = config
            self.query_one("#settings-text", Static).update(settings_text(config))
