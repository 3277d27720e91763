"""The form that starts a run, as it looks: preset, data set, every setting, and the command that
does the same.

The common settings are on top; the others are in groups, whose rows are made when a group is
opened, so that the form is there at once.
"""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Collapsible, Static

from agegender_tui.dataset_check import DatasetCheck
from agegender_tui.run_form import COMMON, Values, check, command_line, cut_to, groups
from agegender_tui.screens.dialog import Dialog
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.line_input import LineInput
from agegender_tui.widgets.path_input import PathInput
from agegender_tui.widgets.setting_field import FormSelect, SettingField
from agegender_tui.widgets.setting_group import SettingGroup
from trainer.presets import PRESETS
from trainer.text import printable

# Rows of the command: one on screens of fewer lines, then at least 3, and one for so many lines.
SHORT, LEAST_ROWS, HEIGHT_A_ROW = 20, 3, 8
LEFT_GROUPS = ("Run", "Data", "Augmentation", "Training")


class NewRunForm(Dialog[str | None]):
    """The fields of `values`, all as text, and what is said of them."""

    def __init__(self, values: Values) -> None:
        super().__init__()
        self._values = values
        self._checked = check(values)
        self._dataset: DatasetCheck | None = None
        self._written: dict[str, tuple[str, bool]] = {}

    def compose(self) -> ComposeResult:
        yield Static("New run", id="title")
        below = {name: SettingGroup(name, names) for name, names in groups().items()}
        # Not scrolling containers: those would take the up and down keys.
        with Vertical(id="form"):
            with Vertical(id="left", classes="column"):
                yield from self._common()
                yield from (group for name, group in below.items() if name in LEFT_GROUPS)
            with Vertical(id="right", classes="column"):
                yield from (group for name, group in below.items() if name not in LEFT_GROUPS)
        with Vertical(id="bottom"):
            yield self._line("command", self._command_text())
            yield self._line("problem", "")
        yield KeyFooter(compact=False)

    def _common(self) -> ComposeResult:
        with Horizontal(classes="setting"):
            yield Static("  preset", classes="setting-name")
            yield FormSelect(
                [(f"{p.name}: {p.title}", p.name) for p in PRESETS.values()],
                value=str(self._values["preset"]),
                allow_blank=False,
                compact=True,
                id="preset",
            )
        with Vertical(classes="under"):
            yield self._line("expects", self._expects_text())
        with Horizontal(classes="setting"):
            yield Static("  data", classes="setting-name")
            yield PathInput(str(self._values["data"]), id="data")
        with Vertical(classes="under"):
            yield self._line("dataset", *self._dataset_text())
        with Horizontal(classes="buttons"):
            yield Button("Use the bundled sample faces", id="sample", compact=True)
        with Horizontal(classes="setting"):
            yield Static("  label", classes="setting-name")
            yield LineInput(
                str(self._values["label"]),
                placeholder="free text to tell runs apart",
                id="run-label",
            )
        for name in COMMON:
            yield self._row(name)
        with Horizontal(classes="buttons"):
            yield Button("Start training", id="start", compact=True)

    def _row(self, name: str) -> SettingField:
        return SettingField(name, self._values[name], str(self._values["preset"]))

    def _open_groups(self) -> None:
        for group in self.query(SettingGroup):
            group.collapsed = False

    @on(Collapsible.Expanded)
    async def _fill(self, event: Collapsible.Expanded) -> None:
        group = event.collapsible
        if isinstance(group, SettingGroup) and not group.filled:
            group.filled = True
            await group.query_one(Collapsible.Contents).mount_all(
                [self._row(name) for name in group.names]
            )
            self._show()
            if group.has_focus_within:
                self.call_after_refresh(group.scroll_visible, animate=False, top=True)

    def _show(self) -> None:
        """Bring all of the form up to date."""
        raise NotImplementedError

    # Lines

    def _write(self, part: str, text: str, wrong: bool = False) -> None:
        """Set one of the lines; each new text costs a layout, so only where it is another."""
        if self._written.get(part) != (text, wrong):
            self._written[part] = (text, wrong)
            line = self.query_one(f"#{part}", Static)
            line.set_class(wrong, "-wrong")
            line.update(Text(text))

    def _line(self, part: str, text: str, wrong: bool = False) -> Static:
        """One of the lines, made with its first text."""
        self._written[part] = (text, wrong)
        return Static(Text(text), id=part, classes="-wrong" if wrong else "")

    def _expects_text(self) -> str:
        return f"expected on {PRESETS[str(self._values['preset'])].expects}"

    def _command_text(self) -> str:
        text = f"$ {command_line(self._values)}"
        if not self.size:  # not laid out yet
            return text
        rows = 1 if self.size.height < SHORT else max(LEAST_ROWS, self.size.height // HEIGHT_A_ROW)
        return cut_to(text, max(self.size.width - 2, 3), rows)

    def _dataset_text(self) -> tuple[str, bool]:
        """What is known of the data set, and whether that is bad."""
        error = self._checked.errors.get("data", "")
        found = self._dataset
        if error:
            return f"✗ {error}", True
        if found is None:
            return "looking …", False
        mark = "✗" if not found.usable else "✓" if found.counted else "?"
        return printable(f"{mark} {found.text}"), not found.usable
