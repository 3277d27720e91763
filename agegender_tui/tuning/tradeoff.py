"""The chart of both figures of each trial, with its Pareto front."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agegender_tui.evaluating.charts import Chart, Point, Series
from agegender_tui.tuning.charts import (
    DONE,
    EARLY,
    NONE_YET,
    beyond_words,
    ends,
    padded,
    stairs,
    within,
)
from agegender_tui.tuning.listing import Listed
from agegender_tui.tuning.trial_table import FRONT_MARK
from trainer.tuning.best import front
from trainer.tuning.trial_log import ENDED, FINISHED, Trial

FRONT, EDGE = ("3", FRONT_MARK), ("1", "braille")
TITLE = f"↑ genders, %  → MAE, years: {FRONT_MARK} Pareto front"


def tradeoff(one: Listed) -> Chart:
    """Gender accuracy by age MAE of each trial that has both, those on the front joined. The best
    is above on the left."""
    known = [
        trial
        for trial in one.trials
        if trial.state in ENDED and math.isfinite(trial.age_mae + trial.gender_accuracy)
    ]
    if not known:
        return Chart(TITLE, (), (0, 1), (0, 1), empty=NONE_YET)
    along = ends([_figures(trial)[0] for trial in known], lower_is_better=True)
    up = ends([_figures(trial)[1] for trial in known], lower_is_better=False)

    def drawn(trials: Sequence[Trial]) -> tuple[Point, ...]:
        pairs = map(_figures, trials)
        return tuple((within(mae, *along), within(percent, *up)) for mae, percent in pairs)

    best = front(known)
    done = drawn([trial for trial in known if trial.state == FINISHED and trial not in best])
    early = drawn([trial for trial in known if trial.state != FINISHED])
    edge = drawn(best)
    series = [
        Series(role, points, joined, marker=marker)
        for (role, marker), points, joined in (
            (EDGE, stairs(edge), True), (EARLY, early, False),
            (DONE, done, False), (FRONT, edge, False),
        )
        if points
    ]  # fmt: skip
    beyond = sum(drawn([trial]) != (_figures(trial),) for trial in known)
    words = [TITLE, *beyond_words(beyond)]
    words += [*["● done"] * bool(done), *["x ended early"] * bool(early)]
    return Chart(" ".join(words), tuple(series), padded(*along), padded(*up))


def _figures(trial: Trial) -> Point:
    """Age MAE in years, genders told right in percent."""
    return trial.age_mae, 100 * trial.gender_accuracy
