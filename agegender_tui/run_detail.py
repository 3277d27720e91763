"""The words around the runs table: its head, the selected run, and what to do without any run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from agegender_tui.run_table import ago
from trainer.config import FIELDS, PRESETS
from trainer.runs.registry import RunSummary
from trainer.text import printable

SORT_WORDS = {
    "age": "newest first",
    "mae": "lowest MAE first",
    "acc": "highest accuracy first",
    "epoch": "most epochs first",
    "state": "by state",
    "run": "by name",
}
ASKED = {"stop": "stopping", "pause": "pausing", "kill": "being killed", "resume": "resuming"}


def head(root: Path, runs: list[RunSummary], shown: int, filter_text: str, sort: str) -> str:
    """One line: where, how many of what, which are shown, in what order."""
    counts = Counter(one.state for one in runs)
    parts = [f"{len(runs):,} run{'s' * (len(runs) != 1)}"]
    parts += [
        f"{counts[state]} {state}"
        for state in ("training", "queued", "paused", "lost", "failed")
        if counts[state]
    ]
    if filter_text:
        parts.append(f"{shown} fit '{printable(filter_text)}'")
    parts.append(SORT_WORDS[sort])
    return f"Runs  {' · '.join(parts)}   {printable(str(root))}"


def detail(one: RunSummary, asked: tuple[float, str] | None, now: float, width: int) -> str:
    """Up to four lines on one run: identity, how it stands, what differs from its preset."""
    if one.problem:
        return f"{one.id}\n{printable(one.problem)}"
    status = one.status
    first = [one.id, f"preset {one.settings.get('preset') or '–'}"]
    first += [printable(one.label)] if one.label else []
    first.append(printable(str(one.settings.get("data", ""))))
    lines = [" · ".join(first)]
    if asked is not None:
        when, command = asked
        lines.append(f"{ASKED.get(command, command)}, asked {ago(now - when)} ago")
    elif one.state == "lost":
        lines.append("its worker is gone without a word; r resumes it from its last checkpoint")
    elif one.state == "training" and status.steps:
        lines.append(
            f"epoch {status.epoch + 1} of {status.epochs}, step {status.step} of {status.steps}"
        )
    elif status.text:
        lines.append(printable(status.text))
    best = status.best
    if best.get("age_mae") is not None and one.state != "finished":
        lines.append(
            f"best epoch {best.get('epoch', 0):.0f}: age MAE {best['age_mae']:.2f} years, "
            f"gender accuracy {best.get('gender_accuracy', 0):.1%}"
        )
    changed = changes(one)
    if changed:
        lines.append("changed: " + ", ".join(changed))
    return "\n".join(line if len(line) < width - 2 else line[: width - 3] + "…" for line in lines)


def changes(one: RunSummary) -> list[str]:
    """`name value` of the settings that are not as the run's preset has them."""
    preset = PRESETS.get(str(one.settings.get("preset", "")))
    if preset is None:
        return []
    found = []
    for name in FIELDS:
        value = one.settings.get(name)
        if name in ("preset", "label", "data") or value is None:
            continue
        if value != getattr(preset.config, name):
            shown = f"{value:g}" if isinstance(value, float) else printable(str(value))
            found.append(f"{name} {shown}")
    return found


def empty_text(root: Path, demo: bool, problem: str) -> str:
    """What to do where there is no run yet."""
    if problem:
        return printable(problem)
    faces = "the bundled sample faces" if demo else "your folder of faces, or the bundled samples"
    option = "--demo" if demo else "--data FOLDER"
    return (
        f"No runs yet in {printable(str(root))}\n\n"
        f"Press n to start one on {faces}.\n"
        f"In a script: agegender-tui train {option}"
    )
