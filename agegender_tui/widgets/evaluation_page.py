"""One view of evaluations: words, charts, curves or faces; or a sentence on why there is none."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from agegender_tui.dataset.grid_layout import USUAL_STEP
from agegender_tui.evaluating.charts import CHART_WIDTH, Chart
from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.pages import CURVES, WORST, Page
from agegender_tui.evaluating.wall import Wall
from agegender_tui.legend import Name
from agegender_tui.widgets.chart import colours, glyph
from agegender_tui.widgets.curves import Curves
from agegender_tui.widgets.evaluation_chart import EvaluationChart
from agegender_tui.widgets.face_grid import FaceGrid
from trainer.runs.layout import short_name

CAPTIONS = 2
ROOMY_FROM = 36  # lines of the terminal: below, faces are smaller, so that two rows are seen


class EvaluationPage(Vertical):
    """Shows a `Page`; knows nothing of files."""

    def __init__(self) -> None:
        super().__init__(id="shown-page")
        self.page: Page | None = None

    def compose(self) -> ComposeResult:
        with Container(id="page"):
            with VerticalScroll(id="words"):
                yield Static(id="words-text", markup=False)
            yield Container(id="plots")
            yield Curves()
            step = USUAL_STEP - (self.app.size.height < ROOMY_FROM)
            yield FaceGrid(id="wall", captions=CAPTIONS, step=step)
            yield Static(id="sentence", markup=False)
        with VerticalScroll(id="below"):
            yield Static(id="note", markup=False)

    def show(self, page: Page) -> None:
        """Replace what is shown; the place in the same view stays."""
        if not self.query("#note"):
            return  # the dashboard is being closed
        if self.page is None or page.view != self.page.view:
            self.query_one("#words", VerticalScroll).scroll_home(animate=False)
        below = self.query_one("#below", VerticalScroll)
        if self.page is None or page.note != self.page.note:
            below.scroll_home(animate=False)
        self.page = page
        shown = self._shown(page)
        for child in self.query_one("#page").children:
            child.set_class(child.id == shown, "-shown")
        note = self._note(page)
        below.display = bool(note.plain)
        self.query_one("#note", Static).update(note)
        if shown == "sentence":
            self.query_one("#sentence", Static).update(page.sentence)
        elif page.words is not None:
            self.query_one("#words-text", Static).update(page.words)
        elif page.courses:
            names = {run: Name(short_name(run)) for run in page.courses}
            self.query_one(Curves).show(page.courses, names)
        elif page.wall is not None:
            wall = page.wall
            self.query_one(FaceGrid).fill(wall, range(len(wall)))
        else:
            self._plot(page.charts)

    def _shown(self, page: Page) -> str:
        if page.sentence:
            return "sentence"
        if page.words is not None:
            return "words"
        if page.courses:
            return "curves"
        return "plots" if page.charts else "wall"

    def _plot(self, charts: Sequence[Chart]) -> None:
        plots = self.query_one("#plots", Container)
        there = list(plots.query(EvaluationChart))
        for extra in there[len(charts) :]:
            extra.remove()
        new = [EvaluationChart() for _ in charts[len(there) :]]
        plots.mount_all(new)
        across = self._across(len(charts))
        plots.styles.grid_size_columns = across
        plots.styles.grid_size_rows = -(-len(charts) // across)
        for chart, data in zip([*there, *new], charts, strict=False):
            chart.show(data)

    def _across(self, count: int) -> int:
        """How many charts go side by side."""
        fit = max(1, self.size.width // CHART_WIDTH)
        if self.size.height >= 24 and count == 2 and self.size.width < 100:
            return 1
        return max(1, min(count, fit, 3 if count != 4 else 2))

    def on_resize(self) -> None:
        if self.page is not None and self.page.charts:
            self._plot(self.page.charts)

    def _note(self, page: Page) -> Content:
        parts: list[Content | str] = []
        if page.charts and page.names:
            theme = colours(self.app.current_theme, self.app.theme_variables)
            for role, name in enumerate(page.names):
                colour = theme[str(role)].hex
                parts += [Content.assemble((glyph(str(role)), colour), f" {name}"), "   "]
        if page.wall is not None and not page.sentence:
            parts += [f"{page.names[0]}, label → what was said   "]
        return Content.assemble(*parts, page.note)

    # The faces

    @property
    def wall(self) -> Wall | None:
        """The faces shown, if faces are."""
        return self.page.wall if self.page is not None else None

    def exclude(self, wall: Wall, names: frozenset[str]) -> None:
        """Show which faces are excluded, unless others are shown by now."""
        if self.page is not None and self.page.wall is wall:
            excluding = wall.excluding(names)
            self.page = dataclasses.replace(self.page, wall=excluding)
            self.query_one(FaceGrid).fill(excluding, range(len(excluding)))

    @property
    def line_of_face(self) -> str:
        """The face under the cursor in words, '' where none is."""
        row = self.query_one(FaceGrid).current
        if self.wall is None or row is None or row >= len(self.wall):
            return ""
        return f"{self.wall.line(row)} · enter: on the Data screen"

    def face_of(self, chosen: Sequence[Listed], which: int) -> tuple[Listed | None, str]:
        """The evaluation whose faces are shown, and the name of the one under the cursor."""
        done = [one for one in chosen if one.done]
        name = self.query_one(FaceGrid).current_name
        if self.wall is None or not done or not name:
            return None, ""
        return done[which % len(done)], name

    def to_first_face(self) -> None:
        self.query_one(FaceGrid).action_move_to(0)

    # Keys

    @property
    def takes_keys(self) -> Widget | None:
        """The widget that takes the arrow keys."""
        if self.page is None or self.page.sentence:
            return None
        if self.page.charts or self.page.courses:
            return self.query_one("#below")
        return self.query_one("#words" if self.page.words is not None else "#wall")

    def zoom(self, by: int) -> None:
        """Larger faces, or half of the epochs."""
        if self.page is not None and self.page.view == WORST:
            self.query_one(FaceGrid).zoom(by)
        elif self.page is not None and self.page.view == CURVES:
            self.query_one(Curves).zoom(by)

    def move_cursor(self, by: int) -> None:
        """The cursor of the curves."""
        if self.page is not None and self.page.view == CURVES:
            self.query_one(Curves).move_cursor(by)
