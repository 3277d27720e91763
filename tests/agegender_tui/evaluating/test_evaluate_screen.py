"""The Evaluate screen, driven by keys over evaluations of the sample faces."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Button, Input

from agegender_tui import silence
from agegender_tui.app import AgeGenderApp
from agegender_tui.evaluating import pages
from agegender_tui.evaluating.asking import OWN, DataChoice, Wish, start
from agegender_tui.evaluating.reading import Reader
from agegender_tui.screens import watched_list
from agegender_tui.screens.confirm import ConfirmScreen
from agegender_tui.screens.dataset import DatasetScreen
from agegender_tui.screens.evaluate import EvaluateScreen
from agegender_tui.screens.new_evaluation import NewEvaluationScreen
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.widgets.curves import Curves
from agegender_tui.widgets.evaluation_chart import EvaluationChart
from agegender_tui.widgets.face_grid import FaceGrid
from agegender_tui.widgets.runs_table import RunsTable
from tests.agegender_tui.evaluating.conftest import (
    Made,
    copy_faces,
    finish,
    keep,
    scored_of,
    under_way,
    until,
    words,
)
from tests.agegender_tui.predicting.conftest import save_model
from trainer.data.exclusions import read_curation
from trainer.data.source import DataSource
from trainer.evaluation.averaged import averaged
from trainer.evaluation.store import EvaluationDir
from trainer.jobs.status import Status, read_status, write_status
from trainer.prediction.catalog import list_models
from trainer.runs.atomic import write_atomic


def screen(app: AgeGenderApp) -> EvaluateScreen:
    found = app.get_screen("evaluate")
    assert isinstance(found, EvaluateScreen)
    return found


def rows(app: AgeGenderApp) -> list[str]:
    table = screen(app).query_one(RunsTable)
    return [" ".join(str(cell) for cell in table.get_row(name)).strip() for name in table.order]


def said(app: AgeGenderApp) -> str:
    return " | ".join(note.message for note in app._notifications)


def shown_page(app: AgeGenderApp) -> pages.Page | None:
    return screen(app)._page.page


async def opened(pilot: Pilot[int], app: AgeGenderApp, count: int = 2) -> None:
    await until(pilot, lambda: len(app.screen_stack) > 1)
    await pilot.press("5")
    await until(pilot, lambda: app.is_screen_installed("evaluate"))
    await until(pilot, lambda: len(rows(app)) == count)


async def viewing(pilot: Pilot[int], app: AgeGenderApp, view: str, *keys: str) -> None:
    """Press keys, and wait until the view is there."""
    before = shown_page(app)
    await pilot.press(*keys)
    await until(
        pilot,
        lambda: (
            (now := shown_page(app)) is not None
            and now is not before
            and now.view == view
            and now.sentence != pages.COMPUTING
        ),
    )


async def test_key_5_lists_what_was_evaluated_the_newest_first(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        assert [row.split()[:4] for row in rows(app)] == [
            ["✔", "done", "B", "t002"],
            ["✔", "done", "A", "t001"],
        ]
        await pilot.press("escape")
        assert isinstance(app.screen, RunsScreen)


async def test_without_evaluations_it_says_how_to_make_one(tmp_path: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app, 0)
        await until(pilot, lambda: screen(app).has_class("-none"))
        assert "n chooses models and data sets" in words(app, "#empty")


async def test_an_evaluation_made_elsewhere_appears_and_its_progress_is_followed(
    made: Made,
) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        working = under_way(made.root)
        await until(pilot, lambda: "● 40 %" in rows(app)[0])
        assert "1 under way" in words(app, "#head")
        await pilot.press("home")
        assert "predicting, 48 of 120" in words(app, "#detail")
        under_way(made.root, done=90)
        await until(pilot, lambda: "● 75 %" in rows(app)[0])
        finish(working, 9, state="failed", text="the disk is full; free some space")
        await until(pilot, lambda: "✘ failed" in rows(app)[0])
        assert "The disk is full" in words(app, "#detail") or "the disk" in words(app, "#detail")


async def test_enter_shows_the_figures_and_tab_the_next_views(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await viewing(pilot, app, "figures", "enter")
        assert "age MAE, years" in words(app, "#words-text")
        for view in list(pages.VIEWS)[1:]:
            await viewing(pilot, app, view, "tab")
        await viewing(pilot, app, "curves", "shift+tab")
        assert len(screen(app).query_one(Curves)._courses) == 1
        await pilot.press("escape")
        assert screen(app).focused is screen(app).query_one(RunsTable)
        assert app.screen is screen(app)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["narrow", "wide"])
async def test_two_marked_are_told_apart_in_words(made: Made, size: tuple[int, int]) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=size) as pilot:
        await opened(pilot, app)
        await pilot.press("space", "space")
        assert [row[0] for row in rows(app)] == ["1", "2"]
        await until(pilot, lambda: "2 marked" in words(app, "#chips"))
        await viewing(pilot, app, "differences", "d")
        await until(pilot, lambda: "B is better by" in words(app, "#words-text"))
        assert "no difference shown" in words(app, "#words-text")


async def test_charts_are_drawn_for_each_that_is_marked(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("space", "space")
        await viewing(pilot, app, "scatter", "p")
        await until(pilot, lambda: all(c.drawn for c in screen(app).query(EvaluationChart)))
        charts = list(screen(app).query(EvaluationChart))
        assert len(charts) == 2 and "B t002  MAE" in charts[0].render().plain
        await viewing(pilot, app, "reliability", "b")
        await until(pilot, lambda: len(screen(app).query(EvaluationChart)) == 1)
        assert "calibration error" in words(app, "#note")


async def test_a_face_of_the_wall_is_one_key_from_its_exclusion(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await viewing(pilot, app, "worst", "w")
        grid = screen(app).query_one("#wall", FaceGrid)
        await pilot.press("right")
        name = grid.current_name
        await until(pilot, lambda: name in words(app, "#detail"))
        assert "years)" in words(app, "#detail")
        await pilot.press("enter")
        data = app.screen
        assert isinstance(data, DatasetScreen)
        await until(pilot, lambda: data._shows == "face" and data._grid.current_name == name)
        await pilot.press("x")
        await until(pilot, lambda: name in read_curation(made.faces).excluded)
        await pilot.press("5")
        await until(pilot, lambda: app.screen is screen(app))
        await until(pilot, lambda: (wall := screen(app)._page.wall) and name in wall.left_out)
        assert grid.current_name == name
        await until(pilot, lambda: "excluded" in words(app, "#detail"))
        # And again, where the Data screen has the faces already.
        await pilot.press("right", "enter")
        await until(pilot, lambda: data._grid.current_name == grid.current_name)


async def test_a_face_that_is_gone_is_said(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await viewing(pilot, app, "worst", "w")
        name = screen(app).query_one("#wall", FaceGrid).current_name
        (made.faces / name).unlink()
        await pilot.press("enter")
        await until(pilot, lambda: "is no longer in" in said(app))


async def test_the_wall_turns_to_genders_and_to_the_next_one_marked(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("space", "space")
        await viewing(pilot, app, "worst", "w")
        wall = screen(app)._page.wall
        await viewing(pilot, app, "worst", "o")
        turned = screen(app)._page.wall
        assert wall and turned
        assert all((miss.female > 0.5) != miss.gender for miss in turned.misses)
        assert "B t002" in words(app, "#note")
        await viewing(pilot, app, "worst", "v")
        assert "A t001" in words(app, "#note")


async def test_the_list_is_filtered_by_figures(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("slash", *"model~b", "enter")
        assert len(rows(app)) == 1 and "model~b" in words(app, "#chips")
        await pilot.press("escape")
        assert len(rows(app)) == 2
        await pilot.press("slash", *"mae<n")
        assert "needs a number" in words(app, "#filter-said")


async def test_escape_leaves_the_view_before_the_filter(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("slash", *"model~b", "enter")
        await viewing(pilot, app, "figures", "enter")
        await pilot.press("escape")
        assert screen(app).focused is screen(app).query_one(RunsTable)
        assert len(rows(app)) == 1
        await pilot.press("escape")
        assert len(rows(app)) == 2


async def test_a_view_of_what_fits_no_longer_says_so(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        working = under_way(made.root)
        await until(pilot, lambda: len(rows(app)) == 3)
        await pilot.press("slash", *"state=working", "enter")
        await viewing(pilot, app, "figures", "enter")
        finish(working, 9, state="failed", text="the disk is full; free some space")
        await until(pilot, lambda: "no evaluation fits" in words(app, "#head"))
        await until(pilot, lambda: getattr(shown_page(app), "sentence", "") == pages.NONE)


@pytest.mark.parametrize("height", [24, 18])
async def test_all_that_is_said_under_the_curves_can_be_scrolled_to_at_80_columns(
    made: Made, monkeypatch: pytest.MonkeyPatch, height: int
) -> None:
    long = "; ".join(f"{number}: so it is, and this is what to do about it" for number in range(20))
    monkeypatch.setattr(Reader, "diagnoses", lambda *_: {"20261123-210002-B-t002": long})
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, height)) as pilot:
        await opened(pilot, app)
        await viewing(pilot, app, pages.CURVES, "l")
        below = screen(app).query_one("#below")
        await until(pilot, lambda: below.max_scroll_y > 0)
        await until(pilot, lambda: app.focused is below)
        for _ in range(below.max_scroll_y):
            await pilot.press("down")
        await until(pilot, lambda: below.scroll_y == below.max_scroll_y)
        await pilot.press("left")
        assert screen(app).query_one(Curves).look.cursor is not None
        await viewing(pilot, app, pages.RELIABILITY, "b")
        await until(pilot, lambda: app.focused is below and below.scroll_y == 0)


async def test_how_long_ago_one_was_asked_for_grows(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_list, "TICK_SECONDS", 0.05)
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        before = rows(app)
        now = screen(app).now
        monkeypatch.setattr(screen(app), "_clock", lambda: now + 7 * 86_400)
        await until(pilot, lambda: rows(app) != before)
        assert int(rows(app)[0].split()[-2]) == int(before[0].split()[-2]) + 7


async def test_a_disk_that_is_silent_is_told_while_what_was_seen_stays(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        monkeypatch.setattr(silence, "SILENT_SECONDS", 0.5)
        monkeypatch.setattr(screen(app)._watch, "_listing", lambda: goes_on.wait(60) and [])
        await until(pilot, lambda: "the disk of" in words(app, "#problem"))
        await pilot.press("down", "o")
        assert len(rows(app)) == 2
        goes_on.set()
        await until(pilot, lambda: not screen(app).query_one("#problem").display)


async def test_stopping_asks_the_worker(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        working = under_way(made.root)
        await until(pilot, lambda: len(rows(app)) == 3)
        await pilot.press("home", "s")
        await until(pilot, lambda: "to stop" in said(app))
        assert any(working.control.iterdir())
        await pilot.press("down", "s")
        await until(pilot, lambda: "no worker to stop" in said(app))


async def test_deleting_asks_first_and_goes_to_the_trash(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert str(app.screen.query_one("#yes", Button).label) == "Move (y)"
        await pilot.press("n")
        assert made.b.path.exists()
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: len(rows(app)) == 1)
        assert (made.root / ".trash" / made.b.id / "evaluation.json").exists()


@pytest.mark.parametrize("key", ["n", "x"])
async def test_two_quick_keys_ask_once(made: Made, key: str) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        for _ in range(2):
            app.post_message(Key(key, key))
        await until(pilot, lambda: app.screen is not screen(app))
        await pilot.pause(0.1)
        assert app.screen_stack.index(screen(app)) == len(app.screen_stack) - 2


async def test_m_marks_the_mean_of_the_models_marked_beside_them(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("space", "space", "m")
        await until(pilot, lambda: len(rows(app)) == 3)
        await until(pilot, lambda: len(screen(app).marked) == 3)
        assert "mean of A t001, B t002, on 120 faces, is marked beside them" in said(app)
        assert rows(app)[0].split()[:4] == ["3", "✔", "done", "t001+t002"]
        await viewing(pilot, app, pages.FIGURES, "f")
        page = shown_page(app)
        assert page is not None and page.words is not None
        assert "mean of A t001, B t002" in str(page.words)
        # Again, with the mean among those marked: it is known, and stays marked.
        await pilot.press("m")
        await until(pilot, lambda: said(app).count("is marked beside them") == 2)
        assert len(screen(app).marked) == 3 and len(rows(app)) == 3


async def test_what_is_said_of_marks_names_the_key_of_their_mean(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("space", "space")
        await until(pilot, lambda: "2 marked" in words(app, "#chips"))
        assert "m their mean" in words(app, "#chips") and len(words(app, "#chips")) <= 78


async def test_what_is_wrong_with_a_filter_goes_when_it_is_mended(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("slash", *"mae<")
        assert "needs a number" in words(app, "#filter-said")
        await pilot.press("5")
        assert words(app, "#filter-said").startswith("model network data")


async def test_a_damaged_mean_is_taken_anew_and_has_no_worker_to_stop(made: Made) -> None:
    mean = averaged(made.root, [made.a, made.b])
    mean.summary_file.write_text('{"v": 1}')
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app, 3)
        assert "under way" not in words(app, "#head")
        await pilot.press("home", "g")
        await until(pilot, lambda: "taken anew" in said(app))
        await until(pilot, lambda: "✔ done" in rows(app)[0])
        await pilot.press("s")
        await until(pilot, lambda: "no worker to stop: it is finished" in said(app))


async def test_a_mean_that_finds_no_room_among_the_marks_is_only_listed(made: Made) -> None:
    for number in range(4):
        name = f"20261123-21001{number}-A-u00{number}"
        keep(made.root, scored_of(made.faces, name, seed=10 + number), 10 + number)
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app, 6)
        await pilot.press("home", *["space"] * 6, "m")
        await until(pilot, lambda: "is in the list" in said(app))
        await until(pilot, lambda: len(rows(app)) == 7)
        assert len(screen(app).marked) == 6
        await pilot.press("escape", "home", "space", "m")
        await until(pilot, lambda: "a mean is of models, not of other means" in said(app))


async def test_a_mean_wants_two_that_are_done_and_share_faces(made: Made) -> None:
    under_way(made.root)
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app, 3)
        await pilot.press("end", "m")
        assert "mark two evaluations or more" in said(app)
        await pilot.press("home", "space", "space", "m")
        await until(pilot, lambda: said(app).count("mark two evaluations or more") == 2)
        keep(made.root, scored_of(copy_faces(made.root.parent / "others"), "other"), 12)
        await until(pilot, lambda: len(rows(app)) == 4)
        await pilot.press("escape", "home", "space", "down", "space", "m")
        await until(pilot, lambda: "a mean wants evaluations of one data set" in said(app))
        assert len(rows(app)) == 4 and "taking the mean" not in words(app, "#head")


async def test_the_report_is_written_and_its_place_said(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def write(folder: Path, evaluations: list[EvaluationDir], **_: Any) -> Path:
        asked.append((folder, [one.id for one in evaluations]))
        return folder / "report.html"

    monkeypatch.setattr("trainer.evaluation.report.write_report", write)
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("space", "space", "r")
        await until(pilot, lambda: "wrote the report: exports/evaluation-B-t002-A" in said(app))
        folder, ids = asked[0]
        assert f"{folder.relative_to(Path.cwd())}/report.html" in said(app)
    assert folder.name.startswith("evaluation-B-t002-A-t001-faces-val-")
    assert ids == [made.b.id, made.a.id]


async def test_a_fault_while_the_report_is_written_is_said_and_the_screen_stays(
    made: Made,
) -> None:
    summary = json.loads(made.b.summary_file.read_text())
    made.b.summary_file.write_text(json.dumps({**summary, "notes": 5}))
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("home", "r")
        await until(pilot, lambda: "not done, by a fault; details in" in said(app))
        assert "writing the report" not in words(app, "#head")
        await pilot.press("down", "f")
        await until(pilot, lambda: "A t001" in words(app, "#head"))


async def test_a_fault_while_one_is_started_does_not_keep_the_next_from_it(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(_: Path, wish: Wish) -> str:
        if wish.data.name == OWN:
            raise TypeError("a fault of ours")
        return f"evaluating {wish.words}"

    monkeypatch.setattr("agegender_tui.evaluating.asking.start", begin)
    save_model(made.root / made.a.id.partition("--")[0], "age_gender_A.keras")
    model = next(iter(list_models(made.root)))
    other = DataChoice("others", DataSource(made.faces))
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        screen(app)._start([Wish(model, DataChoice(OWN)), Wish(model, other)])
        await until(pilot, lambda: "on others" in said(app))
        assert "not started, by a fault; details in" in said(app)


async def test_nothing_is_reported_of_what_is_not_done(tmp_path: Path) -> None:
    under_way(tmp_path / "runs")
    app = AgeGenderApp(tmp_path / "runs")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app, 1)
        await pilot.press("r")
        await until(pilot, lambda: "choose an evaluation that is done" in said(app))


async def test_a_slow_view_keeps_no_key_waiting(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    real = pages.page

    def slow(*rest: Any) -> pages.Page:
        assert gate.wait(60)
        return real(*rest)

    monkeypatch.setattr("agegender_tui.widgets.evaluation_views.page", slow)
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("f")
        await until(pilot, lambda: words(app, "#sentence") == pages.COMPUTING)
        await pilot.press("escape", "down", "space")
        assert rows(app)[1][0] == "1"
        gate.set()
        await app.workers.wait_for_complete()


async def test_a_fault_in_a_view_is_a_sentence(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("of ours")

    monkeypatch.setattr("agegender_tui.evaluating.figure_words.page", broken)
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await viewing(pilot, app, "figures", "f")
        assert "by a fault" in words(app, "#sentence")


async def test_figures_evaluated_anew_replace_those_shown(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await viewing(pilot, app, "figures", "f")
        text = made.b.summary_file.read_text()
        write_atomic(made.b.summary_file, text.replace('"faces": 120', '"faces": 119'))
        await until(pilot, lambda: "119 faces" in words(app, "#head"))


# The form


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What would have been given to a process of its own."""
    calls: list[tuple[str, ...]] = []

    def spawn(directory: EvaluationDir, verb: str, options: tuple[str, ...] = ()) -> int:
        calls.append((directory.id, verb))
        return 0

    monkeypatch.setattr("agegender_tui.launch_evaluation.spawn", spawn)
    return calls


