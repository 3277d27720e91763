"""What the pictures contain, seen in their pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.trainer.evaluation.made import made
from trainer.evaluation.figures import Group
from trainer.evaluation.kinds import Figure
from trainer.evaluation.reliability import reliability
from trainer.evaluation.report.by_age import draw_by_age, shown_figures
from trainer.evaluation.report.confusion import draw_confusion
from trainer.evaluation.report.learning import draw_learning
from trainer.evaluation.report.reliability_diagram import draw_reliability, note_of
from trainer.evaluation.report.scatter import DARK, DENSE, PALE, draw_scatter, shade
from trainer.evaluation.report.sheet import DPI, MARKERS, Sheet
from trainer.export.chart import BLUE, VERMILION, legible
from trainer.export.overlay import STYLES
from trainer.runs.comparison import MOST_RUNS
from trainer.runs.event_log import read_events
from trainer.runs.events import history


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def near(png, colour, by=12):
    """(rows, columns) of the pixels of about this colour."""
    return np.nonzero((np.abs(opened(png) - np.array(colour)) < by).all(axis=2))


def place(age, said):
    """Where the mean of the only face below 100 is drawn, (row, column)."""
    ages = np.array([age, 100.0])
    scored = made(2, age_low=ages, age_high=ages, ages=np.array([said, 100.0]))
    rows, columns = near(draw_scatter(scored, ""), VERMILION)
    drawn = (rows > 150) & (columns < 850)  # neither the key nor the face of 100
    return np.median(rows[drawn]), np.median(columns[drawn])


def test_a_face_is_drawn_higher_the_older_it_is_thought_and_further_right_the_older_it_is():
    young, thought_old, old = place(20.0, 20.0), place(20.0, 60.0), place(60.0, 60.0)
    assert thought_old[0] < young[0] - 200 and thought_old[1] == young[1]
    assert old[1] > thought_old[1] + 200 and old[0] == thought_old[0]


def test_where_there_are_many_faces_the_picture_shows_how_dense_they_lie():
    few, many = made(DENSE - 1), made(DENSE)
    assert len(near(draw_scatter(few, ""), BLUE)[0]) > len(near(draw_scatter(few, ""), DARK)[0])
    assert len(near(draw_scatter(many, ""), PALE)[0]) > 1000
    assert shade(1, 50) == PALE and shade(50, 50) == DARK
    assert sum(shade(5, 50)) < sum(shade(2, 50))


@pytest.mark.parametrize("count", [1, 3])
def test_hardly_a_face_still_makes_a_picture(count):
    assert opened(draw_scatter(made(count), "few")).shape == (1120, 1120, 3)


@pytest.mark.parametrize(
    ("oldest", "numbers"),
    [
        (90.0, ["0", "20", "40", "60", "80", "100"]),
        (140.0, ["0", "20", "40", "60", "80", "100", "120", "140"]),
        (800.0, ["0", "200", "400", "600", "800"]),
        (12_345.0, ["0", "2500", "5000", "7500", "10000", "12500"]),
    ],
)
def test_one_wild_prediction_leaves_the_numbers_of_the_axes_apart(monkeypatch, oldest, numbers):
    drawn = []
    monkeypatch.setattr(Sheet, "text", lambda self, at, words, *rest, **more: drawn.append(words))
    draw_scatter(made(3, ages=np.array([33.0, 40.0, oldest])), "wild")
    assert [words for words in drawn if words.isdigit()] == numbers * 2


def test_unknown_ages_and_predictions_that_are_no_number_are_left_out_of_the_picture():
    scored = made(3)
    odd = made(
        3,
        age_low=np.array([np.nan, scored.age_low[1], scored.age_low[2]]),
        age_high=np.array([np.nan, scored.age_high[1], scored.age_high[2]]),
        ages=np.array([5.0, np.nan, scored.ages[2]]),
    )
    assert draw_scatter(odd, "") == draw_scatter(scored.take(np.array([2])), "")


def test_ranges_of_ages_are_drawn_as_a_spread_without_points():
    scored = made(50, age_low=np.full(50, 20.0), age_high=np.full(50, 29.0))
    png = draw_scatter(scored, "")
    assert len(near(png, BLUE)[0]) == 0
    assert len(near(png, VERMILION)[0]) > 100


def test_a_cell_of_the_confusion_is_darker_the_larger_its_share():
    picture = opened(draw_confusion(((90, 10), (60, 40)), ""))

    def lightness(said, label):
        return picture[2 * (84 + 150 * label) + 20, 2 * (120 + 200 * said) + 20].sum()

    right, wrong = lightness(0, 0), lightness(1, 0)
    assert right < lightness(0, 1) < lightness(1, 1) < wrong


@pytest.mark.parametrize("counts", [((0, 0), (0, 0)), ((3, 0), (0, 0))])
def test_a_gender_without_faces_has_no_share(counts):
    assert opened(draw_confusion(counts, "")).shape == (800, 1120, 3)


def test_a_bin_is_drawn_higher_the_more_often_the_model_is_right():
    def top(share):
        genders = (np.arange(20) < share * 20).astype(int)
        bins = reliability(genders, np.full(20, 0.75))
        return near(draw_reliability(bins, "", ""), BLUE)[0].mean()

    assert top(0.9) < top(0.6)


def test_no_faces_and_faces_of_one_gender_make_a_reliability_diagram():
    for genders in (np.array([], int), np.ones(5, int)):
        bins = reliability(genders, np.full(len(genders), 0.9))
        assert opened(draw_reliability(bins, "", "")).shape == (1120, 1120, 3)


def test_the_note_says_what_is_not_defined():
    assert note_of(0.029, 0.02, 0.048) == "calibration error 2.9 % (2.0 to 4.8)"
    assert note_of(0.029, np.nan, np.nan) == "calibration error 2.9 %"
    assert note_of(np.nan, np.nan, np.nan) == "calibration error not defined"


def groups(*values, faces=50):
    return [
        Group("age", f"{10 * n}–{10 * n + 9}", faces, {
            "age_bias": Figure(value, value - 1, value + 1),
            "age_mae": Figure(abs(value), abs(value) - 1, abs(value) + 1),
        })
        for n, value in enumerate(values)
    ]  # fmt: skip


def test_each_model_has_its_own_colour_and_marker_in_the_error_by_age():
    models = [("A", groups(1.0, 5.0)), ("B", groups(-1.0, 2.0))]
    png = draw_by_age(models, ("age_bias", "age_mae"), "")
    drawn = [len(near(png, colour)[0]) > 300 for colour, _ in STYLES[:3]]
    assert drawn == [True, True, False]
    assert len(set(MARKERS)) == len(STYLES) == MOST_RUNS


def test_a_point_of_few_faces_is_hollow():
    full = draw_by_age([("A", groups(3.0))], ("age_mae",), "")
    few = draw_by_age([("A", groups(3.0, faces=29))], ("age_mae",), "")
    assert len(near(few, VERMILION)[0]) < len(near(full, VERMILION)[0])


def test_bands_that_a_model_lacks_and_figures_without_an_interval_are_drawn_as_far_as_they_go():
    odd = [Group("age", "0–9", 3, {"age_mae": Figure(4.0, np.nan, np.nan)})]
    nothing = [Group("age", "10–19", 3, {"age_mae": Figure(np.nan, np.nan, np.nan)})]
    png = draw_by_age([("A", odd), ("B", nothing), ("C", [])], ("age_mae",), "")
    assert opened(png).shape[1] == 1600


def test_ranges_of_ages_show_group_accuracy_and_exact_ages_their_errors():
    some, none = Figure(0.5, 0.4, 0.6), Figure(np.nan, np.nan, np.nan)

    def ranged(group, one_off):
        figures = {"group_accuracy": group, "one_off_accuracy": one_off}
        return [Group("age", "0–2", 40, figures)]

    assert shown_figures(ranged(some, some)) == ("group_accuracy", "one_off_accuracy")
    assert shown_figures(ranged(some, none)) == ("group_accuracy",)
    assert shown_figures(ranged(none, none)) == ()
    assert shown_figures(groups(1.0)) == ("age_bias", "age_mae")
    assert shown_figures([]) == ()


def test_exact_ages_and_ranges_are_both_shown_first_what_more_faces_have():
    some = Figure(0.5, 0.4, 0.6)
    ranged = [Group("age", "0–2", 40, {"group_accuracy": some, "one_off_accuracy": some})]
    errors, shares = ("age_bias", "age_mae"), ("group_accuracy", "one_off_accuracy")
    assert shown_figures(groups(1.0) + ranged) == errors + shares
    assert shown_figures(groups(1.0, faces=1) + ranged) == shares + errors


def test_ranges_with_the_names_of_bands_move_no_error_of_exact_ages():
    wrong = groups(-9.0, -6.0)
    share = Figure(0.9, 0.8, 1.0)
    ranged = [Group("age", f"{one.name}{end}", 50, {"group_accuracy": share})
              for one in wrong for end in ("", " (range)")]  # fmt: skip
    alone, among = (
        draw_by_age([("A", some)], ("age_bias",), "") for some in (wrong, wrong + ranged)
    )
    assert alone == among


def epochs_of(run):
    return history(read_events(run.events_file))


def test_every_model_is_drawn_in_the_learning_curves(make_run, tmp_path):
    models = [(name, epochs_of(make_run(tmp_path, epochs=n))) for name, n in (("A", 8), ("B", 3))]
    png = draw_learning(models, "")
    drawn = [len(near(png, colour)[0]) > 300 for colour, _ in STYLES[:3]]
    assert drawn == [True, True, False]


def test_one_epoch_makes_learning_curves(make_run, tmp_path):
    png = draw_learning([("A", epochs_of(make_run(tmp_path, epochs=1)))], "")
    assert opened(png).shape[1] == 2200


def test_a_picture_says_how_fine_it_is_and_is_the_same_each_time():
    first, again = (draw_scatter(made(50), "x") for _ in range(2))
    assert first == again
    with Image.open(io.BytesIO(first)) as image:
        assert image.info["dpi"] == pytest.approx((DPI, DPI), abs=1)


def test_words_are_drawn_in_letters_that_the_font_has():
    assert legible("Zoë Groß 20–29 ×\u202e中") == "Zoe Gross 20-29 x\\u202e?"
    sheet = Sheet(40, 40)
    sheet.upright((20, 20), "")  # no words, no picture of them
    assert (opened(sheet.png()) == 255).all()


def test_a_name_too_long_for_a_picture_is_cut():
    whole, cut = Sheet(200, 30), Sheet(200, 30)
    whole.text((10, 5), "a name as long as it is, " * 3)
    cut.fitted((10, 5), "a name as long as it is, " * 3)
    ink = [
        np.nonzero((opened(sheet.png()) < 200).any(axis=(0, 2)))[0].max() for sheet in (whole, cut)
    ]
    assert ink[0] > 2 * 195 > ink[1]
