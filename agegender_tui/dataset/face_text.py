"""A face in words: its caption in the grid, its line below, and all that is known of it."""

from __future__ import annotations

from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.predicting.terminal_lines import certainty
from trainer.data.statistics import GENDERS, RACES
from trainer.text import printable

EXCLUDED_MARK, CORRECTED_MARK, FLAG_MARK = "×", "✎", "!"


def caption(faces: FaceSet, row: int, width: int) -> str:
    """Age and gender in at most `width` cells, then a mark each for excluded, corrected and
    flagged faces."""
    label = faces.label(row)
    marks = (
        EXCLUDED_MARK * faces.excluded(row)
        + CORRECTED_MARK * faces.corrected(row)
        + FLAG_MARK * bool(faces.flags.get(row))
    )
    known = faces.partial(row)
    code: int | None
    if label is not None:
        age, code = str(label.age), label.gender
    elif known is not None:
        age, code = age_text(known.ages), known.gender
    else:
        return "no label"[:width]
    gender = "?" if code is None else GENDERS[code]
    word = gender if len(age) + 2 + len(marks) + len(gender) <= width else gender[0]
    return f"{age} {word}{' ' if marks else ''}{marks}"[:width]


def age_text(ages: tuple[int, int] | None) -> str:
    """`20–29`, `26` where it is exact, `?` where nothing is known."""
    if ages is None:
        return "?"
    first, last = ages
    return str(first) if first == last else f"{first}–{last}"


def line(faces: FaceSet, row: int) -> str:
    """What matters most, for one line below the grid."""
    said = faces.prediction(row)
    parts = [
        printable(faces.name(row)),
        label_words(faces, row),
        faces.part(row),
        "excluded" if faces.excluded(row) else "",
        "label corrected" if faces.corrected(row) else "",
        f"model: {said.age:.0f} {GENDERS[said.gender]}" if said else "",
        ", ".join(kind for kind, _ in faces.flags.get(row, ())),
    ]
    return " · ".join(filter(None, parts))


def label_words(faces: FaceSet, row: int) -> str:
    """`26 female, race 2 Asian`, `20–29 female, with a range of ages only: no run uses it`, or why
    there is no label."""
    label, known = faces.label(row), faces.partial(row)
    if label is not None:
        return f"{label.age} {GENDERS[label.gender]}{_race_words(label.race)}"
    if known is None:
        return printable(faces.why_unlabelled(row))
    gender = "" if known.gender is None else f" {GENDERS[known.gender]}"
    age = "age unknown" if known.ages is None else age_text(known.ages)
    return f"{age}{gender}{_race_words(known.race)}, {known.lacks()}: no run uses it"


def _race_words(race: int | None) -> str:
    return f", race {race} {RACES[race]}" if race is not None else ""


def facts(faces: FaceSet, row: int, pixels: tuple[int, int] | None) -> list[tuple[str, str]]:
    """(name, value) of everything known; `pixels` is width and height once it was opened."""
    said = faces.prediction(row)
    found = [
        ("file", printable(faces.name(row))),
        ("label", label_words(faces, row)),
        ("", "corrected by you" if faces.corrected(row) else ""),
        ("use", "excluded from runs" if faces.excluded(row) else ""),
        ("part", faces.part(row) and f"{faces.part(row)} ({faces.parts_from})"),
        ("size", _size(faces, row, pixels)),
    ]
    if faces.model:
        found.append(("model", faces.model.run))
        trained = "it trained on" if faces.part(row) == "train" else "its run did not use"
        found.append(("says", _said(faces, row) if said else f"nothing: {trained} this face"))
    for kind, why in faces.flags.get(row, ()):
        found.append(("flag", f"{kind}: {printable(why)}" if why else kind))
    found.append(("folder", printable(str(faces.index.folder))))
    return [(name, value) for name, value in found if value]


def _size(faces: FaceSet, row: int, pixels: tuple[int, int] | None) -> str:
    size = f"{pixels[0]}×{pixels[1]} pixels" if pixels else ""
    if row >= faces.labelled:
        return size
    used = f"{faces.index.sizes[row]:,} bytes"
    return f"{size}, {used}" if size else used


def _said(faces: FaceSet, row: int) -> str:
    said = faces.prediction(row)
    label = faces.label(row)
    if said is None or label is None:
        return ""
    off = said.age - label.age
    return f"{said.age:.1f} years ({off:+.1f}), {GENDERS[said.gender]} at {certainty(said.female)}"
