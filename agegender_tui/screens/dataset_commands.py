"""What keys do to the data set that a screen shows: judge it by a model, curate it, change it for
another; all that takes a while off the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from textual import work

from agegender_tui.dataset.curating import check_pictured, no_longer_there
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.opening import row_of
from agegender_tui.dataset.session import Session
from agegender_tui.screens.dataset_report import DatasetReport
from trainer.data.labels import Label
from trainer.data.registered import resolve
from trainer.data.source import DataSource
from trainer.errors import UserError
from trainer.runs.layout import RunDir
from trainer.text import printable


class DatasetCommands(DatasetReport):
    """A screen with faces under a cursor. They are called by their names: until a command has its
    turn, or its question is answered, a face may have another row."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._turn = asyncio.Lock()

    def target(self) -> str:
        """The face that the keys act on; '' if there is none in sight."""
        raise NotImplementedError

    def targets(self) -> Sequence[str]:
        """The faces that are marked, or else the one that the keys act on."""
        raise NotImplementedError

    def open_source(self, source: DataSource) -> None:
        """Look at another data set."""
        raise NotImplementedError

    @work
    async def action_model(self) -> None:
        from agegender_tui.screens.pick_run import PickRunScreen

        if self.faces is None:
            return
        chosen = self.faces.model.run if self.faces.model else None
        picked = await self.ask(
            PickRunScreen(
                self.runs_root,
                "",
                [chosen] if chosen else [],
                question="Which run's model judges these faces?",
            )
        )
        if picked is not None:
            run = None if picked == chosen else RunDir(self.runs_root / picked)
            self._carry_out(lambda session, faces: ("", session.judge(faces, run)))

    def action_exclude(self) -> None:
        names = self.targets()
        if names:
            self._carry_out(lambda session, faces: session.toggle(faces, _rows(faces, names)))

    def action_undo(self) -> None:
        self._carry_out(lambda session, faces: session.undo(faces))

    def action_correct(self) -> None:
        from agegender_tui.screens.correct_label import CorrectLabelScreen

        faces, name = self.faces, self.target()
        row = row_of(faces, name) if faces is not None and name else None
        if faces is None or row is None:
            return
        try:
            check_pictured(faces, row)
        except UserError as error:
            self.say(str(error), "error")
            return

        def keep(answer: tuple[Label | None] | None) -> None:
            if answer is not None:
                label = answer[0]
                self._carry_out(
                    lambda session, now: session.correct(now, _rows(now, [name])[0], label)
                )

        race, picture = faces.race_code(row), faces.index.folder / name
        dialog = CorrectLabelScreen(printable(name), faces.label(row), race, picture)
        self.app.push_screen(dialog, keep)

    def _carry_out(self, what: Callable[[Session, FaceSet], tuple[str, FaceSet]]) -> None:
        if self.faces is not None:
            self._carry_out_in_turn(self.session, self.faces, what)

    @work(group="curate", exclusive=False)
    async def _carry_out_in_turn(
        self,
        session: Session,
        faces: FaceSet,
        what: Callable[[Session, FaceSet], tuple[str, FaceSet]],
    ) -> None:
        """Each begins with what the one before it came to."""
        async with self._turn:
            if session is self.session and self.faces is not None:
                faces = self.faces
            try:
                said, after = await asyncio.to_thread(what, session, faces)
            except UserError as error:
                self.say(str(error), "error")
            else:
                self._carried_out(session, said, after)

    def _carried_out(self, session: Session, said: str, faces: FaceSet) -> None:
        if said:
            self.say(said, "information")
        if session is self.session:
            self.faces = faces
            self.forget_marks()
            self.changed(faces)

    @work
    async def action_folder(self) -> None:
        from agegender_tui.screens.pick_folder import PickFolderScreen

        named = await self.ask(PickFolderScreen(str(self.session.source)))
        if named:
            self._open_named(named)

    @work
    async def action_keep(self) -> None:
        from agegender_tui.screens.register_dataset import RegisterDatasetScreen

        named = await self.ask(RegisterDatasetScreen(str(self.session.source)))
        if named:
            self.say(f"kept as {named}: train --data {named} uses it", "information")
            self._open_named(named)

    @work
    async def action_fetch(self) -> None:
        from agegender_tui.screens.fetch_utkface import FetchUTKFaceScreen

        folder = await self.ask(FetchUTKFaceScreen())
        if folder is not None:
            self.open_source(DataSource(folder))

    def _open_named(self, named: str) -> None:
        """Look at what a registered name, a folder or `layout:folder` means."""
        try:
            self.open_source(resolve(named))
        except UserError as error:
            self.say(str(error), "error")


def _rows(faces: FaceSet, names: Sequence[str]) -> list[int]:
    """Where these faces are now. Raises DataError where none is there any more."""
    found = [row for row in (row_of(faces, name) for name in names) if row is not None]
    if not found:
        raise no_longer_there(faces, names[0])
    return found
