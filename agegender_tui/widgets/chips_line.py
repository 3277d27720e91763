"""What narrows, orders or marks a list stays in sight while it does."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widgets import Static

from trainer.text import printable


class ChipsLine(Static):
    """One line of chips and how to be rid of them; hidden without any."""

    def __init__(self) -> None:
        super().__init__(id="chips", markup=False)

    def show(
        self, words: Iterable[str], marked: int, hint: str = "esc clears", covered: bool = False
    ) -> None:
        """A chip for each of `words`, and one for how many are `marked`; not while it is `covered`
        by something else."""
        chips = [Content.styled(f" {printable(word)} ", "reverse") for word in words]
        if marked:
            chips.append(Content.styled(f" {marked} marked ", "reverse $accent"))
        self.display = bool(chips) and not covered
        self.update(Content(" ").join([*chips, Content.styled(hint, "$text-muted")]))
