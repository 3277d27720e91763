"""Choose models and data sets: each of the ones is evaluated on each of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from agegender_tui.called import called
from agegender_tui.evaluating.asking import (
    OWN,
    DataChoice,
    Wish,
    known_data,
    of_source,
    proposed,
    wishes,
)
from agegender_tui.keymap import bindings, opens_text
from agegender_tui.predicting import model_words
from agegender_tui.predicting.model_search import found_so_far, place_of
from agegender_tui.screens.dialog import AnsweredOnce
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.path_input import PathInput
from trainer.data.registered import resolve
from trainer.data.source import DataSource
from trainer.errors import UserError
from trainer.prediction.catalog import SUFFIX, SavedModel
from trainer.text import printable

WIDE_FROM = 110
MODEL, FOLDER = "model", "folder"
PLACEHOLDERS = {
    MODEL: "a .keras file or a folder of them; enter adds, esc goes back",
    FOLDER: "a folder of faces, a name, or layout:folder; enter adds, esc goes back",
}


class NewEvaluationScreen(AnsweredOnce[list[Wish] | None]):
    """Answers with what is to be evaluated, None if nothing is."""

    CSS_PATH = "new_evaluation.tcss"
    AUTO_FOCUS = "#models"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("asked")]

    def __init__(self, runs_root: Path, data: str) -> None:
        super().__init__()
        self._runs_root, self._data_named = runs_root, data
        self._models: list[SavedModel] = []
        self._elsewhere: list[Path] = []
        self._chosen: set[Path] = set()
        self._proposed = False
        self._data: list[DataChoice] = [DataChoice(OWN)]
        self._wanted = [DataChoice(OWN)]  # a data set has no hash, as its mapping has none
        self._flip = False
        self._looking = True
        self._problem = ""
        self._adding = MODEL

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield PathInput(id="path", wanted=self._proposes)
        with Container(id="body"):
            with Vertical(classes="side"):
                yield Static("models", classes="name", markup=False)
                yield OptionList(id="models", markup=False)
            with Vertical(classes="side"):
                yield Static("on the faces of", classes="name", markup=False)
                yield OptionList(id="data", markup=False)
        yield Static(id="sum", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        self._fill()
        self._look()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= WIDE_FROM, "-wide")
        self.call_after_refresh(self._fill)

    def _proposes(self, name: str) -> bool:
        return self._adding == MODEL and name.lower().endswith(SUFFIX)

    # The two lists

    @work(thread=True, exclusive=True, group="look")
    def _look(self) -> None:
        worker = get_current_worker()
        also: list[DataSource] = []
        if self._data_named:
            try:
                also = [resolve(self._data_named)]
            except UserError as error:
                self.app.call_from_thread(self._say, str(error), "error")
        data, problem = known_data(also)
        self.app.call_from_thread(self._take_data, data, problem)
        try:
            for found, looking in found_so_far(
                self._runs_root, self._elsewhere, lambda: worker.is_cancelled
            ):
                self.app.call_from_thread(self._take, found, looking)
        except UserError as error:  # the folder of the runs cannot be read
            self.app.call_from_thread(self._take, [], False, str(error))

    def _take_data(self, data: list[DataChoice], problem: str) -> None:
        typed = [one for one in self._data if one not in data and one.source is not None]
        self._data = [*data, *typed]
        if problem:
            self._say(problem, "error")
        self._fill()

    def _take(self, found: list[SavedModel], looking: bool, problem: str = "") -> None:
        self._models, self._looking, self._problem = found, looking, problem
        if not (looking or self._proposed):
            self._proposed = True
            self._chosen |= proposed(found)
        self._fill()

    def _fill(self) -> None:
        models, data = self.query_one("#models", OptionList), self.query_one("#data", OptionList)
        width = max(40, models.size.width - 6)
        rows = [
            (model.file in self._chosen, model_words.row(model, 0, width)[2:])
            for model in self._models
        ]
        _replace(models, rows)
        _replace(
            data,
            [
                (one in self._wanted, _data_row(one, max(30, data.size.width - 6)))
                for one in self._data
            ],
        )
        self._tell()

    def _tell(self) -> None:
        title = Content.styled("New evaluations  ", "bold $text-primary")
        words = [
            f"{len(self._chosen)} of {len(self._models)} models" if self._models else "",
            "looking…" if self._looking else "",
            "each face mirrored too" if self._flip else "",
        ]
        self.query_one("#head", Static).update(title + Content(" · ".join(filter(None, words))))
        self.query_one("#sum", Static).update(self._sum())

    def _wishes(self) -> list[Wish]:
        models = [model for model in self._models if model.file in self._chosen]
        data = [one for one in self._data if one in self._wanted]
        return wishes(models, data, self._flip)

    def _sum(self) -> str:
        """What ctrl+s would do."""
        if self._problem:
            return self._problem
        if not self._models and not self._looking:
            return (
                f"No run has saved a model yet: start one on key {called('app.runs')}, or "
                f"{called('asked.model')} names a .keras file."
            )
        if not self._chosen:
            return (
                f"{called('asked.mark')} chooses models, {called('asked.next')} goes to the data "
                "sets; what is known is not redone"
            )
        if not self._wanted:
            return "tab, then space: choose at least one data set"
        count = len(self._wishes())
        skipped = len(self._chosen) * len(self._wanted) - count
        words = f"{count} evaluation{'s' * (count != 1)}: ctrl+s starts, one after another"
        if skipped:
            words += f"; {skipped} left out: a model file without its run has no validation faces"
        return words

    # Choosing

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        self.action_mark()

    def action_mark(self) -> None:
        focused = self.focused
        if not isinstance(focused, OptionList) or focused.highlighted is None:
            return
        at = focused.highlighted
        if focused.id == "data":
            self._want(self._data[at], self._data[at] not in self._wanted)
        elif self._models[at].problem:
            model = self._models[at]
            self._say(f"{model.file.name}: {model.problem}", "error")
        else:
            self._proposed = True  # the user chooses, even while models are looked for
            self._chosen ^= {self._models[at].file}
        self._fill()

    def _want(self, one: DataChoice, wanted: bool) -> None:
        self._wanted = [other for other in self._wanted if other != one]
        if wanted:
            self._wanted.append(one)

    def action_other(self) -> None:
        if not self._types:
            on_models = self.focused is not None and self.focused.id == "models"
            self.query_one("#data" if on_models else "#models").focus()

    def action_flip(self) -> None:
        self._flip = not self._flip
        self._tell()

    def action_start(self) -> None:
        wanted = self._wishes()
        if wanted:
            self.dismiss(wanted)
        else:
            self._say(self._sum(), "warning")

    # Models and faces elsewhere

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the path's line the keys that open a line of text are text themselves."""
        return not (self._types and opens_text("asked", action))

    @property
    def _types(self) -> bool:
        return self.focused is not None and self.focused.id == "path"

    def action_add_model(self) -> None:
        self._ask_path(MODEL)

    def action_add_folder(self) -> None:
        self._ask_path(FOLDER)

    def _ask_path(self, what: str) -> None:
        self._adding = what
        self.add_class("-adding")
        line = self.query_one("#path", Input)
        line.placeholder = PLACEHOLDERS[what]
        line.value = ""
        self.set_focus(line)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        self._leave_path()
        if typed and self._adding == MODEL:
            self._add_model(typed)
        elif typed:
            self._add_folder(typed)

    def _add_model(self, typed: str) -> None:
        try:
            path = place_of(typed)
        except UserError as error:
            self._say(str(error), "error")
            return
        self._elsewhere.append(path)
        if path.is_file():
            self._chosen.add(path)
        self._looking = True
        self._look()

    def _add_folder(self, typed: str) -> None:
        try:
            source = resolve(typed)
            there = source.folder.is_dir()
        except (UserError, OSError, ValueError) as error:
            self._say(str(error), "error")
            return
        if not there:
            self._say(f"{typed}: there is no such folder; type another", "error")
            return
        known = [one for one in self._data if one.source == source]
        one = known[0] if known else of_source(source)
        if not known:
            self._data.append(one)
        self._want(one, True)
        self._fill()

    def _leave_path(self) -> None:
        self.remove_class("-adding")
        self.query_one("#models" if self._adding == MODEL else "#data").focus()

    def action_back(self) -> None:
        if self._types:
            self._leave_path()
        else:
            self.dismiss(None)

    def _say(self, text: str, level: str) -> None:
        severity: Any = level
        self.notify(printable(text), severity=severity, markup=False)


def _replace(options: OptionList, rows: list[tuple[bool, Content]]) -> None:
    """Show these rows; the highlight stays at its place."""
    at = options.highlighted
    options.clear_options()
    options.add_options(
        Option(Content.assemble(("[x] " if chosen else "[ ] ", "bold" if chosen else ""), row))
        for chosen, row in rows
    )
    if rows:
        options.highlighted = min(at or 0, len(rows) - 1)


def _data_row(one: DataChoice, width: int) -> Content:
    row = Content.assemble(f"{printable(one.name):<14}  ", (printable(one.about), "$text-muted"))
    return row.truncate(width, ellipsis=True)
