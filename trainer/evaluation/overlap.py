"""Faces of a data set that a model was trained on: by name, by pixels, and as nearly the same
picture. A figure on these says how well the model remembers, not how well it tells new faces."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import PurePosixPath

import numpy as np

from trainer.data.cache import PixelCache, open_cache
from trainer.data.index import Index, scan
from trainer.data.measures import Measures, measure
from trainer.data.near_duplicates import near_duplicates
from trainer.data.source import DataSource, parse_source
from trainer.data.split import read_split
from trainer.data.trained_on import same_folder
from trainer.errors import DataError
from trainer.evaluation.faces import LabelledFaces
from trainer.runs.layout import RunDir
from trainer.text import printable

TRAIN = "train"
Phase = Callable[[str, int, int], None]


@dataclasses.dataclass(frozen=True)
class Overlap:
    """`trained_on` has why by row of the index; `notes` are sentences on what was not known."""

    trained_on: dict[int, str]
    notes: list[str]


def find_overlap(
    run: RunDir | None, faces: LabelledFaces, cache: PixelCache, phase: Phase
) -> Overlap:
    """The rows of `faces`, whose pixels are in `cache`, that the model of `run` was trained on.

    `phase(name, done, of)` is told what happens and may raise to give up. Where the faces of the
    training are gone, only names can tell; of a model that lies in no run nothing is known.
    """
    if run is None:
        return Overlap({}, ["the model lies in no run: whether it was trained on these faces is "
                            "not known"])  # fmt: skip
    names = {name for name, (part, *_) in read_split(run.split_file).items() if part == TRAIN}
    source = parse_source(run.config().data)
    same = same_folder(source.folder, faces.index.folder)
    found = _by_name(names, faces) if same else {}
    index = _index_of(names, source, faces.index if same else None)
    rows = [row for row, name in enumerate(index.files) if name in names] if index else []
    if index is None or not rows:
        return Overlap(
            _by_base_name(names, faces),
            [
                f"{printable(str(source.folder))}: the faces that the model was trained on are "
                "gone, so only names told which of these it was trained on"
            ],
        )
    theirs = cache if index.key == faces.index.key else _opened(index, phase)
    rows = [row for row in rows if theirs.hashes[row]]
    by_pixels = {theirs.hashes[row]: index.files[row] for row in reversed(rows)}
    for row in faces.rows:
        digest = cache.hashes[row]
        if row not in found and digest in by_pixels:
            found[row] = f"same pixels as {by_pixels[digest]}, trained on"
    left = [row for row in faces.rows if row not in found and cache.hashes[row]]
    names_of = [index.files[row] for row in rows]
    for row, name in _nearly_the_same(cache.pixels, left, theirs.pixels, rows, names_of, phase):
        found[row] = f"nearly the same picture as {name}, trained on"
    return Overlap(found, [] if len(rows) == len(names) else [_some_gone(len(names) - len(rows))])


def _index_of(names: set[str], source: DataSource, here: Index | None) -> Index | None:
    """An index with the faces trained on, None where they are gone. `here`, one of the same folder
    or None, does if it has them all: another layout may list only some of the files."""
    if here is not None and names.issubset(here.files):
        return here
    try:
        return scan(source)
    except DataError:
        return here


def _some_gone(count: int) -> str:
    return f"{count:,} of the faces trained on are gone, so copies of these were not looked for"


def _by_name(names: set[str], faces: LabelledFaces) -> dict[int, str]:
    files = faces.index.files
    return {row: "trained on" for row in faces.rows if files[row] in names}


def _by_base_name(names: set[str], faces: LabelledFaces) -> dict[int, str]:
    known = {PurePosixPath(name).name for name in names}
    files = faces.index.files
    return {
        row: "a face of this name was trained on"
        for row in faces.rows
        if PurePosixPath(files[row]).name in known
    }


def _opened(index: Index, phase: Phase) -> PixelCache:
    def progress(done: int, of: int) -> None:
        phase("decoding the faces trained on", done, of)

    return open_cache(index, progress, workers=min(8, os.cpu_count() or 1))


def _nearly_the_same(
    pixels: np.ndarray,
    rows: list[int],
    trained: np.ndarray,
    trained_rows: list[int],
    names: list[str],
    phase: Phase,
) -> list[tuple[int, str]]:
    """(row, name of the face trained on) of those that show nearly the same picture."""
    if not rows:
        return []
    total = len(rows) + len(trained_rows)

    def progress(done: int, _: int) -> None:
        phase("comparing with the faces trained on", done, total)

    def further(done: int, _: int) -> None:
        progress(len(rows) + done, total)

    ours = measure(_Rows(pixels, rows), progress)  # type: ignore[arg-type]
    theirs = measure(_Rows(trained, trained_rows), further)  # type: ignore[arg-type]
    found = []
    for group in near_duplicates(_together(ours, theirs), range(total)):
        copied = [place - len(rows) for place in group if place >= len(rows)]
        if copied:
            found += [(rows[place], names[copied[0]]) for place in group if place < len(rows)]
    return found


class _Rows:
    """Some rows of a memory-mapped array, read a slice at a time."""

    def __init__(self, pixels: np.ndarray, rows: list[int]) -> None:
        self._pixels, self._rows = pixels, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, part: slice) -> np.ndarray:
        return self._pixels[self._rows[part]]


def _together(ours: Measures, theirs: Measures) -> Measures:
    return Measures(
        *(
            np.concatenate((getattr(ours, one.name), getattr(theirs, one.name)))
            for one in dataclasses.fields(Measures)
        )
    )
