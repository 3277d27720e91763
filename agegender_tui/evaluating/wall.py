"""The faces that a model is most wrong about, as a grid shows them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agegender_tui.predicting.terminal_lines import certainty, gender_word
from trainer.data.statistics import GENDERS
from trainer.text import printable

if TYPE_CHECKING:
    from trainer.evaluation.scored import Scored

AGE, GENDER = "age", "gender"
TURNS = {AGE: "largest age errors", GENDER: "surest wrong genders"}
MOST = 500  # faces: nobody looks through more
WHOLE_WORDS = 17  # cells from which captions have whole words: `→110 female 99.9%`


@dataclass(frozen=True)
class Miss:
    """One face: `low` and `high` are the years its label allows, the same where it is exact, None
    where it has none; `gender` 0, 1 or None; `said` years and `female` the probability of gender
    1; `error` years that the age is off."""

    name: str
    low: int | None
    high: int | None
    gender: int | None
    said: float
    female: float
    error: float

    @property
    def age_words(self) -> str:
        """`26`, `25–32`, or a question mark."""
        if self.low is None or self.high is None:
            return "?"
        return str(self.low) if self.low == self.high else f"{self.low}–{self.high}"

    @property
    def gender_words(self) -> str:
        return "?" if self.gender is None else GENDERS[self.gender]


@dataclass(frozen=True)
class Wall:
    """Misses, the worst first, of the faces below `folder`; `left_out` are those that the user has
    excluded since."""

    folder: Path
    misses: tuple[Miss, ...]
    left_out: frozenset[str] = field(default=frozenset(), repr=False)

    def __len__(self) -> int:
        return len(self.misses)

    def name(self, row: int) -> str:
        """Path relative to the folder."""
        return self.misses[row].name

    def excluded(self, row: int) -> bool:
        """Whether the user has excluded the face."""
        return self.misses[row].name in self.left_out

    def caption(self, row: int, width: int) -> tuple[str, str]:
        """Its label, and what the model said, in at most `width` cells each."""
        one = self.misses[row]
        label, said = one.gender_words, gender_word(one.female)
        sure = certainty(one.female).replace(" ", "")
        mark = " ×" if self.excluded(row) else ""
        if width < WHOLE_WORDS:
            label, said = label[0], said[0]
        first, second = f"{one.age_words} {label}{mark}", f"→{one.said:.0f} {said} {sure}"
        if len(second) > width:
            second = f"→{one.said:.0f} {said}"
        return first[:width], second[:width]

    def line(self, row: int) -> str:
        """All of it in a line."""
        one = self.misses[row]
        off = f" ({one.error:+.1f} years)" if one.error == one.error else ""
        return (
            f"{printable(one.name)} · label {one.age_words} {one.gender_words} · said "
            f"{one.said:.1f}{off}, {gender_word(one.female)} {certainty(one.female)}"
            + (" · excluded" if self.excluded(row) else "")
        )

    def excluding(self, names: frozenset[str]) -> Wall:
        """With these faces shown as excluded."""
        return replace(self, left_out=names)


def wall(scored: Scored, turn: str) -> Wall:
    """The `MOST` worst by age or by gender. Needs numpy: on a thread."""
    from trainer.evaluation.worst import worst_ages, worst_genders

    if turn == AGE:
        found = worst_ages(scored.age_low, scored.age_high, scored.ages, MOST)
    else:
        found = worst_genders(scored.genders, scored.female, MOST)
    return Wall(scored.folder, tuple(_miss(scored, one.row) for one in found))


def _miss(scored: Scored, row: int) -> Miss:
    low, high, said = (float(part[row]) for part in (scored.age_low, scored.age_high, scored.ages))
    known = low == low and high == high
    gender = int(scored.genders[row])
    error = said - high if said > high else said - low if said < low else 0.0
    return Miss(
        scored.files[row],
        int(low) if known else None,
        int(high) if known else None,
        gender if gender in (0, 1) else None,
        said,
        float(scored.female[row]),
        error if known else float("nan"),
    )
