"""The Runs screen, driven by keys over made-up run directories."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button, DataTable, Input, Static

from agegender_tui import launch
from agegender_tui.app import AgeGenderApp
from agegender_tui.screens.config_diff import ConfigDiffScreen
from agegender_tui.screens.confirm import ConfirmScreen
from agegender_tui.screens.help import HelpScreen
from agegender_tui.screens.label import LabelScreen
from agegender_tui.screens.new_run import NewRunScreen
from agegender_tui.screens.run import RunScreen
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.user_settings import settings_file
from agegender_tui.widgets.runs_table import RunsTable
from tests.agegender_tui.conftest import until
from trainer.data.sample import sample_folder
from trainer.errors import RunError
from trainer.runs import control
from trainer.runs.layout import RunDir, run_ids
from trainer.runs.registry import Registry
from trainer.runs.state import RunState, process_started, read_state, write_state

MakeRun = Callable[..., RunDir]
App = AgeGenderApp


def here() -> dict[str, Any]:
    """State fields of a worker that is this very process, so that it counts as alive."""
    return {
        "pid": os.getpid(),
        "pid_started": process_started(os.getpid()),
        "host": socket.gethostname(),
        "heartbeat": time.time(),
    }


def runs_screen(app: App) -> RunsScreen:
    screen = app.screen_stack[1]
    assert isinstance(screen, RunsScreen)
    return screen


def order(app: App) -> list[str]:
    return runs_screen(app).query_one(RunsTable).order


def row(app: App, run: RunDir) -> list[str]:
    """The texts of a run's row, the mark first."""
    return [str(cell) for cell in runs_screen(app).query_one(RunsTable).get_row(run.id)]


def shown(app: App, selector: str) -> str:
    widget = runs_screen(app).query_one(selector, Static)
    return str(widget.render()) if widget.display else ""


def said(app: App) -> str:
    return " | ".join(note.message for note in app._notifications)


async def listed(pilot: Pilot[int], app: App, count: int) -> None:
    await until(pilot, lambda: len(app.screen_stack) > 1 and len(order(app)) == count)
    await pilot.pause()


async def reached(pilot: Pilot[int], app: App, kind: type[Screen[Any]]) -> None:
    await until(pilot, lambda: isinstance(app.screen, kind))
    await pilot.pause()


async def test_all_runs_are_listed_newest_first(tmp_path: Path, make_run: MakeRun) -> None:
    old = make_run(tmp_path, epochs=5, label="[b]first[/b]", data="/d/[red]faces")
    new = make_run(tmp_path, state="training", epochs=3, **here())
    app = App(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, app, 2)
        assert order(app) == [new.id, old.id]
        mark, state, name, model, data, epoch, mae, accuracy, trend, age = row(app, old)
        assert (mark, state, name) == (" ", "✔ finished", f"{old.id[-4:]} [b]first[/b]")
        assert (model, data, epoch, mae) == ("A", "[red]faces", "5/10", "9.30")
        assert accuracy == "77.8%" and len(trend) == 5 and age.endswith((" d", " s"))
        assert "2 runs · 1 training" in shown(app, "#head")


async def test_a_screen_that_covers_the_runs_is_not_drawn_anew_for_them(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path, state="training", epochs=3, **here())
    app = App(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, app, 1)
        await app.push_screen(Screen())
        await pilot.pause()
        drawn: list[object] = []
        monkeypatch.setattr(app, "_display", lambda _, update: drawn.append(update))
        write_state(run, RunState(state="finished", created=1.0, epoch=4, epochs=10))
        await until(pilot, lambda: row(app, run)[1] == "✔ finished")
        await pilot.pause(0.1)
        assert [update for update in drawn if update is not None] == []
        monkeypatch.undo()
        app.pop_screen()
        await pilot.pause()
        assert "1 run" in shown(app, "#head")


async def test_a_run_that_changes_changes_in_place(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, state="training", epochs=3, **here())
    other = make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("down")
        write_state(run, RunState(state="finished", created=1.0, epoch=4, epochs=10))
        await until(pilot, lambda: row(app, run)[1] == "✔ finished")
        assert row(app, run)[5] == "4/10"
        assert runs_screen(app).query_one(RunsTable).current_id == run.id
        third = make_run(tmp_path)
        await listed(pilot, app, 3)
        assert order(app) == [third.id, other.id, run.id]
        assert runs_screen(app).query_one(RunsTable).current_id == run.id
        assert row(app, third)[5] == "5/10"


