"""A run's network as it was in earlier epochs, where checkpoints of them are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainer.errors import RunError
from trainer.prediction.catalog import model_of
from trainer.runs.layout import RunDir
from trainer.text import printable


@dataclass(frozen=True)
class KeptWeights:
    """`epoch` counts from 1 and `step` the steps done in it, 0 after its end; `best` for the
    weights of the best epoch."""

    epoch: int
    step: int
    best: bool
    file: str


def kept_weights(run: RunDir) -> list[KeptWeights]:
    """What checkpoints hold, oldest first: the best epoch, the last two checkpoints, and the epoch
    that the older of these took for the best."""
    kept: dict[tuple[int, int], KeptWeights] = {}
    for path in run.checkpoints.glob("best-*.npz"):
        if (digits := path.stem.removeprefix("best-")).isdigit():
            kept[int(digits), 0] = KeptWeights(int(digits), 0, False, path.name)
    if kept:
        newest = max(kept)
        kept[newest] = replace(kept[newest], best=True)
    for path in run.checkpoints.glob("[0-9]*-[0-9]*/arrays.npz"):
        epoch, _, step = path.parent.name.partition("-")
        if epoch.isdigit() and step.isdigit():
            # Between two epochs a checkpoint is named after the one that comes.
            done = (int(epoch) - 1, 0) if int(step) == 0 else (int(epoch), int(step))
            if done > (0, 0):
                kept.setdefault(done, KeptWeights(*done, False, f"{path.parent.name}/arrays.npz"))
    return sorted(kept.values(), key=lambda one: (one.epoch, one.step or 10**9))


def networks(run: RunDir) -> Iterator[tuple[KeptWeights, Any]]:
    """Each of `kept_weights` with a network that answers with them as the run's saved model does,
    from the mirror image too where the run has `mirror`: the same object each time. What a run that
    trains on has deleted meanwhile is left out.

    RunError where the run keeps none, or they are of another network.
    """
    from trainer.models.mirrored import with_mirror_image
    from trainer.training import variables
    from trainer.training.averaging import averaged

    kept = kept_weights(run)
    if not kept:
        raise RunError(
            f"{run.id} has no checkpoint: let its first epoch end (a run that was freed of them "
            "has none, nor has a trial of a study that finished or was ended early)"
        )
    network = _build(run)
    answering = with_mirror_image(network.full) if run.config().mirror else network.full
    left = 0
    for one in kept:
        try:
            with np.load(run.checkpoints / one.file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except FileNotFoundError:
            continue
        except MemoryError:
            raise
        except Exception as error:  # a damaged archive raises anything, by where the damage is
            shown = printable(str(run.checkpoints / one.file))
            raise RunError(f"{shown}: cannot be read ({printable(str(error))})") from None
        if one.file.endswith("/arrays.npz"):  # all of a checkpoint, not the weights alone
            arrays = averaged(arrays) or variables.weights_of(network, arrays)
        variables.set_weights(network, arrays)
        if answering is not network.full:
            answering.set_weights(network.full.get_weights())
        left += 1
        yield one, answering
    if not left:
        raise RunError(f"{run.id}: its checkpoints went while they were read; ask again")


def _build(run: RunDir) -> Any:
    """The run's network; what never trains comes from its saved model, else from where the run
    took it."""
    import keras

    from trainer.training.building import build_network

    config = run.config()
    file = model_of(run)
    weights = None
    if file is None and config.model == "B":
        from trainer.models.vgg16_weights import WAYS_OF_A_RUN, find_weights, read_weights

        found = find_weights(config.weights, lambda done, of: None, WAYS_OF_A_RUN)
        weights = read_weights(found, WAYS_OF_A_RUN)
    network = build_network(config, 0.0, weights)
    if file is not None:
        saved = keras.models.load_model(file, compile=False, safe_mode=True)
        network.full.set_weights(saved.get_weights())
    return network
