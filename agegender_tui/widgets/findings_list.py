"""The findings of the report, worst first; each leads to its faces."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from trainer.data.report_store import KnownFinding
from trainer.text import printable

_LOOKS = {
    "error": ("✘", "$text-error"),
    "warning": ("!", "$text-warning"),
    "note": ("·", "$text-muted"),
}


class FindingsList(OptionList):
    """Answers with the place of the finding chosen."""

    DEFAULT_CSS = """
    FindingsList { height: 1fr; border: none; padding: 0 1; background: $background; }
    FindingsList > .option-list--option-highlighted,
    FindingsList:focus > .option-list--option-highlighted { background: $primary 40%; }
    FindingsList:focus { border: none; background-tint: transparent; }
    """

    def fill(self, findings: Sequence[KnownFinding]) -> None:
        """Show these; the highlight stays at its place."""
        before = self.highlighted
        self.clear_options()
        widest = max((len(f"{len(one.faces):,}") for one in findings), default=1)
        for place, one in enumerate(findings):
            glyph, style = _LOOKS.get(one.severity, _LOOKS["note"])
            words = Content.assemble(
                (f"{glyph} {one.severity:<8}", style),
                f"{len(one.faces):>{widest},}  ",
                (printable(one.title), "bold"),
            )
            self.add_option(Option(words, id=str(place)))
        if findings:
            self.highlighted = min(before or 0, len(findings) - 1)
