"""A model as ONNX or TFLite, written only once its outputs were seen to agree."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.config import IMAGE_SIZE
from trainer.errors import ConfigError, EnvironmentFault, UserError
from trainer.runs.atomic import storage_errors
from trainer.text import printable

FORMATS = ("onnx", "tflite")
CHECKED_FACES = 16
# Other kernels add in another order: of the order of float32 rounding through thirty layers.
TOLERANCE_YEARS, TOLERANCE_CHANCE = 0.01, 1e-3
Run = Callable[[np.ndarray], dict[str, np.ndarray]]


@dataclass(frozen=True)
class ExportCheck:
    """The largest differences, in years and of a probability, over `faces` pictures."""

    file: Path
    faces: int
    age_difference: float
    gender_difference: float


def export_model(model: Any, target: Path, kind: str) -> ExportCheck:
    """Write `model` to `target` as `onnx` or `tflite`, (n, 128, 128, 3) RGB in [0, 1] to `age` and
    `gender`.

    Raises EnvironmentFault where a package is missing, UserError where the outputs do not agree
    (nothing is written then), ConfigError for another kind, StorageError.
    """
    if kind not in FORMATS:
        raise ConfigError(f"format is '{printable(kind)}': give {' or '.join(FORMATS)}")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / f"model.{kind}"
        run = _to_onnx(model, made) if kind == "onnx" else _to_tflite(model, made)
        check = check_outputs(model, run, target, "export the other format")
        _move(made, target)
    return check


def check_outputs(
    model: Any,
    run: Run,
    target: Path,
    remedy: str,
    tolerance: tuple[float, float] = (TOLERANCE_YEARS, TOLERANCE_CHANCE),
) -> ExportCheck:
    """How far `run` lies from the Keras `model` on some pictures; UserError, naming the file that
    is not written and a `remedy`, where that is more than the `tolerance` in years and of a
    probability."""
    # Pictures as different as can be: noise, smooth ramps, flat grey, each with its mirror.
    random = np.random.default_rng(0)
    ramp = np.linspace(0, 1, IMAGE_SIZE, dtype="float32")
    images = random.random((CHECKED_FACES, IMAGE_SIZE, IMAGE_SIZE, 3), dtype="float32")
    for n in range(0, CHECKED_FACES, 4):
        images[n] = ramp[:, None, None] * images[n, :1, :1]
        images[n + 1] = ramp[None, :, None] * images[n + 1, :1, :1]
        images[n + 2] = images[n + 2, :1, :1]
    theirs = run(images)
    ours = {name: np.asarray(out) for name, out in model(images, training=False).items()}
    away = {name: float(np.abs(theirs[name].reshape(-1, 1) - ours[name]).max()) for name in ours}
    years, chance = tolerance
    if not (away["age"] <= years and away["gender"] <= chance):
        raise UserError(
            f"{printable(str(target))}: not written, its outputs differ by {away['age']:.3g} years "
            f"and {away['gender']:.3g} of a probability; {remedy}"
        )
    return ExportCheck(target, CHECKED_FACES, away["age"], away["gender"])


def _to_tflite(model: Any, made: Path) -> Run:
    import tensorflow as tf

    # By way of Keras's own SavedModel: of a plain one the variables are not frozen.
    saved = str(made.with_suffix(".saved"))
    with _quiet():
        model.export(saved, format="tf_saved_model", verbose=False)
        made.write_bytes(tf.lite.TFLiteConverter.from_saved_model(saved).convert())
        interpreter = tf.lite.Interpreter(model_path=str(made))

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        # One picture at a time, as on the devices that TFLite is for.
        signature = interpreter.get_signature_runner()
        rows = [signature(image=image[None]) for image in images]
        return {name: np.concatenate([row[name] for row in rows]) for name in ("age", "gender")}

    return run


def _to_onnx(model: Any, made: Path) -> Run:
    try:
        import onnxruntime
        import tf2onnx
    except ImportError as error:
        raise EnvironmentFault(
            f"ONNX needs a package that does not load ({printable(str(error))}): "
            "run `pip install 'agegender-tui[onnx]'`, or export --tflite"
        ) from error
    import tensorflow as tf

    @tf.function(input_signature=[_signature()])  # type: ignore[untyped-decorator]
    def call(image: Any) -> Any:
        return model(image, training=False)

    with _quiet():
        tf2onnx.convert.from_function(
            call, input_signature=[_signature()], opset=17, output_path=str(made)
        )
    session = onnxruntime.InferenceSession(str(made), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(names, {"image": images}), strict=True))

    return run


def _signature() -> Any:
    import tensorflow as tf

    return tf.TensorSpec((None, IMAGE_SIZE, IMAGE_SIZE, 3), tf.float32, name="image")


def _move(made: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with storage_errors(target, "name another place"):
        try:
            temporary.write_bytes(made.read_bytes())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Converters print at length."""
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):
        yield
    sys.stdout.flush()
