"""Whether a finished model says better what it is shown in more than one way.

    python -m benchmarks.other_views MODEL.keras … --data FOLDER

A model that `mirror` made looks at each face and its mirror image. Here it also looks at the face
moved, turned or enlarged a little, and answers with the mean; the first three numbers of each line
are those of `trainer.evaluation`, the difference with its 95 % interval on the same faces. Of a
model whose age is the mean of a distribution, the age is then read in other ways: as the median,
and as the mean with more of its years placed by the training faces than `stretch` places. Faces are
those of the default split; what is fitted is fitted to the 4,000 (or so) trained on.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from trainer.config import IMAGE_SIZE, RunConfig
from trainer.data.faces import Faces, load_faces
from trainer.evaluation.paired import paired
from trainer.evaluation.scored import Scored
from trainer.training.stretching import least_absolute

FIGURES = ("age_mae", "gender_accuracy", "gender_log_loss")
KNOTS = (0, 10, 20, 30, 40, 50, 60, 80, 116)  # years


class View(NamedTuple):
    """Degrees, times as large, pixels to the right and down."""

    angle: float = 0
    scale: float = 1
    right: float = 0
    down: float = 0

    def of(self, face: np.ndarray) -> np.ndarray:
        middle = (IMAGE_SIZE - 1) / 2
        moved = cv2.getRotationMatrix2D((middle, middle), self.angle, self.scale)
        moved[:, 2] += self.right, self.down
        size = IMAGE_SIZE, IMAGE_SIZE
        return np.asarray(cv2.warpAffine(face, moved, size, borderMode=cv2.BORDER_REFLECT_101))


VIEWS = {
    "2 pixels to either side": (View(right=-2), View(right=2)),
    "4 pixels to either side": (View(right=-4), View(right=4)),
    "4 pixels up and down": (View(down=-4), View(down=4)),
    "turned by 4 degrees": (View(angle=4), View(angle=-4)),
    "turned by 8 degrees": (View(angle=8), View(angle=-8)),
    "8 % larger and smaller": (View(scale=1.08), View(scale=1 / 1.08)),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="+")
    parser.add_argument("--data", default=os.environ.get("AGEGENDER_UTKFACE", ""))
    options = parser.parse_args()
    if not options.data:
        parser.error("give the folder of the faces with --data")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    faces = load_faces(RunConfig(data=options.data), lambda *_: None)
    for name in options.model:
        print(f"{name}\n{'':36}{'age MAE':>9}{'gender %':>10}{'log loss':>10}{'years':>9}")
        _look(name, faces)
    return 0


def _look(name: str, faces: Faces) -> None:
    import keras

    model = keras.models.load_model(name, compile=False)
    pixels = faces.pixels[faces.validation]
    plain = _said(model, pixels)
    base = _scored(faces, *plain)
    _tell("as it is", base, base)
    every = [plain]
    for words, views in VIEWS.items():
        seen = [_said(model, np.stack([view.of(face) for face in pixels])) for view in views]
        every += seen
        _tell(f"and {words}", base, _scored(faces, *np.mean([plain, *seen], axis=0)))
    _tell("and all of these", base, _scored(faces, *np.mean(every, axis=0)))
    if any(layer.name == "age_chances" for layer in model.layers):
        for words, ages in _read_otherwise(model, faces):
            _tell(words, base, _scored(faces, ages, plain[1]))


def _said(model: Any, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    said = model.predict(pixels.astype("float32") / 255, batch_size=64, verbose=0)
    return said["age"][:, 0], said["gender"][:, 0]


def _read_otherwise(model: Any, faces: Faces) -> list[tuple[str, np.ndarray]]:
    parts = faces.train, faces.validation
    trained, validation = (_chances(model, faces.pixels[rows]) for rows in parts)
    ages = faces.ages[faces.train].astype("float64")
    years = np.arange(trained.shape[1])
    shares = np.stack([np.interp(years, KNOTS, one) for one in np.eye(len(KNOTS))], axis=1)

    def fitted(of: Any) -> np.ndarray:
        return np.asarray(of(validation) @ least_absolute(of(trained), ages))

    return [
        (f"its years placed at {len(KNOTS)} ages", fitted(lambda chances: chances @ shares)),
        ("the median of its years, fitted", fitted(_median_and_one)),
    ]


def _chances(model: Any, pixels: np.ndarray) -> np.ndarray:
    """(n, 117) of each face, the mean over its mirror image where the model looks at it."""
    import keras

    inner = keras.Model(model.inputs, model.get_layer("age_chances").output)
    parts = []
    for first in range(0, len(pixels), 100):
        some = pixels[first : first + 100].astype("float32") / 255
        said = np.asarray(inner.predict_on_batch(some), "float64")
        parts.append(said.reshape(-1, len(some), said.shape[1]).mean(axis=0))
    return np.concatenate(parts)


def _median_and_one(chances: np.ndarray) -> np.ndarray:
    below = np.cumsum(chances, axis=1)
    at = (below < 0.5).sum(axis=1)
    rows = np.arange(len(chances))
    median = at + 0.5 - (below[rows, at] - 0.5) / chances[rows, at]
    return np.stack([median, np.ones(len(median))], axis=1)


def _scored(faces: Faces, ages: np.ndarray, female: np.ndarray) -> Scored:
    part = faces.validation
    files = tuple(faces.files[row] for row in part)
    return Scored(
        model="", network="", data="", part="validation", model_fingerprint="",
        data_fingerprint="", folder=Path(), files=files,
        age_low=faces.ages[part].astype("float64"), age_high=faces.ages[part].astype("float64"),
        genders=faces.genders[part].astype("int64"), races=np.full(len(part), -1),
        ages=np.asarray(ages, "float64"), female=np.asarray(female, "float64"),
    )  # fmt: skip


def _tell(words: str, base: Scored, other: Scored) -> None:
    found = {one.name: one for one in paired(base, dataclasses.replace(other, model="other"))}
    mae, accuracy, loss = (found[name].other for name in FIGURES)
    line = f"{words:36}{mae:9.3f}{100 * accuracy:10.1f}{loss:10.4f}"
    if other is not base:
        years = found["age_mae"].difference
        line += f"{years.value:+9.3f} ({years.low:+.3f} to {years.high:+.3f})"
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
