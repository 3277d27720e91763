"""A `.keras` file taken apart and written again, without TensorFlow."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import RunError
from trainer.runs.atomic import ANOTHER_PLACE, write_atomic
from trainer.sharing.keras_zip import CONFIG, METADATA, WEIGHTS, read_description
from trainer.text import printable


@dataclass(frozen=True)
class KerasFile:
    """`config` and `metadata` are JSON as Keras wrote it. `groups` maps every group of the weights
    to the layer whose variables it holds, '' for others; `arrays` maps a path in them, as
    `layers/dense/vars/0`, to what lies there."""

    config: str
    metadata: str
    groups: Mapping[str, str]
    arrays: Mapping[str, np.ndarray]

    def layer(self, path: str) -> tuple[str, int]:
        """Of an array the name of its layer and its place among that layer's variables."""
        group, _, place = path.rpartition("/")
        return self.groups[group], int(place)


def read_keras(file: Path) -> KerasFile:
    """RunError where it is no `.keras` file of Keras 3."""
    import h5py

    groups: dict[str, str] = {}
    arrays: dict[str, np.ndarray] = {}

    def take(path: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[path] = item[()]
        else:
            groups[path] = str(item.attrs.get("name", ""))

    try:
        with zipfile.ZipFile(file) as archive:
            config, metadata = (
                read_description(archive, name).decode() for name in (CONFIG, METADATA)
            )
            with h5py.File(io.BytesIO(archive.read(WEIGHTS)), "r") as weights:
                weights.visititems(take)
    except Exception as error:  # a file from elsewhere may hold anything
        first = printable((str(error).splitlines() or [type(error).__name__])[0][:100])
        raise RunError(
            f"{printable(str(file))}: not a Keras 3 model, or damaged ({first})"
        ) from None
    return KerasFile(config, metadata, groups, arrays)


def write_keras(file: Path, model: KerasFile) -> None:
    """Write it whole or not at all; the same model gives the same bytes. StorageError."""
    import h5py

    weights = io.BytesIO()
    with h5py.File(weights, "w") as stored:
        for path, name in model.groups.items():
            group = stored.require_group(path)
            if name:
                group.attrs["name"] = name
        for path, array in model.arrays.items():
            stored.create_dataset(path, data=array, track_times=False)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in ((METADATA, model.metadata), (CONFIG, model.config)):
            archive.writestr(zipfile.ZipInfo(name), part)
        archive.writestr(zipfile.ZipInfo(WEIGHTS), weights.getvalue())
    write_atomic(file, content.getvalue(), elsewhere=ANOTHER_PLACE)


def half_precision(model: KerasFile) -> KerasFile:
    """The same network with its kernels kept as float16: half the size. Keras loads it as any
    other, and computes in float32."""
    return KerasFile(
        model.config,
        model.metadata,
        model.groups,
        {path: halved(array) for path, array in model.arrays.items()},
    )


def halved(array: np.ndarray) -> np.ndarray:
    """A kernel as float16; everything else as it is: biases and moving statistics are few, and some
    of their numbers lie beyond float16's reach."""
    if array.dtype != np.float32 or array.ndim < 2:
        return array
    largest = float(np.abs(array).max(initial=0))
    return array if largest > float(np.finfo(np.float16).max) else array.astype(np.float16)
