"""The Data screen, driven by keys over a small folder of faces."""

from __future__ import annotations

import csv
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from textual.events import Key, MouseScrollDown
from textual.pilot import Pilot
from textual.widgets import Button, Input, OptionList, Static

from agegender_tui.app import AgeGenderApp
from agegender_tui.dataset import curating, session
from agegender_tui.dataset.face_filter import View, rows_of
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.inspection import Inspection
from agegender_tui.dataset.session import Session
from agegender_tui.pictures.output import Drawing
from agegender_tui.screens.correct_label import CorrectLabelScreen
from agegender_tui.screens.dataset import DatasetScreen
from agegender_tui.screens.fetch_utkface import FetchUTKFaceScreen
from agegender_tui.screens.pick_folder import PickFolderScreen
from agegender_tui.screens.pick_run import PickRunScreen
from agegender_tui.screens.register_dataset import RegisterDatasetScreen
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.widgets.face_card import FaceCard
from agegender_tui.widgets.face_grid import FaceGrid
from agegender_tui.widgets.face_image import FaceImage
from agegender_tui.widgets.findings_list import FindingsList
from tests.agegender_tui.conftest import PATIENCE, until
from trainer.data import picture_file
from trainer.data.exclusions import FILE_NAME, Curator, read_curation
from trainer.data.index import Index, build_index
from trainer.data.labels import Label
from trainer.data.registered import read_registered, register
from trainer.data.report_store import report_file
from trainer.data.source import DataSource
from trainer.runs.layout import RunDir

MakeRun = Callable[..., RunDir]
COUNT = 30


@pytest.fixture(autouse=True)
def blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", "blocks")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Thirty faces aged 10 to 39, every other one female, in small coloured squares."""
    made = tmp_path / "faces"
    made.mkdir()
    for n in range(COUNT):
        pixels = np.full((16, 16, 3), (8 * n, 100, 255 - 8 * n), "uint8")
        Image.fromarray(pixels).save(made / f"{n + 10}_{n % 2}_{n % 5}_x.png")
    return made


def screen(app: AgeGenderApp) -> DatasetScreen:
    found = app.get_screen("data")
    assert isinstance(found, DatasetScreen)
    return found


def grid(app: AgeGenderApp) -> FaceGrid:
    return screen(app).query_one(FaceGrid)


def names(app: AgeGenderApp) -> list[str]:
    faces = grid(app).faces
    return [faces.name(row) for row in grid(app).rows] if faces else []


def current(app: AgeGenderApp) -> str:
    faces, row = grid(app).faces, grid(app).current
    return faces.name(row) if faces is not None and row is not None else ""


def shown(app: AgeGenderApp, selector: str) -> str:
    widget = screen(app).query_one(selector, Static)
    return str(widget.render()) if widget.display else ""


def lines(app: AgeGenderApp) -> list[str]:
    return [grid(app).render_line(y).text for y in range(grid(app).size.height)]


def said(app: AgeGenderApp) -> str:
    return " | ".join(note.message for note in app._notifications)


async def opened(pilot: Pilot[int], app: AgeGenderApp, count: int = COUNT) -> None:
    """Key 3, and all that opening does."""
    await until(pilot, lambda: len(app.screen_stack) > 1)
    await pilot.press("3")
    await until(pilot, lambda: app.is_screen_installed("data") and len(names(app)) == count)
    await until(pilot, lambda: bool(screen(app).faces and screen(app).faces.parts))
    await until(pilot, lambda: not screen(app).busy)


async def test_key_3_shows_faces_with_age_and_gender_under_each(
    tmp_path: Path, folder: Path
) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: lines(app)[0].count("▀") == 4 * 18)
        assert lines(app)[9].split() == ["10", "male", "11", "female", "12", "male", "13", "female"]
        assert "faces · 30 faces · 1–8 of 30" in shown(app, "#head")
        assert shown(app, "#detail").startswith("10_0_0_x.png · 10 male, race 0 white · ")


