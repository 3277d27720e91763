"""The groups of faces that a model does otherwise by than by all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trainer.evaluation.figures import Group
from trainer.evaluation.kinds import KINDS, Figure
from trainer.export.model_card import FEW

LOOKED_AT = ("age_bias", "age_mae", "group_accuracy", "gender_accuracy")


class Standout(NamedTuple):
    """A figure of `group` whose interval leaves out the `overall` value, that of all faces."""

    group: Group
    name: str
    figure: Figure
    overall: float

    @property
    def distance(self) -> float:
        """How far the nearer end of the interval lies from `overall`, as a share of its width: by
        this figures of different units can be put in order."""
        gap = max(self.figure.low - self.overall, self.overall - self.figure.high)
        return gap / max(self.figure.high - self.figure.low, 1e-12)

    @property
    def words(self) -> str:
        """`age MAE 14.66 years (12.19 to 17.03), of all faces 6.23`."""
        kind, figure = KINDS[self.name], self.figure
        value = f"{kind.text(figure.value)} {kind.unit}".rstrip()
        ends = f"{kind.text(figure.low)} to {kind.text(figure.high)}"
        return f"{kind.title} {value} ({ends}), of all faces {kind.text(self.overall)}"


def standing_out(
    overall: Mapping[str, Figure], groups: Sequence[Group], kind: str
) -> list[Standout]:
    """Of the groups of this kind with 30 faces or more, the farthest off first.

    A group lies among all faces too, so this is cautious for large ones; and one figure in twenty
    is expected here by chance.
    """
    found = [
        Standout(group, name, group.figures[name], overall[name].value)
        for group in groups
        if group.kind == kind and group.faces >= FEW
        for name in LOOKED_AT
        if name in overall and name in group.figures
    ]
    apart = [one for one in found if _apart(one)]
    return sorted(apart, key=lambda one: (-one.distance, one.group.name, one.name))


def _apart(one: Standout) -> bool:
    numbers = (*one.figure, one.overall)
    return all(map(math.isfinite, numbers)) and not one.figure.low <= one.overall <= one.figure.high
