"""The report on noise and bias of the data set that a screen shows: made, followed, written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import work

from agegender_tui.called import called
from agegender_tui.dataset.inspection import Inspection
from agegender_tui.dataset.session import Session
from agegender_tui.predicting.saving import exports
from agegender_tui.screens.dataset_opening import DatasetOpening
from trainer.errors import UserError
from trainer.text import printable


class DatasetReport(DatasetOpening):
    """A screen with a data set that keys have looked at; one report is made at a time."""

    _inspection: Inspection | None = None

    def stop_inspecting(self) -> None:
        """End the report that is being made, if there is one."""
        if self._inspection is not None:
            self._inspection.stop()

    def draw_anew(self) -> None:
        """Open the pictures that are shown again: files may have changed."""
        raise NotImplementedError

    def action_inspect(self) -> None:
        self._make_report([])

    def action_write(self) -> None:
        try:
            folder = exports()
        except UserError as error:
            self.say(str(error), "error")
            return
        name = self.session.folder.name or "faces"
        self._make_report([folder / f"{name}-report.html", folder / f"{name}-report.json"])

    def _make_report(self, files: Sequence[Path]) -> None:
        if self.faces is None:
            return
        if self.busy:
            self.say(f"busy: {self.busy}", "warning")
            return
        self.begin("looking at every picture")
        run = self.faces.model.run if self.faces.model else ""
        self._inspection = Inspection(self.session.source, self.runs_root, run, files)
        self._inspect(self.session, self._inspection, files)

    @work(thread=True, exclusive=True, group="inspect")
    def _inspect(self, session: Session, inspection: Inspection, files: Sequence[Path]) -> None:
        def tell(line: str) -> None:
            self.app.call_from_thread(self._progress, session, line)

        try:
            for path in files:
                path.parent.mkdir(parents=True, exist_ok=True)
            if not inspection.run(tell):
                return
            said, level = f"the report is ready: {called('data.findings')} shows it", "information"
            if files:
                said = "wrote " + " and ".join(printable(str(path)) for path in files)
        except UserError as error:
            said, level = str(error), "error"
        except OSError as error:
            said, level = f"the report was not made: {error.strerror or error}", "error"
        self.app.call_from_thread(self._inspected, session, said, level)

    def _progress(self, session: Session, line: str) -> None:
        if session is self.session:
            self.busy = line
            self.tell_head()

    def _inspected(self, session: Session, said: str, level: str) -> None:
        self.say(said, level)
        if session is self.session and self.faces is not None:
            self.end()
            self.draw_anew()
            self.reread(session, self.faces)
