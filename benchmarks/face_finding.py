"""Face detectors by what they cost: faces missed, and the age and gender errors that result.

    AGEGENDER_UTKFACE=DIR python -m benchmarks.face_finding RUN [--faces 240] [--yunet FILE.onnx]

Validation faces of the run, which its model was not trained on, are pasted into drawn scenes at
several sizes, turns and places. The whole chain, from the scene's pixels to age and gender, is
compared with the same faces as clean crops and with a chain that knows where they lie.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.scenes import Pasted, make_scenes
from trainer.data.decode import read_face
from trainer.data.labels import Label, parse_name
from trainer.prediction import geometry
from trainer.prediction.calibration import read_predictions
from trainer.prediction.catalog import find_model, run_of
from trainer.prediction.detectors import Detector, Face, open_detector
from trainer.prediction.predictor import LoadedModel, load_model
from trainer.runs.layout import runs_root

NEAR = 0.3  # of the pasted side: how far the centre may be off for the face to count as found


@dataclass
class Outcome:
    """What one way of finding gave: rows of the faces found and their crops; `wrong` finds."""

    rows: list[int] = field(default_factory=list)
    crops: list[np.ndarray] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    wrong: int = 0
    seconds: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run", help="a run, or a model file")
    parser.add_argument("--faces", type=int, default=240)
    parser.add_argument("--yunet", metavar="FILE", help="a YuNet model to compare as well")
    parser.add_argument("--runs", metavar="DIR")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    model = load_model(find_model(options.run, runs_root(options.runs)))
    crops, labels = held_out(model, options.faces)
    truth = np.array([(label.age, label.gender) for label in labels], "float64")
    scenes = make_scenes(crops)
    print(f"{len(crops)} faces in {len(scenes)} scenes of 1024×768\n")
    print(f"{'':14}{'found':>7}{'age MAE':>9}{'on clean':>9}{'gender':>8}{'on clean':>9}"
          f"{'corners':>9}{'wrong':>6}{'s/scene':>9}")  # fmt: skip
    clean = model.raw(crops)
    _say("known place", _known(scenes), model, truth, clean)
    for name in filter(None, ("mtcnn", "haar", options.yunet)):
        outcome = _found(scenes, open_detector(name))
        _say(Path(name).stem[:13], outcome, model, truth, clean)
        _say_shares(outcome, scenes)
    return 0


def held_out(model: LoadedModel, count: int) -> tuple[np.ndarray, list[Label]]:
    """(n, 128, 128, 3) uint8 and labels of faces the model was not trained on, drawn at random."""
    run = run_of(model.file)
    folder = Path(os.environ.get("AGEGENDER_UTKFACE") or (run.config().data if run else ""))
    names = sorted(read_predictions(run.predictions_file)) if run else sorted(
        path.name for path in folder.glob("*.jpg"))  # fmt: skip
    chosen = np.random.default_rng(7).permutation(len(names))[:count]
    pairs = [(read_face(folder / names[n])[0], parse_name(Path(names[n]).name)) for n in chosen]
    kept = [(crop, label) for crop, label in pairs if isinstance(label, Label)]
    return np.stack([crop for crop, _ in kept]), [label for _, label in kept]


def _known(scenes: list[tuple[np.ndarray, list[Pasted]]]) -> Outcome:
    outcome = Outcome()
    for scene, pasted in scenes:
        for face in pasted:
            outcome.rows.append(face.row)
            outcome.crops.append(geometry.cut(scene, face.matrix))
            outcome.away.append(0.0)
    return outcome


def _found(scenes: list[tuple[np.ndarray, list[Pasted]]], detector: Detector) -> Outcome:
    outcome = Outcome()
    detector.find(scenes[0][0])  # what is loaded at first use does not count
    for scene, pasted in scenes:
        began = time.perf_counter()
        found = detector.find(scene)
        outcome.seconds += time.perf_counter() - began
        left = list(found)
        for face in pasted:
            near = [one for one in left if _distance(one, face) <= NEAR * face.side]
            if near:
                best = max(near, key=lambda one: one.score)
                left = [one for one in left if one not in near]
                outcome.rows.append(face.row)
                outcome.crops.append(geometry.cut(scene, best.matrix))
                corners = geometry.outline(best.matrix) - geometry.outline(face.matrix)
                outcome.away.append(float(np.linalg.norm(corners, axis=1).mean()) / face.side)
        outcome.wrong += len(left)
    return outcome


def _distance(found: Face, pasted: Pasted) -> float:
    return float(np.linalg.norm(geometry.outline(found.matrix).mean(0) - pasted.centre))


def _say(
    name: str,
    outcome: Outcome,
    model: LoadedModel,
    truth: np.ndarray,
    clean: tuple[np.ndarray, np.ndarray],
) -> None:
    if not outcome.rows:
        print(f"{name:14}{0:7.1%}")
        return
    rows = np.array(outcome.rows)
    ages, chances = model.raw(np.stack(outcome.crops))

    def scores(ages: np.ndarray, chances: np.ndarray) -> tuple[float, float]:
        error = float(np.abs(ages - truth[rows, 0]).mean())
        return error, float(np.mean((chances > 0.5) == (truth[rows, 1] > 0.5)))

    (mae, accuracy), (clean_mae, clean_accuracy) = (
        scores(ages, chances), scores(clean[0][rows], clean[1][rows])
    )  # fmt: skip
    scene_count = max(1, -(-len(truth) // 2))
    print(f"{name:14}{len(rows) / len(truth):7.1%}{mae:9.2f}{clean_mae:9.2f}{accuracy:8.1%}"
          f"{clean_accuracy:9.1%}{np.median(outcome.away):9.1%}{outcome.wrong:6}"
          f"{outcome.seconds / scene_count:9.3f}", flush=True)  # fmt: skip


def _say_shares(outcome: Outcome, scenes: list[tuple[np.ndarray, list[Pasted]]]) -> None:
    faces = [face for _, pasted in scenes for face in pasted]
    found = set(outcome.rows)
    for what, of in (("side", lambda face: face.side), ("turn", lambda face: abs(face.turn))):
        kinds = sorted({of(face) for face in faces})
        shares = [
            f"{kind:g}: {np.mean([face.row in found for face in faces if of(face) == kind]):.0%}"
            for kind in kinds
        ]
        print(f"    found by {what:5} {'   '.join(shares)}")


if __name__ == "__main__":
    sys.exit(main())
