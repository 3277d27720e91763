"""The words around the studies: how one stands, what its best trial is, what a trial came to."""

from __future__ import annotations

from collections.abc import Sequence

from agegender_tui.called import called
from agegender_tui.tuning.listing import Listed, UnderWay
from agegender_tui.tuning.names import (
    LOOKS_FOR,
    data_name,
    preset_name,
    shown_values,
    study_name,
)
from agegender_tui.tuning.states import study_state
from agegender_tui.tuning.trial_table import setting_names
from trainer.jobs.status import ACTIVE
from trainer.runs.layout import short_name
from trainer.runs.state import LOST
from trainer.text import printable
from trainer.tuning.best import front
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.record import BROKEN
from trainer.tuning.trial_log import FINISHED, PRUNED, RUNNING, Trial

MOST_TOLD = 2  # trials under way; more push what is best so far out of sight
EMPTY = "No study yet: {key} starts a search for better settings."


def empty() -> str:
    """What to do where there is no study."""
    return EMPTY.format(key=called("tune.new"))


def of_list(found: Sequence[Listed]) -> list[str]:
    """`3 studies`, `1 under way`."""
    working = sum(one.state in ACTIVE for one in found)
    count = f"{len(found):,} stud{'y' if len(found) == 1 else 'ies'}" if found else "none yet"
    return [count, *([f"{working} under way"] if working else [])]


def of_study(one: Listed) -> list[str]:
    """How the study stands, then what is best so far; of a broken one why."""
    name = study_name(one)
    if one.state == BROKEN:
        return [f"{study_state(one)} · {name}", printable(one.problem)]
    return [f"{study_state(one)} · {name} · {_standing(one)}", best_words(one)]


def _standing(one: Listed) -> str:
    assert one.config is not None
    count = f"{one.ended} of {one.config.trials} trials ended"
    words = [count, *_under_way(one)]
    text = printable(one.status.text)
    if one.state == LOST:
        more = " with more trials" * one.complete
        words.append(f"its worker is gone; {called('tune.resume')} goes on{more}")
    elif one.state == "stopped":
        words.append(f"{text or 'stopped'} ({called('tune.resume')})")
    elif one.state == "failed":
        words.append(text)
    elif one.state == "waiting":
        words.append("its worker starts")
    elif one.state == "working" and one.status.phase and one.status.phase != "searching":
        words.append(printable(one.status.phase))
    return " · ".join(filter(None, words))


def _under_way(one: Listed) -> list[str]:
    """Each trial under way; of many how many they are: the table has each."""
    if len(one.runs) > MOST_TOLD:
        return [f"{len(one.runs)} trials under way"]
    return [_far(number, far) for number, far in sorted(one.runs.items())]


def _far(number: int, far: UnderWay) -> str:
    """`trial 6 in epoch 3 of 5`."""
    if far.state == "training" and far.epochs:
        return f"trial {number} in epoch {min(far.epoch + 1, far.epochs)} of {far.epochs}"
    return f"trial {number} is {printable(far.state)}"


def best_words(one: Listed) -> str:
    """`best so far: trial 4, error 0.585: 12.50 years, 82.5 %, in epoch 5`."""
    if one.config is None:
        return ""
    best = one.best
    lead = "best so far" if one.state in ACTIVE else "best"
    if best is None:
        return f"{lead}: none, no trial has finished" if one.trials else "no trial yet"
    objective = OBJECTIVES[one.config.objective]
    value = f", {objective.title} {best.value:.3f}" if one.config.objective == "both" else ""
    return f"{lead}: trial {best.number}{value}: {_figures(best)}, in epoch {best.best_epoch}"


def _figures(trial: Trial) -> str:
    return f"{trial.age_mae:.2f} years, {trial.gender_accuracy:.1%} of genders"


def of_search(one: Listed) -> str:
    """What a study is about: the line under its row."""
    if one.config is None:
        return printable(one.id)
    about = f"{printable(one.id)} · {preset_name(one)} on {data_name(one)}"
    looks_for, _ = LOOKS_FOR[one.config.objective]
    return f"{about} · looks for {looks_for} · varies {setting_names(one.config)}"


def of_trial(one: Listed, trial: Trial) -> str:
    """The line on the trial under the cursor: what came of it, and its values."""
    far = one.runs.get(trial.number)
    words = [f"trial {trial.number}", short_name(trial.run) if trial.run else "without a run"]
    if trial.state == RUNNING:
        words.append(_far(trial.number, far).removeprefix(f"trial {trial.number} ") if far else "")
    elif trial.state == PRUNED:
        words.append(f"ended early: {printable(trial.text)}")
    elif trial.state != FINISHED:
        words.append(f"{trial.state}: {printable(trial.text)}" if trial.text else trial.state)
    else:
        words.append(f"{_figures(trial)}, in epoch {trial.best_epoch} of {trial.epochs}")
        words.append("on the Pareto front" if trial in front(one.trials) else "")
        words.append(printable(trial.text))
    return " · ".join(filter(None, [*words, shown_values(trial.values)]))
