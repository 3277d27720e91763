"""Pictures that are there more than once, and names that contradict each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from trainer.data.finding import Finding
from trainer.data.index import Index
from trainer.data.measures import Measures
from trainer.data.near_duplicates import near_duplicates
from trainer.data.ranged import RangedIndex, range_name
from trainer.data.statistics import GENDERS

CONTRADICTORY = ("duplicate-other-label", "near-duplicate-other-label")
_SERIAL = re.compile(r"_([0-9]{14,})[^/]*$")


def serials(index: Index, rows: Sequence[int]) -> Finding:
    """UTKFace's names end in the time a face was taken in: one picture has one."""
    same: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found = _SERIAL.search(index.files[row])
        if found:
            same[found[1]].append(row)
    groups = [rows for rows in same.values() if len({_label(index, row) for row in rows}) > 1]
    return Finding(
        "contradictory",
        "Names that contradict each other",
        "warning",
        "The same number at the end of the name, but another age or gender.",
        [(index.files[row], _others(index, row, group)) for group in groups for row in group],
        [[index.files[row] for row in group] for group in groups],
    )


def copies(index: Index, hashes: Sequence[str], rows: Sequence[int]) -> list[Finding]:
    """Of these rows the same pixels; `hashes` has a digest of them for each row of the index."""
    same: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        same[hashes[row]].append(row)
    groups = [group for group in same.values() if len(group) > 1]
    return _copy_findings(index, groups, "duplicate", "copies, pixel for pixel")


def near_copies(
    index: Index, hashes: Sequence[str], measures: Measures, rows: Sequence[int]
) -> list[Finding]:
    """Of these rows those that look the same, though their pixels differ."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(hashes[row], row)
    groups = near_duplicates(measures, sorted(first.values()))
    return _copy_findings(index, groups, "near-duplicate", "nearly the same picture")


def _copy_findings(index: Index, groups: list[list[int]], kind: str, what: str) -> list[Finding]:
    split: dict[bool, list[list[int]]] = {True: [], False: []}
    for group in groups:
        split[len({_label(index, row) for row in group}) > 1].append(group)

    def finding(kind: str, title: str, severity: str, advice: str, odd: bool) -> Finding:
        return Finding(
            kind,
            title,
            severity,
            advice,
            [(index.files[r], _others(index, r, group)) for group in split[odd] for r in group],
            [[index.files[row] for row in group] for group in split[odd]],
        )

    return [
        finding(
            f"{kind}-other-label",
            f"{what[0].upper()}{what[1:]}, other labels",
            "error" if kind == "duplicate" else "warning",
            "At most one label can be right: correct it, or exclude the copies.",
            True,
        ),
        finding(
            kind,
            f"{what[0].upper()}{what[1:]}, same labels",
            "note",
            "Exact copies are kept in one part of the split; exclude those that add nothing.",
            False,
        ),
    ]


def _label(index: Index, row: int) -> str:
    if isinstance(index, RangedIndex):
        known = index.labels[row]
        gender = "of unknown gender" if known.gender is None else GENDERS[known.gender]
        return f"{range_name(known.ages)} {gender}"
    return f"{index.ages[row]} {GENDERS[index.genders[row]]}"


def _others(index: Index, row: int, group: Sequence[int]) -> str:
    others = [one for one in group if one != row]
    labels = sorted({(index.ages[one], _label(index, one)) for one in others})
    said = [label for _, label in labels]
    return (
        f"as {index.files[others[0]]}"
        + (f" and {len(others) - 1} more" if others[1:] else "")
        + (f", labelled {', '.join(said[:3])}" if said != [_label(index, row)] else "")
    )
