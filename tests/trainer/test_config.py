import math
import tomllib

import pytest

from trainer.config import (
    FEATURES_TRADE,
    FIELDS,
    SETTINGS,
    RunConfig,
    check_sense,
    default_of,
    differences,
    from_toml,
    parse_filters,
    parse_setting,
    to_toml,
)
from trainer.errors import ConfigError, ExitCode
from trainer.presets import PRESETS, preset

BOUNDED = [name for name, setting in SETTINGS.items() if setting.low is not None]


def refused(name, value):
    with pytest.raises(ConfigError) as error:
        parse_setting(name, value)
    assert error.value.setting == name
    return str(error.value)


def test_every_setting_says_what_it_means_and_its_default_is_accepted():
    for name, setting in SETTINGS.items():
        assert setting.meaning, name
        assert parse_setting(name, default_of(name)) == default_of(name)
        assert parse_setting(name, str(default_of(name))) == default_of(name)


@pytest.mark.parametrize("name", BOUNDED)
def test_values_outside_the_range_are_refused_and_its_ends_accepted(name):
    low, high = SETTINGS[name].low, SETTINGS[name].high
    assert parse_setting(name, low) == low
    assert parse_setting(name, high) == high
    for outside in (low - 1, high + 1):
        assert SETTINGS[name].range_text() in refused(name, outside)


@pytest.mark.parametrize(
    ("name", "value", "parsed"),
    [
        ("batch_size", " 32 ", 32),
        ("epochs", "1_000", 1000),
        ("epochs", 12.0, 12),
        ("learning_rate", "3e-4", 3e-4),
        ("augment", "off", False),
        ("augment", "Yes", True),
        ("device", "gpu:1", "gpu:1"),
    ],
)
def test_text_and_numbers_are_read_as_what_the_setting_is(name, value, parsed):
    read = parse_setting(name, value)
    assert read == parsed
    assert type(read) is type(parsed)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("batch_size", "many", "a whole number"),
        ("batch_size", "1.5", "a whole number"),
        ("batch_size", 1.5, "a whole number"),
        ("batch_size", True, "a number"),
        ("batch_size", None, "a whole number"),
        ("epochs", math.inf, "a whole number"),
        ("epochs", "9" * 400, "epochs is about 1e+400: give 1 to 10000"),
        ("learning_rate", "fast", "a number"),
        ("learning_rate", "nan", "finite"),
        ("learning_rate", "inf", "finite"),
        ("augment", "perhaps", "true or false"),
        ("precision", "float8", "float32"),
        ("device", "gpu", "gpu:0"),
        ("model", "Z", "choose A"),
        ("filters", "a-b", "write it like"),
        ("data", "/faces/caf\udce9", "/faces/caf\\xe9': not UTF-8; rename it"),
        ("filters", "8-8-8", "4 to 7 blocks"),
        ("filters", "8-8-8-8-8-8-8-8", "4 to 7 blocks"),
        ("filters", "8-8-8-0", "1 to 2048"),
        ("filters", "8-8-8-8,8,8,8,8", "1 to 4 widths"),
    ],
)
def test_a_bad_value_is_named_with_the_remedy(name, value, words):
    message = refused(name, value)
    assert words in message
    assert message.startswith(name)


def test_a_whole_number_too_long_to_be_written_out_is_refused():
    """As hexadecimal digits in a file may give it."""
    assert refused("epochs", -(10**5000)) == "epochs is about -1e+5000: give 1 to 10000"
    assert refused("learning_rate", 10**5000) == "learning_rate is 'about 1e+5000': give a number"


def test_filters_are_blocks_of_widths():
    assert parse_filters("8-16-32, 48-64") == [[8], [16], [32, 48], [64]]


def test_an_unknown_setting_is_refused():
    with pytest.raises(ConfigError, match="unknown setting 'wings'"):
        RunConfig.from_mapping({"wings": 2})


