"""The application: screens, key map, themes, and leaving without stopping anything."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import work
from textual.app import App
from textual.binding import BindingType
from textual.dom import NoScreen
from textual.events import Event, InputEvent, Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from agegender_tui.called import called, use
from agegender_tui.commands import KeyCommands
from agegender_tui.daemon_threads import DaemonThreads
from agegender_tui.error_log import log_traceback
from agegender_tui.exit_status import HUNG_UP
from agegender_tui.keymap import LEADING, bindings, leads_from, scope_of
from agegender_tui.pictures import terminal_answers
from agegender_tui.pictures.output import measure_again
from agegender_tui.screens.dialog import AnsweredOnce
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.screens.too_small import TooSmallScreen, too_small
from agegender_tui.themes import THEMES
from agegender_tui.user_settings import DEFAULT_THEME, read_settings, save_theme, settings_file
from trainer.data.sample import sample_folder
from trainer.errors import ExitCode, UserError
from trainer.text import printable
from trainer.user_path import current_folder, user_path

if TYPE_CHECKING:
    from agegender_tui.screens.run import RunScreen
    from trainer.config import RunConfig
    from trainer.data.source import DataSource

LOOK_FOR_TERMINAL_SECONDS = 2.0
SAY_SECONDS = 0.5  # after which one who has left is told what for the shell is not back yet
END_SECONDS = 5.0  # that work in the background has to end once the dashboard is left


class AgeGenderApp(App[int]):
    """`open_run` is the path of a run to show at once; `data` and `demo` fill the new-run form;
    `pictures` names how pictures are shown, '' leaves it to the settings and the terminal."""

    TITLE = "agegender-tui"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    COMMANDS = App.COMMANDS | {KeyCommands}
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        runs_root: Path,
        *,
        demo: bool = False,
        data: str = "",
        open_run: str = "",
        pictures: str = "",
    ) -> None:
        super().__init__()
        self.runs_root = runs_root
        self.demo = demo
        self.data = data
        self.pictures = pictures
        self.left_active = 0
        self._left = False
        self._open_run = open_run
        self._last_run: RunScreen | None = None
        self.fault = ""
        for theme in THEMES:
            self.register_theme(theme)
        self.settings, self._warning = read_settings(settings_file())

    def on_mount(self) -> None:
        self.set_keymap(self.settings.keys)
        use(self.settings.keys)
        warnings = [self._warning]
        if self.settings.theme in self.available_themes:
            self.theme = self.settings.theme
        else:
            self.theme = DEFAULT_THEME
            name = printable(self.settings.theme)
            warnings.append(f"there is no theme '{name}': {DEFAULT_THEME} is used")
        self._kept_theme = self.theme
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep_theme(theme.name))
        self.push_screen(RunsScreen(self.runs_root))
        for warning in filter(None, warnings):
            self.notify(warning, severity="warning", markup=False)
        if self._open_run:
            self.open_runs([Path(self._open_run).name], Path(self._open_run).parent)
        self._cover_if_small(self.size)
        if not self.is_headless:
            self.set_interval(LOOK_FOR_TERMINAL_SECONDS, _end_without_terminal)

    @work(thread=True)
    def preload(self) -> None:
        """Import what a user opens next, charts and all, while the list is looked at."""
        for name in ("run", "dataset", "new_run", "predict", "evaluate", "tune"):
            importlib.import_module(f"agegender_tui.screens.{name}")

    def on_resize(self, event: Resize) -> None:
        measure_again(self)
        self._cover_if_small(event.size)

    def _cover_if_small(self, size: Size) -> None:
        # Before the first screen is there, `on_mount` sees to it.
        begun = len(self.screen_stack) > 1
        if begun and too_small(size) and not isinstance(self.screen, TooSmallScreen):
            self.push_screen(TooSmallScreen())

    def _keep_theme(self, name: str) -> None:
        """Write down what the user chose; the theme one starts with comes by here as well."""
        if name == self._kept_theme:
            return
        self._kept_theme = name
        problem = save_theme(settings_file(), name)
        if problem:
            self.notify(problem, severity="warning", markup=False)

    def open_runs(self, ids: list[str], root: Path | None = None) -> None:
        """Show a run, or several overlaid."""
        from agegender_tui.screens.run import RunScreen

        self._to_runs()
        root = root or self.runs_root
        screen = RunScreen(root, ids, as_left=self._last_run.as_left if self._last_run else None)
        self._last_run = screen
        self.push_screen(screen)

    def new_run(self, start_from: RunConfig | None = None, last_data: str = "") -> None:
        """Open the form; the run it starts is shown. `last_data` is proposed if nothing else is."""
        from agegender_tui.screens.new_run import NewRunScreen

        data = "" if start_from else self.data  # a run's settings name its own
        form = NewRunScreen(
            self.runs_root, start_from=start_from, data=data, last_data=last_data, demo=self.demo
        )
        self.push_screen(form, lambda run_id: self._started(run_id) if run_id else None)

    def _started(self, run_id: str) -> None:
        self.open_runs([run_id])
        # So that who goes back finds the keys on it, not on the run that was looked at before.
        if (runs := self._list_of_runs) is not None:
            runs.await_run(run_id)

    @property
    def _list_of_runs(self) -> RunsScreen | None:
        """It lies below all others."""
        runs = self.screen_stack[1] if len(self.screen_stack) > 1 else None
        return runs if isinstance(runs, RunsScreen) else None

    def _to_runs(self) -> None:
        while not isinstance(self.screen, RunsScreen) and len(self.screen_stack) > 2:
            if isinstance(self.screen, AnsweredOnce):
                self.screen.dismiss(None)  # or who asked would wait for ever
            else:
                self.pop_screen()

    def action_show_runs(self) -> None:
        if self._on_a_screen:
            self._to_runs()

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Textual takes the screen below for one that shines through, an opaque one above it too,
        and draws that one anew, whole, whenever the one below is told anything."""
        stack = self._screen_stack
        covered = bool(stack) and stack[-1].styles.background.a == 1
        return [] if covered else super()._background_screens

    @property
    def _on_a_screen(self) -> bool:
        """Whether the number keys lead elsewhere."""
        return leads_from(scope_of(self.screen.BINDINGS))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that leads nowhere is not in the footer; that of a screen below a dialog stays."""
        if action not in LEADING:
            return True
        whole = [screen for screen in self._screen_stack if not screen.is_modal]
        return bool(whole) and leads_from(scope_of(whole[-1].BINDINGS))

    def action_show_run(self) -> None:
        """The live run, the one looked at last, or the newest."""
        if self._on_a_screen and scope_of(self.screen.BINDINGS) != "run":
            self._to_runs()
        runs = self.screen
        if not isinstance(runs, RunsScreen):
            return
        active, newest = runs.active_ids()[:1], runs.newest_ids()[:1]
        last = self._last_run
        left = [name for name in last.run_ids if not runs.is_gone(name)] if last else []
        if active:
            self.open_runs(active)
        elif last is not None and left:
            self.open_runs(left, last.runs_root)
        elif newest:
            self.open_runs(newest)
        else:
            self.notify(
                f"There is no run yet: press {called('runs.new')} to start one", markup=False
            )

    def action_show_data(self) -> None:
        """The data set looked at last, else the one that new runs are proposed."""
        if not self._on_a_screen or scope_of(self.screen.BINDINGS) == "data":
            return
        from agegender_tui.screens.dataset import DatasetScreen
        from trainer.data.registered import resolve
        from trainer.data.source import DataSource

        self._to_runs()
        if not self.is_screen_installed("data"):
            try:
                source = resolve(self.data) if self.data else DataSource(sample_folder())
            except UserError as error:
                self.notify(str(error), severity="error", markup=False)
                return
            self.install_screen(DatasetScreen(source, self.runs_root), "data")
        self.push_screen("data")

    def show_face(self, source: DataSource, name: str) -> None:
        """One face of a data set on the Data screen, where it can be excluded."""
        from agegender_tui.screens.dataset import DatasetScreen

        self._to_runs()
        if self.is_screen_installed("data"):
            self.push_screen("data")
            cast(DatasetScreen, self.get_screen("data")).seek(source, name)
        else:
            self.install_screen(DatasetScreen(source, self.runs_root, name), "data")
            self.push_screen("data")

    def action_show_predict(self) -> None:
        """The pictures looked at last, else those of the current folder."""
        if not self._on_a_screen or scope_of(self.screen.BINDINGS) == "predict":
            return
        from agegender_tui.screens.predict import PredictScreen
        from trainer.data.registered import resolve

        self._to_runs()
        if not self.is_screen_installed("predict"):
            folder = sample_folder() if self.demo else _here()
            if self.data:
                with contextlib.suppress(UserError):  # then the tree begins where one is
                    folder = resolve(self.data).folder
            self.install_screen(PredictScreen(folder, self.runs_root, demo=self.demo), "predict")
        self.push_screen("predict")

    def action_show_evaluate(self) -> None:
        """The evaluations below the folder of the runs."""
        if not self._on_a_screen or scope_of(self.screen.BINDINGS) == "evaluate":
            return
        from agegender_tui.screens.evaluate import EvaluateScreen

        self._to_runs()
        if not self.is_screen_installed("evaluate"):
            self.install_screen(EvaluateScreen(self.runs_root), "evaluate")
        self.push_screen("evaluate")

    def action_show_tune(self) -> None:
        """The studies in the folder of the runs."""
        if not self._on_a_screen or scope_of(self.screen.BINDINGS) == "tune":
            return
        from agegender_tui.screens.tune import TuneScreen

        self._to_runs()
        if not self.is_screen_installed("tune"):
            self.install_screen(TuneScreen(self.runs_root), "tune")
        self.push_screen("tune")

    def show_runs_of(self, filter_text: str) -> None:
        """The list of runs, narrowed to those that fit."""
        self._to_runs()
        if isinstance(self.screen, RunsScreen):
            self.screen.narrow_to(filter_text)

    @property
    def last_data(self) -> str:
        """Data set of the newest run; '' while none is known."""
        runs = self._list_of_runs
        return runs.last_data if runs is not None else ""

    def action_help(self) -> None:
        from agegender_tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(scope_of(self.screen.BINDINGS), self.settings.keys))

    async def action_leave(self) -> None:
        await asyncio.sleep(0)  # what was asked for by the key before gets its thread
        runs = self._list_of_runs
        self.left_active = len(runs.active_ids()) if runs is not None else 0
        self._left = True
        self.exit(0)

    async def on_event(self, event: Event) -> None:
        """Once it is left, what is typed opens no screen, whose widgets would never come."""
        if not (self._left and isinstance(event, InputEvent)):
            await super().on_event(event)

    def call_from_thread(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What a thread brings to a screen that is being taken down is dropped."""
        owner = getattr(callback, "__self__", None)

        def bring() -> Any:
            return callback(*args, **kwargs) if _has_its_widgets(owner) else None

        return super().call_from_thread(bring)

    async def action_quit(self) -> None:
        """Textual's own key for leaving, and the palette's entry."""
        await self.action_leave()

    def action_help_quit(self) -> None:
        q = called("app.quit")
        self.notify(f"{q} leaves the dashboard; runs go on. In a form: esc, then {q}", markup=False)

    def _fatal_error(self) -> None:
        """The traceback of a fault of ours goes to a file; the terminal gets one line."""
        error = sys.exception()
        self.fault = log_traceback(error or self._exception or RuntimeError("unknown fault"))
        self._close_messages_no_wait()


