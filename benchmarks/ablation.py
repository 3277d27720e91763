"""What each ingredient of a recipe is worth: the recipe, and with one of them more or less.

    python -m benchmarks.ablation --base A --rows base cosine distribution --seeds 3 --epochs 60

An ingredient that the base has is taken out (−), one that it lacks is added (+). Every row is an
ordinary run a seed in the folder of `--runs`, all on the same split: one that is there and finished
is not run again, one that was cut off goes on. Prints a table in Markdown: mean ± standard
deviation over the seeds, of the validation faces, on which the epochs were chosen too.

    python -m benchmarks.ablation --base A-best --seeds 3 --jobs > jobs.json

writes the same rows for `benchmarks.recipes`, which trains them on one GPU, instead of training
them; without those that it has no rows for.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faces import folder
from trainer.config import SETTINGS, RunConfig, default_of, differences
from trainer.data.registered import resolve
from trainer.errors import ConfigError
from trainer.presets import preset
from trainer.runs.layout import RunDir, create_run, run_ids, runs_root
from trainer.runs.state import read_state

BASE = "base"
# The first setting of each is the one that tells whether a recipe has it.
INGREDIENTS: dict[str, dict[str, Any]] = {
    "cosine": {"schedule": "cosine", "warmup_epochs": 3, "early_stopping": 0},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.02, "l2": 0.0},
    "average": {"average": 0.999},
    "distribution": {"age_head": "distribution", "stretch": False},
    "stretch": {"stretch": True, "age_head": "distribution"},
    "mirror": {"mirror": True},
    "branches": {"branches": 1},
    "members": {"members": 2},
    "residual": {"residual": True},
    "squeeze": {"squeeze": 8},
    "average-pooling": {"pooling": "average"},
    "huber": {"age_loss": "huber"},
    "reweight": {"reweight": 0.5},
    "age-groups": {"age_group_weight": 1.0},
    "mixup": {"mixup": 0.2},
    "erasing": {"erasing": 0.3},
    "no-augmentation": {"augment": False, "erasing": 0.0},
    "rate-decay": {"rate_decay": 0.5},
    "heads-first": {"heads_first": 3},
}
# What `benchmarks.recipes` tells in columns (mirrored, not stretched), or cannot do: no loss is
# validated while it trains, and all layers train from the first step.
NO_JOBS = ("stretch", "mirror", "cosine", "heads-first")


@dataclass(frozen=True)
class Row:
    """A line of the table, and the settings of its runs, one a seed."""

    name: str
    configs: tuple[RunConfig, ...]


@dataclass(frozen=True)
class Outcome:
    """Of a finished run: years, 0 to 1, epochs trained, seconds (the median epoch)."""

    age_mae: float
    gender_accuracy: float
    epochs: int
    epoch_seconds: float


def plan(base: RunConfig, names: Sequence[str], seeds: int) -> list[Row]:
    """The rows of these names, or of all that the base's network can have."""
    rows = []
    for name in names or usable(base):
        shown, changes = _changes(base, name)
        configs = [
            base.replace(**changes, seed=seed, label=f"ablation {shown}")
            for seed in range(1, seeds + 1)
        ]
        rows.append(Row(shown, tuple(configs)))
    return rows


def usable(base: RunConfig) -> list[str]:
    """The names of all rows that the base's network can have."""
    return [
        BASE,
        *(
            name
            for name, settings in INGREDIENTS.items()
            if all(SETTINGS[setting].applies(base.model) for setting in settings)
        ),
    ]


def jobs(base: RunConfig, names: Sequence[str], seeds: int) -> list[dict[str, Any]]:
    """The same rows as `benchmarks.recipes` takes them, less those of `NO_JOBS`. ConfigError for a
    base that it does not train as a run does."""
    wanted = {"schedule": "cosine", "early_stopping": 0, "heads_first": 0, "feature_variants": 0}
    for setting, value in wanted.items():
        if getattr(base, setting) != value:
            raise ConfigError(
                f"{setting} is {getattr(base, setting)}: on a GPU only recipes whose {setting} is "
                f"{value} are trained as a run is",
                setting,
            )
    own = {name: now for name, (_, now) in differences(preset(base.preset), base).items()}
    said = f" ({_words(own)})" if own else ""
    found = []
    for name in names or [name for name in usable(base) if name not in NO_JOBS]:
        if name in NO_JOBS:
            raise ConfigError(f"{name} is no row for a GPU: leave it out")
        shown, changes = _changes(base, name)
        base.replace(**changes)  # refuses settings that do not go together
        job = {"name": shown + said, "preset": base.preset, "set": own | changes}
        found.append({**job, "seeds": list(range(1, seeds + 1))})
    return found