@pytest.mark.parametrize(
    "changes",
    [
        {"age_loss_weight": 0, "gender_loss_weight": 0},
        {"learning_rate": 1e-4, "min_learning_rate": 1e-3},
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes):
    with pytest.raises(ConfigError) as error:
        RunConfig().replace(**changes)
    assert error.value.setting in changes
    assert error.value.exit_code == ExitCode.USAGE


def test_settings_survive_the_file_to_the_last_bit(tmp_path):
    odd = RunConfig().replace(
        learning_rate=0.1 + 0.2,
        label='quotes " and \\ and # and \n and Zoë',
        data="/faces with [brackets]",
        flip=False,
        batch_size=7,
    )
    path = tmp_path / "config.toml"
    path.write_text(to_toml(odd), encoding="utf-8")
    assert from_toml(path) == odd


def test_the_file_holds_every_setting_with_its_meaning():
    text = to_toml(RunConfig())
    assert list(tomllib.loads(text)) == list(FIELDS)
    assert [s.meaning for s in SETTINGS.values() if s.meaning not in text] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"epochs = 0\n", "epochs is 0: give 1 to 10000"),
        (b"epochs = \n", "cannot be read as settings"),
        (b"\xff\xfe", "cannot be read as settings"),
        (b"epochs = " + b"[" * 100_000, "cannot be read as settings"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong_in_it(tmp_path, content, words):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as error:
        from_toml(path)
    assert str(path) in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        from_toml(tmp_path / "none.toml")


def test_what_kept_features_gain_and_cost_is_said_where_they_are_chosen():
    assert FEATURES_TRADE in SETTINGS["feature_variants"].meaning


def test_differences_are_told_in_the_order_of_declaration():
    other = RunConfig().replace(hue=0.1, seed=9)
    assert differences(RunConfig(), other) == {"seed": (1, 9), "hue": (0.02, 0.1)}


def test_folds_and_fold_must_fit_each_other():
    assert RunConfig().replace(folds=5, fold=5).validation_share == 0.2
    assert RunConfig().validation_share == 0.2
    assert RunConfig().replace(folds=10, fold=1).validation_share == 0.1
    for folds, fold, words in (
        (1, 1, "folds is 1, so none would train: give 2 or more, or 0"),
        (5, 0, "fold is 0, of 5 folds: give 1 to 5"),
        (5, 6, "fold is 6, of 5 folds: give 1 to 5"),
        (0, 1, "fold is 1, of 0 folds: give 0, or set folds"),
    ):
        with pytest.raises(ConfigError) as error:
            RunConfig().replace(folds=folds, fold=fold)
        assert str(error.value) == words


@pytest.mark.parametrize("group", ["", "A-5fold-k3f9", "wide_2.0"])
def test_a_group_is_a_word_that_a_filter_and_a_shell_take(group):
    assert RunConfig().replace(group=group).group == group


@pytest.mark.parametrize("group", ["two words", "-x", "a/b", "x" * 65, "\x1b[31m"])
def test_what_is_no_word_is_no_group(group):
    with pytest.raises(ConfigError, match=r"group is .*: give up to 64 letters"):
        RunConfig().replace(group=group)


def test_settings_written_before_there_were_folds_read_as_before(tmp_path):
    written = to_toml(preset("B").replace(data="/faces", l2=0.01))
    new = ("group", "folds", "fold", "keep_copies_together")
    old = [line for line in written.splitlines() if line.split(" = ")[0] not in new]
    assert len(old) == len(written.splitlines()) - 4
    (tmp_path / "config.toml").write_text("\n".join(old))
    config = from_toml(tmp_path / "config.toml")
    assert config == preset("B").replace(data="/faces", l2=0.01)
    assert (config.group, config.folds, config.fold) == ("", 0, 0)
    assert config.keep_copies_together is False


def test_a_run_of_b_from_before_it_had_branches_has_none(tmp_path):
    written = to_toml(preset("B").replace(data="/faces", branches=1))
    new = ("members", "shared_blocks")
    old = [line for line in written.splitlines() if line.split(" = ")[0] not in new]
    assert len(old) == len(written.splitlines()) - 2
    file = tmp_path / "config.toml"
    file.write_text("\n".join(old).replace("branches = 1 ", "branches = 3 "))
    assert from_toml(file) == preset("B").replace(data="/faces")
    file.write_text(written)
    assert from_toml(file).branches == 1
    file.write_text('model = "B"\nbranches = 1\n')  # as one writes by hand
    assert from_toml(file).branches == 1


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"heads_first": 60}, "heads_first"),
        ({"heads_first": 3, "frozen_blocks": 5}, "heads_first"),
        ({"feature_variants": 1}, "feature_variants"),
        ({"feature_variants": 5, "augment": False}, "feature_variants"),
    ],
)
def test_settings_that_would_do_nothing_start_no_run_but_are_read(changes, setting):
    config = preset("B").replace(**changes)
    with pytest.raises(ConfigError, match=setting) as error:
        check_sense(config)
    assert error.value.setting == setting


def test_residual_without_two_convolutions_in_a_block_starts_no_run():
    config = preset("A-demo").replace(residual=True)
    with pytest.raises(ConfigError, match=r"no block of filters .* has two convolutions") as error:
        check_sense(config)
    assert error.value.setting == "residual"
    check_sense(config.replace(filters="16-32-48-64-96,96"))


@pytest.mark.parametrize(
    "config",
    [
        *(one.config for one in PRESETS.values()),
        preset("B").replace(heads_first=3),
        preset("B").replace(feature_variants=1, augment=False),
        preset("A").replace(heads_first=400, feature_variants=1),
    ],
    ids=range(len(PRESETS) + 3),
)
def test_settings_that_make_sense_start_a_run(config):
    check_sense(config)
