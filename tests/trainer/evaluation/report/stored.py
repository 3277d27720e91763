"""Evaluations on disk as a worker leaves them, of predictions made up."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from trainer.evaluation.figures import figures, grouped
from trainer.evaluation.scored import Scored, write_scored
from trainer.evaluation.store import EvaluationDir

_known: dict[tuple[object, ...], tuple[dict[str, Any], list[dict[str, Any]]]] = {}


def _figures(scored: Scored) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Those of all faces and of each group. Their intervals take time, and hundreds of tests have
    the same predictions in folders of their own."""
    parts = [value for name, value in vars(scored).items() if name != "folder"]
    key = tuple(one.tobytes() if isinstance(one, np.ndarray) else one for one in parts)
    if key not in _known:
        groups = [
            {"kind": one.kind, "name": one.name, "faces": one.faces, "figures": _plain(one.figures)}
            for one in grouped(scored)
        ]
        _known[key] = _plain(figures(scored)), groups
    return _known[key]


def store(root: Path, scored: Scored, *, run: str = "", **replaced: Any) -> EvaluationDir:
    """Write `evaluation.json` and `predictions.csv`; `replaced` are keys of the former."""
    name = f"{scored.model}--{scored.data}-{scored.part}--{len(list(root.glob('*'))):08x}"
    directory = EvaluationDir(root / "".join(c if c.isalnum() or c in "._-" else "_" for c in name))
    directory.path.mkdir(parents=True)
    digest = write_scored(directory.predictions_file, scored)
    of_all, groups = _figures(scored)
    summary = {
        "v": 1,
        "id": directory.id,
        "model": {
            "file": str(Path(run or "/models") / f"age_gender_{scored.network}.keras"),
            "name": scored.model,
            "network": scored.network,
            "fingerprint": scored.model_fingerprint,
            "run": run,
        },
        "data": {
            "source": str(scored.folder),
            "name": scored.data,
            "part": scored.part,
            "fingerprint": scored.data_fingerprint,
            "faces": len(scored.files),
            "predictions": digest,
        },
        "settings": {"flip": False},
        "left_out": {"trained_on": 0, "unreadable": 0, "files": []},
        "created": 1_795_000_000.0,
        "seconds": 12.0,
        "figures": of_all,
        "groups": groups,
    }
    directory.summary_file.write_text(json.dumps({**summary, **replaced}), encoding="utf-8")
    return directory


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {
            key: number if math.isfinite(number) else None
            for key, number in figure._asdict().items()
        }
        for name, figure in found.items()
    }
