"""Whether Grad-CAM shows what a trained model learnt (Adebayo et al. 2018, arXiv:1810.03292).

    python -m benchmarks.explain_sanity RUN

Faces it was not trained on are moved by 16 pixels: the map should move with them. Then the layers
are given random weights one after the other, from the heads down: the map should come to have
nothing to do with what it was.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import Any

import numpy as np

from benchmarks.face_finding import held_out
from trainer.models.members import without_member

FACES = 24
SHIFT = 16
SEED = 3
_OF_A_TASK = re.compile(r"^(age|gender)_(?=block|branch)")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run")
    parser.add_argument("--runs", metavar="DIR")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from trainer.explain.gradcam import HEADS, GradCam
    from trainer.prediction.catalog import find_model
    from trainer.prediction.predictor import load_model
    from trainer.runs.layout import runs_root

    model = load_model(find_model(options.run, runs_root(options.runs)))
    crops, _ = held_out(model, FACES)
    moved = np.pad(crops, ((0, 0), (0, 0), (SHIFT, 0), (0, 0)), mode="edge")[:, :, :128]
    print("correlation of maps, mean over faces      " + "  ".join(f"{h:>8}" for h in HEADS))
    explainers = [GradCam(model.network, head) for head in HEADS]
    before = [[explain(crop).heat for crop in crops] for explain in explainers]
    after = [[explain(crop).heat for crop in moved] for explain in explainers]
    _say("face moved, map moved back", [
        [_alike(a[:, SHIFT:], b[:, :-SHIFT]) for a, b in zip(two, one, strict=True)]
        for one, two in zip(before, after, strict=True)])  # fmt: skip
    _say("face moved, map left where it is", [
        [_alike(a[:, SHIFT:], b[:, SHIFT:]) for a, b in zip(two, one, strict=True)]
        for one, two in zip(before, after, strict=True)])  # fmt: skip
    random = np.random.default_rng(SEED)
    for name, layers in _from_the_heads_down(model.network).items():
        for layer in layers:
            layer.set_weights([_shuffled(weight, random) for weight in layer.get_weights()])
        _say(f"random down to {name}", [
            [_alike(explain(crop).heat, heat) for crop, heat in zip(crops, heats, strict=True)]
            for explain, heats in zip(explainers, before, strict=True)])  # fmt: skip
    return 0


def _from_the_heads_down(network: Any) -> dict[str, list[Any]]:
    """The heads, what is dense before them, and the last three convolutions on the way to either:
    by name, without that of a member or a task, the layers of all of them. What only makes a mean
    never learnt anything."""
    found: dict[str, list[Any]] = {}
    learnt = [layer for layer in reversed(network.layers) if layer.trainable]
    for kind, most in (("Dense", None), ("Conv2D", 3)):
        of: dict[str, list[Any]] = {}
        for layer in learnt:
            if type(layer).__name__ == kind:
                of.setdefault(_OF_A_TASK.sub("", without_member(layer.name)), []).append(layer)
        found |= dict(list(of.items())[:most])
    return found


def _shuffled(weight: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The same numbers in another order: their sizes stay, what they mean goes."""
    return random.permutation(weight.ravel()).reshape(weight.shape)


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _say(what: str, heads: list[list[float]]) -> None:
    print(f"{what:42}" + "  ".join(f"{np.mean(one):8.2f}" for one in heads), flush=True)


if __name__ == "__main__":
    sys.exit(main())
