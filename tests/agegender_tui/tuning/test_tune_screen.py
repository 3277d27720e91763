"""The Tune screen, driven by keys over made-up studies."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from agegender_tui import launch_study, silence
from agegender_tui.app import AgeGenderApp
from agegender_tui.screens.confirm import ConfirmScreen
from agegender_tui.screens.more_trials import MoreTrialsScreen
from agegender_tui.screens.new_run import NewRunScreen
from agegender_tui.screens.run import RunScreen
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.tuning.listing import Listing
from agegender_tui.widgets.evaluation_chart import EvaluationChart
from agegender_tui.widgets.runs_table import RunsTable
from tests.agegender_tui.conftest import PATIENCE, until
from tests.agegender_tui.test_hanging_disk import read_here  # noqa: F401
from tests.agegender_tui.tuning.conftest import (
    COURSE,
    begin,
    end,
    lives_here,
    make_study,
    run_id,
    set_state,
)
from tests.agegender_tui.tuning.on_screen import rows, said, screen, words
from tests.conftest import MakeRun
from trainer.runs.state import RunState, write_state
from trainer.tuning.study import StudyDir

SHARES = {"learning_rate": 0.62, "dropout": 0.27, "filters": 0.11}
NARROW, WIDE = (80, 24), (200, 60)


async def opened(pilot: Pilot[int], app: AgeGenderApp, count: int = 1) -> None:
    await until(pilot, lambda: len(app.screen_stack) > 1)
    await pilot.press("6")
    await until(pilot, lambda: app.is_screen_installed("tune") and screen(app).is_mounted)
    await until(pilot, lambda: screen(app).listed and len(rows(app)) == count)
    await pilot.pause()


def names(app: AgeGenderApp) -> list[str]:
    """The numbers of the trials, as they stand."""
    return [row.lstrip("★◆").split()[0] for row in rows(app, "trials")]


def at(app: AgeGenderApp, table: str) -> str:
    return screen(app).query_one(f"#{table}", RunsTable).current_id


async def test_key_6_lists_studies_newest_first_with_the_trials_of_the_first(
    tmp_path: Path,
) -> None:
    make_study(tmp_path)
    make_study(tmp_path, name="20261128-120000-study-cd34", course=COURSE[:2], label="night")
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app, 2)
        assert [row.split()[2:4] for row in rows(app)] == [["cd34", "night"], ["study", "ab12"]]
        assert names(app) == ["1", "2"]
        await pilot.press("down")
        assert names(app) == ["6", "3", "1", "2", "4", "5"]
        assert rows(app, "trials")[0].startswith("★ 6 ✔ done 0.570 11.76 81.2% 5 0.003")
        assert words(app, "#heading").splitlines()[1].startswith("best: trial 6, error 0.57")
        await pilot.press("escape")
        assert isinstance(app.screen, RunsScreen)


async def test_without_a_study_it_names_the_key_that_the_user_has(tmp_path: Path) -> None:
    app = AgeGenderApp(tmp_path)
    app.settings = type(app.settings)(keys={"tune.new": "f5"})
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app, 0)
        await until(pilot, lambda: screen(app).has_class("-none"))
        assert words(app, "#empty") == "No study yet: f5 starts a search for better settings."
        for key in ("enter", "p", "l", "s", "k", "r", "x", "o", "O", "left", "tab", "escape"):
            await pilot.press(key)
        assert isinstance(app.screen, RunsScreen)


@pytest.mark.parametrize("size", [NARROW, WIDE, (60, 16)])
async def test_trials_and_epochs_appear_while_one_looks_and_the_cursors_stay(
    tmp_path: Path, make_run: MakeRun, size: tuple[int, int]
) -> None:
    make_study(tmp_path, name="20261126-120000-study-zz99")
    study = make_study(tmp_path, state="working", running=1)
    run = make_run(tmp_path, name=run_id(7), state="training", epochs=1, total=5, **lives_here())
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app, 2)
        assert "trial 7 in epoch 2 of 5" in words(app, "#heading")
        await pilot.press("enter", "down")
        chosen = at(app, "trials")
        assert chosen.endswith(":3")
        write_state(run, RunState(**{"state": "training", "epoch": 3, "epochs": 5, **lives_here()}))
        await until(pilot, lambda: "trial 7 in epoch 4 of 5" in words(app, "#heading"))
        assert any("● works" in row and " 3/5 " in row for row in rows(app, "trials"))
        end(study, 7, value=0.1)
        begin(study, 8)
        await until(pilot, lambda: names(app)[0] == "7")
        assert at(app, "trials") == chosen and "7/8" in rows(app)[0]
        make_study(tmp_path, name="20261129-120000-study-new1")
        await until(pilot, lambda: len(rows(app)) == 3)
        assert at(app, "studies") == study.id and at(app, "trials") == chosen


async def test_a_study_that_ends_says_how(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="working")
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        assert "1 under way" in words(app, "#head")
        set_state(study, "failed", text="3 trials in a row failed; mend that, then resume")
        await until(pilot, lambda: "mend that, then resume" in words(app, "#heading"))
        assert "✘ failed" in rows(app)[0] and "under way" not in words(app, "#head")


async def test_tab_shows_trials_charts_and_what_matters_in_turn_where_it_is_narrow(
    tmp_path: Path,
) -> None:
    make_study(tmp_path, importances=SHARES)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        shown = lambda: [  # noqa: E731
            name for name in ("trials", "chart", "tradeoff", "importances")
            if screen(app).query_one(f"#{name}").region.height
        ]  # fmt: skip
        seen = [shown()]
        for key in ("tab", "tab", "tab", "tab", "shift+tab"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(shown())
        assert [name for (name,) in seen] == [
            "trials", "chart", "tradeoff", "importances", "trials", "importances"
        ]  # fmt: skip
        assert "learning_rate  62 % ███" in words(app, "#importances")
        await pilot.press("enter")
        await pilot.pause()
        assert shown() == ["trials"] and screen(app).focused is screen(app).trials
        await pilot.press("tab")
        assert shown() == ["chart"] and screen(app).focused is screen(app).studies


async def test_a_wide_screen_shows_all_views_and_tab_goes_between_the_tables(
    tmp_path: Path,
) -> None:
    make_study(tmp_path, importances=SHARES)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await opened(pilot, app)
        one = screen(app)
        for name in ("#trials", "#chart", "#tradeoff", "#importances"):
            assert one.query_one(name).region.height > 3
        chart, both = one.query(EvaluationChart)
        await until(pilot, lambda: chart.drawn and both.drawn)
        assert "● done x ended early" in chart.render().plain
        assert both.render().plain.count("◆") == 3  # one of them in its title
        await pilot.press("tab")
        assert one.focused is one.trials
        assert words(app, "#detail").startswith("trial 6 ")
        await pilot.press("tab")
        assert one.focused is one.studies
        assert words(app, "#detail").startswith("20261127-120000-study-ab12 ")


async def test_the_chart_follows_the_trials(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="working")
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await opened(pilot, app)
        chart = screen(app).query_one("#chart", EvaluationChart)
        await until(pilot, lambda: chart.drawn)
        before = chart.render().plain.count("●")
        begin(study, 7)
        end(study, 7, value=0.2)
        await until(pilot, lambda: chart.drawn and chart.render().plain.count("●") == before + 1)


async def test_o_orders_the_trials_and_the_other_way_round(tmp_path: Path) -> None:
    make_study(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("O")
        assert names(app) == ["4", "2", "1", "3", "6", "5"]
        await pilot.press("o")
        assert names(app) == ["1", "2", "3", "4", "5", "6"]
        await pilot.press("o", "O")
        assert names(app) == ["6", "5", "4", "3", "2", "1"]
        heads = [str(one.label) for one in screen(app).trials.ordered_columns]
        assert "learning_rate ▴" in heads


async def test_columns_that_do_not_fit_are_scrolled_to(tmp_path: Path) -> None:
    make_study(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("right")
        await until(pilot, lambda: screen(app).trials.scroll_x > 0)
        await pilot.press("left")
        await until(pilot, lambda: screen(app).trials.scroll_x == 0)


async def test_enter_on_a_trial_opens_its_run(tmp_path: Path, make_run: MakeRun) -> None:
    make_study(tmp_path)
    make_run(tmp_path, name=run_id(6))
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert app.screen.run_ids == [run_id(6)]
        await pilot.press("6")
        await until(pilot, lambda: app.screen is screen(app))
        assert screen(app).focused is screen(app).trials
        await pilot.press("escape", "escape")
        assert isinstance(app.screen, RunsScreen)


async def test_a_trial_without_a_run_says_so(tmp_path: Path) -> None:
    study = make_study(tmp_path, course=COURSE[4:5])
    text = study.trials_file.read_text().replace(run_id(1), "")
    study.trials_file.write_text(text)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "trial 1 has no run: out of memory" in said(app))


@pytest.mark.parametrize(
    ("keys", "number", "rate"), [(("p",), 6, "0.003"), (("enter", "down", "p"), 3, "0.0015")]
)
async def test_p_promotes_the_best_trial_or_the_one_under_the_cursor(
    tmp_path: Path, keys: tuple[str, ...], number: int, rate: str
) -> None:
    make_study(tmp_path, base={"dense_units": 77})
    app = AgeGenderApp(tmp_path, demo=True)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press(*keys)
        await until(pilot, lambda: isinstance(app.screen, NewRunScreen))
        form: Any = app.screen
        await until(pilot, lambda: form.query("#field-learning_rate"))
        values = form._values
        assert values["label"] == f"from trial {number} of study ab12"
        assert (values["learning_rate"], values["dense_units"]) == (rate, "77")
        assert values["data"] == "/faces/sample" and values["preset"] == "A-demo"
        assert not {"study", "group"} & set(values)
        await pilot.press("escape")
        assert app.screen is screen(app)


async def test_there_is_nothing_to_promote_before_a_trial_has_finished(tmp_path: Path) -> None:
    make_study(tmp_path, course=(), running=1, state="working")
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("p")
        await until(pilot, lambda: "nothing to promote" in said(app))


@pytest.mark.parametrize("name", ["20261127-120000-study-ab12", "an odd 'name"])
async def test_l_shows_its_runs_in_the_list_of_runs(
    tmp_path: Path, make_run: MakeRun, name: str
) -> None:
    study = make_study(tmp_path, name=name)
    make_run(tmp_path, label="another")
    mine = make_run(tmp_path, label="trial 1")
    text = mine.config_file.read_text().replace('study = ""', f'study = "{study.id}"')
    mine.config_file.write_text(text)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await until(pilot, lambda: app.screen.query_one(RunsTable).order == [mine.id])
        assert study.id in str(app.screen.query_one("#chips").render())
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen.query_one(RunsTable).order) == 2)


def told(monkeypatch: pytest.MonkeyPatch, command: str) -> list[tuple[Any, ...]]:
    """The calls of a command, which does nothing instead."""
    calls: list[tuple[Any, ...]] = []

    def call(study: StudyDir, *rest: Any) -> str:
        calls.append((study.id, *rest))
        return f"{command} it was"

    monkeypatch.setattr(launch_study, command, call)
    return calls


async def test_s_stops_k_asks_and_kills_r_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path, state="working")
    stops, kills, goes = (told(monkeypatch, name) for name in ("stop", "kill", "resume"))
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: "stop it was" in said(app))
        await pilot.press("k", "n")
        await pilot.press("k")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: "kill it was" in said(app))
        await pilot.press("r")
        await until(pilot, lambda: "resume it was" in said(app))
    assert (stops, kills, goes) == ([(study.id,)], [(study.id,)], [(study.id, None)])


async def test_r_asks_for_more_trials_where_all_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path, trials=6)
    goes = told(monkeypatch, "resume")
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, MoreTrialsScreen))
        line = app.screen.query_one(Input)
        assert line.value == "16"
        for wrong in ("6", "many", "10001", "٣"):
            line.value = wrong
            await pilot.press("enter")
            await pilot.pause()
            assert str(app.screen.query_one("#wrong").render()) == "✗ give 7 to 10000"
        line.value = "9"
        await pilot.press("enter")
        await until(pilot, lambda: "resume it was" in said(app))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, MoreTrialsScreen))
        await pilot.press("escape")
    assert goes == [(study.id, 9)]


async def test_r_asks_for_more_trials_where_the_worker_was_lost_after_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path, trials=6)
    set_state(study, "working", heartbeat=1.0)
    goes = told(monkeypatch, "resume")
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        assert rows(app)[0].startswith("? lost")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, MoreTrialsScreen))
        await pilot.press("enter")
        await until(pilot, lambda: "resume it was" in said(app))
    assert goes == [(study.id, 16)]


async def test_k_on_a_study_that_nobody_works_on_asks_nothing(tmp_path: Path) -> None:
    make_study(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("k")
        await until(pilot, lambda: "has no worker to kill: it is finished" in said(app))
        assert app.screen is screen(app)


async def test_the_keys_go_back_to_the_list_where_another_study_is_looked_at(
    tmp_path: Path,
) -> None:
    make_study(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: screen(app).has_class("-inside"))
        make_study(tmp_path, name="20261128-120000-study-new1", course=(), state="working")
        screen(app).await_study("20261128-120000-study-new1")
        await until(pilot, lambda: at(app, "studies").endswith("new1"))
        await until(pilot, lambda: not screen(app).has_class("-inside"))
        await pilot.press("down")
        await until(pilot, lambda: at(app, "studies").endswith("ab12"))


async def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    make_study(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: "has no worker to stop: it is finished" in said(app))


async def test_x_moves_a_study_to_the_trash_and_leaves_its_runs(
    tmp_path: Path, make_run: MakeRun
) -> None:
    study = make_study(tmp_path)
    run = make_run(tmp_path, name=run_id(1))
    busy = make_study(tmp_path, name="20261126-120000-study-cd34", state="working")
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app, 2)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: len(rows(app)) == 1)
        assert (tmp_path / ".trash" / study.id).is_dir() and run.path.is_dir()
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: "is being worked on: k ends it" in said(app))
        assert busy.path.is_dir()


async def test_the_last_study_may_go_from_under_the_cursor(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("enter")
        shutil.rmtree(study.path)
        await until(pilot, lambda: screen(app).has_class("-none"))
        await pilot.press("enter", "p", "escape")
        await until(pilot, lambda: not screen(app)._inside)
        make_study(tmp_path, name="20261129-120000-study-cd34")
        await until(pilot, lambda: len(rows(app)) == 1)
        await pilot.press("6")
        await pilot.press("enter")
        await until(pilot, lambda: screen(app)._inside)


async def test_a_broken_study_says_why_and_other_keys_do_no_harm(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    study.config_file.write_text("nothing = true\n")
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: "cannot be read as a study" in words(app, "#heading"))
        await pilot.press("enter", "o", "O", "tab", "tab", "p", "left")
        assert app.screen is screen(app)
        await pilot.press("r")
        await until(pilot, lambda: "cannot be read as a study" in said(app))


async def test_a_folder_that_cannot_be_read_is_said_and_what_was_seen_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_study(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        real, broken = Listing.list, [True]

        def listing(one: Listing) -> Any:
            if broken[0]:
                raise OSError(5, "Input/output error")
            return real(one)

        monkeypatch.setattr(screen(app)._watch, "_listing", lambda: listing(Listing(tmp_path)))
        problem = screen(app).query_one("#problem")
        await until(pilot, lambda: "Input/output error" in words(app, "#problem"))
        assert problem.display and len(rows(app)) == 1
        broken[0] = False
        await until(pilot, lambda: not problem.display)


async def test_a_disk_that_hangs_is_said_and_freezes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_study(tmp_path)
    goes_on = threading.Event()
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot, app)
        monkeypatch.setattr(silence, "SILENT_SECONDS", 0.5)
        monkeypatch.setattr(screen(app)._watch, "_listing", lambda: goes_on.wait(PATIENCE) and [])
        await until(pilot, lambda: "the disk of" in words(app, "#problem"))
        await pilot.press("enter", "down", "o", "tab")
        assert len(rows(app)) == 1
        goes_on.set()
        await until(pilot, lambda: not screen(app).query_one("#problem").display)


async def test_looking_at_studies_reads_nothing_where_it_is_drawn(
    tmp_path: Path,
    make_run: MakeRun,
    read_here: list[str],  # noqa: F811
) -> None:
    make_study(tmp_path, importances=SHARES, running=1, state="working", trials=7)
    make_study(tmp_path, name="20261128-120000-study-cd34", trials=6)
    make_run(tmp_path, name=run_id(7), state="training", epochs=1, total=5, **lives_here())
    make_run(tmp_path, name=run_id(6), epochs=1)
    read_here.clear()
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await opened(pilot, app, 2)
        await pilot.press("down", "tab", "tab", "tab", "o", "O", "p")
        await until(pilot, lambda: isinstance(app.screen, NewRunScreen))
        await pilot.press("escape")
        for key, kind in (("k", ConfirmScreen), ("x", ConfirmScreen)):
            await pilot.press(key)
            await until(pilot, lambda kind=kind: isinstance(app.screen, kind))
            await pilot.press("escape")
        await pilot.press("s")
        await until(pilot, lambda: "ends after the trials under way" in said(app))
        await pilot.press("escape")
        if app.screen is screen(app):
            await pilot.press("home", "r")
            await until(pilot, lambda: isinstance(app.screen, MoreTrialsScreen))
            await pilot.press("escape", "down", "l")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
    assert read_here == []


@pytest.mark.parametrize("with_study", [False, True])
async def test_the_form_is_proposed_the_data_of_the_newest_study_or_run(
    tmp_path: Path, make_run: MakeRun, with_study: bool
) -> None:
    make_run(tmp_path, data="/faces/of-the-run")
    if with_study:
        make_study(tmp_path)
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await until(pilot, lambda: app.last_data)
        await opened(pilot, app, int(with_study))
        await pilot.press("n")
        await until(pilot, lambda: app.screen.query("#data"))
        data = "/faces/sample" if with_study else "/faces/of-the-run"
        assert app.screen.query_one("#data", Input).value == data


async def test_clicks_choose_a_study_and_open_the_run_of_a_trial(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_study(tmp_path)
    make_study(tmp_path, name="20261128-120000-study-cd34", course=COURSE[:2])
    make_run(tmp_path, name=run_id(6))
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await opened(pilot, app, 2)
        await pilot.press("tab")
        await pilot.click("#studies", offset=(12, 2))
        await until(pilot, lambda: len(names(app)) == 6)
        assert app.screen is screen(app) and screen(app).focused is screen(app).studies
        await pilot.click("#trials", offset=(12, 2))
        await until(pilot, lambda: screen(app)._inside)
        await pilot.click("#trials", offset=(12, 1))
        await pilot.click("#trials", offset=(12, 1))
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert app.screen.run_ids == [run_id(6)]