def options(app: AgeGenderApp, which: str) -> list[str]:
    found = app.screen.query_one(which)
    return [str(found.get_option_at_index(n).prompt) for n in range(found.option_count)]  # type: ignore[attr-defined]


async def asking(pilot: Pilot[int], app: AgeGenderApp, count: int) -> None:
    await pilot.press("n")
    await until(pilot, lambda: isinstance(app.screen, NewEvaluationScreen))
    await until(pilot, lambda: len(options(app, "#models")) == count)
    await until(pilot, lambda: "looking" not in words(app, "#head"))


def with_models(made: Made) -> None:
    """A model in each run, as if trained on one face that is elsewhere."""
    for one in (made.a, made.b):
        run = made.root / one.id.partition("--")[0]
        save_model(run, f"age_gender_{run.name.split('-')[-2]}.keras")
        (run / "split.csv").write_text("file,part,age,gender\n20_0_0_z.jpg,train,20,0\n")


async def test_models_and_data_sets_are_chosen_and_each_pair_is_started(
    made: Made, started: list[tuple[str, ...]], tmp_path: Path
) -> None:
    with_models(made)
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await asking(pilot, app, 2)
        assert OWN in options(app, "#data")[0] and options(app, "#data")[0].startswith("[x]")
        assert all(row.startswith("[x]") for row in options(app, "#models"))  # the newest A and B
        await pilot.press("space", "down", "space", "space", "home", "space", "tab", "space", "o")
        app.screen.query_one("#path", Input).value = str(made.faces)
        await pilot.press("enter")
        assert any(row.startswith("[x] faces") for row in options(app, "#data"))
        assert "2 evaluations: ctrl+s starts" in words(app, "#sum")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(started) == 2)
        await until(pilot, lambda: len(rows(app)) == 4)
        assert all(row.split()[1] == "waits" for row in rows(app)[:2])
    assert {name.split("--")[1] for name, _ in started} == {"faces-all"}
    state = read_status(EvaluationDir(made.root / "evaluations" / started[0][0]).state_file)
    assert state.state == "waiting"


