"""Which faces were taken for which, as tables of counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from agegender_tui.evaluating.bands import band_text
from agegender_tui.evaluating.columns import TextColumn, table
from trainer.data.statistics import GENDERS

if TYPE_CHECKING:
    from trainer.evaluation.scored import Scored

SHADES = " ░▒▓█"


def genders(scored: Scored, name: str, width: int) -> list[Content]:
    """True against said gender: counts, and the share of each true gender."""
    from trainer.evaluation.figures import confusion

    counts = confusion(scored)
    rows = ((counts.zero_zero, counts.zero_one), (counts.one_zero, counts.one_one))
    if not any(map(sum, rows)):
        return [Content("No face has a known gender.")]
    columns = [
        TextColumn(f"said {GENDERS[said]}", [_count(row[said], sum(row)) for row in rows])
        for said in (0, 1)
    ]
    columns.append(TextColumn("faces", [f"{sum(row):,}" for row in rows]))
    return [
        Content.styled(f"{name}: gender", "bold underline"),
        *table("", [f"labelled {one}" for one in GENDERS], columns, width),
        Content(""),
    ]


def _count(part: int, whole: int) -> str:
    share = f"{100 * part / whole:.1f} %" if whole else "–"
    return f"{part:,}  {share:>7}"


def ages(scored: Scored, name: str, width: int) -> list[Content]:
    """Labelled against said age band, in percent of each labelled band."""
    from trainer.evaluation.figures import age_confusion

    found = age_confusion(scored)
    if found is None:
        return []
    bands, counts = found
    shown = [band_text(f"{low}–{high}") for low, high in bands]
    totals = [int(row.sum()) for row in counts]
    rows = [place for place, total in enumerate(totals) if total]
    columns = [
        TextColumn(shown[said], [_shaded(counts[row][said], totals[row]) for row in rows])
        for said in range(len(bands))
    ]
    columns.append(TextColumn("faces", [f"{totals[row]:,}" for row in rows]))
    return [
        Content.styled(f"{name}: age band said, % of those labelled", "bold underline"),
        *table("labelled", [shown[row] for row in rows], columns, width),
        Content(""),
    ]


def _shaded(part: int, whole: int) -> str:
    """Percent with a shade that grows with it, so that the diagonal is seen at a glance."""
    share = part / whole if whole else 0.0
    shade = SHADES[int(share * (len(SHADES) - 1) + 0.5)]
    return f"{round(100 * share)}{shade}" if part else "· "
