"""A chart of an evaluation, drawn by plotext on a thread, under its title."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual import work
from textual.color import Color
from textual.widget import Widget
from textual.worker import get_current_worker
from textual_plotext.plot import Plot as Figure

from agegender_tui.evaluating.charts import Chart, thinned
from agegender_tui.ticks import tick_texts, ticks
from agegender_tui.widgets.chart import MARKERS, SPARE_TICK, colours
from trainer.text import printable

BAR_MARK = "│"
LEAST = (16, 5)


def draw(data: Chart, size: tuple[int, int], palette: Mapping[str, Color]) -> Text:
    """The chart as text of `size` columns and rows."""
    width, height = size
    figure = Figure()
    figure.theme("clear")
    figure.plotsize(width, height)
    figure._set_size(width, height)
    figure.xaxes(True, False)
    figure.yaxes(True, False)
    figure.xlim(*data.along)
    figure.ylim(*data.up)
    if data.ticks:
        every = max(1, -(-len(data.ticks) * 7 // width))
        shown = data.ticks[(len(data.ticks) - 1) % every :: every]  # with the last, the open band
        figure.xticks([place for place, _ in shown], [word for _, word in shown])
    else:
        places = ticks(*data.along, max(width // SPARE_TICK, 2))
        figure.xticks(places, tick_texts(places, False))
    places = ticks(*data.up, max((height - 2) // 2, 2))
    figure.yticks(places, tick_texts(places, False))
    if data.guide is not None:
        xs, ys = zip(*data.guide, strict=True)
        figure.plot(list(xs), list(ys), marker="braille", color=palette["best"].rgb)
    for one in data.series:
        for x, low, high in one.bars:
            faint = palette[one.role].blend(palette["surface"], 0.35).rgb
            figure.plot([x, x], [low, high], marker=BAR_MARK, color=faint)
    for one in data.series:
        colour = palette[one.role].rgb
        points = one.points if one.joined else thinned(one.points, data.along, data.up, size)
        xs, ys = zip(*points, strict=True)
        marker = one.marker or (MARKERS[one.role] if one.joined else "braille")
        if one.joined and len(points) > 1:
            figure.plot(list(xs), list(ys), marker=marker, color=colour)
        else:
            figure.scatter(list(xs), list(ys), marker=marker, color=colour)
    return Text.from_ansi(figure.build().rstrip("\n"))


class EvaluationChart(Widget):
    """Drawn anew, on a thread, when its data, size or theme changed."""

    DEFAULT_CSS = "EvaluationChart { width: 1fr; height: 1fr; }"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.data: Chart | None = None
        self._drawn: tuple[object, Text] | None = None

    def show(self, data: Chart) -> None:
        self.data = data
        self._draw_anew()

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw_anew())

    def on_resize(self) -> None:
        self._draw_anew()

    @property
    def _key(self) -> tuple[object, ...]:
        return self.data, self.size, self.app.theme

    @property
    def drawn(self) -> bool:
        """Whether what is to be seen is seen."""
        return self._drawn is not None and self._drawn[0] == self._key

    def _draw_anew(self) -> None:
        data, size = self.data, (self.size.width, self.size.height - 1)
        if data is None or self.drawn or size[0] < LEAST[0] or size[1] < LEAST[1]:
            return
        palette = colours(self.app.current_theme, self.app.theme_variables)
        self._draw(self._key, data, size, palette)

    @work(thread=True, exclusive=True, group="evaluation-chart")
    def _draw(
        self, key: object, data: Chart, size: tuple[int, int], palette: Mapping[str, Color]
    ) -> None:
        if data.empty or not data.series:
            body = Text(f"\n  {data.empty}", style="dim")
        else:
            body = draw(data, size, palette)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take, key, body)

    def _take(self, key: object, body: Text) -> None:
        if key == self._key:
            self._drawn = key, body
            self.refresh()

    def render(self) -> Text:
        if self.data is None:
            return Text()
        title = Text(printable(self.data.title), style="bold")
        title.truncate(self.size.width, overflow="ellipsis")
        if self._drawn is None:
            return title
        return Text("\n").join((title, self._drawn[1]))
