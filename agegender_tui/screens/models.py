"""Saved models of all runs and of files elsewhere: what they are, and which of them predict."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from agegender_tui.keymap import bindings, opens_text
from agegender_tui.predicting import model_words
from agegender_tui.predicting.model_choice import no_model
from agegender_tui.predicting.model_search import found_so_far, place_of
from agegender_tui.predicting.saving import export_folder
from agegender_tui.predicting.session import Session
from agegender_tui.screens.dialog import AnsweredOnce
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.path_input import PathInput
from trainer.errors import UserError
from trainer.prediction.catalog import SUFFIX, SavedModel
from trainer.text import printable

MOST_CHOSEN = 3  # that fit side by side


class ModelsScreen(AnsweredOnce[tuple[SavedModel, ...] | None]):
    """Answers with the models chosen, None if they are to stay."""

    CSS_PATH = "models.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("models")]

    def __init__(self, runs_root: Path, session: Session) -> None:
        super().__init__()
        self._runs_root, self._session = runs_root, session
        self._models: list[SavedModel] = []
        self._chosen = list(session.models)
        self._elsewhere: list[Path] = [model.file for model in session.models if model.run is None]
        self._looking = True

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield PathInput(
            id="elsewhere",
            placeholder="a .keras file or a folder of them; enter adds, esc goes back",
            wanted=lambda name: name.lower().endswith(SUFFIX),
        )
        with Container(id="body"):
            yield OptionList(id="models", markup=False)
            with VerticalScroll(id="detail", can_focus=False):
                yield Static(id="detail-text", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self._tell()
        self._look()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= 110, "-wide")
        self._fill()

    # The list

    @work(thread=True, exclusive=True, group="look")
    def _look(self) -> None:
        worker = get_current_worker()
        try:
            for found, looking in found_so_far(
                self._runs_root, self._elsewhere, lambda: worker.is_cancelled
            ):
                self.app.call_from_thread(self._take, found, looking)
        except UserError as error:
            self.app.call_from_thread(self._say, str(error), "error")
            self.app.call_from_thread(self._take, [], False)
        gone = {model.file for model in self._chosen if not model.file.exists()}
        self.app.call_from_thread(self._drop, gone)

    def _drop(self, gone: set[Path]) -> None:
        """Those whose files were deleted, a run with its model say, cannot be chosen any more."""
        if gone:
            self._chosen = [model for model in self._chosen if model.file not in gone]
            self._fill()

    def _take(self, found: list[SavedModel], looking: bool) -> None:
        self._models, self._looking = found, looking
        self._fill()

    def _fill(self) -> None:
        options = self.query_one(OptionList)
        at = options.highlighted
        places = {model.file: place for place, model in enumerate(self._chosen, start=1)}
        width = max(40, options.size.width - 4)
        options.clear_options()
        options.add_options(
            Option(model_words.row(model, places.get(model.file, 0), width))
            for model in self._models
        )
        if self._models:
            options.highlighted = min(at or 0, len(self._models) - 1)
        self._tell()

    def _tell(self) -> None:
        title = Content.styled("Models  ", "bold $text-primary")
        chosen = f"{len(self._chosen)} of {len(self._models)} chosen" if self._models else ""
        file = printable(self._session.exporting)
        doing = f"exporting {file}…" if file else ""
        words = [chosen, "looking…" if self._looking else "", doing or self._session.phase]
        self.query_one("#head", Static).update(title + Content(" · ".join(filter(None, words))))
        model = self._current
        detail = Content(no_model("models.add") if not self._looking else "")
        if model is not None:
            why = self._session.uncalibrated.get(model.name, "")
            detail = model_words.detail(model, why)
        self.query_one("#detail-text", Static).update(detail)

    @property
    def _current(self) -> SavedModel | None:
        at = self.query_one(OptionList).highlighted
        return self._models[at] if at is not None and at < len(self._models) else None

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        self._tell()

    # Choosing

    def action_mark(self) -> None:
        model = self._current
        if model is None:
            return
        if any(one.file == model.file for one in self._chosen):
            self._chosen = [one for one in self._chosen if one.file != model.file]
        elif model.problem:
            self._say(f"{model.file.name}: {model.problem}", "error")
        elif len(self._chosen) == MOST_CHOSEN:
            self._say(f"{MOST_CHOSEN} models fit side by side: take one away first", "warning")
        else:
            self._chosen.append(model)
        self._fill()

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        """Enter: those that are marked, or the one under the cursor where none is."""
        if not self._chosen:
            self.action_mark()
        if self._chosen:
            self.dismiss(tuple(self._chosen))

    def action_only(self) -> None:
        """The one under the cursor alone."""
        before, self._chosen = self._chosen, []
        self.action_mark()
        if self._chosen:
            self.dismiss(tuple(self._chosen))
        else:
            self._chosen = before

    # Files elsewhere

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the path's line the keys that open a line of text are text themselves."""
        return not (self._types and opens_text("models", action))

    @property
    def _types(self) -> bool:
        return self.focused is not None and self.focused.id == "elsewhere"

    def action_add(self) -> None:
        self.add_class("-adding")
        self.set_focus(self.query_one("#elsewhere", Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        self._leave_path()
        if not typed:
            return
        try:
            self._elsewhere.append(place_of(typed))
        except UserError as error:
            self._say(str(error), "error")
            return
        self._looking = True
        self._look()

    def _leave_path(self) -> None:
        self.remove_class("-adding")
        self.query_one(OptionList).focus()

    # Export

    def action_export(self, format: str) -> None:
        model = self._current
        if model is None:
            return
        if file := self._session.exporting:
            self._say(f"{file} is still being written: wait for it", "warning")
            return
        self._session.exporting = f"{model.name}.{format}"
        self._tell()
        # The app's, so that it goes on when this screen is left.
        self.app.run_worker(self._export(model, format), group="export")

    async def _export(self, model: SavedModel, format: str) -> None:
        session = self._session
        try:
            file = await asyncio.to_thread(export_folder) / session.exporting
            done = await session.export(model, format, file)
        except UserError as error:
            self._say(str(error), "error")
        else:
            self._say(f"wrote {file}; {model_words.agreement(done)}", "information")
        finally:
            session.exporting = ""
        if not self.gone:
            self._tell()

    def action_back(self) -> None:
        if self._types:
            self._leave_path()
        else:
            self.dismiss(None)

    def _say(self, text: str, level: str) -> None:
        severity: Any = level
        self.app.notify(printable(text), severity=severity, markup=False)