async def test_arrows_page_keys_and_the_wheel_move_and_scroll(tmp_path: Path, folder: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("right", "down")
        assert current(app).startswith("15_")
        assert grid(app).span == (0, 8)
        await pilot.press("down")
        assert (current(app)[:2], grid(app).span) == ("19", (4, 12))
        await pilot.press("pagedown")
        assert (current(app)[:2], grid(app).span) == ("27", (12, 20))
        await pilot.press("end")
        assert (current(app)[:2], grid(app).span) == ("39", (24, 30))
        await pilot.press("right", "down", "pagedown")
        assert current(app).startswith("39")
        await pilot.press("home", "left", "up", "pageup")
        assert (current(app)[:2], grid(app).span) == ("10", (0, 8))
        await pilot._post_mouse_events([MouseScrollDown], FaceGrid)
        await pilot.pause()
        assert (current(app)[:2], grid(app).span) == ("14", (4, 12))
        await pilot.click(FaceGrid, offset=(25, 3))
        assert current(app).startswith("15_")


async def test_the_last_row_is_reached_from_above_a_gap(tmp_path: Path, folder: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("end", "up", "right", "right")
        assert current(app).startswith("37_")
        await pilot.press("down")
        assert current(app).startswith("39_")


async def test_zoom_changes_the_size_and_keeps_the_face(tmp_path: Path, folder: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("end", "plus", "plus")
        assert grid(app)._layout.page < 8
        first, last = grid(app).span
        assert current(app).startswith("39") and first <= grid(app).cursor < last
        await pilot.press(*["minus"] * 9)
        assert grid(app)._layout.page > 20
        assert current(app).startswith("39")


async def test_a_face_is_shown_large_with_all_that_is_known(tmp_path: Path, folder: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot, app)
        await pilot.press("right", "enter")
        card = screen(app).query_one(FaceCard)

        def facts() -> str:
            return "\n".join(
                strip.text for strip in card.query_one("#facts", Static).render_lines(
                    card.query_one("#facts", Static).region.reset_offset
                )
            )  # fmt: skip

        await until(pilot, lambda: "16×16 pixels" in facts())
        assert "11 female, race 1 black" in facts() and "2 of 30" in facts()
        await until(pilot, lambda: "▀" in card.query_one(FaceImage).render_line(10).text)
        await pilot.press("right", "n", "left")
        await until(pilot, lambda: "3 of 30" in facts() and "12 male" in facts())
        await pilot.press("escape")
        assert current(app).startswith("12_")
        assert grid(app).has_focus


async def test_the_filter_narrows_while_one_types_and_says_what_is_wrong(
    tmp_path: Path, folder: Path
) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("slash", *"age>=20 gender=female")
        await until(pilot, lambda: len(names(app)) == 10)
        await pilot.press(*" age<x")
        await until(pilot, lambda: "needs a number" in shown(app, "#filter-said"))
        await pilot.press("enter")
        assert screen(app).has_class("filtering"), "a wrong filter is not left"
        await pilot.press("backspace", *"30")
        await until(pilot, lambda: len(names(app)) == 5)
        await pilot.press("enter")
        assert "age<30" in shown(app, "#chips")
        assert "1–5 of 5" in shown(app, "#head")
        await pilot.press("escape")
        await until(pilot, lambda: len(names(app)) == COUNT)
        assert shown(app, "#chips") == ""


async def test_a_filter_is_given_up_once_another_is_typed(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    def slow(faces: FaceSet, view: View, poll: Callable[[], None]) -> Sequence[int]:
        deadline = time.monotonic() + PATIENCE
        try:
            while view.filter == "1" and time.monotonic() < deadline:
                poll()
                time.sleep(0.001)
        finally:
            ended.append(view.filter)
        return rows_of(faces, view, poll)

    monkeypatch.setattr("agegender_tui.screens.dataset.rows_of", slow)
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        ended.clear()
        await pilot.press("slash", *"11")
        await until(pilot, lambda: names(app) == ["11_1_1_x.png"])
        await until(pilot, lambda: sorted(ended) == ["1", "11"])
        await pilot.press("enter")
        await pilot.pause()
        assert len(ended) == 2, "to leave the line looks for nothing new"


async def test_a_filter_that_fits_nothing_says_so(tmp_path: Path, folder: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("slash", *"age>100", "enter")
        await until(pilot, lambda: "No face fits" in shown(app, "#sentence"))
        await pilot.press("enter", "x", "l", "space", "right", "d", "escape")
        await pilot.press("escape")
        await until(pilot, lambda: len(names(app)) == COUNT)
        await until(pilot, lambda: "No face" not in shown(app, "#sentence"))
        await pilot.press("right")
        assert current(app).startswith("11_"), "the grid has the focus again"


async def test_orders_go_in_turn_and_a_random_one_shows_its_seed(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.randrange", lambda _: 41)
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("o", "o")
        await until(pilot, lambda: names(app)[0].startswith("39_"))
        assert "oldest first" in shown(app, "#chips")
        await pilot.press("r")
        await until(pilot, lambda: "random order, seed 41" in shown(app, "#chips"))
        first = names(app)
        assert first != sorted(first) and sorted(first) == sorted(names(app))
        await pilot.press("r")
        await until(pilot, lambda: names(app) != first)
        assert "seed 42" in shown(app, "#chips")


async def test_excluding_restoring_and_undoing_is_seen_at_once_and_kept(
    tmp_path: Path, folder: Path
) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("space", "space")
        assert "2 marked" in shown(app, "#chips")
        await pilot.press("x")
        await until(pilot, lambda: "2 excluded" in shown(app, "#head"))
        assert read_curation(folder).excluded == {"10_0_0_x.png", "11_1_1_x.png"}
        assert "×" in lines(app)[9]
        assert "marked" not in shown(app, "#chips")
        await pilot.press("home", "x")
        await until(pilot, lambda: "1 excluded" in shown(app, "#head"))
        assert "restored 10_0_0_x.png" in said(app)
        await pilot.press("u", "u")
        await until(pilot, lambda: "excluded" not in shown(app, "#head"))
        assert read_curation(folder).excluded == frozenset()
        await pilot.press("u")
        await until(pilot, lambda: "nothing to undo" in said(app))


async def test_a_label_is_corrected_and_taken_back(tmp_path: Path, folder: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, CorrectLabelScreen))
        await pilot.press(*["backspace"] * 20, *"x", "enter")
        assert isinstance(app.screen, CorrectLabelScreen), "what is no label is not taken"
        await pilot.press("backspace", *"77 f 2", "enter")
        await until(pilot, lambda: "77 female, race 2" in shown(app, "#detail"))
        assert read_curation(folder).corrected == {"10_0_0_x.png": Label(77, 1, 2)}
        assert "✎" in lines(app)[9] and "label corrected" in shown(app, "#detail")
        await pilot.press("u")
        await until(pilot, lambda: "10 male, race 0" in shown(app, "#detail"))
        assert read_curation(folder).corrected == {}


async def test_a_corrected_label_keeps_its_race_unless_told_otherwise(
    tmp_path: Path, folder: Path
) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        for typed, label in (("77 f", Label(77, 1, 0)), ("77 f -", Label(77, 1, None))):
            await pilot.press("l")
            await until(pilot, lambda: isinstance(app.screen, CorrectLabelScreen))
            assert "- takes it away" in str(app.screen.query_one("#wrong-or-hint").render())
            app.screen.query_one(Input).value = typed
            await pilot.press("enter")
            kept = {"10_0_0_x.png": label}
            await until(pilot, lambda kept=kept: read_curation(folder).corrected == kept)


async def test_the_dialog_for_a_label_shows_the_face_where_there_is_room(
    tmp_path: Path, folder: Path
) -> None:
    def of_the_face() -> str:
        face = app.screen.query_one(FaceImage)
        return "".join(face.render_line(y).text for y in range(face.size.height) if face.display)

    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, CorrectLabelScreen))
        await until(pilot, lambda: "▀" in of_the_face())
        assert app.screen.region.contains_region(app.screen.query_one("#wrong-or-hint").region)
        await pilot.resize_terminal(80, 20)
        await until(pilot, lambda: not of_the_face())
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, CorrectLabelScreen))
        await pilot.resize_terminal(80, 24)
        (folder / "10_0_0_x.png").write_bytes(b"no picture")
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, CorrectLabelScreen))
        await until(pilot, lambda: not app.screen.query(FaceImage))


