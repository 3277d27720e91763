"""Complete, named recipes, each with the score to expect of it. Imports in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trainer.config import RunConfig
from trainer.errors import ConfigError


@dataclass(frozen=True)
class Preset:
    """A complete, named recipe with the score to expect of it."""

    name: str
    title: str
    expects: str
    config: RunConfig


DEMO = "A-demo"  # the preset for the bundled sample faces

_B = RunConfig(
    model="B",
    preset="B",
    epochs=60,
    batch_size=32,
    learning_rate=1.5e-4,
    early_stopping=8,
    plateau_patience=3,
)

# What both of the best recipes share: the age as the mean of a distribution, one rate over a fixed
# number of epochs, the average of the last weights, and faces that are covered in part.
_BEST: dict[str, Any] = {
    "age_head": "distribution",
    "stretch": True,
    "mirror": True,
    "schedule": "cosine",
    "early_stopping": 0,
    "average": 0.998,
    "erasing": 0.3,
    "precision": "auto",
}

PRESETS: dict[str, Preset] = {
    "A": Preset(
        "A",
        "custom CNN from scratch",
        "4,000 UTKFace faces: age MAE about 6.2 years, gender accuracy about 90 %",
        RunConfig(),
    ),
    "B": Preset(
        "B",
        "VGG16 pre-trained on ImageNet, its upper block fine-tuned",
        "4,000 UTKFace faces: age MAE about 6.5 years, gender accuracy about 91 % after 16 epochs, "
        "and better with more",
        _B,
    ),
    "B-features": Preset(
        "B-features",
        "as B, on features computed once: for machines without a GPU",
        "4,000 UTKFace faces: age MAE about 6.3 years, gender accuracy about 90 %",
        _B.replace(preset="B-features", feature_variants=5),
    ),
    "A-best": Preset(
        "A-best",
        "custom CNN from scratch, an ensemble of two, our best recipe",
        "4,000 UTKFace faces: age MAE about 5.3 years, gender accuracy about 92.5 %, in an hour "
        "and a half on two cores that multiply in bfloat16, on others in twice that",
        RunConfig(
            preset="A-best",
            branches=1,
            members=2,
            pooling="average",
            epochs=140,
            warmup_epochs=3,
            learning_rate=1.5e-3,
            mixup=0.2,
            block_dropout=0.15,
            **_BEST,
        ),
    ),
    "B-best": Preset(
        "B-best",
        "VGG16, two upper blocks fine-tuned, our best recipe",
        "4,000 UTKFace faces: age MAE about 5.2 years, gender accuracy about 92 %, in under "
        "two hours on two cores that multiply in bfloat16, on others in twice that",
        _B.replace(
            preset="B-best",
            frozen_blocks=3,
            epochs=56,
            warmup_epochs=1,
            # Of the dense layers; block 5 trains at 2e-4, block 4 at 8e-5.
            learning_rate=5e-4,
            rate_decay=0.4,
            mixup=0.5,
            dropout=0.4,
            gender_loss_weight=10.0,
            **_BEST,
        ),
    ),
    DEMO: Preset(
        DEMO,
        "small custom CNN, for the sample faces",
        "the bundled sample faces: age MAE about 7 years (always guessing the median: 15.6), "
        "gender accuracy about 96 %, in a minute or two on two cores",
        RunConfig(
            preset=DEMO,
            filters="16-32-48-64-96",
            dense_units=96,
            # 320 faces make few steps an epoch, so they are small, long ones with less dropout.
            batch_size=16,
            learning_rate=2e-3,
            dropout=0.2,
            head_dropout=0.1,
            epochs=30,
            early_stopping=10,
        ),
    ),
}


def preset_or_model(preset: str, model: str) -> str:
    """What a run with these settings is called: the preset, which says more than its model; the
    model where the run has not the preset's. Either may be ''."""
    known = PRESETS.get(preset)
    changed = known is not None and model not in ("", known.config.model)
    return model if changed else preset or model


def preset(name: str) -> RunConfig:
    """The settings of one preset; raise ConfigError naming those that exist."""
    if name not in PRESETS:
        raise ConfigError(f"preset is '{name}': choose {' or '.join(PRESETS)}", "preset")
    return PRESETS[name].config
