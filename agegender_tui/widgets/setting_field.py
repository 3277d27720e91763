"""One setting of a run in a form: its name, a control, what it means, and what is wrong with it."""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Select, Static, Switch

from agegender_tui.run_form import CHANGED_MARK, Value, describe, value_text
from agegender_tui.widgets.line_input import LineInput
from trainer.config import SETTINGS
from trainer.text import printable


class FormSelect(Select[str], inherit_bindings=False):
    """A `Select` that leaves the up and down keys to the form."""

    BINDINGS = [("enter,space", "show_overlay", "Choose")]  # noqa: RUF012


class SettingField(Horizontal):
    """A row of the form. Posts `Changed` as one types; shows the error it is told."""

    class Changed(Message):
        """The user changed a setting."""

        def __init__(self, field: SettingField) -> None:
            super().__init__()
            self.field = field

    def __init__(self, setting: str, value: Value, preset: str) -> None:
        super().__init__(id=f"field-{setting}", classes="setting")
        self.setting = setting
        self._value = value
        self._preset = preset
        self._changed = False
        self._error = ""
        self._heading = Static(self._name_text(), classes="setting-name")
        # A switch tells its state by place and colour only: the word beside it is for everyone.
        self._word = (
            Static(value_text(value), classes="setting-word") if isinstance(value, bool) else None
        )
        self._note = Static(self._note_text(), classes="setting-note")

    def compose(self) -> ComposeResult:
        yield self._heading
        yield self._control()
        if self._word is not None:
            yield self._word
        yield self._note

    def _control(self) -> Input | Switch | FormSelect:
        declared = SETTINGS[self.setting]
        if isinstance(self._value, bool):
            return Switch(self._value, animate=False, classes="setting-control")
        if declared.choices:
            return FormSelect(
                [(choice, choice) for choice in declared.choices],
                value=self._value if self._value in declared.choices else declared.choices[0],
                allow_blank=False,
                compact=True,
                classes="setting-control",
            )
        suggester = None
        if self.setting == "device":
            suggester = SuggestFromList(["auto", "cpu", "gpu:0", "gpus"], case_sensitive=False)
        return LineInput(self._value, suggester=suggester, classes="setting-control")

    @property
    def control(self) -> Input | Switch | FormSelect:
        """The widget that takes the keys."""
        found = self.query_one(".setting-control")
        assert isinstance(found, Input | Switch | FormSelect)
        return found

    @property
    def value(self) -> Value:
        """What stands there now, which may be more than was told by messages."""
        if not self.is_mounted:
            return self._value
        value = self.control.value
        return value if isinstance(value, bool) else str(value)

    def fill(self, value: Value) -> None:
        """Have another value there. Not with what was typed here: under load more is typed by the
        time that comes back, and would be lost."""
        if value != self.value:
            self._keep(value)
            if self.is_mounted:
                self.control.value = value  # type: ignore[assignment]

    def show(self, preset: str, changed: bool, error: str) -> None:
        """Bring the words of the row up to date; does nothing where nothing changed."""
        if (preset, changed, error) == (self._preset, self._changed, self._error):
            return
        self._preset, self._changed, self._error = preset, changed, error
        self.set_class(changed, "-changed")
        self.set_class(bool(error), "-wrong")
        self._heading.update(self._name_text())
        self._note.update(self._note_text())

    def _keep(self, value: Value) -> None:
        self._value = value
        if self._word is not None:
            self._word.update(value_text(value))

    def _name_text(self) -> Text:
        mark = "✗" if self._error else CHANGED_MARK if self._changed else " "
        return Text(f"{mark} {self.setting}")

    def _note_text(self) -> Text:
        if self._error:
            return Text(f"✗ {printable(self._error)}")
        text = Text(SETTINGS[self.setting].meaning)
        text.append("\n" + describe(self.setting, self._preset, self._changed))
        return text

    @on(Input.Changed)
    @on(Switch.Changed)
    @on(Select.Changed)
    def _take(self, event: Input.Changed | Switch.Changed | Select.Changed) -> None:
        event.stop()
        value = self.value
        if value != self._value:
            self._keep(value)
            self.post_message(self.Changed(self))

    def on_descendant_focus(self) -> None:
        """Show what the setting means too, not only the line one types in."""
        self.call_after_refresh(self.scroll_visible, animate=False)

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()
