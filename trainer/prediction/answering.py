"""What the prediction process does for each request; docs/prediction.md describes them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from trainer.config import IMAGE_SIZE
from trainer.errors import ConfigError, UserError
from trainer.prediction import protocol
from trainer.prediction.catalog import stamps
from trainer.prediction.detectors import Detector, open_detector
from trainer.prediction.finding import AUTO, CROPS, MODES
from trainer.prediction.protocol import pack, unpack
from trainer.text import printable

MODELS_KEPT = 6
DEFAULT_DETECTOR = "mtcnn"
Reply = Callable[[dict[str, Any]], None]


class Server:
    """Answers one request at a time; keeps the models and detectors it has loaded."""

    def __init__(self, cancelled: Callable[[Any], bool]) -> None:
        self._cancelled = cancelled
        self._models: OrderedDict[tuple[Path, tuple[int, ...]], Any] = OrderedDict()
        self._detectors: dict[str, Detector] = {}
        self._opening = threading.Lock()

    def answer(self, request: dict[str, Any], reply: Reply) -> None:
        """Reply any number of times, the last one with `done`. Raises UserError."""
        known = {
            "load": self._load,
            "predict": self._predict,
            "explain": self._explain,
            "epochs": self._epochs,
            "export": self._export,
        }
        what = request.get("do")
        if what not in known:
            raise ConfigError(
                request.get("error")
                or f"no request '{printable(str(what))}': send {', '.join(protocol.REQUESTS)}"
            )
        last = None if self._cancelled(request.get("id")) else known[what](request, reply)
        reply({**(last or {}), "done": True})

    def _load(self, request: dict[str, Any], reply: Reply) -> dict[str, Any]:
        from trainer.prediction.predictor import Predictor
        from trainer.prediction.replies import mean_reply, model_reply

        if name := _text(request, "detector", ""):
            self._detector(name)
        models, flip = self._chosen_models(request, reply), _flag(request, "flip")
        predictor = Predictor(models, mean=_flag(request, "mean"), flip=flip)
        body: dict[str, Any] = {"models": [model_reply(model, flip) for model in models]}
        return {**body, "mean": mean_reply(predictor)} if predictor.mean else body

    def _predict(self, request: dict[str, Any], reply: Reply) -> dict[str, Any] | None:
        from trainer.prediction.pipeline import predict_files
        from trainer.prediction.predictor import LEVEL, Predictor
        from trainer.prediction.replies import file_reply

        request_id = request.get("id")
        files = [Path(name) for name in _strings(request, "files")]
        mode = _one_of(request, "faces", MODES, AUTO)
        name = _text(request, "detector", DEFAULT_DETECTOR)
        if mode != CROPS:  # a detector that does not load is said once, not of each file
            self._detector(name)
        level = _level(request, LEVEL)
        predictor = Predictor(
            self._chosen_models(request, reply),
            mean=_flag(request, "mean"),
            flip=_flag(request, "flip"),
            level=level,
        )
        cams = self._cams(request, predictor)
        for result in predict_files(
            files,
            predictor,
            lambda: self._detector(name),
            mode,
            cancelled=lambda: self._cancelled(request_id),
        ):
            reply({**file_reply(result, crops=_flag(request, "crops")), **cams(result)})
        return {"cancelled": True} if self._cancelled(request_id) else None

    def _detector(self, name: str) -> Detector:
        with self._opening:
            if name not in self._detectors:
                self._detectors[name] = open_detector(name)
            return self._detectors[name]

    def _chosen_models(self, request: dict[str, Any], reply: Reply) -> list[Any]:
        files = [Path(name) for name in _strings(request, "models")]
        if not files:
            raise ConfigError("no model: name at least one")
        flip = _flag(request, "flip")
        return [self._model(file, flip, request.get("id"), reply) for file in files]

    def _model(self, file: Path, flip: bool, request_id: Any, reply: Reply) -> Any:
        from trainer.prediction.predictor import load_model, with_flipped

        key = file, stamps(file)
        if key not in self._models:
            reply({"loading": str(file)})
            self._models[key] = load_model(file)
            while len(self._models) > MODELS_KEPT:
                self._models.popitem(last=False)
        self._models.move_to_end(key)
        model = self._models[key]
        if flip and model.lacks_flipped:
            reply({"calibrating": str(file)})
            model = with_flipped(model, lambda: self._cancelled(request_id))
            del self._models[key]
            # What it wrote beside the model is its own.
            self._models[file, stamps(file)] = model
        return model

    def _cams(self, request: dict[str, Any], predictor: Any) -> Callable[[Any], dict[str, Any]]:
        """Writes the maps of one file's faces; returns what its reply says of them."""
        folder = _text(request, "cams", "")
        if not folder:
            return lambda result: {}
        from trainer.explain.gradcam import HEADS, GradCam
        from trainer.explain.overlay import write_overlay

        layer = _text(request, "layer", "")
        explainers = [
            (model, head, GradCam(model.network, head, layer))
            for model in predictor.models
            for head in HEADS
        ]

        def write(result: Any) -> dict[str, Any]:
            written = cold = 0
            for number, (face, _) in enumerate(result.faces, start=1):
                for model, head, explain in explainers:
                    name = protocol.cam_name(result.path, number, model.name, model.file, head)
                    path = Path(folder, name)
                    found = explain(face.pixels)
                    write_overlay(path, face.pixels, found.heat)
                    written, cold = written + 1, cold + bool(found.cold)
            return {"cams": written, "cams_cold": cold}

        return write

    def _explain(self, request: dict[str, Any], reply: Reply) -> dict[str, Any]:
        from trainer.explain.gradcam import GradCam

        (model,) = self._chosen_models({"models": [_text(request, "model", "")]}, reply)
        explain = GradCam(model.network, _text(request, "head", "age"), _text(request, "layer", ""))
        return self._explanation(explain, _crop(request), request)

    def _explanation(
        self, explain: Any, crop: np.ndarray, request: dict[str, Any]
    ) -> dict[str, Any]:
        from trainer.explain.gradcam import layers_to_explain
        from trainer.explain.overlay import overlay, write_overlay
        from trainer.prediction.pipeline import NOT_FINITE

        found = explain(crop)
        if not np.isfinite(found.value):
            raise UserError(f"{NOT_FINITE}, so there is nothing to explain: train another")
        if save := _text(request, "save", ""):
            write_overlay(Path(save), crop, found.heat)
        return {
            "head": found.head,
            "layer": found.layer,
            "layers": layers_to_explain(explain.model, found.head),
            "value": found.value,
            "toward": found.toward,
            "cold": found.cold,
            "heat": pack((found.heat * 255).astype("uint8")),
            "overlay": pack(overlay(crop, found.heat)),
        }

    def _epochs(self, request: dict[str, Any], reply: Reply) -> dict[str, Any] | None:
        from trainer.explain.epochs import networks
        from trainer.explain.gradcam import GradCam
        from trainer.runs.layout import RunDir

        crop, head = _crop(request), _text(request, "head", "age")
        layer = _text(request, "layer", "")
        for kept, network in networks(RunDir(Path(_text(request, "run", "")))):
            if self._cancelled(request.get("id")):
                return {"cancelled": True}
            body = self._explanation(GradCam(network, head, layer), crop, {})
            reply({"epoch": kept.epoch, "step": kept.step, "best": kept.best, **body})
        return None

    def _export(self, request: dict[str, Any], reply: Reply) -> dict[str, Any]:
        from trainer.export.portable import export_model
        from trainer.sharing.compact import COMPACT, write_compact

        (model,) = self._chosen_models({"models": [_text(request, "model", "")]}, reply)
        kind, target = _text(request, "format", ""), Path(_text(request, "save", ""))
        if kind == COMPACT:
            weights = Path(_text(request, "weights", ""))
            check = write_compact(model.network, model.file, target, weights)
        else:
            check = export_model(model.network, target, kind)
        return {"file": str(check.file), "age_difference": check.age_difference,
                "gender_difference": check.gender_difference, "faces": check.faces}  # fmt: skip


