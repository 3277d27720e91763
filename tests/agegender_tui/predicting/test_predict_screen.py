"""The Predict screen, before a process that knows its answers."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input, Tree

from agegender_tui.app import AgeGenderApp
from agegender_tui.predicting.boxes import CHOSEN, OTHER
from agegender_tui.predicting.saving import save_answer
from agegender_tui.screens import picture_predicting
from agegender_tui.screens.models import ModelsScreen
from agegender_tui.screens.pick_layer import PickLayerScreen
from agegender_tui.screens.predict import PredictScreen
from agegender_tui.screens.too_small import TooSmallScreen
from agegender_tui.widgets.batch_line import BatchLine
from agegender_tui.widgets.face_image import FaceImage
from agegender_tui.widgets.heat_row import HeatView
from tests.agegender_tui.predicting.conftest import Fake, Host, save_model, until, words
from trainer.prediction.catalog import describe


def screen_of(pilot: Pilot[Any]) -> PredictScreen:
    screen = pilot.app.screen_stack[1 if isinstance(pilot.app, Host) else 2]
    assert isinstance(screen, PredictScreen)
    return screen


async def go(pilot: Pilot[Any], path: str) -> None:
    """Open what is typed in the path's line."""
    await pilot.press("o")
    pilot.app.screen.query_one("#path", Input).value = path
    await pilot.press("enter")


async def to_the_party(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: "of 4" in words(pilot.app, "#head"))
    await go(pilot, "photos/party.png")
    await until(pilot, lambda: "24" in words(pilot.app, "#faces"))


