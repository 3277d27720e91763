"""What the two tasks do to each other."""

from __future__ import annotations

import statistics

from trainer.evaluation.diagnosis.curves import TASKS, Curves, Finding, percent
from trainer.evaluation.diagnosis.trend import Trend

PULL, PULL_ERRORS, LEAST_PULL = 0.05, 4.0, 12
DOMINATES = 0.9


def tasks_pull(curves: Curves) -> Finding | None:
    """The longest stretch in which one task gets better in validation and the other worse."""
    epochs = len(curves.epochs)
    marks = sorted({round(epochs * at / 8) for at in range(9)})
    stretches = [(a, b) for a in marks for b in marks if b - a >= LEAST_PULL]
    for start, end in sorted(stretches, key=lambda one: one[0] - one[1]):
        moves = {
            task: Trend(curves.validation[metric][start:end])
            for task, (metric, _, _) in TASKS.items()
        }
        better, worse = sorted(moves, key=lambda task: moves[task].change)
        # Asked in this order as most stretches have no task that rises, which is found at once.
        if moves[worse].rises(PULL, PULL_ERRORS) and moves[better].falls(PULL):
            return _pulling(curves, better, worse, start, end)
    return None


def _pulling(curves: Curves, better: str, worse: str, start: int, end: int) -> Finding:
    told: list[str] = []
    figures: dict[str, float] = {}
    for task, verb in ((better, "fell"), (worse, "rose")):
        metric, form, unit = TASKS[task]
        values = curves.validation[metric][start:end]
        third = len(values) // 3
        before, after = (statistics.median(part) for part in (values[:third], values[-third:]))
        what = "age MAE" if task == "age" else "gender loss"
        told.append(f"the {what} {verb} from {before:{form}} to {after:{form}}{unit}")
        figures |= {f"{task}_before": before, f"{task}_after": after}
    first, last = curves.epochs[start], curves.epochs[end - 1]
    share = _age_share(curves, curves.best)
    shares = ""
    if share is not None:
        shares = f"; of the weighted loss age makes {percent(share)}, gender the rest"
        figures["age_share"] = share
    return Finding(
        "tasks-pull",
        f"the tasks pull against each other in epochs {first} to {last}: in validation {told[0]} "
        f"while {told[1]}{shares}: weigh {worse} more, or regularise its branch",
        first,
        figures,
    )


def dominance(curves: Curves) -> Finding | None:
    """One task whose weighted loss leaves the other no say in which epoch is the best."""
    share = _age_share(curves, curves.best)
    if share is None or 1 - DOMINATES < share < DOMINATES:
        return None
    if share in (0, 1):
        return None  # a task that is left out on purpose
    strong, weak = ("age", "gender") if share > 0.5 else ("gender", "age")
    part = max(share, 1 - share)
    return Finding(
        "one-task-dominates",
        f"{strong} dominates: it makes {percent(part)} of the weighted loss in the best epoch, "
        f"so that epoch is chosen by {strong} alone: raise {weak}_loss_weight if {weak} matters",
        curves.epochs[curves.best],
        {"age_share": share},
    )


def _age_share(curves: Curves, at: int) -> float | None:
    """The part of age in the weighted validation loss of an epoch, the L2 penalty aside."""
    config = curves.config
    if config is None:
        return None
    age = sum(getattr(config, weight) * loss[at] for weight, loss in curves.age_losses.items())
    gender = config.gender_loss_weight * curves.validation["gender_loss"][at]
    return age / (age + gender) if age + gender else None
