"""Ages and genders of which a data set has too few, or too many of one kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from trainer.data.finding import Finding
from trainer.data.index import Index
from trainer.data.ranged import Ages, RangedIndex, in_order, range_name
from trainer.data.statistics import GENDERS

RARE_FACES, RARE_SHARE = 20, 0.005
UNEVEN_GENDERS = 0.6  # share of one gender
UNEVEN_BAND = 0.7
_BAND = 10  # years


def balance(index: Index, rows: Sequence[int]) -> list[Finding]:
    """Bands of ages that are rare or mostly of one gender, and a gender that outweighs the other.

    A finding lists the faces there are of what is rare: none where a band is empty or all are of
    one gender. Bands are tens of years, or the ranges that a data set of ranges has.
    """
    ranged = isinstance(index, RangedIndex)
    bands: dict[Ages, list[int]] = defaultdict(list)
    for row in rows:
        bands[_band(index, row)].append(row)
    if not ranged:  # bands in between without any face are rare too
        for first in range(0, max((index.ages[row] for row in rows), default=-1), _BAND):
            bands.setdefault((first, first + _BAND - 1), [])
    rare = max(RARE_FACES, round(RARE_SHARE * len(rows)))
    few = [band for band in in_order(bands) if len(bands[band]) < rare]
    findings = [
        finding
        for band in in_order(bands)
        if band not in few and band is not None
        for finding in _uneven(index, band, bands[band], not ranged)
    ]
    if few:
        findings.append(
            Finding(
                "rare",
                f"{'Ranges of ages' if ranged else 'Age bands'} with fewer than {rare} faces",
                "note",
                "Errors in these ages are little more than chance: "
                + ", ".join(map(range_name, few))
                + ".",
                [
                    (index.files[row], f"one of {len(bands[band])} aged {range_name(band)}")
                    for band in few
                    for row in bands[band]
                ],
            )
        )
    return [*findings, *_imbalance(index, rows)]


def _band(index: Index, row: int) -> Ages:
    if isinstance(index, RangedIndex):
        return index.labels[row].ages
    first = index.ages[row] // _BAND * _BAND
    return first, first + _BAND - 1


def _lead(index: Index, rows: Sequence[int]) -> tuple[int, float, int]:
    """The more frequent gender, its share of the rows whose gender is known, 0 if none is, and how
    many these are."""
    males, females = (sum(index.genders[row] == gender for row in rows) for gender in (0, 1))
    known = males + females
    return int(females > males), max(males, females) / max(known, 1), known


def _uneven(index: Index, band: tuple[int, int], rows: Sequence[int], exact: bool) -> list[Finding]:
    lead, share, known = _lead(index, rows)
    if share <= UNEVEN_BAND:
        return []
    of_known = "" if known == len(rows) else f"of the {known:,} of known gender are "
    return [
        Finding(
            "uneven-band",
            f"{range_name(band)}: {share:.0%} {of_known}{GENDERS[lead]}",
            "note",
            "A model may take the age for the gender here.",
            [(index.files[row], "") for row in rows if index.genders[row] == 1 - lead],
            # Ranges may lie within each other, and then no filter tells them apart.
            filter=f"age>={band[0]} age<{band[1] + 1} gender={1 - lead}" if exact else "",
        )
    ]


def _imbalance(index: Index, rows: Sequence[int]) -> list[Finding]:
    lead, share, known = _lead(index, rows)
    if share <= UNEVEN_GENDERS:
        return []
    faces = "all faces" if known == len(rows) else f"the {known:,} faces of known gender"
    return [
        Finding(
            "imbalance",
            f"{share:.0%} of {faces} are {GENDERS[lead]}",
            "warning",
            "Accuracy alone will look better than it is; look at each gender.",
            [(index.files[row], "") for row in rows if index.genders[row] == 1 - lead],
            filter=f"gender={1 - lead}",
        )
    ]
