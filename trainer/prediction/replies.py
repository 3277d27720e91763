"""What the prediction process answers, as JSON-ready objects."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from trainer.prediction.finding import CroppedFace
from trainer.prediction.pipeline import FileResult
from trainer.prediction.predictor import Estimate, LoadedModel, Predictor
from trainer.prediction.protocol import pack


def model_reply(model: LoadedModel, flip: bool) -> dict[str, Any]:
    """A loaded model, and how it is calibrated: for mirrored faces too, with `flip`."""
    calibration = model.flipped if flip else model.calibration
    return {
        "model": model.name,
        "file": os.fspath(model.file),
        "parameters": model.network.count_params(),
        "calibrated_on": calibration.faces if calibration else 0,
        "temperature": round(calibration.temperature, 4) if calibration else None,
        "why_uncalibrated": model.why_not_flipped if flip else model.why_uncalibrated,
    }


def mean_reply(predictor: Predictor) -> dict[str, Any]:
    """How the mean of several loaded models is calibrated."""
    calibration = predictor.mean_calibration
    return {
        "calibrated_on": calibration.faces if calibration else 0,
        "temperature": round(calibration.temperature, 4) if calibration else None,
        "why_uncalibrated": predictor.why_mean_uncalibrated,
    }


def file_reply(result: FileResult, crops: bool) -> dict[str, Any]:
    """A file with its faces; `crops` adds their pixels."""
    return {
        "file": os.fspath(result.path),
        "size": list(result.size),
        "faces": [_face(face, estimates, crops) for face, estimates in result.faces],
        "problem": result.problem,
    }


def _face(face: CroppedFace, estimates: list[Estimate], crops: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "box": [round(float(value), 1) for value in face.box],
        "corners": face.corners.round(1).tolist(),
        "score": round(face.score, 4),
        "as_it_is": face.as_it_is,
        "predictions": [dataclasses.asdict(one) for one in estimates],
    }
    if crops:
        body["crop"] = pack(face.pixels)
    return body
