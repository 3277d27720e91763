import dataclasses

import pytest

from trainer.config import RunConfig, parse_filters
from trainer.errors import ConfigError
from trainer.presets import PRESETS, preset, preset_or_model


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_valid_and_says_what_to_expect(name):
    config = preset(name)
    assert RunConfig.from_mapping(dataclasses.asdict(config)) == config
    assert config.preset == name
    assert PRESETS[name].expects


def test_preset_a_is_the_recipe():
    config = preset("A")
    assert (config.epochs, config.batch_size, config.validation_fraction) == (170, 64, 0.2)
    assert config.l2 > 0
    assert config.dropout > 0
    assert config.early_stopping > 0
    assert config.plateau_patience > 0
    assert 128 >> len(parse_filters(config.filters)) <= 10


def test_an_unknown_preset_names_those_there_are():
    with pytest.raises(ConfigError, match=f"choose {' or '.join(PRESETS)}"):
        preset("Z")


@pytest.mark.parametrize(
    ("chosen", "model", "name"),
    [
        ("B-best", "B", "B-best"), ("A", "B", "B"), ("mine", "B", "mine"), ("", "A", "A"),
        ("A", "", "A"), ("", "", ""),
    ],
)  # fmt: skip
def test_a_run_is_called_by_its_preset_unless_it_has_another_network(chosen, model, name):
    assert preset_or_model(chosen, model) == name
