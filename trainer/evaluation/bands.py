"""What a model says of the faces of an age band, or of a range of a data set with binned ages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.export.model_card import AGE_BANDS


@dataclass(frozen=True)
class Spread:
    """The predicted ages, years, of the `faces` faces whose true age is in [`low`, `high`].

    `tenth` and `ninetieth` are percentiles: four of five predictions lie between them.
    """

    low: float
    high: float
    faces: int
    mean: float
    tenth: float
    median: float
    ninetieth: float

    @property
    def name(self) -> str:
        """`30–39`, or `30` where it is one year."""
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g}–{self.high:g}"

    @property
    def middle(self) -> float:
        """Where it stands on an axis of true ages, years: the last year counts to its end."""
        return (self.low + self.high + (self.low != self.high)) / 2


def spreads(
    lows: np.ndarray,
    highs: np.ndarray,
    said: np.ndarray,
    bands: Sequence[tuple[int, int]] = AGE_BANDS,
) -> list[Spread]:
    """One a band that has faces, youngest first; arguments (n,), years.

    Exact ages (`lows` equal to `highs`) fall into `bands`, whose ends count as theirs; a range of
    ages is a band of its own. A face of unknown age (nan), or of which the model says no number,
    is left out.
    """
    known = np.isfinite(lows) & np.isfinite(highs) & np.isfinite(said)
    exact = known & (lows == highs)
    found = [
        (float(low), float(high), said[exact & (lows >= low) & (lows < high + 1)])
        for low, high in bands
    ]
    binned = known & (lows != highs)
    for low, high in sorted(set(zip(lows[binned].tolist(), highs[binned].tolist(), strict=True))):
        found.append((low, high, said[binned & (lows == low) & (highs == high)]))
    return sorted(
        (_spread(low, high, ages) for low, high, ages in found if ages.size),
        key=lambda one: (one.low, one.high),
    )


def _spread(low: float, high: float, said: np.ndarray) -> Spread:
    tenth, median, ninetieth = np.percentile(said, (10, 50, 90)).tolist()
    return Spread(low, high, int(said.size), float(said.mean()), tenth, median, ninetieth)
