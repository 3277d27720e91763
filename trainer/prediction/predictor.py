"""Models kept loaded, and what they say of faces. Imports TensorFlow when the first is loaded."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from trainer.config import IMAGE_SIZE
from trainer.errors import DataError, RunError, UserError
from trainer.prediction.calibration import Calibration, calibrate_mean, run_calibration
from trainer.prediction.catalog import run_of
from trainer.prediction.flipped import average, make_flipped_predictions
from trainer.runs.layout import RunDir
from trainer.sharing.facts import facts_beside
from trainer.text import printable

LEVEL = 0.9  # of the age interval, unless another is asked for
MEAN = "mean"
_HDF5 = b"\x89HDF\r\n\x1a\n"  # how such a file begins
NO_PROBABILITY = "the model's gender is no probability; give it a sigmoid"


@dataclass(frozen=True)
class Estimate:
    """Of one face by one model, or by the mean of several. `age` and the bounds in years, these
    None without a calibration; `gender` the probability of label 1, calibrated where there is a
    calibration, `gender_raw` as the network says it."""

    model: str
    age: float
    age_low: float | None
    age_high: float | None
    gender: float
    gender_raw: float


@dataclass(frozen=True)
class LoadedModel:
    """`network` is the Keras model; `why_uncalibrated` is '' where there is a `calibration`.
    `flipped` is that of answers averaged with the mirrored face's; `why_not_flipped` is '' where
    there is one, and where `with_flipped` may still make it."""

    name: str
    file: Path
    network: Any
    run: RunDir | None
    calibration: Calibration | None
    why_uncalibrated: str
    _step: Any
    flipped: Calibration | None
    why_not_flipped: str

    @property
    def lacks_flipped(self) -> bool:
        """Whether it is calibrated, but not yet for mirrored faces."""
        return self.flipped is None and not self.why_not_flipped

    def raw(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Age in years (n,) and probability of label 1 (n,) of (n, 128, 128, 3) uint8 RGB."""
        out = self._step(crops)
        return out["age"].numpy()[:, 0], out["gender"].numpy()[:, 0]


def load_model(file: Path) -> LoadedModel:
    """Load a `.keras` file in safe mode; RunError where it is not one of an age-gender network, as
    far as two pictures without a face tell."""
    import keras
    import tensorflow as tf

    shown = printable(str(file))
    if why := _no_archive(file):
        raise RunError(f"{shown}: {why}")
    try:
        network = keras.models.load_model(file, compile=False, safe_mode=True)
    except Exception as error:  # a file from elsewhere may hold anything
        first = printable((str(error).splitlines() or [type(error).__name__])[0][:160])
        raise RunError(f"{shown}: does not load as a Keras model in safe mode ({first})") from None
    outputs = getattr(network, "output", None)
    shapes = {k: tuple(v.shape) for k, v in outputs.items()} if isinstance(outputs, dict) else {}
    wanted = (None, IMAGE_SIZE, IMAGE_SIZE, 3)
    if (
        shapes != {"age": (None, 1), "gender": (None, 1)}
        or getattr(network, "input_shape", None) != wanted
    ):
        raise RunError(
            f"{shown}: a Keras model, but not one from 128×128 RGB faces to the outputs age and "
            "gender; name one that this program trained"
        )
    run = run_of(file)
    facts = facts_beside(file) if run is None else None
    calibration, why = None, "the model lies in no run, so no validation faces are known"
    flipped, why_not = None, ""
    if facts is not None:
        calibration, why = _beside(facts.calibration)
        flipped, why_not = _beside(facts.calibration.get("flipped", {}))
    if run is not None:
        try:
            calibration, why = run_calibration(run), ""
        except DataError as error:
            why = str(error)
    if run is not None and calibration is not None:
        with contextlib.suppress(DataError):  # an older run, or a damaged table: it can be made
            flipped = run_calibration(run, flipped=True)

    @tf.function(input_signature=[tf.TensorSpec(wanted, tf.uint8)])  # type: ignore[untyped-decorator]
    def step(images: Any) -> Any:
        return network(tf.cast(images, tf.float32) / 255.0, training=False)

    name = run.id if run is not None else facts.name if facts is not None else file.stem
    loaded = LoadedModel(name, file, network, run, calibration, why, step, flipped, why_not or why)
    black_and_white = np.zeros((2, IMAGE_SIZE, IMAGE_SIZE, 3), "uint8")
    black_and_white[1] = 255
    _, chances = loaded.raw(black_and_white)  # traced now, not at first use
    if not all(map(may_be_probability, chances)):
        raise RunError(f"{shown}: {NO_PROBABILITY}")
    return loaded


