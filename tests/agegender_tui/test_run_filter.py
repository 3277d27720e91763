"""The filter language of the runs list."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from agegender_tui.run_filter import parse
from trainer.errors import ConfigError
from trainer.runs.layout import RunDir
from trainer.runs.registry import RunSummary
from trainer.runs.state import RunState


def summary(
    name: str = "20261123-201500-A-k3f9",
    state: str = "finished",
    mae: float = 6.2,
    accuracy: float = 0.89,
    label: str = "",
    data: str = "/data/utkface-5k",
) -> RunSummary:
    best = {"age_mae": mae, "gender_accuracy": accuracy, "loss": 9.0, "epoch": 7.0}
    status = RunState(state=state, epoch=12, epochs=60, best=best, device="gpu:0")
    settings = {"model": "A", "preset": "A-demo", "data": data, "group": "A-5fold-k3f9", "fold": 2}
    return RunSummary(RunDir(Path("/runs") / name), state, status, settings, label)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model=A",
        "model=a mae<6.5 acc>=0.88 state=finished data~utk",
        "preset=A-demo",
        "acc>=88%",
        "acc>88",
        "epoch=12 epochs!=61",
        "device=gpu:0",
        "k3f9",
        "UTK",
        "finish",
        "state!=lost",
        "label=",
        "loss<=9",
        "group=a-5FOLD-k3f9 fold=2",
        "group~5fold",
        "model==A state==finished epoch==12",
        "acc<=150%",
        "label= state=finished",
    ],
)
def test_terms_that_fit(text: str) -> None:
    assert parse(text)(summary())


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("mae=15.96", True),
        ("mae=16", True),
        ("mae=15.959", True),
        ("mae!=15.96", False),
        ("mae=15.9", False),
        ("mae=1e-3", False),
        ("mae<15.959", False),
        ("acc=88.9%", True),
        ("acc=88.9", True),
        ("acc=0.89", True),
        ("acc=1", False),
        ("acc!=1", True),
        ("acc=88%", False),
        ("mae=1e999", False),
    ],
)
def test_a_figure_equals_what_is_typed_at_the_decimals_typed(text: str, fits: bool) -> None:
    assert parse(text)(summary(mae=15.959, accuracy=0.8886)) is fits


@pytest.mark.parametrize(
    "text",
    [
        "model=B", "mae<6.2", "mae>6.2", "acc>90%", "state=lost", "data=utk", "mae<6.5 word",
        "k3f8", "mae=6.19", "mae!=6.2", "mae=6.21", "acc>150%", "acc=88%", "model==B",
    ],
)  # fmt: skip
def test_terms_that_do_not(text: str) -> None:
    assert not parse(text)(summary())


def test_a_quoted_value_may_hold_blanks() -> None:
    one = summary(label="first night")
    assert parse('label="first night"')(one)
    assert not parse('label="second night"')(one)


def test_a_bare_word_is_looked_for_in_the_label() -> None:
    assert parse("night")(summary(label="First Night"))


def test_a_run_without_figures_fits_no_comparison_of_them() -> None:
    fresh = RunSummary(RunDir(Path("/runs/x")), "queued", RunState())
    assert not parse("mae<100")(fresh)
    assert not parse("mae!=3")(fresh)
    assert not parse("mae>=0")(summary(mae=float("nan")))


@pytest.mark.parametrize("fold", ["x", [2], {}, float("inf")])
def test_a_fold_that_is_no_number_fits_no_comparison(fold: object) -> None:
    odd = RunSummary(RunDir(Path("/runs/x")), "finished", RunState(), {"fold": fold})
    assert not parse("fold=2")(odd)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("learning_rate<0.01 batch_size=64 seed=3", True),
        ("learning_rate=1e-3", True),
        ("learning-rate=1e-3 Batch-Size>64", False),
        ("learning-rate=1e-3", True),
        ("Learning_Rate=0.0010", True),
        ("learning_rate=0.001 l2=0.0001", True),
        ("learning_rate=0", False),
        ("batch_size=32", False),
        ("age_loss=huber", True),
        ("deterministic=yes xla!=on", True),
        ("deterministic=false", False),
        ("mirror=no", True),  # from before there was one
        ("mirror=yes", False),
    ],
)
def test_any_setting_is_a_field(text: str, fits: bool) -> None:
    settings = {"learning_rate": 0.001, "batch_size": 64, "seed": 3, "l2": 1e-4}
    settings |= {"age_loss": "huber", "deterministic": True}  # type: ignore[dict-item]
    one = dataclasses.replace(summary(), settings=settings)
    assert parse(text)(one) is fits


@pytest.mark.parametrize("text", ["seed>=0", "seed=1", "mirror=no", "pooling=flatten"])
def test_a_run_that_cannot_be_read_fits_no_setting(text: str) -> None:
    assert not parse(text)(RunSummary(RunDir(Path("/runs/x")), "broken", RunState()))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("foo=3", ["'foo'", "state", "mae", "epochs, or a setting that `train --help` names"]),
        ("seed <3", ["write seed<3 without blanks"]),
        ("seed=x", ["the filter's seed= needs a number, not 'x'"]),
        ("augment=perhaps", ["needs a number or one of yes, no"]),
        ("mae<low", ["mae<", "'low'", "number"]),
        ("mae~6", ["mae", "~"]),
        ("state<3", ["state", "text"]),
        ("state=done", ["state=done is none of", "finished", "broken"]),
        ('label="open', ["unclosed quote"]),
        ("mae <16", ["'<16' has no field: write mae<16 without blanks"]),
        ("mae < 16", ["'<' has no field: write mae<16 without blanks"]),
        ("mae< 16", ["'mae<' has no value: write mae<16 without blanks"]),
        ("state == finished", ["write state==finished without blanks"]),
        ("model= A", ["'model=' has no value: write model=A without blanks"]),
        ("<16", ["'<16' has no field: write FIELD<16"]),
        ("label=odd\\", ["a \\ with nothing after it", "\\\\"]),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert all(word in str(caught.value) for word in words)


def test_the_terms_are_kept_for_the_chips() -> None:
    assert parse('model=A  label="a b"').terms == ("model=A", "label=a b")
