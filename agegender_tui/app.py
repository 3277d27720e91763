"""The application: screens, key map, themes, and leaving without stopping anything."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.screen import ModalScreen

from agegender_tui.commands import KeyCommands
from agegender_tui.keymap import bindings
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.themes import THEMES
from agegender_tui.user_settings import DEFAULT_THEME, read_settings, save_theme, settings_file

if TYPE_CHECKING:
    from trainer.config import RunConfig

HUNG_UP = 129


class AgeGenderApp(App[int]):
    """`open_run` is the path of a run to show at once; `data` and `demo` fill the new-run form."""

    TITLE = "agegender-tui"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    COMMANDS = App.COMMANDS | {KeyCommands}
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self, runs_root: Path, *, demo: bool = False, data: str = "", open_run: str = ""
    ) -> None:
        super().__init__()
        self.runs_root = runs_root
        self.demo = demo
        self.data = data
        self.left_active = 0
        self._open_run = open_run
        self._last_opened: list[str] = []
        self.crash_log: Path | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.settings, self._warning = read_settings(settings_file())

    def on_mount(self) -> None:
        self.set_keymap(self.settings.keys)
        known = self.settings.theme in self.available_themes
        self.theme = self.settings.theme if known else DEFAULT_THEME
        if not known:
            self._warning = f"there is no theme '{self.settings.theme}': {DEFAULT_THEME} is used"
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep_theme(theme.name))
        self.push_screen(RunsScreen(self.runs_root))
        if self._warning:
            self.notify(self._warning, severity="warning", markup=False)
        if self._open_run:
            self.open_runs([Path(self._open_run).name], Path(self._open_run).parent)

    def _keep_theme(self, name: str) -> None:
        problem = save_theme(settings_file(), name)
        if problem:
            self.notify(problem, severity="warning", markup=False)

    def open_runs(self, ids: list[str], root: Path | None = None) -> None:
        """Show a run, or several overlaid."""
        from agegender_tui.screens.run import RunScreen

        self._to_runs()
        self._last_opened = ids
        self.push_screen(RunScreen(root or self.runs_root, ids))

    def new_run(self, start_from: RunConfig | None = None) -> None:
        """Open the form; the run it starts is shown."""
        from agegender_tui.screens.new_run import NewRunScreen

        form = NewRunScreen(self.runs_root, start_from=start_from, data=self.data, demo=self.demo)
        self.push_screen(form, lambda run_id: self.open_runs([run_id]) if run_id else None)

    def _to_runs(self) -> None:
        while not isinstance(self.screen, RunsScreen) and len(self.screen_stack) > 2:
            self.pop_screen()

    def action_show_runs(self) -> None:
        if not isinstance(self.screen, ModalScreen):
            self._to_runs()

    def action_show_run(self) -> None:
        runs = self.screen
        if not isinstance(runs, RunsScreen):
            return
        wanted = runs.active_ids()[:1] or self._last_opened or runs.newest_ids()[:1]
        if wanted:
            self.open_runs(wanted)
        else:
            self.notify("There is no run yet: press n to start one", markup=False)

    def action_help(self) -> None:
        from agegender_tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(getattr(self.screen, "scope", ""), self.settings.keys))

    def action_leave(self) -> None:
        runs = self.screen_stack[1] if len(self.screen_stack) > 1 else None
        self.left_active = len(runs.active_ids()) if isinstance(runs, RunsScreen) else 0
        self.exit(0)

    def _fatal_error(self) -> None:
        """The traceback of a fault of ours goes to a file; the terminal gets one line."""
        self.crash_log = log_traceback()
        self._close_messages_no_wait()


def log_traceback() -> Path:
    """Append the current exception to the dashboard's log; returns the file."""
    import platformdirs

    path = Path(platformdirs.user_log_dir("agegender-tui")) / "errors.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{traceback.format_exc()}\n")
    except OSError:
        pass  # nothing left to tell it to: the line on the terminal still says what happened
    return path


def run(runs_root: Path, *, demo: bool = False, data: str = "", open_run: str = "") -> int:
    """Open the dashboard until the user leaves; returns the exit status."""
    # Textual does not handle a hang-up: without this the orphaned process would spin.
    signal.signal(signal.SIGHUP, lambda *_: os._exit(HUNG_UP))
    app = AgeGenderApp(runs_root, demo=demo, data=data, open_run=open_run)

    async def main() -> Any:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.exit, 0)
        return await app.run_async()

    asyncio.run(main())
    if app.crash_log is not None:
        print(
            f"agegender-tui: the dashboard met a fault; details in {app.crash_log}; "
            "runs are not touched by it",
            file=sys.stderr,
        )
        return 1
    if app.left_active:
        runs = "1 run goes" if app.left_active == 1 else f"{app.left_active} runs go"
        print(f"{runs} on without the dashboard; `agegender-tui` shows them again")
    return app.return_code or 0
