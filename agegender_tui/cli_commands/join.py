"""Put the trained part of a model B together with ImageNet's VGG16, which is not passed on with it.
The outcome is checked to be, to the bit, what was made small, and from then on predicts under its
own name. Without PART it is the one that comes with the program."""

from __future__ import annotations

import argparse
import shlex

from agegender_tui.cli_commands.imagenet_weights import imagenet_weights
from agegender_tui.cli_commands.output_file import check_output
from trainer.errors import ConfigError, ExitCode
from trainer.runs.atomic import storage_errors
from trainer.text import printable
from trainer.user_path import user_path

EXAMPLE = "agegender-tui join --weights vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[PART], --weights, --out."""
    parser.add_argument("part", nargs="?", type=user_path, metavar="PART", help="a .part.h5 file")
    parser.add_argument(
        "--weights", default="", metavar="FILE",
        help="VGG16's ImageNet weights (default: vgg16_weights in settings.toml, "
        "AGEGENDER_VGG16_WEIGHTS, Keras's cache, download)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=user_path, metavar="FILE",
        help="where the .keras file goes (default: where models are found by their name)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Write the model and its facts, and say how to use it."""
    from trainer.models.vgg16_weights import read_weights
    from trainer.sharing.bundled import bundled_part, joined_folder
    from trainer.sharing.facts import facts_beside, facts_file, write_facts
    from trainer.sharing.keras_file import write_keras
    from trainer.sharing.targets import check_target
    from trainer.sharing.trained_part import SUFFIX, join, read_part

    file = options.part or bundled_part()
    if file is None:
        raise ConfigError(f"no trained part comes with the program: name a *{SUFFIX} file")
    part = read_part(file)
    target = options.out
    if target is None:
        folder = joined_folder()
        with storage_errors(folder, "name another place with --out"):
            folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{part.facts.name}.keras"
    check_target(target, ".keras", (".json",))
    check_output(target)
    if target.exists() and facts_beside(target) != part.facts:
        raise ConfigError(
            f"{printable(str(target))}: is there already and is another model, an earlier version "
            f"for one; delete it and {printable(facts_file(target).name)} beside it, or name "
            "another place with --out"
        )
    weights = read_weights(imagenet_weights(options.weights))
    write_keras(target, join(part, weights))
    write_facts(target, part.facts)
    print(f"wrote {printable(str(target))}: the same, to the bit, as where it was cut")
    name = shlex.quote(str(target)) if options.out else part.facts.name
    print(f"use it: agegender-tui predict PHOTO --model {printable(name)}")
    return ExitCode.OK
