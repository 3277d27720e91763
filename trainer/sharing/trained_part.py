"""Of a model B what training changed, to be passed on without ImageNet's VGG16 and joined with it.

The kernels that were tuned are kept as differences from ImageNet's, in steps of one 127th of the
largest in each output channel, a byte each; everything else that is not ImageNet's as float16 or
float32. Joining is plain arithmetic, so the outcome is the same to the bit on every machine, and a
digest tells that it is.

    attribute   v
    texts/      format, config, metadata, groups, same, imagenet, digest, facts
    kept/PATH   arrays that have no counterpart in VGG16
    steps/PATH  int8 (3, 3, in, out), and `scale` (out,) float32 beside it
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import DataError, RunError
from trainer.models.vgg16_weights import ImageNetWeights
from trainer.runs.atomic import write_atomic
from trainer.sharing.facts import ModelFacts
from trainer.sharing.keras_file import KerasFile, halved
from trainer.text import printable

SUFFIX = ".part.h5"
FORMAT, VERSION = "trained part of an age-gender network", 1
STEPS = 127


@dataclass(frozen=True)
class Steps:
    """A tuned kernel less ImageNet's: `counts` int8 times `scale` float32, by output channel."""

    counts: np.ndarray
    scale: np.ndarray

    @classmethod
    def between(cls, tuned: np.ndarray, base: np.ndarray) -> Steps:
        """The nearest to `tuned` less `base`, both (..., out) float32."""
        away = tuned - base
        scale = np.abs(away).max(axis=tuple(range(away.ndim - 1))) / np.float32(STEPS)
        whole = np.where(scale > 0, scale, np.float32(1))
        return cls(np.rint(away / whole).astype(np.int8), scale.astype(np.float32))

    def added_to(self, base: np.ndarray) -> np.ndarray:
        """The tuned kernel, float32."""
        result: np.ndarray = base + self.counts.astype(np.float32) * self.scale
        return result


@dataclass(frozen=True)
class TrainedPart:
    """`file` has the arrays that are kept as they are and knows the paths of all others. `facts`
    is what the model's own run knew of it. `imagenet` and `digest`
    are the fingerprints of the weights it was cut from and of the joined model."""

    file: KerasFile
    steps: Mapping[str, Steps]
    same: tuple[str, ...]
    imagenet: str
    digest: str
    facts: ModelFacts


def cut(model: KerasFile, weights: ImageNetWeights, facts: ModelFacts) -> TrainedPart:
    """Take ImageNet's VGG16 out of a model B. RunError where it is not in it."""
    if not {model.groups.get(path.rpartition("/")[0]) for path in model.arrays} >= {
        *weights.layers
    }:
        raise RunError("the model has no VGG16 in it: only a model B has a trained part")
    kept, steps, same = {}, {}, []
    for path, array in model.arrays.items():
        base = _base(model, path, weights)
        if base is None or array.ndim < 2:
            kept[path] = halved(array)
        elif np.array_equal(array, base):
            same.append(path)
        else:
            steps[path] = Steps.between(array, base)
    part = TrainedPart(
        KerasFile(model.config, model.metadata, model.groups, kept),
        steps, tuple(same), weights.fingerprint, "", facts,
    )  # fmt: skip
    digest = _digest(_joined(part, weights))
    return TrainedPart(part.file, steps, part.same, part.imagenet, digest, facts)


def join(part: TrainedPart, weights: ImageNetWeights) -> KerasFile:
    """The whole model again. DataError where `weights` are not those it was cut from."""
    shown = printable(str(weights.file))
    if weights.fingerprint != part.imagenet:
        raise DataError(
            f"{shown}: a VGG16, but not with the ImageNet weights that this part was trained on; "
            "name the file that keras.applications publishes with --weights"
        )
    joined = _joined(part, weights)
    if _digest(joined) != part.digest:
        raise DataError(
            "the joined model is not the one that was trained: the part is damaged; get it again"
        )
    return joined