async def test_a_lost_and_a_broken_run_say_what_to_do(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path, state="training", asked="stop", asked_at=5.0)
    broken = tmp_path / "20261123-201500-A-half"
    broken.mkdir()
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 2)
        assert "r resumes it from its last checkpoint" in shown(app, "#detail")
        await pilot.press("end")
        await until(pilot, lambda: "half written: delete it" in shown(app, "#detail"))
        assert row(app, RunDir(broken))[1] == "! broken"


async def test_what_was_asked_shows_with_its_age_until_it_is_done(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="training", epochs=3, **here())
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("s")
        await until(pilot, lambda: row(app, run)[1] == "◐ stopping")
        assert [command for _, command in control.pending(run)] == ["stop"]
        assert "stopping, asked" in shown(app, "#detail") and "s ago" in shown(app, "#detail")
        assert "asked" in said(app)


async def test_the_detail_names_settings_that_differ_from_the_preset(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path, state="failed", settings={"dropout": 0.4, "flip": False})
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        text = shown(app, "#detail")
        assert "changed: flip no, dropout 0.4, epochs 10" in text
        assert "out of memory; try a smaller batch_size" in text
        await pilot.resize_terminal(200, 60)
        await until(pilot, lambda: "dropout" in shown(app, "#pane-text"))
        assert "0.4  (was 0.5)" in shown(app, "#pane-text")
        assert shown(app, "#detail") == ""


async def test_without_runs_one_reads_what_to_do(tmp_path: Path) -> None:
    app = App(tmp_path, demo=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: runs_screen(app).has_class("no-runs"))
        text = shown(app, "#empty")
        assert "Press n" in text and "sample faces" in text
        assert "agegender-tui train --demo" in text
        await pilot.press("enter", "space", "d", "x", "k", "l", "p", "c", "2")
        assert isinstance(app.screen, RunsScreen)
        assert "press n" in said(app)


async def test_keys_steer_the_list_from_the_first_run_on(tmp_path: Path, make_run: MakeRun) -> None:
    app = App(tmp_path, demo=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: runs_screen(app).has_class("no-runs"))
        make_run(tmp_path)
        await listed(pilot, app, 1)
        await pilot.press("space")
        assert shown(app, "#chips").startswith(" 1 marked ")


