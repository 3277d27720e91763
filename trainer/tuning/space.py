"""What a study varies: for each setting the values to choose among, or a range. Imports in
milliseconds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trainer.config import SETTINGS, RunConfig, check_sense, default_of, parse_setting
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
MOST_CORNERS = 256  # of a space, that are tried before a value is said to go with none
# Settings that do something only where another has this value.
_SWITCHES: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("flip", "rotation", "zoom", "contrast", "hue", "erasing"), ("augment", True)),
    **dict.fromkeys(("distribution_weight", "age_sigma", "stretch"), ("age_head", "distribution")),
    **dict.fromkeys(("plateau_patience", "plateau_factor"), ("schedule", "plateau")),
    "huber_delta": ("age_loss", "huber"),
    "weight_decay": ("optimizer", "adamw"),
}
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


def check_space(space: Space, base: RunConfig) -> None:
    """ConfigError where nothing is varied, or a value at an edge of the space does not go with the
    settings that stay."""
    if not space:
        raise ConfigError("nothing is varied: give a setting and its range")
    for name in space:
        if not SETTINGS[name].applies(base.model):
            raise ConfigError(
                f"{name} is of model {SETTINGS[name].only} alone, and this is model {base.model}: "
                "leave it out",
                name,
            )
    for name in space:
        _check_does_something(name, space, base)
    for name, domain in space.items():
        others = {other: one for other, one in space.items() if other != name}
        values = (domain.low, domain.high) if isinstance(domain, Range) else domain.values
        for value in values:
            _check_goes(name, value, others, base, edges=isinstance(domain, Range))


def _check_does_something(name: str, space: Space, base: RunConfig) -> None:
    switch, wanted = _SWITCHES.get(name, ("", None))
    if switch and switch not in space and getattr(base, switch) != wanted:
        raise ConfigError(
            f"{name} does nothing, as {switch} is {value_text(getattr(base, switch))}: leave it "
            f"out, or set {switch} to {value_text(wanted)}",
            name,
        )


def centre(space: Space) -> dict[str, Any]:
    """A point of the space: the middle of each range, the first of each choices."""
    return {name: _middle(domain) for name, domain in space.items()}


def _middle(domain: Domain) -> Any:
    if isinstance(domain, Choices):
        return domain.values[0]
    middle = math.sqrt(domain.low * domain.high) if domain.log else (domain.low + domain.high) / 2
    return round(middle) if domain.whole else middle


def _check_goes(name: str, value: Any, others: Space, base: RunConfig, *, edges: bool) -> None:
    """ConfigError where the value goes with nothing that is varied beside it. The ends of a range
    of fractions are never drawn: they count as something only where an end is checked."""
    middle = centre(others)
    tried = {
        other: domain.values
        if isinstance(domain, Choices)
        else (middle[other], *((domain.low, domain.high) if edges or domain.whole else ()))
        for other, domain in others.items()
    }
    singles = ([(other, one)] for other, values in tried.items() for one in values)
    pairs = (
        [(first, one), (second, two)]
        for first, second in itertools.combinations(tried, 2)
        for one, two in itertools.product(tried[first], tried[second])
    )
    whole = itertools.islice(itertools.product(*tried.values()), MOST_CORNERS)
    corners = ([*zip(tried, corner, strict=True)] for corner in whole)
    why: ConfigError | None = None
    for corner in itertools.chain([()], singles, pairs, corners):
        try:
            settings_of(base, {**middle, **dict(corner), name: value})
            return
        except ConfigError as error:
            why = why or error
    assert why is not None
    raise why


def settings_of(base: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """The settings of a trial; ConfigError where values that are good each do not go together, or
    would do nothing."""
    settings = base.replace(**values)
    check_sense(settings)
    return settings


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
