"""What a data set would give, before it is accepted: counts, first faces, what is left out and why.
Opens no picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from trainer.data.importers import LAYOUTS
from trainer.data.importers.detect import detect
from trainer.data.index import scan
from trainer.data.labels import AnyLabel, Label
from trainer.data.source import DataSource, check_mapping
from trainer.errors import DataError
from trainer.text import printable

FIRST = 8
_VALUE = re.compile(r"'.*'|-?[0-9]+", re.DOTALL)
GENDERS = ("male", "female")


@dataclass(frozen=True)
class Group:
    """Pictures left out for one reason: how many, and the first of them with its own words."""

    reason: str
    count: int
    name: str
    why: str


@dataclass(frozen=True)
class Preview:
    """`faces` can be trained on; `partial` lack an exact age or a gender, so that no run uses
    them; `rejected` have no label at all, or are rows of tables without a picture. `ignored` counts
    files that are no pictures. `ages` is (lowest, median, highest) of the faces, None without
    any."""

    source: DataSource
    faces: int
    males: int
    females: int
    ages: tuple[int, int, int] | None
    first: list[tuple[str, AnyLabel]]
    partial: list[Group]
    rejected: list[Group]
    ignored: int
    curated: str

    @property
    def left_out(self) -> int:
        return sum(group.count for group in (*self.partial, *self.rejected))

    def lines(self) -> list[str]:
        """For people, safe to print."""
        text = [LAYOUTS[self.source.layout][1]]
        if self.faces:
            assert self.ages is not None
            low, middle, high = self.ages
            text.append(
                f"{self.faces:,} faces to train on: {self.males:,} male, {self.females:,} female; "
                f"ages {low} to {high}, median {middle}"
            )
        else:
            text.append("no face to train on: a run needs an exact age and a gender")
        if self.curated:
            text.append(self.curated)
        text += [f"  {printable(name)}: {label_words(label)}" for name, label in self.first]
        if not self.left_out:
            text.append("nothing is left out")
        for group in self.partial:
            text.append(f"left out of runs: {group.count:,} {group.reason}, e.g. {_example(group)}")
        for group in self.rejected:
            text.append(
                f"left out: {group.count:,}, {printable(group.reason)}, e.g. {_example(group)}"
            )
        if self.ignored:
            text.append(f"{self.ignored:,} files are no pictures")
        return text

    def as_dict(self) -> dict[str, Any]:
        """For programs; names that are not UTF-8 are escaped."""
        return {
            "data": printable(str(self.source)),
            "folder": printable(str(self.source.folder)),
            "layout": self.source.layout,
            "mapping": dict(self.source.mapping),
            "faces": self.faces,
            "male": self.males,
            "female": self.females,
            "ages": list(self.ages) if self.ages else None,
            "first": [
                {"file": printable(name), "label": label_words(label)} for name, label in self.first
            ],
            "partial": [_group_dict(group) for group in self.partial],
            "rejected": [_group_dict(group) for group in self.rejected],
            "ignored": self.ignored,
            "curation": self.curated,
        }


def label_words(label: AnyLabel) -> str:
    """`26 years, female`, `20 to 29 years, gender unknown`."""
    gender = "gender unknown" if label.gender is None else GENDERS[label.gender]
    if isinstance(label, Label):
        return f"{label.age} years, {gender}"
    if label.ages is None:
        return f"age unknown, {gender}"
    first, last = label.ages
    years = f"{first} years" if first == last else f"{first} to {last} years"
    return f"{years}, {gender}"


def with_layout(source: DataSource, chosen: str = "") -> DataSource:
    """The source with its layout found out, unless `chosen` names one or it has one.

    Raises DataError for an unknown or unrecognisable layout, one that has columns of its own where
    the source maps some, or a folder that cannot be read.
    """
    if chosen and chosen not in LAYOUTS:
        raise DataError(f"'{printable(chosen)}' is no layout: choose {', '.join(LAYOUTS)}")
    if chosen:
        check_mapping(chosen, source.mapping)
        return replace(source, layout=chosen)
    if source.mapping:
        return replace(source, layout="csv")
    shown = printable(str(source.folder))
    try:
        found = detect(source.folder)
    except FileNotFoundError:
        raise DataError(f"{shown}: no such folder; check its name") from None
    except NotADirectoryError:
        raise DataError(f"{shown}: is a file; give the folder that holds the faces") from None
    except ValueError as error:
        raise DataError(f"{shown}: is no name of a folder ({error}); give another") from None
    except OSError as error:
        raise DataError(f"{shown}: cannot be read ({error.strerror}); check permissions") from None
    if found is None:
        raise DataError(
            f"{shown}: looks like none of the known layouts; say which as LAYOUT:FOLDER "
            f"({', '.join(LAYOUTS)})"
        )
    return replace(source, layout=found)


def preview(source: DataSource, poll: Callable[[], None] = lambda: None) -> Preview:
    """Read all labels of a data set. `poll` is called now and then and may raise to give up.

    Raises DataError where the folder or its tables cannot be understood.
    """
    index = scan(source, poll)
    kept = index.kept
    ages = sorted(index.ages[row] for row in kept)
    females = sum(index.genders[row] for row in kept)
    whole = [
        (index.files[row], Label(index.ages[row], index.genders[row], index.races[row]))
        for row in kept[:FIRST]
    ]
    first: list[tuple[str, AnyLabel]] = [*whole, *index.partial[: FIRST - len(whole)]]
    return Preview(
        source=source,
        faces=len(kept),
        males=len(kept) - females,
        females=females,
        ages=(ages[0], ages[len(ages) // 2], ages[-1]) if ages else None,
        first=first,
        partial=_grouped([(name, label.lacks()) for name, label in index.partial]),
        rejected=_grouped(index.rejected),
        ignored=index.ignored,
        curated=index.curated,
    )


def _grouped(left_out: list[tuple[str, str]]) -> list[Group]:
    """By reason, values that differ in it put aside, the most frequent first."""
    groups: dict[str, Group] = {}
    for name, why in left_out:
        reason = _VALUE.sub("…", why)
        before = groups.get(reason)
        if before is None:
            groups[reason] = Group(why, 1, name, why)
        else:
            said = why if before.reason == why else reason
            groups[reason] = replace(before, reason=said, count=before.count + 1)
    return sorted(groups.values(), key=lambda group: -group.count)


def _example(group: Group) -> str:
    own = "" if group.why == group.reason else f" ({printable(group.why)})"
    return printable(group.name) + own


def _group_dict(group: Group) -> dict[str, Any]:
    return {
        "reason": printable(group.reason),
        "count": group.count,
        "file": printable(group.name),
        "why": printable(group.why),
    }
