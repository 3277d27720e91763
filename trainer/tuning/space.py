"""What a study varies: for each setting the values to choose among, or a range. Imports in
milliseconds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trainer.config import SETTINGS, RunConfig, default_of, parse_setting
from trainer.errors import ConfigError
from trainer.text import printable

# What tells runs apart, or which faces they see, is no recipe: figures would not compare. Nor is
# chance (`seed`), or where and how fast a run works.
FIXED = (
    "model", "preset", "label", "seed", "group", "study", "data", "validation_fraction",
    "split_seed", "folds", "fold", "keep_copies_together", "weights", "feature_gigabytes",
    "device", "xla", "deterministic", "checkpoint_seconds",
)  # fmt: skip
SYNTAX = "give LOW..HIGH, LOW..HIGH:log, or choices as A/B/C"

_OFF_AT_0 = ("gender_loss_weight", "l2")
_LOG = ":log"


@dataclass(frozen=True)
class Choices:
    """One of these values."""

    values: tuple[Any, ...]

    def __str__(self) -> str:
        return "/".join(map(value_text, self.values))


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, both included; `log`: evenly over the orders of magnitude. Whole
    numbers where both are."""

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)

    def __str__(self) -> str:
        return f"{value_text(self.low)}..{value_text(self.high)}{_LOG * self.log}"


Domain = Choices | Range
Space = dict[str, Domain]

# What is worth trying first, around what the presets have.
_COMMON = {"dropout": "0.2..0.6", "head_dropout": "0.1..0.5"}
_PROPOSED: dict[str, dict[str, str]] = {
    "A": {
        "learning_rate": "3e-4..4e-3:log",
        "batch_size": "32/64/128",
        **_COMMON,
        "block_dropout": "0..0.3",
        "l2": "1e-6..1e-3:log",
        "gender_loss_weight": "2..15:log",
    },
    "B": {
        "learning_rate": "3e-5..6e-4:log",
        "batch_size": "16/32/64",
        **_COMMON,
        "frozen_blocks": "3/4",
        "l2": "1e-6..1e-3:log",
        "gender_loss_weight": "2..15:log",
    },
}


def value_text(value: Any) -> str:
    """A value as one would type it: `0.001`, `64`, `true`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value)


def proposed_space(config: RunConfig) -> Space:
    """A space for those who name none: what matters most, around what presets have."""
    # Of a task or a penalty that was switched off nothing is varied.
    proposed = parse_space(_PROPOSED[config.model])
    if config.branches > 1:
        # A block that a task has for itself trains: with 4 of 5 frozen only one could.
        proposed.pop("frozen_blocks", None)
    return {
        name: one
        for name, one in proposed.items()
        if name not in _OFF_AT_0 or getattr(config, name)
    }


def parse_space(texts: Mapping[str, str]) -> Space:
    """The space of `{"learning_rate": "1e-4..1e-2:log", "batch_size": "32/64"}`; ConfigError naming
    the first setting that cannot be varied so."""
    return {name: parse_domain(name, text) for name, text in texts.items()}


def parse_pairs(pairs: Iterable[str]) -> Space:
    """The space of lines such as `learning_rate=1e-4..1e-2:log`; empty ones are skipped.

    >>> parse_pairs(["batch_size = 32/64"])
    {'batch_size': Choices(values=(32, 64))}
    """
    texts: dict[str, str] = {}
    for pair in filter(None, map(str.strip, pairs)):
        name, equals, text = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise ConfigError(
                f"'{printable(pair)}' varies nothing: give SETTING=LOW..HIGH or SETTING=A/B/C"
            )
        if name in texts:
            raise ConfigError(f"{printable(name)} is given twice: leave one out", name)
        texts[name] = text
    return parse_space(texts)


def parse_domain(name: str, text: str) -> Domain:
    """Range or choices of one setting; ConfigError with the remedy."""
    shown, text = printable(name), text.strip()
    if name not in SETTINGS:
        raise ConfigError(f"unknown setting '{shown}': `agegender-tui train --help` lists them")
    if name in FIXED:
        raise ConfigError(f"{name} cannot be varied: it is the same in all trials", name)
    if ".." in text:
        return _range(name, text)
    values = tuple(parse_setting(name, one.strip()) for one in text.split("/"))
    if len(values) < 2:
        raise ConfigError(f"{name} is '{printable(text)}', one value alone: {SYNTAX}", name)
    if len(set(values)) < len(values):
        raise ConfigError(f"{name} has a choice twice: leave one out", name)
    return Choices(values)


def _range(name: str, text: str) -> Range:
    kind = type(default_of(name))
    if kind not in (int, float):
        raise ConfigError(f"{name} is not a number: give choices as A/B/C", name)
    log = text.endswith(_LOG)
    low_text, _, high_text = text.removesuffix(_LOG).partition("..")
    if not (low_text.strip() and high_text.strip()):
        raise ConfigError(f"{name} is '{printable(text)}': {SYNTAX}", name)
    low, high = parse_setting(name, low_text.strip()), parse_setting(name, high_text.strip())
    if low >= high:
        raise ConfigError(f"{name} goes from {value_text(low)} to {value_text(high)}: give the "
                          "lower one first", name)  # fmt: skip
    if log and low <= 0:
        raise ConfigError(f"{name} begins at {value_text(low)}, which has no logarithm: give a "
                          "number above 0, or leave :log out", name)  # fmt: skip
    return Range(low, high, log)


def centre(space: Space) -> dict[str, Any]:
    """A point of the space: the middle of each range, the first of each choices."""
    return {name: _middle(domain) for name, domain in space.items()}


def _middle(domain: Domain) -> Any:
    if isinstance(domain, Choices):
        return domain.values[0]
    middle = math.sqrt(domain.low * domain.high) if domain.log else (domain.low + domain.high) / 2
    return round(middle) if domain.whole else middle


def in_space(space: Space, values: Mapping[str, Any]) -> bool:
    """Whether these values are a point of the space."""
    if values.keys() != space.keys():
        return False
    for name, domain in space.items():
        value = values[name]
        if isinstance(domain, Choices):
            if value not in domain.values:
                return False
        elif isinstance(value, str) or not domain.low <= value <= domain.high:
            return False
    return True
