"""Where the ImageNet weights of VGG16 come from, and whether a file really holds them.

Looked for in this order: the file a run names (by the form, the command line or the user's
settings), `AGEGENDER_VGG16_WEIGHTS`, the Keras cache, a download into that cache. Both layouts of
`.h5` are read: the one `keras.applications` publishes and the `.weights.h5` of Keras 3, with or
without the classifier on top.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.errors import EnvironmentFault
from trainer.text import printable
from trainer.user_path import user_path

if TYPE_CHECKING:
    import numpy as np

BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))  # convolutions and filters of each
URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
CACHED = (  # as `keras.applications` names them, without the classifier and with it
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
)
URL_MD5 = "6d6bbae143d832006294945121d1f1fc"
# Of all kernels and biases in order, as little-endian float32: the same for both layouts.
IMAGENET = "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd"
WAYS = (
    "name a file with --weights, in the form or in settings.toml, or set AGEGENDER_VGG16_WEIGHTS, "
    "or let Keras download it on a machine with a network"
)
WAYS_OF_A_RUN = "name a file as weights in the run's config.toml"  # of one that is there already

Weights = dict[str, tuple["np.ndarray", "np.ndarray"]]


@dataclass(frozen=True)
class ImageNetWeights:
    """`layers` maps `block1_conv1` … to kernel (3, 3, in, out) and bias (out,), float32."""

    file: Path
    layers: Weights
    fingerprint: str

    @property
    def is_imagenet(self) -> bool:
        """Whether these are the published weights, to the bit."""
        return self.fingerprint == IMAGENET


def layer_shapes() -> dict[str, tuple[int, int, int, int]]:
    """The kernel shape of every convolution, in order."""
    shapes, before = {}, 3
    for block, (count, filters) in enumerate(BLOCKS, start=1):
        for conv in range(1, count + 1):
            shapes[f"block{block}_conv{conv}"] = (3, 3, before, filters)
            before = filters
    return shapes


def origin(layer: str) -> str:
    """The layer of VGG16 that a layer of model B was copied from: `block5_conv1` of
    `age_block5_conv1` and of `gender_block5_conv1`; any other name as it is."""
    return re.sub(r"^(age|gender)_(?=block\d)", "", layer)


def is_there(named: str) -> bool:
    """Whether a file that a user named is one, now."""
    return os.path.isfile(user_path(named))  # noqa: PTH113 - Path raises where it cannot


def find_weights(named: str, progress: Callable[[int, int], None], ways: str = WAYS) -> Path:
    """The file to use; downloads it where nothing else is given.

    `progress(done, of)` in bytes is called during a download and may raise to give up. Raises
    EnvironmentFault, naming the `ways` to provide the file, if there is none.
    """
    for chosen, by in ((named, "weights"), (_environment(), "AGEGENDER_VGG16_WEIGHTS")):
        if chosen:
            path = user_path(chosen)
            if not is_there(chosen):
                raise EnvironmentFault(
                    f"{printable(str(path))}: {by} names it, but there is no such file; {ways}"
                )
            return path
    cached = [keras_cache() / name for name in CACHED]
    there = next((path for path in cached if path.is_file()), None)
    return there or _download(cached[0], progress, ways)


def _environment() -> str:
    return os.environ.get("AGEGENDER_VGG16_WEIGHTS", "")


def keras_cache() -> Path:
    """The folder in which `keras.applications` keeps what it downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"


def _download(target: Path, progress: Callable[[int, int], None], ways: str) -> Path:
    import http.client
    import urllib.request

    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    digest = hashlib.md5(usedforsecurity=False)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(URL, timeout=20) as source, open(part, "wb") as file:
            size = int(source.headers.get("Content-Length") or 0)
            done = 0
            while piece := source.read(1 << 18):
                file.write(piece)
                digest.update(piece)
                done += len(piece)
                progress(done, size)
        if digest.hexdigest() != URL_MD5:
            raise EnvironmentFault(
                f"{URL}: the download is damaged or not the ImageNet file; {ways}"
            )
        part.rename(target)
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise EnvironmentFault(
            f"the ImageNet weights of VGG16 cannot be downloaded ({_words(reason)}); {ways}"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return target


def read_weights(path: Path, ways: str = WAYS) -> ImageNetWeights:
    """Read and check the file; EnvironmentFault, naming the `ways` to provide another, if it is not
    a whole VGG16 of either layout."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            found = _keras3_layout(file) if "layers" in file else _applications_layout(file)
            layers = {
                name: _arrays(name, found.get(name, ()), shape)
                for name, shape in layer_shapes().items()
            }
    except _NotVGG16 as error:
        raise _unusable(path, str(error), ways) from None
    except OSError as error:
        why = f"not a readable .h5 file, or cut short ({_words(error)})"
        raise _unusable(path, why, ways) from None
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise _unusable(path, f"an .h5 file, but not of VGG16 ({_words(error)})", ways) from None
    digest = hashlib.sha256()
    for arrays in layers.values():
        for array in arrays:
            digest.update(array.astype("<f4").tobytes())
    return ImageNetWeights(path, layers, digest.hexdigest())


class _NotVGG16(Exception):
    """The file is whole, but holds something else; says what."""


def _arrays(name: str, found: Any, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The arrays of one layer, read only once their shapes are known to be right."""
    if len(found) != 2:
        raise _NotVGG16(f"has no layer {name}, so it is not VGG16")
    for array, wanted in zip(found, (shape, shape[-1:]), strict=True):
        if array.shape != wanted:
            raise _NotVGG16(f"{name} has the shape {array.shape}, not {wanted}, so it is not VGG16")
    kernel, bias = (array[()].astype("float32") for array in found)
    return kernel, bias


def _unusable(path: Path, why: str, ways: str) -> EnvironmentFault:
    again = "delete it to have it downloaded again, or " if path.parent == keras_cache() else ""
    return EnvironmentFault(f"{printable(str(path))}: {why}; {again}{ways}")


def _words(error: object) -> str:
    """The first line of an error's text, or its type where it has none."""
    return printable((str(error).splitlines() or [type(error).__name__])[0][:120])


def _keras3_layout(file: Any) -> dict[str, tuple[Any, ...]]:
    """Groups `layers/conv2d_N/vars` with the arrays 0 and 1, and the layer's own name as an
    attribute; older files of Keras 3 lack that, and there N is the place of the layer."""
    by_place = {f"conv2d_{n}" if n else "conv2d": name for n, name in enumerate(layer_shapes())}
    found = {}
    for group, layer in file["layers"].items():
        variables = layer["vars"]
        if "1" in variables:
            name = _text(variables.attrs.get("name", "")) or by_place.get(group, group)
            found[name] = (variables["0"], variables["1"])
    return found


def _applications_layout(file: Any) -> dict[str, tuple[Any, ...]]:
    """Groups by layer name, each with an attribute that lists its arrays in order."""
    top = file.get("model_weights", file)
    return {
        name: tuple(top[name][_text(array)] for array in top[name].attrs.get("weight_names", ()))
        for name in top
    }


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
