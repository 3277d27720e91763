"""The words around the runs table: its head, the selected run, and what to do without any run."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from agegender_tui.called import called
from agegender_tui.run_table import WISHES, Row, ago, epochs_text, sparkline, state_text
from trainer.config import FIELDS
from trainer.presets import PRESETS
from trainer.runs.registry import RunSummary
from trainer.runs.state import SAVED
from trainer.text import printable

TELLING_APART = ("preset", "label", "data")  # no changes of a preset: it has no own of these
COUNTED = ("training", "queued", "paused", "lost", "failed", "broken")


def head(root: Path, runs: list[RunSummary], shown: int, filtered: bool, width: int) -> str:
    """One line of at most `width`: how many of what; and where, if there is room."""
    counts = Counter(one.state for one in runs)
    line = f"{len(runs):,} run{'s' * (len(runs) != 1)}"
    if filtered:
        line = f"{shown:,} of {line}"
    parts = [f"{counts[state]} {state}" for state in COUNTED if counts[state]]
    for part in [*parts, f"in {printable(str(root))}"]:
        if len(line) + 3 + len(part) <= width:
            line += f" · {part}"
    return line


def line_or_two(row: Row, width: int) -> str:
    """Up to four lines on one run: identity, how it stands, what differs from its preset. Each is
    cut to `width`, but for what went wrong: that ends in the remedy, and is wrapped."""
    one = row.one
    if one.problem:
        return f"{one.id}\n{printable(one.problem)}"
    first = [one.id, f"preset {_preset(one)}"]
    first += [printable(one.label)] if one.label else []
    first.append(printable(str(one.settings.get("data", ""))))
    wrong = one.state in ("failed", "lost")
    lines = [" · ".join(first), "" if wrong else standing(row), best_text(one)]
    changed = changes(one)
    if changed:
        words = ", ".join(f"{name} {now}" for name, now, _ in changed)
        lines.append(f"changed: {words}")
    shown = [_cut(line, width) for line in lines if line]
    if wrong:
        shown.insert(1, standing(row))
    return "\n".join(shown)


def pane(row: Row) -> Content:
    """Everything on one run, for a column of its own beside the table."""
    one = row.one
    title = Content.styled(one.id, "bold")
    if one.problem:
        return Content("\n\n").join([title, Content(printable(one.problem))])
    status = one.status
    facts = [
        ("label", printable(one.label)),
        ("preset", _preset(one)),
        ("data", printable(str(one.settings.get("data", "")))),
        ("device", printable(status.device)),
        ("host", printable(status.host)),
        ("epoch", epochs_text(one)),
        ("best", best_text(one).removeprefix("best ").replace(", ", "\n")),
        ("MAE", sparkline(status.trace, 32)),
        ("state", f"{state_text(row)}"),
        ("", standing(row)),
    ]
    lines = [title, Content("")]
    lines += [_fact(name, value, 8) for name, value in facts if value]
    changed = changes(one)
    if changed:
        lines += [Content(""), Content(f"changed from preset {one.settings['preset']}")]
        widest = max(len(name) for name, _, _ in changed)
        lines += [_fact(name, f"{now}  (was {was})", widest + 2) for name, now, was in changed]
    return Content("\n").join(lines)


def _preset(one: RunSummary) -> str:
    return printable(str(one.settings.get("preset") or "–"))


def _fact(name: str, value: str, width: int) -> Content:
    return Content.assemble(
        (f"{name:<{width}}", "$text-muted"), value.replace("\n", "\n" + " " * width)
    )


def standing(row: Row) -> str:
    """How the run stands, in a sentence; '' where its state says it all."""
    status = row.one.status
    if row.wish is not None:
        when, command = row.wish
        return f"{WISHES.get(command, command)}, asked {ago(row.now - when)} ago"
    if row.one.state == "lost" and status.state == "starting":
        return "its worker died starting; agegender-tui doctor says what fails, r tries again"
    if row.one.state == "lost":
        goes_on = "resumes it from its last checkpoint"
        if not row.one.has_checkpoint:
            goes_on = "begins it anew, for it has no checkpoint yet"
        return f"its worker is gone without a word; {called('runs.resume')} {goes_on}"
    if row.one.state == "training" and status.steps:
        epoch = min(status.epoch + 1, status.epochs)
        return f"epoch {epoch} of {status.epochs}, step {status.step} of {status.steps}"
    return printable(status.text)


def best_text(one: RunSummary) -> str:
    """The best epoch and its figures; '' before the first epoch. Those of the saved model may be
    others, where it was changed after training."""
    best = one.status.best
    mae, accuracy = best.get("age_mae", math.nan), best.get("gender_accuracy", math.nan)
    epoch = best.get("epoch", math.nan)
    if not all(map(math.isfinite, (mae, accuracy, epoch))):
        return ""
    changed = one.settings.get("stretch") or one.settings.get("mirror")
    saved = one.state == "finished" or SAVED in one.status.text  # who stops may save too
    as_trained = " as trained" if changed and saved and not one.status.active else ""
    figures = f"age MAE {mae:.2f} years, gender accuracy {accuracy:.1%}"
    return f"best epoch {epoch:.0f}{as_trained}: {figures}"


def _cut(line: str, width: int) -> str:
    return line if cell_len(line) < width - 2 else set_cell_size(line, width - 3) + "…"


def changes(one: RunSummary) -> list[tuple[str, str, str]]:
    """(name, value, value in the preset) of the settings that are not as the preset has them."""
    preset = PRESETS.get(str(one.settings.get("preset", "")))
    if preset is None:
        return []
    found = []
    for name in FIELDS:
        value, usual = one.settings.get(name), getattr(preset.config, name)
        if name not in TELLING_APART and value is not None and value != usual:
            found.append((name, setting_text(value), setting_text(usual)))
    return found


def setting_text(value: object) -> str:
    """A setting's value as it is shown."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return printable(str(value)) or "–"


def empty_text(root: Path, demo: bool) -> str:
    """What to do where there is no run yet."""
    faces = "the bundled sample faces" if demo else "a folder of faces, or on the bundled samples"
    option = "--demo" if demo else "--data FOLDER"
    return (
        f"There is no run yet in {printable(str(root))}.\n"
        f"Press {called('runs.new')} to start one on {faces}.\n\n"
        f"{called('app.data')} shows the faces, {called('app.predict')} predicts from pictures, "
        f"{called('app.help')} lists all keys.\n"
        f"From a script: agegender-tui train {option}"
    )
