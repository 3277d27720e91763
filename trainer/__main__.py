"""The worker's entry: `python -m trainer train|resume RUN_DIRECTORY`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from trainer.errors import UserError
from trainer.runs.layout import RunDir


def main(arguments: list[str] | None = None) -> int:
    """Run one worker in this process; the exit status is a `trainer.errors.ExitCode`."""
    parser = argparse.ArgumentParser(
        prog="python -m trainer",
        description="Work on one run directory. `agegender-tui train` makes one and starts this.",
        epilog="example: python -m trainer resume runs/20261123-201500-A-k3f9",
    )
    parser.add_argument("verb", choices=("train", "resume"))
    parser.add_argument("run", type=Path, help="run directory with its config.toml")
    chosen = parser.parse_args(arguments)
    from trainer.training.worker import work

    try:
        return int(work(RunDir(chosen.run.absolute()), resume=chosen.verb == "resume"))
    except UserError as error:
        print(f"failed: {error}", file=sys.stderr)
        return int(error.exit_code)


if __name__ == "__main__":
    sys.exit(main())
