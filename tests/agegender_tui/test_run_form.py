"""The pure part of the form: values, errors, the preset and the equivalent command."""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
from pathlib import Path

import pytest
from rich.cells import cell_len

from agegender_tui.cli_commands import train
from agegender_tui.dataset_check import check_folder, found_text
from agegender_tui.run_form import (
    COMMON,
    RECIPE,
    Values,
    changed,
    check,
    command_line,
    cut_to,
    describe,
    groups,
    preset_of,
    reset,
    value_text,
    values_of,
    with_preset,
)
from agegender_tui.widgets.path_input import complete_path
from trainer.config import SETTINGS, RunConfig
from trainer.data.registered import register, registry_file
from trainer.data.source import DataSource
from trainer.presets import PRESETS, preset


def filled(name: str = "A", **values: str | bool) -> Values:
    return {**values_of(preset(name)), "data": "/faces", **values}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_the_form_unchanged(name: str) -> None:
    checked = check(filled(name))
    assert checked.errors == {}
    assert checked.config == dataclasses.replace(preset(name), data="/faces")
    assert changed(filled(name)) == []


def test_every_setting_has_a_place_in_the_form() -> None:
    placed = {name for names in groups().values() for name in names} | set(COMMON)
    assert placed | {"preset", "model", "data", "label", "group", "study"} == set(SETTINGS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.001, "0.001"), (14.0, "14"), (0.1234567891, "0.1234567891"), (True, "on")],
)
def test_values_are_shown_as_typed_without_losing_digits(value: object, text: str) -> None:
    assert value_text(value) == text


def test_each_wrong_field_has_its_own_sentence() -> None:
    checked = check(filled(epochs="many", zoom="7", data=" "))
    assert checked.config is None
    assert set(checked.errors) == {"epochs", "zoom", "data"}
    assert checked.errors["epochs"] == "epochs is 'many': give a whole number"
    assert "0 to 0.5" in checked.errors["zoom"]


def test_the_data_set_is_checked_while_another_field_is_wrong() -> None:
    malformed = check(filled(epochs="12x", data="csv?years=a:/x"))
    assert set(malformed.errors) == {"epochs", "data"}
    assert malformed.data == ""
    assert check(filled(epochs="12x")).data == "/faces"


def test_settings_that_do_not_go_together_are_told_at_one_of_them() -> None:
    checked = check(filled(learning_rate="1e-7"))
    assert list(checked.errors) == ["min_learning_rate"]


def test_the_data_folder_is_made_absolute_for_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = check(filled(data="faces")).config
    assert config is not None
    assert config.data == str(tmp_path / "faces")


def test_the_same_number_written_otherwise_is_no_change() -> None:
    assert changed(filled(learning_rate="1e-3", epochs=" 170 ")) == []
    assert changed(filled(epochs="40", flip=False, zoom="?")) == ["flip", "zoom", "epochs"]


def test_another_preset_keeps_what_the_user_changed() -> None:
    values = with_preset(filled(dropout="0.4", label="mine"), "A-demo")
    assert changed(values) == ["dropout"]
    assert (values["preset"], values["label"], values["data"]) == ("A-demo", "mine", "/faces")
    assert values["epochs"] == str(preset("A-demo").epochs)


def test_another_preset_drops_what_is_wrong_and_has_no_field_there() -> None:
    values = with_preset(filled("B", frozen_blocks="many", epochs="few"), "A")
    assert set(check(values).errors) == {"epochs"}
    values = with_preset(filled("B", frozen_blocks="3"), "A")
    assert values["frozen_blocks"] == "3"
    assert "--frozen-blocks" not in command_line(values)
    assert "--frozen-blocks 3" in command_line(with_preset(values, "B"))


def test_reset_goes_back_to_the_preset_but_keeps_data_and_label() -> None:
    values = reset(filled("A-demo", epochs="3", label="mine"))
    assert changed(values) == []
    assert (values["epochs"], values["label"], values["data"]) == ("30", "mine", "/faces")


def test_settings_of_a_preset_that_is_gone_start_from_one_that_exists() -> None:
    assert preset_of(RunConfig(preset="A-older")) in PRESETS
    assert preset(preset_of(RunConfig(preset="B-older", model="B"))).model == "B"


def test_settings_of_another_network_than_their_preset_start_from_one_of_theirs() -> None:
    config = preset("A").replace(model="B", data="/faces")
    values = {**values_of(config), "preset": preset_of(config)}
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    options = parser.parse_args(shlex.split(command_line(values))[2:])
    assert check(values).config == config.replace(preset="B") == train.chosen_config(options)


def test_the_command_has_only_what_was_changed() -> None:
    line = command_line(filled(epochs="40", flip=False, data="/my faces"))
    assert shlex.split(line) == [
        *("agegender-tui", "train", "--preset", "A", "--data", "/my faces"),
        *("--no-flip", "--epochs", "40"),
    ]


