"""The settings of a run: every one declared once, with meaning, unit, range and default.

The form, the command line, `config.toml` and the validation are all made from `RunConfig`.
Imports in milliseconds: the dashboard uses it.
"""

from __future__ import annotations

import dataclasses
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from trainer.errors import ConfigError
from trainer.text import printable

# What kept features gain and cost, measured: said wherever feature_variants is chosen.
FEATURES_TRADE = (
    "about 4 times the images a second on two CPU cores; with 5 variants age and gender came out "
    "no worse than with fresh ones in each epoch, but too sure: gender log loss 0.36 against 0.29"
)
GROUP_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}|")
FILTERS_PATTERN = re.compile(r"\d{1,9}(,\d{1,9})*(-\d{1,9}(,\d{1,9})*)*")
IMAGE_SIZE = 128


@dataclass(frozen=True)
class Setting:
    """What the form and `--help` say about one field, and what validation accepts."""

    group: str
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    only: str = ""

    def applies(self, model: str) -> bool:
        """Whether a run of that network uses the setting at all."""
        return self.only in ("", model)

    def range_text(self) -> str:
        """The accepted values in words, e.g. `1 to 4096` or `float32 | mixed_bfloat16`."""
        if self.choices:
            return " | ".join(self.choices)
        if self.low is not None and self.high is not None:
            return f"{self.low:.10g} to {self.high:.10g}"
        return ""


def _setting(default: Any, group: str, meaning: str, **rest: Any) -> Any:
    return field(default=default, metadata={"setting": Setting(group, meaning, **rest)})


