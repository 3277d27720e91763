"""The Predict screen: the faces of a picture, what models say of them, and what they looked at."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, Input, Static, Tree

from agegender_tui.keymap import bindings, opens_text
from agegender_tui.predicting import face_words
from agegender_tui.predicting.answers import FileAnswer, HeatMap
from agegender_tui.predicting.boxes import Marks
from agegender_tui.predicting.many_files import is_picture
from agegender_tui.predicting.model_choice import NO_MODEL, usual_models
from agegender_tui.predicting.saving import EXPORTS, export_folder, save_answer
from agegender_tui.predicting.session import MODES, Session
from agegender_tui.predicting.shown_path import shown_path
from agegender_tui.predicting.terminal_lines import NO_FACE
from agegender_tui.widgets.batch_line import BatchLine
from agegender_tui.widgets.boxed_picture import BoxedPicture
from agegender_tui.widgets.face_pane import FacePane
from agegender_tui.widgets.file_tree import FileTree
from agegender_tui.widgets.heat_row import HeatRow
from agegender_tui.widgets.path_input import PathInput
from trainer.errors import UserError
from trainer.prediction.catalog import SavedModel
from trainer.prediction.protocol import cam_name
from trainer.text import printable

WIDE_FROM = 110
HUGE_FROM = 170
TALL_FROM = 48  # room for the picture above its Grad-CAM maps
HEADS = ("", "age", "gender")
MODE_WORDS = {"auto": "", "crops": "as crops", "find": "faces searched for"}


class PredictScreen(Screen[None]):
    """It stays as it was left while other screens are shown; the models stay loaded."""

    CSS_PATH = "predict.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("predict")]

    def __init__(self, folder: Path, runs_root: Path) -> None:
        super().__init__()
        self._folder, self._runs_root = folder, runs_root
        self._session = Session(self._tell_head)
        self._looked_for_models = False
        self._pictures: dict[Path, tuple[Path, ...]] = {}
        self._file: Path | None = None
        self._answer: FileAnswer | None = None
        self._chosen = 0
        self._head = ""  # explained by Grad-CAM, one of HEADS
        self._first = 0  # of the models, the one that is explained on the left
        self._by_epochs = False
        self._first_epoch = 0  # of those kept, the one that is shown on the left
        self._layers: dict[Path, str] = {}  # by which models are explained, where one was chosen
        self._maps: list[HeatMap | None] = []
        self._browses = True
        self._problem = ""
        self._began = 0.0
        self._clock: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield PathInput(
            id="path", placeholder="a picture or a folder; → takes the proposal", wanted=is_picture
        )
        with Horizontal(id="body"):
            yield FileTree(self._folder, id="tree")
            with Container(id="middle"):
                yield BoxedPicture(id="picture")
                yield HeatRow(id="heats")
            yield FacePane(id="face")
        yield Static(id="problem", markup=False)
        yield BatchLine(id="batch")
        yield Static(id="faces", markup=False)
        yield Static(face_words.WORD_ON_USE, id="use", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self._clock = self.set_interval(1.0, self._tell_head, pause=True)
        self._arrange()
        self.query_one(FileTree).focus()
        self._show_folder(self._folder)
        self._begin()

    async def on_unmount(self) -> None:
        await self._session.close()

    def on_resize(self) -> None:
        self._arrange()
        self._tell()

    # Files

    def _show_folder(self, folder: Path) -> None:
        self._folder = folder
        self._pictures.clear()
        self.query_one(FileTree).show_folder(folder)

    def on_file_tree_read(self, event: FileTree.Read) -> None:
        listing = event.listing
        self._pictures[listing.folder] = listing.pictures
        if event.problem:
            self._say(event.problem, "error")
        elif self._file is not None:
            self.query_one(FileTree).point_to(self._file)
        elif listing.folder == self._folder and listing.pictures:
            self._open(listing.pictures[0])
        self._tell()

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Path]) -> None:
        """A picture is shown as soon as the cursor is on it, and still is."""
        node = event.node
        if node is self.query_one(FileTree).cursor_node and not node.allow_expand and node.data:
            self._open(node.data)

    def on_tree_node_selected(self, event: Tree.NodeSelected[Path]) -> None:
        if event.node.data is not None and not event.node.allow_expand:
            self._open(event.node.data)
            if self.size.width < WIDE_FROM:
                self._browses = False
                self._arrange()

    def _open(self, file: Path) -> None:
        if file == self._file:
            return
        self._file, self._answer, self._chosen, self._problem = file, None, 0, ""
        self.query_one(BoxedPicture).open(file)
        self.query_one(FileTree).point_to(file)
        path = self.query_one("#path", Input)
        if not path.has_focus:
            path.value = shown_path(file)
        self._predict()
        self._tell()

    def on_boxed_picture_unreadable(self, event: BoxedPicture.Unreadable) -> None:
        if event.file == self._file:
            self._problem = f"{printable(event.file.name)}: {event.why}"
            self._tell()

    @property
    def _siblings(self) -> tuple[Path, ...]:
        return self._pictures.get(self._file.parent, ()) if self._file is not None else ()

    def action_file(self, by: int) -> None:
        files = self._siblings
        if self._file is None or not files:
            return
        at = files.index(self._file) + by if self._file in files else 0
        if 0 <= at < len(files):
            self._open(files[at])

    def action_up(self) -> None:
        parent = self._folder.parent
        if parent != self._folder:
            self._file = None
            self._show_folder(parent)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the path's line the keys that open a line of text are text themselves."""
        return not (self._types and opens_text("predict", action))

    @property
    def _types(self) -> bool:
        return self.focused is not None and self.focused.id == "path"

    def action_path(self) -> None:
        # At once, not as `focus` does after the keys that are already waiting.
        self.set_focus(self.query_one("#path", Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        self._leave_path()
        if typed:
            self._go(typed)

    @work(exclusive=True, group="go")
    async def _go(self, typed: str) -> None:
        def look() -> tuple[Path, bool, bool]:
            path = Path(typed).expanduser().absolute()
            return path, path.is_dir(), path.exists()

        try:
            path, folder, there = await asyncio.to_thread(look)
        except (OSError, ValueError, RuntimeError) as error:
            self._say(f"{typed}: cannot be opened ({error}); type another path", "error")
            return
        if folder:
            self._file = None
            self._show_folder(path)
        elif there:
            self._open(path)
            self._show_folder(path.parent)
        else:
            self._say(f"{typed}: there is no such file or folder; type another path", "error")

    def _leave_path(self) -> None:
        field = self.query_one("#path", Input)
        field.value = shown_path(self._file or self._folder)
        self.set_focus(self.query_one(FileTree) if self._browses else None)

    # Models

    @work(thread=True, group="models")
    def _begin(self) -> None:
        models = usual_models(self._runs_root)
        self.app.call_from_thread(self._take_models, models)

    def _take_models(self, models: tuple[SavedModel, ...]) -> None:
        self._looked_for_models = True
        self._session.models = models
        self._first = 0
        if models:
            self._load()
        self._anew()

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        """So that the first picture need not wait for TensorFlow as well."""
        try:
            await self._session.load()
        except UserError as error:
            self._problem = str(error)
        self._tell()

    @work
    async def action_models(self) -> None:
        from agegender_tui.screens.models import ModelsScreen

        chosen = await self.app.push_screen_wait(ModelsScreen(self._runs_root, self._session))
        before = [model.file for model in self._session.models]
        if chosen is not None and [model.file for model in chosen] != before:
            self._take_models(chosen)

    # Predictions

    def _anew(self) -> None:
        """Ask again, the models or an option being others."""
        self._problem = ""
        if self._file is not None:
            self._predict()
        self._tell()

    @work(exclusive=True, group="predict")
    async def _predict(self) -> None:
        file = self._file
        if file is None or not self._session.models:
            return
        try:
            answer = await self._session.predict(file)
        except UserError as error:
            self._problem = str(error)
        else:
            self._take(answer)
        self._tell()

    def _take(self, answer: FileAnswer) -> None:
        self._answer = answer
        self._chosen = min(self._chosen, max(0, len(answer.faces) - 1))
        if answer.problem:
            remedy = "; c takes the picture for a face as it is" * (answer.problem == NO_FACE)
            self._problem = f"{printable(answer.file.name)}: {answer.problem}{remedy}"
        self._show_face()

    def _show_face(self) -> None:
        answer = self._answer
        if answer is not None:
            boxes = tuple(face.box for face in answer.faces)
            self.query_one(BoxedPicture).mark(Marks(answer.size, boxes, self._chosen))
        self._explain()
        self._tell()

    def action_face(self, by: int) -> None:
        if self._answer is not None and self._answer.faces:
            self._chosen = (self._chosen + by) % len(self._answer.faces)
            self._show_face()

    def action_flip(self) -> None:
        self._session.flip = not self._session.flip
        if self._session.models:
            self._load()  # for mirrored faces it is calibrated apart
        self._anew()

    def action_mode(self) -> None:
        modes = MODES
        self._session.mode = modes[(modes.index(self._session.mode) + 1) % len(modes)]
        self._anew()

    def action_again(self) -> None:
        if not self._session.models:
            self._begin()
        else:
            self._load()
            self._anew()

    # Grad-CAM

    def action_heat(self) -> None:
        self._head = HEADS[(HEADS.index(self._head) + 1) % len(HEADS)]
        self._by_epochs = False
        self._arrange()
        self.call_after_refresh(self._explain)

    def action_next_model(self) -> None:
        if not self._head or not self._maps:
            return
        if self._by_epochs:
            self._first_epoch = (self._first_epoch + 1) % len(self._maps)
        else:
            self._first = (self._first + 1) % len(self._session.models)
        self._explain()

    def action_epochs(self) -> None:
        if self._head:
            self._by_epochs, self._first_epoch = not self._by_epochs, 0
            self._explain()

    @work
    async def action_layer(self) -> None:
        """Explain the model on the left by another layer."""
        heat = next(filter(None, self._maps), None) if self._head else None
        if heat is None:
            self._say("g explains a face first; then l chooses the layer", "warning")
            return
        from agegender_tui.screens.pick_layer import PickLayerScreen

        model = self._explained()[0]
        name = face_words.short_name(model.name)
        picked = await self.app.push_screen_wait(PickLayerScreen(name, heat.layers, heat.layer))
        if picked is not None:
            self._layers[model.file] = picked
            self._explain()

    def _explained(self) -> tuple[SavedModel, ...]:
        """The models whose maps there is room for, from the one that `v` chose."""
        models = self._session.models[self._first :] + self._session.models[: self._first]
        return models[: self.query_one(HeatRow).room]

    @work(exclusive=True, group="explain")
    async def _explain(self) -> None:
        answer, row = self._answer, self.query_one(HeatRow)
        self._maps = []
        if not self._head or not self._session.models:
            return
        if answer is None or not answer.faces:
            row.show([None], "no face to explain" if answer is not None else "")
            return
        face = answer.faces[self._chosen]
        models = self._explained()
        maps: list[HeatMap | None] = [None] * len(models)
        try:
            if self._by_epochs:
                row.show([None], "explaining…")
                layer = self._layers.get(models[0].file, "")
                kept = await self._session.epochs(models[0], face, self._head, layer)
                self._maps = [*kept[self._first_epoch :], *kept[: self._first_epoch]]
                row.show(self._maps)
                return
            row.show(maps, "explaining…")
            for place, model in enumerate(models):
                layer = self._layers.get(model.file, "")
                maps[place] = await self._session.explain(model, face, self._head, layer)
                row.show(maps, "explaining…")
            self._maps = maps
        except UserError as error:
            row.show([None], "no map")
            self._problem = str(error)
            self._tell()

    # Files to keep

    @work(exclusive=True, group="save")
    async def action_save(self) -> None:
        """The picture with its boxes, what was said as CSV and JSON, and the maps in sight."""
        answer = self._answer
        if answer is None:
            self._say("There is nothing to save yet", "warning")
            return
        from trainer.data.picture_file import UnreadableFace

        try:
            folder = await asyncio.to_thread(export_folder)
            written = await asyncio.to_thread(save_answer, answer, self._chosen, folder)
            if self._head and answer.faces:
                written += await self._save_maps(answer, folder)
        except UserError as error:
            self._say(str(error), "error")
        except UnreadableFace as why:
            self._say(f"{answer.file.name}: {why}", "error")
        else:
            names = ", ".join(path.name for path in written)
            self._say(f"wrote to {shown_path(folder)}: {names}", "information")

    async def _save_maps(self, answer: FileAnswer, folder: Path) -> list[Path]:
        face, written = answer.faces[self._chosen], []
        for model in self._explained():
            path = folder / cam_name(
                answer.file, self._chosen + 1, model.name, model.file, self._head
            )
            layer = self._layers.get(model.file, "")
            await self._session.explain(model, face, self._head, layer, save=path)
            written.append(path)
        return written

    def action_batch(self) -> None:
        """Predict a whole folder into a table, or stop doing so."""
        line = self.query_one(BatchLine)
        if line.runs:
            line.cancel()
            return
        if self._looked_for_models and not self._session.models:
            self._say(NO_MODEL, "warning")
            return
        from agegender_tui.screens.batch import BatchScreen

        folder = self._folder
        table = f"{EXPORTS}/{folder.name or 'pictures'}-predictions.csv"

        def start(answer: tuple[str, Path] | None) -> None:
            if answer is None:
                return
            if not self._session.models:
                looking = "Still looking for models: press b again in a moment."
                self._say(NO_MODEL if self._looked_for_models else looking, "warning")
                return
            line.start(*answer, {**self._session.request([]), "crops": False})

        self.app.push_screen(BatchScreen(shown_path(folder), table), start)

    def on_batch_line_ended(self, event: BatchLine.Ended) -> None:
        self._say(event.words, event.level)

    # Words

    def _tell(self) -> None:
        if not self.is_mounted:
            return
        self._tell_head()
        answer = self._answer
        faces = Content("")
        if answer is not None and answer.faces:
            faces = face_words.all_faces(answer, self._chosen, self.size.width - 2)
            self.query_one(FacePane).show(answer, self._chosen, self._session.uncalibrated)
        else:
            self.query_one(FacePane).clear()
        self.query_one("#faces", Static).update(faces)
        problem = self._sentence()
        line = self.query_one("#problem", Static)
        line.display = bool(problem)
        line.update(printable(problem))

    def _sentence(self) -> str:
        """The one thing that stands in the way, and what to do."""
        session = self._session
        if session.trouble:
            return f"{session.trouble}; r asks again"
        if self._problem:
            return self._problem
        if self._looked_for_models and not session.models:
            return NO_MODEL
        if self._file is None and self._folder in self._pictures:
            return "No picture here: choose a folder in the tree, or o to type a path."
        return ""

    def _tell_head(self) -> None:
        if not self.is_mounted or self._clock is None:
            return
        words = []
        if self._file is not None:
            words.append(printable(self._file.name))
            if self._file in self._siblings:
                at = self._siblings.index(self._file) + 1
                words.append(f"{at:,} of {len(self._siblings):,}")
        words.append(self._doing())
        names = [face_words.short_name(model.name) for model in self._session.models]
        words.append(", ".join([*names, "mean"] if len(names) > 1 else names))
        words.append("flip" if self._session.flip else "")
        words.append(MODE_WORDS[self._session.mode])
        title = Content.styled("Predict  ", "bold $text-primary")
        self.query_one("#head", Static).update(title + Content(" · ".join(filter(None, words))))

    def _doing(self) -> str:
        """What the process is busy with and for how long, else where it computes."""
        phase, clock = self._session.phase, self._clock
        if not self._looked_for_models:
            phase = "looking for models"
        if clock is None or not phase:
            self._began = 0.0
            if clock is not None:
                clock.pause()
            return self._session.device
        if not self._began:
            self._began = time.monotonic()
            clock.resume()
        seconds = time.monotonic() - self._began
        return f"{phase}, {seconds:.0f} s" if seconds >= 1 else phase

    # Layout

    def _arrange(self) -> None:
        self.set_class(self.size.width >= WIDE_FROM, "-wide")
        self.set_class(self.size.width >= HUGE_FROM, "-huge")
        self.set_class(self.size.height >= TALL_FROM, "-tall")
        self.set_class(self.size.height < 20, "-low")
        self.set_class(self._browses, "-browses")
        self.set_class(bool(self._head), "-heat")

    def action_tree(self) -> None:
        self._browses = not self._browses
        self._arrange()
        self.set_focus(self.query_one(FileTree) if self._browses else None)

    def action_back(self) -> None:
        """From the path's line, then from Grad-CAM, then to the runs."""
        if self._types:
            self._leave_path()
        elif self._head:
            self._head = ""
            self._arrange()
        else:
            self.app.pop_screen()

    def _say(self, text: str, level: str) -> None:
        severity: Any = level
        self.notify(printable(text), severity=severity, markup=False)
