"""What may be wrong with a data set: names, files, copies, light, labels, balance.

Every finding names its faces. Nothing is decided here: a finding is something to look at.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer.data.cache import PixelCache, open_cache
from trainer.data.doubt import Doubt, guess
from trainer.data.finding import Finding
from trainer.data.index import Index
from trainer.data.measures import Measures, measure
from trainer.data.model_doubt import ModelSaid, model_finding
from trainer.data.near_duplicates import near_duplicates
from trainer.data.sizes import picture_sizes
from trainer.data.statistics import GENDERS, Statistics, band_name, statistics
from trainer.data.upright import turned

# Standard deviation of the luma; faces have 20 and more. A dark face has little of it, but much
# for its brightness.
BLANK_CONTRAST, BLANK_SHARE = 6.0, 0.15
DARK, BRIGHT = 35.0, 225.0  # mean luma, of 255
BLURRED_SHARE = 1 / 8  # of the median detail of the set
TURNED = 0.4
AGE_DOUBT, GENDER_DOUBT = 2.5, 0.5
RARE_FACES, RARE_SHARE = 20, 0.005
UNEVEN_GENDERS = 0.6  # share of one gender
UNEVEN_BAND = 0.7
CONTRADICTORY = ("duplicate-other-label", "near-duplicate-other-label")
_SERIAL = re.compile(r"_([0-9]{14,})[^/]*$")


@dataclass(frozen=True)
class Quality:
    """All findings on the faces of `index`, worst first, and statistics before and after
    exclusions. `hashes` are those of the decoded pixels, one a row."""

    index: Index
    findings: list[Finding]
    before: Statistics
    after: Statistics
    brightness: list[int]
    sharpness: list[int]
    sizes: list[tuple[str, int]]
    hashes: list[str]


def inspect(
    index: Index,
    progress: Callable[[str, int, int], None],
    workers: int = 2,
    root: Path | None = None,
    model: ModelSaid | None = None,
) -> Quality:
    """Decode (once), measure and judge every face of `index` that is not excluded.

    `model` is what a trained model says of the faces, if one is to judge the labels as well.
    `progress(what, done, of)` may raise to give up. Takes seconds for 5,000 faces.
    """
    cache = open_cache(index, lambda done, of: progress("decoding", done, of), root, workers)
    measures = measure(cache.pixels, lambda done, of: progress("measuring", done, of))
    rows = [row for row in index.kept if cache.hashes[row]]
    sizes = picture_sizes(index, rows, lambda done, of: progress("sizes", done, of), workers)
    progress("comparing", 0, 0)
    blank = _blank(measures)
    looks = [row for row in rows if not blank[row]]
    copies = [
        *_copies(index, cache.hashes, rows),
        *_near_copies(index, cache.hashes, measures, looks),
    ]
    findings = [
        _unlabelled(index),
        _serials(index, rows),
        _unreadable(index, cache),
        *copies,
        *_light(index, measures, rows, looks),
        _sizes(index, sizes),
        _turned(index, measures, looks),
        *_doubted(index, measures, looks, copies),
        *([model_finding(index, rows, model)] if model else []),
        *_balance(index, statistics(index, rows), rows),
    ]
    order = ("error", "warning", "note")
    found = [finding for finding in findings if finding.faces]
    sharp = measures.sharpness[rows]
    return Quality(
        index=index,
        findings=sorted(found, key=lambda one: order.index(one.severity)),
        before=statistics(index),
        after=statistics(index, rows),
        brightness=np.histogram(measures.brightness[rows], 16, (0, 256))[0].tolist(),
        sharpness=np.histogram(np.log2(sharp + 1.0), 16, (0, 13))[0].tolist(),
        sizes=[(f"{w}×{h}", n) for (w, h), n in Counter(sizes.values()).most_common()],
        hashes=list(cache.hashes),
    )


def _blank(measures: Measures) -> np.ndarray:
    """(n,) bool: whether there is nothing to be seen, not even in the dark."""
    faint = measures.contrast < 1.0 + BLANK_SHARE * measures.brightness
    blank: np.ndarray = faint & (measures.contrast < BLANK_CONTRAST)
    return blank


def _unlabelled(index: Index) -> Finding:
    return Finding(
        "unlabelled",
        "Names without a valid label",
        "error",
        "Left out of every run. Correct the label here, or rename the file.",
        list(index.rejected),
    )


def _serials(index: Index, rows: Sequence[int]) -> Finding:
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


def _unreadable(index: Index, cache: PixelCache) -> Finding:
    broken = [(row, why) for row, why in cache.unreadable if row not in index.excluded]
    return Finding(
        "unreadable",
        "Unreadable files",
        "error",
        "Left out of every run. Get them again from the source.",
        [(index.files[row], why) for row, why in broken],
    )


def _copies(index: Index, hashes: Sequence[str], rows: Sequence[int]) -> list[Finding]:
    same: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        same[hashes[row]].append(row)
    groups = [group for group in same.values() if len(group) > 1]
    return _copy_findings(index, groups, "duplicate", "copies, pixel for pixel")


def _near_copies(
    index: Index, hashes: Sequence[str], measures: Measures, rows: Sequence[int]
) -> list[Finding]:
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


def _light(
    index: Index, measures: Measures, rows: Sequence[int], looks: Sequence[int]
) -> list[Finding]:
    bright, sharp, contrast = measures.brightness, measures.sharpness, measures.contrast
    # Detail for its contrast, so that a dark face does not pass for a blurred one.
    detail = sharp / np.maximum(contrast, 1.0) ** 2
    median = float(np.median(detail[looks])) if looks else 0.0

    def finding(
        kind: str, title: str, advice: str, faces: Iterable[int], values: np.ndarray, what: str
    ) -> Finding:
        chosen = sorted(faces, key=lambda row: float(values[row]))
        return Finding(
            kind,
            title,
            "error" if kind == "blank" else "warning",
            advice,
            [(index.files[row], f"{what} {values[row]:.0f}") for row in chosen],
        )

    return [
        finding(
            "blank", "Blank pictures", "Nothing to learn from: exclude them.",
            set(rows) - set(looks), contrast, "contrast",
        ),
        finding(
            "dark", "Very dark", f"Mean brightness below {DARK:.0f} of 255.",
            (row for row in looks if bright[row] < DARK), bright, "brightness",
        ),
        finding(
            "bright", "Very bright", f"Mean brightness above {BRIGHT:.0f} of 255.",
            (row for row in looks if bright[row] > BRIGHT), bright, "brightness",
        ),
        finding(
            "blurred", "Blurred", "Less than an eighth of the detail that is usual in this set.",
            (row for row in looks if detail[row] < median * BLURRED_SHARE), sharp, "sharpness",
        ),
    ]  # fmt: skip


def _sizes(index: Index, sizes: dict[int, tuple[int, int]]) -> Finding:
    usual = Counter(sizes.values()).most_common(1)[0][0] if sizes else (0, 0)
    odd = [(row, size) for row, size in sizes.items() if size != usual]
    return Finding(
        "size",
        f"Not {usual[0]}×{usual[1]} as most",
        "note",
        "Cropped to the middle square and resized when decoded: a face may be off centre.",
        [(index.files[row], f"{width}×{height}") for row, (width, height) in odd],
    )


def _turned(index: Index, measures: Measures, rows: Sequence[int]) -> Finding:
    turns, by = turned(measures.small[rows])
    way = ("", "lies on its right", "stands on its head", "lies on its left")
    return Finding(
        "turned",
        "Turned faces",
        "warning",
        "They seem to stand on their head or side; turn the file or exclude it.",
        [
            (index.files[row], way[turns[place]])
            for place, row in enumerate(rows)
            if turns[place] and by[place] > TURNED
        ],
    )


def _doubted(
    index: Index, measures: Measures, rows: Sequence[int], copies: Sequence[Finding]
) -> list[Finding]:
    """Of copies that contradict each other one is wrong: the guess does not learn from them."""
    ages = np.array([index.ages[row] for row in rows], "float32")
    genders = np.array([index.genders[row] for row in rows], "float32")
    if len(set(genders.tolist())) < 2:
        return []
    odd = {name for one in copies if one.kind in CONTRADICTORY for name, _ in one.faces}
    trusted = np.array([index.files[row] not in odd for row in rows])
    doubt: Doubt = guess(measures.features[rows], ages, genders, trusted)
    by_age = np.argsort(-doubt.age_error)
    by_gender = np.argsort(-doubt.gender_error)
    advice = "By a quick guess from edges and colours, right for seven in eight: look at each."
    return [
        Finding(
            "doubtful-gender",
            "Gender label doubted",
            "warning",
            advice,
            [
                (index.files[rows[n]], f"looks {GENDERS[int(doubt.genders[n] > 0)]}")
                for n in by_gender
                if doubt.gender_error[n] > GENDER_DOUBT
            ],
        ),
        Finding(
            "doubtful-age",
            "Age label doubted",
            "warning",
            advice.replace("right for seven in eight", "off by some ten years"),
            [
                (index.files[rows[n]], f"looks {max(doubt.ages[n], 0):.0f}")
                for n in by_age
                if doubt.age_error[n] > AGE_DOUBT
            ],
        ),
    ]


def _balance(index: Index, made_of: Statistics, rows: Sequence[int]) -> list[Finding]:
    findings = []
    rare = max(RARE_FACES, round(RARE_SHARE * made_of.count))
    in_band: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        in_band[index.ages[row] // 10 * 10].append(row)
    few: list[tuple[str, str]] = []
    few_bands: list[int] = []
    for band, males, females in made_of.bands():
        many = males + females
        if many < rare:
            few_bands.append(band)
            few += [
                (index.files[r], f"one of {many} aged {band_name(band)}") for r in in_band[band]
            ]
        elif max(males, females) / many > UNEVEN_BAND:
            lead = int(females > males)
            share = max(males, females) / many
            findings.append(
                Finding(
                    "uneven-band",
                    f"{band_name(band)}: {share:.0%} {GENDERS[lead]}",
                    "note",
                    "A model may take the age for the gender here.",
                    [(index.files[r], "") for r in in_band[band] if index.genders[r] != lead],
                    filter=f"age>={band} age<{band + 10} gender={1 - lead}",
                )
            )
    if few:
        findings.append(
            Finding(
                "rare",
                f"Age bands with fewer than {rare} faces",
                "note",
                "Errors in these ages are little more than chance: "
                + ", ".join(map(band_name, few_bands)),
                few,
            )
        )
    lead = int(made_of.female_share > 0.5)
    share = max(made_of.female_share, 1 - made_of.female_share)
    if made_of.count and share > UNEVEN_GENDERS:
        findings.append(
            Finding(
                "imbalance",
                f"{share:.0%} of all faces are {GENDERS[lead]}",
                "warning",
                "Accuracy alone will look better than it is; look at each gender.",
                [(index.files[row], "") for row in rows if index.genders[row] != lead],
                filter=f"gender={1 - lead}",
            )
        )
    return findings


def _label(index: Index, row: int) -> tuple[int, int]:
    return index.ages[row], index.genders[row]


def _others(index: Index, row: int, group: Sequence[int]) -> str:
    others = [one for one in group if one != row]
    labels = sorted({_label(index, one) for one in others})
    said = ", ".join(f"{age} {GENDERS[gender]}" for age, gender in labels[:3])
    return (
        f"as {index.files[others[0]]}"
        + (f" and {len(others) - 1} more" if others[1:] else "")
        + (f", labelled {said}" if labels != [_label(index, row)] else "")
    )