def test_the_command_starts_the_same_run_as_the_form() -> None:
    values = filled("A-demo", data="/my 'faces'", label="-first try", zoom="0", flip=False)
    values |= {"deterministic": True, "filters": "8-16-32-64", "learning_rate": "1e-4"}
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    options = parser.parse_args(shlex.split(command_line(values))[2:])
    assert train.chosen_config(options) == check(values).config


def test_a_command_without_room_ends_in_a_mark() -> None:
    text = "$ agegender-tui train --preset A --dropout 0.25"
    assert cut_to(text, 80, 1) == cut_to(text, 26, 2) == text
    assert cut_to(text, 20, 2) == "$ agegender-tui\ntrain --preset A …"
    assert cell_len(cut_to("$ train --label " + "字" * 80, 30, 1)) <= 30
    assert all(len(line) <= 20 for line in cut_to(text, 20, 2).split("\n"))


def test_the_command_guards_values_that_look_like_options() -> None:
    assert "--label=-x" in shlex.split(command_line(filled(label="-x")))


def test_the_command_shows_control_characters_as_escapes() -> None:
    assert "\x1b" not in command_line(filled(data="/fa\x1b[31mces"))


def test_a_description_has_range_unit_and_default_and_tells_a_change() -> None:
    assert describe("rotation", "A", False) == "0 to 45 degrees · default 14"
    assert describe("epochs", "A-demo", False) == "1 to 10000 · default 30"
    assert "changed" in describe("epochs", "A", True)
    assert all(describe(name, "A", False) for name in RECIPE)


@pytest.mark.parametrize("name", PRESETS)
def test_the_weights_of_both_losses_are_in_the_form_and_neither_task_is_left_out(name: str) -> None:
    assert {"age_loss_weight", "gender_loss_weight"} <= set(groups()["Training"])
    shown = values_of(PRESETS[name].config)
    assert float(shown["age_loss_weight"]) > 0
    # Years of age weigh more than nats of gender: the second needs a factor.
    assert float(shown["gender_loss_weight"]) > float(shown["age_loss_weight"])


def faces(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{20 + number}_{number % 2}_0_2017010100000{number:04d}.jpg").touch()
    return folder


def test_a_folder_is_counted_with_what_is_left_out(tmp_path: Path) -> None:
    folder = faces(tmp_path / "faces", 20)
    (folder / "portrait.jpg").touch()
    found = check_folder(str(folder), 8, 0.2)
    assert (found.usable, found.text) == (True, found_text(20, 1, 0.2))
    assert found.text == "20 labelled faces, 1 left out; 16 train / 4 validation"


@pytest.mark.parametrize("name", ["missing", "few"])
def test_a_folder_no_run_can_use_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    faces(tmp_path / "few", 4)
    found = check_folder(str(tmp_path / name), 8, 0.2)
    assert not found.usable
    assert str(tmp_path / name) in found.text


def test_a_huge_folder_is_not_walked_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agegender_tui.dataset_check.MOST_ENTRIES", 10)
    found = check_folder(str(faces(tmp_path / "faces", 20)), 8, 0.2)
    assert (found.usable, found.counted) == (True, False)


def test_folders_are_completed_in_order_of_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("faces-b", "faces-a", ".hidden", "fa\x1bce"):
        (tmp_path / name).mkdir()
    (tmp_path / "faces").touch()
    assert complete_path(f"{tmp_path}/fac") == f"{tmp_path}/faces-a"
    assert complete_path(f"{tmp_path}/faces-b") is None
    assert complete_path(f"{tmp_path}/.h") == f"{tmp_path}/.hidden"
    assert complete_path(f"{tmp_path}{os.sep}") == f"{tmp_path}/faces-a"
    assert complete_path(f"{tmp_path}/none/x") is None
    persian = "\u0645\u06cc\u200c\u062e"  # with a joiner, which its spelling needs
    (tmp_path / persian).mkdir()
    assert complete_path(f"{tmp_path}/\u0645") == f"{tmp_path}/{persian}"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert complete_path("~/f") == "~/faces-a"


def test_a_registered_name_stands_for_its_folder_and_layout(tmp_path: Path) -> None:
    register("old-people", DataSource(tmp_path / "AgeDB", "agedb"))
    config = check(filled(data="old-people")).config
    assert config is not None
    assert config.data == f"agedb:{tmp_path / 'AgeDB'}"
    assert "--data old-people" in command_line(filled(data="old-people"))


def test_names_that_cannot_be_read_are_told_at_the_data_set() -> None:
    registry_file().parent.mkdir(parents=True, exist_ok=True)
    registry_file().write_text("version = 9")
    checked = check(filled(data="mine"))
    assert checked.config is None
    assert "its version is not 1" in checked.errors["data"]
    assert check(filled(data="/a/path")).config is not None


def test_faces_without_an_exact_age_count_as_left_out(tmp_path: Path) -> None:
    rows = ["file,age,gender"]
    for n in range(30):
        (tmp_path / f"{n}.jpg").touch()
        rows.append(f"{n}.jpg,{'20-29' if n < 5 else n},{'mf'[n % 2]}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    found = check_folder(f"csv:{tmp_path}", 4, 0.2)
    assert found.usable
    assert "25 labelled faces, 5 left out" in found.text
