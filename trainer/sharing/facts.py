"""What is known of a model that left its run: `NAME.json` beside `NAME.keras`, bound to its bytes.

v, name, network, data, scores, calibration, model (SHA-256)
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

from trainer.config import RunConfig
from trainer.errors import DataError, RunError
from trainer.presets import PRESETS
from trainer.runs.atomic import ANOTHER_PLACE, write_atomic
from trainer.runs.layout import RunDir

VERSION = 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
MOST_BYTES = 1 << 20
_NO_RECIPE = (
    "data",
    "label",
    "group",
    "study",
    "weights",
    "device",
    "precision",
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
        """KeyError, TypeError, ValueError, AttributeError or OverflowError where something is
        missing or of another kind, or the name is none that a command could be given."""
        for name in ("name", "network", "data"):
            if not isinstance(body[name], str):
                raise TypeError(f"{name} is no text")
        if not NAME.fullmatch(body["name"]) or body["name"] == "last":
            raise ValueError("a name of other than letters, digits, dots, - and _")
        scores = {str(name): float(value) for name, value in body["scores"].items()}
        if not all(map(math.isfinite, scores.values())):
            raise ValueError("a score that is not finite")
        return cls(body["name"], body["network"], body["data"], scores, dict(body["calibration"]))


def facts_of_run(run: RunDir) -> ModelFacts:
    """Named after the preset whose recipe it followed, else after the run, so that two models of
    one name are of one making. RunError where the run has no scores yet."""
    from trainer.prediction.calibration import run_calibration, stored

    config = run.config()
    try:
        scores = json.loads(run.metrics_file.read_bytes())["validation"]
    except (OSError, ValueError, KeyError, TypeError):
        raise RunError(f"{run.id}: has no scores yet; let it finish, or stop it") from None
    calibration: dict[str, Any] = {}
    with contextlib.suppress(DataError):  # a handful of faces to validate on
        plain = run_calibration(run)
        calibration = plain.to_json()
        calibration = stored(plain, run_calibration(run, flipped=True))
    return ModelFacts(
        name=recipe_name(config) or _as_name(run.id),
        network=config.model,
        data=PurePath(config.data).name,
        scores={name: value for name, value in scores.items() if value is not None},
        calibration=calibration,
    )


def _as_name(folder: str) -> str:
    """What a run goes by whose folder was given a name that commands do not take."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder).strip("-._")[:80]
    return name if name not in ("", "last") else "run"


def recipe_name(config: RunConfig) -> str:
    """The preset that has all these settings, however they came about; '' for none."""
    for name, one in PRESETS.items():
        same = {key: getattr(config, key) for key in ("preset", *_NO_RECIPE)}
        if one.config.replace(**same) == config:
            return name
    return ""


def facts_file(model: Path) -> Path:
    """Where the facts of a model file lie."""
    return model.with_suffix(".json")


def write_facts(model: Path, facts: ModelFacts) -> None:
    """Write them beside a model that is there already. StorageError."""
    body = {"v": VERSION, **facts.to_json(), "model": _digest(model)}
    text = json.dumps(body, indent=2, allow_nan=False) + "\n"
    write_atomic(facts_file(model), text, elsewhere=ANOTHER_PLACE)


def facts_beside(model: Path) -> ModelFacts | None:
    """None where there are none, or where they are of another file of that name."""
    file = facts_file(model)
    try:
        if file.stat().st_size > MOST_BYTES:
            return None
        body = json.loads(file.read_bytes())
        if body["v"] != VERSION or body["model"] != _digest(model):
            return None
        return ModelFacts.from_json(body)
    except (OSError, ArithmeticError, ValueError, LookupError, TypeError, AttributeError,
            RecursionError):  # fmt: skip
        return None


def _digest(model: Path) -> str:
    with open(model, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
