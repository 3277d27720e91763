"""Load a run's model with plain Keras, where our packages cannot be imported, and compare.

    python -m benchmarks.plain_keras RUN_DIRECTORY

Exits 1 unless the predictions for the validation faces equal those the run wrote.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from trainer.runs.layout import RunDir

TOLERANCE_YEARS, TOLERANCE_CHANCE = 1e-3, 1e-5  # other batch sizes round differently

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
out = model.predict(np.stack(images).astype("float32") / 255, batch_size=50, verbose=0)
ages, chances = out["age"][:, 0].astype("float64"), out["gender"][:, 0].astype("float64")
said = [np.array([float(row[name]) for row in rows]) for name in ("predicted_age", "predicted_gender_1")]
true_age = np.array([float(row["age"]) for row in rows])
true_gender = np.array([float(row["gender"]) for row in rows])
print(json.dumps({
    "faces": len(rows),
    "age_difference": float(np.abs(ages - said[0]).max()),
    "gender_difference": float(np.abs(chances - said[1]).max()),
    "age_mae": float(np.abs(ages - true_age).mean()),
    "gender_accuracy": float(np.mean((chances > 0.5) == (true_gender > 0.5))),
}))
"""  # noqa: E501


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path)
    run = RunDir(parser.parse_args().run.absolute())
    config = run.config()
    child = subprocess.run(
        [
            sys.executable, "-c", CHILD, str(run.model_file(config.model)),
            str(run.predictions_file), config.data,
        ],
        stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    found = json.loads(child.stdout.splitlines()[-1])
    told = json.loads(run.metrics_file.read_text())["validation"]
    print(f"{found['faces']} faces; largest difference {found['age_difference']:.2g} years, "
          f"{found['gender_difference']:.2g} of a probability")  # fmt: skip
    print(f"plain Keras: age MAE {found['age_mae']:.4f}, accuracy {found['gender_accuracy']:.4f}")
    print(f"the run:     age MAE {told['age_mae']:.4f}, accuracy {told['gender_accuracy']:.4f}")
    same = (
        found["age_difference"] < TOLERANCE_YEARS and found["gender_difference"] < TOLERANCE_CHANCE
    )
    print("PASS" if same else "FAIL: not the same predictions")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
