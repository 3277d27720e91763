"""Get UTKFace: show its licence and, once that is accepted, fetch the faces, check them, and put
them into a folder of their own. An interrupted fetch goes on where it was when the same command is
given again. Nothing is ever fetched without this command or the button that does the same."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time

from agegender_tui.cli_commands.progress_line import ProgressLine
from trainer.data.fetch.licence import wrapped
from trainer.data.fetch.steps import Step
from trainer.data.fetch.utkface import FACES, Fetched, fetch, wanted
from trainer.errors import ConfigError, ExitCode
from trainer.text import megabytes, printable

EXAMPLE = "agegender-tui data fetch --from huggingface --to data/UTKFace --accept-licence"
FOLDER = "data/UTKFace"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--from, --to, --accept-licence, --checksum, --count, --json."""
    parser.add_argument(
        "--from",
        dest="source",
        metavar="SOURCE",
        default="huggingface",
        help="huggingface (default); kaggle or kaggle:OWNER/NAME, through the kaggle command; the "
        "address of an archive; or the path of a .zip, .tar or .tar.gz",
    )
    parser.add_argument(
        "--to", metavar="FOLDER", default=FOLDER, help=f"new folder for the faces ({FOLDER})"
    )
    parser.add_argument(
        "--accept-licence",
        action="store_true",
        help="accept the licence, which is shown, without a question",
    )
    parser.add_argument(
        "--checksum",
        metavar="SUM",
        default="",
        help="md5:… or sha256:… that the archive must have, or none (huggingface: the one its "
        "keeper publishes)",
    )
    parser.add_argument(
        "--count",
        type=int,
        metavar="N",
        default=FACES,
        help=f"how many pictures it must hold, 0 for any number ({FACES})",
    )
    parser.add_argument("--json", action="store_true", help="print the outcome for programs")


def run(options: argparse.Namespace) -> int:
    """Show the licence, ask, fetch, say what came."""
    asked = wanted(options.source, options.to, options.checksum, options.count)
    print(wrapped(min(shutil.get_terminal_size().columns, 100)), end="\n\n", file=sys.stderr)
    if not options.accept_licence:
        if not sys.stdin.isatty():
            raise ConfigError("nobody can be asked here: add --accept-licence to accept the terms")
        print("accept these terms? [yes/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() != "yes":
            print("nothing was fetched")
            return ExitCode.OK
    try:
        fetched = fetch(asked, _Told())
    except KeyboardInterrupt:
        print("\nwhat came is kept: the same command goes on with it", file=sys.stderr)
        raise
    print(json.dumps(_as_dict(fetched), indent=2) if options.json else _as_text(fetched))
    return ExitCode.OK


class _Told:
    """Steps on one line, with the speed of a download."""

    def __init__(self) -> None:
        self._line = ProgressLine()
        self._began: tuple[float, int] | None = None

    def __call__(self, step: Step) -> None:
        if step.what != "downloading":
            self._began = None
            count = f" {step.done:,} of {step.of:,}" if step.of else ""
            self._line(step.what + count, last=step.what == "unpacking" and step.done == step.of)
            return
        now = time.monotonic()
        began, had = self._began = self._began or (now, step.done)
        speed = (step.done - had) / (now - began) if now > began else 0.0
        of = f" of {megabytes(step.of)}" if step.of else ""
        self._line(f"downloading {megabytes(step.done)}{of}, {speed / 1e6:.1f} MB/s")


def _as_text(fetched: Fetched) -> str:
    shown = printable(str(fetched.folder))
    lines = [f"{shown}: {fetched.pictures:,} pictures"] if fetched.new else []
    lines += [note if fetched.new else f"{shown}: {note}" for note in fetched.notes]
    return "\n".join([*lines, f"train on them with: agegender-tui train --data {shown}"])


def _as_dict(fetched: Fetched) -> dict[str, object]:
    return {
        "folder": printable(str(fetched.folder)),
        "pictures": fetched.pictures,
        "new": fetched.new,
        "notes": fetched.notes,
    }
