"""The one small filter language of all lists: `model=A mae<6.5 state=finished word`.

Terms are separated by blanks and all must hold. A term is a field, an operator and a value, or a
bare word, which is looked for in the fields that a list names for it.
"""

from __future__ import annotations

import math
import operator
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from trainer.errors import ConfigError

T = TypeVar("T")
_TERM = re.compile(r"([A-Za-z_]+)(<=|>=|!=|=|~|<|>)(.*)", re.DOTALL)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Number(Generic[T]):
    """A field compared as a number; NaN fits nothing. `words` are values that have a name, and
    `share` reads a number above 1 as percent."""

    read: Callable[[T], float]
    words: Mapping[str, float] = field(default_factory=dict)
    share: bool = False

    def test(self, name: str, sign: str, value: str) -> Callable[[T], bool]:
        if sign == "~":
            raise ConfigError(f"the filter compares '{name}' by ~: it is a number, use < <= = >= >")
        wanted = self._wanted(name, sign, value)
        compare, read = _COMPARE[sign], self.read

        def fits(one: T) -> bool:
            found = read(one)
            return found == found and compare(found, wanted)  # NaN is not itself

        return fits

    def _wanted(self, name: str, sign: str, value: str) -> float:
        if value.lower() in self.words:
            return self.words[value.lower()]
        percent = value.endswith("%")
        try:
            wanted = float(value.removesuffix("%")) / (100 if percent else 1)
        except ValueError:
            wanted = math.nan
        if math.isnan(wanted):
            also = f" or one of {', '.join(self.words)}" if self.words else ""
            raise ConfigError(f"the filter's {name}{sign} needs a number{also}, not '{value}'")
        return wanted / 100 if self.share and wanted > 1 else wanted


@dataclass(frozen=True)
class Text(Generic[T]):
    """A field compared as a text, in upper or lower case."""

    read: Callable[[T], str]

    def test(self, name: str, sign: str, value: str) -> Callable[[T], bool]:
        read, value = self.read, value.lower()
        if sign == "=":
            return lambda one: read(one).lower() == value
        if sign == "!=":
            return lambda one: read(one).lower() != value
        if sign == "~":
            return lambda one: value in read(one).lower()
        raise ConfigError(f"the filter compares '{name}' by {sign}: it is a text, use = != or ~")


@dataclass(frozen=True)
class Tags(Generic[T]):
    """A field that holds any number of words: `=` has the word, `~` has one with it inside."""

    read: Callable[[T], Collection[str]]

    def test(self, name: str, sign: str, value: str) -> Callable[[T], bool]:
        read, value = self.read, value.lower()
        if sign == "=":
            return lambda one: value in read(one)
        if sign == "!=":
            return lambda one: value not in read(one)
        if sign == "~":
            return lambda one: any(value in word for word in read(one))
        raise ConfigError(f"the filter compares '{name}' by {sign}: it is a word, use = != or ~")


@dataclass(frozen=True)
class Filter(Generic[T]):
    """Calling it with an entry of the list says whether that fits."""

    terms: tuple[str, ...]
    _tests: tuple[Callable[[T], bool], ...]

    def __call__(self, one: T) -> bool:
        return all(test(one) for test in self._tests)

    def fitting(self, entries: Iterable[T]) -> list[T]:
        """Those that fit, in their order; of very many faster than asking for each."""
        for test in self._tests:
            entries = [one for one in entries if test(one)]
        return list(entries)


@dataclass(frozen=True)
class Language(Generic[T]):
    """The fields of one list; a bare word is looked for in those that `bare` names."""

    fields: Mapping[str, Number[T] | Text[T] | Tags[T]]
    bare: tuple[str, ...]

    def parse(self, text: str) -> Filter[T]:
        """Raises ConfigError with what is wrong and what would be right."""
        try:
            terms = tuple(shlex.split(text, posix=True))
        except ValueError as error:
            what = "an unclosed quote: close it"
            if "escape" in str(error):
                what = "a \\ with nothing after it: write \\\\ for the sign itself"
            raise ConfigError(f"the filter has {what}") from None
        return Filter(terms, tuple(map(self._test, terms)))

    def _test(self, term: str) -> Callable[[T], bool]:
        found = _TERM.fullmatch(term)
        if found is None:
            tests = [self.fields[name].test(name, "~", term) for name in self.bare]
            return lambda one: any(test(one) for test in tests)
        name, sign, value = found[1].lower(), found[2], found[3]
        if name not in self.fields:
            raise ConfigError(f"the filter's '{name}' is no field: choose {', '.join(self.fields)}")
        return self.fields[name].test(name, sign, value)