async def test_exclusions_of_ones_own_that_no_longer_count_are_told_of(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("trainer.data.exclusions.os.access", lambda *_: False)
        own = Curator(folder)
        own.exclude(["10_0_0_x.png"])
    (folder / FILE_NAME).write_text("version = 1\n")
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        assert said(app).startswith(f"{own.now.file} is not read, as {folder / FILE_NAME} is there")


async def test_a_row_of_a_table_without_a_picture_is_asked_for_no_label(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "labels.csv").write_text("file,age,gender\n1.png,20,m\ngone.png,30,f\n")
    Image.new("RGB", (16, 16)).save(folder / "1.png")
    app = AgeGenderApp(tmp_path / "runs", data=f"csv:{folder}")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, 2)
        await pilot.press("end", "l")
        await until(pilot, lambda: "is a row of a table without a picture" in said(app))
        assert not isinstance(app.screen, CorrectLabelScreen)


async def test_a_face_of_a_range_of_ages_keeps_its_race_when_it_gets_a_label(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "labels.csv").write_text("file,age,gender,race\n1.png,20-29,m,3\n2.png,30,f,1\n")
    for name in ("1.png", "2.png"):
        Image.new("RGB", (16, 16)).save(folder / name)
    app = AgeGenderApp(tmp_path / "runs", data=f"csv:{folder}")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, 2)
        await pilot.press("end", "l")
        await until(pilot, lambda: isinstance(app.screen, CorrectLabelScreen))
        app.screen.query_one(Input).value = "24 m"
        await pilot.press("enter")
        kept = {"1.png": Label(24, 0, 3)}
        await until(pilot, lambda: read_curation(folder).corrected == kept)


