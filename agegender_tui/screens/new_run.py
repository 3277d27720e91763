"""The form that starts a run: what it does with what one types, and how the run is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Input, Select
from textual.worker import get_current_worker

from agegender_tui import launch
from agegender_tui.dataset_check import DatasetCheck, check_folder
from agegender_tui.keymap import bindings
from agegender_tui.run_form import (
    Checked,
    Value,
    Values,
    changed,
    check,
    preset_of,
    reset,
    used_by,
    values_of,
    with_preset,
)
from agegender_tui.screens.new_run_form import SHORT, NewRunForm
from agegender_tui.widgets.setting_field import SettingField
from agegender_tui.widgets.setting_group import SettingGroup
from trainer.config import RunConfig, parse_setting
from trainer.errors import UserError
from trainer.presets import DEMO, PRESETS, preset
from trainer.text import printable

CHECK_DELAY = 0.3  # seconds without a key before the folder is looked at
WIDE = 150  # columns from which the form has two columns, with all groups open


class NewRunScreen(NewRunForm):
    """Asks for the settings of a run and starts it; dismisses with its id, or None on escape.

    `last_data` is proposed where neither `data` nor the settings to `start_from` name a data set.
    """

    CSS_PATH = "new_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("new"), Binding("f1", "app.help", "Help")]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = ""

    class Looked(Message):
        """A look at the data set is done."""

        def __init__(self, folder: str, found: DatasetCheck) -> None:
            super().__init__()
            self.folder = folder
            self.found = found

    class Started(Message):
        """The run was started."""

        def __init__(self, run_id: str) -> None:
            super().__init__()
            self.run_id = run_id

    class Failed(Message):
        """The run could not be started; `text` says why."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self,
        runs_root: Path,
        *,
        start_from: RunConfig | None = None,
        data: str = "",
        last_data: str = "",
        demo: bool = False,
    ) -> None:
        config = start_from or preset(DEMO if demo else "A")
        values = values_of(config)
        values["preset"] = preset_of(config)
        values["data"] = data or config.data or ("" if demo else last_data)
        super().__init__(values)
        self._root = runs_root
        self._initial = dict(values)
        self._demo = demo
        self._looking: Timer | None = None
        self._leaving = False
        self._starting = False
        self._failure = ""

    def on_mount(self) -> None:
        if self._demo and not self._values["data"]:
            self._use_sample()
            self._initial = dict(self._values)
        self._show()
        self.call_after_refresh(self._look)
        # A newcomer has nothing to choose; others choose the preset before anything else.
        first = "#data" if not self._checked.config else "#start" if self._demo else "#preset"
        self.query_one(first).focus(scroll_visible=False)
        if self.size.width >= WIDE:
            self.call_after_refresh(self._open_groups)

    def on_resize(self) -> None:
        self._write("command", self._command_text())

    # Values

    @on(SettingField.Changed)
    def _setting_changed(self, event: SettingField.Changed) -> None:
        self._set(event.field.setting, event.field.value)
        if event.field.setting in ("batch_size", "validation_fraction", "folds"):
            self._look_soon()

    @on(Input.Changed, "#run-label")
    def _label_changed(self, event: Input.Changed) -> None:
        self._set("label", event.value)

    @on(Input.Changed, "#data")
    def _data_changed(self, event: Input.Changed) -> None:
        self._take_data(event.value)

    def _take_data(self, typed: str) -> None:
        if typed != self._values["data"]:
            self._dataset = None
            self._set("data", typed)
            self._look_soon()

    @on(Select.Changed, "#preset")
    def _preset_changed(self) -> None:
        chosen = str(self.query_one("#preset", Select).value)
        if chosen != self._values["preset"]:
            # Or what the fields have not told yet would be filled over.
            self._replace(with_preset(self._typed(), chosen))

    @on(Input.Submitted, "#data,#run-label")
    def _submitted(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#sample")
    def _sample_pressed(self) -> None:
        self._use_sample()
        self._look()

    def _use_sample(self) -> None:
        try:
            from trainer.data.sample import sample_folder

            folder = str(sample_folder())
        except UserError as error:
            self._failure = str(error)
            self._show()
            return
        if folder != self._values["data"]:
            self._dataset = None
        self._values["data"] = folder
        self.query_one("#data", Input).value = folder
        self._recheck()

    def _set(self, name: str, value: Value) -> None:
        if self._values[name] != value:
            self._values[name] = value
            self._recheck()

    def _replace(self, values: Values) -> None:
        self._values = values
        for row in self.query(SettingField):
            row.fill(values[row.setting])
        self._recheck()
        self._look_soon()

    def _recheck(self) -> None:
        self._leaving = False
        self._failure = ""
        self._checked = check(self._values)
        self._show()

    # What is shown

    def _show(self) -> None:
        values, errors = self._values, self._checked.errors
        chosen = str(values["preset"])
        different = set(changed(values))
        self._write("expects", self._expects_text())
        used = used_by(preset(chosen).model)
        for row in self.query(SettingField):
            name = row.setting
            row.display = name in used
            row.show(chosen, name in different, errors.get(name, ""))
        for group in self.query(SettingGroup):
            group.title = group.caption(
                len(used.intersection(group.names)),
                len(different.intersection(group.names)),
                len(set(errors).intersection(group.names)),
            )
        self._show_dataset()
        self._write("command", self._command_text())
        self._show_problem(self._checked)
        # The lines at the bottom may have grown over the field one types in.
        focused_row = self.focused.parent if self.focused else None
        if isinstance(focused_row, SettingField):
            self.call_after_refresh(focused_row.scroll_visible, animate=False)

    def _show_dataset(self) -> None:
        self._write("dataset", *self._dataset_text())

    def _show_problem(self, checked: Checked) -> None:
        others = [text for name, text in checked.errors.items() if name != "data"]
        if self._leaving:
            text, wrong = "Settings were changed: esc again leaves without starting.", True
        elif self._starting:
            text, wrong = "starting …", False
        elif self._failure or others:
            text, wrong = f"✗ {self._failure or others[0]}", True
        else:
            text, wrong = "", False
        self._write("problem", printable(text), wrong)
        self.query_one("#problem").set_class(bool(text), "-shown")
        self.query_one("#start", Button).disabled = self._starting

    # The data set

    def _look_soon(self) -> None:
        if self._looking is not None:
            self._looking.stop()
        self._looking = self.set_timer(CHECK_DELAY, self._look)

    def _look(self) -> None:
        folder = self._checked.data
        if not folder:
            return
        batch, fraction, folds = map(self._usable, ("batch_size", "validation_fraction", "folds"))
        self._look_at(folder, batch, 1 / folds if folds else fraction)

    def _usable(self, name: str) -> Any:
        """A setting as typed or, while that is wrong, as the preset has it."""
        if name in self._checked.errors:
            return getattr(PRESETS[str(self._values["preset"])].config, name)
        return parse_setting(name, self._values[name])

    @work(thread=True, exclusive=True, group="dataset")
    def _look_at(self, folder: str, batch_size: int, fraction: float) -> None:
        worker = get_current_worker()
        found = check_folder(folder, batch_size, fraction, lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.post_message(self.Looked(folder, found))

    def on_new_run_screen_looked(self, event: Looked) -> None:
        if not self.gone and event.folder == self._checked.data:
            self._dataset = event.found
            self._show_dataset()

    # Keys

    def action_next(self) -> None:
        self.focus_next()

    def action_previous(self) -> None:
        self.focus_previous()

    def action_reset(self) -> None:
        """Every setting as the preset has it."""
        self._replace(reset(self._values))

    def action_back(self) -> None:
        """Leave; a second time where something was changed."""
        if self._starting:
            return
        if self._values == self._initial or self._leaving:
            self.dismiss(None)
            return
        self._leaving = True
        self._show_problem(self._checked)

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Start the run, or go to the first field that is wrong."""
        if self._starting:
            return
        self._leaving = False
        # What the fields have not told yet, where keys came faster than messages.
        self._preset_changed()
        self._take_data(self.query_one("#data", Input).value)
        if self._values != (typed := self._typed()):
            self._values = typed
            self._recheck()
        config = self._checked.config
        if config is None:
            self._show_problem(self._checked)
            self._go_to(next(iter(self._checked.errors)))
            return
        self._starting, self._failure = True, ""
        self._show_problem(self._checked)
        self._start(config)

    def _typed(self) -> Values:
        """What stands in the fields, of the preset and the data set there were."""
        label = self.query_one("#run-label", Input).value
        rows = {row.setting: row.value for row in self.query(SettingField)}
        return {**self._values, "label": label, **rows}

    def _go_to(self, name: str) -> None:
        for group in self.query(SettingGroup):
            if name in group.names:
                group.collapsed = False
        self.call_after_refresh(self._focus_field, name)

    def _focus_field(self, name: str) -> None:
        if name in ("data", "preset"):
            self.query_one(f"#{name}").focus()
        for row in self.query(SettingField):
            if row.setting == name:
                row.control.focus()

    @work(thread=True, group="start")
    def _start(self, config: RunConfig) -> None:
        found = check_folder(config.data, config.batch_size, config.validation_share)
        if not found.usable:
            self.post_message(self.Failed(found.text))
            return
        try:
            run = launch.start(self._root, config)
        except UserError as error:
            self.post_message(self.Failed(str(error)))
        except OSError as error:
            self.post_message(self.Failed(f"the run cannot be started: {error}"))
        else:
            self.post_message(self.Started(run.id))

    def on_new_run_screen_started(self, event: Started) -> None:
        self.dismiss(event.run_id)

    def on_new_run_screen_failed(self, event: Failed) -> None:
        self._starting = False
        self._failure = event.text
        self._show_problem(self._checked)
