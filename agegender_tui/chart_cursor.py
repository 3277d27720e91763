"""The cursor of a chart: one column laid over the finished drawing.

Moving it is what a user does key after key. Drawing four charts anew for each key would cost ten
times as much, and the next key would wait for it.
"""

from __future__ import annotations

import math

from rich.text import Text

CURSOR_MARK = "│"
_CORNER = "└"


def with_cursor(chart: Text, share: float, style: str) -> Text:
    """`chart`, as plotext draws it with its axes left and below, with a line at `share` of the
    horizontal axis, 0 to 1, from top to bottom. As it is where it has no such axes."""
    rows = list(chart.split("\n", allow_blank=True))
    below = next((n for n, row in enumerate(rows) if row.plain.lstrip()[:1] == _CORNER), None)
    if below is None:
        return chart
    axis = rows[below].plain.index(_CORNER)
    columns = len(rows[below].plain) - axis - 1
    # The column that plotext gives a point there: the nearest, halves up.
    place = axis + 1 + math.floor(round(0.5 + (columns - 1) * share, 8))
    mark = Text(CURSOR_MARK, style=style)
    for n in range(below):
        left, _, right = rows[n].divide((place, place + 1))
        rows[n] = Text.assemble(left, mark, right)
    return Text("\n").join(rows)
