"""What is said of saved models, in words."""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from agegender_tui.predicting.shown_path import shown_path
from trainer.prediction.catalog import SavedModel
from trainer.runs.layout import short_name
from trainer.text import printable

_NAME = 14
_LABEL = 8


def row(model: SavedModel, place: int, width: int) -> Content:
    """One line of the list; `place` counts the chosen ones from 1, 0 for the others."""
    mark = f"{place} " if place else "  "
    name = _fit(short_name(model.name), _NAME)
    if model.problem:
        return Content.assemble((mark, "bold"), name, " ", (model.problem, "$text-error"))
    words = [
        f"{millions(model.parameters):>7}",
        f"MAE {model.scores['age_mae']:5.2f}" if "age_mae" in model.scores else " " * 9,
        f"{100 * model.scores['gender_accuracy']:5.1f} %"
        if "gender_accuracy" in model.scores
        else " " * 7,
        printable(model.label or data_name(model)),
    ]
    line = Content.assemble((mark, "bold"), name, "  ", "  ".join(words))
    return line.truncate(max(1, width), ellipsis=True)


def data_name(model: SavedModel) -> str:
    """The last part of the data set's path."""
    return model.data.rstrip("/").rpartition("/")[2]


def millions(count: int) -> str:
    """Parameters in short: `2.5 M`, `830 k`."""
    if count >= 1_000_000:
        return f"{count / 1e6:.1f} M"
    return f"{count / 1e3:.0f} k" if count >= 1_000 else str(count or "")


def detail(model: SavedModel, uncalibrated: str) -> Content:
    """All that is known of a model: its facts, then its layers."""
    lines = [Content.styled(printable(model.name), "bold"), Content("")]
    lines += [
        Content.assemble((f"{name:<{_LABEL}}", "$foreground-muted"), printable(value))
        for name, value in facts(model, uncalibrated)
    ]
    if model.layers:
        lines += [Content(""), Content.styled(f"{len(model.layers)} layers", "bold")]
        names = min(22, max(len(name) for name, _, _ in model.layers) + 1)
        kinds = max(len(kind) for _, kind, _ in model.layers) + 1
        lines += [
            Content.assemble(
                _fit(name, names), (f" {kind:<{kinds}}", "$foreground-muted"), printable(note)
            )
            for name, kind, note in model.layers
        ]
    return Content("\n").join(lines)


def facts(model: SavedModel, uncalibrated: str) -> list[tuple[str, str]]:
    """(name, value) of what is known; nothing for what is not."""
    network = {"A": "A, custom CNN", "B": "B, VGG16"}.get(model.network, model.network)
    scores = model.scores
    faces = f", on {scores['faces']:,.0f} faces" if "faces" in scores else ""
    found = [
        ("problem", model.problem),
        ("network", network),
        ("label", model.label),
        ("weights", f"{model.parameters:,} parameters" if model.parameters else ""),
        ("data", model.data),
        ("age", f"MAE {scores['age_mae']:.2f} years{faces}" if "age_mae" in scores else ""),
        (
            "gender",
            f"{100 * scores['gender_accuracy']:.1f} % right{faces}"
            if "gender_accuracy" in scores
            else "",
        ),
        ("interval", f"none: {uncalibrated}" if uncalibrated else ""),
        ("keras", f"{model.keras}, saved {model.saved.replace('@', ' ')}" if model.keras else ""),
        ("file", shown_path(model.file)),
    ]
    return [(name, value) for name, value in found if value]


def agreement(done: dict[str, Any]) -> str:
    """What the check of an exported model found."""
    return (
        f"on {done['faces']} faces it differs by {done['age_difference']:.1g} years and "
        f"{done['gender_difference']:.1g} of probability at most"
    )


def _fit(text: str, width: int) -> str:
    text = printable(text)
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)
