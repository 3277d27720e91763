"""The filter language of the runs list: `model=A mae<6.5 state=finished word`.

Terms are separated by blanks and all must hold. A term is a field, an operator and a value, or a
bare word, which is looked for in the run's id, label, data set and state.
"""

from __future__ import annotations

import math
import operator
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from trainer.errors import ConfigError
from trainer.runs.registry import RunSummary

_TERM = re.compile(r"([A-Za-z_]+)(<=|>=|!=|=|~|<|>)(.*)")

_WORDS: dict[str, Callable[[RunSummary], str]] = {
    "run": lambda one: one.id,
    "state": lambda one: one.state,
    "model": lambda one: str(one.settings.get("model", "")),
    "preset": lambda one: str(one.settings.get("preset", "")),
    "data": lambda one: PurePath(str(one.settings.get("data", ""))).name,
    "label": lambda one: one.label,
    "device": lambda one: one.status.device,
}
_NUMBERS: dict[str, Callable[[RunSummary], float]] = {
    "mae": lambda one: one.status.best.get("age_mae", math.nan),
    "acc": lambda one: one.status.best.get("gender_accuracy", math.nan),
    "loss": lambda one: one.status.best.get("loss", math.nan),
    "epoch": lambda one: float(one.status.epoch),
    "epochs": lambda one: float(one.status.epochs),
}
_COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
FIELDS = (*_WORDS, *_NUMBERS)


@dataclass(frozen=True)
class Filter:
    """Calling it with a summary says whether the run fits."""

    terms: tuple[str, ...]
    _tests: tuple[Callable[[RunSummary], bool], ...]

    def __call__(self, one: RunSummary) -> bool:
        return all(test(one) for test in self._tests)


def parse(text: str) -> Filter:
    """Raises ConfigError with what is wrong and what would be right."""
    try:
        terms = tuple(shlex.split(text, posix=True))
    except ValueError:
        raise ConfigError("the filter has an unclosed quote: close it") from None
    return Filter(terms, tuple(map(_test, terms)))


def _test(term: str) -> Callable[[RunSummary], bool]:
    found = _TERM.fullmatch(term)
    if found is None:
        return _has_word(term.lower())
    name, sign, value = found[1].lower(), found[2], found[3]
    if name in _NUMBERS:
        return _number(name, sign, value)
    if name in _WORDS:
        return _word(name, sign, value.lower())
    raise ConfigError(f"the filter's '{name}' is no field: choose {', '.join(FIELDS)}")


def _has_word(word: str) -> Callable[[RunSummary], bool]:
    return lambda one: any(
        word in _WORDS[name](one).lower() for name in ("run", "label", "data", "state")
    )


def _word(name: str, sign: str, value: str) -> Callable[[RunSummary], bool]:
    read = _WORDS[name]
    if sign == "=":
        return lambda one: read(one).lower() == value
    if sign == "!=":
        return lambda one: read(one).lower() != value
    if sign == "~":
        return lambda one: value in read(one).lower()
    raise ConfigError(f"the filter compares '{name}' by {sign}: it is a text, use = != or ~")


def _number(name: str, sign: str, value: str) -> Callable[[RunSummary], bool]:
    if sign == "~":
        raise ConfigError(f"the filter compares '{name}' by ~: it is a number, use < <= = >= >")
    try:
        percent = value.endswith("%")
        wanted = float(value.removesuffix("%")) / (100 if percent else 1)
    except ValueError:
        raise ConfigError(f"the filter's {name}{sign} needs a number, not '{value}'") from None
    if name == "acc" and wanted > 1:
        wanted /= 100
    compare, read = _COMPARE[sign], _NUMBERS[name]
    return lambda one: not math.isnan(read(one)) and bool(compare(read(one), wanted))
