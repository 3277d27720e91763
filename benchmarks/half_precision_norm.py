"""Images a second of training A-best, by how the 24 channels of its first block are normalised.

    python -m benchmarks.half_precision_norm

At precision `auto`, on one cached batch, in turns: as a run does, in float32 where a CPU has no
fast kernel for that number of channels; in half precision, as all else; by Keras's own layer, in
more passes. Where `auto` is float32 (a CPU that does not multiply in bfloat16) the first two are
the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import faces
from benchmarks.in_turns import images_a_second

ROUNDS = 5
STEPS = 4


def main() -> int:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # a GPU has a kernel for any number
    import keras

    from trainer.models import batch_norm, custom_cnn
    from trainer.presets import preset
    from trainer.training.batches import TrainingBatches
    from trainer.training.precision import policy_for
    from trainer.training.stages import compile_stage
    from trainer.training.targets import Targets

    loaded, config = faces.load(), preset("A-best").replace(device="cpu")
    targets = Targets(config, loaded.ages[loaded.train])
    batch = next(
        TrainingBatches(
            loaded.pixels, loaded.ages, loaded.genders, loaded.train, config.batch_size, 1, None,
            workers=1, targets=targets,
        ).epoch(1)
    )  # fmt: skip
    keras.config.set_dtype_policy(policy_for("auto"))

    def training() -> Callable[[], None]:
        """A step of a network of its own, which is traced before this returns."""
        network = custom_cnn.custom_cnn(config, 33.0)
        compile_stage(network, config, 1)

        def step() -> None:
            network.trained.train_function(iter([batch]))

        step()
        return step

    ours: Any = training()
    channels, batch_norm.CHANNELS = batch_norm.CHANNELS, 1
    half = training()
    batch_norm.CHANNELS = channels
    custom_cnn.FusedBatchNormalization = keras.layers.BatchNormalization  # type: ignore[misc]
    variants = {"as a run does": ours, "in half precision": half, "by Keras's layer": training()}
    speed = images_a_second(variants, config.batch_size, rounds=ROUNDS, steps=STEPS)
    print(f"A-best at {keras.config.dtype_policy().name}, images a second")
    for name, rate in speed.items():
        print(f"  {name:20}{rate:8.1f}  ×{speed['as a run does'] / rate:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
