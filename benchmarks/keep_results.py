"""Keep what a run of a preset came to, without its faces: settings, scores and epochs.

    python -m benchmarks.keep_results RUN

writes `config.toml`, `metrics.json` and `history.csv` into `benchmarks/results/PRESET`, of a run on
a fold into `fold-1-of-5` there. Of the data set only the folder's name stays.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path, PurePath

from trainer.config import to_toml
from trainer.runs.layout import open_run, runs_root
from trainer.sharing.facts import recipe_name

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run")
    parser.add_argument("--runs", metavar="DIR")
    options = parser.parse_args()
    run = open_run(runs_root(options.runs), options.run)
    config = run.config()
    whole = config.replace(fold=0, folds=0, seed=1) if config.folds else config
    preset = recipe_name(whole)
    if not preset:
        print(f"{run.id}: has the settings of no preset", file=sys.stderr)
        return 1
    fold = f"fold-{config.fold}-of-{config.folds}" if config.folds else ""
    folder = RESULTS / preset / fold
    folder.mkdir(parents=True, exist_ok=True)
    plain = config.replace(
        preset=preset, label="", group="", weights="", data=PurePath(config.data).name
    )
    (folder / "config.toml").write_text(to_toml(plain), encoding="utf-8")
    for file in (run.metrics_file, run.path / "history.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    print(f"wrote {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