async def test_a_picture_without_a_label_gets_one_here(tmp_path: Path, folder: Path) -> None:
    shutil.copy(folder / "10_0_0_x.png", folder / "somebody.png")
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, COUNT + 1)
        assert "1 left out" in shown(app, "#head")
        await pilot.press("end")
        assert "does not begin with an age" in shown(app, "#detail")
        await pilot.press("x")
        await until(pilot, lambda: "has no whole label, so no run uses it" in said(app))
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, CorrectLabelScreen))
        await pilot.press(*"50 male", "enter")
        await until(pilot, lambda: "left out" not in shown(app, "#head"))
        assert current(app) == "somebody.png"
        assert build_index(folder).ages[-1] == 50


async def test_numbers_are_counted_before_and_after_exclusions(
    tmp_path: Path, folder: Path
) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(100, 40)) as pilot:
        await opened(pilot, app)
        await pilot.press("x")
        await until(pilot, lambda: "1 excluded" in shown(app, "#head"))
        await pilot.press("d")
        await until(pilot, lambda: "1 excluded; split" in shown(app, "#numbers-text"))
        text = shown(app, "#numbers-text")
        assert "all            30" in text and "used           29" in text
        assert "press i" in text
        await pilot.press("d")
        assert grid(app).has_focus


async def test_a_report_is_made_and_its_findings_lead_to_faces(
    tmp_path: Path, folder: Path
) -> None:
    shutil.copy(folder / "20_0_0_x.png", folder / "80_1_0_copy.png")
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, COUNT + 1)
        await pilot.press("f")
        assert "No report yet: i looks at every picture" in shown(app, "#advice")
        await pilot.press("w")
        listed = screen(app).query_one(FindingsList)
        await until(pilot, lambda: listed.option_count > 0)
        assert "wrote" in said(app)
        titles = [str(option.prompt) for option in listed.options]
        place = next(n for n, title in enumerate(titles) if "other labels" in title)
        listed.highlighted = place
        await pilot.pause()
        assert "At most one label can be right" in shown(app, "#advice")
        await pilot.press("enter")
        await until(pilot, lambda: len(names(app)) == 2)
        assert set(names(app)) == {"20_0_0_x.png", "80_1_0_copy.png"}
        assert "Copies, pixel for pixel, other labels" in shown(app, "#chips")
        assert "duplicate-other-label" in shown(app, "#detail")
    page = tmp_path / "exports" / "faces-report.html"
    assert "other labels" in page.read_text(encoding="utf-8")
    body = json.loads((tmp_path / "exports" / "faces-report.json").read_text())
    assert body["faces"] == COUNT + 1
    assert report_file(build_index(folder)).exists()


