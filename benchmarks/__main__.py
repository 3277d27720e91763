"""Every budget, measured beside its anchor in one run: `python -m benchmarks [PART …]`.

Parts: index, pipeline, events, training, model_b, dashboard, faults, data. `AGEGENDER_UTKFACE`
names the faces to use; without it the bundled sample faces are. Takes about a quarter of an hour
on two cores; run it on a quiet machine. Exits 1 if a budget is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

PARTS = {
    "index": "index_names",
    "events": "event_cost",
    "pipeline": "input_pipeline",
    "dashboard": "dashboard",
    "faults": "planted_faults",
    "data": "dataset_size",
    "training": "training_speed",
    "model_b": "model_b_speed",
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", nargs="*", help=", ".join(PARTS))
    chosen = parser.parse_args().part
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        parser.error(f"no part '{unknown[0]}': choose {', '.join(PARTS)}")
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores\n", flush=True)
    missed = 0
    for name in chosen or PARTS:
        # A process for each, so that TensorFlow's threads do not disturb the next one.
        code = (
            f"from benchmarks import {PARTS[name]} as part; rows = part.rows(); "
            "[print(row.line(), flush=True) for row in rows]; "
            "raise SystemExit(not all(row.passes for row in rows))"
        )
        done = subprocess.run([sys.executable, "-c", code], env=_quiet(), check=False)
        missed += done.returncode != 0
    return 1 if missed else 0


def _quiet() -> dict[str, str]:
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}


if __name__ == "__main__":
    sys.exit(main())
