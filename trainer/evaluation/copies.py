"""What the copies of training faces among a run's validation faces do to its figures, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer.evaluation.kinds import HEADLINES, KINDS
from trainer.evaluation.verdicts import amount
from trainer.text import printable


def copies_words(summary: Mapping[str, Any]) -> str:
    """`12 of these faces, such as …, are nearly the same picture as one that the model was trained
    on`, with the main figures without them; '' where there are none, and of evaluations made
    before copies were looked for."""
    copies = summary.get("copies") or {}
    if not copies.get("files"):
        return ""
    count = len(copies["files"])
    lead = (
        f"{count:,} of these faces, such as {printable(copies['files'][0][0])}, "
        f"{'is' if count == 1 else 'are'} nearly the same picture as one that "
        f"{'a model of it' if summary['model'].get('members') else 'the model'} was trained on"
    )
    told = [
        _told(name, summary["figures"].get(name), copies["figures"].get(name)) for name in HEADLINES
    ]
    if not any(told):
        return lead
    return f"{lead}. Without them: {'; '.join(filter(None, told))}"


def _told(
    name: str, whole: Mapping[str, float | None] | None, rest: Mapping[str, float | None] | None
) -> str:
    if not whole or not rest or whole["value"] is None or rest["value"] is None:
        return ""
    kind, value, low, high = KINDS[name], rest["value"], rest["low"], rest["high"]
    said = f"{kind.title} {kind.text(value)} {kind.unit}".rstrip()
    if low is not None and high is not None:
        said += f" ({kind.text(low)} to {kind.text(high)})"
    apart = value - whole["value"]
    by = amount(kind, abs(apart))
    if by == amount(kind, 0.0):
        return f"{said}, the same"
    return f"{said}, {'higher' if apart > 0 else 'lower'} by {by}"