async def test_the_filter_narrows_as_one_types_and_stays_in_sight(
    tmp_path: Path, make_run: MakeRun
) -> None:
    one = make_run(tmp_path, state="failed")
    make_run(tmp_path, state="finished")
    app = App(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("slash", *"state", "equals_sign", *"failed")
        await listed(pilot, app, 1)
        assert "1 of 2 fit" in shown(app, "#filter-said")
        await pilot.press("enter")
        await pilot.pause()
        assert order(app) == [one.id]
        assert "state=failed" in shown(app, "#chips")
        assert "1 of 2 runs" in shown(app, "#head")
        await pilot.press("escape")
        await listed(pilot, app, 2)
        assert shown(app, "#chips") == ""


async def test_a_wrong_filter_is_explained_and_changes_nothing(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot, app, 1)
        field = runs_screen(app).query_one("#filter", Input)
        await pilot.press("slash")
        field.value = "mae<\x1b"
        await until(pilot, lambda: "needs a number" in shown(app, "#filter-said"))
        assert "\x1b" not in shown(app, "#filter-said")
        await pilot.press("enter")
        await pilot.pause()
        assert field.has_focus
        assert len(order(app)) == 1
        await pilot.press("escape")
        await pilot.pause()
        assert field.value == "" and not field.has_focus


async def test_escape_in_the_filter_keeps_the_marks(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("space", "slash", "a", "escape")
        await pilot.pause()
        assert row(app, run)[0] == "●"
        await pilot.press("escape")
        await pilot.pause()
        assert row(app, run)[0] == " "


async def test_sorting_by_key_and_by_a_click_on_the_heading(
    tmp_path: Path, make_run: MakeRun
) -> None:
    good = make_run(tmp_path, epochs=9)
    bad = make_run(tmp_path, epochs=2)
    app = App(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot, app, 2)
        assert order(app) == [bad.id, good.id]
        await pilot.press("o")
        await until(pilot, lambda: order(app) == [good.id, bad.id])
        table = runs_screen(app).query_one(RunsTable)
        assert [str(c.label) for c in table.ordered_columns if "▾" in str(c.label)] == ["MAE ▾"]
        age = len(table.ordered_columns) - 1
        column = table.ordered_columns[age]
        table.post_message(DataTable.HeaderSelected(table, column.key, age, column.label))
        await until(pilot, lambda: order(app) == [bad.id, good.id])


async def test_the_order_is_turned_round_and_the_next_column_is_best_first_again(
    tmp_path: Path, make_run: MakeRun
) -> None:
    good, bad, none = (make_run(tmp_path, epochs=epochs) for epochs in (9, 2, 0))
    app = App(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot, app, 3)

        def heading() -> list[str]:
            columns = runs_screen(app).query_one(RunsTable).ordered_columns
            return [str(one.label) for one in columns if str(one.label)[-1:] in "▾▴"]

        for key, head, wanted in (
            ("O", "Started ▴", [good, bad, none]),
            ("o", "MAE ▾", [good, bad, none]),
            ("O", "MAE ▴", [bad, good, none]),
            ("O", "MAE ▾", [good, bad, none]),
        ):
            await pilot.press(key)
            await until(pilot, lambda wanted=wanted: order(app) == [run.id for run in wanted])
            assert heading() == [head]


async def test_many_rows_are_shown_in_order_whatever_comes_and_goes(
    tmp_path: Path, make_run: MakeRun
) -> None:
    runs = [make_run(tmp_path, epochs=n % 7 + 1, label=f"n{n}") for n in range(45)]
    app = App(tmp_path)
    async with app.run_test(size=(120, 60)) as pilot:
        await listed(pilot, app, 45)
        table = runs_screen(app).query_one(RunsTable)
        newest = runs[::-1]

        def on_screen() -> list[str]:
            return [str(table.get_row_at(n)[2]) for n in range(table.row_count)]

        def names(kept: list[RunDir]) -> list[str]:
            return [f"{run.id[-4:]} {run.label()}" for run in kept]

        assert on_screen() == names(newest)
        await pilot.press("slash", "n", "4")
        await listed(pilot, app, 6)
        assert on_screen() == names([*runs[:39:-1], runs[4]])
        await pilot.press("4", "backspace", "backspace")
        await listed(pilot, app, 45)
        assert on_screen() == names(newest)
        await pilot.press("enter", "o")
        await pilot.pause()
        longest_first = sorted(newest, key=lambda run: -(int(run.label()[1:]) % 7))
        assert on_screen() == names(longest_first)  # the made-up MAE falls with the epochs


async def test_the_keys_that_move_the_cursor_can_be_others(
    tmp_path: Path, make_run: MakeRun
) -> None:
    runs = [make_run(tmp_path) for _ in range(3)]
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text('[keys]\n"table.down" = "down,j"\n"table.last" = "G"\n')
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 3)
        table = runs_screen(app).query_one(RunsTable)
        for key, run in (("j", runs[1]), ("up", runs[2]), ("G", runs[0]), ("up", runs[1])):
            await pilot.press(key)
            assert table.current_id == run.id, key


async def test_the_run_under_the_cursor_opens(tmp_path: Path, make_run: MakeRun) -> None:
    old = make_run(tmp_path)
    make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("down", "enter")
        await reached(pilot, app, RunScreen)
        assert app.screen.run_ids == [old.id]
        await pilot.press("1")
        await reached(pilot, app, RunsScreen)
        await pilot.press("2")
        await reached(pilot, app, RunScreen)
        assert app.screen.run_ids == [old.id]


async def test_key_2_prefers_the_live_run(tmp_path: Path, make_run: MakeRun) -> None:
    live = make_run(tmp_path, state="training", **here())
    make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("2")
        await reached(pilot, app, RunScreen)
        assert app.screen.run_ids == [live.id]


async def test_key_2_prefers_a_run_at_work_to_one_that_waits(
    tmp_path: Path, make_run: MakeRun
) -> None:
    live = make_run(tmp_path, state="training", **here())
    make_run(tmp_path, state="queued", **here())
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("2")
        await reached(pilot, app, RunScreen)
        assert app.screen.run_ids == [live.id]


async def test_marked_runs_open_overlaid_in_the_order_marked(
    tmp_path: Path, make_run: MakeRun
) -> None:
    runs = [make_run(tmp_path) for _ in range(3)]
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 3)
        await pilot.press("end", "space", "home", "space")
        await pilot.pause()
        assert "2 marked" in shown(app, "#chips")
        await pilot.press("enter")
        await reached(pilot, app, RunScreen)
        assert app.screen.run_ids == [runs[0].id, runs[2].id]


