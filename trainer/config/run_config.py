"""Every setting of a run, declared once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainer.config.setting import Setting, setting
from trainer.config.together import check_together
from trainer.config.values import parse_value
from trainer.errors import ConfigError

# What kept features gain and cost, measured: said wherever feature_variants is chosen.
FEATURES_TRADE = (
    "about 4 times the images a second on two CPU cores; with 5 variants age and gender came out "
    "no worse than with fresh ones in each epoch, but too sure: gender log loss 0.36 against 0.29"
)


@dataclass(frozen=True)
class RunConfig:
    """All settings of one run. The defaults are preset A.

    Preset A: the custom CNN on UTKFace, 4,000 training and 1,000 validation faces.
    """

    # Run
    model: str = setting("A", "Run", "network: A is the custom CNN, B is VGG16", choices=("A", "B"))
    preset: str = setting("A", "Run", "preset these settings started from")
    label: str = setting("", "Run", "free text to tell runs apart")
    seed: int = setting(
        1, "Run", "seed of weights, order, augmentation and dropout", low=0, high=2**31 - 1
    )
    group: str = setting("", "Run", "name that repeats of one run share, to be summarised together")
    study: str = setting("", "Run", "study of which the run is a trial")
    # Data
    data: str = setting(
        "",
        "Data",
        "folder of faces named age_gender_race_date.jpg, LAYOUT:FOLDER, or a registered name",
    )
    validation_fraction: float = setting(
        0.2, "Data", "part of the faces kept for validation", low=0.05, high=0.5
    )
    split_seed: int = setting(
        1, "Data", "seed of the training/validation split", low=0, high=2**31 - 1
    )
    folds: int = setting(
        0,
        "Data",
        "parts of equal size to cut the faces into, one of them to validate; 0: draw "
        "validation_fraction of the faces instead",
        low=0,
        high=100,
    )
    fold: int = setting(0, "Data", "which of the folds validates, from 1", low=0, high=100)
    keep_copies_together: bool = setting(
        False,
        "Data",
        "put faces that are nearly the same picture into one part, not only those of equal pixels",
    )
    # Augmentation
    augment: bool = setting(True, "Augmentation", "vary training images on the fly")
    flip: bool = setting(True, "Augmentation", "mirror half of the images left to right")
    rotation: float = setting(
        14.0, "Augmentation", "largest rotation either way", unit="degrees", low=0, high=45
    )
    zoom: float = setting(
        0.1, "Augmentation", "largest zoom in or out, as a fraction", low=0, high=0.5
    )
    contrast: float = setting(
        0.2, "Augmentation", "largest change of contrast, as a fraction", low=0, high=0.9
    )
    hue: float = setting(
        0.02, "Augmentation", "largest change of hue, as a part of the circle", low=0, high=0.5
    )
    erasing: float = setting(
        0.0,
        "Augmentation",
        "part of the varied images in which noise covers a rectangle",
        low=0,
        high=1,
    )
    mixup: float = setting(
        0.0,
        "Augmentation",
        "lay another face over each one, fainter as this (the alpha of mixup) is smaller; 0 does "
        "not",
        low=0,
        high=4,
    )
    # Model
    filters: str = setting(
        "24-48-96,96-160,160-256,256",
        "Model",
        "filters of each convolution; '-' starts a new block after max pooling",
        only="A",
    )
    batch_norm: bool = setting(
        True, "Model", "batch normalisation after each convolution", only="A"
    )
    dense_units: int = setting(
        256,
        "Model",
        "neurons of the dense layer: one that both tasks share in A, one for each in B",
        low=8,
        high=4096,
    )
    residual: bool = setting(
        False,
        "Model",
        "add to what a block of two or more convolutions says what it was given",
        only="A",
    )
    squeeze: int = setting(
        0,
        "Model",
        "weigh the channels of each block by squeeze and excitation, with so many fewer neurons "
        "than channels; 0 does not",
        unit="times",
        low=0,
        high=64,
        only="A",
    )
    branches: int = setting(
        0,
        "Model",
        "how many of the last blocks, and then a dense layer, each task has for itself; in B of "
        "those that train",
        unit="blocks",
        low=0,
        high=6,
    )
    members: int = setting(
        1,
        "Model",
        "an ensemble of so many networks over the same first blocks, each trained by its own "
        "answers; the model answers with their mean",
        low=1,
        high=8,
        only="A",
    )
    shared_blocks: int = setting(
        2,
        "Model",
        "with members of 2 or more: how many of the first blocks all of them share",
        unit="blocks",
        low=0,
        high=6,
        only="A",
    )
    pooling: str = setting(
        "flatten",
        "Model",
        "what the dense layer sees: every place of the last map, or the average over them",
        choices=("flatten", "average"),
        only="A",
    )
    age_head: str = setting(
        "relu",
        "Model",
        "the age is one ReLU neuron, or the mean of a distribution over the years 0 to 116",
        choices=("relu", "distribution"),
    )
    stretch: bool = setting(
        False,
        "Model",
        "with age_head distribution: when training is over, place its years where the ages of the "
        "training faces are told best; mixup, dropout and averages draw the old and the young to "
        "the middle",
    )
    mirror: bool = setting(
        False,
        "Model",
        "the saved model looks at the mirror image of each face too, and answers with the mean: a "
        "little better, at twice the time; training stays the same",
    )
    block_dropout: float = setting(
        0.1, "Model", "dropout after each block", low=0, high=0.9, only="A"
    )
    dropout: float = setting(0.5, "Model", "dropout before the dense layer", low=0, high=0.9)
    head_dropout: float = setting(0.3, "Model", "dropout before the two heads", low=0, high=0.9)
    l2: float = setting(
        1e-4, "Model", "L2 penalty on kernels; in B on the dense layers alone", low=0, high=0.1
    )
    weights: str = setting(
        "",
        "Model",
        "file of VGG16's ImageNet weights; empty: vgg16_weights in settings.toml, "
        "AGEGENDER_VGG16_WEIGHTS, Keras's cache, download",
        only="B",
    )
    frozen_blocks: int = setting(
        4, "Model", "how many of VGG16's five blocks never train", low=0, high=5, only="B"
    )
    heads_first: int = setting(
        0,
        "Model",
        "first train the dense layers alone for this long, at ten times the rate",
        unit="epochs",
        low=0,
        high=1000,
        only="B",
    )
    feature_variants: int = setting(
        0,
        "Model",
        "run the frozen blocks once for this many variants of each face and keep the outcome "
        f"on disk: {FEATURES_TRADE}; 0 runs them in every step",
        unit="variants",
        low=0,
        high=100,
        only="B",
    )
    feature_gigabytes: float = setting(
        8.0, "Model", "most disk space for these features", unit="GB", low=0.01, high=1000, only="B"
    )
    # Training
    epochs: int = setting(170, "Training", "most epochs to train", low=1, high=10_000)
    batch_size: int = setting(64, "Training", "images a step", unit="images", low=1, high=4096)
    learning_rate: float = setting(
        1e-3, "Training", "first learning rate of Adam", low=1e-7, high=1
    )
    age_loss_weight: float = setting(
        1.0, "Training", "weight of the age loss (mean absolute error, years)", low=0, high=1000
    )
    gender_loss_weight: float = setting(
        6.0, "Training", "weight of the gender loss (binary cross-entropy)", low=0, high=1000
    )
    early_stopping: int = setting(
        20,
        "Training",
        "stop after this many epochs without a better validation loss; 0 never stops",
        unit="epochs",
        low=0,
        high=10_000,
    )
    plateau_patience: int = setting(
        5,
        "Training",
        "lower the rate after this many epochs without improvement; 0 never lowers it",
        unit="epochs",
        low=0,
        high=10_000,
    )
    plateau_factor: float = setting(
        0.4, "Training", "the learning rate is multiplied by this", low=0.01, high=0.99
    )
    min_learning_rate: float = setting(
        1e-6, "Training", "the learning rate is not lowered below this", low=0, high=1
    )
    # Loss
    age_loss: str = setting(
        "mae",
        "Loss",
        "loss of the age in years: mean absolute error, or Huber, which is quadratic near 0",
        choices=("mae", "huber"),
    )
    huber_delta: float = setting(
        6.0,
        "Loss",
        "error from which Huber is linear, with the slope of the mean absolute error",
        unit="years",
        low=0.1,
        high=100,
    )
    distribution_weight: float = setting(
        5.0,
        "Loss",
        "with age_head distribution: weight of the divergence from the label's distribution (nats)",
        low=0,
        high=1000,
    )
    age_sigma: float = setting(
        2.0,
        "Loss",
        "with age_head distribution: spread of the label over the years around it",
        unit="years",
        low=0.1,
        high=20,
    )
    age_group_weight: float = setting(
        0.0,
        "Loss",
        "weight of telling the decade of the age too (nats), in training alone; 0 does not",
        low=0,
        high=1000,
    )
    reweight: float = setting(
        0.0,
        "Loss",
        "how much more the ages count of which there are few faces: their smoothed number to the "
        "power of minus this; 0 counts all the same",
        low=0,
        high=1,
    )
    # Optimizer
    optimizer: str = setting(
        "adam",
        "Optimizer",
        "rule of the steps; adamw is Adam with weight decay, and wants l2 at 0, which decays too",
        choices=("adam", "adamw"),
    )
    weight_decay: float = setting(
        0.01,
        "Optimizer",
        "with adamw: each step takes this part times the learning rate off the kernels; in B off "
        "those of the dense layers alone",
        low=0,
        high=1,
    )
    schedule: str = setting(
        "plateau",
        "Optimizer",
        "plateau lowers the rate where the validation loss stays; cosine lowers it with every "
        "step, to its minimum after all epochs: early_stopping may end it before, 0 does not",
        choices=("plateau", "cosine"),
    )
    warmup_epochs: int = setting(
        0,
        "Optimizer",
        "raise the rate from 0 with every step for so long",
        unit="epochs",
        low=0,
        high=1000,
    )
    average: float = setting(
        0.0,
        "Optimizer",
        "validate and save the average of the weights over the last steps, of which this part "
        "stays at each step; 0 averages none",
        low=0,
        high=0.9999,
    )
    rate_decay: float = setting(
        1.0,
        "Optimizer",
        "VGG16's block 5 trains at the learning rate times this, block 4 at that times this, …; "
        "1 trains all at the rate of the dense layers",
        low=0.01,
        high=1,
        only="B",
    )
    # Device
    device: str = setting(
        "auto", "Device", "auto, cpu, gpu:0, gpu:1, … for one GPU, or gpus for all of them"
    )
    precision: str = setting(
        "float32",
        "Device",
        "number format of the hidden layers; the heads, and the model that is saved, are float32; "
        "auto: mixed_bfloat16 where the processor multiplies in it, which takes model B half the "
        "time on a CPU, else float32",
        choices=("float32", "mixed_bfloat16", "mixed_float16", "auto"),
    )
    xla: str = setting(
        "auto",
        "Device",
        "compile the step with XLA; auto: on one GPU, unless deterministic",
        choices=("auto", "on", "off"),
    )
    deterministic: bool = setting(False, "Device", "bit-identical repeats, at some cost in speed")
    checkpoint_seconds: float = setting(
        60.0,
        "Device",
        "longest time between checkpoints; one is made after every epoch too",
        unit="seconds",
        low=0.0,
        high=3600,
    )

    @property
    def validation_share(self) -> float:
        """The part of the faces that validate, 0 to 1."""
        return 1 / self.folds if self.folds else self.validation_fraction

    def replace(self, **changes: Any) -> RunConfig:
        """A copy with `changes`, coerced and validated."""
        return RunConfig.from_mapping({**dataclasses.asdict(self), **changes})

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> RunConfig:
        """Build from text or typed values; raise ConfigError naming the first bad setting."""
        known = {f.name: f for f in dataclasses.fields(cls)}
        clean: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise ConfigError(f"unknown setting '{name}': see --help for the list", name)
            clean[name] = parse_setting(name, value)
        config = cls(**clean)
        check_together(config)
        return config


FIELDS: dict[str, dataclasses.Field[Any]] = {f.name: f for f in dataclasses.fields(RunConfig)}
SETTINGS: dict[str, Setting] = {name: f.metadata["setting"] for name, f in FIELDS.items()}


def default_of(name: str) -> Any:
    """The default value of one setting."""
    return FIELDS[name].default


def parse_setting(name: str, value: Any) -> Any:
    """Coerce and check one setting, text or typed; raise ConfigError with the remedy.

    >>> parse_setting("batch_size", "32")
    32
    """
    return parse_value(name, SETTINGS[name], type(default_of(name)), value)


def differences(one: RunConfig, other: RunConfig) -> dict[str, tuple[Any, Any]]:
    """Settings in which two runs differ, in declaration order."""
    return {
        name: (getattr(one, name), getattr(other, name))
        for name in FIELDS
        if getattr(one, name) != getattr(other, name)
    }
