"""Losses that jump, swing, diverge or are no numbers, and the learning rate's part in it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

from trainer.evaluation.diagnosis.curves import (
    LEAST_EPOCHS,
    NO_CHANGE,
    Curves,
    Finding,
    count,
    percent,
    share,
)
from trainer.evaluation.diagnosis.trend import Trend, noise, smooth
from trainer.runs.events import EpochEvent

SPIKE, SPIKE_NOISES = 0.2, 5.0
UNSTEADY = 0.04
CALMER = 2.5
DIVERGED = 0.2
CUT = 0.8


def not_finite(history: Sequence[EpochEvent]) -> Finding | None:
    """A loss that is no number any more."""
    broken = [
        one.epoch
        for one in history
        if not all(math.isfinite(part.get("loss", 0.0)) for part in (one.train, one.validation))
    ]
    if not broken:
        return None
    return Finding(
        "not-finite",
        f"the loss is no finite number in {count(len(broken), 'epoch')}, first in epoch "
        f"{broken[0]}: lower learning_rate, or set precision to float32",
        broken[0],
        {"epochs": len(broken)},
    )


def spikes(curves: Curves) -> Finding | None:
    """Single epochs in which the validation loss stands far above those around."""
    loss = curves.validation["loss"]
    course = smooth(loss)
    least = SPIKE_NOISES * noise(loss)
    found = [
        at
        for at in range(2, len(loss))  # before, the course is steep
        if loss[at] - course[at] > max(SPIKE * course[at], least)
    ]
    if not found:
        return None
    worst = max(found, key=lambda at: loss[at] / course[at] if course[at] else math.inf)
    return Finding(
        "spikes",
        f"unstable: the validation loss jumps in {count(len(found), 'epoch')}, furthest in epoch "
        f"{curves.epochs[worst]}: {loss[worst]:.2f} where those around have {course[worst]:.2f}",
        curves.epochs[worst],
        {"spikes": len(found), "value": loss[worst], "around": course[worst]},
    )


def unsteady(curves: Curves) -> Finding | None:
    """A validation loss that at the end still goes up and down by more than counting faces does."""
    recent = curves.validation["loss"][-curves.window :]
    moves, level = noise(recent), statistics.median(recent)
    if share(moves, level) < UNSTEADY:
        return None
    return Finding(
        "unsteady",
        f"unstable: over the last {len(recent)} epochs the validation loss goes up and down by "
        f"±{moves:.2f} ({percent(share(moves, level))}) around {level:.2f}, so that the best "
        "epoch is partly luck: lower learning_rate, or lower it sooner",
        curves.epochs[-len(recent)],
        {"deviation": moves, "level": level},
    )


def diverging(curves: Curves) -> Finding | None:
    """A training loss that rises again for good."""
    course = smooth(curves.train["loss"], 3)
    lowest = course.index(min(course))
    if len(course) - lowest <= 3 or course[-1] <= (1 + DIVERGED) * course[lowest]:
        return None
    return Finding(
        "diverging",
        f"diverges: the training loss rose from {course[lowest]:.2f} in epoch "
        f"{curves.epochs[lowest]} to {course[-1]:.2f} at the end: lower learning_rate",
        curves.epochs[lowest],
        {"lowest": course[lowest], "last": course[-1]},
    )


def rate_too_high(curves: Curves) -> Finding | None:
    """A training loss that falls only once the rate is cut, or a zigzag that a cut calms.

    Only a rate that was constant until then is blamed: along a cosine the first step down by this
    much lies near the end, long after the rate that the run began with.
    """
    curves = curves.fine_tuning
    loss, rates = curves.train["loss"], curves.rates
    cut = next((at for at in range(1, len(loss)) if rates[at] <= CUT * rates[at - 1]), 0)
    if cut < 2 or rates[cut - 1] != rates[cut - 2]:
        return None
    before, after = rates[cut - 1], rates[cut]
    if cut >= 3 and min(loss[:cut]) > 0.95 * loss[0] and min(loss[cut:]) < 0.9 * loss[0]:
        return Finding(
            "rate-too-high",
            f"learning_rate {before:g} is too high at first: the training loss fell from "
            f"{loss[0]:.2f} to no less than {min(loss[:cut]):.2f} until the rate was cut to "
            f"{after:g} in epoch {curves.epochs[cut]}, then to {min(loss[cut:]):.2f}",
            curves.epochs[cut],
            {"rate": before, "cut_to": after},
        )
    wild, calm = (
        share(noise(part), statistics.median(part)) if len(part) >= LEAST_EPOCHS else math.nan
        for part in (curves.validation["loss"][:cut], curves.validation["loss"][cut:])
    )
    if not (wild > UNSTEADY and wild > CALMER * calm):
        return None
    return Finding(
        "rate-too-high",
        f"learning_rate {before:g} is on the high side: at it the validation loss went up and down "
        f"by ±{percent(wild)} from epoch to epoch, and by ±{percent(calm)} once the rate was "
        f"cut to {after:g} in epoch {curves.epochs[cut]}: start lower, or cut sooner",
        curves.epochs[cut],
        {"rate": before, "cut_to": after, "zigzag": wild, "zigzag_after": calm},
    )


def rate_too_low(curves: Curves) -> Finding | None:
    """A training loss that falls as a straight line: slowly, steadily, with no end in sight."""
    curves = curves.fine_tuning
    loss, rates = curves.train["loss"], curves.rates
    epochs = len(loss)
    if epochs < 2 * LEAST_EPOCHS or min(rates) < max(rates):
        return None
    third = epochs // 3
    first, last = loss[0] - loss[third], loss[-1 - third] - loss[-1]
    falls = sum(two < one for one, two in pairwise(loss)) / (epochs - 1)
    steady = falls >= 0.9 and Trend(loss).falls(2 * NO_CHANGE)
    if not steady or not Trend(curves.validation["loss"][-third:]).falls(NO_CHANGE / 2):
        return None
    if not 0 < first <= 2 * last:
        return None
    return Finding(
        "rate-too-low",
        f"learning_rate {rates[0]:g} is on the low side: it was never cut, and the training loss "
        f"still falls as fast as at first, by {last:.2f} in the last {third} epochs against "
        f"{first:.2f} in the first, from {loss[0]:.2f} to {loss[-1]:.2f} in all: raise it",
        None,
        {"rate": rates[0], "first_third": first, "last_third": last},
    )
