"""`tune start` makes the study that was asked for, or says what is wrong."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from agegender_tui.cli import main
from agegender_tui.cli_commands.tune_start import largest_batch
from tests.agegender_tui.tune_command.conftest import (
    BASE,
    VARY,
    failure,
)
from trainer.config import RunConfig
from trainer.data.sample import sample_folder
from trainer.errors import ExitCode
from trainer.runs.layout import create_run, runs_root
from trainer.tuning.space import parse_pairs, proposed_space
from trainer.tuning.study import StudyConfig, StudyDir


def test_a_study_is_made_of_what_the_options_say(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([
        "tune", "start", "--demo", "--epochs", "3", "--batch-size", "16", *VARY,
        "dropout=0/0.5", "--vary", "l2=0..0.01", "--trials", "5", "--objective", "age_mae",
        "--no-prune", "--startup", "2", "--study-seed", "7", "--seed", "9",
        "--devices", "gpu:0, gpu:1", "--label", "first",
    ])  # fmt: skip
    assert code == ExitCode.OK
    config = played[0].config()
    assert {name: str(domain) for name, domain in config.space.items()} == {
        "learning_rate": "0.0001..0.01:log", "dropout": "0/0.5", "l2": "0..0.01",
    }  # fmt: skip
    assert (config.trials, config.objective, config.prune) == (5, "age_mae", False)
    assert (config.startup, config.seed, config.label) == (2, 7, "first")
    assert config.devices == ("gpu:0", "gpu:1")
    base = config.base
    assert (base.preset, base.epochs, base.batch_size, base.seed) == ("A-demo", 3, 16, 9)
    assert (base.label, base.group, base.study) == ("", "", "")
    assert capsys.readouterr().err == ""


def test_trials_are_shorter_than_the_recipe_unless_one_says_otherwise(
    played: list[StudyDir],
) -> None:
    start = ["tune", "start", "--preset", "A", "--data", str(sample_folder()), *VARY]
    main(start)
    main([*start, "--epochs", "170"])
    main(["tune", "start", "--demo", "--config", settings(epochs=60), *VARY])
    assert [study.config().base.epochs for study in played] == [30, 170, 60]


def test_the_value_of_the_preset_need_not_go_with_what_is_given_where_it_is_varied(
    played: list[StudyDir],
) -> None:
    main([
        "tune", "start", "--preset", "A-best", "--data", str(sample_folder()), "--epochs", "3",
        "--vary", "warmup_epochs=0..2",
    ])  # fmt: skip
    assert [study.config().base.epochs for study in played] == [3]


def test_the_defaults_are_those_of_a_study(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["tune", "start", "--demo", "--config", settings(device="cpu"), *VARY])
    config, usual = played[0].config(), StudyConfig(RunConfig())
    for name in ("trials", "objective", "prune", "startup", "seed", "label"):
        assert getattr(config, name) == getattr(usual, name)
    assert config.devices == ("cpu",)  # that of the settings


def settings(**changes: object) -> str:
    run = create_run(runs_root(), BASE.replace(**changes))
    return str(run.config_file)


def test_without_vary_it_says_what_it_varies_and_leaves_out_what_was_given(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["tune", "start", "--demo", "--detach", "--dropout", "0.3"])
    config = played[0].config()
    proposed = proposed_space(config.base)
    del proposed["dropout"]
    assert config.space == proposed
    assert config.base.dropout == 0.3
    out, err = capsys.readouterr()
    assert out == f"{played[0].id}\n"
    assert err.startswith("no --vary, so this is varied: learning_rate=0.0003..0.004:log batch")


def test_each_trial_has_a_line_and_the_end_is_what_show_prints(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["tune", "start", "--demo", *VARY, "batch_size=16/32"])
    out = capsys.readouterr().out
    first, second, third, *rest = out.splitlines()
    assert first == f"study {played[0].id}"
    assert second == (
        "trial   1  finished  error 0.800  8.00 years, 80.0 %  learning_rate=0.001 batch_size=32"
    )
    assert third.startswith("trial   2  finished  error 0.600  6.00 years")
    main(["tune", "show"])
    assert "\n".join(rest[1:]) + "\n" == capsys.readouterr().out


def test_json_is_the_lines_of_the_log_and_nothing_else(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["tune", "start", "--demo", *VARY, "--json"])
    out, err = capsys.readouterr()
    assert out == played[0].trials_file.read_text()
    assert [json.loads(line)["type"] for line in out.splitlines()] == ["begin", "end"] * 2
    assert err == ""


def test_detached_json_names_the_study(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["tune", "start", "--demo", *VARY, "--json", "--detach"])
    assert json.loads(capsys.readouterr().out) == {
        "type": "started", "study": played[0].id, "path": str(played[0].path),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ("--vary learning_rate=1e-3/1e-2 --learning-rate 0.1", 2,
         "learning_rate is given by --learning-rate and varied: leave one of them out"),
        ("--vary flip=true/false --no-flip", 2, "flip is given by --flip and varied"),
        ("--vary l2=0..0.1 --vary l2=0/0.1", 2, "l2 is given twice: leave one out"),
        ("--vary learning_rate", 2, "'learning_rate' varies nothing: give SETTING=LOW..HIGH"),
        ("--vary device=cpu/gpu:0", 2, "device cannot be varied"),
        ("--vary frozen_blocks=3/4", 2, "--frozen-blocks: is of model B alone"),
        ("--vary ''", 2, "nothing is varied"),
        ("--trials 0", 2, "--trials: trials is 0: give 1 to 10000"),
        ("--startup 0", 2, "--startup: startup is 0: give 1 to 10000"),
        ("--study-seed -1", 2, "--study-seed: seed is -1: give 0 to 2147483647"),
        ("--objective mae", 2, "--objective: objective is 'mae': choose both or age_mae or"),
        ("--devices cpu,cpu", 2, "--devices: a device is named twice"),
        ("--devices tpu", 2, "device is 'tpu'"),
        ("--dropout 2", 2, "--dropout: dropout is 2"),
        ("--device cpu", 2, "unrecognized arguments: --device cpu"),
        ("--group mine", 2, "unrecognized arguments: --group mine"),
        ("--vary batch_size=64/512/32", 3, "fewer than batch_size 512; lower batch_size"),
        ("--vary batch_size=32..512", 3, "fewer than batch_size 512; lower batch_size"),
        ("--batch-size 512", 3, "fewer than batch_size 512; lower batch_size"),
    ],
)  # fmt: skip
def test_mistakes_are_told_before_anything_is_made(
    played: list[StudyDir],
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    code: int,
    says: str,
) -> None:
    found, err = failure(capsys, "tune", "start", "--demo", *shlex.split(arguments))
    assert (found, says in err) == (code, True), err
    assert played == [] and not (runs_root() / "studies").exists()


def test_no_faces_are_told_before_anything_is_made(
    played: list[StudyDir], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert failure(capsys, "tune", "start")[0] == ExitCode.USAGE
    code, err = failure(capsys, "tune", "start", "--data", str(tmp_path / "none"))
    assert code == ExitCode.DATA and "no such folder" in err
    assert played == []


def test_the_largest_batch_is_that_of_the_space_or_of_the_settings() -> None:
    def largest(*pairs: str) -> int:
        return largest_batch(StudyConfig(RunConfig(batch_size=48), parse_pairs(pairs)))

    assert largest("l2=0..0.1") == 48
    assert largest("batch_size=16/256/32") == 256
    assert largest("batch_size=16..99") == 99
