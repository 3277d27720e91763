"""What is known of a model that left its run: `NAME.json` beside `NAME.keras`, bound to its bytes.

v, name, network, data, training, validation (faces), scores, calibration, model (SHA-256)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

from trainer.config import RunConfig
from trainer.errors import DataError, RunError
from trainer.presets import PRESETS
from trainer.runs.atomic import write_atomic
from trainer.runs.layout import RunDir

VERSION = 1
_NO_RECIPE = (
    "data",
    "label",
    "group",
    "weights",
    "device",
    "feature_gigabytes",
    "checkpoint_seconds",
)


@dataclass(frozen=True)
class ModelFacts:
    """`name` it goes by; `data` the name of the set it was trained on; `scores` those of its run's
    `metrics.json` on the validation part; `calibration` the body of `calibration.json`, empty for
    none."""

    name: str
    network: str
    data: str
    scores: Mapping[str, float] = field(default_factory=dict)
    calibration: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """All of it, as `from_json` reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> ModelFacts:
        """KeyError, TypeError or ValueError where something is missing or of another kind."""
        return cls(
            name=str(body["name"]),
            network=str(body["network"]),
            data=str(body["data"]),
            scores={str(name): float(value) for name, value in body["scores"].items()},
            calibration=dict(body["calibration"]),
        )


def facts_of_run(run: RunDir) -> ModelFacts:
    """Named after the preset whose recipe it followed. RunError where the run has no scores yet."""
    from trainer.prediction.calibration import run_calibration

    config = run.config()
    try:
        scores = json.loads(run.metrics_file.read_bytes())["validation"]
    except (OSError, ValueError, KeyError, TypeError):
        raise RunError(f"{run.id}: has no scores yet; let it finish, or stop it") from None
    try:
        calibration = run_calibration(run).to_json()
    except DataError:  # a handful of faces to validate on
        calibration = {}
    return ModelFacts(
        name=_recipe(config),
        network=config.model,
        data=PurePath(config.data).name,
        scores={name: value for name, value in scores.items() if value is not None},
        calibration=calibration,
    )


def _recipe(config: RunConfig) -> str:
    """The preset that has all these settings, however they came about; else the one begun from."""
    for name, one in PRESETS.items():
        same = {key: getattr(config, key) for key in ("preset", *_NO_RECIPE)}
        if one.config.replace(**same) == config:
            return name
    return config.preset


def facts_file(model: Path) -> Path:
    """Where the facts of a model file lie."""
    return model.with_suffix(".json")


def write_facts(model: Path, facts: ModelFacts) -> None:
    """Write them beside a model that is there already. StorageError."""
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    body = {"v": VERSION, **facts.to_json(), "model": digest}
    write_atomic(facts_file(model), json.dumps(body, indent=2, allow_nan=False) + "\n")


def facts_beside(model: Path) -> ModelFacts | None:
    """None where there are none, or where they are of another file of that name."""
    try:
        body = json.loads(facts_file(model).read_bytes())
        if body["v"] > VERSION or body["model"] != hashlib.sha256(model.read_bytes()).hexdigest():
            return None
        return ModelFacts.from_json(body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
