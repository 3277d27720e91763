"""Summarise the repeats of a run: the figures of each, mean and deviation. Of two groups also the
differences on the splits that both have, each with its 95 % interval, by the corrected resampled
t-test of Nadeau and Bengio (2003). docs/repeats.md says what these mean."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agegender_tui.cli_commands.run_record import run_record
from agegender_tui.cli_commands.runs import table
from agegender_tui.cli_commands.runs_option import runs_option
from trainer.errors import ConfigError, ExitCode
from trainer.evaluation.repeats import Paired, Spread, paired, spread
from trainer.runs.events import finite
from trainer.runs.group import Repeat, find_group, mixed_settings, on_one_set, on_same_splits
from trainer.runs.layout import runs_root
from trainer.runs.registry import Registry
from trainer.text import printable

EXAMPLE = "agegender-tui summary A-5fold-k3f9 A-5fold-x7k2"
CAUTION = (
    "The standard error takes the repeats for independent. They share training faces, so it is\n"
    "rather too small, and no estimate of it is free of bias (Bengio and Grandvalet 2004)."
)


@dataclass(frozen=True)
class Column:
    """One figure of metrics.json: `scale` is what it is multiplied by to be shown."""

    name: str
    heading: str
    decimals: int
    scale: float
    lower_is_better: bool

    def text(self, value: float, sign: str = "") -> str:
        """The figure as shown, '' where there is none; what rounds to 0 has no sign."""
        if not math.isfinite(value):
            return ""
        shown = format(value * self.scale, f"z.{self.decimals}f")
        return f"{sign}{shown}" if float(shown) > 0 else shown


COLUMNS = (
    Column("age_mae", "age MAE", 2, 1, lower_is_better=True),
    Column("age_within_5_years", "CS@5 %", 1, 100, lower_is_better=False),
    Column("gender_accuracy", "gender %", 1, 100, lower_is_better=False),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """GROUP, and another one."""
    parser.add_argument(
        "group", metavar="GROUP", nargs="+", help="one or two: name, part of it, or `last`"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON record")


def run(options: argparse.Namespace) -> int:
    """Print the tables or the record."""
    if len(options.group) > 2:
        raise ConfigError(f"{len(options.group)} groups are too many to compare: give one or two")
    summaries = Registry(runs_root(options.runs)).list()
    groups = [find_group(summaries, name) for name in options.group]
    if len(groups) == 2 and groups[0][0] == groups[1][0]:
        raise ConfigError(f"'{groups[0][0]}' is named twice: give two groups to compare")
    if options.json:
        body: dict[str, Any] = {"groups": [group_record(*group) for group in groups]}
        if len(groups) == 2:
            body["comparison"] = comparison_record(groups[0][1], groups[1][1])
        print(json.dumps(finite(body), indent=2))
    else:
        texts = [group_text(*group) for group in groups]
        if len(groups) == 2:
            texts.append(comparison_text(*groups))
        print("\n\n".join(texts))
    return ExitCode.OK


def group_text(name: str, repeats: Sequence[Repeat]) -> str:
    """The table of one group, and what to know of it."""
    rows: list[tuple[str, ...]] = [
        ("run", "fold", "seed", "state", "best", *(column.heading for column in COLUMNS))
    ]
    rows += [_row(one) for one in repeats]
    spreads = {column.name: spread_of(repeats, column) for column in COLUMNS}
    done = sum(one.finished for one in repeats)
    if done:
        for heading in ("mean", "deviation", "error")[: 3 if done > 1 else 1]:
            cells = (_cell(column, spreads[column.name], heading, done) for column in COLUMNS)
            title = "standard error" if heading == "error" else heading
            rows.append((title, "", "", f"of {done}", "", *cells))
    lines = [head(name, repeats), table(rows)]
    if done > 1:
        lines.append(CAUTION)
    lines += [
        f"{one.summary.id}: {printable(one.summary.problem or one.summary.status.text)}"
        for one in repeats
        if one.summary.problem or one.summary.state == "failed"
    ]
    lines += [
        f"{one.summary.id} is {one.summary.state}: `agegender-tui resume {one.summary.id}"
        f"{runs_option(one.summary.run.path.parent)}` goes on"
        for one in repeats
        if one.summary.state in ("lost", "stopped")
    ]
    if mixed := mixed_settings(repeats):
        lines.append(f"These are no repeats of one run: they differ in {', '.join(mixed)}.")
    if not on_one_set(repeats):
        what = "folds" if any(one.summary.settings.get("folds") for one in repeats) else "splits"
        lines.append(
            f"These are not {what} of one set: faces or labels changed between them; "
            "`agegender-tui repeat` starts them anew."
        )
    return "\n".join(lines)


def head(name: str, repeats: Sequence[Repeat]) -> str:
    """`group NAME: 5 runs, 3 finished, 1 failed, 1 queued`."""
    counts = Counter(one.summary.state for one in repeats)
    states = ", ".join(f"{number} {state}" for state, number in counts.most_common())
    return f"group {name}: {len(repeats)} run{'s' * (len(repeats) != 1)}, {states}"


def _row(one: Repeat) -> tuple[str, ...]:
    settings = one.summary.settings
    fold = f"{settings['fold']}/{settings['folds']}" if settings.get("folds") else ""
    return (
        one.summary.id,
        fold,
        str(settings.get("seed", "")),
        one.summary.state,
        str(one.best_epoch or ""),
        *(column.text(one.figures.get(column.name, math.nan)) for column in COLUMNS),
    )


def _cell(column: Column, found: Spread | None, heading: str, done: int) -> str:
    """A figure of the spread, with of how many it is where some of the `done` runs lack it."""
    text = column.text(getattr(found, heading)) if found else ""
    return f"{text} of {found.count}" if found and text and found.count < done else text


def spread_of(repeats: Sequence[Repeat], column: Column) -> Spread | None:
    """Mean and deviation of one figure over the finished repeats that have it."""
    values = [one.figures[column.name] for one in repeats if column.name in one.figures]
    return spread(values) if values else None


def compared(
    one: Sequence[Repeat], other: Sequence[Repeat]
) -> tuple[int, list[tuple[Column, Paired]]]:
    """How many splits both groups have, and the difference in each figure over them."""
    pairs = on_same_splits(one, other)
    parts = [first.parts for first, _ in pairs if first.parts]
    if not parts:
        return 0, []
    ratio = sum(part.validation / part.train for part in parts) / len(parts)
    found = []
    for column in COLUMNS:
        both = [
            (first.figures[column.name], second.figures[column.name])
            for first, second in pairs
            if column.name in first.figures and column.name in second.figures
        ]
        if both:
            first, second = zip(*both, strict=True)
            better = column.lower_is_better
            found.append((column, paired(first, second, ratio, lower_is_better=better)))
    return len(pairs), found


def comparison_text(one: tuple[str, list[Repeat]], other: tuple[str, list[Repeat]]) -> str:
    """The differences, in a table."""
    splits, found = compared(one[1], other[1])
    if not splits:
        return (
            f"{one[0]} and {other[0]} have no finished runs on the same split: repeat both on the "
            "same faces with the same --folds or --seeds, --seed and --split-seed"
        )
    rows: list[tuple[str, ...]] = [("figure", "difference", "95 % interval", "better")]
    names = {"one": one[0], "other": other[0], "": "not told apart"}
    for column, pair in found:
        interval = " to ".join(column.text(end, "+") for end in (pair.low, pair.high))
        known = math.isfinite(pair.low)
        why = "the same on each split: not told apart" if pair.count > 1 else "needs two splits"
        rows.append(
            (
                column.heading,
                column.text(pair.difference, "+"),
                interval if known else "",
                names[pair.better] if known else why,
            )
        )
    same = f"{splits} split{'s' * (splits != 1)}"
    return f"{one[0]} minus {other[0]}, on the {same} that both have\n{table(rows)}"


def group_record(name: str, repeats: Sequence[Repeat]) -> dict[str, Any]:
    """One group for a script; its keys are kept."""
    spreads = {column.name: spread_of(repeats, column) for column in COLUMNS}
    return {
        "group": name,
        "runs": [
            run_record(one.summary) | {"best_epoch": one.best_epoch, "figures": one.figures}
            for one in repeats
        ],
        "finished": sum(one.finished for one in repeats),
        "failed": sum(one.summary.state == "failed" for one in repeats),
        "figures": {n: dataclasses.asdict(one) for n, one in spreads.items() if one},
        "differ_in": mixed_settings(repeats),
        "on_one_set": on_one_set(repeats),
    }


def comparison_record(one: Sequence[Repeat], other: Sequence[Repeat]) -> dict[str, Any]:
    """The differences for a script: first minus second."""
    splits, found = compared(one, other)
    return {
        "splits": splits,
        "figures": {column.name: dataclasses.asdict(pair) for column, pair in found},
    }
