"""What each view shows of the evaluations chosen, made on a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from textual.content import Content

from agegender_tui.called import called
from agegender_tui.evaluating import charts, confusion_words, difference_words, figure_words
from agegender_tui.evaluating.charts import CHART_WIDTH, Chart
from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.names import legend_names
from agegender_tui.evaluating.reading import Reader
from agegender_tui.evaluating.table import name_text
from agegender_tui.evaluating.wall import Wall, wall
from trainer.errors import UserError
from trainer.evaluation.kinds import KINDS
from trainer.runs.comparison import MOST_RUNS
from trainer.runs.course import Course
from trainer.runs.layout import short_name
from trainer.text import printable

FIGURES, DIFFERENCES, SCATTER, AGES = "figures", "differences", "scatter", "ages"
CONFUSION, RELIABILITY, CURVES, WORST = "confusion", "reliability", "curves", "worst"
VIEWS = {
    FIGURES: "figures",
    DIFFERENCES: "compare",
    SCATTER: "predicted",
    AGES: "by age",
    CONFUSION: "confusion",
    RELIABILITY: "reliability",
    CURVES: "curves",
    WORST: "worst",
}
COMPUTING = "computing…"
NONE = "No evaluation fits; esc goes back to the list."
MARK_TWO = "Mark two evaluations of the same faces with space in the list: this tells them apart."


@dataclass(frozen=True)
class Page:
    """One of `words`, `charts`, `courses` and `wall`, or `sentence` on why there is none. `names`
    are those of the legend, in the order of the roles; `note` explains."""

    view: str
    words: Content | None = None
    charts: tuple[Chart, ...] = ()
    courses: Mapping[str, Course] = field(default_factory=dict)
    wall: Wall | None = None
    names: tuple[str, ...] = ()
    sentence: str = ""
    note: str = ""


def page(
    view: str, chosen: Sequence[Listed], reader: Reader, turn: str, which: int, width: int
) -> Page:
    """What `view` shows of the evaluations, one or more; `turn` is how the wall is ordered and
    `which` counts through the evaluations where only one or two of them are shown."""
    done = [one for one in chosen if one.done]
    if not done:
        return Page(view, sentence=unfinished(chosen[0]) if chosen else "")
    try:
        return _page(view, done, reader, turn, which, width)
    except UserError as error:
        return Page(view, sentence=str(error))


def _page(view: str, done: list[Listed], reader: Reader, turn: str, which: int, width: int) -> Page:
    names = tuple(legend_names(done))
    if view == FIGURES:
        return Page(view, words=figure_words.page(done, width))
    if view == DIFFERENCES:
        if len(done) < 2:
            return Page(view, sentence=MARK_TWO)
        pairs = list(combinations(done, 2))
        one, other = pairs[which % len(pairs)]
        found = reader.differences(one, other)
        return Page(view, words=difference_words.page(one, other, found, width))
    if view == SCATTER:
        plots = tuple(
            charts.scatter(reader.scored(one), f"{name}  {_age_words(one)}", str(number))
            for number, (one, name) in enumerate(zip(done, names, strict=True))
        )
        ranged = any(reader.scored(one).ranged.any() for one in done)
        return Page(view, charts=plots, note=_AGES + _OF_RANGES * ranged)
    if view == AGES:
        return Page(view, charts=_by_age(done, width), names=names, note=_INTERVALS)
    if view == CONFUSION:
        lines = []
        for one, name in zip(done, names, strict=True):
            lines += confusion_words.genders(reader.scored(one), name, width)
        for one, name in zip(done, names, strict=True):
            lines += confusion_words.ages(reader.scored(one), name, width)
        return Page(view, words=Content("\n").join(lines))
    if view == RELIABILITY:
        errors = [KINDS["gender_ece"].text(one.figure("gender_ece")) for one in done]
        told = tuple(f"{n}, calibration error {e} %" for n, e in zip(names, errors, strict=True))
        return Page(view, charts=(_reliability(done, reader),), names=told, note=_INTERVALS)
    if view == CURVES:
        courses = reader.courses(done)
        if not courses:
            return Page(view, sentence="No run is known of this model, so it has no curves.")
        several = f", the first {MOST_RUNS} of {len(courses)} runs" * (len(courses) > MOST_RUNS)
        courses = dict(list(courses.items())[:MOST_RUNS])
        said = list(reader.diagnoses(done, courses).items())
        run, words = said[which % len(said)]
        more = f" (v: the next run{several})" * (len(said) > 1)
        return Page(view, courses=courses, note=f"{short_name(run)}{more}: {printable(words)}")
    one = done[which % len(done)]
    faces = wall(reader.scored(one), turn)
    sentence = "" if faces.misses else f"{name_text(one)} is wrong about none of these faces."
    return Page(view, wall=faces, names=(names[which % len(done)],), sentence=sentence)


_AGES = "up: age said, along: age labelled, in years"
_OF_RANGES = "; of a range its middle, of 70+ the 70"
_INTERVALS = "bars: 95 % intervals"


def _age_words(one: Listed) -> str:
    mae, r2 = KINDS["age_mae"].text(one.figure("age_mae")), one.figure("age_r2")
    return f"MAE {mae} y, R² {KINDS['age_r2'].text(r2)}"


def _by_age(done: Sequence[Listed], width: int) -> tuple[Chart, ...]:
    """MAE and bias of exact ages, how many are put in the right range of the others; what more
    faces have first, and alone where `width` cells do not hold two charts side by side."""
    groups = [one.summary["groups"] for one in done]
    exact = (
        charts.by_age(groups, "age_mae", "age MAE, years"),
        charts.by_age(groups, "age_bias", "age bias, years (+: too old)"),
    )
    ranged = (charts.by_age(groups, "group_accuracy", "right age group, %", 100.0),)
    faces = [_faces_by_age(groups, name) for name in ("age_mae", "group_accuracy")]
    first, second = (exact, ranged) if faces[0] > faces[1] else (ranged, exact)
    return first + second if all(faces) and width >= 2 * CHART_WIDTH else first


def _faces_by_age(groups: Sequence[Sequence[Mapping[str, Any]]], figure: str) -> int:
    """How many faces are of age groups that have the figure."""
    every = (group for some in groups for group in some if group["kind"] == "age")
    return sum(int(group["faces"]) for group in every if group["figures"].get(figure))


def _reliability(done: Sequence[Listed], reader: Reader) -> Chart:
    from trainer.evaluation.reliability import reliability

    bins = [reliability(s.genders, s.female) for s in map(reader.scored, done)]
    return charts.reliability(bins, "up: % of genders right, along: how sure of it, %")


def unfinished(one: Listed) -> str:
    """What stands between an evaluation and its figures, and what to do, in a sentence."""
    status = one.status
    if one.problem:
        text = printable(one.problem).rstrip(".")
        return f"{text}." + f" {called('evaluate.again')} tries again." * (one.state == "failed")
    if one.state == "working":
        note = f" {printable(status.text)}." if status.text else ""
        return f"{progress(one).capitalize()}; {called('evaluate.stop')} stops it.{note}"
    if one.state == "waiting":
        return f"It waits for its turn; {called('evaluate.stop')} stops it."
    if one.state == "lost":
        return f"Its worker is gone; {called('evaluate.again')} goes on with it."
    why = printable(status.text).capitalize() or "Stopped"
    return f"{why}. {called('evaluate.again')} goes on with it."


def progress(one: Listed) -> str:
    """`predicting, 1,200 of 5,000`."""
    status = one.status
    counted = f", {status.done:,} of {status.of:,}" if status.of else ""
    return f"{printable(status.phase or 'starting')}{counted}"
