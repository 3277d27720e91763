"""The Run screen: live curves and everything else about a run, rebuilt from its directory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.events import Resize, ScreenResume, ScreenSuspend
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from agegender_tui.chart_export import export_curves, export_overlay
from agegender_tui.follow import Follower
from agegender_tui.keymap import bindings
from agegender_tui.run_layout import LEAST_HEIGHT, LEAST_WIDTH, AsLeft, PaneChoice, arrangement
from agegender_tui.run_news import take_in
from agegender_tui.run_states import GLYPHS
from agegender_tui.run_view import UNREAD, RunView
from agegender_tui.screens.steering import SteeringScreen
from agegender_tui.series import Look
from agegender_tui.silence import SILENT_SECONDS, as_of
from agegender_tui.widgets.curves import Curves
from agegender_tui.widgets.diagnosis_pane import DiagnosisPane
from agegender_tui.widgets.figures_pane import FiguresPane
from agegender_tui.widgets.gauges import Gauges
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.log_pane import LogPane, WorkerLogPane, tail
from agegender_tui.widgets.progress import RunProgress
from agegender_tui.widgets.run_header import RunHeader
from agegender_tui.widgets.run_trouble import RunTrouble
from agegender_tui.widgets.settings_pane import SettingsPane
from trainer.config import RunConfig
from trainer.errors import RunError, UserError
from trainer.runs.comparison import MOST_RUNS
from trainer.runs.layout import RunDir
from trainer.text import printable

DRAW_SECONDS = 0.5


class RunScreen(SteeringScreen):
    """One run live, or several overlaid: the first is the one that keys steer."""

    CSS_PATH = "run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("run")]

    class NewsWaiting(Message):
        """The follower has something for `take`."""

    class WorkerLogRead(Message):
        """The last lines of the worker's own log."""

        def __init__(self, lines: list[str]) -> None:
            super().__init__()
            self.lines = lines

    def __init__(
        self,
        runs_root: Path,
        run_ids: list[str],
        now: Callable[[], float] = time.time,
        as_left: AsLeft | None = None,
    ) -> None:
        super().__init__()
        self.runs_root = runs_root
        self._now = now
        self.views = {name: self._unread(name) for name in run_ids[:MOST_RUNS]}
        self._follower = Follower(
            [view.run for view in self.views.values()],
            lambda: self.post_message(self.NewsWaiting()),
        )
        self._layout = "short"
        self._look, self._pane = as_left.for_runs(run_ids) if as_left else (Look(), None)
        self._full = False
        self._hidden = False
        self._silent = self._reads_log = False
        self._drawn = 0.0
        self._draw_timer: Timer | None = None

    def _unread(self, name: str) -> RunView:
        return RunView(RunDir(self.runs_root / name), shown=UNREAD)

    @property
    def view(self) -> RunView:
        """The run that the keys steer."""
        return next(iter(self.views.values()))

    @property
    def run_ids(self) -> list[str]:
        return list(self.views)

    @property
    def as_left(self) -> AsLeft:
        """How the user looks at the runs, for a screen that comes later."""
        return AsLeft(tuple(self.run_ids), self.curves.look, self._pane)

    def target(self) -> RunDir:
        return self.view.run

    def compose(self) -> ComposeResult:
        yield RunHeader()
        yield RunTrouble()
        yield RunProgress()
        yield Static(id="sentence", markup=False)
        with Container(id="body"):
            yield Curves()
            with Container(id="panes"):
                yield SettingsPane()
                yield FiguresPane()
                yield LogPane()
                yield Gauges(stacked=True, id="system")
                yield WorkerLogPane()
                yield DiagnosisPane()
        yield Gauges()
        yield KeyFooter()

    def on_mount(self) -> None:
        self.curves = self.query_one(Curves)
        self.curves.look = self._look
        self._arrange()
        self._tell()
        self.set_interval(1.0, self._tick)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._colour_anew())
        self._follower.start()

    def on_unmount(self) -> None:
        self._follower.stop()

    def on_screen_suspend(self, event: ScreenSuspend) -> None:
        self._hidden = True

    def on_screen_resume(self, event: ScreenResume) -> None:
        if self._hidden:
            self._hidden = False
            self._tell()
            self._draw()

    def on_resize(self, event: Resize) -> None:
        self._arrange()
        self._tell()

    # What is new

    def on_run_screen_news_waiting(self) -> None:
        grew = False
        for news in self._follower.take():
            view = self.views.get(news.run.id)
            if view is not None:
                grew |= take_in(view, news)
        self._tell()
        if grew:
            self._draw_soon()

    def _draw_soon(self) -> None:
        """Draw now, or when half a second has passed since the last time."""
        if self._hidden or self._draw_timer is not None:
            return
        wait = self._drawn + DRAW_SECONDS - time.monotonic()
        if wait <= 0:
            self._draw()
        else:
            self._draw_timer = self.set_timer(wait, self._draw)

    def _draw(self) -> None:
        if self._draw_timer is not None:
            self._draw_timer.stop()
            self._draw_timer = None
        self._drawn = time.monotonic()
        names = {run_id: view.legend_name for run_id, view in self.views.items()}
        self.curves.show({run_id: view.course for run_id, view in self.views.items()}, names)

    def _colour_anew(self) -> None:
        self._tell()
        self.curves.redraw()

    def _tick(self) -> None:
        if self._hidden:
            return
        was_silent, self._silent = self._silent, self._follower.reading_for >= SILENT_SECONDS
        if self.view.active or self._silent or was_silent:
            self._tell()
        if "worker-log" in self._shown:
            self._show_worker_log()

    def _tell(self) -> None:
        """Everything but the charts: cheap, so done with every piece of news."""
        if self._hidden or not self.is_mounted:
            return
        view, silent = self.view, self._follower.reading_for
        self.query_one(RunHeader).show(view, len(self.views) - 1, as_of(self._now(), silent))
        self.query_one(RunTrouble).show(view, silent)
        if view.config:
            self.query_one(SettingsPane).show(view.config)
        self.query_one(RunProgress).show(view)
        for gauges in self.query(Gauges):
            gauges.show(view.system, view.active)
        self.query_one(LogPane).show(view.log, view.logged)
        if "figures" in self._shown:
            views = self.views.values()
            self.query_one(FiguresPane).show(
                [view.compared for view in views], [view.shown for view in views]
            )
        if "diagnosis" in self._shown:
            self.query_one(DiagnosisPane).show(list(self.views.values()))
        sentence = ""
        if self._layout == "tiny":
            progress = view.progress()
            sentence = (
                f"{GLYPHS.get(view.shown, '·')} {view.shown}, "
                f"epoch {progress.epoch}/{progress.epochs}. "
                f"The terminal is {self.size.width}×{self.size.height}: "
                f"the charts need {LEAST_WIDTH}×{LEAST_HEIGHT}."
            )
        elif view.problem:
            sentence = view.problem
        self.query_one("#sentence", Static).update(Content(sentence))
        self.set_class(bool(sentence), "-told")

    # Layout

    def _arrange(self) -> None:
        self._layout = arrangement(self.size.width, self.size.height)
        for name in ("tiny", "low", "short", "tall", "wide"):
            self.set_class(name == self._layout, f"-{name}")
        shown = self._shown
        self.set_class(self._choice.paged and bool(shown), "-page")
        self.set_class(self._full, "-full")
        self.set_class("figures" in shown or "diagnosis" in shown, "-higher")
        for pane in self.query("#panes > *"):
            pane.set_class(pane.id in shown, "-shown")
        self.curves.choose(self.curves.chosen, self._full or self._layout == "low")
        if "worker-log" in shown:
            self._show_worker_log()

    @property
    def _choice(self) -> PaneChoice:
        return PaneChoice(self._layout, self._pane, len(self.views) > 1)

    @property
    def _shown(self) -> tuple[str, ...]:
        """The panes on screen."""
        return () if self._full else self._choice.shown

    def _show_pane(self, name: str | None) -> None:
        self._pane, self._full = name, False
        self._arrange()
        # After the layout: what a pane shows depends on its width.
        self.call_after_refresh(self._tell)

    def action_pane(self) -> None:
        self._show_pane(self._choice.after())

    def action_figures(self) -> None:
        """The figures, or what was there instead of them."""
        if "figures" in self._shown:
            self._show_pane(None if self._choice.paged else "log")
        else:
            self._show_pane("figures")

    def action_scroll_pane(self, step: int) -> None:
        name = self._choice.scrolled
        if name and name in self._shown:
            pane = self.query_one(f"#{name}")
            pane.scroll_relative(y=step * max(pane.size.height // 2, 1), animate=False)

    def _show_worker_log(self) -> None:
        # Where the disk hangs, one thread waits for it, and not one more each second.
        if not self._reads_log:
            self._reads_log = True
            self._read_worker_log()

    @work(thread=True, group="worker-log")
    def _read_worker_log(self) -> None:
        self.post_message(self.WorkerLogRead(tail(self.view.run.log_file)))

    def on_run_screen_worker_log_read(self, event: WorkerLogRead) -> None:
        self._reads_log = False
        for pane in self.query(WorkerLogPane):  # none where the screen is taken down meanwhile
            pane.show(event.lines)

    # Charts

    def action_full(self) -> None:
        self._full = not self._full
        self._arrange()

    def action_next_chart(self) -> None:
        self.curves.choose(self.curves.chosen + 1, self.curves.single)

    def action_previous_chart(self) -> None:
        self.curves.choose(self.curves.chosen - 1, self.curves.single)

    def action_cursor(self, step: int) -> None:
        self.curves.move_cursor(step)

    def action_jump(self, step: int) -> None:
        self.curves.jump(step)

    def action_zoom(self, step: int) -> None:
        self.curves.zoom(step)

    def action_smooth(self) -> None:
        self.curves.smooth()

    def action_log(self) -> None:
        self.curves.switch_log()

    def action_axis(self) -> None:
        self.curves.switch_axis()

    # Other runs

    @work
    async def action_overlay(self) -> None:
        from agegender_tui.screens.pick_run import PickRunScreen

        chosen = await self.ask(PickRunScreen(self.runs_root, self.view.run.id, self.run_ids[1:]))
        if chosen is None:
            return
        if chosen in self.views:
            self._follower.remove(chosen)
            del self.views[chosen]
        elif len(self.views) >= MOST_RUNS:
            self.say(f"{MOST_RUNS} runs are shown: take one away first", "error")
            return
        else:
            self.views[chosen] = self._unread(chosen)
            self._follower.add(self.views[chosen].run)
        self._arrange()
        self._tell()
        self._draw()

    def action_diff(self) -> None:
        """The settings in which the overlaid runs differ; of one run, from its preset."""
        from agegender_tui.screens.config_diff import diff_screen, heading

        try:
            columns = [
                (heading(name, one.label), _settings(one)) for name, one in self.views.items()
            ]
            self.app.push_screen(diff_screen(columns))
        except UserError as error:
            self.say(str(error), "error")

    def action_export(self) -> None:
        runs = [view.compared for view in self.views.values()]
        elsewhere = Path("exports")

        def export() -> str:
            paths = (
                export_overlay(runs, elsewhere)
                if len(runs) > 1
                else export_curves(runs[0].run, runs[0].course.epochs, elsewhere)
            )
            return "wrote " + " and ".join(printable(str(path)) for path in paths)

        self.carry_out(self.view.run, export)

    def action_back(self) -> None:
        if self._full:
            self.action_full()
        else:
            self.app.pop_screen()


def _settings(view: RunView) -> RunConfig:
    """RunError if they are not read, and why."""
    if view.config is None:
        raise RunError(view.problem or f"{view.run.id}: its settings are not read yet")
    return view.config
