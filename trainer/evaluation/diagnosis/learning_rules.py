"""Whether a run converged, and whether it learned more than its own faces."""

from __future__ import annotations

import statistics

from trainer.evaluation.diagnosis.curves import (
    LEAST_EPOCHS,
    NO_CHANGE,
    TASKS,
    Curves,
    Finding,
    percent,
    share,
)
from trainer.evaluation.diagnosis.trend import SURE, Trend, noise, smooth

GAP_GROWS, GAP_ERRORS = 0.05, 3.0
CONSTANT_YEARS = 0.01
NEAR, NEAR_NOISES = 0.02, 2.0  # of the level, or of the noise: what counts as at the level
ABOVE_NOISES = 3.0  # the lowest of many epochs lies two of them below a level by chance
LEAST_REST = 3  # epochs: fewer at the level are chance


def convergence(curves: Curves) -> Finding:
    """Whether the validation loss still falls at the end, has levelled off, or is past its best."""
    loss, best = curves.validation["loss"], curves.best
    recent = Trend(loss[-curves.window :])
    last, lowest = curves.epochs[-1], loss[best]
    waited = len(loss) - 1 - best
    figures = {
        "lowest": lowest,
        "lowest_epoch": curves.epochs[best],
        "change": recent.change,
        "over_epochs": curves.window,
    }
    patience = curves.config.early_stopping if curves.config else 0
    counted = last - max(curves.epochs[best], curves.heads_first)
    falling = recent.falls(NO_CHANGE)
    fell = f"fell by {-recent.change:.2f} ({percent(share(recent.change, recent.level))})"
    over = f"over the last {curves.window} epochs"
    if 0 < patience <= counted:
        joined = " of fine-tuning" if curves.epochs[best] < curves.heads_first else ""
        words = (
            f"stopped early after epoch {last}: for {counted} epochs{joined} the validation loss "
            f"was not better than {lowest:.2f} in epoch {curves.epochs[best]}"
        )
        if falling:
            words += f"; yet it {fell} {over}: raise early_stopping above {patience}"
        return Finding("stopped-early", words, last, figures)
    if falling and waited < curves.window:
        return Finding(
            "still-improving",
            f"not converged by epoch {last}: the validation loss {fell} {over}, and was lowest "
            f"in epoch {curves.epochs[best]} ({lowest:.2f}): train for more epochs",
            last,
            figures,
        )
    if recent.rises(NO_CHANGE):
        return Finding(
            "past-its-best",
            f"the validation loss was lowest in epoch {curves.epochs[best]} ({lowest:.2f}) and "
            f"rose by {recent.change:.2f} {over}",
            curves.epochs[best],
            figures,
        )
    return _at_rest(curves, recent.level, figures)


def _at_rest(curves: Curves, level: float, figures: dict[str, float]) -> Finding:
    """Of a validation loss that ends at a level: from which epoch on, and whether it was lower."""
    loss, best = curves.validation["loss"], curves.best
    course, lowest = smooth(loss), loss[best]
    moves = noise(loss)
    near = max(NEAR * level, NEAR_NOISES * moves)
    figures = figures | {"level": level}
    over = f"over the last {curves.window} epochs"
    if min(course) < level - max(NEAR * level, ABOVE_NOISES * moves):
        return Finding(
            "past-its-best",
            f"the validation loss was lowest in epoch {curves.epochs[best]} ({lowest:.2f}) and is "
            f"{level:.2f} {over}, {level - lowest:.2f} above it",
            curves.epochs[best],
            figures,
        )
    there = max((at + 1 for at, value in enumerate(course) if abs(value - level) > near), default=0)
    if len(loss) - there < LEAST_REST:
        since = curves.epochs[-curves.window]
        words = f"converged: {over} the validation loss goes up and down around {level:.2f}"
    else:
        since = curves.epochs[there]
        words = (
            f"converged: from epoch {since} on the validation loss is within "
            f"{percent(share(near, level))} of {level:.2f}, where it ended"
        )
    words += f"; the lowest was {lowest:.2f} in epoch {curves.epochs[best]}"
    return Finding("levelled-off", words, since, figures)


def overfitting_age(curves: Curves) -> Finding | None:
    """Overfitting as the age MAE shows it."""
    return _overfitting(curves, "age")


def overfitting_gender(curves: Curves) -> Finding | None:
    """Overfitting as the gender loss shows it."""
    return _overfitting(curves, "gender")


def _overfitting(curves: Curves, task: str) -> Finding | None:
    """The gap of training to validation grows from an epoch on in which validation had come
    within its noise of the best it ever reaches."""
    metric, form, unit = TASKS[task]
    train, validation = curves.train[metric], curves.validation[metric]
    course = smooth(validation)
    lowest = min(course)
    tolerance = max(noise(validation), NO_CHANGE * lowest)
    since = next(at for at, value in enumerate(course) if value <= lowest + tolerance)
    if len(validation) - since < LEAST_EPOCHS:
        return None
    learned, held = Trend(train[since:]), Trend(validation[since:])
    gaps = [one - two for one, two in zip(validation[since:], train[since:], strict=True)]
    gap = Trend(gaps)
    if (
        not learned.falls(2 * NO_CHANGE)
        or held.falls(NO_CHANGE)
        or not gap.z > SURE
        or gap.change < max(GAP_GROWS * held.level, GAP_ERRORS * gap.error)
    ):
        return None
    figures = {
        f"{name}_{when}": statistics.median(part)
        for name, values in (("train", train[since:]), ("validation", validation[since:]))
        for when, part in (("before", values[:3]), ("after", values[-3:]))
    }
    told = {name: f"{value:{form}}" for name, value in figures.items()}
    says = "rose from" if held.rises(NO_CHANGE) else "stood still,"
    what = "age MAE" if task == "age" else "gender loss"
    epoch = curves.epochs[since]
    return Finding(
        f"overfitting-{task}",
        f"overfits in {task} from epoch {epoch}: since then the {what} in validation {says} "
        f"{told['validation_before']} to {told['validation_after']}{unit}, while in training it "
        f"fell from {told['train_before']} to {told['train_after']}: more augmentation, dropout "
        "or l2, or more faces",
        epoch,
        figures,
    )


def dead_age_head(curves: Curves) -> Finding | None:
    """An age output that does not move: every face gets one age."""
    recent = curves.validation["age_mae"][-max(LEAST_EPOCHS // 2, len(curves.epochs) // 2) :]
    if max(recent) - min(recent) > CONSTANT_YEARS:
        return None
    return Finding(
        "dead-age-head",
        f"the age head is dead: for {len(recent)} epochs the validation MAE is {recent[-1]:.2f} "
        "years to the digit, as every face gets one age: start again with another seed or a "
        "lower learning_rate",
        curves.epochs[-len(recent)],
        {"age_mae": recent[-1], "range": max(recent) - min(recent)},
    )


def age_not_learned(curves: Curves) -> Finding | None:
    """An age error in training that never got below that of the first epoch."""
    values = curves.train["age_mae"]
    if curves.config is not None and not curves.config.age_loss_weight:
        return None
    if min(values[1:]) < 0.95 * values[0] or dead_age_head(curves):
        return None
    return Finding(
        "age-not-learned",
        f"age is not learned: the training MAE was {values[0]:.2f} years in epoch "
        f"{curves.epochs[0]} and never below {min(values):.2f}: try learning_rate ten times "
        "higher and ten times lower, and look at the labels on the Data screen",
        None,
        {"first": values[0], "lowest": min(values)},
    )