async def test_a_finding_without_faces_says_so_and_stays(tmp_path: Path, folder: Path) -> None:
    for path in [path for path in folder.iterdir() if path.name.split("_")[1] == "1"]:
        path.unlink()
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, COUNT // 2)
        await pilot.press("f", "i")
        listed = screen(app).query_one(FindingsList)
        await until(pilot, lambda: listed.option_count > 0)
        titles = [str(option.prompt) for option in listed.options]
        listed.highlighted = next(n for n, one in enumerate(titles) if "100% of all" in one)
        await pilot.pause()
        assert "There are no faces to show; w writes the report." in shown(app, "#advice")
        await pilot.press("enter")
        await pilot.pause()
        assert listed.has_focus and not shown(app, "#chips")


async def test_a_picture_that_was_mended_is_drawn_anew_with_the_next_report(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Inspection, "run", lambda *_: True)
    whole = (folder / "10_0_0_x.png").read_bytes()
    (folder / "10_0_0_x.png").write_bytes(whole[:50])

    def drawn(app: AgeGenderApp) -> Drawing | str | None:
        thumbnails = grid(app)._thumbnails
        return thumbnails.get(grid(app)._wanted(0)) if thumbnails else None

    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: isinstance(drawn(app), str))
        (folder / "10_0_0_x.png").write_bytes(whole)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(drawn(app), Drawing))


async def test_a_run_judges_the_labels_and_is_taken_away_again(
    tmp_path: Path, folder: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path / "runs", data=str(folder))
    validated = {"12_0_2_x.png": (50.0, 0.9), "13_1_3_x.png": (13.0, 0.95)}
    with open(run.predictions_file, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "predicted_age", "predicted_gender_1"])
        table.writerows([name, *said] for name, said in validated.items())
    with open(run.split_file, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "part", "age", "gender"])
        table.writerows(
            [path.name, "validation" if path.name in validated else "train", 0, 0]
            for path in folder.iterdir()
        )
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(120, 30)) as pilot:
        await opened(pilot, app)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, PickRunScreen))
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("down", "enter")
        await until(pilot, lambda: f"model of {run.id}" in shown(app, "#chips"))
        await pilot.press("slash", *"error>10", "enter")
        await until(pilot, lambda: names(app) == ["12_0_2_x.png"])
        assert "validation · model: 50 female" in shown(app, "#detail")
        await pilot.press("f")
        listed = screen(app).query_one(FindingsList)
        assert "disbelieves" in str(listed.get_option_at_index(0).prompt)
        await pilot.press("escape", "escape", "m")
        await until(pilot, lambda: isinstance(app.screen, PickRunScreen))
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "model of" not in shown(app, "#chips"))


async def test_a_judging_run_that_is_deleted_keeps_no_exclusion_from_the_screen(
    tmp_path: Path, folder: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path / "runs", data=str(folder))
    run.predictions_file.write_text("file,predicted_age,predicted_gender_1\n12_0_2_x.png,50,0.9\n")
    run.split_file.write_text("file,part,age,gender\n12_0_2_x.png,validation,12,0\n")
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(120, 30)) as pilot:
        await opened(pilot, app)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, PickRunScreen))
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("down", "enter")
        await until(pilot, lambda: f"model of {run.id}" in shown(app, "#chips"))
        shutil.rmtree(run.path)
        await pilot.press("x")
        await until(pilot, lambda: "1 excluded" in shown(app, "#head"))
        assert "no model judges any more" in said(app)
        assert "model of" not in shown(app, "#chips")