def _strings(request: dict[str, Any], key: str) -> list[str]:
    value = request.get(key)
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ConfigError(f"{key} is no list of paths")
    return value


def _text(request: dict[str, Any], key: str, default: str) -> str:
    value = request.get(key, default)
    if not isinstance(value, str):
        raise ConfigError(f"{key} is {printable(repr(value)[:40])}: give text")
    return value


def _flag(request: dict[str, Any], key: str) -> bool:
    value = request.get(key, False)
    if not isinstance(value, bool):
        raise ConfigError(f"{key} is {printable(repr(value)[:40])}: give true or false")
    return value


def _one_of(request: dict[str, Any], key: str, choices: tuple[str, ...], default: str) -> str:
    value = _text(request, key, default)
    if value not in choices:
        raise ConfigError(f"{key} is '{printable(value)}': give {', '.join(choices)}")
    return value


def _level(request: dict[str, Any], default: float) -> float:
    from trainer.prediction.calibration import LEVELS

    value = request.get("level", default)
    if value not in LEVELS:
        shown = ", ".join(f"{level:g}" for level in LEVELS)
        raise ConfigError(f"level is {printable(repr(value)[:40])}: give one of {shown}")
    return float(value)


def _crop(request: dict[str, Any]) -> np.ndarray:
    shape = (IMAGE_SIZE, IMAGE_SIZE, 3)
    try:
        return np.frombuffer(unpack(_text(request, "crop", "")), np.uint8).reshape(shape)
    except ValueError:
        raise ConfigError("crop is no base64 of 128×128×3 bytes") from None
