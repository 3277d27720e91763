"""`trials.jsonl`: what a study tried and what came of it, a JSON object a line, only ever appended.

begin        number, run, values
hopeless     number
end          number, state, value, age_mae, gender_accuracy, epochs, best_epoch, course, text,
             code
importances  shares, trials

`course` is the value after each epoch, null where it is no finite number. A reader skips what it
does not know, and a torn last line. A trial that is told twice counts as told last. Imports in
milliseconds.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trainer.errors import ExitCode, RunError
from trainer.runs.appending import append_line, cut_torn_line
from trainer.runs.atomic import storage_errors
from trainer.runs.events import finite
from trainer.text import printable

VERSION = 1
RUNNING = "running"
FINISHED = "finished"
PRUNED = "pruned"
FAILED = "failed"
STOPPED = "stopped"
ENDED = (FINISHED, PRUNED, FAILED, STOPPED)


@dataclass(frozen=True)
class Trial:
    """`value` is the objective's, NaN where there is none; `age_mae` in years and
    `gender_accuracy`, 0 to 1, are those of the epoch that counts; `course` has the objective after
    each epoch, the value that counts of a trial that did not finish among them. `hopeless`: its
    run was told to end early. `code` is the exit status of its run, 2 where
    its values are to blame for a failure."""

    number: int
    run: str
    values: dict[str, Any]
    state: str = RUNNING
    value: float = math.nan
    age_mae: float = math.nan
    gender_accuracy: float = math.nan
    epochs: int = 0
    best_epoch: int = 0
    course: tuple[float, ...] = ()
    text: str = ""
    hopeless: bool = False
    code: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def by_settings(self) -> bool:
        """Whether it failed by what was tried, not by where."""
        return self.state == FAILED and self.code == ExitCode.USAGE


@dataclass(frozen=True)
class TrialLog:
    """Trials in their order. `importances` are the shares of the settings varied in how far the
    trials differ, 0 to 1, which sum to 1; of the first `importances_of` trials; empty while too few
    are done."""

    trials: tuple[Trial, ...] = ()
    importances: dict[str, float] = field(default_factory=dict)
    importances_of: int = 0


class TrialWriter:
    """Appends lines, each on the disk before it returns; cuts off one that was torn."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with storage_errors(path):
            cut_torn_line(path)

    def begin(self, trial: Trial) -> None:
        self._append("begin", number=trial.number, run=trial.run, values=trial.values)

    def hopeless(self, trial: Trial) -> None:
        self._append("hopeless", number=trial.number)

    def end(self, trial: Trial) -> None:
        self._append(
            "end",
            number=trial.number,
            state=trial.state,
            value=trial.value,
            age_mae=trial.age_mae,
            gender_accuracy=trial.gender_accuracy,
            epochs=trial.epochs,
            best_epoch=trial.best_epoch,
            course=list(trial.course),
            text=trial.text,
            code=trial.code,
        )

    def importances(self, shares: Mapping[str, float], trials: int) -> None:
        self._append("importances", shares=dict(shares), trials=trials)

    def _append(self, kind: str, **rest: Any) -> None:
        body = finite({"v": VERSION, "t": round(time.time(), 3), "type": kind, **rest})
        line = (json.dumps(body, allow_nan=False) + "\n").encode()
        with storage_errors(self._path), open(self._path, "ab", buffering=0) as file:
            append_line(file, line, durable=True)


def read_trials(path: Path) -> TrialLog:
    """What is told there; nothing where there is no such file yet. RunError where it cannot be
    read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return TrialLog()
    except OSError as error:
        raise RunError(f"{printable(str(path))}: cannot be read ({error.strerror})") from None
    trials: dict[int, Trial] = {}
    shares: dict[str, float] = {}
    trials_of = 0
    for line in content[: content.rfind(b"\n") + 1].splitlines():
        try:
            body = json.loads(line)
            if body["v"] > VERSION:
                continue
            if body["type"] == "begin":
                trial = _begun(body)
                trials[trial.number] = trial
            elif body["type"] == "hopeless" and body["number"] in trials:
                trials[body["number"]] = replace(trials[body["number"]], hopeless=True)
            elif body["type"] == "end" and body["number"] in trials:
                trials[body["number"]] = _ended(trials[body["number"]], body)
            elif body["type"] == "importances":
                shares = {str(name): float(share) for name, share in body["shares"].items()}
                trials_of = int(body["trials"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return TrialLog(tuple(trials[number] for number in sorted(trials)), shares, trials_of)


def _begun(body: Mapping[str, Any]) -> Trial:
    values = body["values"]
    if not isinstance(values, dict) or not isinstance(body["number"], int):
        raise TypeError("values")
    return Trial(body["number"], str(body["run"]), values, began=float(body["t"]))


def _ended(trial: Trial, body: Mapping[str, Any]) -> Trial:
    if body["state"] not in ENDED:
        raise ValueError(body["state"])
    return replace(
        trial,
        state=body["state"],
        value=_number(body["value"]),
        age_mae=_number(body["age_mae"]),
        gender_accuracy=_number(body["gender_accuracy"]),
        epochs=int(body["epochs"]),
        best_epoch=int(body["best_epoch"]),
        course=_numbers(body["course"]),
        text=str(body["text"]),
        code=int(body.get("code", 0)),
        ended=float(body["t"]),
    )


def _numbers(values: Sequence[Any]) -> tuple[float, ...]:
    return tuple(map(_number, values))


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
