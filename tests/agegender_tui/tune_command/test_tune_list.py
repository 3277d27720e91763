"""`tune list`: a row a study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agegender_tui.cli import main
from tests.agegender_tui.tune_command.conftest import (
    BASE,
    SPACE,
    lost,
    make_study,
    trial,
)
from trainer.errors import ExitCode
from trainer.tuning.study import StudyConfig, create_study


def test_newest_first_with_state_label_preset_data_trials_and_best(
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = make_study(trial(1, 7.0), trial(2, 6.5), label="one\x1b", trials=2)
    old.path.rename(old.path.parent / "20250101-000000-study-aaaa")
    new = make_study(status=lost())
    assert main(["tune", "list"]) == ExitCode.OK
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split() == ["study", "state", "trials", "years", "%", "preset", "data",
                               "label"]  # fmt: skip
    assert first.split() == [new.id, "lost", "0/30", "A-demo", "utk"]
    assert second.split() == [
        "20250101-000000-study-aaaa", "finished", "2/2", "6.50", "80.0", "A-demo", "utk",
        "one\\x1b",
    ]  # fmt: skip


def test_the_table_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    make_study(trial(1, 16.5))
    main(["tune", "list"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_damaged_and_newer_ones_are_rows_that_say_why(capsys: pytest.CaptureFixture[str]) -> None:
    whole = make_study(trial(1, 6.0))
    damaged, newer, half = make_study(), make_study(), make_study()
    damaged.config_file.write_text("rubbish")
    newer.config_file.write_text(
        newer.config_file.read_text().replace("version = 1", "version = 2")
    )
    half.state_file.unlink()
    assert main(["tune", "list"]) == ExitCode.OK
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert rows[whole.id].split()[1] == "finished"
    assert "broken" in rows[damaged.id] and "cannot be read as a study" in rows[damaged.id]
    assert "written by a newer version; upgrade" in rows[newer.id]
    assert "missing, so the study is half made" in rows[half.id]
    main(["tune", "list", "--json"])
    found = {one["study"]: one for one in json.loads(capsys.readouterr().out)}
    assert found[newer.id]["state"] == "broken" and "newer" in found[newer.id]["text"]
    assert found[whole.id]["best"]["age_mae"] == 6.0
    assert found[whole.id]["space"] == {
        "learning_rate": "0.0001..0.01:log", "batch_size": "16/32/64"
    }  # fmt: skip


def test_none_yet_says_how_to_start_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "list"]) == ExitCode.OK
    assert "yet; `agegender-tui tune start --demo` starts one" in capsys.readouterr().out
    main(["tune", "list", "--json"])
    assert json.loads(capsys.readouterr().out) == []


def test_the_folder_of_the_runs_is_taken_before_and_after_the_verb(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = str(tmp_path / "other")
    create_study(Path(other), StudyConfig(BASE, SPACE))
    for arguments in (
        ["--runs", other, "tune", "list"],
        ["tune", "--runs", other, "list"],
        ["tune", "list", "--runs", other],
    ):
        main(arguments)
        assert "-study-" in capsys.readouterr().out, arguments
