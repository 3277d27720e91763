"""Evaluations as rows of the list and as words, without a screen."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agegender_tui.evaluating import asking, difference_words, figure_words, heading
from agegender_tui.evaluating.asking import proposed
from agegender_tui.evaluating.bands import band_text
from agegender_tui.evaluating.columns import TextColumn, table
from agegender_tui.evaluating.export import report_name
from agegender_tui.evaluating.listing import Listed, Listing
from agegender_tui.evaluating.names import data_names, legend_names, short_names, title
from agegender_tui.evaluating.pages import MARK_TWO, VIEWS, page, unfinished
from agegender_tui.evaluating.reading import Reader
from agegender_tui.evaluating.table import (
    COLUMNS,
    LANGUAGE,
    SORTS,
    STATES,
    columns_for,
    next_sort,
    ordered,
    width_beside,
)
from agegender_tui.evaluating.wall import AGE, GENDER, wall
from agegender_tui.run_table import whole_width
from agegender_tui.trash import trash_evaluation
from tests.agegender_tui.evaluating.conftest import Made, keep, scored_of, under_way
from trainer.errors import RunError
from trainer.evaluation.averaged import averaged
from trainer.evaluation.kinds import Figure
from trainer.evaluation.paired import Paired
from trainer.evaluation.store import EvaluationDir
from trainer.jobs.status import STATES as WRITTEN_STATES
from trainer.jobs.status import Status, write_status
from trainer.prediction.catalog import SavedModel
from trainer.runs.comparison import MOST_RUNS
from trainer.runs.event_log import EventReader
from trainer.runs.layout import RunDir


def listed(root: Path) -> dict[str, Listed]:
    return {one.model: one for one in Listing(root).list()}


def cells(one: Listed) -> dict[str, str]:
    return {column.key: column.text(one, one.asked + 180) for column in COLUMNS}


def test_a_list_beside_a_view_grows_with_the_terminal_to_all_columns() -> None:
    assert [width_beside(width) for width in (169, 191, 199, 500)] == [85, 85, 93, 132]
    keys = [[column.key for column in columns_for(width_beside(width))] for width in (199, 229)]
    assert keys[0] == [column.key for column in COLUMNS if column.key != "group"]
    assert keys[1] == [column.key for column in COLUMNS]


def test_the_line_tells_when_it_was_asked_and_whether_the_set_was_changed_since(
    made: Made,
) -> None:
    old, other = sorted(Listing(made.root).list(), key=lambda one: one.asked)
    data = {**old.summary["data"], "fingerprint": "changed"}
    later = dataclasses.replace(
        old, summary={**old.summary, "data": data}, asked=old.asked + 7200.0
    )
    now = old.asked + 10800.0

    def line(one: Listed, *found: Listed) -> str:
        return heading.line(one, found, now)

    assert line(old, old, other) == (
        "A t001 on faces, validation part: 120 faces · asked 3 h ago · enter shows its figures"
    )
    assert " · asked 3 h ago · the set was changed since · enter" in line(old, old, other, later)
    assert "changed" not in line(later, old, other, later)
    again = dataclasses.replace(old, asked=old.asked + 9000.0)
    assert "changed" not in line(old, old, later, again)


def test_a_finished_one_is_listed_with_its_figures(made: Made) -> None:
    one = next(o for o in Listing(made.root).list() if o.network == "B")
    assert cells(one) | {"mae": "", "cs5": "", "acc": "", "auc": "", "group": ""} == {
        "state": "✔ done", "model": "B t002", "data": "faces", "part": "val", "faces": "120",
        "mae": "", "cs5": "", "group": "", "acc": "", "auc": "", "age": "3 min",
    }  # fmt: skip
    figures = one.summary["figures"]
    assert cells(one)["mae"] == f"{figures['age_mae']['value']:.2f}"
    assert cells(one)["cs5"] == f"{100 * figures['age_cs5']['value']:.1f}%"
    assert cells(one)["auc"] == f"{figures['gender_auc']['value']:.3f}"
    assert cells(one)["group"] == ""  # ages are exact: there are no groups of them


def test_each_state_has_a_glyph_and_a_word(tmp_path: Path) -> None:
    assert set(STATES) == {*WRITTEN_STATES, "lost", "broken"}
    assert len({glyph for glyph, _, _ in STATES.values()}) == len(STATES)
    under_way(tmp_path)
    one = Listing(tmp_path).list()[0]
    assert cells(one)["state"] == "● 40 %"
    assert (one.model, one.data, one.part) == ("20261123-210009-A-w009", "faces", "all")
    assert unfinished(one) == "Predicting, 48 of 120; s stops it."


def test_what_is_not_as_expected_is_said_while_it_works(tmp_path: Path) -> None:
    under_way(tmp_path, text="TensorFlow does not see gpu:0: going on with the CPU")
    one = Listing(tmp_path).list()[0]
    assert unfinished(one) == (
        "Predicting, 48 of 120; s stops it. TensorFlow does not see gpu:0: going on with the CPU."
    )


def test_a_worker_that_is_gone_is_seen_without_a_change_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way(tmp_path)
    listing = Listing(tmp_path)
    assert listing.list()[0].state == "working"
    monkeypatch.setattr("trainer.jobs.status.is_alive", lambda status: False)
    assert listing.list()[0].state == "lost"


def test_a_failed_one_says_its_sentence(tmp_path: Path) -> None:
    under_way(tmp_path, state="failed", text="/faces: is no folder; give others with --data")
    one = Listing(tmp_path).list()[0]
    assert cells(one)["state"] == "✘ failed"
    assert unfinished(one) == "/faces: is no folder; give others with --data. g tries again."


def test_damaged_ones_stay_in_the_list_and_say_what_is_wrong(made: Made) -> None:
    made.a.summary_file.write_text("{")
    summary = json.loads(made.b.summary_file.read_text())
    del summary["data"]["faces"]
    made.b.summary_file.write_text(json.dumps(summary))
    found = Listing(made.root).list()
    assert [one.state for one in found] == ["broken", "broken"]
    assert all("is damaged; evaluate anew, by g or" in one.problem for one in found[:2])
    summary["data"]["faces"] = math.inf
    made.b.summary_file.write_text(json.dumps(summary))
    assert "is damaged" in Listing(made.root).list()[0].problem


@pytest.mark.parametrize("state", ["working", "gone", "failed", "torn"])
def test_one_with_figures_is_done_whatever_its_worker_came_to_write_of_its_state(
    made: Made, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    if state == "torn":
        made.a.state_file.write_text('{"v": 1, "sta')
    else:
        written = "failed" if state == "failed" else "working"
        write_status(made.a.state_file, Status(written, pid=1, heartbeat=time.time()))
    monkeypatch.setattr("trainer.jobs.status.is_alive", lambda status: state == "working")
    listing = Listing(made.root)
    one = listing.list()[1]
    assert (one.state, one.network, one.problem) == ("finished", "A", "")
    assert not one.status.active and listing.list()[1] is one  # nothing more is to come


def test_what_did_not_change_is_not_read_again(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = Listing(made.root)
    before = listing.list()
    monkeypatch.setattr(EvaluationDir, "summary", lambda self: pytest.fail("read again"))
    assert all(a is b for a, b in zip(before, listing.list(), strict=True))


@pytest.mark.parametrize("width", [60, 66, 72, 73, 79, 80, 100, 120, 200])
def test_the_columns_fit_the_width(width: int) -> None:
    shown = columns_for(width)
    assert {"state", "model", "mae", "acc"} <= {column.key for column in shown}
    assert whole_width(column.width for column in shown) <= width


def test_the_means_of_other_models_are_told_apart_in_the_narrowest_list(made: Made) -> None:
    averaged(made.root, [made.a, made.b])
    mean = Listing(made.root).list()[0]
    shown = {}
    for width in (80, 200):
        (column,) = [column for column in columns_for(width) if column.key == "model"]
        shown[width] = column.text(mean, 0.0)
        assert len(shown[width]) <= column.width
    assert shown == {80: "t001+t002", 200: "mean of A t001, B t002"}


def test_a_sort_whose_column_is_gone_starts_over() -> None:
    assert next_sort("auc", columns_for(120)) == "faces"
    assert next_sort("auc", columns_for(60)) == SORTS[0]


def test_the_list_is_filtered_and_sorted_by_figures(made: Made) -> None:
    found = Listing(made.root).list()
    assert [one.network for one in ordered(found, "mae")] == ["B", "A"]
    assert [one.network for one in ordered(found, "age")] == ["B", "A"]
    assert [one.network for one in found if LANGUAGE.parse("network=A acc>50%")(one)] == ["A"]
    assert not any(map(LANGUAGE.parse("mae<1"), found))
    assert len(list(filter(LANGUAGE.parse("cs5>1%"), found))) == 2


@pytest.mark.parametrize("words", ["done", "finished", "state=done", "state=finished"])
def test_the_list_is_filtered_by_states_as_shown_and_as_written(made: Made, words: str) -> None:
    waiting = under_way(made.root, state="waiting")
    finished = {made.a.id, made.b.id}
    found = Listing(made.root).list()
    assert {one.id for one in found if LANGUAGE.parse(words)(one)} == finished
    others = [one.id for one in found if LANGUAGE.parse("state!=done")(one)]
    assert others == [waiting.id]


def test_a_table_that_does_not_fit_goes_on_below_with_its_names() -> None:
    columns = [TextColumn(f"c{n}", ["1234567890", "2"]) for n in range(4)]
    lines = [line.plain for line in table("", ["one", "two"], columns, 36)]
    assert lines[0].split() == ["c0", "c1"] and lines[4].split() == ["c2", "c3"]
    assert lines[1].startswith("one") and lines[5].startswith("one")
    assert max(map(len, lines)) <= 36


def test_all_figures_are_told_with_their_intervals(made: Made) -> None:
    found = Listing(made.root).list()
    text = figure_words.page(found[:1], 76).plain
    mae = found[0].summary["figures"]["age_mae"]
    assert f"{mae['value']:.2f} ({mae['low']:.2f}–{mae['high']:.2f})" in text
    for words in ("by age", "by gender", "by race code", "20–29", "female", "balanced gender"):
        assert words in text, words
    both = figure_words.page(found, 76).plain
    assert "B t002" in both and "A t001" in both and "age MAE, years, by age" in both
    assert max(map(len, both.split("\n"))) <= 80


def test_the_oldest_age_band_has_no_end() -> None:
    names = ("70–116", "60–69", "70", "female", "70–116 (range)", "20–29 (range)")
    assert [band_text(name) for name in names] == [
        "70+", "60–69", "70", "female", "70+ (range)", "20–29 (range)",
    ]  # fmt: skip


def test_no_view_names_the_end_of_the_oldest_age_band(made: Made) -> None:
    old = np.full(120, 75.0)
    for number, name in enumerate(("old-A-u001", "old-B-u002"), start=8):
        scored = scored_of(made.faces, name, seed=number)
        keep(made.root, dataclasses.replace(scored, age_low=old, age_high=old), number)
    b, a = Listing(made.root).list()[:2]
    for view in ("figures", "differences", "confusion"):
        shown = page(view, [a, b], Reader(), AGE, 0, 100)
        assert shown.words is not None, view
        assert "70+" in shown.words.plain and "116" not in shown.words.plain, view


def test_older_ranges_of_other_years_than_the_bands_are_named_apart_too(made: Made) -> None:
    scored = scored_of(made.faces, "20261123-210009-A-both", seed=9)
    low = np.where(np.arange(120) < 60, 8.0, 25.0)
    high = np.where(np.arange(120) < 60, 12.0, 25.0)
    evaluation = keep(made.root, dataclasses.replace(scored, age_low=low, age_high=high), 9)
    new = evaluation.summary()["groups"]
    assert "8–12 (range)" in [one["name"] for one in new]
    body = json.loads(evaluation.summary_file.read_text().replace(" (range)", ""))
    evaluation.summary_file.write_text(json.dumps(body))  # as it was written before
    assert evaluation.summary()["groups"] == new


def test_a_range_and_a_band_of_the_same_years_both_have_their_figures(made: Made) -> None:
    scored = scored_of(made.faces, "20261123-210009-A-both", seed=9)
    low = np.where(np.arange(120) < 60, 20.0, 25.0)
    high = np.where(np.arange(120) < 60, 29.0, 25.0)
    evaluation = keep(made.root, dataclasses.replace(scored, age_low=low, age_high=high), 9)
    (new,) = [one for one in Listing(made.root).list() if one.id == evaluation.id]
    text = figure_words.page([new], 120).plain
    body = json.loads(evaluation.summary_file.read_text().replace(" (range)", ""))
    evaluation.summary_file.write_text(json.dumps(body))  # as it was written before
    (old,) = [one for one in Listing(made.root).list() if one.id == evaluation.id]
    assert [g["name"] for g in old.summary["groups"][:2]] == ["20–29", "20–29 (range)"]
    rows = [line.split() for line in text.splitlines() if line.startswith("20–29")]
    assert rows[0][:2] == ["20–29", "60"] and rows[1][:3] == ["20–29", "(range)", "60"]
    assert figure_words.page([old], 120).plain == text


@pytest.mark.parametrize(("exact", "first"), [(1, "right age group"), (80, "age MAE")])
def test_exact_ages_and_ranges_both_have_their_charts_by_age(
    made: Made, exact: int, first: str
) -> None:
    scored = scored_of(made.faces, "20261123-210009-A-both", seed=9)
    rows = np.arange(120)
    low = np.where(rows < exact, 25.0, np.where(rows % 2, 20.0, 30.0))
    high = np.where(rows < exact, 25.0, low + 9)
    keep(made.root, dataclasses.replace(scored, age_low=low, age_high=high), 9)
    one = Listing(made.root).list()[0]
    wide, narrow = (page("ages", [one], Reader(), AGE, 0, width).charts for width in (76, 56))
    assert len(wide) == 3 and wide[0].title.startswith(first)
    assert narrow == tuple(chart for chart in wide if ("group" in chart.title) == (exact == 1))


def test_where_ranges_lie_is_said_below_predicted_against_true(made: Made) -> None:
    scored = scored_of(made.faces, "20261123-210009-A-ranged", seed=9)
    high = np.where(np.arange(120) < 60, 116.0, scored.age_high)
    keep(made.root, dataclasses.replace(scored, age_high=high), 9)
    ranged, _, exact = Listing(made.root).list()
    notes = [page("scatter", [one], Reader(), AGE, 0, 76).note for one in (exact, ranged)]
    assert notes[1] == notes[0] + "; of a range its middle, of 70+ the 70"


def test_what_was_left_out_is_said(made: Made) -> None:
    one = Listing(made.root).list()[0]
    files = [["a.jpg", "trained on"], ["b\x1b.jpg", "no picture"]]
    left = {"trained_on": 1, "unreadable": 1, "changed": 0, "files": files}
    one = dataclasses.replace(one, summary={**one.summary, "left_out": left, "notes": ["A note."]})
    text = figure_words.page([one], 76).plain
    for words in ("left out 1 faces it was trained on", "b\\x1b.jpg: no picture", "A note."):
        assert words in text


@pytest.mark.parametrize(
    ("name", "gap", "better", "said"),
    [
        ("age_mae", (-0.31, -0.57, -0.05), "other", "B is better by 0.31 years (0.05 to 0.57)"),
        ("age_mae", (0.31, 0.05, 0.57), "one", "A is better by 0.31 years (0.05 to 0.57)"),
        ("age_mae", (0.1, -0.2, 0.4), "", "no difference shown (-0.20 to +0.40)"),
        ("gender_accuracy", (0.02, 0.01, 0.03), "other", "B is better by 2.0 points (1.0 to 3.0)"),
        ("age_bias", (1.5, 1.0, 2.0), "", "B is higher by 1.50 years (1.00 to 2.00)"),
        ("gender_auc", (math.nan,) * 3, "", "not defined on these faces"),
        ("gender_auc", (0.1, math.nan, math.nan), "", "too few faces tell them apart"),
    ],
)
def test_a_verdict_is_in_words(
    name: str, gap: tuple[float, float, float], better: str, said: str
) -> None:
    pair = Paired(name, 6.5, 6.2, Figure(*gap), better)
    assert difference_words.verdict(pair, ("A", "B")) == said


def test_two_are_compared_on_the_faces_they_share(made: Made) -> None:
    b, a = Listing(made.root).list()
    shown = page("differences", [a, b], Reader(), AGE, 0, 76)
    assert shown.words is not None
    lines = shown.words.plain.split("\n")
    assert lines[0] == "A: A t001 on faces, validation part: 120 faces"
    assert "on the 120 faces that both scored" in lines
    mae = next(line for line in lines if line.startswith("age MAE"))
    assert "B is better by" in mae and "years" in mae
    assert max(map(len, lines[:-1])) <= 76


def test_two_are_compared_in_each_group_with_faces_enough(made: Made) -> None:
    b, a = Listing(made.root).list()
    shown = page("differences", [a, b], Reader(), AGE, 0, 76)
    assert shown.words is not None
    lines = shown.words.plain.split("\n")
    first = lines.index("age MAE, years, by gender")
    genders = a.directory.scored().genders
    assert lines[first + 1].split()[:3] == ["faces", "A", "B"]
    assert lines[first + 2].split()[:2] == ["male", str((genders == 0).sum())]
    assert "is better by" in lines[first + 3] or "no difference" in lines[first + 3]
    assert "gender accuracy, %, by race code" in lines
    faces = [int(line.split()[1]) for line in lines[first + 2 : first + 4]]
    assert sum(faces) == 120 and min(faces) >= 30


def _called(one: Listed, name: str) -> Listed:
    model = {**one.summary["model"], "name": name, "network": ""}
    return dataclasses.replace(one, summary={**one.summary, "model": model})


@pytest.mark.parametrize(
    ("width", "heads"),
    [(76, ["first…", "secon…"]), (150, ["first_face_model", "second_face_model"])],
)
def test_long_names_stand_apart_above_their_figures_and_whole_where_there_is_room(
    made: Made, width: int, heads: list[str]
) -> None:
    b, a = Listing(made.root).list()
    two = [_called(a, "first_face_model"), _called(b, "second_face_model")]
    shown = page("differences", two, Reader(), AGE, 0, width)
    assert shown.words is not None
    lines = shown.words.plain.split("\n")
    head = next(line for line in lines if line.endswith("  which is better"))
    assert head.removesuffix("  which is better").split() == heads


def test_one_alone_is_not_compared_and_another_set_shares_no_face(made: Made) -> None:
    a = Listing(made.root).list()[1]
    assert page("differences", [a], Reader(), AGE, 0, 76).sentence == MARK_TWO
    other = scored_of(made.faces, "C")
    keep(made.root, dataclasses.replace(other, folder=Path("/elsewhere")), 5)
    c = Listing(made.root).list()[0]
    shown = page("differences", [a, c], Reader(), AGE, 0, 76).words
    assert shown is not None and "They share no face" in shown.plain


def test_reports_of_other_evaluations_go_to_other_folders(made: Made) -> None:
    b, a = Listing(made.root).list()
    summary = {**a.summary, "settings": {"flip": True}}
    flipped = dataclasses.replace(a, directory=_beside(a, "f"), summary=summary)
    summary = {**a.summary, "data": {**a.summary["data"], "part": "all"}}
    whole = dataclasses.replace(a, directory=_beside(a, "w"), summary=summary)
    summary = {**a.summary, "model": {**a.summary["model"], "name": "long" * 50}}
    long = [dataclasses.replace(a, directory=_beside(a, n), summary=summary) for n in "12"]
    chosen = [[a], [flipped], [whole], [b, a], [a, b], long[:1], long[1:]]
    names = [report_name(some) for some in chosen]
    assert len(set(names)) == len(names) and max(map(len, names)) < 100
    assert names[0].startswith("evaluation-A-t001-faces-val-")
    assert names[1].startswith("evaluation-A-t001-flip-faces-val-")
    assert names[2].startswith("evaluation-A-t001-faces-all-")
    assert report_name([b, a]) == names[3]


def _beside(one: Listed, name: str) -> EvaluationDir:
    return EvaluationDir(one.directory.path.with_name(f"{one.id}{name}"))


def test_names_tell_two_apart(made: Made) -> None:
    b, a = Listing(made.root).list()
    assert short_names(a, b) == ("A", "B")
    assert short_names(a, a) == ("the first", "the second")
    flipped = dataclasses.replace(a, summary={**a.summary, "settings": {"flip": True}})
    assert short_names(a, flipped) == ("A t001", "A t001 ⇄")
    assert title(flipped).endswith("120 faces, each mirrored too")


def _on(one: Listed, folder: str) -> Listed:
    data = {**one.summary["data"], "source": folder, "fingerprint": folder}
    return dataclasses.replace(one, summary={**one.summary, "data": data})


def test_data_sets_of_one_name_are_told_apart_by_their_folders(made: Made) -> None:
    a = Listing(made.root).list()[1]
    new, old = _on(a, "/new/faces"), _on(a, "/old/faces")
    assert legend_names([new, old]) == [
        "A t001 on new/faces validation", "A t001 on old/faces validation",
    ]  # fmt: skip
    assert data_names([_on(a, "/x/y/faces"), _on(a, "/z/y/faces"), _on(a, "csv:/x/faces")]) == [
        "x/y/faces", "z/y/faces", "x/faces",
    ]  # fmt: skip
    assert legend_names([new, new]) == ["A t001"] * 2
    shown = page("differences", [new, old], Reader(), AGE, 0, 76).words
    assert shown is not None
    assert "A t001 on old/faces, validation part" in shown.plain


def test_only_those_of_one_folder_are_told_to_be_compared_on_the_faces_they_share(
    made: Made,
) -> None:
    part = scored_of(made.faces, "20261123-210009-A-part", seed=9).take(np.arange(100))
    keep(made.root, part, 9)
    fewer, _, a = Listing(made.root).list()
    elsewhere = _on(fewer, "/elsewhere/faces")
    assert "same faces" not in figure_words.page([a, elsewhere], 76).plain
    assert "same faces" in figure_words.page([a, elsewhere, fewer], 76).plain


def test_a_mean_beside_a_model_is_called_the_mean_and_has_the_curves_of_its_runs(
    made: Made,
) -> None:
    averaged(made.root, [made.a, made.b])
    mean, b, a = Listing(made.root).list()
    assert mean.is_mean and not a.is_mean
    assert short_names(a, mean) == ("A t001", "mean") and short_names(mean, b) == ("mean", "B t002")
    assert title(mean) == "mean of A t001, B t002 on faces, validation part: 120 faces"
    for view in VIEWS:
        shown = page(view, [a, mean], Reader(), AGE, 0, 76)
        assert not shown.sentence, view
    assert len(page("curves", [mean], Reader(), AGE, 0, 76).courses) == 2


def test_the_curves_of_a_mean_of_many_models_are_those_of_the_first_six(
    made: Made, make_run: Callable[..., RunDir]
) -> None:
    members = [made.a, made.b]
    for number in range(5):
        name = f"20261123-21001{number}-A-u00{number}"
        run = make_run(made.root, preset="A", data=str(made.faces), name=name, epochs=3)
        scored = scored_of(made.faces, name, seed=10 + number)
        members.append(keep(made.root, scored, 10 + number, str(run.path)))
    averaged(made.root, members)
    shown = page("curves", [Listing(made.root).list()[0]], Reader(), AGE, 0, 76)
    assert len(shown.courses) == MOST_RUNS and "the first 6 of 7 runs" in shown.note


def test_each_two_of_several_are_compared_in_turn(made: Made) -> None:
    averaged(made.root, [made.a, made.b])
    mean, b, a = Listing(made.root).list()
    leads = []
    for which in range(4):
        shown = page("differences", [a, b, mean], Reader(), AGE, which, 76).words
        leads.append([line.split(":")[0] for line in str(shown).splitlines()[:2]])
    assert leads == [["A", "B"], ["A t001", "mean"], ["B t002", "mean"], ["A", "B"]]


def test_figures_that_are_not_of_the_same_faces_are_told_to_be_compared_otherwise(
    made: Made,
) -> None:
    part = scored_of(made.faces, "20261123-210009-A-part", seed=9).take(np.arange(100))
    keep(made.root, part, 9)
    fewer, b, a = Listing(made.root).list()
    assert "same faces" not in str(figure_words.page([a, b], 76))
    assert "Not all of these were scored on the same faces" in str(
        figure_words.page([a, fewer], 76)
    )


def test_a_run_whose_settings_cannot_be_read_hides_no_curves(made: Made) -> None:
    b, a = Listing(made.root).list()
    RunDir(Path(a.runs[0])).config_file.write_text("horsepower = 3\n")
    shown = page("curves", [a, b], Reader(), AGE, 0, 76)
    assert len(shown.courses) == 2 and "unknown setting" in shown.note


def test_a_mean_whose_models_are_damaged_is_broken_in_the_list(made: Made) -> None:
    mean = averaged(made.root, [made.a, made.b])
    body = mean.summary()
    for members in ("x", [5], [{}]):
        body["model"]["members"] = members
        mean.summary_file.write_text(json.dumps(body))
        (found,) = [one for one in Listing(made.root).list() if one.id == mean.id]
        assert found.state == "broken" and "is damaged" in found.problem


def test_every_view_shows_something_of_one_and_of_two(made: Made) -> None:
    found = Listing(made.root).list()
    for chosen in (found[:1], found):
        for view in VIEWS:
            shown = page(view, chosen, Reader(), AGE, 0, 76)
            there = shown.words or shown.charts or shown.courses or shown.wall
            assert there or shown.sentence == MARK_TWO, view


def test_the_curves_of_a_long_run_go_to_its_end(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = EventReader.read
    monkeypatch.setattr(EventReader, "read", lambda reader: real(reader, limit=4096))
    b = Listing(made.root).list()[0]
    (course,) = Reader().courses([b]).values()
    assert course.epochs[-1].epoch == 40


def test_the_curves_are_of_the_runs_and_their_loss_is_said(made: Made) -> None:
    found = Listing(made.root).list()
    shown = page("curves", found, Reader(), AGE, 0, 76)
    assert [len(course.epochs) for course in shown.courses.values()] == [40, 20]
    (made.root / "20261123-210001-A-t001" / "events.jsonl").unlink()
    sentence = page("curves", found, Reader(), AGE, 0, 76).sentence
    assert "20261123-210001-A-t001: is gone" in sentence


def test_the_wall_has_the_worst_first_with_label_and_prediction(made: Made) -> None:
    scored = scored_of(made.faces, "A", 9.0)
    found = wall(scored, AGE)
    sizes = [abs(miss.error) for miss in found.misses]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 15
    first = found.misses[0]
    label, said = found.caption(0, 18)
    assert label == f"{first.low} {first.gender_words}" and said.startswith(f"→{first.said:.0f} ")
    assert max(map(len, found.caption(0, 9))) <= 9
    assert f"({first.error:+.1f} years)" in found.line(0)
    wrong = wall(scored, GENDER).misses
    assert wrong and all((miss.female > 0.5) != miss.gender for miss in wrong)
    marked = found.excluding(frozenset({first.name}))
    assert marked.excluded(0) and "×" in marked.caption(0, 18)[0] and not marked.excluded(1)


def test_an_evaluation_goes_to_the_trash_unless_it_is_at_work(made: Made) -> None:
    assert trash_evaluation(made.a) == made.root / ".trash" / made.a.id
    assert not made.a.path.exists()
    working = under_way(made.root)
    with pytest.raises(RunError, match="s stops it"):
        trash_evaluation(working)
    assert working.path.exists()


def saved(name: str, network: str = "", problem: str = "", study: str = "") -> SavedModel:
    return SavedModel(Path(name), network=network, problem=problem, study=study)


@pytest.mark.parametrize(
    ("models", "marked"),
    [
        ([saved("a", "A")], {"a"}),
        ([saved("b", "B"), saved("a", "A")], {"a", "b"}),
        ([saved("a2", "A"), saved("b", "B"), saved("a1", "A")], {"a2", "b"}),
        ([saved("a2", "A", "damaged"), saved("a1", "A")], {"a1"}),
        ([saved("elsewhere")], {"elsewhere"}),
        ([saved("elsewhere"), saved("other")], set()),
        ([saved("a", "A", "damaged")], set()),
        ([saved("trial", "A", study="s"), saved("a", "A")], {"a"}),
        ([saved("trial", "A", study="s")], {"trial"}),
        ([], set()),
    ],
)
def test_the_newest_model_of_each_network_or_the_only_one_is_proposed(
    models: list[SavedModel], marked: set[str]
) -> None:
    assert proposed(models) == set(map(Path, marked))


@pytest.mark.parametrize("damaged", ["evaluation.json", "predictions.csv"])
def test_a_damaged_one_is_evaluated_anew(
    made: Made, monkeypatch: pytest.MonkeyPatch, damaged: str
) -> None:
    started: list[bool] = []

    def start(_: Path, wanted: object, *, redo: bool = False) -> EvaluationDir:
        started.append(redo)
        return made.a

    monkeypatch.setattr("agegender_tui.launch_evaluation.start", start)
    monkeypatch.setattr("trainer.evaluation.plan.planned", lambda _: None)
    monkeypatch.setattr("trainer.evaluation.plan.plan", lambda *_, **__: None)
    monkeypatch.setattr("trainer.evaluation.averaged.members_of", lambda _: [])
    wish = asking.Wish(SavedModel(Path("m.keras")), asking.DataChoice(asking.OWN))

    def listed() -> Listed:
        return next(one for one in Listing(made.root).list() if one.id == made.a.id)

    with pytest.raises(RunError, match="gives the same"):
        asking.again(made.root, listed())
    assert "known already" in asking.start(made.root, wish)
    (made.a.path / damaged).write_text("{")
    started.clear()
    assert asking.again(made.root, listed()).startswith("evaluating ")
    assert started == [True]
    assert asking.start(made.root, wish).startswith("evaluating ")
    assert started == [True, False, True]


def test_one_of_a_newer_version_is_not_overwritten(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.loads(made.a.summary_file.read_text())
    made.a.summary_file.write_text(json.dumps({**body, "v": 99}))
    monkeypatch.setattr("agegender_tui.launch_evaluation.start", lambda *_, **__: made.a)
    monkeypatch.setattr("trainer.evaluation.plan.plan", lambda *_, **__: None)
    wish = asking.Wish(SavedModel(Path("m.keras")), asking.DataChoice(asking.OWN))
    one = next(one for one in Listing(made.root).list() if one.id == made.a.id)
    for ask in (lambda: asking.again(made.root, one), lambda: asking.start(made.root, wish)):
        with pytest.raises(RunError, match="newer version"):
            ask()


def test_one_on_data_that_no_layout_takes_is_damaged(made: Made) -> None:
    body = json.loads(made.a.summary_file.read_text())
    body["data"]["source"] = "csv?unknown=x:/faces"
    made.a.summary_file.write_text(json.dumps(body))
    with pytest.raises(RunError, match="is damaged"):
        made.a.summary()
