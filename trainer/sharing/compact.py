"""A run's model written small: A at half precision, B as its trained part alone; seen to answer as
the model itself does before anything is written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import EnvironmentFault, RunError
from trainer.export.portable import ExportCheck, check_outputs
from trainer.models.vgg16_weights import read_weights
from trainer.prediction.catalog import run_of
from trainer.runs.atomic import ANOTHER_PLACE, write_atomic
from trainer.sharing.facts import facts_of_run, write_facts
from trainer.sharing.keras_file import KerasFile, half_precision, read_keras, write_keras
from trainer.sharing.targets import check_target, companion_of
from trainer.sharing.trained_part import SUFFIX, cut, join, write_part
from trainer.text import printable

COMPACT = "compact"
# Of rounding kernels: far below what the model itself is wrong by.
TOLERANCE_YEARS, TOLERANCE_CHANCE = 0.2, 0.02


def write_compact(network: Any, file: Path, target: Path, weights: Path) -> ExportCheck:
    """Write the model of a run, `file`, loaded as `network`, to `target`: of an A a `.keras` file
    with its facts beside it, of a B a `.part.h5` file that holds them; its card beside either.
    `weights` are ImageNet's of VGG16, looked at for a B alone.

    RunError where the file lies in no run, ConfigError where `target` cannot be one, UserError
    where the small model answers otherwise, EnvironmentFault where the weights are missing or
    others, StorageError.
    """
    run = run_of(file)
    if run is None:
        raise RunError(
            f"{printable(str(file))}: lies in no run, so nothing is known of it; name a run"
        )
    config, facts, model = run.config(), facts_of_run(run), read_keras(file)
    ending = SUFFIX if config.model == "B" else ".keras"
    check_target(target, ending, (".md",) if config.model == "B" else (".json", ".md"))
    if config.model == "B":
        base = read_weights(weights)
        if not base.is_imagenet:
            raise EnvironmentFault(
                f"{printable(str(weights))}: a VGG16, but not ImageNet's, which others could join "
                "the part with; name the file that keras.applications publishes with --weights"
            )
        part = cut(model, base, facts)
        check = _check(network, join(part, base), target)
        write_part(target, part)
    else:
        small = half_precision(model)
        check = _check(network, small, target)
        write_keras(target, small)
        write_facts(target, facts)
    if run.card_file.is_file():
        text = (
            f"> {facts.name}, written small from the run {run.id}: kernels are rounded, and the "
            "scores below are those of the run's own model. Files named here stayed with the "
            "run.\n\n"
            f"{run.card_file.read_text(encoding='utf-8')}"
        )
        write_atomic(companion_of(target, ending, ".md"), text, elsewhere=ANOTHER_PLACE)
    return check


def _check(network: Any, small: KerasFile, target: Path) -> ExportCheck:
    import keras

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "small.keras"
        write_keras(file, small)
        loaded = keras.models.load_model(file, compile=False)

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        return {name: np.asarray(out) for name, out in loaded(images, training=False).items()}

    remedy = "pass on the model as it is"
    return check_outputs(network, run, target, remedy, (TOLERANCE_YEARS, TOLERANCE_CHANCE))
