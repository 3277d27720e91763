"""The figures of the overlaid runs beside one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.color import Color
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agegender_tui.widgets.chart import colours, glyph
from trainer.export.comparison_table import Row, leaders, rows
from trainer.runs.comparison import Compared, Figures, compare

LEAST_COLUMN = 14
GAP = 2


def figures_text(runs: Sequence[Compared], width: int, palette: Mapping[str, Color]) -> Content:
    """A line a figure and a column a run, as many runs beside one another as `width` holds."""
    figures = compare(runs)
    table = rows(figures)
    heading = max(len(row.heading) for row in table) + GAP
    column = max(LEAST_COLUMN, *(len(row.text(one)) + GAP + 1 for row in table for one in figures))
    beside = max((width - heading) // column, 1)
    blocks = [
        _block(runs, figures, table, range(start, min(start + beside, len(runs))), palette,
               heading, column)
        for start in range(0, len(runs), beside)
    ]  # fmt: skip
    return Content("\n\n").join(blocks)


def _block(
    runs: Sequence[Compared],
    figures: Sequence[Figures],
    table: Sequence[Row],
    which: range,
    palette: Mapping[str, Color],
    heading: int,
    column: int,
) -> Content:
    titles: list[Content | tuple[str, str] | str] = [f"{'* best of these':<{heading}}"]
    for number in which:
        one = runs[number]
        sign = glyph(str(number))
        name = f"{one.config.model if one.config else ''} {one.run.id[-4:]}"
        titles += [(sign, palette[str(number)].hex), f" {name:<{column - len(sign) - 1}}"]
    lines = [Content.assemble(*titles)]
    for row in table:
        ahead = leaders(row, figures)
        parts: list[Content | tuple[str, str] | str] = [
            (f"{row.heading:<{heading}}", "$text-muted")
        ]
        for number in which:
            best = number in ahead
            words = row.text(figures[number]) + " *" * best
            parts.append((f"{words:<{column}}", "bold" if best else ""))
        lines.append(Content.assemble(*parts))
    return Content("\n").join(lines)


class FiguresPane(VerticalScroll):
    """The figures, scrolling."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="figures")
        self._runs: Sequence[Compared] = ()
        self._states: Sequence[str] = ()
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        yield Static(id="figures-text", markup=False)

    def on_resize(self) -> None:
        if self._runs:
            self.show(self._runs, self._states)

    def on_hide(self) -> None:
        self._drawn = None  # whoever opens it again sees what is there then

    def show(self, runs: Sequence[Compared], states: Sequence[str]) -> None:
        """The figures of these runs, in these states, as they now stand."""
        self._runs, self._states = runs, states
        palette = colours(self.app.current_theme, self.app.theme_variables)
        width = max(self.content_size.width - 1, 20)
        drawn = (runs, states, width, palette)
        if drawn != self._drawn:
            self._drawn = drawn
            self.query_one("#figures-text", Static).update(figures_text(runs, width, palette))