def _changes(base: RunConfig, name: str) -> tuple[str, dict[str, Any]]:
    if name == BASE:
        return base.preset, {}
    settings = INGREDIENTS[name]
    mark = next(iter(settings))
    if getattr(base, mark) == default_of(mark):
        return f"+ {name} ({_words(settings)})", settings
    plain = preset(base.model)
    # Stretching goes without the head that it needs, not the other way round.
    gone = (mark,) if name == "stretch" else settings
    without = {setting: getattr(plain, setting) for setting in gone}
    return f"− {name} ({_words(without)})", without


def _words(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} {str(value).lower()}" for name, value in settings.items())


def trained(root: Path, rows: Sequence[Row]) -> Iterator[tuple[str, list[Outcome]]]:
    """Name and outcomes of each row, once it has all of its seeds."""
    found: dict[str, list[Outcome]] = {row.name: [] for row in rows}
    # All rows of one seed come before the next: the features that a run keeps on disk serve the
    # others of its seed, and there is room for two seeds' alone.
    for of_one_seed in zip(*(row.configs for row in rows), strict=True):
        for row, config in zip(rows, of_one_seed, strict=True):
            found[row.name].append(outcome(root, config))
            if len(found[row.name]) == len(row.configs):
                yield row.name, found[row.name]


def outcome(root: Path, config: RunConfig) -> Outcome:
    """Of the run with these settings below `root`, made or finished now if need be."""
    runs = [run for name in run_ids(root) if (run := RunDir(root / name)).config() == config]
    run = runs[0] if runs else create_run(root, config)
    if not run.state_file.exists() or read_state(run).state != "finished":
        verb = "resume" if run.state_file.exists() else "train"
        print(f"{config.label}, seed {config.seed}: {verb} {run.id}", file=sys.stderr, flush=True)
        with open(run.log_file, "ab") as log:
            command = [sys.executable, "-m", "trainer", verb, str(run.path)]
            code = subprocess.run(command, stdout=log, stderr=log, check=False).returncode
        if code:
            raise SystemExit(f"{run.id} ended with {code}: {read_state(run).text}")
    return read_outcome(run)


def read_outcome(run: RunDir) -> Outcome:
    """What a finished run wrote."""
    said = json.loads(run.metrics_file.read_bytes())["validation"]
    with open(run.history_file, newline="") as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    return Outcome(
        said["age_mae"], said["gender_accuracy"], len(seconds), statistics.median(seconds)
    )


def table_line(name: str, outcomes: Sequence[Outcome]) -> str:
    """Markdown: name, age MAE, gender accuracy in percent, epochs, seconds an epoch."""
    cells = [
        name,
        spread([one.age_mae for one in outcomes], 2),
        spread([100 * one.gender_accuracy for one in outcomes], 1),
        f"{statistics.mean(one.epochs for one in outcomes):.0f}",
        f"{statistics.mean(one.epoch_seconds for one in outcomes):.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def spread(values: Sequence[float], decimals: int) -> str:
    """Mean ± standard deviation, or of one value that alone."""
    mean = f"{statistics.mean(values):.{decimals}f}"
    return f"{mean} ± {statistics.stdev(values):.{decimals}f}" if len(values) > 1 else mean


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"'{text}': give NAME=VALUE")
    return name, value


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", default="A", metavar="PRESET", help="the recipe (default A)")
    parser.add_argument(
        "--rows",
        nargs="+",
        default=[],
        metavar="NAME",
        choices=[BASE, *INGREDIENTS],
        help=f"of {', '.join([BASE, *INGREDIENTS])} (default: all that fit the network)",
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="runs a row (default 1)")
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of the base's")
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="settings of all rows, instead of the base's",
    )
    parser.add_argument(
        "--data", default=str(folder()), metavar="DATA", help="default AGEGENDER_UTKFACE"
    )
    parser.add_argument(
        "--runs", metavar="FOLDER", help="where the runs are (default AGEGENDER_RUNS, or ./runs)"
    )
    parser.add_argument(
        "--jobs", action="store_true", help="print the rows for benchmarks.recipes, train nothing"
    )
    chosen = parser.parse_args()
    own: dict[str, Any] = dict(chosen.set)
    if ours := {"data", "seed", "label", "preset"} & own.keys():
        parser.error(f"--set {min(ours)}: is set by the table itself; leave it out")
    if chosen.epochs:
        own["epochs"] = chosen.epochs
    try:
        base = preset(chosen.base).replace(**own)
        if chosen.jobs:
            print(json.dumps(jobs(base, chosen.rows, chosen.seeds), indent=1))
            return 0
        rows = plan(base.replace(data=str(resolve(chosen.data))), chosen.rows, chosen.seeds)
    except ConfigError as error:
        parser.error(str(error))
    if own:
        print(f"All rows with {_words(own)}\n")
    print("| row | age MAE, years | gender accuracy, % | epochs | seconds an epoch |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    for name, found in trained(runs_root(chosen.runs), rows):
        print(table_line(name, found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
