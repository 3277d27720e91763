"""Face detectors that work offline, behind one face: pixels in, places of faces out.

`mtcnn` is the `mtcnn` package with the weights it brings (Zhang et al. 2016, arXiv:1604.02878),
`haar` a cascade of OpenCV (Viola and Jones 2001), and a file that ends in .onnx is taken for a
YuNet (Wu et al. 2023), which OpenCV runs. `python -m benchmarks.face_finding` compares them.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from trainer.errors import ConfigError, EnvironmentFault
from trainer.prediction import geometry
from trainer.requirements import install
from trainer.text import printable
from trainer.user_path import user_path

NAMES = ("mtcnn", "haar")
_LONGEST = {"mtcnn": 800, "haar": 1280, "yunet": 1280}
_YUNET_SCORE = 0.6
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Face:
    """`box` is x, y, width, height in pixels of the picture; `matrix` (2, 3) brings the picture to
    the aligned crop; `score` 0 to 1, or 0 where the detector gives none."""

    box: Box
    matrix: np.ndarray
    score: float


class Detector(Protocol):
    """Finds faces in (height, width, 3) uint8 RGB; may be called from several threads."""

    name: str

    def find(self, pixels: np.ndarray) -> list[Face]: ...


def open_detector(name: str) -> Detector:
    """The detector `mtcnn` or `haar`, or a YuNet file.

    Raises ConfigError for another name or an unusable file, EnvironmentFault for a package that
    is missing.
    """
    if name == "haar":
        return Haar()
    if name == "mtcnn":
        return Mtcnn()
    if name.lower().endswith(".onnx"):
        return YuNet(user_path(name))
    raise ConfigError(
        f"detector is '{printable(name)}': give {' or '.join(NAMES)}, or a YuNet file ending in "
        ".onnx"
    )


class Haar:
    """The frontal-face cascade `alt2`, the better one on UTKFace of those OpenCV brings."""

    name = "haar"

    def __init__(self) -> None:
        self._own = threading.local()  # a cascade holds state while it runs
        self._cascade()

    def find(self, pixels: np.ndarray) -> list[Face]:
        grey, scale = _shrink(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), _LONGEST["haar"])
        side = max(24, min(grey.shape) // 20)
        boxes = self._cascade().detectMultiScale(
            cv2.equalizeHist(grey), 1.1, 4, minSize=(side, side)
        )
        scaled = [(x / scale, y / scale, w / scale, h / scale) for x, y, w, h in boxes]
        return [Face(box, geometry.align_box(box), 0.0) for box in scaled]

    def _cascade(self) -> Any:
        if not hasattr(self._own, "cascade"):
            if not hasattr(cv2, "CascadeClassifier"):
                raise EnvironmentFault(
                    f"OpenCV {cv2.__version__} has no Haar cascades: "
                    "run `pip install 'opencv-python-headless<5'`, or choose another detector"
                )
            folder = Path(cv2.__file__).parent / "data"
            self._own.cascade = cv2.CascadeClassifier(
                str(folder / "haarcascade_frontalface_alt2.xml")
            )
        return self._own.cascade


class Mtcnn:
    """The three networks of the `mtcnn` package; needs TensorFlow."""

    name = "mtcnn"

    def __init__(self) -> None:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                from mtcnn import MTCNN
                from mtcnn import assets as package
                from mtcnn.stages import StageONet, StagePNet, StageRNet
        except ImportError as error:
            raise EnvironmentFault(
                f"the detector mtcnn does not load ({printable(str(error))}): "
                f"{install('mtcnn')}, or choose the detector haar"
            ) from error
        import tensorflow as tf

        # By their full path: a bare name is first looked for in the current folder, and what lies
        # there would be unpickled.
        weights = Path(package.__path__[0]) / "weights"
        stages = [
            stage(weights=str(weights / f"{name}.lz4"))
            for name, stage in (("pnet", StagePNet), ("rnet", StageRNet), ("onet", StageONet))
        ]
        # Layer by layer, Python costs more than the arithmetic, and holds up the other threads.
        for stage, side in zip(stages, (None, 24, 48), strict=True):
            inputs = tf.TensorSpec((None, side, side, 3), tf.float32)
            stage.model.call = tf.function(stage.model.call, input_signature=[inputs])
        self._networks = MTCNN(stages=stages)

    def find(self, pixels: np.ndarray) -> list[Face]:
        small, scale = _shrink(pixels, _LONGEST["mtcnn"])
        if min(small.shape[:2]) < 20:
            return []
        # Columns: image, x1, y1, x2, y2, score, five landmarks by x and then by y. Of integers it
        # would make doubles.
        rows = self._networks.detect_faces(
            small.astype("float32"), output_type="numpy", box_format="xyxy"
        )
        found = []
        for row in np.asarray(rows, "float64").reshape(-1, 16):
            x1, y1, x2, y2 = row[1:5] / scale
            if x2 <= x1 or y2 <= y1:
                continue
            landmarks = row[6:16].reshape(2, 5).T / scale
            found.append(_by_landmarks((x1, y1, x2 - x1, y2 - y1), landmarks, float(row[5])))
        return found


class YuNet:
    """OpenCV's `FaceDetectorYN` with a model file that the user names."""

    name = "yunet"

    def __init__(self, file: Path) -> None:
        shown = printable(str(file))
        if not os.path.isfile(file):  # noqa: PTH113 - Path raises on a name too long
            raise ConfigError(f"{shown}: no such file; name a YuNet model, or take mtcnn or haar")
        self._file, self._own = file, threading.local()
        try:
            self._network((320, 320)).detect(np.zeros((320, 320, 3), "uint8"))
        except cv2.error as error:
            raise ConfigError(
                f"{shown}: OpenCV {cv2.__version__} cannot run it as a YuNet "
                f"({printable(str(error.err or error)[:80])}); name another"
            ) from None

    def find(self, pixels: np.ndarray) -> list[Face]:
        small, scale = _shrink(pixels, _LONGEST["yunet"])
        network = self._network((small.shape[1], small.shape[0]))
        # Columns: x, y, width, height, five landmarks by point, score; it expects BGR.
        _, rows = network.detect(np.ascontiguousarray(small[:, :, ::-1]))
        return [
            _by_landmarks(
                (row[0], row[1], row[2], row[3]), row[4:14].reshape(5, 2), float(row[14])
            )
            for row in (np.asarray(rows, "float64") / np.array([*[scale] * 14, 1.0]))
        ] if rows is not None else []  # fmt: skip

    def _network(self, size: tuple[int, int]) -> Any:
        if not hasattr(self._own, "network"):
            self._own.network = cv2.FaceDetectorYN.create(
                str(self._file), "", size, score_threshold=_YUNET_SCORE
            )
        self._own.network.setInputSize(size)
        return self._own.network


def _by_landmarks(box: Box, landmarks: np.ndarray, score: float) -> Face:
    x, y, width, height = map(float, box)
    return Face((x, y, width, height), geometry.align(landmarks), score)


def _shrink(pixels: np.ndarray, longest: int) -> tuple[np.ndarray, float]:
    """The picture with no side above `longest`, and its pixels for one of the original."""
    height, width = pixels.shape[:2]
    if max(height, width) <= longest:
        return pixels, 1.0
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), scale
