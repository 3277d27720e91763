"""Early stopping and the learning rate, as values that a checkpoint can hold.

The rules are those of Keras's `EarlyStopping` and `ReduceLROnPlateau` (monitor `val_loss`, mode
min, min_delta 0 and 1e-4); the callbacks themselves forget their counts when `fit` begins again,
which would make a resumed run differ from one that was never stopped. Warm-up and the cosine
(Loshchilov and Hutter 2017, arXiv:1608.03983; without restarts) are functions of the position.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from trainer.config import RunConfig

PLATEAU_MIN_DELTA = 1e-4


@dataclass(frozen=True)
class Schedule:
    """Where the two rules stand after some epochs; `advance` returns the next one."""

    learning_rate: float
    best: float = math.inf
    best_epoch: int = 0
    since_best: int = 0
    plateau_best: float = math.inf
    plateau_wait: int = 0

    def advance(self, epoch: int, loss: float, config: RunConfig) -> Schedule:
        """Account for the validation `loss` of `epoch` (from 1). NaN is never an improvement."""
        better = loss < self.best
        lower = loss < self.plateau_best - PLATEAU_MIN_DELTA
        wait = 0 if lower else self.plateau_wait + 1
        rate = self.learning_rate
        patience = config.plateau_patience if config.schedule == "plateau" else 0
        if not lower and 0 < patience <= wait and rate > config.min_learning_rate:
            rate = max(rate * config.plateau_factor, config.min_learning_rate)
            wait = 0
        return Schedule(
            learning_rate=rate,
            best=loss if better else self.best,
            best_epoch=epoch if better else self.best_epoch,
            since_best=0 if better else self.since_best + 1,
            plateau_best=loss if lower else self.plateau_best,
            plateau_wait=wait,
        )

    def without_counts(self, config: RunConfig) -> Schedule:
        """As at the start, but for the best epoch so far."""
        return Schedule(config.learning_rate, self.best, self.best_epoch)

    def rate(self, done: float, config: RunConfig) -> float:
        """The learning rate of the step before which `done` epochs are over, e.g. 2.5."""
        rate = self.learning_rate
        if config.schedule == "cosine":
            whole = max(config.epochs - config.warmup_epochs, 1)
            part = min(max((done - config.warmup_epochs) / whole, 0.0), 1.0)
            low = config.min_learning_rate
            rate = low + (config.learning_rate - low) * (1 + math.cos(math.pi * part)) / 2
        return rate * min(done / config.warmup_epochs, 1.0) if config.warmup_epochs else rate

    def should_stop(self, config: RunConfig) -> bool:
        """Whether early stopping ends the run now."""
        return 0 < config.early_stopping <= self.since_best

    def to_json(self) -> dict[str, Any]:
        """Plain values; infinity as None, for JSON has no word for it."""
        return {
            key: None if value == math.inf else value
            for key, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Schedule:
        values: dict[str, Any] = {k: math.inf if v is None else v for k, v in body.items()}
        return cls(**values)