def _has_its_widgets(owner: object) -> bool:
    """Whether the screen of a widget is whole; so is what is none. An app that is closing takes its
    widgets down from the leaves up."""
    if not isinstance(owner, Widget):
        return True
    try:
        return owner.app.is_running and bool(owner.screen.children)
    except NoScreen:
        return False


def _here() -> Path:
    """The current folder, or the user's own where that is gone."""
    try:
        return current_folder()
    except UserError:
        return user_path("~")


def _end_without_terminal() -> None:
    """A terminal that does not control the process, as below `setsid`, goes without a signal, and
    Textual would read its end again and again."""
    try:
        termios.tcgetattr(sys.__stdin__ or 0)
    except (termios.error, OSError, ValueError):
        os._exit(HUNG_UP)


async def _let_end(threads: DaemonThreads) -> None:
    """Let a file be written to its end, but do not wait for a disk that hangs."""
    for seconds, words in (
        (SAY_SECONDS, f"waiting {END_SECONDS:g} s for what is not done yet; ctrl+c leaves it"),
        (END_SECONDS, "something did not end, so look whether what you asked for last is there"),
    ):
        if not (unfinished := threads.unfinished):
            return
        await asyncio.wait(map(asyncio.wrap_future, unfinished), timeout=seconds)
        if threads.unfinished:
            print(f"agegender-tui: {words}", file=sys.stderr, flush=True)


