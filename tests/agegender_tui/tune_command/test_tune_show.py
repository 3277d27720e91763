"""`tune show`: what a study found, and how to go on."""

from __future__ import annotations

import dataclasses
import json
import math
import shlex
from pathlib import Path

import pytest

from agegender_tui import cli
from agegender_tui.cli import main
from agegender_tui.cli_commands.study_text import study_text
from tests.agegender_tui.tune_command.conftest import (
    BASE,
    alive,
    failure,
    lost,
    make_study,
    run_of,
    tell,
    trial,
)
from trainer.errors import ExitCode
from trainer.jobs.status import Status
from trainer.presets import preset
from trainer.runs.state import RunState, write_state
from trainer.tuning.record import read_record
from trainer.tuning.space import parse_pairs
from trainer.tuning.study import StudyDir
from trainer.tuning.trial_log import FAILED, PRUNED, TrialWriter


def test_trials_are_ranked_and_failures_told(capsys: pytest.CaptureFixture[str]) -> None:
    make_study(
        trial(1, 8.0), trial(2, 6.0), trial(3, 5.0, PRUNED), trial(4, math.nan, FAILED, "full"),
        label="mine", trials=9,
    )  # fmt: skip
    assert main(["tune", "show"]) == ExitCode.OK
    out = capsys.readouterr().out
    heading, trials, notes = out.split("\n\n")[:3]
    assert "label     mine" in heading
    assert "trials    4 of 9 ended: 2 finished, 1 pruned, 1 failed" in heading
    assert "varies    learning_rate=0.0001..0.01:log batch_size=16/32/64" in heading
    assert [row.split() for row in trials.splitlines()] == [
        ["trial", "state", "run", "error", "years", "%", "best", "at", "learning_rate",
         "batch_size"],
        ["2", "finished", "t002", "0.600", "6.00", "80.0", "4/5", "0.002", "32"],
        ["1", "finished", "t001", "0.800", "8.00", "80.0", "4/5", "0.001", "32"],
        ["3", "pruned", "t003", "0.500", "5.00", "80.0", "4/5", "0.003", "32"],
        ["4", "failed", "t004", "80.0", "4/5", "0.004", "32"],
    ]  # fmt: skip
    assert notes == "trial 4 failed: full"


def test_ten_trials_are_shown_unless_all_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    study = make_study(*(trial(number, 10.0 - number / 10) for number in range(1, 13)))

    def rows(*arguments: str) -> tuple[int, str]:
        main(["tune", "show", study.id, *arguments])
        out = capsys.readouterr().out
        return out.count(" finished  t00"), out

    count, out = rows()
    assert count == 10 and "\n2 more: add --all\n" in out
    count, out = rows("--all")
    assert count == 12 and "more: add" not in out


def test_a_narrow_terminal_gets_the_settings_in_tables_below() -> None:
    space = parse_pairs([*(f"{n}=0..0.5" for n in ("dropout", "head_dropout", "erasing")),
                         "gender_loss_weight=1..9:log", "l2=0..0.1"])  # fmt: skip
    values = dict.fromkeys(space, 0.125)
    done = dataclasses.replace(trial(1, 6.0), values=values)
    record = read_record(make_study(done, space=space))
    parts = study_text(record, 10, 80).split("\n\n")[1:3]
    assert [max(map(len, part.splitlines())) <= 80 for part in parts] == [True, True]
    assert parts[1].startswith("trial  erasing  gender_loss_weight  l2")
    assert parts[1].splitlines()[1].split() == ["1", "0.125", "0.125", "0.125"]
    assert "gender_loss_weight  l2" in study_text(record, 10).split("\n\n")[1]


def test_importances_are_shares(capsys: pytest.CaptureFixture[str]) -> None:
    study = make_study(trial(1, 8.0))
    shares = {"batch_size": 0.25, "learning_rate": 0.75}
    TrialWriter(study.trials_file).importances(shares, 7)
    main(["tune", "show"])
    out = capsys.readouterr().out
    told = "what sets the best of 7 trials apart: learning_rate 75 %, batch_size 25 %\n"
    assert told in out


def test_the_best_comes_with_commands_that_go_on_with_it(
    capsys: pytest.CaptureFixture[str], played: list[StudyDir]
) -> None:
    study = make_study()
    runs = [run_of(study, 1), run_of(study, 2)]
    tell(study, trial(1, 8.0, run=runs[0].id), trial(2, 6.0, run=runs[1].id))
    main(["tune", "show"])
    out = capsys.readouterr().out
    assert f"the best is trial 2, run {runs[1].id}: 6.00 years, 80.0 %" in out
    assert "the best of 2 on one split is better by luck too" in out
    train, repeat = (line.strip() for line in out.splitlines() if line.startswith("  age"))
    file, full = runs[1].config_file, preset("A-demo").epochs
    assert train == f"agegender-tui train --config {file} --epochs {full}"
    assert repeat == f"agegender-tui repeat --folds 5 --config {file} --epochs {full}"
    for line in (train, repeat):
        _, verb, *arguments = shlex.split(line)
        cli.command_parser(verb, cli._command(verb)).parse_args(arguments)


