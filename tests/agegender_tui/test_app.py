"""The application around the screens: keys, palette, theme, settings, faults, and leaving."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from textual.command import CommandPalette
from textual.events import Key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, OptionList

from agegender_tui.app import AgeGenderApp
from agegender_tui.exit_status import HUNG_UP
from agegender_tui.screens.evaluate import EvaluateScreen
from agegender_tui.screens.help import HelpScreen
from agegender_tui.screens.models import ModelsScreen
from agegender_tui.screens.new_evaluation import NewEvaluationScreen
from agegender_tui.screens.new_run import NewRunScreen
from agegender_tui.screens.predict import PredictScreen
from agegender_tui.screens.run import RunScreen
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.screens.too_small import TooSmallScreen
from agegender_tui.screens.tune import TuneScreen
from agegender_tui.themes import DARK, LIGHT
from agegender_tui.trash import trash
from agegender_tui.user_settings import settings_file
from agegender_tui.widgets.runs_table import RunsTable
from tests.agegender_tui.conftest import PATIENCE, until
from trainer.runs.layout import RunDir
from trainer.runs.state import process_started

MakeRun = Callable[..., RunDir]


def here() -> dict[str, Any]:
    """State fields of a worker that is this very process, so that it counts as alive."""
    return {
        "pid": os.getpid(),
        "pid_started": process_started(os.getpid()),
        "host": socket.gethostname(),
        "heartbeat": time.time(),
    }


async def reached(pilot: Pilot[int], kind: type[Screen[Any]]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    await pilot.pause()


async def listed(pilot: Pilot[int], count: int = 1) -> None:
    await reached(pilot, RunsScreen)
    await until(pilot, lambda: pilot.app.screen.query_one(RunsTable).row_count == count)


def told(app: AgeGenderApp) -> list[str]:
    return [one.message for one in app._notifications]


def write_settings(text: str) -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text(text)


async def test_digits_go_to_the_screens_and_back(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot)
        await pilot.press("2")
        await reached(pilot, RunScreen)
        assert list(app.screen.views) == [run.id]
        await pilot.press("1")
        await reached(pilot, RunsScreen)
        await pilot.press("1")
        assert isinstance(app.screen, RunsScreen)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("1", RunsScreen),
        ("2", RunScreen),
        ("4", PredictScreen),
        ("5", EvaluateScreen),
        ("6", TuneScreen),
    ],
)
async def test_digits_lead_away_from_the_models_and_back_to_them(
    tmp_path: Path, make_run: MakeRun, key: str, kind: type[Screen[Any]]
) -> None:
    make_run(tmp_path)
    app = AgeGenderApp(tmp_path, demo=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot)
        await pilot.press("4")
        await reached(pilot, PredictScreen)
        await pilot.press("m")
        await reached(pilot, ModelsScreen)
        await pilot.press(key)
        await reached(pilot, kind)
        await pilot.press("4")
        await reached(pilot, PredictScreen)
        await pilot.press("m")
        await reached(pilot, ModelsScreen)


async def test_digits_are_no_keys_in_the_form_of_evaluations(tmp_path: Path) -> None:
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await reached(pilot, RunsScreen)
        await pilot.press("5")
        await reached(pilot, EvaluateScreen)
        assert {"1", "3", "5", "6"} < set(app.screen.active_bindings)
        await pilot.press("n")
        await reached(pilot, NewEvaluationScreen)
        assert not set("123456") & set(app.screen.active_bindings)
        await pilot.press("1", "3")
        assert isinstance(app.screen, NewEvaluationScreen)


async def test_the_footer_below_a_dialog_stays_as_it_is(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot)
        runs = app.screen
        await pilot.press("question_mark")
        await reached(pilot, HelpScreen)
        assert {"1", "5"} < set(runs.active_bindings)
        await pilot.press("1", "5")
        assert isinstance(app.screen, HelpScreen)


async def test_two_shows_the_newest_run_where_the_one_looked_at_last_was_deleted(
    tmp_path: Path, make_run: MakeRun
) -> None:
    runs = [make_run(tmp_path), make_run(tmp_path)]
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, 2)
        await pilot.press("2")
        await reached(pilot, RunScreen)
        (deleted,) = app.screen.views
        await pilot.press("1")
        trash(RunDir(tmp_path / deleted))
        await listed(pilot, 1)
        await pilot.press("2")
        await reached(pilot, RunScreen)
        assert list(app.screen.views) == [run.id for run in runs if run.id != deleted]


async def test_two_without_any_run_says_how_to_start_one(tmp_path: Path) -> None:
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("2")
        await until(pilot, lambda: bool(told(app)))
        assert "press n to start one" in told(app)[0]


async def test_digits_typed_into_a_form_stay_there(tmp_path: Path) -> None:
    app = AgeGenderApp(tmp_path, data="/faces")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("n")
        await reached(pilot, NewRunScreen)
        await pilot.press("1", "2", "q")
        assert isinstance(app.screen, NewRunScreen)


async def test_help_opens_on_the_current_screen_and_closes(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot)
        for close in ("escape", "question_mark", "q"):
            await pilot.press("question_mark")
            await reached(pilot, HelpScreen)
            await pilot.press(close)
            await reached(pilot, RunsScreen)
        assert app.is_running


@pytest.mark.parametrize("opens", ["slash", "l", "n"])  # a line of the screen, a dialog, the form
async def test_f1_is_help_in_every_line_of_text(
    tmp_path: Path, make_run: MakeRun, opens: str
) -> None:
    make_run(tmp_path)
    app = AgeGenderApp(tmp_path, data="/faces")
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot)
        await pilot.press(opens)
        if opens == "n":
            await reached(pilot, NewRunScreen)
            assert app.screen.active_bindings["f1"].binding.show  # as `?` is no key there
            app.screen.query_one("#data", Input).focus()
        await until(pilot, lambda: isinstance(app.focused, Input))
        below = app.screen
        await pilot.press("f1")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("f1")
        await until(pilot, lambda: app.screen is below)


async def test_q_leaves_and_counts_the_runs_that_go_on(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path, state="training", **here())
    make_run(tmp_path, state="paused", **here())
    make_run(tmp_path, state="training")  # lost
    make_run(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, 4)
        await pilot.press("q")
        await until(pilot, lambda: app._exit)
    assert app.left_active == 2
    assert app.return_code == 0


@pytest.mark.parametrize("wait", [0, 0.001, 0.003])
@pytest.mark.parametrize("keys", [("escape", "n", "escape", "4"), ("n", "escape", "5", "n")])
async def test_keys_after_q_do_no_harm(tmp_path: Path, keys: tuple[str, ...], wait: float) -> None:
    app = AgeGenderApp(tmp_path / "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 1)
        for key in ("q", *keys):
            app.post_message(Key(key, None))
            await asyncio.sleep(wait)
        async with asyncio.timeout(PATIENCE):
            while app.is_running:
                await asyncio.sleep(0.01)
    assert not app.fault


async def test_what_a_thread_finds_while_the_screen_is_taken_down_is_dropped(
    tmp_path: Path,
) -> None:
    app = AgeGenderApp(tmp_path / "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        assert await asyncio.to_thread(app.call_from_thread, screen.query_one, RunsTable)
        await screen.query("*").remove()
        assert await asyncio.to_thread(app.call_from_thread, screen.query_one, RunsTable) is None


async def test_what_a_thread_brings_while_the_app_closes_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = AgeGenderApp(tmp_path / "runs")
    brought: list[object] = []
    async with app.run_test() as pilot:
        await pilot.pause()
        table, close_all = app.screen.query_one(RunsTable), app._close_all

        async def bring_while_closing() -> None:
            # As Textual does it: the leaves are gone, and the screen has its children still.
            brought.append(await asyncio.to_thread(app.call_from_thread, lambda: "not a widget's"))
            brought.append(await asyncio.to_thread(app.call_from_thread, table.query, "*"))
            await close_all()

        monkeypatch.setattr(app, "_close_all", bring_while_closing)
    assert brought == ["not a widget's", None]


async def test_the_palette_finds_an_action_and_does_it(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path)
    write_settings('[keys]\n"runs.sort" = "z"\n')
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot)
        before = app.screen._sort
        await pilot.press("ctrl+p")
        await reached(pilot, CommandPalette)
        await pilot.press(*"sort by")
        found = app.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count == 1)
        words = str(found.get_option_at_index(0).prompt)
        assert "Sort by the next column" in words and "key: z" in words
        await pilot.press("enter")
        await reached(pilot, RunsScreen)
        await until(pilot, lambda: app.screen._sort != before)


async def test_the_palette_lists_the_keys_of_the_screen_and_of_everywhere(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot)
        await pilot.press("ctrl+p")
        await reached(pilot, CommandPalette)
        found = app.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count > 20)
        text = " ".join(str(found.get_option_at_index(i).prompt) for i in range(found.option_count))
        for words in ("Start a run", "Kill the run's worker", "This help", "Filter the list"):
            assert words in text
        assert "One chart on the whole screen" not in text


async def test_a_chosen_theme_is_kept_for_the_next_time(tmp_path: Path) -> None:
    app = AgeGenderApp(tmp_path)
    async with app.run_test() as pilot:
        assert app.theme == DARK.name
        await pilot.pause()
        assert not settings_file().exists()
        app.theme = LIGHT.name
        await until(pilot, lambda: settings_file().exists())
        app.theme = DARK.name
        await until(pilot, lambda: DARK.name in settings_file().read_text())
        app.theme = LIGHT.name
        await until(pilot, lambda: LIGHT.name in settings_file().read_text())
    async with AgeGenderApp(tmp_path).run_test() as pilot:
        assert pilot.app.theme == LIGHT.name


async def test_a_theme_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    write_settings("")
    app = AgeGenderApp(tmp_path)
    async with app.run_test() as pilot:
        settings_file().write_text("theme = ")
        app.theme = LIGHT.name
        await until(pilot, lambda: bool(told(app)))
        assert "mend or delete the file" in told(app)[0]


async def test_states_are_coloured_anew_with_the_theme(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, state="failed")
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot)
        table = app.screen.query_one(RunsTable)

        def style() -> str:
            return str(table.get_row(run.id)[1].style)

        dark = style()
        assert dark == app.theme_variables["text-error"]
        app.theme = LIGHT.name
        await until(pilot, lambda: style() != dark)
        assert style() == app.theme_variables["text-error"]


async def test_a_half_bad_settings_file_is_used_for_its_good_half(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path)
    write_settings('theme = "no such"\n[keys]\n"runs.sort" = "z"\n"runs.fly" = "y"\n')
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot)
        await until(pilot, lambda: bool(told(app)))
        said = " ".join(told(app))
        assert "keys.runs.fly" in said and "no theme 'no such'" in said
        assert app.theme == DARK.name
        assert 'theme = "no such"' in settings_file().read_text()
        before = app.screen._sort
        await pilot.press("z")
        assert app.screen._sort != before


@pytest.mark.parametrize("size", [(40, 12), (59, 40), (120, 15), (1, 1)])
async def test_a_small_terminal_gets_a_sentence_and_recovers(
    tmp_path: Path, make_run: MakeRun, size: tuple[int, int]
) -> None:
    make_run(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=size) as pilot:
        await reached(pilot, TooSmallScreen)
        words = " ".join(str(app.screen.query_one("Static").render()).split())
        if size == (1, 1):
            assert words == "needs 60×16; q quits"
        else:
            assert f"{size[0]}×{size[1]}" in words and "runs go on" in words
        await pilot.resize_terminal(80, 24)
        await listed(pilot)
        await pilot.resize_terminal(*size)
        await reached(pilot, TooSmallScreen)
        await pilot.press("q")
        await until(pilot, lambda: app._exit)


async def test_a_run_can_be_opened_at_once(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path / "elsewhere")
    app = AgeGenderApp(tmp_path / "runs", open_run=str(run.path))
    async with app.run_test(size=(100, 30)) as pilot:
        await reached(pilot, RunScreen)
        await until(pilot, lambda: bool(app.screen.view.history))
        await pilot.press("1")
        await reached(pilot, RunsScreen)
        await pilot.press("2")  # the one looked at last, in its own folder
        await reached(pilot, RunScreen)
        await until(pilot, lambda: bool(app.screen.view.history))


class Terminal:
    """The dashboard as a user has it: a process that leads a session on a terminal of its own."""

    def __init__(
        self, *arguments: str, controlling: bool = True, stderr: IO[bytes] | None = None
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

        def take_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=stderr or slave,
            start_new_session=True,
            preexec_fn=take_terminal if controlling else None,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        os.close(slave)
        self.text = ""

    def shows(self, words: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while words not in self.text:
            assert time.monotonic() < deadline, self.text
            self.read()

    def read(self) -> bool:
        if not select.select([self.master], [], [], 0.05)[0]:
            return True
        try:
            piece = os.read(self.master, 65536).decode(errors="replace")
        except OSError:
            return False
        self.text += re.sub(r"\x1b(\[[0-9;:?<>=$]*[a-zA-Z]|[()].|P[^\x1b]*\x1b\\)", "", piece)
        return bool(piece)

    def press(self, keys: str) -> None:
        self.text = ""
        os.write(self.master, keys.encode())

    def ends(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while self.read() and self.process.poll() is None:
            assert time.monotonic() < deadline, self.text
        while self.read() and select.select([self.master], [], [], 0)[0]:
            assert time.monotonic() < deadline, self.text
        return self.process.wait(PATIENCE)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    made: list[Terminal] = []

    def start(*arguments: str, **how: Any) -> Terminal:
        made.append(Terminal(*arguments, **how))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_leaving_says_that_runs_go_on(
    tmp_path: Path, make_run: MakeRun, terminal: Callable[..., Terminal]
) -> None:
    make_run(tmp_path, state="training", **here())
    one = terminal("-m", "agegender_tui", "--runs", str(tmp_path))
    one.shows("1 training")
    one.press("q")
    assert one.ends() == 0
    assert "1 run goes on without the dashboard" in one.text


def test_the_screen_is_drawn_where_errors_go_to_a_file(
    tmp_path: Path, terminal: Callable[..., Terminal]
) -> None:
    with open(tmp_path / "log", "wb") as log:
        one = terminal("-m", "agegender_tui", "--runs", str(tmp_path / "runs"), stderr=log)
    one.shows("There is no run yet")
    one.press("q")
    assert one.ends() == 0
    assert not (tmp_path / "log").read_bytes()


@pytest.mark.parametrize("how", ["signal", "closed terminal"])
def test_a_hang_up_ends_the_dashboard(
    tmp_path: Path, terminal: Callable[..., Terminal], how: str
) -> None:
    one = terminal("-m", "agegender_tui", "--runs", str(tmp_path))
    one.shows("There is no run yet")
    if how == "signal":
        one.process.send_signal(signal.SIGHUP)
    else:
        os.close(one.master)
    assert one.process.wait(PATIENCE) == HUNG_UP


def test_a_terminal_that_goes_without_a_signal_ends_the_dashboard_too(
    tmp_path: Path, terminal: Callable[..., Terminal]
) -> None:
    one = terminal("-m", "agegender_tui", "--runs", str(tmp_path), controlling=False)
    one.shows("There is no run yet")
    os.close(one.master)
    assert one.process.wait(PATIENCE) == HUNG_UP


def test_sigterm_leaves_in_good_order(tmp_path: Path, terminal: Callable[..., Terminal]) -> None:
    one = terminal("-m", "agegender_tui", "--runs", str(tmp_path))
    one.shows("There is no run yet")
    one.process.send_signal(signal.SIGTERM)
    assert one.ends() == 0


SLOW = """
import sys, time
from pathlib import Path
from agegender_tui import app, launch

