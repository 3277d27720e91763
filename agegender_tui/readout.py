"""What the line under the charts says of the place of the cursor."""

from __future__ import annotations

from collections.abc import Mapping

from agegender_tui import horizontal
from agegender_tui.series import METRICS, value_of
from trainer.runs.course import Course

# What a narrow line leaves out, one after the other: an age loss is much like the MAE.
LEAST_WORTH = ("age loss", "loss", "acc")


def whereabouts(cursor: float, by_time: bool) -> str:
    """`epoch 12`, or `at 20 min 05 s`."""
    return f"at {horizontal.words(cursor, True)}" if by_time else f"epoch {cursor:.0f}"


def readout(course: Course, cursor: float, width: int, by_time: bool = False) -> str:
    """All values of one run there, training→validation.

    Where `width` columns do not hold them, names are abbreviated, then values left out, but for the
    age MAE.
    """
    where = whereabouts(cursor, by_time)
    index = horizontal.at_or_before(course, cursor, by_time)
    if index is None:
        return f"{where}: no values"
    epoch = course.epochs[index]
    if by_time:
        where += f", epoch {epoch.epoch}"
    gender_loss, accuracy, age_loss, age_mae = (
        f"{metric.decimal(value_of(epoch, 'training', metric))}→"
        f"{metric.text(value_of(epoch, 'validation', metric))}"
        for metric in METRICS
    )
    full = (
        f"{where}  gender loss {gender_loss}  gender accuracy {accuracy}  "
        f"age loss {age_loss}  age MAE {age_mae}  rate {epoch.learning_rate:.2g}"
    )
    if len(full) <= width:
        return full
    told = {"loss": gender_loss, "acc": accuracy, "age loss": age_loss, "MAE": age_mae}
    short = _short(where, told)
    for name in LEAST_WORTH:
        if len(short) > width:
            del told[name]
            short = _short(where, told)
    return short


def _short(where: str, told: Mapping[str, str]) -> str:
    short = " ".join((where, *(f"{name} {values}" for name, values in told.items())))
    return short.replace(" y", "").replace(" %", "%")


def epoch_there(course: Course, cursor: float, by_time: bool) -> str:
    """Where one of several runs is at the cursor, behind its name; the charts say its values."""
    index = horizontal.at_or_before(course, cursor, by_time)
    if index is None:
        return ": no values"
    return f", epoch {course.epochs[index].epoch}" if by_time else ""
