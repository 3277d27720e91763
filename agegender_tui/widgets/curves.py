"""The learning curves: four charts and their legend, drawn by plotext one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Grid, Vertical
from textual.content import Content
from textual.events import Resize
from textual.theme import Theme
from textual.widget import Widget
from textual.widgets import Static
from textual_plotext.plot import Plot as Figure

from agegender_tui.series import (
    METRICS,
    Look,
    Metric,
    Plot,
    log_ticks,
    plot,
    readout,
    tick_texts,
    ticks,
)
from trainer.runs.events import EpochEvent

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
MOST_RUNS = 6
FRAME_SECONDS = 0.02
BEST_MARK, CURSOR_MARK = "╎", "│"


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


def draw(figure: Figure, data: Plot, size: tuple[int, int], palette: Mapping[str, Color]) -> Text:
    """The chart as text of `size` columns and rows."""
    width, height = size
    figure.clear_figure()
    figure.theme("clear")
    figure.plotsize(width, height)
    figure._set_size(width, height)  # textual-plotext does so too: plotsize alone may not take
    figure.xaxes(True, False)
    figure.yaxes(True, False)
    figure.xlim(data.first, data.last)
    figure.ylim(data.low, data.high)
    places = ticks(data.first, data.last, max(width // 12, 2), whole=True)
    figure.xticks(places, [f"{place:.0f}" for place in places])
    find = log_ticks if data.log else ticks
    places = find(data.low, data.high, max((height - 2) // 2, 2))
    figure.yticks(places, tick_texts(places, data.log))
    bounds = [data.low, data.high]
    if data.first <= data.best <= data.last:
        figure.plot([data.best] * 2, bounds, marker=BEST_MARK, color=palette["best"].rgb)
    for line in data.lines:
        colour = palette[line.role]
        if line.faint:
            colour = colour.blend(palette["surface"], 0.6)
        # The raw values are dots behind: a line would hide the smoothed one.
        marker = "braille" if line.faint else MARKERS[line.role]
        draw_line = figure.scatter if line.faint or len(line.xs) == 1 else figure.plot
        draw_line(line.xs, line.ys, marker=marker, color=colour.rgb)
    if data.cursor is not None:
        figure.plot([data.cursor] * 2, bounds, marker=CURSOR_MARK, color=palette["cursor"].rgb)
    return Text.from_ansi(figure.build().rstrip("\n"))


class CurveChart(Widget):
    """One chart under its title. Drawn anew only when its data, size or theme changed."""

    def __init__(self, metric: Metric) -> None:
        super().__init__(id=f"chart-{metric.name.replace('_', '-')}")
        self.metric = metric
        self.data: Plot | None = None
        self._figure = Figure()
        self._drawn: tuple[object, Text] | None = None

    def show(self, data: Plot) -> None:
        if data != self.data:
            self.data = data
            self.refresh()

    def render(self) -> Text:
        data, size = self.data, (self.size.width, self.size.height - 1)
        if data is None or size[0] < 12 or size[1] < 3:
            return Text(self.metric.title)
        key = (data, size, self.app.theme)
        if self._drawn is None or self._drawn[0] != key:
            palette = colours(self.app.current_theme, self.app.theme_variables)
            self._drawn = (key, Text("\n").join((self._title(data), self._body(size, palette))))
        return self._drawn[1]

    def _title(self, data: Plot) -> Text:
        title = Text(data.metric.title, style="bold")
        if data.log:
            title.append(" (log)", style="dim")
        if data.best:
            title.append(f"  best {data.best_text} at {data.best}", style="not bold")
        title.truncate(self.size.width, overflow="ellipsis")
        return title

    def _body(self, size: tuple[int, int], palette: Mapping[str, Color]) -> Text:
        assert self.data is not None
        if not self.data.lines:
            return Text("\n  no finished epoch yet", style="dim")
        return draw(self._figure, self.data, size, palette)


class Curves(Vertical):
    """The charts in a grid, or one of them alone, and a line with the legend or the readout."""

    def __init__(self) -> None:
        super().__init__(id="curves")
        self.look = Look()
        self.chosen = 0
        self.single = False
        self._histories: Mapping[str, Sequence[EpochEvent]] = {}
        self._names: Mapping[str, str] = {}
        self._waiting: list[CurveChart] = []

    def compose(self) -> ComposeResult:
        with Grid(id="charts"):
            for metric in METRICS:
                yield CurveChart(metric)
        yield Static(id="legend", markup=False)

    @property
    def charts(self) -> list[CurveChart]:
        return list(self.query(CurveChart))

    def show(self, histories: Mapping[str, Sequence[EpochEvent]], names: Mapping[str, str]) -> None:
        """Take the epochs of each run by its id, and the runs' names for the legend."""
        self._histories, self._names = histories, names
        self.redraw()

    def choose(self, number: int, single: bool) -> None:
        """Make one chart the chosen one; show it alone if `single`."""
        self.chosen, self.single = number % len(METRICS), single
        self.set_class(single, "-single")
        for index, chart in enumerate(self.charts):
            chart.display = not single or index == self.chosen
            chart.set_class(index == self.chosen, "-chosen")
        self.redraw()

    def redraw(self) -> None:
        """Tell the line at once, then draw the charts one by one.

        Each in a frame of its own: together they would keep the next key waiting.
        """
        self._tell()
        idle = not self._waiting
        order = sorted(enumerate(self.charts), key=lambda pair: pair[0] != self.chosen)
        self._waiting = [chart for _, chart in order if chart.display]
        if idle and self._waiting:
            self.set_timer(FRAME_SECONDS, self._draw_next)

    def _draw_next(self) -> None:
        if not self._waiting:
            return
        chart = self._waiting.pop(0)
        chart.show(plot(self._histories, chart.metric, self.look, max(chart.size.width, 20)))
        if self._waiting:
            self.set_timer(FRAME_SECONDS, self._draw_next)

    def on_resize(self, event: Resize) -> None:
        self.redraw()

    def _tell(self) -> None:
        line = self.query_one("#legend", Static)
        if self.look.cursor is not None:
            line.update(
                Content(readout(self._histories, self.look.cursor, line.content_size.width))
            )
        else:
            line.update(self._legend())

    def _legend(self) -> Content:
        palette = colours(self.app.current_theme, self.app.theme_variables)
        if len(self._histories) < 2:
            roles = {"training": "training", "validation": "validation"}
        else:
            roles = {str(i): self._names[run] for i, run in enumerate(self._histories)}
        parts: list[Content | tuple[str, str] | str] = []
        for role, name in roles.items():
            marker = MARKERS[role]
            parts += [(GLYPHS.get(marker, marker), palette[role].hex), " ", Content(name), "   "]
        parts += [(BEST_MARK, palette["best"].hex), " best epoch"]
        if len(self._histories) > 1:
            parts.append("   validation only")
        if self.look.smoothing:
            parts.append(f"   smoothed {self.look.smoothing:g}, raw values behind")
        if self.look.span:
            parts.append(f"   {self.look.span} epochs shown")
        return Content.assemble(*parts)