async def test_of_more_marked_runs_than_fit_the_first_open_and_it_is_said(
    tmp_path: Path, make_run: MakeRun
) -> None:
    runs = [make_run(tmp_path) for _ in range(7)]
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 7)
        await pilot.press(*["space"] * 7, "enter")
        await reached(pilot, app, RunScreen)
        assert app.screen.run_ids == [run.id for run in runs[:0:-1]]
        await until(pilot, lambda: "7 runs are marked, but 6 fit into one view" in said(app))


async def test_the_diff_of_marked_runs_shows_only_what_differs(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path, settings={"dropout": 0.4})
    make_run(tmp_path, settings={"dropout": 0.3, "l2": 0.01})
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("space", "space", "d")
        await reached(pilot, app, ConfigDiffScreen)
        table = app.screen.query_one(DataTable)
        rows = [[str(cell) for cell in table.get_row_at(n)] for n in range(table.row_count)]
        assert rows == [["dropout", "0.3", "0.4"], ["l2", "0.01", "0.0001"]]
        await pilot.press("escape")
        await reached(pilot, app, RunsScreen)


async def test_in_the_diff_of_many_runs_one_goes_by_columns_and_the_names_stay(
    tmp_path: Path, make_run: MakeRun
) -> None:
    for number in range(8):
        make_run(tmp_path, label=f"night {number} of a long row", settings={"dropout": number / 10})
    app = App(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot, app, 8)
        await pilot.press(*["space"] * 8, "d")
        await reached(pilot, app, ConfigDiffScreen)
        assert str(app.screen.query_one(Static).render()).startswith(
            "A t008 night 7 of a… and A t007"
        )
        table = app.screen.query_one(DataTable)

        def beside() -> str:
            """The first line of the table, from its left."""
            return "".join(segment.text for segment in table.render_line(0))

        assert beside().startswith(" setting  A t008 ")
        for key, name in (
            ("right", "A t007"),
            ("right", "A t006"),
            ("left", "A t007"),
            ("home", "A t008"),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert beside().startswith(f" setting  {name}"), key
        await pilot.press("end")
        await pilot.pause()
        last = beside()
        assert "A t001 night 0 of a…" in last
        await pilot.press("right")
        await pilot.pause()
        assert beside() == last
        await pilot.press("left", "left")
        await pilot.pause()
        assert beside() != last


async def test_the_diff_of_one_run_is_what_it_changes_of_its_preset(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path, total=60, label="mine", data="/faces")
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("d")
        await reached(pilot, app, ConfigDiffScreen)
        assert "preset A and" in str(app.screen.query_one(Static).render())
        table = app.screen.query_one(DataTable)
        assert [str(table.get_row_at(row)[0]) for row in range(table.row_count)] == ["epochs"]


async def test_the_diff_of_equal_runs_says_so(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path)
    make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("space", "space", "d")
        await reached(pilot, app, ConfigDiffScreen)
        assert ": no setting differs;" in str(app.screen.query_one(Static).render())


async def test_deleting_asks_and_moves_to_the_trash(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("x")
        await reached(pilot, app, ConfirmScreen)
        assert str(app.screen.query_one("#yes", Button).label) == "Move (y)"
        await pilot.press("enter")  # the answer it opens on is the harmless one
        await reached(pilot, app, RunsScreen)
        assert run_ids(tmp_path) == [run.id]
        await pilot.press("x")
        await reached(pilot, app, ConfirmScreen)
        await pilot.press("y")
        await listed(pilot, app, 0)
        assert (tmp_path / ".trash" / run.id).is_dir()


async def test_freeing_asks_and_deletes_the_checkpoints(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    (run.checkpoints / "best-000003.npz").write_bytes(b"a" * 3_000_000)
    run.model_file("A").touch()
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("f")
        await reached(pilot, app, ConfirmScreen)
        assert (run.checkpoints / "best-000003.npz").exists()
        await pilot.press("y")
        await until(pilot, lambda: f"freed 3.0 MB of {run.id}" in said(app))
        assert list(run.checkpoints.iterdir()) == []
        await pilot.press("f")
        await reached(pilot, app, ConfirmScreen)
        await pilot.press("y")
        await until(pilot, lambda: f"{run.id} has no checkpoints" in said(app))


async def test_a_run_that_may_go_on_is_not_freed_nor_asked_about(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="stopped")
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        # The list may be older than the run: what has finished meanwhile is not deleted unasked.
        runs_screen(app)._watch.stop()
        write_state(run, replace(read_state(run), state="finished"))
        await pilot.press("f")
        await until(pilot, lambda: "only a finished run is freed of them" in said(app))
        assert isinstance(app.screen, RunsScreen)
        assert (run.checkpoints / "latest").exists()


async def test_a_run_at_work_is_not_deleted_nor_asked_about(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path, state="training", **here())
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("x")
        await until(pilot, lambda: "stop it before deleting it" in said(app))
        assert isinstance(app.screen, RunsScreen)


async def test_all_that_the_filter_shows_are_marked_and_moved_to_the_trash_by_one_question(
    tmp_path: Path, make_run: MakeRun
) -> None:
    other, one, two = (
        make_run(tmp_path, state=state) for state in ("finished", "failed", "failed")
    )
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 3)
        await pilot.press("slash", *"failed", "enter", "asterisk")
        await pilot.pause()
        assert runs_screen(app)._marked == [two.id, one.id]
        await pilot.press("asterisk")
        assert runs_screen(app)._marked == []
        await pilot.press("asterisk", "x")
        await reached(pilot, app, ConfirmScreen)
        assert "Move 2 marked runs to the trash" in str(app.screen.query(Static).first().render())
        await pilot.press("y")
        await until(pilot, lambda: run_ids(tmp_path) == [other.id])
        await until(pilot, lambda: "moved 2 runs to the trash" in said(app))


@pytest.mark.parametrize(("key", "command"), [("p", "pause"), ("s", "stop")])
async def test_a_command_to_the_marked_runs_asks_and_leaves_those_it_does_not_fit(
    tmp_path: Path, make_run: MakeRun, key: str, command: str
) -> None:
    make_run(tmp_path)
    one = make_run(tmp_path, state="training", **here())
    two = make_run(tmp_path, state="training", **here())
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 3)
        await pilot.press("asterisk", key)
        await reached(pilot, app, ConfirmScreen)
        assert "and is left." in str(app.screen.query(Static).first().render())
        await pilot.press("n")
        await reached(pilot, app, RunsScreen)
        assert control.pending(one) == []
        await pilot.press(key)
        await reached(pilot, app, ConfirmScreen)
        await pilot.press("y")
        for run in (one, two):
            await until(pilot, lambda run=run: [c for _, c in control.pending(run)] == [command])


async def test_marked_runs_are_killed_and_resumed_together(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[tuple[str, str]] = []
    for name in ("kill", "resume"):
        monkeypatch.setattr(launch, name, lambda run, name=name: did.append((name, run.id)) or "")
    runs = [make_run(tmp_path, state="training", **here()), make_run(tmp_path, state="failed")]
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("asterisk")
        for key in "kr":
            await pilot.press(key)
            await reached(pilot, app, ConfirmScreen)
            await pilot.press("y")
            await reached(pilot, app, RunsScreen)
        await until(pilot, lambda: len(did) == 2)
        assert sorted(did) == [("kill", runs[0].id), ("resume", runs[1].id)]


async def test_killing_asks_first(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path, state="training", **here())
    killed: list[str] = []
    monkeypatch.setattr(launch, "kill", lambda run: killed.append(run.id) or "killed it")
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("k")
        await reached(pilot, app, ConfirmScreen)
        await pilot.press("n")
        await reached(pilot, app, RunsScreen)
        assert killed == []
        await pilot.press("k")
        await reached(pilot, app, ConfirmScreen)
        await pilot.press("y")
        await until(pilot, lambda: "killed it" in said(app))
        assert killed == [run.id]


async def test_a_run_lost_on_another_host_can_be_killed_and_one_lost_here_cannot(
    tmp_path: Path, make_run: MakeRun
) -> None:
    away = make_run(tmp_path, state="training", host="elsewhere")
    gone = make_run(tmp_path, state="training", host=socket.gethostname())
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("k")
        await until(pilot, lambda: f"{gone.id} is lost: there is no worker to kill" in said(app))
        await pilot.press("down", "k")
        await reached(pilot, app, ConfirmScreen)
        await pilot.press("y")
        await until(pilot, lambda: read_state(away).state == "stopped")
        assert [command for _, command in control.pending(away)] == ["kill"]


async def test_there_is_nothing_to_kill_of_a_finished_run(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("k")
        await until(pilot, lambda: "there is no worker to kill" in said(app))


async def test_a_broken_run_has_a_worker_to_kill_where_its_state_says_so(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="training", **here())
    run.config_file.unlink()
    (run.checkpoints / "latest").parent.mkdir(exist_ok=True)
    (run.checkpoints / "latest").write_text("000001-000000")
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        assert row(app, run)[1] == "! broken"
        await pilot.press("k")
        await reached(pilot, app, ConfirmScreen)
        question = " ".join(str(one.render()) for one in app.screen.query(Static))
        assert "since its last checkpoint" in question


async def test_killing_a_run_without_a_state_says_what_to_do(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="training", **here())
    run.state_file.unlink()
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("k")
        await until(pilot, lambda: "state.json: missing" in said(app))


@pytest.mark.parametrize(("key", "command"), [("p", "pause"), ("s", "stop")])
async def test_a_refused_command_is_one_line(
    tmp_path: Path, make_run: MakeRun, key: str, command: str
) -> None:
    make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press(key)
        await until(pilot, lambda: f"no worker to {command}" in said(app))


async def test_resume_goes_through_launch(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path, state="stopped")
    monkeypatch.setattr(launch, "resume", lambda run: f"resuming {run.id}")
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("r")
        await until(pilot, lambda: f"resuming {run.id}" in said(app))


async def test_a_label_is_kept_with_the_run(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("l")
        await reached(pilot, app, LabelScreen)
        await pilot.press(*"night", "enter")
        await until(pilot, lambda: row(app, run)[2].endswith("night"))
        assert run.label() == "night"


async def test_a_folder_that_cannot_be_listed_is_one_line_and_the_rows_stay(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        watch = runs_screen(app)._watch

        def failing(error: Exception) -> None:
            def refuse(_: Registry) -> None:
                raise error

            monkeypatch.setattr(Registry, "list", refuse)
            watch.look_now()

        failing(RunError("/runs: no permission to read it"))
        await until(pilot, lambda: "no permission" in shown(app, "#problem"))
        failing(ZeroDivisionError("a fault"))
        await until(pilot, lambda: "errors.log" in shown(app, "#problem"))
        assert len(order(app)) == 1
        monkeypatch.undo()
        watch.look_now()
        await until(pilot, lambda: shown(app, "#problem") == "")


async def test_a_run_whose_commands_cannot_be_read_hides_no_other(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path)
    run = make_run(tmp_path, state="training", **here())
    run.control.rmdir()
    run.control.write_text("no folder")
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 2)
        assert shown(app, "#problem") == "" and row(app, run)[1] == "● training"


async def test_help_opens_on_the_keys_of_this_screen(tmp_path: Path) -> None:
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("question_mark")
        await reached(pilot, app, HelpScreen)
        assert str(app.screen.query(Static).first().render()) == "Runs"
        await pilot.press("escape")
        await reached(pilot, app, RunsScreen)


def type_ahead(app: App, *keys: str) -> None:
    """Keys that all arrive before any of them was acted on, as from a fast hand or a slow line."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


async def test_a_filter_typed_fast_steers_no_run(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, state="training", **here())
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        type_ahead(app, "slash", *"spl")
        field = runs_screen(app).query_one("#filter", Input)
        await until(pilot, lambda: field.value == "spl")
        await pilot.press("slash", "l")
        await until(pilot, lambda: field.value == "spl/l")
        assert control.pending(run) == []


async def test_a_label_typed_fast_steers_no_run(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, state="training", **here())
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        type_ahead(app, "l", *"sp")
        await reached(pilot, app, LabelScreen)
        await pilot.pause(0.3)
        assert control.pending(run) == []


async def test_two_quick_enters_in_a_dialog_close_it_alone(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("l")
        await reached(pilot, app, LabelScreen)
        type_ahead(app, *"wide", "enter", "enter")
        await until(pilot, lambda: not isinstance(app.screen, LabelScreen))
        await pilot.pause(0.1)
        assert isinstance(app.screen, RunsScreen)
        await until(pilot, lambda: run.label() == "wide")


async def test_the_cursor_stays_on_its_run_when_the_terminal_is_resized(
    tmp_path: Path, make_run: MakeRun
) -> None:
    oldest = make_run(tmp_path)
    make_run(tmp_path)
    make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 3)
        await pilot.press("end")
        table = runs_screen(app).query_one(RunsTable)
        assert table.current_id == oldest.id
        for width in (90, 80, 120):
            await pilot.resize_terminal(width, 30)
            await until(pilot, lambda width=width: runs_screen(app).size.width == width)
            await pilot.pause()
            assert table.current_id == oldest.id
        assert oldest.id in shown(app, "#detail")


async def test_the_data_set_of_the_newest_readable_run_is_proposed(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path, data="/older")
    make_run(tmp_path, data="/newer")
    (tmp_path / "20991231-000000-A-half").mkdir()
    app = App(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 3)
        await pilot.press("n")
        await reached(pilot, app, NewRunScreen)
        assert app.screen.query_one("#data", Input).value == "/newer"


async def test_without_a_readable_folder_of_runs_no_data_set_is_proposed(tmp_path: Path) -> None:
    app = App(tmp_path / ("x" * 300))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 1 and shown(app, "#problem"))
        await pilot.press("n")
        await reached(pilot, app, NewRunScreen)
        assert app.screen.query_one("#data", Input).value == ""


async def test_a_copied_run_keeps_its_data_set_whatever_new_ones_are_proposed(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path, data="/its/faces")
    app = App(tmp_path, data="/proposed/faces")
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        for key, folder in (("c", "/its/faces"), ("n", "/proposed/faces")):
            await pilot.press(key)
            await reached(pilot, app, NewRunScreen)
            assert app.screen.query_one("#data", Input).value == folder
            await pilot.press("escape")
            await reached(pilot, app, RunsScreen)


async def test_the_cursor_is_on_the_run_that_was_started_when_one_goes_back(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = make_run(tmp_path, name="20261123-200000-A-old1")
    app = App(tmp_path, data=str(sample_folder()))
    monkeypatch.setattr(
        launch, "start",
        lambda *_: make_run(tmp_path, name="20261124-200000-A-new1", state="queued", **here()),
    )  # fmt: skip
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("n")
        await reached(pilot, app, NewRunScreen)
        await pilot.press("ctrl+s")
        await reached(pilot, app, RunScreen)
        await pilot.press("escape")
        await listed(pilot, app, 2)
        assert order(app) == ["20261124-200000-A-new1", older.id]
        table = runs_screen(app).query_one(RunsTable)
        await until(pilot, lambda: table.current_id == "20261124-200000-A-new1")
        await pilot.press("down")
        runs_screen(app).carried_out()  # listed anew
        await pilot.pause(0.3)
        assert table.current_id == older.id


async def test_word_of_how_many_fit_does_not_hide_what_is_wrong(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(tmp_path)
    app = App(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("slash")
        runs_screen(app).query_one("#filter", Input).value = "foo=3"
        await until(pilot, lambda: "'foo' is no field" in shown(app, "#filter-said"))
        runs_screen(app)._say_fit()  # of what was typed before, come late
        await pilot.pause()
        assert "'foo' is no field" in shown(app, "#filter-said")