async def test_a_mark_stays_on_its_face_when_rows_change(tmp_path: Path, folder: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("right", "space")
        marked = grid(app).marked_names
        shutil.copy(folder / marked[0], folder / "10_0_0_before.png")
        *_, screen(app).faces = Session(DataSource(folder)).open()
        screen(app).changed(screen(app).faces)
        await until(pilot, lambda: len(names(app)) == COUNT + 1)
        assert grid(app).marked_names == marked == ["11_1_1_x.png"]


async def test_another_folder_is_opened_in_its_place(tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(folder / "10_0_0_x.png", other)
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, PickFolderScreen))
        await pilot.press(*["backspace"] * len("faces"), *"other", "enter")
        await until(pilot, lambda: names(app) == ["10_0_0_x.png"])
        assert "other · 1 faces" in shown(app, "#head")


async def test_every_key_of_the_screen_is_text_in_the_filter_however_fast(
    tmp_path: Path, folder: Path
) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    letters = "abcdefghijklmnopqrstuvwxyz/x"
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        for character in ("/", *letters):
            app.post_message(Key("slash" if character == "/" else character, character))
        field = screen(app).query_one("#filter", Input)
        await until(pilot, lambda: field.value == letters)
        await pilot.pause()
        assert isinstance(app.screen, DatasetScreen)


async def test_a_data_set_of_another_layout_is_opened_by_its_name(
    tmp_path: Path, folder: Path
) -> None:
    other = tmp_path / "people"
    other.mkdir()
    shutil.copy(folder / "10_0_0_x.png", other / "7_MariaCallas_35_f.png")
    register("people", DataSource(other, "agedb"))
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, PickFolderScreen))
        await pilot.press("ctrl+u", *"people", "enter")
        await until(pilot, lambda: names(app) == ["7_MariaCallas_35_f.png"])
        assert "35" in " ".join(lines(app))


@pytest.mark.parametrize(
    ("key", "opens"), [("k", RegisterDatasetScreen), ("g", FetchUTKFaceScreen)]
)
async def test_keeping_and_fetching_a_data_set_are_a_key_away(
    tmp_path: Path, folder: Path, key: str, opens: type
) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, opens))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DatasetScreen))
        assert len(names(app)) == COUNT


async def test_a_data_set_is_kept_with_the_layout_and_columns_it_is_seen_with(
    tmp_path: Path, folder: Path
) -> None:
    rows = [f"{path.name},50,{20 + n},m" for n, path in enumerate(sorted(folder.iterdir()))]
    (folder / "t.csv").write_text("\n".join(["file,age,true_age,gender", *rows]))
    seen = f"csv?age=true_age:{folder}"
    app = AgeGenderApp(tmp_path / "runs", data=seen)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("k")
        await until(pilot, lambda: isinstance(app.screen, RegisterDatasetScreen))
        form = app.screen
        assert isinstance(form, RegisterDatasetScreen)
        await pilot.pause()
        await until(pilot, lambda: not form.is_looking)
        await until(pilot, lambda: not form.query_one("#keep", Button).disabled)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, DatasetScreen))
    assert str(read_registered()["faces"]) == seen


@pytest.mark.parametrize("key", ["m", "a", "k", "g"])
async def test_two_quick_keys_ask_once(tmp_path: Path, folder: Path, key: str) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        for _ in range(2):
            app.post_message(Key(key, key))
        await until(pilot, lambda: app.screen is not screen(app))
        await pilot.pause(0.1)
        assert app.screen_stack.index(screen(app)) == len(app.screen_stack) - 2


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: shutil.rmtree(folder), "no such folder"),
        (lambda folder: [path.unlink() for path in folder.iterdir()], "is empty"),
        (
            lambda folder: [path.rename(path.with_suffix(".txt")) for path in folder.iterdir()],
            "30 files but no pictures",
        ),
        (lambda folder: (folder / FILE_NAME).write_text("version = 7"), "version 7 is not 1"),
    ],
    ids=["gone", "empty", "no pictures", "bad curation"],
)
async def test_a_folder_that_cannot_be_shown_is_a_sentence(
    tmp_path: Path, folder: Path, make: Callable[[Path], object], says: str
) -> None:
    make(folder)
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("3")
        await until(pilot, lambda: app.is_screen_installed("data"))
        await until(pilot, lambda: says in shown(app, "#sentence"))
        await pilot.press("enter", "x", "l", "u", "i", "w", "m", "d", "f", "o", "r", "escape", "a")
        await until(pilot, lambda: isinstance(app.screen, PickFolderScreen))


