"""The Run screen: live curves and everything else about a run, rebuilt from its directory."""

from __future__ import annotations

import dataclasses
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
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, Static

from agegender_tui import launch
from agegender_tui.chart_export import export_curves
from agegender_tui.follow import Follower, News
from agegender_tui.keymap import bindings
from agegender_tui.run_states import GLYPHS
from agegender_tui.run_view import RunView
from agegender_tui.series import SMOOTHING, best_epoch, zoomed
from agegender_tui.widgets.curves import MOST_RUNS, Curves
from agegender_tui.widgets.gauges import Gauges
from agegender_tui.widgets.log_pane import LogPane, WorkerLogPane, tail
from agegender_tui.widgets.progress import RunProgress
from agegender_tui.widgets.run_header import RunHeader
from agegender_tui.widgets.run_trouble import RunTrouble
from agegender_tui.widgets.settings_pane import SettingsPane
from trainer.errors import UserError
from trainer.runs.layout import RunDir
from trainer.text import printable

PANES = ("log", "settings", "system", "worker-log")
LEAST_WIDTH, LEAST_HEIGHT = 50, 14
DRAW_SECONDS = 0.5


def arrangement(width: int, height: int) -> str:
    """How a screen of that size is laid out.

    tiny: one sentence. low: one chart. short: four charts, a pane in their place on request.
    tall: a pane below the charts. wide: settings and log beside them.
    """
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return "tiny"
    if height < 20 or width < 70:
        return "low"
    if height < 34:
        return "short"
    return "wide" if width >= 160 else "tall"


