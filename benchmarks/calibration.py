"""Coverage of the age interval and calibration error of the gender, on faces held back.

    python -m benchmarks.calibration RUN …

The validation faces of each run are halved many times: one half makes the calibration, the other
tests it. So no face tests what it made; yet all of them chose the epoch, which this cannot undo.
Where a run has predictions with the mirrored face, these are tested by a calibration of their own
and by that of the plain ones.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from trainer.prediction.calibration import LEVELS, calibrate, read_predictions
from trainer.runs.layout import open_run, runs_root

HALVINGS = 200
BANDS = ((0, 12), (13, 25), (26, 40), (41, 60), (61, 116))
BINS = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run", nargs="+")
    parser.add_argument("--runs", metavar="DIR")
    options = parser.parse_args()
    for name in options.run:
        run = open_run(runs_root(options.runs), name)
        plain = read_predictions(run.predictions_file)
        table = np.array(list(plain.values()))
        print(f"{run.id}: {len(table)} validation faces, {HALVINGS} halvings")
        _intervals(table)
        _probabilities(table)
        if run.flipped_predictions_file.exists():
            flipped = read_predictions(run.flipped_predictions_file)
            both = [name for name in plain if name in flipped]  # in one order, halved alike
            _flipped(*(np.array([said[name] for name in both]) for said in (plain, flipped)))
    return 0


def _halves(table: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.default_rng(seed).permutation(len(table))
    middle = len(table) // 2
    return table[order[:middle]], table[order[middle:]]


def _intervals(table: np.ndarray) -> None:
    bands = "".join(f"{f'{low}-{high}':>9}" for low, high in BANDS)
    print(f"  {'age interval':26}{'covers':>8}{'width':>8}   covers by predicted age:{bands}")
    for level in LEVELS:
        kinds: dict[str, list[list[float]]] = {"normalised by age": [], "one width for all": []}
        for seed in range(HALVINGS):
            one, other = _halves(table, seed)
            made = calibrate(one[:, 0], one[:, 1], one[:, 2], one[:, 3])
            low, high = made.interval(other[:, 2], level)
            kinds["normalised by age"].append(_outcome(other, low, high))
            rank = min(int(np.ceil((len(one) + 1) * level)), len(one)) - 1
            half = np.sort(np.abs(one[:, 2] - one[:, 0]))[rank]
            kinds["one width for all"].append(
                _outcome(other, np.maximum(other[:, 2] - half, 0), other[:, 2] + half)
            )
        for kind, outcomes in kinds.items():
            means = np.nanmean(np.array(outcomes), axis=0)
            shares = "".join(f"{share:9.1%}" for share in means[2:])
            print(f"  {level:4.0%} {kind:21}{means[0]:8.1%}{means[1]:8.1f}{'':27}{shares}")


def _flipped(plain: np.ndarray, flipped: np.ndarray) -> None:
    errors = [np.abs(rows[:, 2] - rows[:, 0]).mean() for rows in (plain, flipped)]
    print(f"  with the mirrored face too: age MAE {errors[1]:.2f} years, {errors[0]:.2f} without")
    for level in LEVELS:
        for kind, makes in (("its own calibration", flipped), ("that without", plain)):
            outcomes = []
            for seed in range(HALVINGS):
                one, other = _halves(makes, seed)[0], _halves(flipped, seed)[1]
                made = calibrate(one[:, 0], one[:, 1], one[:, 2], one[:, 3])
                outcomes.append(_outcome(other, *made.interval(other[:, 2], level)))
            covers, width, *_ = np.nanmean(np.array(outcomes), axis=0)
            print(f"  {level:4.0%} {kind:21}{covers:8.1%}{width:8.1f}")
    for kind, makes in (("its own temperature", flipped), ("that without", plain)):
        found = []
        for seed in range(HALVINGS):
            one, other = _halves(makes, seed)[0], _halves(flipped, seed)[1]
            made = calibrate(one[:, 0], one[:, 1], one[:, 2], one[:, 3])
            found.append(_errors(other[:, 1], made.gender(other[:, 3])))
        error, entropy = np.mean(found, axis=0)
        print(f"  gender, {kind:20} expected calibration error {error:.4f}, "
              f"cross-entropy {entropy:.4f} nats")  # fmt: skip


def _outcome(rows: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[float]:
    covered = (rows[:, 0] >= low) & (rows[:, 0] <= high)
    said = rows[:, 2].round()
    in_bands = [(said >= first) & (said <= last) for first, last in BANDS]
    shares = [float(covered[band].mean()) if band.any() else np.nan for band in in_bands]
    return [float(covered.mean()), float((high - low).mean()), *shares]


def _probabilities(table: np.ndarray) -> None:
    raw, made = [], []
    for seed in range(HALVINGS):
        one, other = _halves(table, seed)
        calibration = calibrate(one[:, 0], one[:, 1], one[:, 2], one[:, 3])
        raw.append(_errors(other[:, 1], other[:, 3]))
        made.append(_errors(other[:, 1], calibration.gender(other[:, 3])))
    for what, rows in (("as the network says", raw), ("with temperature", made)):
        error, entropy = np.mean(rows, axis=0)
        print(f"  gender {what:20} expected calibration error {error:.4f}, "
              f"cross-entropy {entropy:.4f} nats")  # fmt: skip


def _errors(genders: np.ndarray, chances: np.ndarray) -> tuple[float, float]:
    """Expected calibration error over ten equal bins, and cross-entropy in nats."""
    bins = np.minimum((chances * BINS).astype(int), BINS - 1)
    error = sum(
        abs(float(genders[bins == n].mean() - chances[bins == n].mean()))
        * float((bins == n).mean())
        for n in range(BINS)
        if (bins == n).any()
    )
    sure = np.clip(np.where(genders > 0.5, chances, 1 - chances), 1e-7, 1)
    return error, float(-np.log(sure).mean())


if __name__ == "__main__":
    sys.exit(main())
