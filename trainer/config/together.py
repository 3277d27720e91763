"""Which settings go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer.config.filters import parse_filters
from trainer.errors import ConfigError

if TYPE_CHECKING:
    from trainer.config.run_config import RunConfig


_VGG16_BLOCKS = 5  # as in `trainer.models`, which stands above this package


def check_together(config: RunConfig) -> None:
    """ConfigError, with the remedy, where settings that are fine one by one are not together."""
    if config.age_loss_weight == 0 and config.gender_loss_weight == 0:
        raise ConfigError(
            "age_loss_weight and gender_loss_weight are both 0: raise one of them",
            "age_loss_weight",
        )
    if config.min_learning_rate > config.learning_rate:
        raise ConfigError(
            f"min_learning_rate {config.min_learning_rate:g} is above learning_rate "
            f"{config.learning_rate:g}: lower it",
            "min_learning_rate",
        )
    if config.folds == 1:
        raise ConfigError("folds is 1, so none would train: give 2 or more, or 0", "folds")
    if not min(config.folds, 1) <= config.fold <= config.folds:
        raise ConfigError(
            f"fold is {config.fold}, of {config.folds} folds: "
            + (f"give 1 to {config.folds}" if config.folds else "give 0, or set folds"),
            "fold",
        )
    if config.warmup_epochs >= config.epochs:
        raise ConfigError(
            f"warmup_epochs is {config.warmup_epochs}, of {config.epochs} epochs: the learning "
            "rate would not be reached; lower it",
            "warmup_epochs",
        )
    if config.erasing and not config.augment:
        raise ConfigError(
            f"erasing is {config.erasing:g}, but augment is off: nothing would be erased; turn "
            "augment on, or set erasing to 0",
            "erasing",
        )
    if config.stretch and config.age_head != "distribution":
        raise ConfigError(
            f"stretch is on, but age_head is {config.age_head}: there are no years to place; "
            "set age_head to distribution, or stretch to false",
            "stretch",
        )
    blocks = len(parse_filters(config.filters))
    if config.model == "A" and config.branches >= blocks:
        raise ConfigError(
            f"branches is {config.branches}, and filters has {blocks} blocks: leave at least "
            "one for both tasks",
            "branches",
        )
    if config.model == "B" and config.branches > _VGG16_BLOCKS - config.frozen_blocks:
        raise ConfigError(
            f"branches is {config.branches}, and frozen_blocks {config.frozen_blocks} of "
            f"{_VGG16_BLOCKS}: a task has no use for a block of its own that never trains; lower "
            "one of them",
            "branches",
        )
    own = max(config.branches, 1)
    if config.model == "A" and config.members > 1 and config.shared_blocks > blocks - own:
        raise ConfigError(
            f"shared_blocks is {config.shared_blocks}, and filters has {blocks} blocks: leave "
            + (f"the {own} of branches to each member" if own > 1 else "one to each member"),
            "shared_blocks",
        )
    if config.xla == "on" and config.device == "gpus":
        raise ConfigError(
            "xla is on and device is gpus: XLA compiles for one device; set xla to auto", "xla"
        )
    if config.feature_variants and not config.frozen_blocks:
        raise ConfigError(
            "feature_variants needs frozen_blocks of at least 1: there is nothing to compute "
            "beforehand",
            "feature_variants",
        )


def check_sense(config: RunConfig) -> None:
    """ConfigError, with the remedy, where settings would do nothing, or another thing than they
    say. Asked before a run is started: older runs that have them are read as they are."""
    if config.model == "A":
        if config.residual and all(len(block) < 2 for block in parse_filters(config.filters)):
            raise ConfigError(
                f"residual is on, but no block of filters {config.filters} has two convolutions: "
                "nothing would be added; give one such as 96,96, or turn residual off",
                "residual",
            )
        return
    if config.heads_first and config.frozen_blocks == 5:
        raise ConfigError(
            "heads_first is set, but frozen_blocks is 5: nothing but the dense layers is trained "
            "anyway; set heads_first to 0, or freeze fewer blocks",
            "heads_first",
        )
    if config.heads_first >= config.epochs:
        raise ConfigError(
            f"heads_first is {config.heads_first}, of {config.epochs} epochs: no block would be "
            "fine-tuned; lower it",
            "heads_first",
        )
    if config.feature_variants == 1 and config.augment:
        raise ConfigError(
            "feature_variants is 1, and the first variant is the face as it is: nothing would be "
            "augmented; give 2 or more, or turn augment off",
            "feature_variants",
        )
    if config.feature_variants > 1 and not config.augment:
        raise ConfigError(
            f"feature_variants is {config.feature_variants}, but augment is off: all variants "
            "would be the same; give 1",
            "feature_variants",
        )
