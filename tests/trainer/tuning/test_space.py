import pytest

from trainer.config import RunConfig
from trainer.errors import ConfigError
from trainer.tuning.space import (
    Choices,
    Range,
    centre,
    in_space,
    parse_pairs,
    parse_space,
    proposed_space,
)


def domain(text):
    ((_, found),) = parse_pairs([text]).items()
    return found


def test_a_range_of_a_whole_number_stays_whole_and_one_of_a_fraction_does_not():
    assert domain("branches=0..2") == Range(0, 2)
    assert domain("branches=0..2").whole
    assert domain("dropout=0..1e-1") == Range(0.0, 0.1)
    assert not domain("dropout=0..1e-1").whole


def test_a_range_over_orders_of_magnitude():
    assert domain("learning_rate = 1e-4..1e-2:log") == Range(1e-4, 1e-2, log=True)


def test_choices_have_the_kind_of_their_setting():
    assert domain("batch_size=32/64") == Choices((32, 64))
    assert domain("residual=true/off") == Choices((True, False))
    assert domain("schedule=cosine / plateau") == Choices(("cosine", "plateau"))
    assert domain("filters=16-32-48-64,64/8-16-32-48") == Choices(("16-32-48-64,64", "8-16-32-48"))


def test_an_option_may_be_spelt_as_on_the_command_line_and_empty_lines_are_skipped():
    assert list(parse_pairs(["", "  ", "learning-rate=1e-4..1e-3"])) == ["learning_rate"]


@pytest.mark.parametrize(
    "text",
    ["learning_rate=0.0001..0.01:log", "batch_size=32/64", "residual=true/false", "dropout=0..0.5"],
)
def test_a_space_reads_as_it_is_written(text):
    space = parse_pairs([text])
    assert parse_space({name: str(found) for name, found in space.items()}) == space
    assert f"{text.partition('=')[0]}={domain(text)}" == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("learning_rate", r"'learning_rate' varies nothing: give SETTING=LOW\.\.HIGH"),
        ("speed=1..2", "unknown setting 'speed': `agegender-tui train --help` lists them"),
        ("\x1b[31m=1..2", r"unknown setting '\\x1b\[31m'"),
        ("data=a/b", "data cannot be varied: it is the same in all trials"),
        ("seed=1..9", "seed cannot be varied"),
        ("dropout=0.3", r"dropout is '0\.3', one value alone: give LOW\.\.HIGH"),
        ("batch_size=32/32", "batch_size has a choice twice"),
        ("dropout=0.5..0.1", r"dropout goes from 0\.5 to 0\.1: give the lower one first"),
        ("dropout=0..0.5:log", "dropout begins at 0, which has no logarithm"),
        ("dropout=..0.5", r"dropout is '\.\.0\.5': give LOW\.\.HIGH"),
        ("dropout=0..2", r"dropout is 2: give 0 to 0\.9"),
        ("dropout=a..b", "dropout is 'a': give a number"),
        ("batch_size=32/big", "batch_size is 'big': give a whole number"),
        ("schedule=cosine..plateau", "schedule is not a number: give choices as A/B/C"),
        ("residual=0..1", "residual is not a number: give choices"),
    ],
)
def test_what_cannot_be_varied_so_is_refused_with_the_remedy(text, said):
    with pytest.raises(ConfigError, match=said) as error:
        parse_pairs([text])
    assert "\n" not in str(error.value) and "\x1b" not in str(error.value)


def test_a_setting_given_twice_is_refused():
    with pytest.raises(ConfigError, match="dropout is given twice"):
        parse_pairs(["dropout=0..0.1", "dropout=0..0.2"])


def test_the_centre_of_a_space_is_a_point_of_it():
    space = parse_pairs(["learning_rate=1e-4..1e-2:log", "branches=0..3", "batch_size=32/64"])
    assert centre(space) == {"learning_rate": pytest.approx(1e-3), "branches": 2, "batch_size": 32}
    assert in_space(space, centre(space))


def test_nothing_is_proposed_of_a_task_that_is_not_trained():
    assert "gender_loss_weight" not in proposed_space(RunConfig(gender_loss_weight=0))
    assert "l2" not in proposed_space(RunConfig(l2=0))


def test_whether_values_are_a_point_of_the_space():
    space = parse_pairs(["dropout=0.1..0.5", "batch_size=32/64"])
    assert in_space(space, {"dropout": 0.1, "batch_size": 64})
    assert not in_space(space, {"dropout": 0.6, "batch_size": 64})
    assert not in_space(space, {"dropout": 0.2, "batch_size": 48})
    assert not in_space(space, {"dropout": "0.2", "batch_size": 64})
    assert not in_space(space, {"dropout": 0.2})
    assert not in_space(space, {"dropout": 0.2, "batch_size": 64, "l2": 0.0})
