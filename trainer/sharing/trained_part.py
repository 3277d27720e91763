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

import dataclasses
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import EnvironmentFault, RunError
from trainer.models.vgg16_weights import ImageNetWeights, origin
from trainer.runs.atomic import ANOTHER_PLACE, write_atomic
from trainer.sharing.facts import ModelFacts
from trainer.sharing.keras_file import KerasFile, halved
from trainer.text import printable

SUFFIX = ".part.h5"
FORMAT, VERSION = "trained part of an age-gender network", 1
STEPS = 127
MOST_BYTES = 256 << 20  # VGG16 with all its kernels tuned takes 60 MB


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
    """`file` has the arrays that are kept as they are and knows the layers of all others; `same`
    are the paths of those that are ImageNet's. `facts` is what the model's own run knew of it.
    `imagenet` and `digest` are the fingerprints of the weights it was cut from and of all that
    joining gives; `source` is the file it was read from."""

    file: KerasFile
    steps: Mapping[str, Steps]
    same: tuple[str, ...]
    imagenet: str
    facts: ModelFacts
    digest: str = ""
    source: str = ""


def cut(model: KerasFile, weights: ImageNetWeights, facts: ModelFacts) -> TrainedPart:
    """Take ImageNet's VGG16 out of a model B. RunError where it is not in it."""
    layers = (model.groups.get(path.rpartition("/")[0], "") for path in model.arrays)
    if not set(map(origin, layers)) >= {*weights.layers}:
        raise RunError("the model has no VGG16 in it: only a model B has a trained part")
    kept, steps, same = {}, {}, []
    for path, array in model.arrays.items():
        base = _base(model, path, weights)
        if base is not None and np.array_equal(array, base):
            same.append(path)
        elif base is None or array.ndim < 2:
            kept[path] = halved(array)
        else:
            steps[path] = Steps.between(array, base)
    rest = KerasFile(model.config, model.metadata, model.groups, kept)
    # As they are read back: a whole number among the scores comes back as 1000.0.
    facts = ModelFacts.from_json(json.loads(json.dumps(facts.to_json())))
    part = TrainedPart(rest, steps, tuple(same), weights.fingerprint, facts)
    return dataclasses.replace(part, digest=_digest(_joined(part, weights), facts))


def join(part: TrainedPart, weights: ImageNetWeights) -> KerasFile:
    """The whole model again. EnvironmentFault where `weights` are not those it was cut from,
    RunError where the part is damaged."""
    if weights.fingerprint != part.imagenet:
        raise EnvironmentFault(
            f"{printable(str(weights.file))}: a VGG16, but not with the ImageNet weights that this "
            "part was trained on; name the file that keras.applications publishes with --weights"
        )
    try:
        joined = _joined(part, weights)
        whole = _digest(joined, part.facts) == part.digest
    except (LookupError, ValueError, TypeError):
        whole = False
    if not whole:
        raise RunError(
            f"{printable(part.source)}: joined it is not what was trained, so it is damaged; get "
            "it again"
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
            raise LookupError(path)
        arrays[path] = part.steps[path].added_to(base) if path in part.steps else base
    return KerasFile(part.file.config, part.file.metadata, part.file.groups, arrays)


def _base(model: KerasFile, path: str, weights: ImageNetWeights) -> np.ndarray | None:
    """What ImageNet's VGG16 has in the place of an array; None where it has nothing."""
    layer, place = model.layer(path)
    found = weights.layers.get(origin(layer))
    return None if found is None else found[place]


def _digest(model: KerasFile, facts: ModelFacts) -> str:
    said = [model.config, model.metadata, sorted(model.groups.items()), facts.to_json()]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for path in sorted(model.arrays):
        array = model.arrays[path]
        digest.update(f"{path} {array.dtype} {array.shape}".encode())
        digest.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
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
    write_atomic(path, content.getvalue(), elsewhere=ANOTHER_PLACE)


def _store(file: Any, name: str, array: np.ndarray) -> None:
    packed = {"compression": "gzip", "shuffle": True} if array.size > 1024 else {}
    file.create_dataset(name, data=array, track_times=False, **packed)


def read_part(path: Path) -> TrainedPart:
    """RunError where it is none, damaged, or of a newer version."""
    import h5py

    shown = printable(str(path))
    try:
        with h5py.File(path, "r") as file:
            stored = _datasets(file)
            if sum(item.nbytes for item in stored.values()) > MOST_BYTES:
                raise ValueError("more than a model holds")
            found = {name: item[()] for name, item in stored.items()}
            version = int(file.attrs["v"])
        texts = {
            name.removeprefix("texts/"): value.decode()
            for name, value in found.items()
            if name.startswith("texts/")
        }
        if texts["format"] != FORMAT:
            raise ValueError("another format")
        if version > VERSION:
            raise RunError(
                f"{shown}: version {version}, and this program reads {VERSION}: update it"
            )
        return _part(texts, found, str(path))
    except FileNotFoundError:
        raise RunError(f"{shown}: no such file; name a *{SUFFIX} file") from None
    except PermissionError:
        raise RunError(f"{shown}: no permission to read it; make it readable") from None
    except (OSError, ArithmeticError, LookupError, ValueError, TypeError, AttributeError,
            RecursionError, RuntimeError) as error:  # fmt: skip
        first = printable((str(error).splitlines() or [type(error).__name__])[0][:100])
        raise RunError(
            f"{shown}: not the trained part of a model B, or damaged ({first}); get it again"
        ) from None


def _part(texts: Mapping[str, str], found: Mapping[str, Any], source: str) -> TrainedPart:
    groups, same = json.loads(texts["groups"]), json.loads(texts["same"])
    if not all(isinstance(text, str) for text in (*groups, *groups.values(), *same)):
        raise TypeError("a name that is no text")
    kept, steps = {}, {}
    for name, array in found.items():
        if name.startswith("kept/"):
            if array.dtype.kind not in "fiu":
                raise TypeError("an array of no numbers")
            kept[name.removeprefix("kept/")] = array
        elif name.startswith("steps/") and name.endswith("/counts"):
            where = name.removesuffix("/counts")
            steps[where.removeprefix("steps/")] = Steps(array, found[f"{where}/scale"])
    return TrainedPart(
        KerasFile(texts["config"], texts["metadata"], groups, kept),
        steps, tuple(same), texts["imagenet"], ModelFacts.from_json(json.loads(texts["facts"])),
        texts["digest"], source,
    )  # fmt: skip


def _datasets(file: Any) -> dict[str, Any]:
    """By path; `visititems` follows no links that lead out of the file."""
    import h5py

    found: dict[str, Any] = {}

    def take(path: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[path] = item

    file.visititems(take)
    return found