def resume(run):
    (run.path / "begun").touch()
    time.sleep(float(sys.argv[2]))
    (run.path / "done").touch()
    return ""

launch.resume = resume
app.END_SECONDS = float(sys.argv[3])
sys.exit(app.run(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(
    ("takes", "has", "words"),
    [("3600", "0.1", "something did not end"), ("5", "3600", "waiting 3600 s for what is not")],
)
def test_leaving_waits_for_work_but_not_for_ever(
    tmp_path: Path,
    make_run: MakeRun,
    terminal: Callable[..., Terminal],
    takes: str,
    has: str,
    words: str,
) -> None:
    run = make_run(tmp_path)
    one = terminal("-c", SLOW, str(tmp_path), takes, has)
    one.shows("1 run")
    one.press("r")
    deadline = time.monotonic() + PATIENCE
    while not (run.path / "begun").exists():
        assert one.read() and time.monotonic() < deadline, one.text
    one.press("q")
    assert one.ends() == 0
    assert words in one.text
    assert (run.path / "done").exists() == (takes == "5")


def test_a_command_just_before_leaving_is_carried_out(
    tmp_path: Path, make_run: MakeRun, terminal: Callable[..., Terminal]
) -> None:
    run = make_run(tmp_path)
    one = terminal("-c", SLOW, str(tmp_path), "0", "3600")
    one.shows("1 run")
    one.press("rq")
    assert one.ends() == 0
    assert (run.path / "done").exists()


FAULT = """
import sys
from pathlib import Path
from agegender_tui import app, launch
from agegender_tui.screens.runs import RunsScreen

def fault(*_):
    raise RuntimeError("a fault of ours")

if sys.argv[2] == "o":
    RunsScreen.action_sort = fault
else:  # on a thread
    launch.resume = lambda *_: ""
    RunsScreen.carried_out = fault
sys.exit(app.run(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("key", ["o", "r"])
def test_a_fault_is_one_line_and_a_log_not_a_traceback(
    tmp_path: Path,
    isolated: Path,
    make_run: MakeRun,
    terminal: Callable[..., Terminal],
    key: str,
) -> None:
    make_run(tmp_path)
    one = terminal("-c", FAULT, str(tmp_path), key)
    one.shows("1 run")
    one.press(key)
    assert one.ends() == 1
    log = isolated / "state" / "agegender-tui" / "log" / "errors.log"
    assert "the dashboard met a fault" in one.text and "errors.log" in one.text
    assert "Traceback" not in one.text and "RuntimeError" not in one.text
    assert "RuntimeError: a fault of ours" in log.read_text()


async def test_pictures_are_shown_where_the_current_folder_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        gone.rmdir()
        await pilot.press("4")
        await until(pilot, lambda: isinstance(app.screen, PredictScreen))
