"""`repeat` and `summary`: runs are started and summarised; their workers are played."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from agegender_tui import launch
from agegender_tui.cli import main
from trainer.config import RunConfig
from trainer.errors import ExitCode
from trainer.runs.event_log import EventWriter
from trainer.runs.events import EndEvent, PhaseEvent
from trainer.runs.group import find_group
from trainer.runs.layout import RunDir, create_run
from trainer.runs.registry import Registry
from trainer.runs.state import RunState, read_state, write_state


def play(run: RunDir, mae: float, code: int = 0) -> None:
    """What a worker leaves: events, state, final figures, the split."""
    config = run.config()
    state = "failed" if code else "finished"
    writer = EventWriter(run.events_file)
    writer.write(PhaseEvent(name="importing"))
    writer.write(EndEvent(state=state, text="as played", epoch=2, code=code))
    writer.close()
    write_state(run, RunState(state=state, epoch=2, epochs=2, text="as played", code=code))
    if code:
        return
    figures = {"age_mae": mae, "age_within_5_years": 0.5, "gender_accuracy": 0.9 - mae / 100}
    run.metrics_file.write_text(json.dumps({"best_epoch": 2, "validation": figures}))
    part = ["validation" if n % 3 == config.fold % 3 else "train" for n in range(30)]
    rows = [f"{n}.jpg,{part[n]},30,1" for n in range(30)]
    run.split_file.write_text("\n".join(["file,part,age,gender", *rows]) + "\n")


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[RunDir]:
    """The runs whose workers were started, each already ended, the second in failure."""
    started: list[RunDir] = []

    def spawn(run: RunDir, verb: str) -> int:
        started.append(run)
        play(run, 6.0 + len(started) / 10, code=7 if len(started) == 2 else 0)
        return 1

    monkeypatch.setattr(launch, "spawn", spawn)
    return started


def group(root: Path, name: str, maes: list[float], **settings: object) -> None:
    for fold, mae in enumerate(maes, 1):
        config = RunConfig(
            data="/faces", group=name, folds=max(len(maes), 2), fold=fold, seed=fold, epochs=2
        ).replace(**settings)
        run = create_run(root, config)
        # Names drawn within one second are in no order: the fold is.
        play(run, mae)


def test_each_fold_is_a_run_of_its_own_and_all_are_summarised(
    played: list[RunDir], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["repeat", "--demo", "--folds", "3", "--epochs", "2", "--batch-size", "16"])
    out = capsys.readouterr().out
    assert code == ExitCode.DEVICE  # that of the one which failed; the others went on
    configs = [run.config() for run in played]
    assert [(one.fold, one.folds, one.seed, one.epochs) for one in configs] == [
        (1, 3, 1, 2), (2, 3, 2, 2), (3, 3, 3, 2),
    ]  # fmt: skip
    name = configs[0].group
    assert f"group {name}: 3 runs\n{played[0].id}  fold 1 of 3\n" in out
    assert f"watch: agegender-tui summary {name}\n" in out
    assert f"group {name}: 3 runs, 2 finished, 1 failed" in out
    assert f"{played[1].id}: as played" in out
    assert [line.split()[-3] for line in out.splitlines() if line.startswith("mean")] == ["6.20"]


def test_detached_it_starts_all_and_leaves(
    played: list[RunDir], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["repeat", "--demo", "--seeds", "2", "--group", "mine", "--detach", "--json"]
    assert main(arguments) == ExitCode.OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["run"], one["group"], one["split_seed"]) for one in lines] == [
        (played[0].id, "mine", 1), (played[1].id, "mine", 2),
    ]  # fmt: skip


def test_the_help_says_what_is_printed_of_detached_ones(
    played: list[RunDir], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["repeat", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "print the group, a line for each run that begins with its id" in told
    assert "nothing else" not in told and "first one for each run" in told
    assert main(["repeat", "--demo", "--folds", "2", "--group", "mine", "--detach"]) == ExitCode.OK
    assert capsys.readouterr().out.splitlines() == [
        "group mine: 2 runs",
        f"{played[0].id}  fold 1 of 2",
        f"{played[1].id}  fold 2 of 2",
        "watch: agegender-tui summary mine",
    ]


def test_repeats_in_a_folder_of_their_own_are_watched_there(
    tmp_path: Path, played: list[RunDir], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["repeat", "--demo", "--folds", "2", "--group", "g", "--detach", "--runs", str(tmp_path)])
    assert capsys.readouterr().out.endswith(f"watch: agegender-tui summary g --runs {tmp_path}\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--demo"], "one of the arguments --folds --seeds is required"),
        (["--demo", "--folds", "2", "--seeds", "2"], "not allowed with argument"),
        (["--demo", "--folds", "1"], "--folds is 1: give 2 or more"),
        (["--demo", "--folds", "200"], "folds is 200: give 0 to 100"),
        (
            ["--demo", "--seeds", "3", "--seed", "2147483646"],
            "seed is 2147483646, and 3 repeats count up from it: give at most 2147483645",
        ),
        (["--demo", "--folds", "3", "--seed", "2147483647"], "give at most 2147483645"),
        (["--demo", "--seeds", "2", "--split-seed", "2147483647"], "split_seed is 2147483647, and"),
        (["--demo", "--seeds", "0"], "--seeds is 0: give 2 to 100"),
        (["--demo", "--folds", "3", "--group", "a b"], "group is 'a b'"),
        (["--folds", "3"], "no data set"),
    ],
)
def test_mistakes_are_told_before_anything_starts(
    played: list[RunDir], capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["repeat", *arguments]) == ExitCode.USAGE
    assert says in capsys.readouterr().err
    assert played == []


def test_a_group_that_has_runs_is_not_added_to(
    played: list[RunDir], capsys: pytest.CaptureFixture[str]
) -> None:
    group(Path(os.environ["AGEGENDER_RUNS"]), "mine", [6.0, 6.1])
    assert main(["repeat", "--demo", "--folds", "2", "--group", "mine"]) == ExitCode.USAGE
    assert "mine has runs already" in capsys.readouterr().err
    assert played == []


def test_a_run_with_the_settings_of_a_repeat_does_not_join_its_group(
    played: list[RunDir], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["repeat", "--demo", "--folds", "2", "--detach"])
    main(["train", "--config", str(played[0].config_file), "--detach"])
    config = played[2].config()
    assert (config.fold, config.folds, config.group) == (1, 2, "")


def test_what_was_started_before_a_failure_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[RunDir] = []

    def spawn(run: RunDir, verb: str) -> int:
        if started:
            raise KeyboardInterrupt
        started.append(run)
        play(run, 6.0)
        return 1

    monkeypatch.setattr(launch, "spawn", spawn)
    assert main(["repeat", "--demo", "--folds", "3"]) == 130
    assert "1 of 3 runs were started and go on" in capsys.readouterr().err
    assert read_state(started[0]).state == "finished"


def test_the_summary_has_mean_deviation_and_standard_error_with_a_caution(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group(tmp_path, "g", [6.0, 6.2, 6.7])
    assert main(["--runs", str(tmp_path), "summary", "g"]) == ExitCode.OK
    out = capsys.readouterr().out
    rows = {line.split("  ")[0]: line.split() for line in out.splitlines()}
    assert rows["mean"][-3:] == ["6.30", "50.0", "83.7"]
    assert rows["deviation"][-3:] == ["0.36", "0.0", "0.4"]
    assert rows["standard error"][-3:] == ["0.21", "0.0", "0.2"]
    assert "Bengio and Grandvalet 2004" in out


def test_one_finished_repeat_has_a_mean_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group(tmp_path, "g", [6.0])
    main(["--runs", str(tmp_path), "summary", "last"])
    out = capsys.readouterr().out
    assert "\nmean" in out and "deviation" not in out and "Bengio" not in out


def test_a_lost_repeat_is_told_with_the_way_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group(tmp_path, "g", [6.0, 6.2])
    _, (one, _) = find_group(Registry(tmp_path).list(), "g")
    run = one.summary.run
    write_state(run, dataclasses.replace(read_state(run), state="training", pid=0))
    main(["--runs", str(tmp_path), "summary", "g"])
    out = capsys.readouterr().out
    assert "2 runs, 1 lost, 1 finished" in out
    assert f"{run.id} is lost: `agegender-tui resume {run.id} --runs {tmp_path}` goes on" in out


def test_better_is_said_of_two_groups_only_where_the_interval_excludes_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group(tmp_path, "one", [6.0, 6.2, 6.7])
    group(tmp_path, "two", [7.0, 7.25, 7.72], l2=0.01)
    assert main(["--runs", str(tmp_path), "summary", "one", "two"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "one minus two, on the 3 splits that both have" in out
    rows = {line.split("  ")[0]: line for line in out.splitlines()}
    # 4.303 × 0.0252 × √(1/3 + 10/20) on either side
    assert rows["age MAE"].split()[-5:] == ["-1.02", "-1.12", "to", "-0.92", "one"]
    assert rows["CS@5 %"].endswith("not told apart")

    main(["--runs", str(tmp_path), "summary", "one", "two", "--json"])
    body = json.loads(capsys.readouterr().out)
    assert body["comparison"]["splits"] == 3
    assert body["comparison"]["figures"]["age_mae"]["better"] == "one"
    assert body["comparison"]["figures"]["age_mae"]["high"] < 0
    assert [one["group"] for one in body["groups"]] == ["one", "two"]
    assert body["groups"][0]["figures"]["age_mae"]["count"] == 3
    assert [run["fold"] for run in body["groups"][0]["runs"]] == [1, 2, 3]


def test_a_difference_that_is_the_same_on_each_split_has_no_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group(tmp_path, "one", [6.3, 6.4])
    group(tmp_path, "two", [6.2, 6.3], l2=0.01)
    main(["--runs", str(tmp_path), "summary", "one", "two"])
    rows = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    told = rows["age MAE"].split(maxsplit=3)
    assert told[2:] == ["+0.10", "the same on each split: not told apart"]
    main(["--runs", str(tmp_path), "summary", "one", "two", "--json"])
    body = json.loads(capsys.readouterr().out)["comparison"]["figures"]["age_mae"]
    assert (body["count"], body["low"], body["high"], body["better"]) == (2, None, None, "")


@pytest.mark.parametrize(("folds", "what"), [(3, "folds"), (0, "splits")])
def test_repeats_between_which_a_face_changed_are_told_not_to_be_of_one_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folds: int, what: str
) -> None:
    group(tmp_path, "g", [6.0, 6.2, 6.7], folds=folds, **({} if folds else {"fold": 0}))

    def told() -> tuple[str, bool]:
        main(["--runs", str(tmp_path), "summary", "g"])
        text = capsys.readouterr().out
        main(["--runs", str(tmp_path), "summary", "g", "--json"])
        return text, json.loads(capsys.readouterr().out)["groups"][0]["on_one_set"]

    text, one_set = told()
    assert "of one set" not in text and one_set
    file = find_group(Registry(tmp_path).list(), "g")[1][2].summary.run.split_file
    file.write_text(file.read_text().replace(",30,1\n", ",31,1\n", 1))
    text, one_set = told()
    assert f"These are not {what} of one set: faces or labels changed between them" in text
    assert not one_set


def test_a_difference_that_rounds_to_0_has_no_sign(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group(tmp_path, "one", [6.3, 6.4, 6.5])
    group(tmp_path, "two", [6.302, 6.402, 6.505], l2=0.01)
    main(["--runs", str(tmp_path), "summary", "one", "two"])
    rows = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert rows["age MAE"].split()[2:6] == ["0.00", "-0.01", "to", "0.00"]


def test_groups_on_other_splits_are_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group(tmp_path, "one", [6.0, 6.2])
    group(tmp_path, "two", [6.0, 6.2])
    for one in find_group(Registry(tmp_path).list(), "two")[1]:
        one.summary.run.split_file.unlink()
    main(["--runs", str(tmp_path), "summary", "one", "two"])
    assert "no finished runs on the same split" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "code", "says"),
    [
        (["zz"], ExitCode.RUN, "no group of repeats 'zz': there are g"),
        (["g", "g"], ExitCode.USAGE, "'g' is named twice"),
        (["g", "g", "g"], ExitCode.USAGE, "3 groups are too many"),
    ],
)
def test_groups_that_cannot_be_summarised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: list[str], code: int, says: str
) -> None:
    group(tmp_path, "g", [6.0])
    assert main(["--runs", str(tmp_path), "summary", *names]) == code
    assert says in capsys.readouterr().err


def test_figures_that_runs_lack_leave_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group(tmp_path, "g", [6.0, 6.2, 6.4])
    for number, one in enumerate(find_group(Registry(tmp_path).list(), "g")[1]):
        file = one.summary.run.metrics_file
        body = json.loads(file.read_text())
        del body["validation"]["age_within_5_years"]
        if number == 0:
            del body["validation"]["gender_accuracy"]
        file.write_text(json.dumps(body))
    assert main(["--runs", str(tmp_path), "summary", "g"]) == ExitCode.OK
    rows = {line.split("  ")[0]: line.split() for line in capsys.readouterr().out.splitlines()}
    assert rows["mean"][1:] == ["of", "3", "6.20", "83.7", "of", "2"]
    assert rows["deviation"][1:] == ["of", "3", "0.20", "0.1", "of", "2"]
