"""The one small filter language of all lists: `model=A mae<6.5 state=finished word`.

Terms are separated by blanks and all must hold. A term is a field, an operator and a value, or a
bare word, which is looked for in the fields that a list names for it. `==` is `=`.
"""

from __future__ import annotations

import math
import operator
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Generic, TypeAlias, TypeVar

from trainer.errors import ConfigError

T = TypeVar("T")
_TERM = re.compile(r"([A-Za-z_][A-Za-z_0-9-]*)(<=|>=|!=|==?|~|<|>)(.*)", re.DOTALL)
_SIGN = re.compile(r"[<>!=]=|[<>=~]")  # that a term begins with
_MOST_DECIMALS = 15  # of a float
_SHOWN = 3  # decimals of a share, as a percentage with one
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
    `share` reads a number above 1 as percent. Figures are shown rounded: `=` and `!=` compare at
    the decimals of the value typed, unless the field is `exact`."""

    read: Callable[[T], float]
    words: Mapping[str, float] = field(default_factory=dict)
    share: bool = False
    exact: bool = False

    def test(self, name: str, sign: str, value: str) -> Callable[[T], bool]:
        if sign == "~":
            raise ConfigError(f"the filter compares '{name}' by ~: it is a number, use < <= = >= >")
        wanted, percent = self._wanted(name, sign, value)
        compare, read = _COMPARE[sign], self.read
        if sign in ("=", "!=") and not self.exact:
            scale, decimals = 100 if percent else 1, _decimals(value)
            if self.share and not percent and not decimals:
                decimals = _SHOWN  # 1 is all of them, not half of them or more

            def fits_rounded(one: T) -> bool:
                found = read(one)
                return found == found and compare(round(found * scale, decimals), wanted)

            return fits_rounded
        wanted = wanted / 100 if percent else wanted

        def fits(one: T) -> bool:
            found = read(one)
            return found == found and compare(found, wanted)  # NaN is not itself

        return fits

    def _wanted(self, name: str, sign: str, value: str) -> tuple[float, bool]:
        """The number typed, and whether it is percent."""
        if value.lower() in self.words:
            return self.words[value.lower()], False
        try:
            wanted = float(value.removesuffix("%"))
        except ValueError:
            wanted = math.nan
        if math.isnan(wanted):
            also = f" or one of {', '.join(self.words)}" if self.words else ""
            raise ConfigError(f"the filter's {name}{sign} needs a number{also}, not '{value}'")
        return wanted, value.endswith("%") or (self.share and wanted > 1)


def _decimals(value: str) -> int:
    """Those of a number as typed: 2 of `6.50`, 3 of `1e-3`."""
    try:
        exponent = Decimal(value.removesuffix("%")).as_tuple().exponent
    except InvalidOperation:  # a word
        return 0
    return min(max(-exponent, 0), _MOST_DECIMALS) if isinstance(exponent, int) else 0


@dataclass(frozen=True)
class Text(Generic[T]):
    """A field compared as a text, in upper or lower case. `among` are all values there can be, in
    lower case, where they are few."""

    read: Callable[[T], str]
    among: tuple[str, ...] = ()

    def test(self, name: str, sign: str, value: str) -> Callable[[T], bool]:
        read, value = self.read, value.lower()
        _check_among(self.among, name, sign, value)
        if sign == "=":
            return lambda one: read(one).lower() == value
        if sign == "!=":
            return lambda one: read(one).lower() != value
        if sign == "~":
            return lambda one: value in read(one).lower()
        raise ConfigError(f"the filter compares '{name}' by {sign}: it is a text, use = != or ~")


def _check_among(among: tuple[str, ...], name: str, sign: str, value: str) -> None:
    """ConfigError for a value that is none of them, nor, as one types it, the beginning of one."""
    if among and sign in ("=", "!=") and not any(one.startswith(value) for one in among):
        raise ConfigError(f"the filter's {name}{sign}{value} is none of {', '.join(among)}")


@dataclass(frozen=True)
class Tags(Generic[T]):
    """A field that holds any number of words: `=` has the word, `~` has one with it inside;
    `among` as of `Text`."""

    read: Callable[[T], Collection[str]]
    among: tuple[str, ...] = ()

    def test(self, name: str, sign: str, value: str) -> Callable[[T], bool]:
        read, value = self.read, value.lower()
        _check_among(self.among, name, sign, value)
        if sign == "=":
            return lambda one: value in read(one)
        if sign == "!=":
            return lambda one: value not in read(one)
        if sign == "~":
            return lambda one: any(value in word for word in read(one))
        raise ConfigError(f"the filter compares '{name}' by {sign}: it is a word, use = != or ~")


Field: TypeAlias = Number[T] | Text[T] | Tags[T]


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
    """The fields of one list; a bare word is looked for in those that `bare` names. `more` are
    fields too many to be named one by one where one is wrong: `more_words` say what they are."""

    fields: Mapping[str, Field[T]]
    bare: tuple[str, ...]
    more: Mapping[str, Field[T]] = field(default_factory=dict)
    more_words: str = ""

    def parse(self, text: str) -> Filter[T]:
        """Raises ConfigError with what is wrong and what would be right."""
        try:
            terms = tuple(shlex.split(text, posix=True))
        except ValueError as error:
            what = "an unclosed quote: close it"
            if "escape" in str(error):
                what = "a \\ with nothing after it: write \\\\ for the sign itself"
            raise ConfigError(f"the filter has {what}") from None
        self._check_blanks(terms)
        return Filter(terms, tuple(map(self._test, terms)))

    def _check_blanks(self, terms: tuple[str, ...]) -> None:
        """ConfigError where blanks part a term: each part alone could be one, and fit nothing."""
        for before, term, after in zip(("", *terms), terms, (*terms[1:], ""), strict=False):
            sign = _SIGN.match(term)
            if sign:
                name = before if self._field(before.lower()) else "FIELD"
                value = term[sign.end() :] or after or "VALUE"
                raise ConfigError(
                    f"the filter's '{term}' has no field: write {name}{sign[0]}{value} without "
                    "blanks"
                )
        for term, after in pairwise(terms):
            found = _TERM.fullmatch(term)
            if found and not found[3] and not _TERM.fullmatch(after):
                raise ConfigError(
                    f"the filter's '{term}' has no value: write {term}{after} without blanks"
                )

    def _test(self, term: str) -> Callable[[T], bool]:
        found = _TERM.fullmatch(term)
        if found is None:
            tests = [self.fields[name].test(name, "~", term) for name in self.bare]
            return lambda one: any(test(one) for test in tests)
        # As an option of the command line is spelled, `learning-rate`, it means the same.
        name, sign, value = (
            found[1].lower().replace("-", "_"),
            found[2].replace("==", "="),
            found[3],
        )
        known = self._field(name)
        if known is None:
            names = ", ".join(self.fields) + self.more_words
            raise ConfigError(f"the filter's '{name}' is no field: choose {names}")
        return known.test(name, sign, value)

    def _field(self, name: str) -> Field[T] | None:
        return self.fields.get(name) or self.more.get(name)
