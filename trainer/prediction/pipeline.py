"""Many files through finder and networks: pictures read ahead in threads, faces in batches."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from trainer.data.decode import UnreadableFace
from trainer.prediction.detectors import Detector
from trainer.prediction.finding import AUTO, CroppedFace, FacesOfFile, read_faces
from trainer.prediction.predictor import (
    NO_PROBABILITY,
    Estimate,
    Predictor,
    may_be_probability,
)

BATCH = 64
NO_FACE = "no face found"
NOT_FINITE = "the model's output is no finite number"


@dataclass(frozen=True)
class FileResult:
    """`faces` with their estimates, from left to right; `problem` in a few words where there are
    none. `size` is (width, height), (0, 0) for a file that cannot be read."""

    path: Path
    size: tuple[int, int] = (0, 0)
    faces: list[tuple[CroppedFace, list[Estimate]]] = field(default_factory=list)
    problem: str = ""


def threads_here() -> int:
    """How many pictures are read at a time: decoders let go of the interpreter, so they scale."""
    return max(2, min(8, os.cpu_count() or 1))


def predict_files(
    files: Iterable[Path],
    predictor: Predictor,
    detector: Callable[[], Detector],
    mode: str = AUTO,
    cancelled: Callable[[], bool] = lambda: False,
    batch: int = BATCH,
) -> Iterator[FileResult]:
    """Results in the order of `files`, which may be of any length; a bad one costs itself only.

    `cancelled()` is asked between files and ends it early.
    """
    # OpenCV's own threads would fight with ours.
    cv2.setNumThreads(1)

    def read(path: Path) -> FacesOfFile | str:
        try:
            return read_faces(path, detector, mode)
        except UnreadableFace as why:
            return str(why)
        except (MemoryError, cv2.error, ValueError) as error:
            return f"cannot be worked on ({type(error).__name__})"

    waiting: deque[tuple[Path, Future[FacesOfFile | str]]] = deque()
    ahead = 2 * batch
    with ThreadPoolExecutor(threads_here()) as pool:
        try:
            ready: list[tuple[Path, FacesOfFile | str]] = []
            rest = iter(files)
            while True:
                while len(waiting) < ahead and (path := next(rest, None)) is not None:
                    waiting.append((path, pool.submit(read, path)))
                if cancelled():
                    return
                if waiting:
                    path, future = waiting.popleft()
                    ready.append((path, future.result()))
                if not waiting or _faces_in(ready) >= batch:
                    yield from _predicted(ready, predictor, batch)
                    ready = []
                    if not waiting:
                        return
        finally:
            for _, future in waiting:
                future.cancel()


def _faces_in(ready: list[tuple[Path, FacesOfFile | str]]) -> int:
    # A file without faces counts too: in a folder of landscapes results still come in time.
    return sum(max(1, len(read.faces)) if isinstance(read, FacesOfFile) else 1 for _, read in ready)


def _predicted(
    ready: list[tuple[Path, FacesOfFile | str]], predictor: Predictor, batch: int
) -> Iterator[FileResult]:
    crops = [
        face.pixels for _, read in ready if isinstance(read, FacesOfFile) for face in read.faces
    ]
    # One picture may be of a crowd, and the memory that a call takes grows with its faces.
    parts = [np.stack(crops[start : start + batch]) for start in range(0, len(crops), batch)]
    estimates = iter([one for part in parts for one in predictor(part)])
    for path, read in ready:
        if isinstance(read, str):
            yield FileResult(path, problem=read)
        else:
            faces = [(face, next(estimates)) for face in read.faces]
            if wrong := _wrong(one for _, said in faces for one in said):
                yield FileResult(path, read.size, problem=wrong)
            else:
                yield FileResult(path, read.size, faces, "" if faces else NO_FACE)


def _wrong(estimates: Iterable[Estimate]) -> str:
    """What is wrong with the first that cannot be told, '' if nothing is with any."""
    for one in estimates:
        if not np.isfinite((one.age, one.gender)).all():
            return NOT_FINITE
        if not may_be_probability(one.gender_raw):
            return NO_PROBABILITY
    return ""