def _joined(part: TrainedPart, weights: ImageNetWeights) -> KerasFile:
    arrays = {}
    for path in sorted({*part.file.arrays, *part.steps, *part.same}):
        if path in part.file.arrays:
            arrays[path] = part.file.arrays[path]
            continue
        base = _base(part.file, path, weights)
        if base is None:
            raise RunError(f"{printable(path)}: no array of VGG16; the part is damaged")
        arrays[path] = part.steps[path].added_to(base) if path in part.steps else base
    return KerasFile(part.file.config, part.file.metadata, part.file.groups, arrays)


def _base(model: KerasFile, path: str, weights: ImageNetWeights) -> np.ndarray | None:
    """What ImageNet's VGG16 has in the place of an array; None where it has nothing."""
    layer, place = model.layer(path)
    found = weights.layers.get(layer)
    return None if found is None else found[place]


def _digest(model: KerasFile) -> str:
    digest = hashlib.sha256(model.config.encode())
    for path in sorted(model.arrays):
        digest.update(path.encode())
        array = model.arrays[path]
        digest.update(array.astype("<f4" if array.dtype.kind == "f" else "<i8").tobytes())
    return digest.hexdigest()


def write_part(path: Path, part: TrainedPart) -> None:
    """Write it whole or not at all. StorageError."""
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        texts = {
            "format": FORMAT, "config": part.file.config, "metadata": part.file.metadata,
            "groups": json.dumps(part.file.groups), "same": json.dumps(part.same),
            "imagenet": part.imagenet, "digest": part.digest,
            "facts": json.dumps(part.facts.to_json()),
        }  # fmt: skip
        file.attrs["v"] = VERSION
        for name, text in texts.items():
            # Attributes have room for 64 KB, and the description of a deep network takes more.
            file.create_dataset(f"texts/{name}", data=text, track_times=False)
        for where, array in part.file.arrays.items():
            _store(file, f"kept/{where}", array)
        for where, one in part.steps.items():
            _store(file, f"steps/{where}/counts", one.counts)
            _store(file, f"steps/{where}/scale", one.scale)
    write_atomic(path, content.getvalue())


def _store(file: Any, name: str, array: np.ndarray) -> None:
    packed = {"compression": "gzip", "shuffle": True} if array.size > 1024 else {}
    file.create_dataset(name, data=array, track_times=False, **packed)


def read_part(path: Path) -> TrainedPart:
    """RunError where it is none, or of a newer version."""
    import h5py

    shown = printable(str(path))
    try:
        with h5py.File(path, "r") as file:
            texts = {name: item[()].decode() for name, item in file["texts"].items()}
            if texts["format"] != FORMAT:
                raise ValueError("another format")
            if int(file.attrs["v"]) > VERSION:
                raise RunError(
                    f"{shown}: version {int(file.attrs['v'])}, and this program reads {VERSION}: "
                    "update it"
                )
            kept = _arrays(file, "kept")
            stepped = _arrays(file, "steps")
        steps = {
            name.removesuffix("/counts"): Steps(counts, stepped[_scale_of(name)])
            for name, counts in stepped.items()
            if name.endswith("/counts")
        }
        model = KerasFile(texts["config"], texts["metadata"], json.loads(texts["groups"]), kept)
        return TrainedPart(
            model, steps, tuple(json.loads(texts["same"])), texts["imagenet"], texts["digest"],
            ModelFacts.from_json(json.loads(texts["facts"])),
        )  # fmt: skip
    except FileNotFoundError:
        raise RunError(f"{shown}: no such file; name a {SUFFIX} file") from None
    except (OSError, KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        first = printable((str(error).splitlines() or [type(error).__name__])[0][:100])
        raise RunError(
            f"{shown}: not the trained part of a model B, or damaged ({first}); get it again"
        ) from None


def _scale_of(counts: str) -> str:
    return counts.removesuffix("counts") + "scale"


def _arrays(file: Any, top: str) -> dict[str, np.ndarray]:
    import h5py

    found: dict[str, np.ndarray] = {}

    def take(path: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[path] = item[()]

    if top in file:
        file[top].visititems(take)
    return found
