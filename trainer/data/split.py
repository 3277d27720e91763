"""Which faces train and which validate: a pure function of the files, the seed and the fraction."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trainer.csv_lines import csv_lines
from trainer.data.index import Index
from trainer.errors import RunError
from trainer.runs.atomic import write_atomic
from trainer.text import before_spreadsheet, printable, spreadsheet_safe

AGE_BAND = 10  # years


@dataclass(frozen=True)
class Split:
    """Rows of the index in each part, ascending. `duplicates` counts files whose pixels another
    file has too; `contradictory` those of them that disagree with it on age or gender."""

    train: list[int]
    validation: list[int]
    duplicates: int = 0
    contradictory: int = 0


def split(
    files: Sequence[str],
    ages: Sequence[int],
    genders: Sequence[int],
    hashes: Sequence[str],
    fraction: float,
    seed: int,
    fold: tuple[int, int] = (0, 0),
    copies: Sequence[Sequence[int]] = (),
) -> Split:
    """Draw `fraction` of the faces for validation, in equal part from each age band and gender.
    With `fold` (k, K) the faces are cut into K parts instead, and part k of 1 to K validates: each
    face validates in exactly one of them.

    `hashes` has one digest of the pixels a file, '' for files without a face, which are left out.
    Files with the same pixels go to the same part, and so do the rows of each group of `copies`.
    The order is drawn from (seed, name), so that it does not depend on the version of any library.
    """
    twins: dict[str, list[int]] = defaultdict(list)
    for row, digest in enumerate(hashes):
        if digest:
            twins[digest].append(row)
    strata: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
    for rows in _joined(twins.values(), copies):
        strata[(ages[rows[0]] // AGE_BAND, genders[rows[0]])].append(rows)
    for groups in strata.values():
        groups.sort(key=lambda rows: _draw(seed, files[rows[0]]))
    chosen = _dealt(strata, *fold) if fold[1] else _drawn(strata, fraction)
    usable = [row for row, digest in enumerate(hashes) if digest]
    return Split(
        train=[row for row in usable if row not in chosen],
        validation=[row for row in usable if row in chosen],
        duplicates=sum(len(rows) - 1 for rows in twins.values()),
        contradictory=sum(
            (ages[row], genders[row]) != (ages[rows[0]], genders[rows[0]])
            for rows in twins.values()
            for row in rows[1:]
        ),
    )


def _joined(groups: Iterable[list[int]], copies: Sequence[Sequence[int]]) -> Iterable[list[int]]:
    """The groups, those that share rows with one of `copies` made one, each ascending."""
    of = {row: group for group in groups for row in group}
    for rows in copies:
        together = sorted({row for one in rows if one in of for row in of[one]})
        of.update((row, together) for row in together)
    return {id(group): group for group in of.values()}.values()


def _drawn(strata: Mapping[tuple[int, int], list[list[int]]], fraction: float) -> set[int]:
    """The first groups of each stratum, as many as make `fraction` of the faces."""
    sizes = {key: sum(map(len, groups)) for key, groups in strata.items()}
    wanted = _apportion(sizes, round(sum(sizes.values()) * fraction))
    chosen: set[int] = set()
    for key, groups in strata.items():
        left = wanted[key]
        for rows in groups:
            if len(rows) <= left:
                chosen.update(rows)
                left -= len(rows)
    return chosen


def _dealt(strata: Mapping[tuple[int, int], list[list[int]]], fold: int, folds: int) -> set[int]:
    """Part `fold` of all strata dealt like cards: each group, the largest first, to the part that
    has least of its stratum, and of those to the one with fewest faces in all."""
    totals = [0] * folds
    chosen: set[int] = set()
    for key in sorted(strata):
        held = [0] * folds
        for rows in sorted(strata[key], key=len, reverse=True):
            part = min(range(folds), key=lambda one: (held[one], totals[one]))
            held[part] += len(rows)
            totals[part] += len(rows)
            if part == fold - 1:
                chosen.update(rows)
    return chosen


def _apportion(sizes: dict[tuple[int, int], int], total: int) -> dict[tuple[int, int], int]:
    """Whole shares of `total` in proportion to `sizes`, by largest remainder."""
    count = sum(sizes.values())
    exact = {key: size * total / count for key, size in sizes.items()}
    shares = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (shares[key] - exact[key], key))
    for key in by_remainder[: total - sum(shares.values())]:
        shares[key] += 1
    return shares


def _draw(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}:".encode() + name.encode("utf-8", "surrogateescape")).digest()


def write_split(path: Path, index: Index, parts: Split) -> None:
    """split.csv: file, part (train or validation), age, gender; left-out files are not in it."""
    table: list[list[object]] = [["file", "part", "age", "gender"]]
    named = [(row, "train") for row in parts.train] + [(r, "validation") for r in parts.validation]
    for row, part in sorted(named):
        name = spreadsheet_safe(index.files[row])
        table.append([name, part, index.ages[row], index.genders[row]])
    write_atomic(path, csv_lines(table))


def read_split(path: Path) -> dict[str, tuple[str, int, int]]:
    """`split.csv` read back: part, age and gender by file. RunError where it cannot be read."""
    shown = printable(str(path))
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return {
                before_spreadsheet(row["file"]): (row["part"], int(row["age"]), int(row["gender"]))
                for row in csv.DictReader(file)
            }
    except FileNotFoundError:
        raise RunError(f"{shown}: there is none; a run writes it once its faces are read") from None
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise RunError(f"{shown}: cannot be read ({printable(str(error))})") from None
