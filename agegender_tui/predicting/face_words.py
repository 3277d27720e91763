"""What is said of faces, in words: estimates side by side, and all faces of a picture in a line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from agegender_tui.predicting.answers import Estimate, FileAnswer, FoundFace, HeatMap
from agegender_tui.predicting.terminal_lines import certainty, gender_word
from trainer.runs.layout import short_name
from trainer.text import printable

# The command line's longer one does not fit a line of 80.
WORD_ON_USE = "The data set's binary label and an estimated age, not a fact about a person."
NO_PART = "no part"  # as trainer.explain.gradcam has it; that module loads numpy
_NAMES = 8  # cells of the names before the columns


def interval(one: Estimate) -> str:
    """The bounds in years; a dash without a calibration."""
    if one.low is None or one.high is None:
        return "–"
    return f"{max(0.0, one.low):.0f}–{one.high:.0f}"


def in_short(face: FoundFace) -> str:
    """`female 31`, by the last estimate: the mean where there is one."""
    last = face.estimates[-1]
    return f"{gender_word(last.gender)} {last.age:.0f}"


def estimates_table(face: FoundFace, width: int) -> Content:
    """The models' words side by side, one column each, fitted to `width` cells."""
    columns = face.estimates
    room = max(7, min(16, (width - _NAMES) // max(1, len(columns))))

    def row(name: str, cells: Sequence[str], style: str = "") -> Content:
        fitted = "".join(set_cell_size(_fit(cell, room - 1), room) for cell in cells)
        return Content.assemble((f"{name:<{_NAMES}}", "$foreground-muted"), (fitted, style))

    return Content("\n").join(
        [
            row("", [short_name(one.model) for one in columns], "bold"),
            row("age", [f"{one.age:.1f}" for one in columns]),
            row("9 in 10", [interval(one) for one in columns]),
            row("gender", [gender_word(one.gender) for one in columns]),
            row("", [certainty(one.gender) for one in columns]),
        ]
    )


def _fit(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def face_title(answer: FileAnswer, chosen: int) -> str:
    """Which face it is, and how it was found."""
    face = answer.faces[chosen]
    how = "taken as it is" if face.as_it_is else "aligned"
    if face.score and not face.as_it_is:
        how += f", score {face.score:.2f}"
    return f"Face {chosen + 1} of {len(answer.faces)}, {how}"


def in_line(face: FoundFace, *, whole: bool) -> str:
    """`female, 31`, by the last estimate; the `whole` of it is `female, 31 (23–39), 94 %`."""
    last = face.estimates[-1]
    words = f"{gender_word(last.gender)}, {last.age:.0f}"
    if not whole:
        return words
    between = f" ({interval(last)})" if last.low is not None else ""
    return f"{words}{between}, {certainty(last.gender)}"


def all_faces(answer: FileAnswer, chosen: int, width: int) -> Content:
    """All faces from left to right in one line, the chosen one reversed, told whole and always in
    sight: beside the tree there may be no room for its table."""
    words = [
        f" {place + 1}: {in_line(face, whole=place == chosen)} "
        for place, face in enumerate(answer.faces)
    ]
    first = 0
    while first < chosen and sum(map(cell_len, words[first : chosen + 1])) + 7 > width:
        first += 1
    parts = [Content("… ")] if first else []
    words[first] = f" face{words[first]}"
    for place, word in enumerate(words[first:], start=first):
        parts.append(Content.styled(word, "reverse") if place == chosen else Content(word))
    return Content("").join(parts)


def heat_caption(heat: HeatMap) -> str:
    """What a map explains: `A kez2: toward a higher age, by block5_relu2`.

    Of an earlier epoch also what it said, for the table has the finished model's words only; its
    probability is the network's own, not calibrated.
    """
    name, layer = short_name(heat.model), printable(heat.layer)
    toward = heat.toward if heat.head == "age" else gender_word(heat.value)
    if heat.epoch:
        name += f", epoch {heat.epoch}{' (best)' * heat.best}"
        name += f", step {heat.step}" if heat.step else ""
        chance = f"{gender_word(heat.value)} {certainty(heat.value)}, uncalibrated"
        name += f", {heat.value:.1f} years" if heat.head == "age" else f", {chance}"
    if heat.cold:
        why = f"all that {layer} finds speaks against {toward}"
        if heat.cold == NO_PART:
            why = f"{layer} has no part in this answer"
        return f"{name}: no heat, for {why}; l takes another layer"
    return f"{name}: toward {toward}, by {layer}"
