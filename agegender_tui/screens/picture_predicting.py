"""Asks models what they say of the picture shown, and holds which of its faces is looked at."""

from __future__ import annotations

from pathlib import Path

from textual import work

from agegender_tui.predicting.answers import FileAnswer
from agegender_tui.predicting.model_choice import usual_models
from agegender_tui.predicting.session import MODES, Session
from agegender_tui.predicting.terminal_lines import NO_FACE
from agegender_tui.screens.picture_browsing import PictureBrowsing
from trainer.errors import UserError
from trainer.prediction.catalog import SavedModel
from trainer.text import printable


class PicturePredicting(PictureBrowsing):
    """`answer` is there once the picture was predicted, `chosen` counts through its faces from 0;
    `problem` says what went wrong, '' if nothing did. Models may still be looked for: `looked`
    says whether that is done."""

    def __init__(self, folder: Path, runs_root: Path, *, demo: bool = False) -> None:
        super().__init__(folder)
        self.runs_root, self._demo = runs_root, demo
        self.session = Session(self.tell_head)
        self.looked = False
        self.answer: FileAnswer | None = None
        self.chosen = 0
        self.problem = ""

    def tell_head(self) -> None:
        """Show what there is, and what is being done."""
        raise NotImplementedError

    def show_face(self) -> None:
        """Show the face chosen of an answer."""
        raise NotImplementedError

    def opened(self, file: Path) -> None:
        self.answer, self.chosen, self.problem = None, 0, ""
        self._predict()
        self.tell()

    def closed(self) -> None:
        self.workers.cancel_group(self, "predict")
        self.answer, self.chosen, self.problem = None, 0, ""
        self.tell()

    # Models

    @work(thread=True, group="models")
    def look_for_models(self) -> None:
        """Take the models that predict if nobody chose."""
        models = usual_models(self.runs_root, demo=self._demo)
        self.app.call_from_thread(self._propose, models)

    def _propose(self, models: tuple[SavedModel, ...]) -> None:
        if not self.session.models:
            self.take_models(models)

    def take_models(self, models: tuple[SavedModel, ...]) -> None:
        """From now on these predict."""
        self.looked = True
        self.session.models = models
        if models:
            self._load()
        self._anew()

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        """So that the first picture need not wait for TensorFlow as well."""
        try:
            await self.session.load()
        except UserError as error:
            self.problem = str(error)
        self.tell()

    @work
    async def action_models(self) -> None:
        from agegender_tui.screens.models import ModelsScreen

        chosen = await self.ask(ModelsScreen(self.runs_root, self.session))
        before = [model.file for model in self.session.models]
        if chosen is not None and [model.file for model in chosen] != before:
            self.take_models(chosen)

    # Predictions

    def _anew(self) -> None:
        """Ask again, the models or an option being others."""
        self.problem = ""
        if self.file is not None:
            self._predict()
        self.tell()

    @work(exclusive=True, group="predict")
    async def _predict(self) -> None:
        file = self.file
        if file is None or not self.session.models:
            return
        try:
            answer = await self.session.predict(file)
        except UserError as error:
            self.problem = str(error)
        else:
            self._take(answer)
        self.tell()

    def _take(self, answer: FileAnswer) -> None:
        self.answer = answer
        self.chosen = min(self.chosen, max(0, len(answer.faces) - 1))
        if answer.problem:
            remedy = "; c takes the picture for a face as it is" * (answer.problem == NO_FACE)
            self.problem = f"{printable(answer.file.name)}: {answer.problem}{remedy}"
        self.show_face()

    def action_face(self, by: int) -> None:
        if self.answer is not None and self.answer.faces:
            self.chosen = (self.chosen + by) % len(self.answer.faces)
            self.show_face()

    def action_flip(self) -> None:
        self.session.flip = not self.session.flip
        if self.session.models:
            self._load()  # for mirrored faces it is calibrated apart
        self._anew()

    def action_mode(self) -> None:
        self.session.mode = MODES[(MODES.index(self.session.mode) + 1) % len(MODES)]
        self._anew()

    def action_again(self) -> None:
        if not self.session.models:
            self.look_for_models()
        else:
            if self.file is not None:
                self.session.forget(self.file)
            self._load()
            self._anew()
