"""Which evaluations of a report are compared with which, and the verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from trainer.evaluation.kinds import HEADLINES, KINDS
from trainer.evaluation.paired import Paired, PairedGroup, Samples, paired, paired_groups, shared
from trainer.evaluation.report.contents import Part, by_data
from trainer.evaluation.verdicts import NOTHING_SHOWN, claim, signed

EACH_WITH_EACH = 4  # models on the same faces; of more, each is compared with the first
MOST = 12  # models on the same faces that are compared at all
GROUPED = ("age", "gender", "race")


@dataclass(frozen=True)
class Comparison:
    """Two evaluations on the `faces` faces that both have; without any, `rows` are empty. `groups`
    are those with faces enough to compare on."""

    one: Part
    other: Part
    faces: int
    rows: Sequence[Paired]
    groups: Sequence[PairedGroup] = ()

    def verdict(self, row: Paired) -> str:
        """What is shown of one figure, as a sentence."""
        return verdict(row, self.one.name, self.other.name)

    @property
    def headlines(self) -> list[str]:
        """The verdicts on the figures that matter most."""
        return [self.verdict(row) for row in self.rows if row.name in HEADLINES]


def comparisons(parts: Sequence[Part]) -> list[Comparison]:
    """All pairs of up to four models on the same set of faces; of more, each with the first."""
    found: list[Comparison] = []
    for group in by_data(parts).values():
        known = Samples()
        found += [_compare(*pair, known) for pair in _pairs(group[:MOST])]
    return found


def _pairs(group: Sequence[Part]) -> list[tuple[Part, Part]]:
    if len(group) <= EACH_WITH_EACH:
        return list(combinations(group, 2))
    return [(group[0], other) for other in group[1:]]


def _compare(one: Part, other: Part, known: Samples) -> Comparison:
    ours, _ = shared(one.scored, other.scored)
    return Comparison(
        one,
        other,
        len(ours.files),
        paired(one.scored, other.scored, known),
        paired_groups(one.scored, other.scored, GROUPED, known),
    )


def verdict(row: Paired, one: str, other: str) -> str:
    """What is shown of a figure of two models, as a sentence without its stop.

    >>> from trainer.evaluation.kinds import Figure
    >>> verdict(Paired("age_mae", 6.3, 6.0, Figure(-0.3, -0.5, -0.1), "other"), "A", "B")
    'age MAE: B is better by 0.30 years (0.10 to 0.50)'
    """
    kind, difference = KINDS[row.name], row.difference
    said = f"{kind.title}: {claim(row, one, other)}"
    if not said.endswith(NOTHING_SHOWN):
        return said
    value, low, high = (signed(kind, number) for number in difference)
    return f"{said} ({other} less {one}: {value}, {low} to {high})"
