"""What `tune show` prints of a study, and whoever followed one to its end."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections import Counter
from pathlib import Path

from agegender_tui.cli_commands.runs import table
from agegender_tui.cli_commands.runs_option import runs_option
from agegender_tui.cli_commands.trial_words import (
    figures_text,
    number_text,
    run_state,
    run_words,
    values_text,
)
from agegender_tui.tuning.promotion import full_length
from trainer.errors import RunError
from trainer.runs.layout import RunDir
from trainer.runs.state import LOST, shown_state
from trainer.text import printable
from trainer.tuning.best import front, ranked
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.record import StudyRecord
from trainer.tuning.space import value_text
from trainer.tuning.study import StudyConfig, StudyDir
from trainer.tuning.trial_log import FAILED, FINISHED, RUNNING, Trial

SHOWN = 10  # trials, unless all are asked for


def lost_words(study: StudyDir) -> str:
    """What to do where the worker of a study is gone."""
    name = f"{study.id}{runs_option(study.runs_root)}"
    return f"its worker is gone; `agegender-tui tune resume {name}` goes on"


def terminal_width() -> int:
    """Columns of the terminal that is printed to; 0 for a file, whose lines may be long."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def study_text(record: StudyRecord, most: int | None, width: int = 0) -> str:
    """Heading, table of the first `most` trials (None for all), shares of the settings, and how to
    go on. RunError for a study that cannot be read."""
    config = record.config
    if config is None or record.problem:
        raise RunError(record.problem)
    parts = ["\n".join(_heading(record, config))]
    trials = ranked(config.objective, record.log.trials)
    if trials:
        parts.append("\n\n".join(_tables(record, config, trials[:most], width)))
        parts.append("\n".join(_notes(trials[:most], len(trials))))
    if record.log.importances:
        parts.append(_shares(record))
    parts.append(_front(record))
    if record.best:
        parts.append("\n".join(_best(record, config, record.best)))
    return "\n\n".join(filter(None, parts))


def _heading(record: StudyRecord, config: StudyConfig) -> list[str]:
    base, study, log = config.base, record.study, record.log
    state = record.state
    if state == "working" and record.status.phase != "searching":
        state += f" ({record.status.phase})"
    if state == LOST:
        state += f": {lost_words(study)}"
    counts = Counter(one.state for one in log.trials if one.state != RUNNING)
    kinds = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    objective = OBJECTIVES[config.objective]
    epochs = f"{base.epochs} epoch{'s' * (base.epochs != 1)}"
    rows = {
        "study": study.id,
        "label": config.label,
        "state": state,
        "trials": f"{record.ended} of {config.trials} ended" + (f": {kinds}" if kinds else ""),
        "now": ", ".join(
            f"trial {one.number}: {run_words(study, one)}"
            for one in log.trials
            if one.state == RUNNING
        ),
        "base": f"preset {base.preset}, {Path(base.data).name}, {epochs}",
        "varies": " ".join(f"{name}={domain}" for name, domain in config.space.items()),
        "looks for": f"{objective.title}: {objective.meaning}",
        "folder": str(study.path),
        "says": record.status.text,
    }
    return [f"{name:9} {printable(value)}" for name, value in rows.items() if value]


def _tables(record: StudyRecord, config: StudyConfig, trials: list[Trial], width: int) -> list[str]:
    """A row a trial, a column a setting; settings for which the width is too small come below."""
    title = OBJECTIVES[config.objective].title
    rows: list[tuple[str, ...]] = [("trial", "state", "run", title, "years", "%", "best at")]
    rows += [_cells(record, one) for one in trials]
    columns = [
        (name, *(printable(value_text(one.values.get(name, ""))) for one in trials))
        for name in config.space
    ]
    found = [rows]
    for column in columns:
        wider = [(*row, cell) for row, cell in zip(found[-1], column, strict=True)]
        if width and len(found[-1][0]) > 1 and _width(wider) > width:
            found.append([(row[0], cell) for row, cell in zip(rows, column, strict=True)])
        else:
            found[-1] = wider
    return [table(one) for one in found]


def _width(rows: list[tuple[str, ...]]) -> int:
    return max(map(len, table(rows).split("\n")))


def _cells(record: StudyRecord, trial: Trial) -> tuple[str, ...]:
    state = trial.state
    if state == RUNNING:  # so it is by the log; nobody may be at it
        run = run_state(record.study, trial)
        state = shown_state(run) if run else "gone"
    epochs = f"{trial.best_epoch}/{trial.epochs}" if trial.epochs else ""
    return (
        str(trial.number),
        state,
        trial.run.rpartition("-")[2],
        number_text(trial.value, ".3f"),
        number_text(trial.age_mae, ".2f"),
        number_text(100 * trial.gender_accuracy, ".1f"),
        epochs,
    )


def _notes(shown: list[Trial], count: int) -> list[str]:
    """Why trials failed, or what was not as asked of finished ones; how many are not shown."""
    lines = [
        f"trial {one.number} {one.state}: {printable(one.text)}"
        for one in shown
        if one.state in (FAILED, FINISHED) and one.text
    ]
    left = count - len(shown)
    return [*lines, f"{left} more: add --all"] if left else lines


def _shares(record: StudyRecord) -> str:
    shares = sorted(record.log.importances.items(), key=lambda one: -one[1])
    told = ", ".join(f"{printable(name)} {100 * share:.0f} %" for name, share in shares)
    return f"what sets the best of {record.log.importances_of} trials apart: {told}"


def _front(record: StudyRecord) -> str:
    """The trials between which one has to choose, where the best is not best in both figures."""
    found = front(record.log.trials)
    if len(found) < 2:
        return ""
    told = "\n".join(f"  trial {one.number}: {figures_text(one)}" for one in found)
    what = "to which no trial is as good in one figure and better in the other"
    return f"the Pareto front, {what}:\n{told}"


def _best(record: StudyRecord, config: StudyConfig, best: Trial) -> list[str]:
    """Which it is, and the commands that go on with it."""
    finished = sum(one.state == FINISHED for one in record.log.trials)
    lines = [
        f"the best is trial {best.number}, run {printable(best.run)}: {figures_text(best)}",
        f"  {values_text(best.values)}",
        *([f"  {printable(best.text)}"] if best.text else []),
    ]
    file = RunDir(record.study.runs_root / best.run).config_file
    if not file.exists():
        return [*lines, "its run is gone: give these settings to `agegender-tui train`"]
    command = f"--config {shlex.quote(str(file))}{runs_option(record.study.runs_root)}"
    if epochs := full_length(config, best):
        command += f" --epochs {epochs}"
        lines.append(f"train it to full length:\n  agegender-tui train {command}")
    if finished > 1:
        lines.append(
            f"the best of {finished} on one split is better by luck too; repeat it on other splits:"
        )
    else:
        lines.append("repeat it on other splits:")
    lines.append(f"  agegender-tui repeat --folds 5 {command}")
    return lines
