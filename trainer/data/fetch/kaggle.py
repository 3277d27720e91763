"""Kaggle's data sets, through its own client, which knows the user's account."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from trainer.data.fetch.steps import Progress, Step
from trainer.errors import DataError, EnvironmentFault
from trainer.runs.atomic import storage_errors
from trainer.text import printable

DATASET = "jangedoo/utkface-new"
LOG = "kaggle.log"
_LOOK_SECONDS = 0.5


def fetch_from_kaggle(dataset: str, folder: Path, progress: Progress) -> Path:
    """Let the `kaggle` command put the archive of `dataset` into `folder`, which holds nothing else
    and is made; returns its path.

    The client goes on with what an earlier try left. `progress` may raise to give up, which ends
    the client. Raises EnvironmentFault where it is not installed, DataError where it fails.
    """
    program = shutil.which("kaggle")
    if program is None:
        raise EnvironmentFault(
            "the kaggle command is not installed: `pip install kaggle` and give it your account's "
            "token, or use --from huggingface"
        )
    log = folder / LOG
    with storage_errors(folder, "choose another folder"):
        folder.mkdir(exist_ok=True)
    with storage_errors(log, "choose another folder"), open(log, "wb") as output:
        client = subprocess.Popen(
            [program, "datasets", "download", dataset, "-p", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while True:
            progress(Step("downloading", _size(folder)))
            try:
                code = client.wait(_LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
    except BaseException:
        os.killpg(client.pid, signal.SIGTERM)
        client.wait()
        raise
    if code != 0:
        raise DataError(
            f"kaggle: its client failed ({_last_words(log)}); see {printable(str(log))}"
        )
    found = sorted(folder.glob("*.zip"))
    if not found:
        raise DataError(
            f"kaggle: its client left no archive in {printable(str(folder))}; see "
            f"{printable(str(log))}"
        )
    return found[0]


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.zip*") if file.is_file())


def _last_words(log: Path) -> str:
    """The last line the client said, e.g. `403 - Forbidden`."""
    said = log.read_bytes()[-4000:].decode("utf-8", "replace").replace("\r", "\n")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return printable(lines[-1][:120]) if lines else "it said nothing"
