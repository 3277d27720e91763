"""`evaluation.json`: all that is told of an evaluation, its figures computed on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.evaluation.figures import figures, grouped
from trainer.evaluation.kinds import Figure
from trainer.evaluation.scored import Scored, write_scored
from trainer.evaluation.store import VERSION, EvaluationDir
from trainer.runs.atomic import write_atomic
from trainer.runs.events import finite


@dataclass(frozen=True)
class Made:
    """How an evaluation came about, beside what was scored. `model` and `left_out` are those parts
    of the file; `copies` has why by name."""

    model: Mapping[str, Any]
    source: str
    flip: bool
    left_out: Mapping[str, Any]
    copies: Mapping[str, str]
    notes: Sequence[str]
    seconds: float


def summary_of(name: str, scored: Scored, made: Made) -> dict[str, Any]:
    """`evaluation.json` of this id, the figures computed, which takes a second or so for a thousand
    faces; without the digest of `predictions.csv`."""
    return {
        "v": VERSION,
        "id": name,
        "model": made.model,
        "data": {
            "source": made.source,
            "name": scored.data,
            "part": scored.part,
            "fingerprint": scored.data_fingerprint,
            "faces": len(scored.files),
        },
        "settings": {"flip": made.flip},
        "left_out": made.left_out,
        "copies": _without(scored, made.copies),
        "notes": made.notes,
        "created": time.time(),
        "seconds": round(made.seconds, 3),
        "figures": _figures_json(figures(scored)),
        "groups": [
            {
                "kind": group.kind,
                "name": group.name,
                "faces": group.faces,
                "figures": _figures_json(group.figures),
            }
            for group in grouped(scored)
        ],
    }


def write_result(directory: EvaluationDir, scored: Scored, summary: Mapping[str, Any]) -> None:
    """Write `predictions.csv`, then `evaluation.json`, which makes the evaluation one that is
    done."""
    digest = write_scored(directory.predictions_file, scored)
    body = {**summary, "data": {**summary["data"], "predictions": digest}}
    text = json.dumps(finite(body), indent=1, allow_nan=False)
    write_atomic(directory.summary_file, text + "\n")


def _without(scored: Scored, copies: Mapping[str, str]) -> dict[str, Any]:
    """The copies among the faces that were scored, and the figures of the other faces; empty where
    there are none."""
    found = [[name, copies[name]] for name in scored.files if name in copies]
    others = np.array([name not in copies for name in scored.files], "bool")
    return {
        "files": found,
        "figures": _figures_json(figures(scored, others)) if found else {},
    }


def _figures_json(found: dict[str, Figure]) -> dict[str, dict[str, float]]:
    return {name: one._asdict() for name, one in found.items()}
