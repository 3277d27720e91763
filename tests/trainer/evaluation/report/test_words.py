"""Verdicts, groups that stand out, and markup."""

import math

import numpy as np
import pytest

from tests.trainer.evaluation.made import made
from trainer.evaluation.figures import Group, figures, grouped
from trainer.evaluation.kinds import KINDS, Figure
from trainer.evaluation.paired import Paired
from trainer.evaluation.report.comparisons import verdict
from trainer.evaluation.report.definitions import DEFINITIONS
from trainer.evaluation.report.markup import Markup, joined, tag
from trainer.evaluation.report.tables import interval_of
from trainer.evaluation.standing_out import standing_out
from trainer.evaluation.verdicts import claim


def row(name, low, high, better=""):
    return Paired(name, 1.0, 1.0, Figure((low + high) / 2, low, high), better)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (row("age_mae", 0.05, 0.57, "one"), "age MAE: A is better by 0.31 years (0.05 to 0.57)"),
        (
            row("age_mae", -0.57, -0.05, "other"),
            "age MAE: B is better by 0.31 years (0.05 to 0.57)",
        ),
        (
            row("gender_accuracy", 0.01, 0.03, "other"),
            "gender accuracy: B is better by 2.0 points (1.0 to 3.0)",
        ),
        (
            row("age_mae", -0.5, 0.1),
            "age MAE: no difference shown (B less A: -0.20, -0.50 to +0.10)",
        ),
        (row("age_bias", 0.2, 0.4), "age bias: B is higher by 0.30 years (0.20 to 0.40)"),
        (row("age_bias", -0.4, -0.2), "age bias: A is higher by 0.30 years (0.20 to 0.40)"),
        (
            row("age_bias", -0.2, 0.4),
            "age bias: no difference shown (B less A: +0.10, -0.20 to +0.40)",
        ),
        (row("gender_auc", math.nan, math.nan), "gender AUC: not defined on these faces"),
        (
            Paired("age_mae", 1, 2, Figure(1.0, math.nan, math.nan), ""),
            "age MAE: too few faces tell them apart",
        ),
    ],
)
def test_a_model_is_called_better_only_where_the_comparison_says_so(found, words):
    assert verdict(found, "A", "B") == words


def test_a_verdict_without_amounts_is_as_short_as_it_can_be():
    assert claim(row("age_mae", 0.05, 0.57, "one"), "A", "B", amounts=False) == "A is better"
    assert claim(row("age_bias", 0.2, 0.4), "A", "B", amounts=False) == "B is higher"
    assert claim(row("age_bias", -0.2, 0.4), "A", "B", amounts=False) == "no difference shown"


def test_no_interval_of_a_thousand_faces_all_told_right_is_not_called_too_few_faces():
    genders = np.arange(1000) % 2
    found = figures(made(1000, genders=genders, female=0.01 + 0.98 * genders))
    assert interval_of(KINDS["gender_auc"], found["gender_auc"]) == "no interval"
    assert interval_of(KINDS["gender_accuracy"], found["gender_accuracy"]) == "99.6 to 100.0"
    undefined = Figure(math.nan, math.nan, math.nan)
    assert interval_of(KINDS["gender_auc"], undefined, sign=True) == ""


def test_every_figure_is_defined():
    assert set(DEFINITIONS) == set(KINDS)


def test_a_bias_planted_in_one_group_stands_out_first():
    scored = made(600)
    shifted = scored.ages + np.where(scored.races == 2, 9.0, 0.0)
    planted = made(600, ages=shifted)
    found = standing_out(figures(planted), grouped(planted), "race")
    assert (found[0].group.name, found[0].name) == ("Asian", "age_bias")
    assert found[0].figure.low > 5
    assert found[0].words.startswith("age bias 10.46 years (9.")
    assert found[0].words.endswith("), of all faces 2.98")


def test_few_faces_and_figures_that_are_not_defined_do_not_stand_out():
    overall = {"age_mae": Figure(6.0, 5.5, 6.5), "age_bias": Figure(math.nan, math.nan, math.nan)}
    far = {"age_mae": Figure(20.0, 19.0, 21.0), "age_bias": Figure(9.0, 8.0, 10.0)}
    groups = [Group("race", "white", 29, far), Group("race", "black", 30, far)]
    assert [(one.group.name, one.name) for one in standing_out(overall, groups, "race")] == [
        ("black", "age_mae")
    ]


def test_what_was_not_made_here_is_escaped_in_text_and_attributes():
    assert tag("p", "<script>", title='"x"') == '<p title="&quot;x&quot;">&lt;script&gt;</p>'
    assert joined("a\u202eb", Markup("<b>"), None, 3) == "a\\u202eb<b>3"
    assert tag("img", alt=None, class_="a", data_x="1") == '<img class="a" data-x="1">'
