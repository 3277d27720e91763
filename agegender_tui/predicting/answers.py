"""The prediction process's replies, as the screen uses them. docs/prediction.md describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.config import IMAGE_SIZE
from trainer.prediction.protocol import unpack

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Estimate:
    """By one model, or the mean of several. Years, and the probability of label 1; no bounds
    without a calibration."""

    model: str
    age: float
    low: float | None
    high: float | None
    gender: float


@dataclass(frozen=True)
class FoundFace:
    """`box` is x, y, width, height in the upright picture; `crop` base64 of what the models saw."""

    box: tuple[float, float, float, float]
    score: float
    as_it_is: bool
    estimates: tuple[Estimate, ...]
    crop: str


@dataclass(frozen=True)
class FileAnswer:
    """`size` of the upright picture; `problem` in a few words where there is no face; `reply` is
    all that the process said, crops included."""

    file: Path
    size: tuple[int, int]
    faces: tuple[FoundFace, ...]
    problem: str
    reply: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class HeatMap:
    """One Grad-CAM: `model` is the run or file it explains, `layers` all by which it can be,
    `overlay` base64 of 128×128×3 RGB; `cold` says why there is no heat, '' where there is;
    `epoch`, the steps done in it (`step`, 0 after its end) and `best` where it is one of those that
    a run's checkpoints give."""

    model: str
    head: str
    layer: str
    value: float
    toward: str
    overlay: str
    layers: tuple[str, ...] = ()
    cold: str = ""
    epoch: int = 0
    step: int = 0
    best: bool = False


def file_answer(reply: dict[str, Any]) -> FileAnswer:
    """What was said of one file."""
    width, height = reply["size"]
    faces = tuple(
        FoundFace(
            tuple(face["box"]),
            face["score"],
            face["as_it_is"],
            tuple(
                Estimate(one["model"], one["age"], one["age_low"], one["age_high"], one["gender"])
                for one in face["predictions"]
            ),
            face.get("crop", ""),
        )
        for face in reply["faces"]
    )
    return FileAnswer(Path(reply["file"]), (width, height), faces, reply["problem"], reply)


def heat_map(model: str, reply: dict[str, Any]) -> HeatMap:
    """What was said to `explain`, or to `epochs` of one of them."""
    return HeatMap(
        model,
        reply["head"],
        reply["layer"],
        reply["value"],
        reply["toward"],
        reply["overlay"],
        tuple(reply["layers"]),
        reply["cold"],
        reply.get("epoch", 0),
        reply.get("step", 0),
        reply.get("best", False),
    )


def as_picture(packed: str) -> Image:
    """The RGB picture of a crop or an overlay."""
    from PIL import Image

    return Image.frombytes("RGB", (IMAGE_SIZE, IMAGE_SIZE), unpack(packed))
