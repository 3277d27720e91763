"""What the curves of the runs show, in words."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agegender_tui.run_view import RunView
from trainer.evaluation.diagnosis import Finding


def findings_text(runs: Sequence[RunView]) -> Content:
    """A paragraph a finding, faults marked; of several runs each below its name."""
    blocks: list[Content] = []
    for view in runs:
        if len(runs) > 1:
            blocks.append(Content.styled(view.compared.name, "bold $text-primary"))
        blocks += [_paragraph(finding) for finding in view.findings]
    return Content("\n").join(blocks)


def _paragraph(finding: Finding) -> Content:
    mark = ("! ", "bold $text-warning") if finding.fault else ("· ", "$text-muted")
    head, colon, rest = finding.words.partition(":")
    return Content.assemble(mark, (head, "bold"), colon + rest)


class DiagnosisPane(VerticalScroll):
    """The findings, scrolling."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="diagnosis")

    def compose(self) -> ComposeResult:
        yield Static(id="diagnosis-text", markup=False)

    def show(self, runs: Sequence[RunView]) -> None:
        """What is found in these runs as they now stand."""
        self.query_one("#diagnosis-text", Static).update(findings_text(runs))