@dataclass(frozen=True)
class RunConfig:
    """All settings of one run. The defaults are preset A.

    Preset A: the custom CNN on UTKFace, 4,000 training and 1,000 validation faces.
    """

    # Run
    model: str = _setting(
        "A", "Run", "network: A is the custom CNN, B is VGG16", choices=("A", "B")
    )
    preset: str = _setting("A", "Run", "preset these settings started from")
    label: str = _setting("", "Run", "free text to tell runs apart")
    seed: int = _setting(
        1, "Run", "seed of weights, order, augmentation and dropout", low=0, high=2**31 - 1
    )
    group: str = _setting(
        "", "Run", "name that repeats of one run share, to be summarised together"
    )
    # Data
    data: str = _setting(
        "",
        "Data",
        "folder of faces named age_gender_race_date.jpg, LAYOUT:FOLDER, or a registered name",
    )
    validation_fraction: float = _setting(
        0.2, "Data", "part of the faces kept for validation", low=0.05, high=0.5
    )
    split_seed: int = _setting(
        1, "Data", "seed of the training/validation split", low=0, high=2**31 - 1
    )
    folds: int = _setting(
        0,
        "Data",
        "parts of equal size to cut the faces into, one of them to validate; 0: draw "
        "validation_fraction of the faces instead",
        low=0,
        high=100,
    )
    fold: int = _setting(0, "Data", "which of the folds validates, from 1", low=0, high=100)
    keep_copies_together: bool = _setting(
        False,
        "Data",
        "put faces that are nearly the same picture into one part, not only those of equal pixels",
    )
    # Augmentation
    augment: bool = _setting(True, "Augmentation", "vary training images on the fly")
    flip: bool = _setting(True, "Augmentation", "mirror half of the images left to right")
    rotation: float = _setting(
        14.0, "Augmentation", "largest rotation either way", unit="degrees", low=0, high=45
    )
    zoom: float = _setting(
        0.1, "Augmentation", "largest zoom in or out, as a fraction", low=0, high=0.5
    )
    contrast: float = _setting(
        0.2, "Augmentation", "largest change of contrast, as a fraction", low=0, high=0.9
    )
    hue: float = _setting(
        0.02, "Augmentation", "largest change of hue, as a part of the circle", low=0, high=0.5
    )
    erasing: float = _setting(
        0.0,
        "Augmentation",
        "part of the varied images in which noise covers a rectangle",
        low=0,
        high=1,
    )
    mixup: float = _setting(
        0.0,
        "Augmentation",
        "lay another face over each one, fainter as this (the alpha of mixup) is smaller; 0 does "
        "not",
        low=0,
        high=4,
    )
    # Model
    filters: str = _setting(
        "24-48-96,96-160,160-256,256",
        "Model",
        "filters of each convolution; '-' starts a new block after max pooling",
        only="A",
    )
    batch_norm: bool = _setting(
        True, "Model", "batch normalisation after each convolution", only="A"
    )
    dense_units: int = _setting(
        256,
        "Model",
        "neurons of the dense layer: one that both tasks share in A, one for each in B",
        low=8,
        high=4096,
    )
    residual: bool = _setting(
        False,
        "Model",
        "add to what a block of two or more convolutions says what it was given",
        only="A",
    )
    squeeze: int = _setting(
        0,
        "Model",
        "weigh the channels of each block by squeeze and excitation, with so many fewer neurons "
        "than channels; 0 does not",
        unit="times",
        low=0,
        high=64,
        only="A",
    )
    branches: int = _setting(
        0,
        "Model",
        "how many of the last blocks, and then a dense layer, each task has for itself",
        unit="blocks",
        low=0,
        high=6,
        only="A",
    )
    pooling: str = _setting(
        "flatten",
        "Model",
        "what the dense layer sees: every place of the last map, or the average over them",
        choices=("flatten", "average"),
        only="A",
    )
    age_head: str = _setting(
        "relu",
        "Model",
        "the age is one ReLU neuron, or the mean of a distribution over the years 0 to 116",
        choices=("relu", "distribution"),
    )
    stretch: bool = _setting(
        False,
        "Model",
        "with age_head distribution: when training is over, place its years where the ages of the "
        "training faces are told best; mixup, dropout and averages draw the old and the young to "
        "the middle",
    )
    block_dropout: float = _setting(
        0.1, "Model", "dropout after each block", low=0, high=0.9, only="A"
    )
    dropout: float = _setting(0.5, "Model", "dropout before the dense layer", low=0, high=0.9)
    head_dropout: float = _setting(0.3, "Model", "dropout before the two heads", low=0, high=0.9)
    l2: float = _setting(
        1e-4, "Model", "L2 penalty on kernels; in B on the branches alone", low=0, high=0.1
    )
    weights: str = _setting(
        "",
        "Model",
        "file of VGG16's ImageNet weights; empty: vgg16_weights in settings.toml, "
        "AGEGENDER_VGG16_WEIGHTS, Keras's cache, download",
        only="B",
    )
    frozen_blocks: int = _setting(
        4, "Model", "how many of VGG16's five blocks never train", low=0, high=5, only="B"
    )
    heads_first: int = _setting(
        0,
        "Model",
        "first train the branches alone for this long, at ten times the rate",
        unit="epochs",
        low=0,
        high=1000,
        only="B",
    )
    feature_variants: int = _setting(
        0,
        "Model",
        "run the frozen blocks once for this many variants of each face and keep the outcome "
        f"on disk: {FEATURES_TRADE}; 0 runs them in every step",
        unit="variants",
        low=0,
        high=100,
        only="B",
    )
    feature_gigabytes: float = _setting(
        8.0, "Model", "most disk space for these features", unit="GB", low=0.01, high=1000, only="B"
    )
    # Training
    epochs: int = _setting(170, "Training", "most epochs to train", low=1, high=10_000)
    batch_size: int = _setting(64, "Training", "images a step", unit="images", low=1, high=4096)
    learning_rate: float = _setting(
        1e-3, "Training", "first learning rate of Adam", low=1e-7, high=1
    )
    age_loss_weight: float = _setting(
        1.0, "Training", "weight of the age loss (mean absolute error, years)", low=0, high=1000
    )
    gender_loss_weight: float = _setting(
        6.0, "Training", "weight of the gender loss (binary cross-entropy)", low=0, high=1000
    )
    early_stopping: int = _setting(
        20,
        "Training",
        "stop after this many epochs without a better validation loss; 0 never stops",
        unit="epochs",
        low=0,
        high=10_000,
    )
    plateau_patience: int = _setting(
        5,
        "Training",
        "lower the rate after this many epochs without improvement; 0 never lowers it",
        unit="epochs",
        low=0,
        high=10_000,
    )
    plateau_factor: float = _setting(
        0.4, "Training", "the learning rate is multiplied by this", low=0.01, high=0.99
    )
    min_learning_rate: float = _setting(
        1e-6, "Training", "the learning rate is not lowered below this", low=0, high=1
    )
    # Loss
    age_loss: str = _setting(
        "mae",
        "Loss",
        "loss of the age in years: mean absolute error, or Huber, which is quadratic near 0",
        choices=("mae", "huber"),
    )
    huber_delta: float = _setting(
        6.0,
        "Loss",
        "error from which Huber is linear, with the slope of the mean absolute error",
        unit="years",
        low=0.1,
        high=100,
    )
    distribution_weight: float = _setting(
        5.0,
        "Loss",
        "with age_head distribution: weight of the divergence from the label's distribution (nats)",
        low=0,
        high=1000,
    )
    age_sigma: float = _setting(
        2.0,
        "Loss",
        "with age_head distribution: spread of the label over the years around it",
        unit="years",
        low=0.1,
        high=20,
    )
    age_group_weight: float = _setting(
        0.0,
        "Loss",
        "weight of telling the decade of the age too (nats), in training alone; 0 does not",
        low=0,
        high=1000,
    )
    reweight: float = _setting(
        0.0,
        "Loss",
        "how much more the ages count of which there are few faces: their smoothed number to the "
        "power of minus this; 0 counts all the same",
        low=0,
        high=1,
    )
    # Optimizer
    optimizer: str = _setting(
        "adam",
        "Optimizer",
        "rule of the steps; adamw is Adam with weight decay, and wants l2 at 0, which decays too",
        choices=("adam", "adamw"),
    )
    weight_decay: float = _setting(
        0.01,
        "Optimizer",
        "with adamw: each step takes this part times the learning rate off the kernels; in B off "
        "those of the branches alone",
        low=0,
        high=1,
    )
    schedule: str = _setting(
        "plateau",
        "Optimizer",
        "plateau lowers the rate where the validation loss stays; cosine lowers it with every "
        "step, to its minimum after all epochs: early_stopping may end it before, 0 does not",
        choices=("plateau", "cosine"),
    )
    warmup_epochs: int = _setting(
        0,
        "Optimizer",
        "raise the rate from 0 with every step for so long",
        unit="epochs",
        low=0,
        high=1000,
    )
    average: float = _setting(
        0.0,
        "Optimizer",
        "validate and save the average of the weights over the last steps, of which this part "
        "stays at each step; 0 averages none",
        low=0,
        high=0.9999,
    )
    rate_decay: float = _setting(
        1.0,
        "Optimizer",
        "VGG16's block 5 trains at the learning rate times this, block 4 at that times this, …; "
        "1 trains all at the rate of the branches",
        low=0.01,
        high=1,
        only="B",
    )
    # Device
    device: str = _setting(
        "auto", "Device", "auto, cpu, gpu:0, gpu:1, … for one GPU, or gpus for all of them"
    )
    precision: str = _setting(
        "float32",
        "Device",
        "number format of the hidden layers; the heads stay float32",
        choices=("float32", "mixed_bfloat16", "mixed_float16"),
    )
    xla: str = _setting(
        "auto",
        "Device",
        "compile the step with XLA; auto: on one GPU, unless deterministic",
        choices=("auto", "on", "off"),
    )
    deterministic: bool = _setting(False, "Device", "bit-identical repeats, at some cost in speed")
    checkpoint_seconds: float = _setting(
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
        config._check_together()
        return config

    def _check_together(self) -> None:
        if self.age_loss_weight == 0 and self.gender_loss_weight == 0:
            raise ConfigError(
                "age_loss_weight and gender_loss_weight are both 0: raise one of them",
                "age_loss_weight",
            )
        if self.min_learning_rate > self.learning_rate:
            raise ConfigError(
                f"min_learning_rate {self.min_learning_rate:g} is above learning_rate "
                f"{self.learning_rate:g}: lower it",
                "min_learning_rate",
            )
        if self.folds == 1:
            raise ConfigError("folds is 1, so none would train: give 2 or more, or 0", "folds")
        if not min(self.folds, 1) <= self.fold <= self.folds:
            raise ConfigError(
                f"fold is {self.fold}, of {self.folds} folds: "
                + (f"give 1 to {self.folds}" if self.folds else "give 0, or set folds"),
                "fold",
            )
        if self.warmup_epochs >= self.epochs:
            raise ConfigError(
                f"warmup_epochs is {self.warmup_epochs}, of {self.epochs} epochs: the learning "
                "rate would not be reached; lower it",
                "warmup_epochs",
            )
        if self.erasing and not self.augment:
            raise ConfigError(
                f"erasing is {self.erasing:g}, but augment is off: nothing would be erased; turn "
                "augment on, or set erasing to 0",
                "erasing",
            )
        if self.stretch and self.age_head != "distribution":
            raise ConfigError(
                f"stretch is on, but age_head is {self.age_head}: there are no years to place; "
                "set age_head to distribution, or stretch to false",
                "stretch",
            )
        blocks = len(parse_filters(self.filters))
        if self.model == "A" and self.branches >= blocks:
            raise ConfigError(
                f"branches is {self.branches}, and filters has {blocks} blocks: leave at least "
                "one for both tasks",
                "branches",
            )
        if self.xla == "on" and self.device == "gpus":
            raise ConfigError(
                "xla is on and device is gpus: XLA compiles for one device; set xla to auto", "xla"
            )
        if self.feature_variants and not self.frozen_blocks:
            raise ConfigError(
                "feature_variants needs frozen_blocks of at least 1: there is nothing to compute "
                "beforehand",
                "feature_variants",
            )


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
    setting = SETTINGS[name]
    kind = type(default_of(name))
    parsed = _coerce(name, value, kind)
    if setting.choices and parsed not in setting.choices:
        raise ConfigError(f"{name} is '{parsed}': choose {' or '.join(setting.choices)}", name)
    if kind in (int, float):
        if not math.isfinite(parsed):
            raise ConfigError(f"{name} is {parsed}: give a finite number", name)
        bounded = setting.low is not None and setting.high is not None
        if bounded and not setting.low <= parsed <= setting.high:  # type: ignore[operator]
            unit = f" {setting.unit}" if setting.unit else ""
            raise ConfigError(f"{name} is {parsed:g}: give {setting.range_text()}{unit}", name)
    if name == "filters":
        parse_filters(parsed)
    if name == "group" and not GROUP_PATTERN.fullmatch(parsed):
        raise ConfigError(
            f"group is '{printable(parsed)}': give up to 64 letters, digits, dots, - and _", name
        )
    if name == "device" and not re.fullmatch(r"auto|cpu|gpus|gpu:\d{1,3}", parsed):
        raise ConfigError(f"device is '{parsed}': give auto, cpu, gpus or gpu:0, gpu:1, …", name)
    return parsed


def _coerce(name: str, value: Any, kind: type) -> Any:
    if kind is bool:
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
        raise ConfigError(f"{name} is '{value}': give true or false", name)
    if kind is str:
        text = str(value)
        if any(0xD800 <= ord(char) <= 0xDFFF for char in text):  # config.toml could not hold it
            raise ConfigError(f"{name} is '{printable(text)}': not UTF-8; rename it", name)
        return text
    if isinstance(value, bool):
        raise ConfigError(f"{name} is {value}: give a number", name)
    try:
        number = float(value)
        if kind is int:
            if isinstance(value, str):
                return int(value.strip().replace("_", ""))
            if number != int(number):
                raise ValueError
            return int(number)
        return number
    except (TypeError, ValueError, OverflowError):
        kind_text = "a whole number" if kind is int else "a number"
        raise ConfigError(f"{name} is '{value}': give {kind_text}", name) from None


def parse_filters(text: str) -> list[list[int]]:
    """Blocks of convolution widths: `24-48,48` is [[24], [48, 48]].

    Each block ends in a 2×2 max pooling; the final map must be at most 10×10 and at least 1×1,
    which for 128×128 faces means 4 to 7 blocks. At most 4 convolutions a block.
    """
    text = text.replace(" ", "")
    if not FILTERS_PATTERN.fullmatch(text):
        raise ConfigError(f"filters is '{text}': write it like 24-48-96,96-160,160", "filters")
    blocks = [[int(width) for width in block.split(",")] for block in text.split("-")]
    side = IMAGE_SIZE >> len(blocks)
    if not 1 <= side <= 10:
        raise ConfigError(
            f"filters has {len(blocks)} blocks, so a final map of {side}×{side}: "
            "give 4 to 7 blocks, for a map of at most 10×10",
            "filters",
        )
    for block in blocks:
        if len(block) > 4 or not all(1 <= width <= 2048 for width in block):
            raise ConfigError(
                f"filters has the block {','.join(map(str, block))}: "
                "give 1 to 4 widths of 1 to 2048",
                "filters",
            )
    return blocks


def to_toml(config: RunConfig) -> str:
    """The settings as TOML, one table, each with its meaning as a comment."""
    lines = ["# All settings of this run, as validated."]
    for name, value in dataclasses.asdict(config).items():
        setting = SETTINGS[name]
        notes = [setting.meaning, setting.unit, setting.range_text()]
        lines.append(f"{tomli_w.dumps({name: value}).strip()}  # {'; '.join(filter(None, notes))}")
    return "\n".join(lines) + "\n"


def from_toml(path: Path) -> RunConfig:
    """Read a settings file; raise ConfigError naming the file and what is wrong in it."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{printable(str(path))}: cannot be read as settings ({error})") from None
    try:
        return RunConfig.from_mapping(values)
    except ConfigError as error:
        raise ConfigError(f"{printable(str(path))}: {error}", error.setting) from None


def differences(one: RunConfig, other: RunConfig) -> dict[str, tuple[Any, Any]]:
    """Settings in which two runs differ, in declaration order."""
    return {
        name: (getattr(one, name), getattr(other, name))
        for name in FIELDS
        if getattr(one, name) != getattr(other, name)
    }
