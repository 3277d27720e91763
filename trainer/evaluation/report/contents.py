"""What a report is made of: evaluations as read from disk, each with a name that tells it apart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from trainer.errors import RunError, UserError
from trainer.evaluation.figures import Group
from trainer.evaluation.kinds import KINDS, Figure
from trainer.evaluation.scored import Scored
from trainer.evaluation.store import EvaluationDir
from trainer.runs.comparison import Compared
from trainer.runs.course import Course
from trainer.runs.layout import RUN_ID, RunDir
from trainer.text import printable


@dataclass(frozen=True)
class Part:
    """One evaluation. `model` is what its model is called, `name` tells it from the others of the
    report on the same faces; `figures` are of all faces, `groups` of some."""

    directory: EvaluationDir
    model: str
    name: str
    summary: Mapping[str, Any]
    figures: Mapping[str, Figure]
    groups: Sequence[Group]

    @cached_property
    def scored(self) -> Scored:
        """What the model said of each face, read when it is first asked for."""
        return self.directory.scored()

    @property
    def network(self) -> str:
        return str(self.summary["model"].get("network", ""))

    @property
    def faces(self) -> int:
        return int(self.summary["data"]["faces"])

    @property
    def data(self) -> str:
        """`utkface-5k, validation part`, or only the name where it is all of it."""
        about = self.summary["data"]
        name = printable(str(about["name"]))
        return name if about["part"] == "all" else f"{name}, {printable(str(about['part']))} part"

    @property
    def title(self) -> str:
        """Model and data."""
        return f"{self.name} on {self.data}"

    @property
    def run(self) -> RunDir | None:
        """The run the model is of, where its directory still is there."""
        return _run(self.summary["model"])

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """(file, why) of the faces that were not scored."""
        stored = self.summary["left_out"].get("files", ())
        return [(str(name), str(why)) for name, why in stored]

    def of_kind(self, kind: str) -> list[Group]:
        """The groups by `age`, `gender` or `race`."""
        return [group for group in self.groups if group.kind == kind]


def read_parts(evaluations: Sequence[EvaluationDir]) -> list[Part]:
    """In the order given; UserError for none, RunError for one that is not done or is damaged."""
    if not evaluations:
        raise UserError("no evaluation was named to report on: give one, or evaluate a model first")
    summaries = [one.summary() for one in evaluations]
    models = _models(summaries)
    names = _names(evaluations, summaries, models)
    return [_part(*one) for one in zip(evaluations, models, names, summaries, strict=True)]


def _part(directory: EvaluationDir, model: str, name: str, summary: dict[str, Any]) -> Part:
    try:
        int(summary["data"]["faces"])
        groups = [
            Group(
                str(group["kind"]),
                str(group["name"]),
                int(group["faces"]),
                figures_of(group["figures"]),
            )
            for group in summary["groups"]
        ]
        part = Part(directory, model, name, summary, figures_of(summary["figures"]), groups)
        part.left_out  # noqa: B018 - so that a damaged list is found here
        return part
    except (KeyError, TypeError, ValueError, AttributeError):
        shown = printable(str(directory.summary_file))
        raise RunError(f"{shown}: is damaged; evaluate anew with --redo") from None


def figures_of(stored: Mapping[str, Mapping[str, float | None]]) -> dict[str, Figure]:
    """Figures as `evaluation.json` has them, in the order of `KINDS`; one not known is left out."""
    return {
        name: Figure(*(_number(stored[name].get(key)) for key in Figure._fields))
        for name in KINDS
        if name in stored
    }


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _names(
    evaluations: Sequence[EvaluationDir],
    summaries: Sequence[Mapping[str, Any]],
    models: Sequence[str],
) -> list[str]:
    """Those of `models`, with what was done otherwise; where two evaluations still would have the
    same, with the end of the evaluation's id."""
    names = [
        model + ", with mirrored faces" * bool(summary["settings"].get("flip"))
        for model, summary in zip(models, summaries, strict=True)
    ]
    keys = [
        (name, summary["data"].get("name"), summary["data"].get("part"))
        for name, summary in zip(names, summaries, strict=True)
    ]
    taken = Counter(keys)
    return [
        f"{key[0]} ({printable(one.id[-8:])})" if taken[key] > 1 else key[0]
        for one, key in zip(evaluations, keys, strict=True)
    ]


def _models(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Short names; where two models would have the same, their whole ones."""
    models = [summary["model"] for summary in summaries]
    shorts = [_short_name(model) for model in models]
    meant: dict[str, set[str]] = {}
    for short, model in zip(shorts, models, strict=True):
        meant.setdefault(short, set()).add(str(model.get("fingerprint")))
    return [
        short if len(meant[short]) == 1 else printable(str(model.get("name", "")))
        for short, model in zip(shorts, models, strict=True)
    ]


def _short_name(model: Mapping[str, Any]) -> str:
    """As runs are called where they are compared, `B-features x7k2`, with the label where there is
    one; of a model elsewhere its file's name."""
    name, run = str(model.get("name", "")), _run(model)
    if run is None:
        known = RUN_ID.fullmatch(name)
        return f"{name.split('-')[2]} {name[-4:]}" if known else printable(name)
    try:
        return Compared(run, run.label(), run.config(), Course()).name
    except RunError:
        return printable(name)


def _run(model: Mapping[str, Any]) -> RunDir | None:
    folder = str(model.get("run") or "")
    run = RunDir(Path(folder))
    return run if folder and run.config_file.is_file() else None


def by_data(parts: Sequence[Part]) -> dict[str, list[Part]]:
    """The parts of each set of faces, in the order in which they come."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.data, []).append(part)
    return found
