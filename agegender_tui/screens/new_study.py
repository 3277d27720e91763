"""The form that starts a study: checked while one types, started on a thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Select, Static, Switch, TextArea
from textual.worker import get_current_worker

from agegender_tui import launch_study
from agegender_tui.dataset_check import DatasetCheck, check_folder
from agegender_tui.keymap import bindings
from agegender_tui.screens.dialog import Dialog
from agegender_tui.tuning.form import SYNTAX, Asked, check, proposed, with_preset
from agegender_tui.tuning.names import LOOKS_FOR
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.line_input import LineInput
from agegender_tui.widgets.path_input import PathInput
from agegender_tui.widgets.setting_field import FormSelect
from trainer.errors import UserError
from trainer.presets import PRESETS, preset
from trainer.text import printable
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.study import MOST_TRIALS, StudyConfig

CHECK_DELAY = 0.3  # seconds without a key before the folder is looked at
# What stands beside a field, or below it, while it is right.
NOTES = {
    "trials": f"1 to {MOST_TRIALS:,}, each a run of its own",
    "epochs": "of each trial; fewer find good settings sooner",
    "prune": "a trial that is worse than half of the others",
    "seed": "of the search: another one tries other settings",
    "devices": "auto, cpu, gpu:0, …: a trial at a time on each",
    "label": "",
    "space": SYNTAX,
}


class NewStudyScreen(Dialog[str | None]):
    """Asks for a study and starts it; dismisses with its id, or None on escape."""

    CSS_PATH = "new_study.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("study"), Binding("f1", "app.help", "Help")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]  # noqa: RUF012

    class Looked(Message):
        """A look at the data set is done."""

        def __init__(self, asked: tuple[object, ...], found: DatasetCheck) -> None:
            super().__init__()
            self.asked, self.found = asked, found

    class Ended(Message):
        """The study was started, or `text` says why it was not."""

        def __init__(self, name: str = "", text: str = "") -> None:
            super().__init__()
            self.name, self.text = name, text

    def __init__(self, runs_root: Path, data: str = "", *, demo: bool = False) -> None:
        super().__init__()
        self._root, self._demo, self._named = runs_root, demo, data
        self._asked = self._initial = proposed(data, demo)
        self._checked = check(self._asked)
        self._dataset: DatasetCheck | None = None
        self._looking: Timer | None = None
        self._leaving = self._starting = False
        self._failure = ""

    # How it looks

    def compose(self) -> ComposeResult:
        asked = self._asked
        yield Static("New study: a search for better settings", id="title")
        with Vertical(id="form"):
            presets = [(f"{one.name}: {one.title}", one.name) for one in PRESETS.values()]
            yield from self._row("preset", "preset", _select(presets, asked.preset, "preset"))
            yield from self._row("data", "data", PathInput(asked.data, id="data"))
            yield from self._row("trials", "trials", LineInput(asked.trials, id="trials"))
            yield from self._row("epochs", "epochs", LineInput(asked.epochs, id="epochs"))
            looks_for = [(LOOKS_FOR[name][0], name) for name in OBJECTIVES]
            objective = _select(looks_for, asked.objective, "objective")
            yield from self._row("objective", "looks for", objective)
            yield from self._row(
                "prune", "end early", Switch(asked.prune, animate=False, id="prune")
            )
            yield from self._row("seed", "seed", LineInput(asked.seed, id="seed"))
            yield from self._row("devices", "devices", LineInput(asked.devices, id="devices"))
            label = LineInput(
                asked.label, placeholder="free text to tell studies apart", id="label"
            )
            yield from self._row("label", "label", label)
            space = TextArea(asked.space, id="space", tab_behavior="focus", soft_wrap=False)
            yield from self._row("space", "vary", space)
        with Vertical(id="bottom"):
            yield Static(id="problem", markup=False)
        yield KeyFooter(compact=False)

    def _row(self, name: str, words: str, control: Widget) -> Iterator[Widget]:
        """A field with its note beside it, or below where it takes the whole line."""
        note = Static(id=f"note-{name}", markup=False)
        whole = name in ("preset", "data", "label", "space")
        note.add_class("under" if whole else "note")
        parts: list[Widget] = [Static(words, classes="name"), control]
        if name == "prune":
            # A switch tells its state by place and colour only: the word is for everyone.
            parts.append(Static(id="word", markup=False))
        yield Horizontal(*parts, *([] if whole else [note]), classes="row")
        if whole:
            yield note

    def on_mount(self) -> None:
        if self._demo and not self._named:
            self._use_sample()
        self._show()
        self.call_after_refresh(self._look)
        self.query_one("#preset" if self._asked.data else "#data").focus(scroll_visible=False)

    def _use_sample(self) -> None:
        from trainer.data.sample import sample_folder

        try:
            folder = str(sample_folder())
        except UserError as error:
            self._failure = str(error)
            return
        self._asked = self._initial = replace(self._asked, data=folder)
        self._checked = check(self._asked)
        self.query_one("#data", Input).value = folder

    def _show(self) -> None:
        """Bring all notes up to date."""
        errors = self._checked.errors
        notes = {"preset": "", "objective": LOOKS_FOR[self._asked.objective][1], **NOTES}
        for name, right in notes.items():
            note, error = self.query_one(f"#note-{name}", Static), errors.get(name, "")
            text = f"✗ {printable(error)}" if error else right
            note.set_class(bool(error), "-wrong")
            note.update(text)
            note.display = bool(text)
        self.query_one("#word", Static).update("on" if self._asked.prune else "off")
        self._show_dataset()
        self._show_problem()

    def _show_dataset(self) -> None:
        found, error = self._dataset, self._checked.errors.get("data", "")
        wrong = bool(error) or (found is not None and not found.usable)
        text = f"✗ {error}" if error else "looking …"
        if found is not None and not error:
            text = f"{'✗' if not found.usable else '✓' if found.counted else '?'} {found.text}"
        note = self.query_one("#note-data", Static)
        note.set_class(wrong, "-wrong")
        note.update(printable(text))

    def _show_problem(self) -> None:
        text = ""
        if self._leaving:
            text = "Something was changed: esc again leaves without starting."
        elif self._starting:
            text = "starting …"
        elif self._failure:
            text = f"✗ {self._failure}"
        line = self.query_one("#problem", Static)
        line.set_class(self._leaving or bool(self._failure), "-wrong")
        line.display = bool(text)
        line.update(printable(text))

    # What is typed

    @on(Input.Changed)
    @on(TextArea.Changed, "#space")
    @on(Switch.Changed, "#prune")
    @on(Select.Changed, "#objective")
    def _changed(self) -> None:
        self._take(self._typed())

    @on(Select.Changed, "#preset")
    def _preset_chosen(self) -> None:
        chosen = str(self.query_one("#preset", Select).value)
        if chosen != self._asked.preset:
            # Or what the fields have not told yet would be filled over.
            self._take(with_preset(self._typed(), chosen))
            self.query_one("#epochs", Input).value = self._asked.epochs
            space = self.query_one("#space", TextArea)
            if space.text != self._asked.space:
                space.load_text(self._asked.space)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.focus_next()

    def _typed(self) -> Asked:
        """What stands in the fields, of the preset asked for."""
        return replace(
            self._asked,
            **{str(field.id): field.value for field in self.query(Input)},
            space=self.query_one("#space", TextArea).text,
            prune=self.query_one("#prune", Switch).value,
            objective=str(self.query_one("#objective", Select).value),
        )

    def _take(self, asked: Asked) -> None:
        if asked == self._asked:
            return
        before = self._to_look_at
        self._asked, self._leaving, self._failure = asked, False, ""
        self._checked = check(asked)
        if self._to_look_at != before:
            self._dataset = None
            self._look_soon()
        self._show()

    # The data set

    @property
    def _to_look_at(self) -> tuple[str, int, float]:
        """Data set, the largest batch, and the part kept for validation."""
        share = preset(self._asked.preset).validation_share
        return self._checked.data, self._checked.batch_size, share

    def _look_soon(self) -> None:
        if self._looking is not None:
            self._looking.stop()
        self._looking = self.set_timer(CHECK_DELAY, self._look)

    def _look(self) -> None:
        if self._checked.data:
            self._look_at(self._to_look_at)

    @work(thread=True, exclusive=True, group="dataset")
    def _look_at(self, asked: tuple[str, int, float]) -> None:
        worker = get_current_worker()
        found = check_folder(*asked, lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.post_message(self.Looked(asked, found))

    def on_new_study_screen_looked(self, event: Looked) -> None:
        if not self.gone and event.asked == self._to_look_at:
            self._dataset = event.found
            self._show_dataset()

    # Keys

    def action_next(self) -> None:
        self.focus_next()

    def action_previous(self) -> None:
        self.focus_previous()

    def action_back(self) -> None:
        """Leave; a second time where something was changed."""
        if self._starting:
            return
        if self._asked == self._initial or self._leaving:
            self.dismiss(None)
            return
        self._leaving = True
        self._show_problem()

    def action_start(self) -> None:
        """Start the study, or go to the first field that is wrong."""
        if self._starting:
            return
        # What the fields have not told yet, where keys came faster than messages.
        self._preset_chosen()
        self._changed()
        self._leaving, self._failure = False, ""
        config = self._checked.config
        if config is None:
            name, self._failure = next(iter(self._checked.errors.items()))
            self.query_one(f"#{name}").focus()
        else:
            self._starting = True
            self._start(config, self._to_look_at)
        self._show_problem()

    @work(thread=True, group="start")
    def _start(self, config: StudyConfig, asked: tuple[str, int, float]) -> None:
        found = check_folder(*asked)
        if not found.usable:
            self.post_message(self.Ended(text=found.text))
            return
        try:
            name = launch_study.start(self._root, config).id
        except UserError as error:
            self.post_message(self.Ended(text=str(error)))
        except OSError as error:
            self.post_message(self.Ended(text=f"the study cannot be started: {error}"))
        else:
            self.post_message(self.Ended(name))

    def on_new_study_screen_ended(self, event: Ended) -> None:
        self._starting, self._failure = False, event.text
        if event.name:
            self.dismiss(event.name)
        elif not self.gone:
            self._show_problem()


def _select(options: list[tuple[str, str]], value: str, id: str) -> FormSelect:
    return FormSelect(options, value=value, allow_blank=False, compact=True, id=id)