def _no_archive(file: Path) -> str:
    """Why a file that is there cannot be a `.keras` file, which is a zip; '' where it may be one.
    Keras itself would call it not found."""
    if not file.is_file() or zipfile.is_zipfile(file):
        return ""
    try:
        with open(file, "rb") as content:
            begins = content.read(len(_HDF5))
    except OSError as error:
        return f"cannot be read ({error.strerror}); make it readable, or name another"
    if begins == _HDF5:
        return (
            "is no .keras file but HDF5, as Keras 2 wrote; name it .h5, load it with Keras and "
            "save it as .keras"
        )
    return "is no .keras file (no zip); name another, or save it from Keras as .keras"


def may_be_probability(chance: float) -> bool:
    """Whether it is none that lies outside 0 to 1, as a logit does; NaN is told as such."""
    return not (chance < 0 or chance > 1)


def _beside(body: Mapping[str, Any]) -> tuple[Calibration | None, str]:
    """A calibration that lies beside a model, or why there is none."""
    try:
        return Calibration.from_json(body), ""
    except (LookupError, ArithmeticError, TypeError, ValueError, AttributeError):
        return None, "what lies beside the model holds none that this program reads"


def with_flipped(model: LoadedModel, cancelled: Callable[[], bool]) -> LoadedModel:
    """The model with the calibration for mirrored faces that it lacks, or the reason for that.

    Its run's validation faces are predicted once, and that written beside it, which takes a while;
    `cancelled()` gives up and returns the model as it was.
    """
    if model.run is None or not model.lacks_flipped:
        return model
    try:
        if not make_flipped_predictions(model.run, model.raw, cancelled):
            return model
        return replace(model, flipped=run_calibration(model.run, flipped=True))
    except UserError as error:
        return replace(model, why_not_flipped=str(error))


class Predictor:
    """Several models asked together; `mean` adds the mean of their words, `mean_calibration` is
    that of it and `why_mean_uncalibrated` '' where there is one. `flip` wants models that do not
    lack its calibration."""

    def __init__(
        self,
        models: Sequence[LoadedModel],
        *,
        mean: bool = False,
        flip: bool = False,
        level: float = LEVEL,
    ) -> None:
        self.models, self.flip, self.level = tuple(models), flip, level
        self.mean = mean and len(models) > 1
        self.mean_calibration: Calibration | None = None
        self.why_mean_uncalibrated = ""
        if self.mean:
            self.mean_calibration, self.why_mean_uncalibrated = _calibration_of_mean(models, flip)

    def __call__(self, crops: np.ndarray) -> list[list[Estimate]]:
        """For each of (n, 128, 128, 3) uint8 RGB the estimates, in the order of the models.

        With `flip` each model sees the mirrored face too, and its two answers are averaged.
        """
        if not len(crops):
            return []
        raw = [self._ask(model, crops) for model in self.models]
        columns = [
            self._estimates(
                model.name, ages, chances, model.flipped if self.flip else model.calibration
            )
            for model, (ages, chances) in zip(self.models, raw, strict=True)
        ]
        if self.mean:
            ages, chances = (np.mean([one[part] for one in raw], axis=0) for part in (0, 1))
            columns.append(self._estimates(MEAN, ages, chances, self.mean_calibration))
        return [list(row) for row in zip(*columns, strict=True)]

    def _ask(self, model: LoadedModel, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return average(model.raw, crops) if self.flip else model.raw(crops)

    def _estimates(
        self, name: str, ages: np.ndarray, chances: np.ndarray, calibration: Calibration | None
    ) -> list[Estimate]:
        if calibration is None:
            return [
                Estimate(name, float(age), None, None, float(chance), float(chance))
                for age, chance in zip(ages, chances, strict=True)
            ]
        low, high = calibration.interval(ages, self.level)
        sure = calibration.gender(chances)
        return [
            Estimate(name, *map(float, row))
            for row in zip(ages, low, high, sure, chances, strict=True)
        ]


def _calibration_of_mean(
    models: Sequence[LoadedModel], flip: bool
) -> tuple[Calibration | None, str]:
    """It, or None and the reason."""
    runs = [model.run for model in models if model.run is not None]
    if len(runs) < len(models):
        return None, "not all models lie in runs, so the validation faces they share are not known"
    try:
        return calibrate_mean(runs, flipped=flip), ""
    except DataError as error:
        return None, str(error)
