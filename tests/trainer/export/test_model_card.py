import json

import numpy as np
import pytest

from trainer.export.model_card import describe_model
from trainer.models.vgg16_weights import IMAGENET
from trainer.prediction.calibration import run_calibration
from trainer.presets import preset
from trainer.training.outputs import final_metrics, write_json, write_predictions


def finished(run, count, model="A", pretrained="", **changes):
    random = np.random.default_rng(2)
    ages = random.integers(1, 90, count).astype("float32")
    genders = (np.arange(count) % 2).astype("float32")
    said = ages + random.normal(0, 5, count)
    chances = np.clip(genders + random.normal(0, 0.3, count), 0.01, 0.99)
    names = [
        f"{int(a)}_{int(g)}_{n % 5}_x{n}.jpg"
        for n, (a, g) in enumerate(zip(ages, genders, strict=True))
    ]
    write_predictions(run.predictions_file, names, ages, genders, said, chances)
    flipped = (said + ages) / 2
    write_predictions(run.flipped_predictions_file, names, ages, genders, flipped, chances)
    metrics = final_metrics(ages, genders, said, chances)
    write_json(
        run.metrics_file,
        {"epochs": 9, "best_epoch": 7, "chosen_by": "validation loss", "validation": metrics},
    )
    config = preset(model).replace(data="/faces/utkface", epochs=60, **changes)
    describe_model(run, config, pretrained, 2_500_000, (4 * count, count))
    return metrics


def test_the_card_has_data_recipe_scores_by_group_and_limits(tmp_path, make_run):
    run = make_run(tmp_path)
    metrics = finished(run, 300)
    card = run.card_file.read_text()
    for part in ("## Use", "## Data", "## Scores", "### By group", "## Certainty", "## Recipe",
                 "## Limits", "neither is a fact about a person",
                 "1,200 faces trained on, 300 validated", "`utkface`", "2,500,000 parameters",
                 "| age 20 to 29 |", "| gender 1 (female in UTKFace) |", "| race 3 (Indian) |",
                 "| `epochs` | 60 | 170 |", "A 90 % interval of the age is ±"):  # fmt: skip
        assert part in card, part
    baseline = f"{metrics['baseline_age_mae']:.2f} years"
    assert f"| age MAE | {metrics['age_mae']:.2f} years | {baseline} |" in card
    assert "|  | this model | always the median age and the commoner gender |" in card
    groups = [line.split("|") for line in card.splitlines() if line.startswith("| gender ")]
    assert sum(int(cells[2]) for cells in groups if cells[2].strip().isdigit()) == 300
    assert json.loads(run.calibration_file.read_text())["faces"] == 300
    plain, flipped = run_calibration(run), run_calibration(run, flipped=True)
    assert plain.faces == flipped.faces == 300
    assert flipped.half_width(40, 0.9) == pytest.approx(plain.half_width(40, 0.9) / 2, rel=0.1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "A custom CNN trained from scratch, 2,500,000 parameters."),
        ({"members": 3, "shared_blocks": 0}, "The mean of 3 custom CNNs, trained from scratch, 2,"),
        ({"members": 2}, "The mean of 2 custom CNNs over the same first blocks, trained from scr"),
    ],
)
def test_the_card_says_of_how_many_networks_the_answer_is_the_mean(
    tmp_path, make_run, changes, words
):
    run = make_run(tmp_path)
    finished(run, 40, **changes)
    assert words in run.card_file.read_text()


@pytest.mark.parametrize(
    ("pretrained", "words"),
    [
        (IMAGENET, "VGG16, pre-trained on ImageNet, 2,500,000 parameters."),
        ("5eed", "VGG16, pre-trained with weights other than the published ImageNet ones, 2,5"),
    ],
)
def test_the_card_says_imagenet_only_of_its_weights(tmp_path, make_run, pretrained, words):
    run = make_run(tmp_path)
    finished(run, 40, "B", pretrained)
    assert words in run.card_file.read_text()


def test_a_handful_of_faces_makes_a_card_without_a_calibration(tmp_path, make_run):
    run = make_run(tmp_path)
    finished(run, 12)
    assert "Too few validation faces to calibrate on" in run.card_file.read_text()
    assert not run.calibration_file.exists()