async def test_what_is_known_is_not_computed_again(
    made: Made, started: list[tuple[str, ...]]
) -> None:
    with_models(made)
    model = next(iter(list_models(made.root)))
    wish = Wish(model, DataChoice("faces", DataSource(made.faces)))
    assert "evaluating" in start(made.root, wish)
    directory = EvaluationDir(made.root / "evaluations" / started[0][0])
    for file in (made.b.summary_file, made.b.predictions_file):
        shutil.copy(file, directory.path)
    write_status(directory.state_file, Status(state="finished"))
    assert "known already" in start(made.root, wish)
    assert len(started) == 1


async def test_a_model_without_a_run_is_not_evaluated_on_a_validation_part(
    made: Made, tmp_path: Path, started: list[tuple[str, ...]]
) -> None:
    other = save_model(tmp_path, "theirs.keras")
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await asking(pilot, app, 0)
        await pilot.press("m")
        app.screen.query_one("#path", Input).value = str(other)
        await pilot.press("enter")
        await until(pilot, lambda: len(options(app, "#models")) == 1)
        left_out = "1 left out: a model file without its run has no validation faces"
        assert "0 evaluations" in words(app, "#sum") and left_out in words(app, "#sum")
        await pilot.press("ctrl+s", "escape")
        assert app.screen is screen(app)
    assert not started


