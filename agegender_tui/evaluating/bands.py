"""How age bands are called on screen."""

from __future__ import annotations

from trainer.evaluation.kinds import RANGE

OPEN_FROM = 100  # years; a band that ends later is one without an end


def band_text(name: str) -> str:
    """`70+` for `70–116`; other bands, and names of no band, as they are."""
    low, _, high = name.removesuffix(RANGE).partition("–")
    if not (high.isdecimal() and int(high) > OPEN_FROM):
        return name
    return f"{low}+{RANGE * name.endswith(RANGE)}"
