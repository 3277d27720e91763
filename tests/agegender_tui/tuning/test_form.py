"""What the form of a study makes of what is typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agegender_tui.tuning.form import check, proposed, space_text, with_preset
from trainer.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_proposed_for_a_preset_can_be_started(tmp_path: Path, name: str) -> None:
    checked = check(with_preset(proposed(str(tmp_path), False), name))
    assert checked.errors == {}
    assert checked.config is not None and checked.config.base.preset == name
    assert checked.config.base.epochs == min(30, PRESETS[name].config.epochs)


def test_the_demo_is_short_and_learns_in_its_dozen_trials(tmp_path: Path) -> None:
    config = check(proposed(str(tmp_path), True)).config
    assert config is not None
    assert (config.base.preset, config.trials, config.startup) == ("A-demo", 12, 4)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"trials": "many"}, "trials", "trials is 'many': give 1 to 10000"),
        ({"trials": "0"}, "trials", "give 1 to 10000"),
        ({"epochs": "0"}, "epochs", "epochs is 0"),
        ({"data": " "}, "data", "choose the folder of faces"),
        ({"seed": "-1"}, "seed", "seed is -1: give 0 to 2147483647"),
        ({"seed": "x"}, "seed", "seed is 'x'"),
        ({"devices": "gpu9"}, "devices", "device is 'gpu9'"),
        ({"devices": " , "}, "devices", "devices is empty"),
        ({"devices": "cpu, cpu"}, "devices", "named twice"),
        ({"space": "dropout"}, "space", "varies nothing: give SETTING"),
        ({"space": ""}, "space", "nothing is varied"),
        ({"space": "frozen_blocks = 3/4"}, "space", "is of model B alone"),
        ({"space": "epochs = 10..9"}, "space", "give the lower one first"),
        ({"space": "dropout = 0..7"}, "space", "dropout is 7"),
    ],
)
def test_an_error_is_told_at_its_field(
    tmp_path: Path, typed: dict[str, Any], field: str, said: str
) -> None:
    checked = check(replace(proposed(str(tmp_path), False), **typed))
    assert checked.config is None
    assert list(checked.errors) == [field] and said in checked.errors[field]


def test_fields_come_to_the_study(tmp_path: Path) -> None:
    asked = replace(
        proposed(str(tmp_path), False), trials=" 5 ", epochs="3", objective="age_mae",
        prune=False, seed="7", devices="gpu:0 gpu:1", label=" two  words ",
        space="dropout = 0..0.5\n\n",
    )  # fmt: skip
    config = check(asked).config
    assert config is not None
    assert (config.trials, config.base.epochs, config.objective) == (5, 3, "age_mae")
    assert (config.prune, config.devices, config.label) == (False, ("gpu:0", "gpu:1"), "two words")
    assert (config.seed, config.base.seed) == (7, 1)
    assert list(config.space) == ["dropout"]


def test_too_few_epochs_for_the_preset_are_said_at_the_epochs(tmp_path: Path) -> None:
    asked = replace(proposed(str(tmp_path), False), preset="A-best", epochs="2")
    assert check(asked).errors == {
        "epochs": "epochs is 2, not more than the preset has for warmup_epochs: give more"
    }
    varied = replace(asked, space="warmup_epochs = 0..1")
    assert check(varied).errors == {}


def test_the_data_set_must_have_faces_for_the_largest_batch(tmp_path: Path) -> None:
    asked = proposed(str(tmp_path), False)
    assert check(asked).batch_size == 128
    assert check(replace(asked, space="batch_size = 8..96")).batch_size == 96
    assert check(replace(asked, space="dropout = 0..0.5")).batch_size == 64


def test_another_preset_brings_its_space_unless_that_was_edited(tmp_path: Path) -> None:
    asked = proposed(str(tmp_path), False)
    other = with_preset(asked, "B")
    assert other.space == space_text("B") and "frozen_blocks" in other.space
    assert other.epochs == "30"
    assert with_preset(replace(asked, epochs="7"), "B").epochs == "7"
    edited = replace(asked, space="dropout = 0..0.5", epochs="7")
    assert with_preset(edited, "B") == replace(edited, preset="B")
