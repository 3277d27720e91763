import pytest

from trainer.config import RunConfig
from trainer.errors import ConfigError
from trainer.presets import PRESETS
from trainer.tuning.going_together import check_space, good_point, settings_of
from trainer.tuning.space import parse_pairs, proposed_space


def test_a_space_is_checked_at_its_edges_against_the_settings_that_stay():
    base = RunConfig(data="/faces", min_learning_rate=1e-4)
    with pytest.raises(
        ConfigError, match=r"min_learning_rate 0\.0001 is above learning_rate 1e-05"
    ):
        check_space(parse_pairs(["learning_rate=1e-5..1e-2:log"]), base)
    with pytest.raises(ConfigError, match="min_learning_rate"):
        check_space(parse_pairs(["learning_rate=1e-2/1e-5"]), base)
    check_space(parse_pairs(["learning_rate=1e-4..1e-2:log"]), base)


def test_an_edge_may_need_what_is_varied_beside_it():
    base = RunConfig(data="/faces", learning_rate=1e-4)
    apart = parse_pairs(["min_learning_rate=1e-6..5e-4"])
    with pytest.raises(ConfigError, match="min_learning_rate"):
        check_space(apart, base)
    check_space(apart | parse_pairs(["learning_rate=1e-3..4e-3"]), base)


def test_an_edge_that_would_do_nothing_is_refused():
    base = PRESETS["B"].config.replace(data="/faces", epochs=60)
    with pytest.raises(ConfigError, match="heads_first is 80, of 60 epochs"):
        check_space(parse_pairs(["heads_first=0..80"]), base)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("huber_delta=2..20", "huber_delta does nothing, as age_loss is mae: leave it out, or set"),
        ("weight_decay=0.001..0.1:log", "as optimizer is adam: leave it out, or set optimizer to"),
        ("age_sigma=1..4", "as age_head is relu"),
    ],
)
def test_a_setting_that_does_nothing_is_refused(text, said):
    base = RunConfig(data="/faces")
    with pytest.raises(ConfigError, match=said):
        check_space(parse_pairs([text]), base)
    name = text.partition("=")[0]
    switch = {"huber_delta": "age_loss=mae/huber", "weight_decay": "optimizer=adam/adamw",
              "age_sigma": "age_head=relu/distribution"}[name]  # fmt: skip
    check_space(parse_pairs([text, switch]), base)


def test_the_plateau_of_a_cosine_and_the_augmentation_that_is_off_are_not_varied():
    with pytest.raises(ConfigError, match="plateau_patience does nothing, as schedule is cosine"):
        check_space(parse_pairs(["plateau_patience=3..10"]), PRESETS["A-best"].config)
    with pytest.raises(ConfigError, match="rotation does nothing, as augment is false"):
        check_space(parse_pairs(["rotation=0..20"]), RunConfig(data="/faces", augment=False))


def test_a_choice_that_goes_with_the_end_of_a_range_alone_is_refused():
    space = parse_pairs(["erasing=0..0.5", "augment=true/false"])
    with pytest.raises(ConfigError, match=r"erasing is 0\.25, but augment is off"):
        check_space(space, RunConfig(data="/faces"))
    check_space(parse_pairs(["erasing=0/0.5", "augment=true/false"]), RunConfig(data="/faces"))


def test_the_order_of_what_is_varied_does_not_matter():
    base = RunConfig(data="/faces")
    many = [f"{name}={domain}" for name, domain in proposed_space(base).items()]
    pair = ["stretch=true/false", "age_head=relu/distribution"]
    check_space(parse_pairs([*many, "rotation=0..20", *pair]), base)
    check_space(parse_pairs([*pair[::-1], *many, "rotation=0..20"]), base)


def test_a_setting_of_the_other_model_is_refused():
    with pytest.raises(ConfigError, match="frozen_blocks is of model B alone, and this is model A"):
        check_space(parse_pairs(["frozen_blocks=3/4"]), RunConfig(data="/faces"))


def test_a_space_without_settings_is_refused():
    with pytest.raises(ConfigError, match="nothing is varied"):
        check_space({}, RunConfig(data="/faces"))


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_proposed_goes_with_every_preset(name):
    base = PRESETS[name].config
    check_space(proposed_space(base), base)


def test_what_is_proposed_goes_with_two_blocks_for_each_task():
    base = PRESETS["B-best"].config.replace(branches=2)
    space = proposed_space(base)
    check_space(space, base)
    assert "frozen_blocks" not in space


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("rate_decay=0.1..1", {"model": "B", "frozen_blocks": 5}, "frozen_blocks is 5: leave it "),
        ("shared_blocks=0..2", {}, "members is 1: leave it out, or set members to 2 or more"),
        ("plateau_factor=0.1..0.9", {"plateau_patience": 0}, "set plateau_patience to more than 0"),
        ("age_loss=mae/huber", {"age_loss_weight": 0}, "set age_loss_weight to more than 0"),
        (
            "age_sigma=1..5",
            {"age_head": "distribution", "distribution_weight": 0},
            "as distribution_weight is 0",
        ),
    ],
)
def test_what_another_number_switches_off_is_refused(text, given, said):
    with pytest.raises(ConfigError, match=said):
        check_space(parse_pairs([text]), RunConfig(data="/faces").replace(**given))


@pytest.mark.parametrize(
    ("preset", "pairs"),
    [
        ("A", ["stretch=true/false", "age_head=relu/distribution"]),
        ("B", ["frozen_blocks=5/4", "heads_first=0..5"]),
        ("B-features", ["augment=false/true", "feature_variants=4/1"]),
        ("A", ["branches=4/1", "filters=16-32-48-64/16-32-48-64-96"]),
        ("A", ["min_learning_rate=1e-3/1e-6", "learning_rate=1e-4/1e-2"]),
        ("A", ["age_loss_weight=0/1", "gender_loss_weight=0/6"]),
    ],
)
def test_a_point_that_goes_together_is_found_whatever_the_order_of_the_choices(preset, pairs):
    base = PRESETS[preset].config
    for space in (parse_pairs(pairs), parse_pairs(pairs[::-1])):
        check_space(space, base)
        settings_of(base, good_point(space, base, {}))


def test_where_nothing_goes_together_the_first_reason_is_told():
    space = parse_pairs(["warmup_epochs=5..9"])
    with pytest.raises(ConfigError, match="warmup_epochs is 7, of 3 epochs"):
        good_point(space, RunConfig(), {"epochs": 3})
