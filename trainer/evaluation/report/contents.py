"""What a report is made of: evaluations as read from disk, each with a name that tells it apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from trainer.errors import RunError, UserError
from trainer.evaluation.figures import AgeConfusion, Group, age_confusion
from trainer.evaluation.kinds import KINDS, Figure
from trainer.evaluation.report.naming import data_names, evaluation_names, model_names, run_of
from trainer.evaluation.scored import Scored
from trainer.evaluation.store import EvaluationDir
from trainer.runs.layout import RunDir
from trainer.text import printable


@dataclass(frozen=True)
class Part:
    """One evaluation. `model` and `data` are what these are called, `name` tells it from the others
    of the report on the same data; `figures` are of all faces, `groups` of some."""

    directory: EvaluationDir
    model: str
    data: str
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
    def title(self) -> str:
        """Model and data."""
        return f"{self.name} on {self.data}"

    @property
    def run(self) -> RunDir | None:
        """The run the model is of, where its directory still is there."""
        return run_of(self.summary["model"])

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """(file, why) of the faces that were not scored."""
        stored = self.summary["left_out"].get("files", ())
        return [(str(name), str(why)) for name, why in stored]

    @property
    def copies(self) -> list[tuple[str, str]]:
        """(file, why) of the faces that were scored and are copies of some trained on."""
        stored = (self.summary.get("copies") or {}).get("files", ())
        return [(str(name), str(why)) for name, why in stored]

    @property
    def without_copies(self) -> Mapping[str, Figure]:
        """The figures of the other faces; empty where there are no copies."""
        return figures_of((self.summary.get("copies") or {}).get("figures", {}))

    @cached_property
    def age_groups(self) -> AgeConfusion | None:
        """Of a set with ranges of ages, which were said of the faces of each; None of another."""
        return age_confusion(self.scored) if "group_accuracy" in self.figures else None

    def of_kind(self, kind: str) -> list[Group]:
        """The groups by `age`, `gender` or `race`."""
        return [group for group in self.groups if group.kind == kind]


def read_parts(evaluations: Sequence[EvaluationDir]) -> list[Part]:
    """In the order given; UserError for none, RunError for one that is not done or is damaged."""
    if not evaluations:
        raise UserError("no evaluation was named to report on: give one, or evaluate a model first")
    summaries = [one.summary() for one in evaluations]
    models, sets = model_names(summaries), data_names(summaries)
    names = evaluation_names(evaluations, summaries, models, sets)
    told = zip(evaluations, models, sets, names, summaries, strict=True)
    return [_part(*one) for one in told]


def _part(
    directory: EvaluationDir, model: str, data: str, name: str, summary: dict[str, Any]
) -> Part:
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
        part = Part(directory, model, data, name, summary, figures_of(summary["figures"]), groups)
        # So that damaged lists are found here.
        part.left_out, part.copies, part.without_copies  # noqa: B018
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


def by_data(parts: Sequence[Part]) -> dict[str, list[Part]]:
    """The parts of each set of faces, in the order in which they come."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.data, []).append(part)
    return found