async def test_hostile_names_and_broken_pictures_do_no_harm(tmp_path: Path, folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    bad = ["20_0_0_\x1b[2J.jpg", "21_1_0_[red].jpg", os.fsdecode(b"22_0_0_\xff.jpg")]
    for name in bad:
        (folder / name).write_bytes(b"rubbish")
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, 3)
        await until(pilot, lambda: "not a picture" in " ".join(lines(app)))
        assert r"20_0_0_\x1b[2J.jpg" in shown(app, "#detail")
        await pilot.press("right")
        await until(pilot, lambda: "[red]" in shown(app, "#detail"))
        await pilot.press("right", "x")
        await until(pilot, lambda: "is not UTF-8" in said(app))
        assert r"22_0_0_\xff.jpg" in said(app)
        await pilot.press("enter")
        image = screen(app).query_one(FaceImage)
        await until(
            pilot,
            lambda: "not a picture" in " ".join(
                image.render_line(y).text for y in range(image.size.height)
            ),
        )  # fmt: skip


async def test_the_screen_stays_as_it_was_left(tmp_path: Path, folder: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("slash", *"age>=20", "enter")
        await until(pilot, lambda: len(names(app)) == 20)
        await pilot.press("right", "1")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await pilot.press("3")
        await until(pilot, lambda: isinstance(app.screen, DatasetScreen))
        assert (len(names(app)), current(app)[:2]) == (20, "21")
        await pilot.press("escape")
        await until(pilot, lambda: len(names(app)) == COUNT)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))


