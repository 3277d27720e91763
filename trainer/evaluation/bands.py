"""What a model says of the faces of an age band, or of a range of a data set with binned ages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.data.labels import MAX_AGE
from trainer.export.model_card import AGE_BANDS


@dataclass(frozen=True)
class Spread:
    """The predicted ages, years, of the `faces` faces whose true age is in [`low`, `high`].

    `true` is their mean true age, of a range its middle, of one without an end, "more than 70" say,
    its first year: any middle of it would be made up. `tenth` and `ninetieth` are percentiles:
    four of five predictions lie between them.
    """

    low: float
    high: float
    faces: int
    true: float
    mean: float
    tenth: float
    median: float
    ninetieth: float

    @property
    def name(self) -> str:
        """`30–39`, or `30` where it is one year."""
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g}–{self.high:g}"


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
    found = []
    for first, last in bands:
        rows = exact & (lows >= first) & (lows < last + 1)
        found.append(_spread(first, last, lows[rows], said[rows]))
    binned = known & (lows != highs)
    for low, high in set(zip(lows[binned].tolist(), highs[binned].tolist(), strict=True)):
        rows = binned & (lows == low) & (highs == high)
        # A range of 20 to 29 lasts until the thirtieth birthday.
        true = lows[rows] if high >= MAX_AGE else (lows[rows] + highs[rows] + 1) / 2
        found.append(_spread(low, high, true, said[rows]))
    return sorted((one for one in found if one is not None), key=lambda one: (one.low, one.high))


def _spread(low: float, high: float, true: np.ndarray, said: np.ndarray) -> Spread | None:
    if not said.size:
        return None
    tenth, median, ninetieth = np.percentile(said, (10, 50, 90)).tolist()
    return Spread(
        low, high, int(said.size), float(true.mean()), float(said.mean()), tenth, median, ninetieth
    )
