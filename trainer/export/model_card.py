"""The model card beside a saved model: data, recipe, scores by group, limits (Mitchell et al. 2019,
arXiv:1810.03993)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from trainer.config import SETTINGS, RunConfig, default_of
from trainer.data.labels import Label, parse_name
from trainer.errors import DataError
from trainer.models.vgg16_weights import IMAGENET
from trainer.prediction.calibration import (
    Calibration,
    Predictions,
    calibrate_rows,
    read_predictions,
    write_calibration,
)
from trainer.runs.atomic import write_atomic
from trainer.runs.layout import RunDir

AGE_BANDS = ((0, 9), (10, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 116))
GENDERS = ("0 (male in UTKFace)", "1 (female in UTKFace)")
RACES = ("0 (White)", "1 (Black)", "2 (Asian)", "3 (Indian)", "4 (others)")  # UTKFace's own words
_NO_RECIPE = ("data", "label", "weights", "device")
FEW = 30  # faces: below this a score says little


def describe_model(
    run: RunDir, config: RunConfig, pretrained: str, parameters: int, counts: tuple[int, int]
) -> None:
    """Write `calibration.json` and `model_card.md` of a run whose model, predictions (flipped, too)
    and metrics are saved; `pretrained` is the fingerprint of the weights it began with, '' for
    none, `counts` are its faces to train on and to validate."""
    predictions = read_predictions(run.predictions_file)
    try:
        calibration = calibrate_rows(list(predictions.values()))
        flipped = calibrate_rows(list(read_predictions(run.flipped_predictions_file).values()))
        write_calibration(run.calibration_file, calibration, flipped)
    except DataError:  # a handful of faces: the run is whole without it
        calibration = None
        run.calibration_file.unlink(missing_ok=True)
    metrics = json.loads(run.metrics_file.read_bytes())
    write_atomic(
        run.card_file,
        model_card(
            run.id, config, pretrained, predictions, metrics, calibration, parameters, counts
        ),
    )


def model_card(
    run_id: str,
    config: RunConfig,
    pretrained: str,
    predictions: Predictions,
    metrics: dict[str, Any],
    calibration: Calibration | None,
    parameters: int,
    counts: tuple[int, int],
) -> str:
    """Markdown. `pretrained` the fingerprint of the weights it began with, '' for none; `metrics`
    as in metrics.json, `counts` faces to train on and to validate."""
    scores = metrics["validation"]
    training, validation = counts
    parts = [
        f"# {config.model} of run {run_id}",
        f"Age in years and the probability of gender label 1 from one aligned RGB face of 128×128, "
        f"in [0, 1]. {_network(config, pretrained)}, {parameters:,} parameters. Plain Keras loads "
        "it.",
        "## Use",
        "For research and teaching on data like that it was trained on. The age is an estimate, "
        "and the gender the data set's two-valued label as annotators saw it: neither is a fact "
        "about a person, and neither is fit to decide anything about one.",
        "## Data",
        f"`{PurePath(config.data).name}`: {training:,} faces trained on, {validation:,} validated "
        f"on (split seed {config.split_seed}, stratified by age and gender; `split.csv` names "
        "them). UTKFace, where it is that, is for non-commercial research only, and its ages are "
        "partly estimates themselves.",
        "## Scores",
        f"On the validation part; the epoch ({metrics['best_epoch']} of {metrics['epochs']}) was "
        f"chosen by {metrics['chosen_by']}.",
        _overall(scores),
        "### By group",
        _groups(predictions),
        f"Groups of fewer than {FEW} faces say little.",
        "## Certainty",
        _certainty(calibration),
        "## Recipe",
        _recipe(config),
        "## Limits",
        "- It was seen on aligned frontal crops; a face that is turned, covered, small, blurred or "
        "badly lit is outside that.\n"
        "- It answers for any picture, a face or not.\n"
        "- Rare groups of the data, the very old among them, are told worse, as the table shows.\n"
        "- It knows two genders because its data does.",
    ]
    return "\n\n".join(parts) + "\n"


def network_words(config: RunConfig) -> str:
    """What kind of network a run trains."""
    if config.model == "B":
        return "VGG16, pre-trained"
    if config.members > 1:
        over = " over the same first blocks" if config.shared_blocks else ""
        return f"the mean of {config.members} custom CNNs{over}, trained from scratch"
    return "a custom CNN trained from scratch"


def _network(config: RunConfig, pretrained: str) -> str:
    words = network_words(config)
    name = words[0].upper() + words[1:]
    if not pretrained:
        return name
    others = "with weights other than the published ImageNet ones"
    return f"{name} {'on ImageNet' if pretrained == IMAGENET else others}"


def _overall(scores: dict[str, Any]) -> str:
    rows = [
        ("age MAE", f"{scores['age_mae']:.2f} years", f"{scores['baseline_age_mae']:.2f} years"),
        ("within 5 years", f"{scores['age_within_5_years']:.1%}", ""),
        (
            "gender accuracy",
            f"{scores['gender_accuracy']:.1%}",
            f"{scores['baseline_gender_accuracy']:.1%}",
        ),
    ]
    return _table(("", "this model", "always the median age and the commoner gender"), rows)


def _groups(predictions: Predictions) -> str:
    races = {
        name: label.race
        for name in predictions
        if isinstance(label := parse_name(PurePath(name).name), Label)
    }
    groups: list[tuple[str, list[str]]] = [
        (f"age {low} to {high}", [n for n, row in predictions.items() if low <= row[0] <= high])
        for low, high in AGE_BANDS
    ]
    groups += [
        (f"gender {shown}", [name for name, row in predictions.items() if row[1] == number])
        for number, shown in enumerate(GENDERS)
    ]
    groups += [
        (f"race {shown}", [name for name in predictions if races.get(name) == number])
        for number, shown in enumerate(RACES)
    ]
    rows = [_group(what, [predictions[name] for name in names]) for what, names in groups if names]
    return _table(("group", "faces", "age MAE", "bias", "gender accuracy"), rows)


def _group(what: str, rows: list[tuple[float, float, float, float]]) -> tuple[str, ...]:
    count = len(rows)
    mae = sum(abs(said - age) for age, _, said, _ in rows) / count
    bias = sum(said - age for age, _, said, _ in rows) / count
    right = sum((chance > 0.5) == (gender > 0.5) for _, gender, _, chance in rows) / count
    return what, str(count), f"{mae:.2f}", f"{bias:+.2f}", f"{right:.1%}"


def _certainty(calibration: Calibration | None) -> str:
    if calibration is None:
        return "Too few validation faces to calibrate on: no intervals."
    ages = calibration.ages
    spans = []
    for age in (ages[0], ages[len(ages) // 2], ages[-1]):
        spans.append(f"±{calibration.half_width(age, 0.9):.0f} years at {age:.0f}")
    return (
        f"A 90 % interval of the age is {', '.join(spans)}; the gender's logit is divided by "
        f"{calibration.temperature:.2f}. Both from the validation part (`calibration.json`), and "
        "for faces of the same making."
    )


def _recipe(config: RunConfig) -> str:
    rows = []
    for name, setting in SETTINGS.items():
        if setting.applies(config.model) and name not in _NO_RECIPE:
            value, usual = str(getattr(config, name)), str(default_of(name))
            rows.append((f"`{name}`", value, "" if value == usual else usual))
    return _table(("setting", "value", "default, if other"), rows)


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)
