"""What may be wrong with a data set: names, files, copies, light, labels, balance.

A finding names its faces; that faces are missing is a finding without any. Nothing is decided
here: a finding is something to look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trainer.data.balance import balance
from trainer.data.cache import PixelCache, open_cache
from trainer.data.copies import CONTRADICTORY, copies, near_copies, serials
from trainer.data.doubt import Doubt, guess
from trainer.data.finding import Finding
from trainer.data.index import Index
from trainer.data.measures import Measures, measure
from trainer.data.model_doubt import ModelSaid, model_finding
from trainer.data.ranged import Ages, RangedIndex, counted_ranges, looked_at
from trainer.data.sizes import picture_sizes
from trainer.data.statistics import GENDERS, Statistics, statistics
from trainer.data.upright import turned

# Standard deviation of the luma; faces have 20 and more. A dark face has little of it, but much
# for its brightness.
BLANK_CONTRAST, BLANK_SHARE = 6.0, 0.15
DARK, BRIGHT = 35.0, 225.0  # mean luma, of 255
BLURRED_SHARE = 1 / 8  # of the median detail of the set
TURNED = 0.4
AGE_DOUBT, GENDER_DOUBT = 2.5, 0.5


@dataclass(frozen=True)
class Quality:
    """All findings on the faces of `index`, worst first, and statistics before and after
    exclusions. `hashes` are those of the decoded pixels, one a row. Where no label is whole, the
    index is a `RangedIndex`, the statistics are empty, and `ranges` counts (range, gender)."""

    index: Index
    findings: list[Finding]
    before: Statistics
    after: Statistics
    brightness: list[int]
    sharpness: list[int]
    sizes: list[tuple[str, int]]
    hashes: list[str]
    ranges: Counter[tuple[Ages, int | None]] = field(default_factory=Counter)


def inspect(
    index: Index,
    progress: Callable[[str, int, int], None],
    workers: int = 2,
    root: Path | None = None,
    model: ModelSaid | None = None,
) -> Quality:
    """Decode (once), measure and judge every face of `index` that is not excluded; where none of
    them has a whole label, those with a part of one, whose labels are then not doubted.

    `model` is what a trained model says of the faces, if one is to judge the labels as well.
    `progress(what, done, of)` may raise to give up. Takes seconds for 5,000 faces.
    """
    index = looked_at(index)
    exact = not isinstance(index, RangedIndex)
    cache = open_cache(index, lambda done, of: progress("decoding", done, of), root, workers)
    measures = measure(cache.pixels, lambda done, of: progress("measuring", done, of))
    rows = [row for row in index.kept if cache.hashes[row]]
    sizes = picture_sizes(index, rows, lambda done, of: progress("sizes", done, of), workers)
    progress("comparing", 0, 0)
    blank = _blank(measures)
    looks = [row for row in rows if not blank[row]]
    twice = [
        *copies(index, cache.hashes, rows),
        *near_copies(index, cache.hashes, measures, looks),
    ]
    about_faces = [
        _unlabelled(index),
        serials(index, rows),
        _unreadable(index, cache),
        *twice,
        *_light(index, measures, rows, looks),
        _sizes(index, sizes),
        _turned(index, measures, looks),
        *(_doubted(index, measures, looks, twice) if exact else []),
        *([model_finding(index, rows, model)] if model and exact else []),
    ]
    order = ("error", "warning", "note")
    found = [*(finding for finding in about_faces if finding.faces), *balance(index, rows)]
    sharp = measures.sharpness[rows]
    return Quality(
        index=index,
        findings=sorted(found, key=lambda one: order.index(one.severity)),
        before=statistics(index) if exact else statistics(index, []),
        after=statistics(index, rows if exact else []),
        brightness=np.histogram(measures.brightness[rows], 16, (0, 256))[0].tolist(),
        sharpness=np.histogram(np.log2(sharp + 1.0), 16, (0, 13))[0].tolist(),
        sizes=[(f"{w}×{h}", n) for (w, h), n in Counter(sizes.values()).most_common()],
        hashes=list(cache.hashes),
        ranges=counted_ranges(index, rows),
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


def _unreadable(index: Index, cache: PixelCache) -> Finding:
    broken = [(row, why) for row, why in cache.unreadable if row not in index.excluded]
    return Finding(
        "unreadable",
        "Unreadable files",
        "error",
        "Left out of every run. Get them again from the source.",
        [(index.files[row], why) for row, why in broken],
    )


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
    """Of copies that contradict each other one is wrong: the guess does not learn from them. Where
    all are of one gender it guesses that, and doubts ages alone."""
    ages = np.array([index.ages[row] for row in rows], "float32")
    genders = np.array([index.genders[row] for row in rows], "float32")
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
