"""Load a run's model with plain Keras, where our packages cannot be imported, and compare.

    python -m benchmarks.plain_keras RUN_DIRECTORY
    python -m benchmarks.plain_keras RUN_DIRECTORY --model FILE

Exits 1 unless the predictions for the validation faces equal those the run wrote. With `--model`,
the run's model written small say, it is that file's predictions, and its scores must be the run's
to within a fiftieth of a year and a fifth of a point. The mean with the mirrored face is told, too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from trainer.runs.layout import RunDir

TOLERANCE_YEARS, TOLERANCE_CHANCE = 1e-3, 1e-5  # other batch sizes round differently
SCORES_YEARS, SCORES_ACCURACY = 0.02, 0.002  # of a model written small

CHILD = """
import csv, json, os, sys
for name in ("trainer", "agegender_tui"):
    sys.modules[name] = None  # an import of it now raises ImportError
import keras
import numpy as np
from PIL import Image
model_file, predictions_file, folder = sys.argv[1:]
model = keras.models.load_model(model_file, safe_mode=True)
rows = list(csv.DictReader(open(predictions_file)))
images = [np.asarray(Image.open(os.path.join(folder, row["file"])).convert("RGB")) for row in rows]
faces = np.stack(images).astype("float32") / 255
out, mirrored = (model.predict(x, batch_size=50, verbose=0) for x in (faces, faces[:, :, ::-1]))
ages, chances = out["age"][:, 0].astype("float64"), out["gender"][:, 0].astype("float64")
said = [np.array([float(row[name]) for row in rows]) for name in ("predicted_age", "predicted_gender_1")]
true_age = np.array([float(row["age"]) for row in rows])
true_gender = np.array([float(row["gender"]) for row in rows])
both = [(out[name][:, 0] + mirrored[name][:, 0]) / 2 for name in ("age", "gender")]
print(json.dumps({
    "faces": len(rows),
    "age_difference": float(np.abs(ages - said[0]).max()),
    "gender_difference": float(np.abs(chances - said[1]).max()),
    "age_mae": float(np.abs(ages - true_age).mean()),
    "gender_accuracy": float(np.mean((chances > 0.5) == (true_gender > 0.5))),
    "flipped_mae": float(np.abs(both[0] - true_age).mean()),
    "flipped_accuracy": float(np.mean((both[1] > 0.5) == (true_gender > 0.5))),
}))
"""  # noqa: E501


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--model", type=Path, metavar="FILE", help="instead of the run's own")
    options = parser.parse_args()
    run = RunDir(options.run.absolute())
    config = run.config()
    model = options.model or run.model_file(config.model)
    child = subprocess.run(
        [
            sys.executable, "-c", CHILD, str(model),
            str(run.predictions_file), config.data,
        ],
        stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    found = json.loads(child.stdout.splitlines()[-1])
    told = json.loads(run.metrics_file.read_text())["validation"]
    print(f"{found['faces']} faces; largest difference {found['age_difference']:.2g} years, "
          f"{found['gender_difference']:.2g} of a probability")  # fmt: skip
    print(f"plain Keras: age MAE {found['age_mae']:.4f}, accuracy {found['gender_accuracy']:.4f}")
    print(f"  mirrored:  age MAE {found['flipped_mae']:.4f}, "
          f"accuracy {found['flipped_accuracy']:.4f}")  # fmt: skip
    print(f"the run:     age MAE {told['age_mae']:.4f}, accuracy {told['gender_accuracy']:.4f}")
    if options.model:
        away = [abs(found[name] - told[name]) for name in ("age_mae", "gender_accuracy")]
        same = away[0] < SCORES_YEARS and away[1] < SCORES_ACCURACY
    else:
        same = (
            found["age_difference"] < TOLERANCE_YEARS
            and found["gender_difference"] < TOLERANCE_CHANCE
        )
    print("PASS" if same else "FAIL: not the same")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
