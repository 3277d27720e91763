"""The Predict screen: the faces of a picture, what models say of them, and what they looked at."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from agegender_tui.called import called
from agegender_tui.keymap import bindings
from agegender_tui.predicting import face_words
from agegender_tui.predicting.boxes import Marks
from agegender_tui.predicting.explaining import Explaining
from agegender_tui.predicting.heading import heading
from agegender_tui.predicting.many_files import is_picture
from agegender_tui.predicting.model_choice import no_model
from agegender_tui.predicting.saving import EXPORTS, export_folder, save_answer
from agegender_tui.predicting.shown_path import shown_path
from agegender_tui.screens.picture_browsing import WIDE_FROM
from agegender_tui.screens.picture_predicting import PicturePredicting
from agegender_tui.widgets.batch_line import BatchLine
from agegender_tui.widgets.boxed_picture import BoxedPicture
from agegender_tui.widgets.face_pane import FacePane
from agegender_tui.widgets.file_tree import FileTree
from agegender_tui.widgets.heat_row import HeatRow
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.path_input import PathInput
from trainer.errors import UserError
from trainer.prediction.catalog import SavedModel
from trainer.runs.layout import short_name
from trainer.text import printable

HUGE_FROM = 170
TALL_FROM = 48  # room for the picture above its Grad-CAM maps


class PredictScreen(PicturePredicting):
    """It stays as it was left while other screens are shown; the models stay loaded."""

    CSS_PATH = "predict.tcss"
    AUTO_FOCUS = ""  # with the tree hidden it would find the path's line, which swallows keys
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("predict")]
    # What an answer is told in: taken down one after another, with others still there.
    PARTS = ("#head", "#picture", "#heats", "#face", "#problem", "#faces")

    def __init__(self, folder: Path, runs_root: Path, *, demo: bool = False) -> None:
        super().__init__(folder, runs_root, demo=demo)
        self._explaining = Explaining(self.session)
        self._no_map = ""  # why the last face asked of could not be explained
        self._began = 0.0
        self._clock: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield PathInput(
            id="path", placeholder="a picture or a folder; → takes the proposal", wanted=is_picture
        )
        with Horizontal(id="body"):
            yield FileTree(self.folder, id="tree")
            with Container(id="middle"):
                yield BoxedPicture(id="picture")
                yield HeatRow(id="heats")
            yield FacePane(id="face")
        yield Static(id="problem", markup=False)
        yield BatchLine(id="batch")
        yield Static(id="faces", markup=False)
        yield Static(face_words.WORD_ON_USE, id="use", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        self._clock = self.set_interval(1.0, self.tell_head, pause=True)
        self.lay_out()
        self.query_one(FileTree).focus()
        self.show_folder(self.folder)
        self.look_for_models()

    async def on_unmount(self) -> None:
        await self.session.close()

    def on_resize(self) -> None:
        self.lay_out()
        self.tell()

    # Pictures and models

    def opened(self, file: Path) -> None:
        self.query_one(BoxedPicture).open(file)
        super().opened(file)
        self._explain()

    def closed(self) -> None:
        self.query_one(BoxedPicture).open(None)
        super().closed()
        self._explain()

    def on_boxed_picture_unreadable(self, event: BoxedPicture.Unreadable) -> None:
        if event.file == self.file:
            self.problem = f"{printable(event.file.name)}: {event.why}"
            self.tell()

    def take_models(self, models: tuple[SavedModel, ...]) -> None:
        self._explaining.first_model()
        super().take_models(models)

    def show_face(self) -> None:
        if not self._is_there:
            return
        answer = self.answer
        if answer is not None:
            boxes = tuple(face.box for face in answer.faces)
            self.query_one(BoxedPicture).mark(Marks(answer.size, boxes, self.chosen))
        self._explain()
        self.tell()

    # Grad-CAM

    def action_heat(self) -> None:
        self._explaining.next_head()
        self.lay_out()
        self.call_after_refresh(self._explain)

    def on_heat_row_room_changed(self, _: HeatRow.RoomChanged) -> None:
        self._explain()

    def action_next_model(self) -> None:
        if not self._explaining.head:
            self.say(
                f"{called('predict.heat')} explains a face first; then "
                f"{called('predict.next_model')} takes the next model",
                "warning",
            )
        elif self._explaining.next_map():
            self._explain()

    def action_epochs(self) -> None:
        if not self._explaining.head:
            self.say(
                f"{called('predict.heat')} explains a face first; then "
                f"{called('predict.epochs')} goes through the epochs",
                "warning",
            )
            return
        self._explaining.turn_epochs()
        self._explain()

    @work
    async def action_layer(self) -> None:
        """Explain the model on the left by another layer."""
        if not self._explaining.head:
            self.say("g explains a face first; then l chooses the layer", "warning")
            return
        heat = self._explaining.on_the_left
        if heat is None:
            self.say("There is no map yet whose layer could be chosen", "warning")
            return
        from agegender_tui.screens.pick_layer import PickLayerScreen

        model = self._explaining.models(self._room)[0]
        name = short_name(model.name)
        picked = await self.ask(PickLayerScreen(name, heat.layers, heat.layer))
        if picked is not None:
            self._explaining.choose_layer(model, picked)
            self._explain()

    @property
    def _room(self) -> int:
        """How many maps fit side by side."""
        return self.query_one(HeatRow).room

    @work(exclusive=True, group="explain")
    async def _explain(self) -> None:
        if not self._is_there:
            return
        row = self.query_one(HeatRow)
        if self._no_map:
            if self.problem == self._no_map:
                self.problem = ""
            self._no_map = ""
            self.tell()
        try:
            async for maps, words in self._explaining.maps(self.answer, self.chosen, self._room):
                row.show(maps, words)
        except UserError as error:
            row.show([None], "no map")
            self.problem = self._no_map = str(error)
            self.tell()

    # Files to keep

    @work(exclusive=True, group="save")
    async def action_save(self) -> None:
        """The picture with its boxes, what was said as CSV and JSON, and the maps in sight."""
        answer, chosen = self.answer, self.chosen
        if answer is None:
            self.say("There is nothing to save yet", "warning")
            return
        maps = self._explaining.wanted(answer, chosen, self._room)
        from trainer.data.picture_file import UnreadableFace

        try:
            folder = await asyncio.to_thread(export_folder)
            written = await asyncio.to_thread(save_answer, answer, chosen, folder)
            written += await self._explaining.save(maps, folder) if maps else []
        except UserError as error:
            self.say(str(error), "error")
        except UnreadableFace as why:
            self.say(f"{answer.file.name}: {why}", "error")
        else:
            names = ", ".join(path.name for path in written)
            self.say(f"wrote to {shown_path(folder)}: {names}", "information")

    def action_batch(self) -> None:
        """Predict a whole folder into a table, or stop doing so."""
        line = self.query_one(BatchLine)
        if line.runs:
            line.cancel()
            return
        if self.looked and not self.session.models:
            self.say(no_model(), "warning")
            return
        from agegender_tui.screens.batch import BatchScreen

        folder = self.folder
        table = f"{EXPORTS}/{folder.name or 'pictures'}-predictions.csv"

        def start(answer: tuple[str, Path] | None) -> None:
            if answer is None:
                return
            if not self.session.models:
                looking = (
                    f"Still looking for models: press {called('predict.batch')} again in a moment."
                )
                self.say(no_model() if self.looked else looking, "warning")
                return
            line.start(*answer, {**self.session.request([]), "crops": False})

        self.app.push_screen(BatchScreen(shown_path(folder), table), start)

    def on_batch_line_ended(self, event: BatchLine.Ended) -> None:
        self.say(event.words, event.level)

    # Words

    @property
    def _is_there(self) -> bool:
        """Not before it is mounted, nor while it is taken down with a question under way."""
        return self.is_mounted and all(map(self.query, self.PARTS))

    def tell(self) -> None:
        if not self._is_there:
            return
        self.tell_head()
        answer = self.answer
        faces = Content("")
        if answer is not None and answer.faces:
            faces = face_words.all_faces(answer, self.chosen, self.size.width - 2)
            self.query_one(FacePane).show(answer, self.chosen, self.session.uncalibrated)
        else:
            self.query_one(FacePane).clear()
        self.query_one("#faces", Static).update(faces)
        problem = self._sentence()
        line = self.query_one("#problem", Static)
        line.display = bool(problem)
        line.update(printable(problem))

    def _sentence(self) -> str:
        """The one thing that stands in the way, and what to do."""
        session = self.session
        if session.trouble:
            return f"{session.trouble}; r asks again"
        if self.problem:
            return self.problem
        if self.looked and not session.models:
            return no_model()
        if self.without_pictures:
            return "No picture here: choose a folder in the tree, or o to type a path."
        return ""

    def tell_head(self) -> None:
        if not self._is_there or self._clock is None:
            return
        words = heading(self.file, self.beside, self._doing(), self.session)
        title = Content.styled("Predict  ", "bold $text-primary")
        self.query_one("#head", Static).update(title + Content(words))

    def _doing(self) -> str:
        """What the process is busy with and for how long, else where it computes."""
        phase, clock = self.session.phase, self._clock
        if not self.looked:
            phase = "looking for models"
        if clock is None or not phase:
            self._began = 0.0
            if clock is not None:
                clock.pause()
            return self.session.device
        if not self._began:
            self._began = time.monotonic()
            clock.resume()
        seconds = time.monotonic() - self._began
        return f"{phase}, {seconds:.0f} s" if seconds >= 1 else phase

    # Layout

    def lay_out(self) -> None:
        self.set_class(self.size.width >= WIDE_FROM, "-wide")
        self.set_class(self.size.width >= HUGE_FROM, "-huge")
        self.set_class(self.size.height >= TALL_FROM, "-tall")
        self.set_class(self.size.height < 20, "-low")
        self.set_class(self.browses, "-browses")
        self.set_class(bool(self._explaining.head), "-heat")

    def action_back(self) -> None:
        """From the path's line, then from Grad-CAM, then to the runs."""
        if self.types:
            self.leave_path()
        elif self._explaining.head:
            self._explaining.head = ""
            self.lay_out()
            self._explain()
        else:
            self.app.pop_screen()
