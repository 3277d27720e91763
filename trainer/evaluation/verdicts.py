"""The verdict on a figure of two models, in the words that all who show one use.

Light: without numpy.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainer.evaluation.kinds import KINDS, Kind

if TYPE_CHECKING:
    from trainer.evaluation.paired import Paired

NOTHING_SHOWN = "no difference shown"
NOT_DEFINED = "not defined on these faces"
TOO_FEW = "too few faces tell them apart"
SAYS_NOTHING = (NOTHING_SHOWN, NOT_DEFINED, TOO_FEW)


def claim(row: Paired, one: str, other: str, *, amounts: bool = True) -> str:
    """`B is better by 0.30 years (0.10 to 0.50)`, without `amounts` no more than that it is; or
    that nothing is shown, or why nothing can be.

    One is called better only where the interval of the difference leaves 0 out.
    """
    kind, difference = KINDS[row.name], row.difference
    if not math.isfinite(difference.value):
        return NOT_DEFINED
    if not (math.isfinite(difference.low) and math.isfinite(difference.high)):
        return TOO_FEW
    if not row.better and (kind.better or difference.low <= 0 <= difference.high):
        return NOTHING_SHOWN
    low, high = sorted((abs(difference.low), abs(difference.high)))
    by = f" by {amount(kind, abs(difference.value))} ({kind.text(low)} to {kind.text(high)})"
    by = by if amounts else ""
    if row.better:
        return f"{other if row.better == 'other' else one} is better{by}"
    return f"{other if difference.value > 0 else one} is higher{by}"


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
    if not math.isfinite(value) or float(shown) <= 0:
        return shown
    return f"+{shown}"
