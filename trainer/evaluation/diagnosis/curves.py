"""The curves that rules look at, and what a rule says of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from trainer.config import RunConfig
from trainer.runs.events import EpochEvent

LEAST_EPOCHS = 8
LONGEST_WINDOW = 24
STANDING = ("still-improving", "levelled-off", "stopped-early", "past-its-best", "too-few-epochs")
NO_CHANGE = 0.01  # of the level: a change that nobody would train on for
TASKS = {"age": ("age_mae", ".2f", " years"), "gender": ("gender_loss", ".3f", "")}


@dataclass(frozen=True)
class Finding:
    """What one rule found. `epoch` is when, or since when, None where it is of the whole run;
    `figures` are the numbers in `words`, by name."""

    rule: str
    words: str
    epoch: int | None = None
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def fault(self) -> bool:
        """Whether something is wrong, other than that the finding tells how the run stands."""
        return self.rule not in STANDING


@dataclass(frozen=True)
class Curves:
    """The epochs with all figures finite, as columns of equal length; `rates` are learning rates.
    `config` is None where the settings are not known. `age_losses` are those that make up the age's
    part of the validation loss, by the setting that weighs them; 0 where a run has none."""

    epochs: list[int]
    train: dict[str, list[float]]
    validation: dict[str, list[float]]
    age_losses: dict[str, list[float]]
    rates: list[float]
    config: RunConfig | None

    @property
    def window(self) -> int:
        """How many of the last epochs tell where the run stands: a third, within bounds."""
        return max(LEAST_EPOCHS, min(LONGEST_WINDOW, len(self.epochs) // 3))

    @property
    def heads_first(self) -> int:
        """Through which epoch model B's dense layers train alone, which counts towards no patience;
        0 where the settings are not known."""
        config = self.config
        stages = config is not None and config.model == "B" and config.frozen_blocks < 5
        return config.heads_first if config is not None and stages else 0

    @property
    def fine_tuning(self) -> Curves:
        """Without those epochs, whose rate is ten times that of the rest by plan."""
        first = sum(epoch <= self.heads_first for epoch in self.epochs)
        train, validation, age_losses = (
            {name: values[first:] for name, values in part.items()}
            for part in (self.train, self.validation, self.age_losses)
        )
        return replace(
            self,
            epochs=self.epochs[first:],
            train=train,
            validation=validation,
            age_losses=age_losses,
            rates=self.rates[first:],
        )

    @property
    def best(self) -> int:
        """Index of the lowest validation loss."""
        loss = self.validation["loss"]
        return loss.index(min(loss))


Rule = Callable[[Curves], Finding | None]


def curves_of(history: Sequence[EpochEvent], config: RunConfig | None) -> Curves:
    """The columns of the epochs that have all figures."""
    names = ("loss", *(metric for metric, _, _ in TASKS.values()))
    whole = [
        one
        for one in history
        if all(
            math.isfinite(part.get(name, math.nan))
            for part in (one.train, one.validation)
            for name in names
        )
    ]
    return Curves(
        epochs=[one.epoch for one in whole],
        train={name: [one.train[name] for one in whole] for name in names},
        validation={name: [one.validation[name] for one in whole] for name in names},
        age_losses={
            "age_loss_weight": [
                one.validation.get("age_loss", one.validation["age_mae"]) for one in whole
            ],
            "distribution_weight": [
                one.validation.get("age_distribution_loss", 0.0) for one in whole
            ],
            "age_group_weight": [one.validation.get("age_group_loss", 0.0) for one in whole],
        },
        rates=[one.learning_rate for one in whole],
        config=config,
    )


def share(part: float, whole: float) -> float:
    """The part as a share of the whole; 0 where the whole is 0, as a loss may be."""
    return part / whole if whole else 0.0


def percent(share: float) -> str:
    """A share in words, without its sign."""
    return f"{abs(share) * 100:.{0 if abs(share) >= 0.1 else 1}f} %"


def count(number: int, noun: str) -> str:
    """`1 epoch`, `2 epochs`."""
    return f"{number} {noun}{'s' * (number != 1)}"
