"""Evaluations on disk as a worker leaves them, of predictions made up."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from trainer.evaluation.figures import figures, grouped
from trainer.evaluation.scored import Scored, write_scored
from trainer.evaluation.store import EvaluationDir


def store(root: Path, scored: Scored, *, run: str = "", **replaced: Any) -> EvaluationDir:
    """Write `evaluation.json` and `predictions.csv`; `replaced` are keys of the former."""
    name = f"{scored.model}--{scored.data}-{scored.part}--{len(list(root.glob('*'))):08x}"
    directory = EvaluationDir(root / "".join(c if c.isalnum() or c in "._-" else "_" for c in name))
    directory.path.mkdir(parents=True)
    digest = write_scored(directory.predictions_file, scored)
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
        "figures": _plain(figures(scored)),
        "groups": [
            {
                "kind": group.kind,
                "name": group.name,
                "faces": group.faces,
                "figures": _plain(group.figures),
            }
            for group in grouped(scored)
        ],
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
