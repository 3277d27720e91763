"""What the models and data sets of a report are called, so that each is told from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.errors import RunError
from trainer.evaluation.same_faces import same_set
from trainer.evaluation.store import EvaluationDir
from trainer.runs.comparison import Compared
from trainer.runs.course import Course
from trainer.runs.layout import RunDir, short_name
from trainer.text import printable

Summary = Mapping[str, Any]  # evaluation.json, parsed


def evaluation_names(
    evaluations: Sequence[EvaluationDir],
    summaries: Sequence[Summary],
    models: Sequence[str],
    sets: Sequence[str],
) -> list[str]:
    """Those of `models`, with what was done otherwise; where two evaluations on one of `sets` still
    would have the same, with the end of the evaluation's id."""
    names = [
        model + ", with mirrored faces" * bool(summary["settings"].get("flip"))
        for model, summary in zip(models, summaries, strict=True)
    ]
    keys = list(zip(names, sets, strict=True))
    taken = Counter(keys)
    return [
        f"{key[0]} ({printable(one.id[-8:])})" if taken[key] > 1 else key[0]
        for one, key in zip(evaluations, keys, strict=True)
    ]


def data_names(summaries: Sequence[Summary]) -> list[str]:
    """`utkface-5k, validation part`, or only the name where it is all of it; where two sets would
    be called the same, with where they lie. One that goes by several names has the first."""
    sets = [same_set(summary) for summary in summaries]
    called: dict[str, str] = {}
    for summary, (source, _) in zip(summaries, sets, strict=True):
        called.setdefault(source, str(summary["data"].get("name")))
    namesakes = Counter(called.values())
    names = []
    for source, part in sets:
        name = printable(called[source])
        if namesakes[called[source]] > 1:
            name += f" in {printable(source)}"
        part = printable(part)
        names.append(name if part == "all" else f"{name}, {part} part")
    return names


def model_names(summaries: Sequence[Summary]) -> list[str]:
    """Short names; where two models would have the same, their whole ones."""
    models = [summary["model"] for summary in summaries]
    shorts = [_short_name(model) for model in models]
    meant: dict[str, set[str]] = {}
    for short, model in zip(shorts, models, strict=True):
        meant.setdefault(short, set()).add(str(model.get("fingerprint")))
    return [
        short if len(meant[short]) == 1 else printable(str(model.get("name", "")))
        for short, model in zip(shorts, models, strict=True)
    ]


def _short_name(model: Summary) -> str:
    """As runs are called where they are compared, `B-features x7k2`, with the label where there is
    one; of a model elsewhere its file's name."""
    name, run = str(model.get("name", "")), run_of(model)
    if run is None:
        return short_name(name)
    try:
        return Compared(run, run.label(), run.config(), Course()).name
    except RunError:
        return printable(name)


def run_of(model: Summary) -> RunDir | None:
    """The run that the `model` of a summary is of, where its directory still is there."""
    folder = str(model.get("run") or "")
    run = RunDir(Path(folder))
    return run if folder and run.config_file.is_file() else None
