"""Whether the figures of groups show a bias that was planted in the labels of one of them.

    python -m benchmarks.planted_bias RUN [--runs DIR]

The labels of one race code are shifted by some years, then the genders of one age band turned over
for some of its faces, in the predictions that a run's model made of its own validation part, or
without a run in made ones. Printed is what a report says stands out, before and after: the groups
whose interval leaves the figure of all faces out, the farthest off first.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys

import numpy as np

from benchmarks.interval_coverage import population
from trainer.data.labels import parse_name
from trainer.data.statistics import RACES
from trainer.evaluation.figures import figures, grouped
from trainer.evaluation.scored import Scored
from trainer.evaluation.standing_out import Standout, standing_out
from trainer.prediction.calibration import read_predictions
from trainer.runs.layout import open_run, runs_root

YEARS = 6.0
TURNED = 0.25
RACE, BAND = 2, (20, 29)


def plant_age(scored: Scored, race: int = RACE, years: float = YEARS) -> Scored:
    """With the labels of one race code `years` lower than they are: the model seems to think these
    faces older."""
    shifted = np.where(scored.races == race, np.maximum(scored.age_low - years, 0), scored.age_low)
    return dataclasses.replace(scored, age_low=shifted, age_high=shifted.copy())


def plant_gender(
    scored: Scored, band: tuple[int, int] = BAND, share: float = TURNED, seed: int = 5
) -> Scored:
    """With the gender of a `share` of the faces of one age band turned over."""
    inside = (scored.age_low >= band[0]) & (scored.age_low <= band[1]) & (scored.genders >= 0)
    turned = inside & (np.random.default_rng(seed).random(len(inside)) < share)
    return dataclasses.replace(scored, genders=np.where(turned, 1 - scored.genders, scored.genders))


def seen(scored: Scored, kind: str) -> list[Standout]:
    """What a report says stands out among the groups of a kind, the farthest off first."""
    return standing_out(figures(scored), grouped(scored), kind)


def _of_run(options: argparse.Namespace) -> Scored:
    run = open_run(runs_root(options.runs), options.run)
    said = read_predictions(run.predictions_file)
    table = np.array(list(said.values()))
    labels = [parse_name(name.rpartition("/")[2]) for name in said]
    races = [-1 if isinstance(one, str) or one.race is None else one.race for one in labels]
    return dataclasses.replace(
        made(1),
        files=tuple(said), age_low=table[:, 0], age_high=table[:, 0].copy(),
        genders=table[:, 1].astype("int64"), races=np.array(races),
        ages=table[:, 2], female=table[:, 3],
    )  # fmt: skip


def made(count: int = 1000) -> Scored:
    """Made faces whose ages are all known to the year, of five race codes."""
    one, _ = population(2 * count + 100)
    exact = one.take(np.flatnonzero(one.exact)[:count])
    races = np.random.default_rng(9).integers(0, 5, count)
    return dataclasses.replace(exact, races=races)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run", nargs="?")
    parser.add_argument("--runs", metavar="DIR")
    options = parser.parse_args()
    before = _of_run(options) if options.run else made()
    _tell("as it is", before, "race")
    _tell(f"labels of {RACES[RACE]} faces lowered by {YEARS:g} years", plant_age(before), "race")
    _tell("as it is", before, "age")
    words = f"gender of {TURNED:.0%} of the faces of {BAND[0]} to {BAND[1]} years turned over"
    _tell(words, plant_gender(before), "age")
    return 0


def _tell(what: str, scored: Scored, kind: str) -> None:
    print(f"{what}: what stands out by {kind}")
    for one in seen(scored, kind):
        print(f"  {one.group.name:8}{one.group.faces:6} faces  {one.words}")


if __name__ == "__main__":
    sys.exit(main())
