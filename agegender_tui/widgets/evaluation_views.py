"""The views of evaluations, of which one is shown: made on a thread, when what it shows changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from agegender_tui.error_log import log_traceback
from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.pages import COMPUTING, NONE, VIEWS, Page, page
from agegender_tui.evaluating.reading import Reader
from agegender_tui.evaluating.wall import TURNS
from agegender_tui.widgets.evaluation_page import EvaluationPage
from trainer.errors import UserError

PATIENCE = 0.3  # seconds until one is told that a view is being computed


class EvaluationViews(Vertical):
    """Tabs and, below them, the page; `view` is one of VIEWS. `shown` is called as soon as a page
    is there, before Textual hides what stood in its place."""

    def __init__(self, shown: Callable[[], None], id: str) -> None:
        super().__init__(id=id)
        self.view = next(iter(VIEWS))
        self._shown = shown
        self._turn = next(iter(TURNS))
        self._which = 0  # of the evaluations, where only one or two of them are shown
        self._reader = Reader()
        self._asked: object = None

    def compose(self) -> ComposeResult:
        yield Static(id="tabs", markup=False)
        yield EvaluationPage()

    @property
    def page(self) -> EvaluationPage:
        return self.query_one(EvaluationPage)

    def tell_tabs(self) -> None:
        """Show which view it is."""
        tabs = [
            Content.styled(f" {words} ", "reverse" if name == self.view else "$text-muted")
            for name, words in VIEWS.items()
        ]
        self.query_one("#tabs", Static).update(Content("").join(tabs))

    # Which view of what

    def choose(self, view: str) -> None:
        """From now on show this view."""
        if view != self.view:
            self.view, self._which = view, 0

    def step(self, by: int) -> None:
        """Go on to another view, or back."""
        names = list(VIEWS)
        self.choose(names[(names.index(self.view) + by) % len(names)])

    def turn_wall(self) -> None:
        """Order the faces by the other error: of age, or of gender."""
        names = list(TURNS)
        self._turn = names[(names.index(self._turn) + 1) % len(names)]
        self.page.to_first_face()

    def first(self) -> None:
        """Show the first of the evaluations, others having been chosen."""
        self._which = 0

    def other(self) -> None:
        """Show the next of the evaluations, where only one or two of them are shown."""
        self._which += 1
        self.page.to_first_face()

    def face_of(self, chosen: Sequence[Listed]) -> tuple[Listed | None, str]:
        """The evaluation whose faces are shown, and the name of the one under the cursor."""
        return self.page.face_of(chosen, self._which)

    # Making it

    def look(self, chosen: list[Listed], width: int) -> None:
        """Have the view of these made, `width` cells wide, unless it is; of none there is none."""
        if not chosen:
            if self._asked is not None:
                self._asked = None
                self.workers.cancel_group(self, "page")
                self.page.show(Page(self.view, sentence=NONE))
            return
        wanted = (self.view, tuple(chosen), self._turn, self._which, width)
        if wanted != self._asked:
            self._asked = wanted
            self.set_timer(PATIENCE, lambda: self._say_computing(wanted))
            self._make(self.view, chosen, self._turn, self._which, width)

    def _say_computing(self, wanted: object) -> None:
        """Where another view still stands, it must not be taken for this one."""
        there = self.page.page
        if wanted is self._asked and (there is None or there.view != self.view):
            self.page.show(Page(self.view, sentence=COMPUTING))

    @work(thread=True, exclusive=True, group="page")
    def _make(self, view: str, chosen: list[Listed], turn: str, which: int, width: int) -> None:
        worker = get_current_worker()
        try:
            made = page(view, chosen, self._reader, turn, which, width)
        except Exception as error:  # the screen outlives a fault of ours in here
            made = Page(view, sentence=f"not shown, by a fault; {log_traceback(error)}")
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take, made)

    def _take(self, made: Page) -> None:
        if made.view == self.view:
            self.page.show(made)
            self._shown()
            self.look_for_exclusions()

    @work(thread=True, exclusive=True, group="exclusions")
    def look_for_exclusions(self) -> None:
        """Show which faces of the wall the user has excluded by now."""
        from trainer.data.exclusions import read_curation

        wall = self.page.wall
        if wall is None:
            return
        try:
            names = read_curation(wall.folder).excluded
        except UserError:
            return  # the Data screen says so
        if names != wall.left_out:
            self.app.call_from_thread(self.page.exclude, wall, names)
