"""Rows, orders and sentences of studies, as the Tune screen shows them."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agegender_tui.run_table import whole_width
from agegender_tui.tuning import heading, study_table, trial_table
from agegender_tui.tuning.listing import Listed, Listing, UnderWay
from agegender_tui.tuning.names import LOOKS_FOR
from agegender_tui.tuning.promotion import promoted
from agegender_tui.tuning.states import trial_state
from tests.agegender_tui.tuning.conftest import COURSE, MADE, begin, lives_here, make_study, run_id
from tests.conftest import MakeRun
from trainer.errors import ConfigError, RunError
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.study import StudyDir


def listed(root: Path, **rest: Any) -> Listed:
    make_study(root, **rest)
    (one,) = Listing(root).list()
    return one


def texts(one: Listed, width: int = 80) -> dict[str, str]:
    return {c.key: c.text(one, MADE + 300) for c in study_table.columns_for(width)}


def test_a_row_tells_state_name_progress_and_the_best(tmp_path: Path) -> None:
    assert texts(listed(tmp_path)) == {
        "state": "✔ done", "study": "study ab12", "preset": "A-demo", "data": "sample",
        "trials": "6/8", "mae": "11.76", "acc": "81.2%", "age": "5 min",
    }  # fmt: skip


def test_a_label_stands_after_the_end_of_the_id_and_drives_no_terminal(tmp_path: Path) -> None:
    one = listed(tmp_path, label="night\x1b[31m")
    assert texts(one)["study"] == "ab12 night\\x1b[31m"


@pytest.mark.parametrize("width", range(60, 220, 3))
def test_the_columns_fit_the_screen(width: int) -> None:
    columns = study_table.columns_for(width)
    assert whole_width(one.width for one in columns) <= width
    assert {"state", "study", "trials", "mae", "acc"} <= {one.key for one in columns}


def test_80_columns_hold_all_columns() -> None:
    assert len(study_table.columns_for(80)) == len(study_table.COLUMNS)


def test_studies_are_listed_newest_first_and_read_anew_only_if_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_study(tmp_path)
    newer = make_study(tmp_path, name="20261128-120000-study-cd34")
    listing = Listing(tmp_path)
    first = listing.list()
    assert [one.id[-4:] for one in first] == ["cd34", "ab12"]
    assert [one.asked - MADE for one in first] == [86400.0, 0.0]
    read: list[str] = []
    whole = StudyDir.config
    monkeypatch.setattr(StudyDir, "config", lambda one: read.append(one.id) or whole(one))
    assert listing.list() == first and not read
    begin(newer, 7)
    read.clear()
    os.utime(newer.trials_file, (MADE, MADE))
    assert len(listing.list()[0].trials) == 7 and read == [newer.id]


def test_a_broken_study_hides_no_other_and_says_why(tmp_path: Path) -> None:
    make_study(tmp_path)
    newer = make_study(tmp_path, name="20261128-120000-study-cd34")
    newer.config_file.write_text("version = 9\n")
    lost = make_study(tmp_path, name="20261129-120000-study-ef56")
    lost.state_file.unlink()
    broken, damaged, whole = (Listing(tmp_path).list()[place] for place in (1, 0, 2))
    assert [one.state for one in (broken, damaged, whole)] == ["broken", "broken", "finished"]
    assert "newer version; upgrade" in heading.of_study(broken)[1]
    assert "missing, so the study is half made" in heading.of_study(damaged)[1]
    assert texts(broken)["state"] == "! broken" and texts(broken)["trials"] == ""
    assert heading.of_search(broken) == broken.id


def test_a_trial_under_way_is_told_by_its_run(tmp_path: Path, make_run: MakeRun) -> None:
    one = listed(tmp_path, running=1, state="working")
    assert one.runs == {}
    make_run(tmp_path, name=run_id(7), state="training", epochs=2, total=5, **lives_here())
    (one,) = Listing(tmp_path).list()
    assert one.runs == {7: UnderWay("training", 2, 5)}
    standing, best = heading.of_study(one)
    assert standing == "● works · study ab12 · 6 of 8 trials ended · trial 7 in epoch 3 of 5"
    assert best.startswith("best so far: trial 6, error 0.570: 11.76 years, 81.2% of genders")
    assert heading.of_trial(one, one.trials[-1]).startswith("trial 7 · A t007 · in epoch 3")


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("queued", "◷ waits"), ("paused", "‖ paused"), ("stopping", "◐ stops"),
        ("stopped", "■ stopped"), ("failed", "✘ failed"), ("training", "● works"),
    ],
)  # fmt: skip
def test_a_trial_that_does_not_train_is_not_said_to(
    tmp_path: Path, make_run: MakeRun, state: str, shown: str
) -> None:
    make_study(tmp_path, running=1, state="working")
    make_run(tmp_path, name=run_id(7), state=state, epochs=2, total=5, **lives_here())
    (one,) = Listing(tmp_path).list()
    assert trial_state(one.trials[-1], one.runs[7]) == shown


def test_a_trial_whose_run_is_gone_says_so(tmp_path: Path) -> None:
    one = listed(tmp_path, running=1, state="stopped")
    assert trial_state(one.trials[-1], one.runs.get(7)) == "? gone"


def test_many_trials_at_once_are_counted_so_that_the_best_stays_in_sight(
    tmp_path: Path, make_run: MakeRun
) -> None:
    make_study(tmp_path, running=3, state="working", trials=60)
    for number in (7, 8, 9):
        make_run(tmp_path, name=run_id(number), state="training", total=5, **lives_here())
    standing, best = heading.of_study(Listing(tmp_path).list()[0])
    assert standing == "● works · study ab12 · 6 of 60 trials ended · 3 trials under way"
    assert best.startswith("best so far: trial 6")


def test_a_lost_study_that_had_all_trials_goes_on_with_more(tmp_path: Path) -> None:
    host = {"host": socket.gethostname(), "pid": 2**22 - 1}
    one = listed(tmp_path, trials=6, state="working", **host)
    one = replace(one, state="lost")
    assert heading.of_study(one)[0].endswith("its worker is gone; r goes on with more trials")


def test_a_run_outside_the_folder_is_not_looked_at(tmp_path: Path, make_run: MakeRun) -> None:
    root = tmp_path / "runs"
    study = make_study(root, course=(), state="working")
    outside = make_run(tmp_path, name="20261127-120001-A-t001", state="training", **lives_here())
    begin(study, 1)
    content = study.trials_file.read_text().replace(outside.id, f"../{outside.id}")
    study.trials_file.write_text(content)
    assert Listing(root).list()[0].runs == {}


@pytest.mark.parametrize(
    ("state", "rest", "said"),
    [
        ("stopped", {"text": "stopped; resume goes on"}, "stopped; resume goes on (r)"),
        ("failed", {"text": "3 trials in a row failed"}, "3 trials in a row failed"),
        ("waiting", {}, "its worker starts"),
        ("working", {"phase": "finishing the last trial"}, "finishing the last trial"),
    ],
)
def test_how_a_study_stands_is_a_sentence(
    tmp_path: Path, state: str, rest: dict[str, Any], said: str
) -> None:
    assert heading.of_study(listed(tmp_path, state=state, **rest))[0].endswith(f" · {said}")


def test_a_study_whose_worker_is_gone_is_lost_and_says_the_key(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    study.state_file.write_text('{"state": "working", "v": 1, "heartbeat": 1.0}')
    (one,) = Listing(tmp_path).list()
    assert one.state == "lost"
    assert heading.of_study(one)[0].endswith("its worker is gone; r goes on")


def test_without_a_finished_trial_there_is_no_best(tmp_path: Path) -> None:
    assert heading.best_words(listed(tmp_path, course=())) == "no trial yet"
    other = listed(tmp_path / "b", course=COURSE[3:5])
    assert heading.best_words(other) == "best: none, no trial has finished"
    assert texts(other)["mae"] == ""


def test_a_trial_says_what_came_of_it(tmp_path: Path) -> None:
    one = listed(tmp_path)
    words = [heading.of_trial(one, trial) for trial in one.trials]
    assert words[5].startswith("trial 6 · A t006 · 11.76 years, 81.2% of genders, in epoch 5 of 5")
    assert ["on the Pareto front" in text for text in words] == [0, 0, 1, 0, 0, 1]
    assert words[5].endswith("learning_rate 0.003, dropout 0.3, filters 16-32-48-64-96")
    assert "ended early: worse by then than half of the others" in words[3]
    assert "failed: out of memory" in words[4]
    assert heading.of_trial(one, replace(one.trials[4], run="")).startswith(
        "trial 5 · without a run"
    )


def test_the_best_and_those_on_the_front_are_marked(tmp_path: Path) -> None:
    assert trial_table.marks_of(listed(tmp_path)) == {6: "★", 3: "◆"}
    none = listed(tmp_path / "b", course=COURSE[3:5])
    assert trial_table.marks_of(none) == {}


def numbers(one: Listed, sort: str, turned: bool = False) -> list[int]:
    return [trial.number for trial in trial_table.ordered(one, sort, turned)]


def test_trials_are_ordered_by_value_number_and_each_setting(tmp_path: Path) -> None:
    one = listed(tmp_path)
    assert one.config is not None
    assert trial_table.sorts_of(one.config) == (
        "value", "number", "setting-learning_rate", "setting-dropout", "setting-filters",
    )  # fmt: skip
    assert numbers(one, "value") == [6, 3, 1, 2, 4, 5]
    assert numbers(one, "value", turned=True) == [4, 2, 1, 3, 6, 5]
    assert numbers(one, "number", turned=True) == [6, 5, 4, 3, 2, 1]
    assert numbers(one, "setting-dropout") == [1, 2, 3, 4, 5, 6]
    assert numbers(one, "setting-filters") == [6, 2, 4, 3, 1, 5]
    assert trial_table.next_sort("setting-filters", one.config) == "value"
    assert trial_table.next_sort("setting-of-another-study", one.config) == "value"


@pytest.mark.parametrize(
    ("objective", "columns"),
    [
        ("both", ["Trial", "State", "Error", "MAE", "Gender", "Epochs"]),
        ("age_mae", ["Trial", "State", "MAE", "Gender", "Epochs"]),
        ("gender_accuracy", ["Trial", "State", "MAE", "Gender", "Epochs"]),
    ],
)
def test_no_figure_stands_in_two_columns_and_each_setting_has_one(
    tmp_path: Path, objective: str, columns: list[str]
) -> None:
    one = listed(tmp_path, objective=objective)
    assert one.config is not None
    made = trial_table.columns_of(one.config)
    settings = ["learning_rate", "dropout", "filters"]
    assert [column.heading for column in made] == [*columns, *settings]
    sorted_on = trial_table.sorted_column("value", one.config)
    assert sorted_on in {column.key for column in made}
    assert trial_table.sort_of_column(sorted_on, one.config) == "value"
    assert trial_table.sort_of_column("epochs", one.config) == ""


def test_cells_are_short_and_never_nan(tmp_path: Path) -> None:
    one = listed(tmp_path)
    assert one.config is not None
    columns = trial_table.columns_of(one.config)
    cells = [dict(trial_table.cells(trial, columns, None)) for trial in one.trials]
    assert cells[0] == {
        "number": "1", "state": "✔ done", "value": "0.640", "mae": "12.45", "acc": "77.5%",
        "epochs": "5", "setting-learning_rate": "0.0005", "setting-dropout": "0.05",
        "setting-filters": "8-16-32-48-64",
    }  # fmt: skip
    assert cells[4]["state"] == "✘ failed" and cells[4]["value"] == cells[4]["mae"] == ""
    for column in columns:
        assert all(len(row[column.key]) <= column.width for row in cells)


@pytest.mark.parametrize(
    ("state", "shown"),
    [("queued", "◷ waits"), ("starting", "◌ starts"), ("training", "● works"), ("lost", "? lost")],
)
def test_a_trial_under_way_has_the_state_of_its_run(tmp_path: Path, state: str, shown: str) -> None:
    trial = listed(tmp_path, course=(), running=1).trials[0]
    assert trial_state(trial, UnderWay(state, 2, 5)) == shown
    assert trial_table.epochs_text(trial, UnderWay(state, 2, 5)) == "2/5"


def test_a_study_is_complete_where_only_more_trials_go_on(tmp_path: Path) -> None:
    assert not listed(tmp_path / "a", trials=7).complete
    assert listed(tmp_path / "b", trials=6).complete
    assert not listed(tmp_path / "c", trials=6, running=1).complete


def test_a_promoted_trial_is_no_trial_any_more(tmp_path: Path) -> None:
    one = listed(tmp_path, base={"group": "g"})
    best = one.best
    assert best is not None
    made = promoted(one, best)
    assert (made.study, made.group, made.label) == ("", "", "from trial 6 of study ab12")
    assert (made.learning_rate, made.dropout, made.epochs) == (0.003, pytest.approx(0.3), 30)
    assert made.data == "/faces/sample"
    varied = replace(best, values={**best.values, "epochs": 9})
    assert promoted(one, varied).epochs == 9
    with pytest.raises(ConfigError, match="dropout is 7"):
        promoted(one, replace(best, values={"dropout": 7.0}))
    with pytest.raises(RunError, match="is damaged"):
        promoted(replace(one, config=None, problem="it is damaged"), best)


def test_what_is_varied_is_told(tmp_path: Path) -> None:
    words = heading.of_search(listed(tmp_path))
    assert (
        "A-demo on sample · looks for both errors · varies learning_rate 0.0003..0.01:log" in words
    )


def test_every_objective_has_words() -> None:
    assert LOOKS_FOR.keys() == OBJECTIVES.keys()
