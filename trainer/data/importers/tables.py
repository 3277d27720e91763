"""Tables of labels beside the pictures: finding them, reading them line by line, and finding the
pictures their rows mean. Nothing outside the folder of the data set is ever looked at."""

from __future__ import annotations

import csv
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from trainer.data.importers.fields import Unclear, ages_in, gender_in
from trainer.data.labels import AnyLabel, label_of
from trainer.errors import DataError
from trainer.text import printable

_SEPARATORS = ",\t;|"
MOST_TOPS = 20


def find_tables(folder: Path, pattern: str) -> list[str]:
    """Files whose name the expression matches whole, in the folder or one folder below, in name
    order, as paths relative to it. Raises OSError where the folder itself cannot be read."""
    wanted = re.compile(pattern, re.IGNORECASE)
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if wanted.fullmatch(entry.name) and entry.is_file():
                found.append(entry.name)
            elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                try:
                    with os.scandir(entry.path) as inner:
                        found += [
                            f"{entry.name}/{one.name}"
                            for one in inner
                            if wanted.fullmatch(one.name) and one.is_file()
                        ]
                except OSError:
                    continue
    return sorted(found)


def need_tables(folder: Path, pattern: str, example: str) -> list[str]:
    """`find_tables`, where a data set is nothing without them: DataError if there is none."""
    found = find_tables(folder, pattern)
    if not found:
        raise DataError(
            f"{printable(str(folder))}: has no {example}, which holds the labels; put it there, "
            "or choose another layout"
        )
    return found


class Pictures:
    """Finds the picture a row means. Tables name them relative to themselves, to the folder of
    the data set, or to one folder below it (where an archive was unpacked).

    Where several folders below have a picture of that name the first is meant, as published
    tables go, unless they are to be `told_apart`.
    """

    def __init__(self, files: frozenset[str], told_apart: bool = False) -> None:
        self._files = files
        tops = sorted({path.partition("/")[0] for path in files if "/" in path})
        # With a folder a person, none of them is where an archive was unpacked.
        self._tops = tops if len(tops) <= MOST_TOPS else []
        self._told_apart = told_apart

    def find(self, written: str, beside: str = "") -> str | None:
        """The path below the folder, None where there is no such picture. `beside` is the table's
        path. Raises Unclear where it may be one of several."""
        path = posixpath.normpath(written.strip().replace("\\", "/"))
        near = posixpath.dirname(beside)
        for top in (near, ""):
            candidate = f"{top}/{path}" if top else path
            if candidate in self._files:
                return candidate
        tops = [top for top in self._tops if f"{top}/{path}" in self._files]
        if self._told_apart and len(tops) > 1:
            raise Unclear(
                f"'{path[:100]}' is in several folders ({', '.join(tops)}): say which with folder=…"
            )
        return f"{tops[0]}/{path}" if tops else None


Cells = Mapping[str, str]


def labelled(
    folder: Path,
    table: str,
    columns: Sequence[str],
    pictures: Pictures,
    names: Callable[[Cells], Sequence[str]],
    label: Callable[[Cells], AnyLabel | str],
) -> Iterator[tuple[str, AnyLabel | str]]:
    """(picture, label or why there is none) of each row of a table.

    `names` says how the picture of a row may be called, the likeliest first, and `label` what the
    cells of the `columns` mean. A row whose picture is not there or not clear, or that is too
    short, comes with its table and line: what is written there may be any path, and must not be
    taken for one. Raises DataError for a table without one of the columns, or that is no CSV.
    """
    for where, cells in _read(folder, table, columns):
        if isinstance(cells, str):
            yield where, cells
            continue
        written = names(cells)
        found = (pictures.find(name, table) for name in written)
        try:
            path = next(filter(None, found), None)
        except Unclear as why:
            yield where, printable(str(why))
            continue
        yield (where, no_picture(written[0])) if path is None else (path, label(cells))


def _read(
    folder: Path, table: str, columns: Sequence[str]
) -> Iterator[tuple[str, dict[str, str] | str]]:
    """(table and line, cells by column or why there are none). Columns are found by their
    headings, whatever the case; comma, tab, semicolon or bar separates them, the one the heading
    line has most of."""
    path = folder / table
    shown = printable(str(path))
    try:
        # Names that are not UTF-8 stay what they are on disk.
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            headings, separator = _headings(file)
            places = _places(headings, columns, shown)
            most = max(places.values(), default=-1)
            lines = csv.reader(file, delimiter=separator)
            for cells in lines:
                where = f"{table}, line {lines.line_num + 1}"
                if len(cells) > most:
                    yield where, {name: cells[place] for name, place in places.items()}
                elif cells:
                    yield where, f"has {len(cells)} of {len(headings)} columns"
    except csv.Error as error:
        raise DataError(f"{shown}: is no CSV table ({error}); save it as CSV again") from None
    except OSError as error:
        raise DataError(f"{shown}: cannot be read ({error.strerror}); check permissions") from None


def no_picture(written: str) -> str:
    """Why a row that names a picture gives no face."""
    return f"no such picture below the folder: '{printable(written[:100])}'"


def cells_of(folder: Path, table: str, columns: Sequence[str]) -> Iterator[Cells]:
    """The cells of each row that has the columns. Raises DataError as `labelled` does."""
    for _, cells in _read(folder, table, columns):
        if not isinstance(cells, str):
            yield cells


def headings_of(folder: Path, table: str) -> list[str]:
    """The headings of a table, none where it is no table. Raises OSError."""
    try:
        path = folder / table
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return _headings(file)[0]
    except csv.Error:
        return []


def _headings(file: TextIO) -> tuple[list[str], str]:
    first = file.readline(1 << 16).lstrip("\ufeff")
    separator = max(_SEPARATORS, key=first.count)
    cells = next(csv.reader([first], delimiter=separator), [])
    return [cell.strip() for cell in cells], separator


def _places(headings: list[str], columns: Sequence[str], shown: str) -> dict[str, int]:
    known = {name.lower(): place for place, name in reversed(list(enumerate(headings)))}
    places = {}
    for column in columns:
        if column.lower() not in known:
            there = ", ".join(printable(name) for name in headings[:12]) or "none"
            raise DataError(
                f"{shown}: has no column '{printable(column)}' (it has: {there}); choose another "
                "layout, or map its columns, e.g. csv with file=… age=… gender=…"
            )
        places[column] = known[column.lower()]
    return places


def row_label(
    age: str, gender: str | None, race: int | None = None, male: str = "", female: str = ""
) -> AnyLabel | str:
    """The label two cells stand for, or why there is none."""
    try:
        known = None if gender is None else gender_in(gender, male, female)
        return label_of(ages_in(age), known, race)
    except Unclear as why:
        return printable(str(why))


def joined(
    rows: Iterable[tuple[str, AnyLabel | str]], files: frozenset[str]
) -> tuple[dict[str, AnyLabel | str], list[tuple[str, str]]]:
    """The label of each picture that rows name, or why it has none; and (name, why) of the rows
    that name no picture.

    A picture listed twice with the same label counts once; with different labels it has none.
    """
    labels: dict[str, AnyLabel | str] = {}
    lost: list[tuple[str, str]] = []
    for name, label in rows:
        if name not in files:
            lost.append((name, str(label)))
        elif labels.setdefault(name, label) != label:
            labels[name] = "the tables list it with different labels"
    return labels, lost
