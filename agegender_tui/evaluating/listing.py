"""The evaluations of a folder of runs, each in one row. Without numpy; files are read once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.errors import RunError
from trainer.evaluation.store import EvaluationDir, evaluations
from trainer.jobs.status import Status

BROKEN = "broken"
_ID = re.compile(r"(?P<model>.+?)--(?P<data>.+)-(?P<part>validation|all)--[0-9a-f]{8}")


@dataclass(frozen=True)
class Listed:
    """One evaluation: `state` as shown, `summary` its evaluation.json, empty until it is done;
    `problem` says why it failed or cannot be read. `asked` is when, in Unix seconds."""

    directory: EvaluationDir
    state: str
    status: Status = field(default_factory=Status)
    summary: Mapping[str, Any] = field(default_factory=dict, repr=False)
    asked: float = 0.0
    problem: str = ""

    @property
    def id(self) -> str:
        return self.directory.id

    @property
    def done(self) -> bool:
        """Whether it has figures."""
        return bool(self.summary)

    @property
    def model(self) -> str:
        """Name of the model: the id of its run, or of its file."""
        return str(self.summary["model"]["name"]) if self.done else self._part_of_id("model")

    @property
    def network(self) -> str:
        return str(self.summary["model"].get("network", "")) if self.done else ""

    @property
    def is_mean(self) -> bool:
        """Whether it is of the mean of several models."""
        return self.done and bool(self.summary["model"].get("members"))

    @property
    def runs(self) -> tuple[str, ...]:
        """Directory of the model's run, of a mean those of its models; without those of none."""
        if not self.done:
            return ()
        models = self.summary["model"].get("members") or [self.summary["model"]]
        return tuple(str(model["run"]) for model in models if model.get("run"))

    @property
    def data(self) -> str:
        return str(self.summary["data"]["name"]) if self.done else self._part_of_id("data")

    @property
    def part(self) -> str:
        """`validation` or `all`."""
        return str(self.summary["data"]["part"]) if self.done else self._part_of_id("part")

    @property
    def faces_fingerprint(self) -> str:
        """Changes with any of the faces and their labels; '' until it is done."""
        return str(self.summary["data"].get("fingerprint", "")) if self.done else ""

    @property
    def faces(self) -> int:
        """How many were scored; 0 until it is done."""
        return int(self.summary["data"]["faces"]) if self.done else 0

    @property
    def flip(self) -> bool:
        """Whether each face was mirrored too; False until that is known."""
        return bool(self.summary["settings"].get("flip")) if self.done else False

    def figure(self, name: str) -> float:
        """The value of a figure; NaN where there is none."""
        found = self.summary.get("figures", {}).get(name)
        value = found.get("value") if isinstance(found, dict) else None
        return float(value) if isinstance(value, int | float) else math.nan

    def _part_of_id(self, name: str) -> str:
        found = _ID.fullmatch(self.id)
        return found[name] if found else self.id if name == "model" else ""


class Listing:
    """Lists the evaluations below `root`; what did not change is not read again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, tuple[tuple[int, ...], Listed]] = {}

    def list(self) -> list[Listed]:
        """All of them, the newest request first. Raises RunError where the folder is unreadable."""
        found = [self._listed(one) for one in evaluations(self.root)]
        self._known = {one.id: self._known[one.id] for one in found if one.id in self._known}
        return found

    def _listed(self, one: EvaluationDir) -> Listed:
        files = (one.request_file, one.state_file, one.summary_file)
        stamp = tuple(map(_stamp, files))
        known = self._known.get(one.id)
        # Whether a worker still lives is not to be seen by its files.
        if known is None or known[0] != stamp or known[1].status.active:
            known = stamp, _read(one, stamp[0] / 1e9)
            self._known[one.id] = known
        return known[1]


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read(one: EvaluationDir, asked: float) -> Listed:
    try:
        # The figures are written last: a worker that ended before it said so takes none away.
        summary = one.summary() if one.done else {}
        status = Status("finished") if summary else one.status()
    except RunError as error:
        return Listed(one, BROKEN, asked=asked, problem=str(error))
    state = status.shown
    return Listed(one, state, status, summary, asked, status.text if state == "failed" else "")