def test_a_best_that_was_trained_to_full_length_is_only_to_be_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    study = make_study(base=BASE.replace(epochs=preset("A-demo").epochs))
    tell(study, trial(1, 6.0, run=run_of(study, 1).id))
    main(["tune", "show"])
    out = capsys.readouterr().out
    assert "full length" not in out and "--epochs" not in out
    assert "repeat --folds 5 --config" in out


def test_a_best_whose_run_is_gone_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    make_study(trial(1, 6.0))
    main(["tune", "show"])
    out = capsys.readouterr().out
    assert "its run is gone: give these settings to `agegender-tui train`" in out
    assert "--config" not in out


def test_a_trial_under_way_is_what_its_run_is(capsys: pytest.CaptureFixture[str]) -> None:
    study = make_study(status=Status("stopped", text="killed"))
    run = run_of(study, 1)
    write_state(run, RunState(state="stopped"))
    tell(study, trial(1, 0, run=run.id), trial(2, 0), running=True)
    main(["tune", "show"])
    out = capsys.readouterr().out
    assert "now       trial 1: stopped, trial 2: gone" in out
    assert [line.split()[1] for line in out.split("\n\n")[1].splitlines()[1:]] == [
        "stopped", "gone",
    ]  # fmt: skip


def test_a_worker_that_finishes_the_last_trial_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    make_study(status=dataclasses.replace(alive(), phase="finishing the last trial"))
    main(["tune", "show"])
    assert "state     working (finishing the last trial)\n" in capsys.readouterr().out


def test_a_lost_one_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    study = make_study(status=lost())
    assert main(["tune", "show"]) == ExitCode.RUN
    told = f"lost: its worker is gone; `agegender-tui tune resume {study.id}` goes on"
    assert told in capsys.readouterr().out


def test_commands_to_go_on_with_name_the_folder_that_one_does_not_look_in_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    study = make_study(trial(1, 6.0), status=lost())
    run = run_of(study, 1)
    tell(study, trial(2, 5.0, run=run.id))
    root = study.runs_root
    monkeypatch.setenv("AGEGENDER_RUNS", str(tmp_path / "elsewhere"))
    main(["tune", "show", study.id, "--runs", str(root)])
    out = capsys.readouterr().out
    assert f"`agegender-tui tune resume {study.id} --runs {root}` goes on" in out
    assert f"repeat --folds 5 --config {run.config_file} --runs {root}" in out


def test_what_was_not_as_asked_of_a_finished_trial_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    halved = "memory ran out: its batches had 1/4 of the images"
    make_study(trial(1, 6.0), trial(2, 5.0, text=halved))
    main(["tune", "show"])
    out = capsys.readouterr().out
    assert f"trial 2 finished: {halved}\n" in out
    assert "the best is trial 2" in out and f"\n  {halved}\n" in out


def test_trials_to_choose_between_are_told_where_there_are_several(
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = dataclasses.replace(trial(3, 7.0), gender_accuracy=0.9)
    make_study(trial(1, 8.0), trial(2, 6.0), other)
    main(["tune", "show"])
    told = "better in the other:\n  trial 2: 6.00 years, 80.0 %\n  trial 3: 7.00 years, 90.0 %\n"
    assert told in capsys.readouterr().out
    main(["tune", "show", "--json"])
    assert json.loads(capsys.readouterr().out)["front"] == [2, 3]
    alone = make_study(trial(1, 8.0), trial(2, 6.0))
    assert main(["tune", "show", alone.id]) == ExitCode.OK
    assert "Pareto" not in capsys.readouterr().out


def test_json_has_all_trials_ranked(capsys: pytest.CaptureFixture[str]) -> None:
    study = make_study(trial(1, 8.0), trial(2, 6.0), *(trial(n, 9.0) for n in range(3, 14)))
    assert main(["tune", "show", study.id[-4:], "--json"]) == ExitCode.OK
    body = json.loads(capsys.readouterr().out)
    assert [one["number"] for one in body["ranked"]][:3] == [2, 1, 3]
    assert len(body["ranked"]) == 13
    assert body["ranked"][0]["course"] == [None, 0.6]
    assert body["best"] == body["ranked"][0]
    assert (body["study"], body["state"], body["ended"]) == (study.id, "finished", 13)


def test_one_that_cannot_be_read_is_a_sentence_or_a_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    study = make_study()
    study.config_file.unlink()
    code, err = failure(capsys, "tune", "show")
    assert code == ExitCode.RUN and "study.toml: missing" in err
    assert main(["tune", "show", "--json"]) == ExitCode.RUN
    assert json.loads(capsys.readouterr().out)["state"] == "broken"


@pytest.mark.parametrize("verb", ["show", "stop", "kill", "resume"])
def test_a_study_that_is_not_there(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    code, err = failure(capsys, "tune", verb, "k\x1b")
    assert code == ExitCode.RUN
    assert "no study 'k\\x1b' in" in err and "see `agegender-tui tune list`" in err