async def test_a_folder_of_runs_that_cannot_be_read_is_said_where_models_are_chosen(
    tmp_path: Path,
) -> None:
    app = AgeGenderApp(tmp_path / ("x" * 300))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app, 0)
        await asking(pilot, app, 0)
        assert "cannot be read" in words(app, "#sum")


async def test_a_folder_that_is_not_there_is_said(made: Made) -> None:
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await asking(pilot, app, 0)
        await pilot.press("o")
        app.screen.query_one("#path", Input).value = "/no/such"
        await pilot.press("enter")
        await until(pilot, lambda: "/no/such: there is no such folder" in said(app))


async def test_one_that_failed_is_gone_at_again(made: Made, started: list[tuple[str, ...]]) -> None:
    with_models(made)
    app = AgeGenderApp(made.root)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await asking(pilot, app, 2)
        await pilot.press("space", "tab", "space", "o")
        app.screen.query_one("#path", Input).value = str(made.faces)
        await pilot.press("enter")
        assert "1 evaluation:" in words(app, "#sum")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(started) == 1)
        failed = EvaluationDir(made.root / "evaluations" / started[0][0])
        write_status(failed.state_file, Status(state="failed", text="no memory"))
        await until(pilot, lambda: "✘ failed" in rows(app)[0])
        await pilot.press("home", "g")
        await until(pilot, lambda: len(started) == 2)
        await pilot.press("end", "g")
        await until(pilot, lambda: "gives the same" in said(app))