class RunScreen(Screen[None]):
    """One run live, or several overlaid: the first is the one that keys steer."""

    CSS_PATH = "run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("run")]

    class NewsWaiting(Message):
        """The follower has something for `take`."""

    def __init__(
        self, runs_root: Path, run_ids: list[str], now: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.runs_root = runs_root
        self._now = now
        self.views = {name: _new_view(RunDir(runs_root / name)) for name in run_ids[:MOST_RUNS]}
        self._follower = Follower(
            [view.run for view in self.views.values()],
            lambda: self.post_message(self.NewsWaiting()),
        )
        self._layout = "short"
        self._pane: str | None = None
        self._full = False
        self._hidden = False
        self._drawn = 0.0
        self._draw_timer: Timer | None = None

    @property
    def view(self) -> RunView:
        """The run that the keys steer."""
        return next(iter(self.views.values()))

    @property
    def run_ids(self) -> list[str]:
        return list(self.views)

    def compose(self) -> ComposeResult:
        yield RunHeader()
        yield RunTrouble()
        yield RunProgress()
        yield Static(id="sentence", markup=False)
        with Container(id="body"):
            yield Curves()
            with Container(id="panes"):
                yield SettingsPane()
                yield LogPane()
                yield Gauges(stacked=True, id="system")
                yield WorkerLogPane()
        yield Gauges()
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.curves = self.query_one(Curves)
        if self.view.config:
            self.query_one(SettingsPane).show(self.view.config)
        self._arrange()
        self._tell()
        self.set_interval(1.0, self._tick)
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
                grew |= _take_in(view, news)
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
        names = {run_id: _name(view) for run_id, view in self.views.items()}
        self.curves.show({run_id: view.history for run_id, view in self.views.items()}, names)

    def _tick(self) -> None:
        if self._hidden:
            return
        if self.view.active:
            self._tell()
        if self._shows("worker-log"):
            self._show_worker_log()

    def _tell(self) -> None:
        """Everything but the charts: cheap, so done with every piece of news."""
        if self._hidden or not self.is_mounted:
            return
        view = self.view
        self.query_one(RunHeader).show(view, len(self.views) - 1, self._now())
        self.query_one(RunTrouble).show(view)
        self.query_one(RunProgress).show(view)
        for gauges in self.query(Gauges):
            gauges.show(view.system)
        self.query_one(LogPane).show(view.log, view.logged)
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
        paged = self._layout in ("low", "short")
        self.set_class(paged and self._pane is not None and not self._full, "-page")
        self.set_class(self._full, "-full")
        for pane in self.query("#panes > *"):
            pane.set_class(self._shows(pane.id or ""), "-shown")
        self.curves.choose(self.curves.chosen, self._full or self._layout == "low")

    def _shows(self, pane: str) -> bool:
        if self._full:
            return False
        if self._layout == "wide":
            return pane == "settings" or pane == self._wide_pane()
        if self._layout == "tall":
            return pane == (self._pane or "log")
        return pane == self._pane

    def _wide_pane(self) -> str:
        return self._pane if self._pane and self._pane != "settings" else "log"

    def action_pane(self) -> None:
        if self._layout == "wide":
            choices: list[str | None] = [pane for pane in PANES if pane != "settings"]
            current: str | None = self._wide_pane()
        elif self._layout == "tall":
            choices, current = list(PANES), self._pane or "log"
        else:
            choices, current = [None, *PANES], self._pane
        self._pane = choices[(choices.index(current) + 1) % len(choices)]
        self._arrange()
        if self._shows("worker-log"):
            self._show_worker_log()

    def action_scroll_pane(self, step: int) -> None:
        wanted = ("settings",) if self._layout == "wide" and not self._pane else PANES
        for name in wanted:
            if self._shows(name):
                pane = self.query_one(f"#{name}")
                pane.scroll_relative(y=step * max(pane.size.height // 2, 1), animate=False)

    @work(thread=True, exclusive=True, group="worker-log")
    def _show_worker_log(self) -> None:
        lines = tail(self.view.run.log_file)
        self.app.call_from_thread(self.query_one(WorkerLogPane).show, lines)

    # Charts

    def action_full(self) -> None:
        self._full = not self._full
        self._arrange()

    def action_next_chart(self) -> None:
        self.curves.choose(self.curves.chosen + 1, self.curves.single)

    def action_previous_chart(self) -> None:
        self.curves.choose(self.curves.chosen - 1, self.curves.single)

    def action_cursor(self, step: int) -> None:
        last = self._last_epoch()
        if not last:
            return
        cursor = self.curves.look.cursor
        if cursor is None:
            best = best_epoch(self.view.history)
            cursor = best.epoch if best else last
        else:
            cursor = min(max(cursor + step, 1), last)
        self._look(cursor=cursor)

    def action_zoom(self, step: int) -> None:
        if step == 0:
            self._look(span=None, cursor=None)
        else:
            self._look(span=zoomed(self._last_epoch(), self.curves.look.span, step))

    def action_smooth(self) -> None:
        now = SMOOTHING.index(self.curves.look.smoothing)
        self._look(smoothing=SMOOTHING[(now + 1) % len(SMOOTHING)])

    def action_log(self) -> None:
        self._look(log=not self.curves.look.log)

    def _look(self, **changes: object) -> None:
        self.curves.look = dataclasses.replace(self.curves.look, **changes)  # type: ignore[arg-type]
        self.curves.redraw()

    def _last_epoch(self) -> int:
        histories = (view.history for view in self.views.values())
        return max((history[-1].epoch for history in histories if history), default=0)

    @work
    async def action_overlay(self) -> None:
        from agegender_tui.screens.pick_run import PickRunScreen

        chosen = await self.app.push_screen_wait(
            PickRunScreen(self.runs_root, self.view.run.id, self.run_ids[1:])
        )
        if chosen is None:
            return
        if chosen in self.views:
            self._follower.remove(chosen)
            del self.views[chosen]
        elif len(self.views) >= MOST_RUNS:
            self._say(f"{MOST_RUNS} runs are shown: take one away first", "error")
            return
        else:
            run = RunDir(self.runs_root / chosen)
            self.views[chosen] = _new_view(run)
            self._follower.add(run)
        self._tell()
        self._draw()

    # Commands

    def action_pause(self) -> None:
        self._command("pause")

    def action_stop(self) -> None:
        self._command("stop")

    def action_resume(self) -> None:
        run = self.view.run
        self._carry_out(lambda: launch.resume(run))

    def _command(self, word: str) -> None:
        run = self.view.run

        def send() -> str:
            launch.ask(run, word)
            return f"asked {run.id} to {word}"

        self._carry_out(send)

    @work
    async def action_kill(self) -> None:
        from agegender_tui.screens.confirm import ConfirmScreen

        run = self.view.run
        question = (
            f"Kill the worker of {run.id} now? What it did since its last checkpoint is lost."
        )
        if not await self.app.push_screen_wait(ConfirmScreen(question, yes="Kill")):
            return
        self._carry_out(lambda: launch.kill(run))

    def action_export(self) -> None:
        wanted = [(view.run, view.history) for view in self.views.values()]
        elsewhere = Path.cwd() / "exports"

        def export() -> str:
            paths = [path for pair in wanted for path in export_curves(*pair, elsewhere)]
            return "wrote " + " and ".join(printable(str(path)) for path in paths)

        self._carry_out(export)

    @work(thread=True, group="command", exit_on_error=False)
    def _carry_out(self, what: Callable[[], str]) -> None:
        try:
            said, level = what(), "information"
        except UserError as error:
            said, level = str(error), "error"
        except OSError as error:
            said, level = f"that did not work: {error.strerror or error}", "error"
        self.app.call_from_thread(self._say, said, level)

    def _say(self, text: str, level: str) -> None:
        self.notify(
            printable(text), severity="error" if level == "error" else "information", markup=False
        )

    def action_back(self) -> None:
        if self._full:
            self.action_full()
        else:
            self.app.pop_screen()


def _new_view(run: RunDir) -> RunView:
    view = RunView(run)
    try:
        view.config = run.config()
        view.label = run.label()
    except UserError as error:
        view.problem = str(error)
    except (OSError, UnicodeDecodeError) as error:
        view.problem = f"{printable(str(run.path))}: cannot be read ({error})"
    return view


def _name(view: RunView) -> str:
    """What the legend calls a run: its label and the end of its id, which tells it apart."""
    return f"{printable(view.label)} ({view.run.id[-4:]})" if view.label else view.run.id


def _take_in(view: RunView, news: News) -> bool:
    """Bring `view` up to date; True if its curves grew."""
    if news.state is not None:
        view.state, view.shown = news.state, news.shown
    elif news.problem:
        view.shown = "broken"
    view.asked = news.asked
    view.problem = news.problem or ("" if view.config else view.problem)
    return view.apply(news.events)
