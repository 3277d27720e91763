"""All figures of some faces at once, for any weights of the faces.

A bootstrap resample is nothing but a weight for each face, how often it was drawn, so one way of
computing gives both the figures (all weights 1) and their intervals. docs/evaluation.md has the
definitions and their sources.
"""

from __future__ import annotations

import numpy as np

from trainer.evaluation.age_groups import ranges_of, said_group, true_group
from trainer.evaluation.kinds import OF_TOLD, SHARES
from trainer.evaluation.scored import Scored

ECE_BINS = 15  # of equal width over confidences from 0 to 1, as in Guo et al. 2017
EPSILON = 1e-7  # probabilities are clipped by this, so that no logarithm is infinite
CUMULATIVE = (3, 5, 10)  # years


class Measures:
    """What the figures of n faces are computed from; `groups` are the age groups of the set, where
    these faces are a part of it."""

    def __init__(self, scored: Scored, groups: list[tuple[int, int]] | None = None) -> None:
        self.count = len(scored.files)
        self._age(scored)
        self._groups(scored, ranges_of(scored) if groups is None else groups)
        self._gender(scored)

    def __call__(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Each figure (b,) for `weights` (b, n) float64, not below 0; not a number where it is not
        defined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return {
                **self._age_figures(_at(weights, self._exact)),
                **self._group_figures(_at(weights, self._grouped)),
                **self._gender_figures(_at(weights, self._gendered)),
            }

    def faces(self, name: str) -> int:
        """How many faces a figure rests on: of one that weighs the genders apart from one another,
        those of the rarer, of F1 those of label 1; of any other all that have its label."""
        women = int(self._truth.sum())
        if name == "gender_f1":
            return women
        if name in ("gender_balanced_accuracy", "gender_auc"):
            return min(women, self.labelled(name) - women)
        return self.labelled(name)

    def labelled(self, name: str) -> int:
        """How many faces have the label that a figure is about."""
        if name in ("group_accuracy", "one_off_accuracy"):
            return len(self._grouped)
        return len(self._exact if name.startswith("age_") else self._gendered)

    def counting(self, name: str) -> np.ndarray:
        """Of a figure that is a share: (m,) bool, for the faces it is of, whether each counts."""
        if name.startswith("age_cs"):
            counts: np.ndarray = self._errors <= int(name.removeprefix("age_cs"))
        elif name == "gender_accuracy":
            counts = self._right
        else:
            counts = self._off <= (name == "one_off_accuracy")
        return counts

    def of_each(self, name: str) -> np.ndarray:
        """(m,) float64, for the faces a figure is of: what of each goes into the figure."""
        losses = {"gender_log_loss": 3, "gender_brier": 4}
        parts: np.ndarray = self._chance
        if name in SHARES or name in OF_TOLD:
            parts = (self.counting(name) if name in SHARES else self._right).astype("float64")
        elif name in losses:
            parts = self._gender_columns[:, losses[name]]
        elif name.startswith("age_"):
            parts = self._age_columns[:, int(name == "age_bias")]
        return parts

    def _age(self, scored: Scored) -> None:
        self._exact = np.flatnonzero(scored.exact)
        truth = scored.age_low[self._exact]
        signed = scored.ages[self._exact] - truth
        self._errors = np.abs(signed)
        self._order = np.argsort(self._errors, kind="stable")
        centred = truth - truth.mean() if len(truth) else truth
        columns = [self._errors, signed, signed**2, centred, centred**2]
        columns += [self._errors <= years for years in CUMULATIVE]
        self._age_columns = np.column_stack(columns).astype("float64")

    def _age_figures(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        total = weights.sum(axis=1)
        means = weights @ self._age_columns / total[:, None]
        error, bias, square, centre, spread = means.T[:5]
        variance = spread - centre**2
        variance = np.where(variance > 1e-12 * np.maximum(spread, 1.0), variance, np.nan)
        return {
            "age_mae": error,
            "age_rmse": np.sqrt(square),
            "age_median_error": self._median(weights[:, self._order], total),
            "age_bias": bias,
            "age_r2": 1 - square / variance,
            **{
                f"age_cs{years}": share
                for years, share in zip(CUMULATIVE, means.T[5:], strict=True)
            },
        }

    def _median(self, weights: np.ndarray, total: np.ndarray) -> np.ndarray:
        """Mean of the two middle errors, the same one where the count is odd."""
        if not len(self._errors):
            return np.full(len(weights), np.nan)
        errors = self._errors[self._order]
        reached = np.cumsum(weights, axis=1)
        middles = []
        for rank in (np.floor((total - 1) / 2), np.floor(total / 2)):
            # The first face with which more than `rank` are reached.
            middles.append(errors[np.argmax(reached > rank[:, None], axis=1)])
        result: np.ndarray = np.where(total > 0, (middles[0] + middles[1]) / 2, np.nan)
        return result

    def _groups(self, scored: Scored, groups: list[tuple[int, int]]) -> None:
        # The outermost groups are open: of one group every age is right, of two at most one off.
        self._group_count = len(groups)
        truth = true_group(scored, groups)
        self._grouped = np.flatnonzero(truth >= 0)
        said = said_group(scored.ages[self._grouped], groups)
        self._off = np.abs(said - truth[self._grouped])

    def _group_figures(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        total = weights.sum(axis=1)
        shares = {}
        for off, name in enumerate(("group_accuracy", "one_off_accuracy")):
            share = weights @ (self._off <= off).astype("float64") / total
            shares[name] = share if self._group_count > off + 1 else np.full(len(weights), np.nan)
        return shares

    def _gender(self, scored: Scored) -> None:
        self._gendered = np.flatnonzero(scored.genders >= 0)
        chance = self._chance = scored.female[self._gendered]
        truth = (scored.genders[self._gendered] == 1).astype("float64")
        said = (chance > 0.5).astype("float64")
        self._right = said == truth
        clipped = np.clip(chance, EPSILON, 1 - EPSILON)
        entropy = -np.log(np.where(truth > 0, clipped, 1 - clipped))
        columns = [truth * said, truth * (1 - said), (1 - truth) * said, entropy]
        columns += [(chance - truth) ** 2, truth]
        self._gender_columns = np.column_stack(columns)
        self._bins = _binned_gaps(chance, self._right)
        self._truth = truth > 0
        zeros = np.flatnonzero(~self._truth)
        self._zeros = zeros[np.argsort(chance[zeros], kind="stable")]
        # Of each face of gender 1, how many of gender 0 have a lower chance, how many no higher.
        ones, ascending = chance[self._truth], chance[self._zeros]
        self._lower = np.searchsorted(ascending, ones, "left")
        self._no_higher = np.searchsorted(ascending, ones, "right")

    def _gender_figures(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        total = weights.sum(axis=1)
        sums = weights @ self._gender_columns
        hit, missed, wrongly, entropy, square, women = sums.T
        men = total - women
        return {
            "gender_accuracy": (total - missed - wrongly) / total,
            "gender_balanced_accuracy": (hit / women + (men - wrongly) / men) / 2,
            "gender_f1": np.where(women > 0, 2 * hit / (2 * hit + missed + wrongly), np.nan),
            "gender_auc": self._auc(weights, women, men),
            "gender_log_loss": entropy / total,
            "gender_ece": np.abs(weights @ self._bins).sum(axis=1) / total,
            "gender_brier": square / total,
        }

    def _auc(self, weights: np.ndarray, women: np.ndarray, men: np.ndarray) -> np.ndarray:
        """The chance that a face of gender 1 is given a higher probability than one of gender 0,
        ties counting a half: the Mann–Whitney statistic, over all pairs of the two."""
        below = np.zeros((len(weights), len(self._zeros) + 1))
        np.cumsum(weights[:, self._zeros], axis=1, out=below[:, 1:])
        beaten = (below[:, self._lower] + below[:, self._no_higher]) / 2
        pairs = np.einsum("ij,ij->i", weights[:, self._truth], beaten)
        result: np.ndarray = pairs / (women * men)
        return result


def _at(weights: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The columns at these places, ascending, as they are where that is all of them."""
    return weights if len(places) == weights.shape[1] else weights[:, places]


def confidence_bins(female: np.ndarray) -> np.ndarray:
    """(n,) int: the bin of each face's confidence, which is the probability of the gender said.

    Bin m of `ECE_BINS`, from 0, has the confidences above m/15 up to and with (m + 1)/15.
    """
    confidence = np.maximum(female, 1 - female)
    bins: np.ndarray = np.clip(np.ceil(confidence * ECE_BINS).astype("int64") - 1, 0, ECE_BINS - 1)
    return bins


def _binned_gaps(female: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(n, bins): in the column of each face's bin, whether it is right less its confidence."""
    gaps = np.zeros((len(female), ECE_BINS))
    gaps[np.arange(len(female)), confidence_bins(female)] = right - np.maximum(female, 1 - female)
    return gaps
