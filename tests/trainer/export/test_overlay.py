"""Several runs in one picture and in tables."""

import csv
import dataclasses
import io
import math

import pytest
from PIL import Image

from trainer.export import chart
from trainer.export.comparison_table import leaders, rows
from trainer.export.overlay import STYLES, draw_overlay
from trainer.export.tables import epochs_csv, figures_csv
from trainer.runs.comparison import MOST_RUNS, Compared, Figures, compare
from trainer.runs.course import Course, read_course
from trainer.runs.event_log import read_events


def compared(run):
    return Compared(run, run.label(), run.config(), read_course(read_events(run.events_file)))


@pytest.fixture
def two(make_run, tmp_path):
    one = make_run(tmp_path, epochs=12, label="=1+1")
    other = make_run(tmp_path, epochs=6, preset="B")
    return [compared(one), compared(other)]


def pixels_near(path, colour):
    with Image.open(path) as image:
        return sum(
            count
            for count, found in image.getcolors(1 << 24)
            if max(abs(a - b) for a, b in zip(found, colour, strict=True)) < 12
        )


def test_every_run_is_drawn_in_its_colour_and_no_other(two, tmp_path):
    draw_overlay(tmp_path / "o.png", two)
    drawn = [pixels_near(tmp_path / "o.png", colour) > 300 for colour, _ in STYLES[:4]]
    assert drawn == [True, True, False, False]


def test_runs_are_told_apart_without_colour():
    assert len({dashes for _, dashes in STYLES}) == len(STYLES) == MOST_RUNS


@pytest.mark.parametrize("epochs", [0, 1])
def test_a_run_with_hardly_an_epoch_still_makes_a_picture(make_run, tmp_path, epochs):
    runs = [compared(make_run(tmp_path, epochs=n)) for n in (epochs, 3)]
    draw_overlay(tmp_path / "o.png", runs)
    with Image.open(tmp_path / "o.png") as image:
        assert image.size[0] == 1400


def test_values_that_are_no_numbers_leave_a_gap(two, tmp_path):
    first = two[0].course
    odd = dict.fromkeys(first.epochs[3].validation, math.inf)
    epochs = list(first.epochs)
    epochs[3] = dataclasses.replace(epochs[3], validation=odd, train={})
    course = Course(tuple(epochs), first.seconds)
    draw_overlay(tmp_path / "o.png", [dataclasses.replace(two[0], course=course), two[1]])
    assert (tmp_path / "o.png").exists()


def test_a_name_is_drawn_in_letters_that_the_font_has_and_within_the_picture(
    two, tmp_path, monkeypatch
):
    drawn = []
    text = chart.ImageDraw.ImageDraw.text

    def spy(draw, at, words, *rest, **options):
        drawn.append((at[0], words))
        text(draw, at, words, *rest, **options)

    monkeypatch.setattr(chart.ImageDraw.ImageDraw, "text", spy)
    labels = ("größer 模型", "a name as long as it is, " * 20)
    runs = [dataclasses.replace(one, label=name) for one, name in zip(two, labels, strict=True)]
    draw_overlay(tmp_path / "o.png", runs)
    assert all(words.isascii() for _, words in drawn)
    names = [(x, words) for x, words in drawn if any(words.endswith(one.run.id) for one in two)]
    assert names[0][1].startswith("grosser ?? (A")
    for x, words in names:
        assert x + chart.font(15).getlength(words) < 1400 * chart.SCALE


def test_dashes_go_on_around_corners():
    image = Image.new("L", (100, 100), 0)
    draw = chart.ImageDraw.Draw(image)
    chart.dashed(draw, [(0, 50), (33, 50), (99, 50)], (5, 5), 255, 1)
    row = [image.getpixel((x, 50)) > 0 for x in range(100)]
    starts = [x for x in range(1, 100) if row[x] and not row[x - 1]]
    assert all(abs(x - 20 * n) <= 1 for n, x in enumerate(starts, start=1))


def test_the_epochs_of_all_runs_stand_below_one_another_with_their_time_of_work(two):
    table = list(csv.DictReader(io.StringIO(epochs_csv(two))))
    assert [row["run"] for row in table] == [two[0].run.id] * 12 + [two[1].run.id] * 6
    assert [row["model"] for row in table[11:13]] == ["A", "B"]
    assert float(table[0]["seconds_of_work"]) == pytest.approx(two[0].course.seconds[0])
    assert float(table[3]["val_age_mae"]) == two[0].course.epochs[3].validation["age_mae"]


def test_figures_are_a_line_a_run_and_empty_where_unknown(two):
    table = list(csv.DictReader(io.StringIO(figures_csv(compare(two)))))
    assert [row["run"] for row in table] == [one.run.id for one in two]
    assert table[1]["trainable_parameters"] == "7508994"
    assert table[0]["model_bytes"] == ""


def test_a_label_is_never_a_formula(two):
    assert "'=1+1" in figures_csv(compare(two)) and "'=1+1" in epochs_csv(two)


def test_the_leader_of_a_line_is_marked_where_there_is_one(two):
    figures = compare(two)
    table = {row.heading: row for row in rows(figures)}
    assert leaders(table["age MAE, best epoch"], figures) == {0}
    assert leaders(table["seconds per epoch"], figures) == set()
    assert leaders(table["parameters"], figures) == set()
    accuracy = table["gender accuracy, best epoch"]
    assert leaders(accuracy, figures) == {0}
    assert leaders(accuracy, figures[:1]) == set()


def test_the_table_separates_thousands_in_both_numbers_of_epochs():
    figures = [Figures("a", "", "A", "A", epochs=10_000, best_epoch=9963)]
    texts = {row.heading: row.text(figures[0]) for row in rows(figures)}
    assert texts["epochs to best, of all"] == "9,963 of 10,000"


def test_the_table_has_what_is_unknown_as_a_dash(make_run, tmp_path):
    figures = compare([compared(make_run(tmp_path, epochs=0))])
    texts = {row.heading: row.text(figures[0]) for row in rows(figures)}
    assert texts["age MAE, best epoch"] == texts["size on disk"] == "–"
    assert texts["epochs to best, of all"] == "– of 0"
