"""The pictures of a report, each with its file name and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.evaluation.figures import confusion
from trainer.evaluation.kinds import Figure
from trainer.evaluation.reliability import reliability
from trainer.evaluation.report.by_age import draw_by_age, shown_figures
from trainer.evaluation.report.confusion import draw_confusion
from trainer.evaluation.report.contents import Part
from trainer.evaluation.report.learning import draw_learning
from trainer.evaluation.report.origins import Origin
from trainer.evaluation.report.reliability_diagram import draw_reliability, note_of
from trainer.evaluation.report.scatter import DENSE, draw_scatter
from trainer.runs.comparison import MOST_RUNS

_LONGEST_NAME = 120


@dataclass(frozen=True)
class Picture:
    """`content` is a PNG; `caption` is shown below it, `alt` said instead of it."""

    file: str
    content: bytes
    caption: str
    alt: str


def pictures_of(part: Part) -> list[Picture]:
    """Of one evaluation: ages, confusion and reliability, each where there are labels for it."""
    scored, name, made = part.scored, name_of(part), []
    if np.isfinite(scored.age_low).any():
        many = int(scored.exact.sum()) >= DENSE
        made.append(
            Picture(
                f"{name}-predicted-against-true.png",
                draw_scatter(scored, part.title),
                f"Predicted against true age: {part.title}. "
                + ("The darker a cell, the more faces lie in it. " if many else "")
                + "A dot is the mean of an age band at its mean true age; four of five faces of "
                "the band lie in its bar."
                + " A range of ages stands at its middle, one without an end at its first year."
                * bool(scored.ranged.any()),
                f"Predicted against true age of {part.title}",
            )
        )
    if (scored.genders >= 0).any():
        counts = confusion(scored)
        made.append(
            Picture(
                f"{name}-confusion.png",
                draw_confusion((counts[:2], counts[2:]), part.title),
                f"Confusion of gender: {part.title}. Counts, and shares of the faces of a label "
                "with their 95 % interval (Wilson 1927).",
                f"Of label 0 {counts.zero_zero} right and {counts.zero_one} wrong, of label 1 "
                f"{counts.one_one} right and {counts.one_zero} wrong",
            )
        )
        error = part.figures.get("gender_ece", Figure(np.nan, np.nan, np.nan))
        made.append(
            Picture(
                f"{name}-reliability.png",
                draw_reliability(
                    reliability(scored.genders, scored.female), part.title, note_of(*error)
                ),
                f"Reliability of gender: {part.title}. On the diagonal a certainty is worth what "
                "it says; below it the model is too sure. The bars count the faces of a bin.",
                f"How often {part.title} is right about the gender, by how sure it is",
            )
        )
    return made


def by_age_pictures(parts: Sequence[Part], data: str, number: int) -> list[Picture]:
    """The error by age of the models on one set of faces, six on a picture; none without ages."""
    made = []
    for first in range(0, len(parts), MOST_RUNS):
        some = parts[first : first + MOST_RUNS]
        models = [(part.name, part.of_kind("age")) for part in some]
        figures = shown_figures([group for _, groups in models for group in groups])
        if not figures:
            continue
        made.append(
            Picture(
                f"error-by-age-{number}-{first // MOST_RUNS + 1}-{_clean(data)}.png",
                draw_by_age(models, figures, f"By age on {data}"),
                f"By age on {data}: lines through the points are 95 % intervals; a hollow point is "
                "of fewer than 30 faces, which say little.",
                f"Figures of {', '.join(part.name for part in some)} by age band, as in the table",
            )
        )
    return made


def learning_picture(origins: Sequence[Origin]) -> list[Picture]:
    """The learning curves of the first six models whose run has epochs, on common axes."""
    known = [one for one in origins if one.epochs][:MOST_RUNS]
    if not known:
        return []
    return [
        Picture(
            "learning-curves.png",
            draw_learning([(one.name, one.epochs) for one in known], "Learning curves"),
            "Learning curves on common axes: thick lines are of the validation part, thin and pale "
            "ones of training. The marked epoch is the one whose weights are the model.",
            f"Losses, accuracy and error by epoch of {', '.join(one.name for one in known)}",
        )
    ]


def name_of(part: Part) -> str:
    """What the files of an evaluation's pictures begin with."""
    return _clean(part.directory.id)


def _clean(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:_LONGEST_NAME].lstrip(".") or "evaluation"