def run(
    runs_root: Path,
    *,
    demo: bool = False,
    data: str = "",
    open_run: str = "",
    pictures: str = "",
) -> int:
    """Open the dashboard until the user leaves; returns the exit status."""
    # Textual does not handle a hang-up: without this the orphaned process would spin.
    signal.signal(signal.SIGHUP, lambda *_: os._exit(HUNG_UP))
    # Textual draws on the standard error of the start, which is a file with `2> log`.
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    terminal_answers.listen()
    app = AgeGenderApp(runs_root, demo=demo, data=data, open_run=open_run, pictures=pictures)

    async def main() -> None:
        loop, threads = asyncio.get_running_loop(), DaemonThreads()
        loop.set_default_executor(threads)
        loop.add_signal_handler(signal.SIGTERM, app.exit, 0)
        await app.run_async()
        await _let_end(threads)

    asyncio.run(main())
    if app.fault:
        print(
            f"agegender-tui: the dashboard met a fault; {app.fault}; runs go on without it",
            file=sys.stderr,
        )
        return int(ExitCode.UNEXPECTED)
    if app.left_active:
        runs = "1 run goes" if app.left_active == 1 else f"{app.left_active} runs go"
        print(f"{runs} on without the dashboard; `agegender-tui` shows them again")
    return app.return_code or 0
