"""Where the bundled sample faces lie."""

from __future__ import annotations

from pathlib import Path

from trainer.errors import DataError

INSTALLED = Path(__file__).parent / "sample"
CHECKOUT = Path(__file__).parents[2] / "data" / "sample"


def sample_folder() -> Path:
    """The folder of sample faces: the installed package's, else the source checkout's.

    Raises DataError, naming the command that draws them again, if neither holds a face.
    """
    for folder in (INSTALLED, CHECKOUT):
        if next(folder.glob("*.jpg"), None) is not None:
            return folder
    raise DataError(
        f"no sample faces in {INSTALLED} or {CHECKOUT}: draw them with "
        f"'python -m trainer.data.sample_faces {CHECKOUT}'"
    )