async def test_faces_are_said_side_by_side_by_both_models_and_their_mean(
    photos: Path, runs: Path
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        table = words(app, "#face-table").split("\n")
        assert table[0].split() == ["A", "t001", "B", "t002", "mean"]
        assert table[1].split() == ["age", "22.4", "24.8", "23.6"]
        assert " ".join(table[2].split()) == "9 in 10 14–30 17–33 16–32"
        assert table[3].split() == ["gender", "female", "female", "female"]
        assert table[4].split() == ["97", "%", "91", "%", "94", "%"]
        assert app.screen.query_one("#path", Input).value == "photos/party.png"
        assert words(app, "#face-title") == "Face 1 of 3, aligned, score 0.99"
        assert words(app, "#use").startswith("The data set's binary label")


async def test_keys_go_round_the_faces(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        assert (
            words(app, "#faces") == " face 1: female, 24 (16–32), 94 %  2: female, 34  3: male, 44 "
        )
        await pilot.press("right", "right")
        assert "Face 3 of 3" in words(app, "#face-title")
        assert "43.6" in words(app, "#face-table")
        await pilot.press("right")
        assert "Face 1 of 3" in words(app, "#face-title")
        await pilot.press("left")
        assert "Face 3 of 3" in words(app, "#face-title")


async def test_files_are_stepped_through_in_the_order_a_person_counts(
    photos: Path, runs: Path
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        seen = []
        for key in ("n", "n", "n", "n", "p"):
            seen.append(words(app, "#head").split(" · ")[0].split()[-1])
            await pilot.press(key)
        assert seen == ["broken.jpg", "img2.png", "img10.png", "party.png", "party.png"]
        tree = app.screen.query_one(Tree)
        assert tree.cursor_node is not None and tree.cursor_node.data == photos / "img10.png"


async def test_keys_faster_than_the_screen_end_at_one_picture(
    photos: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        screen = screen_of(pilot)
        opened: list[str] = []
        open_file = screen._open
        monkeypatch.setattr(
            screen, "_open", lambda file: (opened.append(file.name), open_file(file))
        )
        for _ in range(3):
            screen.action_file(1)
        await until(pilot, lambda: "3: male, 44" in words(app, "#faces"))
        assert opened[:3] == ["img2.png", "img10.png", "party.png"]
        assert set(opened[3:]) <= {"party.png"}


async def test_the_tree_shows_a_picture_when_its_cursor_is_on_it(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await pilot.press("down")
        await until(pilot, lambda: "img2.png · 2 of 4" in words(app, "#head"))
        assert not app.screen.query_one("#face").display
        await pilot.press("enter")
        assert app.screen.query_one("#face").display
        assert not app.screen.query_one("#tree").display
        await pilot.press("t")
        assert app.screen.query_one("#tree").has_focus


async def test_keys_work_after_another_screen_where_the_tree_is_hidden(
    photos: Path, runs: Path
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await pilot.press("t", "m")
        await until(pilot, lambda: isinstance(app.screen, ModelsScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PredictScreen))
        await pilot.press("n")
        await until(pilot, lambda: "img2.png · 2 of 4" in words(app, "#head"))


async def test_a_folder_opened_in_the_tree_keeps_the_cursor(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    (photos / "holiday" / "beach.png").write_bytes((photos / "img2.png").read_bytes())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        tree = app.screen.query_one(Tree)
        await until(pilot, lambda: tree.cursor_node and tree.cursor_node.data != photos)
        shown = tree.cursor_node
        while tree.cursor_node.data != photos / "holiday":
            await pilot.press("up")
        folder = tree.cursor_node
        await pilot.press("enter")
        await until(pilot, lambda: folder.children)
        await pilot.pause()
        assert tree.cursor_node is folder is not shown
        await pilot.press("down")
        await until(pilot, lambda: "beach.png" in words(app, "#head"))


async def test_a_request_that_another_supersedes_is_cancelled(
    photos: Path, runs: Path, fake: Fake
) -> None:
    fake.answer("img2.png", "hang")
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await go(pilot, "photos/img2.png")
        await until(pilot, lambda: fake.asked("predict")[-1]["files"][0].endswith("img2.png"))
        await pilot.press("n")
        await until(pilot, lambda: "img10.png" in words(app, "#head"))
        await until(pilot, lambda: words(app, "#faces") == " face 1: female, 24 (16–32), 94 % ")
        hung = next(r for r in fake.asked("predict") if r["files"][0].endswith("img2.png"))
        assert [request["which"] for request in fake.asked("cancel")][-1] == hung["id"]


async def test_going_back_to_a_picture_asks_nothing(photos: Path, runs: Path, fake: Fake) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "img10.png" in str(fake.asked("predict")[-1]))
        await until(pilot, lambda: words(app, "#faces") == " face 1: female, 24 (16–32), 94 % ")
        before = len(fake.asked("predict"))
        await pilot.press("n")
        await until(pilot, lambda: "3: male, 44" in words(app, "#faces"))
        assert len(fake.asked("predict")) == before


async def test_a_model_that_changed_is_asked_again(photos: Path, runs: Path, fake: Fake) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        for file in ("age_gender_A.keras", "calibration.json"):
            await pilot.press("p")
            await until(pilot, lambda: words(app, "#faces") == " face 1: female, 24 (16–32), 94 % ")
            before = len(fake.asked("predict"))
            changed = runs / "20261123-210001-A-t001" / file
            changed.touch()
            os.utime(changed, (5, 5))
            await pilot.press("n")
            await until(pilot, lambda: "3: male, 44" in words(app, "#faces"))
            assert len(fake.asked("predict")) == before + 1


async def test_r_asks_again_and_an_unreadable_file_is_asked_each_time(
    photos: Path, runs: Path, fake: Fake
) -> None:
    app = Host(photos, runs)

    def asked(name: str) -> int:
        return sum(request["files"][0].endswith(name) for request in fake.asked("predict"))

    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        before = asked("party.png")
        await pilot.press("r")
        await until(pilot, lambda: asked("party.png") == before + 1)
        for _ in range(2):
            before = asked("broken.jpg")
            await go(pilot, "photos/broken.jpg")
            await until(pilot, lambda: "not a picture" in words(app, "#problem"))
            assert asked("broken.jpg") == before + 1
            await go(pilot, "photos/party.png")
            await until(pilot, lambda: "3: male, 44" in words(app, "#faces"))


async def test_the_screen_says_what_it_waits_for(photos: Path, runs: Path, fake: Fake) -> None:
    (fake.home / "not-yet").touch()
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await until(pilot, lambda: "starting TensorFlow" in words(app, "#head"))
        await pilot.press("n")
        assert "img2.png" in words(app, "#head")
        (fake.home / "not-yet").unlink()
        await until(pilot, lambda: words(app, "#faces").strip())
        assert "img2.png · 2 of 4 · cpu · A t001, B t002, mean" in words(app, "#head")


async def test_the_death_of_the_process_is_said_and_r_starts_another(
    photos: Path, runs: Path, fake: Fake
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        fake.answer("img2.png", "die")
        await go(pilot, "photos/img2.png")
        await until(pilot, lambda: "ended by SIGKILL" in words(app, "#problem"))
        assert "prediction.log; r asks again" in words(app, "#problem")
        fake.answer("img2.png", fake.answers["img10.png"])
        await pilot.press("r")
        await until(pilot, lambda: words(app, "#faces") == " face 1: female, 24 (16–32), 94 % ")
        assert not app.screen.query_one("#problem").display


async def test_a_path_in_quotes_is_opened(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await go(pilot, f"'{photos / 'party.png'}'")
        await until(pilot, lambda: "party.png" in words(app, "#head"))
        assert not app.said


async def test_a_mean_without_an_interval_says_why(photos: Path, runs: Path, fake: Fake) -> None:
    party = fake.answers["party.png"]
    for face in party["faces"]:
        face["predictions"][2] |= {"age_low": None, "age_high": None}
    fake.answer("party.png", party)
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        said = "– no interval, not calibrated: the models share no validation faces"
        await until(pilot, lambda: words(app, "#face-note") == said)


async def test_without_a_model_it_says_how_to_get_one(
    photos: Path, tmp_path: Path, fake: Fake
) -> None:
    app = Host(photos, tmp_path / "runs")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await pilot.press("n")
        await until(pilot, lambda: "No run" in words(app, "#problem"))
        assert "img2.png" in words(app, "#head")
        assert "No run has saved a model yet. Start one with n" in words(app, "#problem")
        await pilot.press("b")
        assert "No run has saved a model yet" in app.said[-1]
        assert not (fake.home / "requests.jsonl").exists()


async def test_a_file_that_is_no_picture_is_named_and_harmless(
    photos: Path, runs: Path, fake: Fake
) -> None:
    evil = photos / "a\x1b[31m[bold]x.jpg"
    evil.write_text("no picture")
    fake.answer(evil.name, "not a picture, or damaged at its beginning")
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 5" in words(app, "#head"))
        await until(pilot, lambda: "not a picture" in words(app, "#problem"))
        assert words(app, "#problem").startswith("a\\x1b[31m[bold]x.jpg: not a picture")
        tree = app.screen.query_one(Tree)
        assert str(tree.root.children[1].label) == "a\\x1b[31m[bold]x.jpg"
        assert "\x1b" not in words(app, "#head")


@pytest.mark.parametrize("gone", PredictScreen.PARTS)
async def test_an_answer_that_comes_while_the_screen_is_taken_down_is_no_fault(
    photos: Path, runs: Path, gone: str
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        screen = screen_of(pilot)
        answer = screen.answer
        assert answer is not None
        await screen.query(gone).remove()
        screen._take(answer)
        screen.tell()
        screen._explain()
        await pilot.pause(0.1)


async def test_leaving_while_a_question_is_under_way_is_no_fault(
    photos: Path, runs: Path, fake: Fake
) -> None:
    fake.answer("img2.png", "hang")
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        screen = screen_of(pilot)
        await go(pilot, "photos/img2.png")
        await until(pilot, lambda: screen.session.phase == "predicting")
        await screen.query("*").remove()  # as it is taken down
        screen.session._told()
        screen._explain()
        await pilot.pause(0.1)


async def test_a_path_that_leads_nowhere_is_answered(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(pilot, "photos/none\x1b.png")
        assert app.said == [
            "photos/none\\x1b.png: there is no such file or folder; type another path"
        ]
        await go(pilot, "x" * 5000)
        assert "there is no such file" in app.said[-1] or "cannot be opened" in app.said[-1]


async def test_letters_typed_into_the_path_are_no_keys(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await pilot.press("o", "o", "m", "n")
        path = app.screen.query_one("#path", Input)
        assert path.value == "omn"
        await pilot.press("escape")
        assert path.value == "photos/broken.jpg" and not path.has_focus
        assert isinstance(app.screen, PredictScreen)


async def test_backspace_goes_a_folder_up(photos: Path, runs: Path) -> None:
    app = Host(photos / "holiday", runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "No picture here" in words(app, "#problem"))
        await pilot.press("backspace")
        await until(pilot, lambda: "broken.jpg · 1 of 4" in words(app, "#head"))


async def test_grad_cam_explains_age_then_gender_of_every_model(
    photos: Path, runs: Path, fake: Fake
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("g")
        await until(pilot, lambda: len(captions(app)) == 2)
        assert captions(app) == [
            "A t001: toward a higher age, by conv9",
            "B t002: toward a higher age, by conv9",
        ]
        assert not app.screen.query_one("#picture").display
        await pilot.press("g")
        await until(pilot, lambda: "toward female" in "".join(captions(app)))
        await pilot.press("v")
        await until(pilot, lambda: captions(app)[0].startswith("B t002"))
        heads = [request["head"] for request in fake.asked("explain")]
        assert heads == ["age", "age", "gender", "gender"]
        await pilot.press("e")
        await until(pilot, lambda: "epoch 2 (best)" in "".join(captions(app)))
        await pilot.press("v")
        await until(pilot, lambda: "epoch 5" in captions(app)[0])
        assert fake.asked("epochs")[0]["run"].endswith("B-t002")
        await pilot.press("escape")
        assert app.screen.query_one("#picture").display


async def test_grad_cam_explains_by_a_layer_of_choice(photos: Path, runs: Path, fake: Fake) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("l")
        await until(pilot, lambda: "g explains a face first" in "".join(app.said))
        await pilot.press("g")
        await until(pilot, lambda: len(captions(app)) == 1)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, PickLayerScreen))
        await pilot.press("up", "enter")
        await until(pilot, lambda: "by conv1" in "".join(captions(app)))
        assert [request["layer"] for request in fake.asked("explain")] == ["", "conv1"]


async def test_grad_cam_of_the_next_model_comes_when_there_is_room(
    photos: Path, runs: Path
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("g")
        await until(pilot, lambda: len(captions(app)) == 1)
        await pilot.press("t")  # the tree gives its room
        await until(pilot, lambda: len(captions(app)) == 2)
        await pilot.press("t")
        await until(pilot, lambda: len(captions(app)) == 1)


def captions(app: Any) -> list[str]:
    views = app.screen.query(HeatView)
    found = [str(view.query_one("Static").render()) for view in views if view.display]
    return [caption for caption in found if caption]


async def test_two_quick_keys_ask_once(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("g")
        await until(pilot, lambda: app.screen.query(HeatView).first().display)
        for key, opens in (("m", ModelsScreen), ("l", PickLayerScreen)):
            for _ in range(2):
                app.post_message(Key(key, key))
            await until(pilot, lambda opens=opens: isinstance(app.screen, opens))
            await pilot.pause(0.1)
            assert len(app.screen_stack) == 3, key
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is screen_of(pilot))


async def test_options_reach_the_process(photos: Path, runs: Path, fake: Fake) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("f", "c")
        await until(pilot, lambda: fake.asked("predict")[-1]["faces"] == "crops")
        last = fake.asked("predict")[-1]
        assert last["flip"] and last["mean"] and len(last["models"]) == 2
        assert fake.asked("load")[-1]["flip"]  # its intervals are calibrated apart
        assert "flip · as crops" in words(app, "#head")


async def test_save_writes_boxes_words_and_the_maps_in_sight(
    photos: Path, runs: Path, tmp_path: Path
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("g")
        await until(pilot, lambda: len(captions(app)) == 2)
        await pilot.press("s")
        await until(pilot, lambda: app.said)
        assert app.said[0].startswith("wrote to exports: party-faces.png, party-faces.csv")
    exports = tmp_path / "exports"
    assert sorted(path.suffix for path in exports.iterdir()) == [".csv", ".json"] + 3 * [".png"]
    record = json.loads((exports / "party-faces.json").read_text())
    assert len(record["faces"]) == 3 and "crop" not in record["faces"][0]
    rows = (exports / "party-faces.csv").read_text().splitlines()
    assert len(rows) == 1 + 3 * 3 and "22.4" in rows[1]


async def test_save_writes_what_was_in_sight_when_it_was_asked(
    photos: Path, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(*given: Any) -> list[Path]:
        assert go_on.wait(30)
        return save_answer(*given)

    monkeypatch.setattr("agegender_tui.screens.predict.save_answer", slow)
    app = Host(photos, runs)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("right")
        await pilot.press("g")
        await until(pilot, lambda: len(captions(app)) == 2)
        await pilot.press("s")
        await pilot.press("right", "escape", "p")
        await until(pilot, lambda: words(app, "#faces") == " face 1: female, 24 (16–32), 94 % ")
        go_on.set()
        await until(pilot, lambda: app.said)
    maps = sorted(path.name for path in (tmp_path / "exports").glob("*-age-*.png"))
    assert ["face2" in name for name in maps] == [True, True]
    assert ["t001" in maps[0], "t002" in maps[1]] == [True, True]


async def test_save_writes_the_epochs_in_sight(photos: Path, runs: Path, tmp_path: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(160, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("g")
        await until(pilot, lambda: len(captions(app)) == 2)
        await pilot.press("v")  # the runs' checkpoints are those of B
        await until(pilot, lambda: captions(app)[0].startswith("B t002"))
        await pilot.press("e")
        await until(pilot, lambda: "epoch 2 (best)" in "".join(captions(app)))
        shown = len(captions(app))
        await pilot.press("s")
        await until(pilot, lambda: app.said)
    saved = sorted((tmp_path / "exports").glob("*-epoch*-age-*.png"))
    assert len(saved) == shown == 3
    for path, epoch in zip(saved, ("epoch2", "epoch5", "epoch5-step7"), strict=True):
        assert f"B-t002-{epoch}-age" in path.name
    with Image.open(saved[0]) as picture:
        assert picture.size == (128, 128)


async def test_a_folder_goes_to_a_table_and_on_with_it(
    photos: Path, runs: Path, tmp_path: Path, fake: Fake
) -> None:
    table = tmp_path / "exports" / "photos-predictions.csv"
    fake.answer("img10.png", "hang")
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await pilot.press("b")
        await until(pilot, lambda: app.screen.query("#out"))
        await pilot.press("enter")
        await until(pilot, lambda: table.exists() and "broken.jpg" in table.read_text())
        await pilot.press("b")
        await until(pilot, lambda: app.said)
        assert app.said[-1].startswith("stopped after 1 file")
        fake.answer("img10.png", fake.answers["img2.png"])
        await pilot.press("b")
        await until(pilot, lambda: app.screen.query("#out"))
        await pilot.press("enter")
        await until(pilot, lambda: len(app.said) == 2)
        assert app.said[-1] == ("3 files, 5 faces, 1 done before: exports/photos-predictions.csv")
    lines = table.read_text().splitlines()
    assert len(lines) == 1 + 1 + 3 + 3 + 9
    assert not any(
        request["crops"] for request in fake.asked("predict") if len(request["files"]) > 1
    )


async def test_a_table_of_a_folder_with_one_that_cannot_be_read_names_that(
    photos: Path, runs: Path, close: Callable[[Path], None]
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        close(photos / "holiday")
        await pilot.press("b")
        await until(pilot, lambda: app.screen.query("#out"))
        await pilot.press("enter")
        await until(pilot, lambda: app.said)
    assert "; photos/holiday: cannot be read (Permission denied): exports/" in app.said[-1]


async def test_a_table_of_another_ending_is_refused_in_the_form(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await pilot.press("b")
        await until(pilot, lambda: app.screen.query("#out"))
        app.screen.query_one("#out", Input).value = "people.xls"
        await pilot.press("enter")
        assert words(app, "#said") == "people.xls: let its name end in .csv or .jsonl."


async def test_the_form_opens_while_models_are_still_looked_for_and_starts_nothing_without_them(
    photos: Path, runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = threading.Event()
    usual = picture_predicting.usual_models
    monkeypatch.setattr(
        picture_predicting, "usual_models", lambda root, **_: found.wait(30) and usual(root)
    )
    app = Host(photos, runs)
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: "of 4" in words(app, "#head"))
            for ready in (False, True):
                await pilot.press("b")
                await until(pilot, lambda: app.screen.query("#out"))
                app.screen.query_one("#out", Input).value = str(tmp_path / "people.csv")
                if ready:
                    found.set()
                    await until(pilot, lambda: screen_of(pilot).session.models)
                await pilot.press("enter")
                await until(pilot, lambda: app.screen is screen_of(pilot))
                if ready:
                    await until(pilot, (tmp_path / "people.csv").exists)
                else:
                    await until(pilot, lambda: app.said)
                    assert not screen_of(pilot).query_one(BatchLine).runs
                assert any("Still looking for models" in text for text in app.said)
                assert not any("No run has saved a model" in text for text in app.said)
    finally:
        found.set()


async def test_what_is_typed_at_once_after_b_goes_into_the_form(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("b", "m", "g", "tab", "s", "x")
        assert app.screen.query_one("#source", Input).value == "mg"
        assert app.screen.query_one("#out", Input).value == "sx"


async def test_a_terminal_too_small_gets_a_sentence(photos: Path, runs: Path) -> None:
    app = AgeGenderApp(runs, data=str(photos))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: isinstance(app.screen, TooSmallScreen))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: isinstance(app.screen, PredictScreen))


async def test_the_app_ends_the_process_when_it_quits(photos: Path, runs: Path, fake: Fake) -> None:
    app = AgeGenderApp(runs, data=str(photos))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        screen = screen_of(pilot)
        await pilot.press("1", "4")
        assert screen_of(pilot) is screen
        await until(pilot, lambda: screen.session.device)
        process = screen.session._process._process
        assert process is not None
        await pilot.press("1")
    assert process.returncode is not None


async def test_a_choice_of_models_is_kept_though_the_usual_ones_are_found_later(
    photos: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, go_on = picture_predicting.usual_models(runs), threading.Event()

    def late(*_: Any, **__: Any) -> Any:
        go_on.wait(30)
        return found

    monkeypatch.setattr(picture_predicting, "usual_models", late)
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = screen_of(pilot)
        screen.take_models(found[:1])
        go_on.set()
        await app.workers.wait_for_complete(
            [worker for worker in screen.workers if worker.group == "models"]
        )
        await pilot.pause(0.1)
        assert screen.session.models == found[:1]


async def test_the_path_of_a_folder_without_pictures_is_its_own(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await go(pilot, "photos/holiday")
        path = app.screen.query_one("#path", Input)
        await until(pilot, lambda: path.value == "photos/holiday")


async def test_the_picture_and_the_crop_are_drawn(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        for widget in app.screen.query(FaceImage).results(FaceImage):
            if widget.id in ("picture", "face-crop"):
                await until(pilot, lambda w=widget: "▀" in w.render_line(w.size.height // 2).text)
        boxed = app.screen.query_one("#picture", FaceImage)
        colours = {
            segment.style.color.triplet
            for y in range(boxed.size.height)
            for segment in boxed.render_line(y)
            if segment.style is not None and segment.style.color is not None
        }
        for drawn in (CHOSEN, OTHER):
            assert any(max(abs(a - b) for a, b in zip(drawn, c, strict=True)) < 8 for c in colours)


async def test_a_folder_without_pictures_leaves_nothing_of_the_last_one(
    photos: Path, runs: Path
) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await go(pilot, "photos/holiday")
        await until(pilot, lambda: "No picture here" in words(app, "#problem"))
        assert not words(app, "#faces") and not words(app, "#face-title")
        assert screen_of(pilot).query_one("#picture", FaceImage)._picture is None
        await pilot.press("s")
        await until(pilot, lambda: "There is nothing to save yet" in app.said)


async def test_keys_of_grad_cam_say_that_g_comes_first(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        await pilot.press("v", "e", "l")
        await until(pilot, lambda: len(app.said) == 3)
        assert all(one.startswith("g explains a face first; then") for one in app.said)


async def test_why_there_is_no_map_is_said_no_longer_than_it_is_so(
    photos: Path, runs: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    model = describe(save_model(tmp_path / "elsewhere", "theirs.keras"))
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_party(pilot)
        screen = screen_of(pilot)
        screen.take_models((model,))
        await until(pilot, lambda: screen.answer is not None)
        await pilot.press("g")
        await until(pilot, lambda: screen._explaining.on_the_left is not None)
        for key in ("e", "escape"):
            await pilot.press("e")
            await until(pilot, lambda: "theirs lies in no run" in words(app, "#problem"))
            await pilot.press("l")
            await until(pilot, lambda: "no map yet whose layer" in "".join(app.said))
            app.said.clear()
            await pilot.press(key)
            await until(pilot, lambda: not words(app, "#problem"))


async def test_a_name_too_long_for_a_table_is_a_sentence(photos: Path, runs: Path) -> None:
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        await until(pilot, lambda: screen_of(pilot).session.models)
        await pilot.press("b")
        app.screen.query_one("#out", Input).value = "a" * 300 + ".csv"
        await pilot.press("enter")
        await until(pilot, lambda: app.said)
        assert "aaa.csv: cannot be written (File name too long)" in app.said[0]


async def test_a_current_folder_that_is_gone_and_no_home_do_no_harm(
    photos: Path, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as where a user has no home
    app = Host(photos, runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "of 4" in words(app, "#head"))
        (tmp_path / "gone").rmdir()
        await pilot.press("n")
        await until(pilot, lambda: "2 of 4" in words(app, "#head"))
        await until(pilot, lambda: screen_of(pilot).answer is not None)
        await pilot.press("s")
        await until(pilot, lambda: app.said)
        assert app.said[0].startswith("the current folder is gone, moved or deleted: start")
        await go(pilot, "photos")
        await until(pilot, lambda: len(app.said) == 2)
        assert app.said[1] == (
            "photos: the current folder is gone, moved or deleted: change to another, or give "
            "whole paths"
        )
        await pilot.press("b", "tab", "enter")
        said = "the current folder is gone, moved or deleted: change to another"
        await until(pilot, lambda: words(app, "#said").startswith(said))
