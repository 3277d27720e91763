"""Draw a folder of sample faces: `python -m trainer.data.sample_faces OUT --count 400 --seed 1`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from trainer.data.sample_faces.render import face, jpeg
from trainer.errors import ExitCode


def main(arguments: list[str] | None = None) -> int:
    """Write the faces; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m trainer.data.sample_faces",
        description="Draw sample faces named like UTKFace's; the same seed gives the same faces.",
    )
    parser.add_argument("out", type=Path, help="folder to write to, made if it is missing")
    parser.add_argument("--count", type=int, default=400, help="faces to draw (default 400)")
    parser.add_argument("--seed", type=int, default=1, help="which population (default 1)")
    options = parser.parse_args(arguments)
    if options.count < 1 or options.seed < 0:
        parser.error("give --count of at least 1 and --seed of at least 0")
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        for index in range(options.count):
            who, pixels = face(options.seed, index)
            (options.out / who.file_name).write_bytes(jpeg(pixels))
    except OSError as error:
        print(f"{options.out}: cannot write the faces ({error})", file=sys.stderr)
        return ExitCode.STORAGE
    print(f"{options.count} faces in {options.out}")
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
