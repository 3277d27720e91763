"""One chart of the learning curves, drawn by plotext, and how its lines look."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from rich.text import Text
from textual.color import Color
from textual.theme import Theme
from textual.widget import Widget
from textual_plotext.plot import Plot as Figure

from agegender_tui import horizontal
from agegender_tui.chart_cursor import with_cursor
from agegender_tui.series import Mark, Metric, Plot
from agegender_tui.ticks import log_ticks, tick_texts, ticks, time_ticks

# Okabe and Ito's colours, told apart by the colour-blind. Each with a marker of its own, as colour
# alone must not tell lines apart. A theme overrides one by a variable `curve-training` and so on.
DARK = {
    "training": "#56b4e9",
    "validation": "#e69f00",
    "0": "#e69f00",
    "1": "#56b4e9",
    "2": "#cc79a7",
    "3": "#f0e442",
    "4": "#2fc29b",
    "5": "#e8702a",
}
LIGHT = {
    "training": "#0072b2",
    "validation": "#b84f00",
    "0": "#b84f00",
    "1": "#0072b2",
    "2": "#a3467c",
    "3": "#7a6f00",
    "4": "#00785a",
    "5": "#333333",
}
MARKERS = {
    "training": "braille",
    "validation": "hd",
    "0": "hd",
    "1": "braille",
    "2": "•",
    "3": "x",
    "4": "+",
    "5": "o",
}
GLYPHS = {"braille": "⠒⠒", "hd": "▀▄"}
SPARE_TICK = 12  # columns that a tick of the horizontal axis takes
BEST_MARK = "╎"


def colours(theme: Theme, variables: Mapping[str, str]) -> dict[str, Color]:
    """The colour of each role in a theme, with those of the marks and of the background."""
    palette = DARK if theme.dark else LIGHT
    named = {
        role: Color.parse(variables.get(f"curve-{role}", value)) for role, value in palette.items()
    }
    named["surface"] = Color.parse(variables["background"])
    named["best"] = Color.parse(variables["foreground"]).blend(named["surface"], 0.45)
    named["cursor"] = Color.parse(variables["foreground"])
    return named


def glyph(role: str) -> str:
    """How the line of a role looks, for a legend."""
    return GLYPHS.get(MARKERS[role], MARKERS[role])


def draw(figure: Figure, data: Plot, size: tuple[int, int], palette: Mapping[str, Color]) -> Text:
    """The chart as text of `size` columns and rows, without its cursor."""
    width, height = size
    figure.clear_figure()
    figure.theme("clear")
    figure.plotsize(width, height)
    figure._set_size(width, height)  # textual-plotext does so too: plotsize alone may not take
    figure.xaxes(True, False)
    figure.yaxes(True, False)
    figure.xlim(data.first, data.last)
    figure.ylim(data.low, data.high)
    most = max(width // SPARE_TICK, 2)
    if data.by_time:
        figure.xticks(*time_ticks(data.first, data.last, most))
    else:
        places = ticks(data.first, data.last, most, whole=True)
        figure.xticks(places, [f"{place:.0f}" for place in places])
    find = log_ticks if data.log else ticks
    places = find(data.low, data.high, max((height - 2) // 2, 2))
    figure.yticks(places, tick_texts(places, data.log))
    bounds = [data.low, data.high]
    for mark in data.best:
        if data.first <= mark.place <= data.last:
            colour = palette["best" if mark.role == "validation" else mark.role]
            figure.plot([mark.place] * 2, bounds, marker=BEST_MARK, color=colour.rgb)
    for line in data.lines:
        colour = palette[line.role]
        if line.faint:
            colour = colour.blend(palette["surface"], 0.6)
        # The raw values are dots behind: a line would hide the smoothed one.
        marker = "braille" if line.faint else MARKERS[line.role]
        draw_line = figure.scatter if line.faint or len(line.xs) == 1 else figure.plot
        draw_line(line.xs, line.ys, marker=marker, color=colour.rgb)
    return Text.from_ansi(figure.build().rstrip("\n"))


def title(data: Plot, width: int, palette: Mapping[str, Color]) -> Text:
    """The name of the chart; the best epoch of one run; of several, what stands at the cursor or
    else the best of each. What `width` columns do not hold is left out, never cut within a number.
    """
    text = Text()
    for text in _titles(data, palette):
        if text.cell_len <= width:
            return text
    text.truncate(width, overflow="ellipsis")
    return text


def _titles(data: Plot, palette: Mapping[str, Color]) -> Iterator[Text]:
    """The title shorter and shorter: places go first, as all charts share them, then units, then
    one value after the other."""
    name = Text.assemble((data.metric.title, "bold"), (" (log)" if data.log else "", "dim"))
    several = any(mark.role != "validation" for mark in data.best)
    reads = several and data.cursor is not None
    marks = data.read if reads else data.best
    if marks and not reads:
        yield Text.assemble(name, "  best ", _marks(marks, data, palette, several, places=True))
    if marks:
        lead = "  " if several else "  best "
        yield Text.assemble(name, lead, _marks(marks, data, palette, several))
    for left in range(len(marks), 0, -1):
        values = _marks(marks[:left], data, palette, several, tight=True)
        yield Text.assemble(name, "  ", values, " …" * (left < len(marks)))
    yield name


def _marks(
    marks: tuple[Mark, ...],
    data: Plot,
    palette: Mapping[str, Color],
    several: bool,
    *,
    places: bool = False,
    tight: bool = False,
) -> Text:
    """The values; those of `several` runs behind a sample of their line. `tight`: without units,
    and with narrow samples."""
    text = Text()
    for number, mark in enumerate(marks):
        text.append(" " * bool(number))
        if several:
            sample = glyph(mark.role)[:1] if tight else glyph(mark.role)
            text.append(f"{sample} ", style=palette[mark.role].hex)
        text.append(mark.text.removesuffix(data.metric.unit) if tight else mark.text)
        if places:
            text.append(f" at {horizontal.words(mark.place, data.by_time)}")
    return text


class CurveChart(Widget):
    """One chart under its title. Drawn anew only when its lines, size or theme changed."""

    def __init__(self, metric: Metric) -> None:
        super().__init__(id=f"chart-{metric.name.replace('_', '-')}")
        self.metric = metric
        self.data: Plot | None = None
        self._figure = Figure()
        self._body: tuple[object, Text] | None = None

    def show(self, data: Plot) -> None:
        if data != self.data:
            self.data = data
            self.refresh()

    def render(self) -> Text:
        data, size = self.data, (self.size.width, self.size.height - 1)
        if data is None or size[0] < 12 or size[1] < 3:
            return Text(self.metric.title)
        palette = colours(self.app.current_theme, self.app.theme_variables)
        heading = title(data, self.size.width, palette)
        if not data.lines:
            why = "no finite value here" if data.begun else "no finished epoch yet"
            return Text.assemble(heading, (f"\n\n  {why}", "dim"))
        still = dataclasses.replace(data, cursor=None, read=())
        key = (still, size, self.app.theme)
        if self._body is None or self._body[0] != key:
            self._body = (key, draw(self._figure, still, size, palette))
        body = self._body[1]
        if data.cursor is not None:
            share = (data.cursor - data.first) / (data.last - data.first)
            body = with_cursor(body, share, palette["cursor"].hex)
        return Text("\n").join((heading, body))
