"""What went wrong with the run, whole: a header line has no room for a sentence and its remedy."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from agegender_tui.called import called
from agegender_tui.run_view import RunView
from agegender_tui.silence import silence_text
from trainer.text import printable


def trouble(view: RunView, silent: float = 0.0) -> str:
    """Why nothing is read for `silent` seconds, why the run failed, or how to go on without its
    worker; '' where nothing is wrong."""
    if silence := silence_text(view.run.path.parent, silent):
        return f"{silence[0].upper()}{silence[1:]}."
    if view.shown == "failed":
        return printable(view.state.text)
    if view.shown == "lost" and view.state.state == "starting":
        return (
            "Its worker died while it was starting: `agegender-tui doctor` says what does not "
            "load; r tries again."
        )
    if view.shown == "lost":
        goes_on = "resumes it from its last checkpoint"
        if not view.has_checkpoint:
            goes_on = "begins it anew, for it has no checkpoint yet"
        return f"Its worker is gone without a word: {called('run.resume')} {goes_on}."
    return ""


class RunTrouble(Static):
    """The lines below the header that are there only in trouble."""

    def __init__(self) -> None:
        super().__init__(id="trouble", markup=False)

    def show(self, view: RunView, silent: float) -> None:
        text = trouble(view, silent)
        self.display = bool(text)
        self.update(Content(text))
