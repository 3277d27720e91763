"""The list of saved models."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from agegender_tui.predicting import model_words
from agegender_tui.predicting.session import Session
from agegender_tui.screens.models import ModelsScreen
from tests.agegender_tui.predicting.conftest import Fake, save_model, until, words
from trainer.prediction.catalog import SavedModel, describe


class Host(App[None]):
    """The list alone; `answer` is what it was left with."""

    def __init__(self, runs: Path) -> None:
        super().__init__()
        self.runs = runs
        self.said: list[str] = []
        self.answer: Any = "none yet"
        self.session = Session(lambda: None)

    def on_mount(self) -> None:
        self.push_screen(ModelsScreen(self.runs, self.session), self._keep)

    def _keep(self, answer: tuple[SavedModel, ...] | None) -> None:
        self.answer = answer

    def notify(self, message: str, **rest: Any) -> None:
        self.said.append(message)
        super().notify(message, **rest)


def rows(app: App[Any]) -> list[str]:
    options = app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]


async def listed(pilot: Pilot[Any], count: int) -> None:
    await until(pilot, lambda: len(rows(pilot.app)) == count)
    await until(pilot, lambda: "looking" not in words(pilot.app, "#head"))


async def test_models_are_listed_with_size_scores_and_data(runs: Path) -> None:
    app = Host(runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 2)
        assert rows(app)[0].split() == [
            "B",
            "t002",
            "216",
            "MAE",
            "6.12",
            "89.7",
            "%",
            "first",
            "B",
        ]
        said = words(app, "#detail-text")
        for fact in ("B, VGG16", "216 parameters", "/faces/utkface", "MAE 6.12 years, on 1,000",
                     "conv1", "filters 8", "age_gender_B.keras"):  # fmt: skip
            assert fact in said, fact


@pytest.mark.parametrize(("width", "least"), [(110, 57), (200, 90)])
async def test_layers_stand_in_one_line_each_in_a_pane_that_grows(
    runs: Path, width: int, least: int
) -> None:
    app = Host(runs)
    async with app.run_test(size=(width, 40)) as pilot:
        await listed(pilot, 2)
        assert app.screen.query_one("#detail-text").size.width >= least
    layers = (("image", "InputLayer", "128×128×3"),
              ("global_average_pooling", "GlobalAveragePooling2D", "filters 512"))  # fmt: skip
    model = SavedModel(Path("m.keras"), layers=layers, keras="3.15", saved="2026-11-23@20:00:00")
    lines = model_words.detail(model, "").plain.splitlines()
    assert max(map(len, lines)) <= 57 and "keras   3.15, saved 2026-11-23 20:00:00" in lines


async def test_space_chooses_in_the_order_of_the_columns_and_enter_answers(runs: Path) -> None:
    app = Host(runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 2)
        await pilot.press("down", "space", "up", "space")
        assert [row[:6] for row in rows(app)] == ["2 B t0", "1 A t0"]
        await pilot.press("enter")
    assert [model.network for model in app.answer] == ["A", "B"]


async def test_a_chosen_model_that_was_deleted_is_let_go(runs: Path) -> None:
    app = Host(runs)
    deleted, other = sorted(runs.iterdir())
    app.session.models = (describe(deleted / "age_gender_A.keras"),)
    shutil.rmtree(deleted)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 1)
        await until(pilot, lambda: words(app, "#head").startswith("Models  0 of 1 chosen"))
        await pilot.press("enter")
    assert [model.file.parent for model in app.answer] == [other]


async def test_runs_that_cannot_be_read_are_said(runs: Path) -> None:
    app = Host(runs / ("a" * 300))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.said)
        await until(pilot, lambda: "looking" not in words(app, "#head"))
    assert "cannot be read" in app.said[0]


async def test_escape_leaves_the_models_as_they_were(runs: Path) -> None:
    app = Host(runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 2)
        await pilot.press("space", "escape")
    assert app.answer is None


async def test_a_damaged_file_from_elsewhere_is_listed_and_refused(
    runs: Path, tmp_path: Path
) -> None:
    other = tmp_path / "downloads"
    other.mkdir()
    save_model(other, "theirs.keras")
    (other / "evil\x1b.keras").write_text("no zip")
    app = Host(runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 2)
        await pilot.press("a")
        app.screen.query_one("#elsewhere", Input).value = str(other)
        await pilot.press("enter")
        await listed(pilot, 4)
        assert "evil\\x1b" in rows(app)[2] and "not a Keras 3 model" in rows(app)[2]
        await pilot.press("down", "down", "space")
        assert "evil\\x1b.keras: not a Keras 3 model" in app.said[-1]
        await pilot.press("down", "o")
    assert [model.name for model in app.answer] == ["theirs"]


async def test_an_export_says_how_far_the_outputs_agree(
    runs: Path, photos: Path, fake: Fake
) -> None:
    app = Host(runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 2)
        await pilot.press("x")
        await until(pilot, lambda: app.said)
        assert "20261123-210002-B-t002.onnx; on 16 faces it differs by 2e-05 years" in app.said[0]
        await app.session.close()
    assert fake.asked("export")[0]["format"] == "onnx"


async def test_without_models_it_says_how_to_get_one(tmp_path: Path) -> None:
    app = Host(tmp_path / "none")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "No run has saved a model yet" in words(app, "#detail-text"))
        assert "a names a .keras file" in words(app, "#detail-text")


async def test_an_export_under_way_is_told_and_not_given_up_for_another(
    runs: Path, photos: Path, fake: Fake
) -> None:
    app = Host(runs)
    (fake.home / "not-yet").touch()
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 2)
        await pilot.press("x")
        await until(pilot, lambda: "exporting 20261123-210002-B-t002.onnx…" in words(app, "#head"))
        await pilot.press("l")
        await until(pilot, lambda: app.said)
        assert "t002.onnx is still being written: wait for it" in app.said[0]
        (fake.home / "not-yet").unlink()
        await until(pilot, lambda: len(app.said) == 2)
        assert "t002.onnx; on 16 faces it differs by" in app.said[1]
        await until(pilot, lambda: "exporting" not in words(app, "#head"))
        await app.session.close()
    assert [one["format"] for one in fake.asked("export")] == ["onnx"]


async def test_an_export_goes_on_when_the_list_is_left_and_is_told_there_again(
    runs: Path, photos: Path, fake: Fake
) -> None:
    app = Host(runs)
    (fake.home / "not-yet").touch()
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 2)
        await pilot.press("x", "escape")
        await until(pilot, lambda: app.answer is None)
        await app.push_screen(ModelsScreen(runs, app.session))
        await until(pilot, lambda: "exporting 20261123-210002-B-t002.onnx…" in words(app, "#head"))
        await pilot.press("escape")
        (fake.home / "not-yet").unlink()
        await until(pilot, lambda: app.said)
        assert "t002.onnx; on 16 faces it differs by" in app.said[0]
        await app.session.close()
