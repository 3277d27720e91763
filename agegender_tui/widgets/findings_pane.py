"""What the report found, and below it what to do about the finding under the cursor."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, Static

from agegender_tui.called import called
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.widgets.findings_list import FindingsList
from trainer.data.report_store import KnownFinding
from trainer.text import printable


class FindingsPane(Vertical):
    """Posts `Chosen` for a finding whose faces are to be shown."""

    DEFAULT_CSS = """
    FindingsPane { layout: vertical; }
    FindingsPane #advice { height: auto; max-height: 3; padding: 0 1; background: $surface; }
    """

    class Chosen(Message):
        """The faces of this finding are wanted."""

        def __init__(self, finding: KnownFinding) -> None:
            super().__init__()
            self.finding = finding

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._faces: FaceSet | None = None

    def compose(self) -> ComposeResult:
        yield FindingsList(markup=False)
        yield Static(id="advice", markup=False)

    def look_at(self, faces: FaceSet | None) -> None:
        """Another data set, or another state of it; None while there is none."""
        self._faces = faces
        self.query_one(FindingsList).fill(faces.findings if faces else [])
        self._advise()

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        self._advise()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self._faces is not None and self._faces.findings[event.option_index].faces:
            self.post_message(self.Chosen(self._faces.findings[event.option_index]))

    def _advise(self) -> None:
        faces, place = self._faces, self.query_one(FindingsList).highlighted
        look = called("data.inspect")
        words = f"No report yet: {look} looks at every picture, some seconds for 5,000."
        if faces is not None and faces.report is not None:
            words = f"Nothing was found. {look} looks again."
        if faces is not None and place is not None and place < len(faces.findings):
            finding = faces.findings[place]
            shows = "enter shows the faces," if finding.faces else "There are no faces to show;"
            words = f"{finding.advice} {shows} w writes the report."
        self.query_one("#advice", Static).update(printable(words))