async def test_where_there_are_words_only_faces_are_lines(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", "words")
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        assert lines(app)[0].startswith("10 male 10_0_0_x.png")
        assert grid(app)._layout.page > COUNT


async def test_without_a_folder_named_the_sample_faces_are_shown(tmp_path: Path) -> None:
    app = AgeGenderApp(tmp_path / "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, 400)
        assert "sample · 400 faces" in shown(app, "#head")


async def test_keys_pressed_before_the_names_are_read_do_no_harm(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_read = threading.Event()

    def slow(source: DataSource) -> Index:
        may_read.wait(PATIENCE)
        return build_index(source.folder)

    monkeypatch.setattr("agegender_tui.dataset.session.browsable_index", slow)
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("3", "enter", "x", "l", "u", "o", "r", "i", "w", "m", "space", "d", "f")
        assert "reading names" in shown(app, "#head")
        await pilot.press("escape", "slash", "a", "backspace", "right", "enter")
        may_read.set()
        await until(pilot, lambda: len(names(app)) == COUNT)


async def test_a_large_face_is_not_replaced_by_one_that_was_wanted_before_it(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, reading, handed_over = threading.Event(), list[int](), list[int]()
    read = picture_file.open_picture

    def open_picture(path: Path, at_least: int = 0) -> Image.Image:
        if path.name.startswith("11_") and not at_least:  # for the card, not for the grid
            reading.append(threading.get_ident())
            late.wait(PATIENCE)
        return read(path, at_least)

    monkeypatch.setattr(picture_file, "open_picture", open_picture)
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    call = app.call_from_thread

    def call_from_thread(*what: Any) -> Any:
        done = call(*what)
        handed_over.append(threading.get_ident())
        return done

    monkeypatch.setattr(app, "call_from_thread", call_from_thread)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot, app)
        image = screen(app).query_one(FaceCard).query_one(FaceImage)
        await pilot.press("right", "enter")
        await until(pilot, lambda: reading)
        await pilot.press("right")
        await until(pilot, lambda: image._words.startswith("12 male"))
        late.set()
        await until(pilot, lambda: reading[0] in handed_over)
        assert image._words.startswith("12 male")


async def test_keys_pressed_at_once_begin_with_what_the_ones_before_came_to(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = list[str](), threading.Event()
    curate = curating.curated

    def curated(faces: FaceSet, *rest: Any) -> FaceSet:
        after = curate(faces, *rest)
        begun.append("")
        if len(begun) == 1:  # so that what is done first is done last
            go_on.wait(PATIENCE)
        return after

    monkeypatch.setattr("agegender_tui.dataset.session.curated", curated)
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("x")
        await until(pilot, lambda: begun)
        await pilot.press("right", "x", "right", "x", "x")
        await pilot.pause(0.2)
        go_on.set()
        await until(pilot, lambda: len(begun) == 4)
        await until(pilot, lambda: "restored 12_0_2_x.png" in said(app))
        faces = screen(app).faces
        assert faces is not None
        assert {faces.name(row) for row in faces.index.excluded} == {"10_0_0_x.png", "11_1_1_x.png"}
        assert read_curation(folder).excluded == {"10_0_0_x.png", "11_1_1_x.png"}


async def test_a_label_goes_to_the_face_it_was_asked_of_though_rows_have_changed(
    tmp_path: Path, folder: Path
) -> None:
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("right", "l")
        await until(pilot, lambda: isinstance(app.screen, CorrectLabelScreen))
        (folder / "10_0_0_x.png").unlink()
        screen(app).open(screen(app).session)
        await until(pilot, lambda: len(names(app)) == COUNT - 1)
        app.screen.query_one(Input).value = "77 male"
        await pilot.press("enter")
        await until(pilot, lambda: "label of" in said(app))
        assert set(read_curation(folder).corrected) == {"11_1_1_x.png"}


async def test_keys_do_no_harm_while_the_grid_shows_faces_that_are_no_longer_meant(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    few = tmp_path / "few"
    few.mkdir()
    Image.new("RGB", (8, 8)).save(few / "50_0_0_x.png")
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("end")

        def slow(faces: FaceSet, view: View, poll: Callable[[], None]) -> Sequence[int]:
            deadline = time.monotonic() + PATIENCE
            while not go_on.wait(0.001) and time.monotonic() < deadline:
                poll()
            return rows_of(faces, view, poll)

        monkeypatch.setattr("agegender_tui.screens.dataset.rows_of", slow)
        screen(app).open_source(DataSource(few))
        await until(pilot, lambda: screen(app).faces is not None)
        await pilot.press("left", "enter", "right", "home", "x")
        go_on.set()
        await until(pilot, lambda: names(app) == ["50_0_0_x.png"] and not screen(app).busy)
        assert not said(app)
        assert not read_curation(few).excluded and not read_curation(folder).excluded
        # The same where the rows of one data set have changed.
        go_on.clear()
        screen(app).open_source(DataSource(folder))
        go_on.set()
        await until(pilot, lambda: len(names(app)) == COUNT and not screen(app).busy)
        await pilot.press("end")
        go_on.clear()
        for name in names(app)[:-1]:
            (folder / name).unlink()
        screen(app).open(screen(app).session)
        await until(pilot, lambda: len(screen(app).faces or ()) == 1)
        await pilot.press("enter", "escape", "x")
        await until(pilot, lambda: "excluded 39_" in said(app))
        go_on.set()
        assert read_curation(folder).excluded == {"39_1_4_x.png"}


async def test_a_filter_typed_while_the_names_are_read_holds_once_they_are(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    read = session.browsable_index

    def slow(source: DataSource) -> Index:
        go_on.wait(PATIENCE)
        return read(source)

    monkeypatch.setattr(session, "browsable_index", slow)
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("3")
        await until(pilot, lambda: app.is_screen_installed("data"))
        await pilot.press("slash", *"age>=x")
        await until(pilot, lambda: "needs a number" in shown(app, "#filter-said"))
        await pilot.press("backspace", *"20", "enter")
        assert "age>=20" in shown(app, "#chips")
        go_on.set()
        await until(pilot, lambda: len(names(app)) == 20)


async def test_a_report_is_refused_where_the_current_folder_is_gone(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    app = AgeGenderApp(tmp_path / "runs", data=str(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        (tmp_path / "gone").rmdir()
        await pilot.press("w")
        await until(pilot, lambda: "the current folder is gone" in said(app))
        await pilot.press("4")
        await until(pilot, lambda: app.is_screen_installed("predict"))
