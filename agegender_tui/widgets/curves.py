"""The learning curves: four charts in a grid, or one of them alone, and the line below them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Grid, Vertical
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from agegender_tui import horizontal
from agegender_tui.legend import Name, names_within
from agegender_tui.readout import epoch_there, readout, whereabouts
from agegender_tui.series import METRICS, SMOOTHING, Look, plot
from agegender_tui.widgets.chart import BEST_MARK, CurveChart, colours, glyph
from trainer.runs.course import Course

FRAME_SECONDS = 0.02


class Curves(Vertical):
    """The charts in a grid, or one of them alone, and a line with the legend or the readout."""

    def __init__(self) -> None:
        super().__init__(id="curves")
        self.look = Look()
        self.chosen = 0
        self.single = False
        self._courses: Mapping[str, Course] = {}
        self._names: Mapping[str, Name] = {}
        self._waiting: list[CurveChart] = []

    def compose(self) -> ComposeResult:
        with Grid(id="charts"):
            for metric in METRICS:
                yield CurveChart(metric)
        yield Static(id="legend", markup=False)

    @property
    def charts(self) -> list[CurveChart]:
        return list(self.query(CurveChart))

    def show(self, courses: Mapping[str, Course], names: Mapping[str, Name]) -> None:
        """Take the course of each run by its id, and the runs' names for the legend."""
        self._courses, self._names = courses, names
        self.redraw()

    def choose(self, number: int, single: bool) -> None:
        """Make one chart the chosen one; show it alone if `single`."""
        self.chosen, self.single = number % len(METRICS), single
        self.set_class(single, "-single")
        for index, chart in enumerate(self.charts):
            chart.display = not single or index == self.chosen
            chart.set_class(index == self.chosen, "-chosen")
        self.redraw()

    # How the charts are looked at

    def smooth(self) -> None:
        """The next smoothing, or none after the strongest."""
        now = SMOOTHING.index(self.look.smoothing)
        self._look(smoothing=SMOOTHING[(now + 1) % len(SMOOTHING)])

    def switch_log(self) -> None:
        """A logarithmic vertical axis, or a linear one again."""
        self._look(log=not self.look.log)

    def switch_axis(self) -> None:
        """Time of work along the charts, or epochs again; the cursor stays on its epoch."""
        by_time, cursor = not self.look.by_time, None
        if self.look.cursor is not None:
            for course in self._courses.values():
                index = horizontal.at_or_before(course, self.look.cursor, self.look.by_time)
                if index is not None:
                    cursor = horizontal.places(course, by_time)[index]
                    break
        self._look(by_time=by_time, cursor=cursor, span=None)

    def zoom(self, step: int) -> None:
        """Show half for 1, double for -1, all for 0, which drops the cursor as well."""
        if step == 0:
            self._look(span=None, cursor=None)
            return
        by_time, courses = self.look.by_time, self._courses.values()
        whole = horizontal.total(courses, by_time)
        least = horizontal.least_span(courses, by_time)
        self._look(span=horizontal.zoomed(whole, self.look.span, step, least))

    def move_cursor(self, step: int) -> None:
        """One epoch back or on; the first time to the best epoch of the first run."""
        by_time, courses = self.look.by_time, self._courses.values()
        last = horizontal.total(courses, by_time)
        if not last:
            return
        first = next(iter(courses))
        start = last
        if first.best is not None:
            start = first.seconds_of(first.best.epoch) if by_time else float(first.best.epoch)
        self._look(cursor=horizontal.moved(courses, self.look.cursor, start, step, by_time))

    def jump(self, step: int) -> None:
        """The cursor to the first epoch for -1, to the last for 1."""
        by_time = self.look.by_time
        place = horizontal.outermost(self._courses.values(), step, by_time)
        if place is not None:
            self._look(cursor=place)

    def _look(self, **changes: object) -> None:
        self.look = dataclasses.replace(self.look, **changes)  # type: ignore[arg-type]
        self.redraw()

    # Drawing

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
        chart.show(plot(self._courses, chart.metric, self.look, max(chart.size.width, 20)))
        if self._waiting:
            self.set_timer(FRAME_SECONDS, self._draw_next)

    def on_resize(self, event: Resize) -> None:
        self.redraw()

    def _tell(self) -> None:
        # Its height is fixed: a new layout would draw the whole screen for each key.
        line = self.query_one("#legend", Static)
        look, width = self.look, line.content_size.width
        if len(self._courses) > 1:
            line.update(self._legend_of_several(width), layout=False)
        elif look.cursor is not None:
            course = next(iter(self._courses.values()), Course())
            line.update(Content(readout(course, look.cursor, width, look.by_time)), layout=False)
        else:
            line.update(self._legend(), layout=False)

    def _legend(self) -> Content:
        parts: list[Content | tuple[str, str] | str] = []
        for role in ("training", "validation"):
            parts += [self._sample(role), f" {role}   "]
        return Content.assemble(*parts, self._best_sample(), "   ", self._way_of_looking())

    def _legend_of_several(self, width: int) -> Content:
        """The runs; with a cursor also where it is, and which epoch of each run is read there."""
        look, names = self.look, [self._names[run] for run in self._courses]
        parts: list[Content | tuple[str, str] | str] = []
        notes = [""] * len(names)
        if look.cursor is not None:
            parts.append(whereabouts(look.cursor, look.by_time) + "   ")
            notes = [epoch_there(c, look.cursor, look.by_time) for c in self._courses.values()]
        samples = [Content.assemble(self._sample(str(n)), " ") for n in range(len(names))]
        taken = Content.assemble(*parts, *samples).cell_length + 3 * len(names)
        for sample, words in zip(samples, names_within(names, notes, width - taken), strict=True):
            parts += [sample, Content(words), "   "]
        if look.cursor is None:
            parts += [self._best_sample(), "   "]
        return Content.assemble(*parts, self._way_of_looking(), "   validation only")

    def _sample(self, role: str) -> tuple[str, str]:
        return glyph(role), colours(self.app.current_theme, self.app.theme_variables)[role].hex

    def _best_sample(self) -> Content:
        colour = colours(self.app.current_theme, self.app.theme_variables)["best"]
        return Content.assemble((BEST_MARK, colour.hex), " best epoch")

    def _way_of_looking(self) -> str:
        words = "by time of work" if self.look.by_time else "by epoch"
        if self.look.smoothing:
            words += f"   smoothed {self.look.smoothing:g}, raw values behind"
        if self.look.span and self.look.by_time:
            words += f"   {horizontal.words(self.look.span, True)} shown"
        elif self.look.span:
            words += f"   {self.look.span:.0f} epochs shown"
        return words
