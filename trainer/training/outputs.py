"""What a run leaves behind for people and other programs: tables, figures, the model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from trainer.csv_lines import csv_lines
from trainer.export.tables import csv_text
from trainer.runs.atomic import ANOTHER_ROOT, storage_errors, write_atomic
from trainer.runs.events import METRICS, finite
from trainer.runs.layout import RunDir
from trainer.text import spreadsheet_safe


def write_history(
    path: Path, history: list[dict[str, Any]], *, elsewhere: str = ANOTHER_ROOT
) -> None:
    """The epoch table: training metrics by name, validation metrics with `val_` before it, empty
    where one is not finite. Where it cannot be written, `elsewhere` is the remedy."""
    columns = ["epoch", *METRICS, *(f"val_{name}" for name in METRICS)]
    rows = [
        [
            row["epoch"],
            *(row["train"].get(name, "") for name in METRICS),
            *(row["validation"].get(name, "") for name in METRICS),
            row["learning_rate"],
            row["seconds"],
            row["images_per_second"],
            int(row["best"]),
        ]
        for row in history
    ]
    header = [*columns, "learning_rate", "seconds", "images_per_second", "best"]
    write_atomic(path, csv_text([header, *rows]), elsewhere=elsewhere)


def write_predictions(
    path: Path,
    files: list[str],
    true_ages: np.ndarray,
    true_genders: np.ndarray,
    ages: np.ndarray,
    genders: np.ndarray,
) -> None:
    """The model's word on each validation face; numbers in full, so that they can be checked."""
    rows: list[list[Any]] = [["file", "age", "gender", "predicted_age", "predicted_gender_1"]]
    for file, age, gender, said_age, said_gender in zip(
        files, true_ages, true_genders, ages, genders, strict=True
    ):
        rows.append(
            [
                spreadsheet_safe(file),
                int(age),
                int(gender),
                repr(float(said_age)),
                repr(float(said_gender)),
            ]
        )
    write_atomic(path, csv_lines(rows))


def final_metrics(
    true_ages: np.ndarray, true_genders: np.ndarray, ages: np.ndarray, genders: np.ndarray
) -> dict[str, float]:
    """Scores of the saved model: MAE in years, share within 5 years, accuracy 0 to 1, and the
    scores of always saying the median age and the commoner gender."""
    errors = np.abs(ages - true_ages)
    female = float(np.mean(true_genders))
    return {
        "faces": len(true_ages),
        "age_mae": float(errors.mean()),
        "age_within_5_years": float(np.mean(errors <= 5)),
        "gender_accuracy": float(np.mean((genders > 0.5) == (true_genders > 0.5))),
        "baseline_age_mae": float(np.abs(true_ages - np.median(true_ages)).mean()),
        "baseline_gender_accuracy": max(female, 1 - female),
    }


def write_json(path: Path, body: dict[str, Any]) -> None:
    """Write `body`; figures that are not finite become null, so that any JSON reader copes."""
    write_atomic(path, json.dumps(finite(body), indent=2, allow_nan=False) + "\n")


def plain_copy(model: Any) -> Any:
    """The network as it is saved, of the same weights: float32 throughout, so that it answers the
    same where bfloat16 is slow or missing, and never compiled: Keras 3 writes the optimizer of one
    that was, which makes the file of model A three times as large."""
    import keras

    copy = keras.Model.from_config(_in_float32(model.get_config()))
    copy.set_weights(model.get_weights())
    return copy


def _in_float32(config: Any) -> Any:
    """A Keras configuration with every data type policy replaced."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": "float32"}}
        return {key: _in_float32(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(map(_in_float32, config))
    return config


def save_model(run: RunDir, name: str, model: Any) -> Path:
    """Write a network as plain Keras: no class of ours."""
    target = run.model_file(name)
    # Keras wants the ending. A run has one worker, so one name does, and nothing is left of one
    # that was killed meanwhile.
    temporary = run.path / ".saving.keras"
    with storage_errors(target):
        try:
            model.save(temporary)
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    return target
