"""Which evaluations of a report are compared with which, and the verdict in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from trainer.evaluation.kinds import KINDS, Kind
from trainer.evaluation.paired import Paired, paired, shared
from trainer.evaluation.report.contents import Part, by_data

EACH_WITH_EACH = 4  # models on the same faces; of more, each is compared with the first
MOST = 12  # models on the same faces that are compared at all
HEADLINES = ("age_mae", "gender_accuracy", "group_accuracy")


@dataclass(frozen=True)
class Comparison:
    """Two evaluations on the `faces` faces that both have; without any, `rows` are empty."""

    one: Part
    other: Part
    faces: int
    rows: Sequence[Paired]

    def verdict(self, row: Paired) -> str:
        """What is shown of one figure, as a sentence."""
        return verdict(row, self.one.name, self.other.name)

    @property
    def headlines(self) -> list[str]:
        """The verdicts on the figures that matter most."""
        return [self.verdict(row) for row in self.rows if row.name in HEADLINES]


def comparisons(parts: Sequence[Part]) -> list[Comparison]:
    """All pairs of up to four models on the same set of faces; of more, each with the first."""
    return [_compare(*pair) for group in by_data(parts).values() for pair in _pairs(group[:MOST])]


def _pairs(group: Sequence[Part]) -> list[tuple[Part, Part]]:
    if len(group) <= EACH_WITH_EACH:
        return list(combinations(group, 2))
    return [(group[0], other) for other in group[1:]]


def _compare(one: Part, other: Part) -> Comparison:
    ours, _ = shared(one.scored, other.scored)
    return Comparison(one, other, len(ours.files), paired(one.scored, other.scored))


def verdict(row: Paired, one: str, other: str) -> str:
    """Says that a model is better only where the interval leaves no difference out.

    >>> from trainer.evaluation.kinds import Figure
    >>> verdict(Paired("age_mae", 6.3, 6.0, Figure(-0.3, -0.5, -0.1), "other"), "A", "B")
    'age MAE: B is better by 0.30 years (0.10 to 0.50)'
    """
    kind = KINDS[row.name]
    difference = row.difference
    if not math.isfinite(difference.value):
        return f"{kind.title}: not defined on these faces"
    if not (math.isfinite(difference.low) and math.isfinite(difference.high)):
        return f"{kind.title}: too few faces to say"
    ends = (difference.low, difference.high)
    if row.better:
        winner = other if row.better == "other" else one
        low, high = sorted(abs(end) for end in ends)
        return (
            f"{kind.title}: {winner} is better by {amount(kind, abs(difference.value))} "
            f"({kind.text(low)} to {kind.text(high)})"
        )
    if not kind.better and not ends[0] <= 0 <= ends[1]:
        more = other if difference.value > 0 else one
        low, high = sorted(abs(end) for end in ends)
        return (
            f"{kind.title}: that of {more} is higher by {amount(kind, abs(difference.value))} "
            f"({kind.text(low)} to {kind.text(high)})"
        )
    return (
        f"{kind.title}: no difference shown ({other} less {one}: "
        f"{signed(kind, difference.value)}, {signed(kind, ends[0])} to {signed(kind, ends[1])})"
    )


def amount(kind: Kind, value: float) -> str:
    """With its unit; a difference of shares is in points.

    >>> amount(KINDS["gender_accuracy"], 0.012)
    '1.2 points'
    """
    unit = "points" if kind.unit == "%" else kind.unit
    return f"{kind.text(value)} {unit}".rstrip()


def signed(kind: Kind, value: float) -> str:
    """Without its unit, with its sign.

    >>> signed(KINDS["age_mae"], 0.3)
    '+0.30'
    """
    shown = kind.text(value)
    if not math.isfinite(value) or float(shown) == 0:
        return shown.lstrip("-")
    return shown if value < 0 else f"+{shown}"
