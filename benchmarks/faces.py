"""The faces benchmarks run on: `AGEGENDER_UTKFACE` if set, else the bundled sample faces."""

from __future__ import annotations

import os
from pathlib import Path

from trainer.config import RunConfig
from trainer.data.faces import Faces, load_faces
from trainer.data.sample import sample_folder
from trainer.presets import preset


def folder() -> Path:
    return Path(os.environ.get("AGEGENDER_UTKFACE") or sample_folder())


def config() -> RunConfig:
    """Preset A on the CPU, on these faces."""
    return preset("A").replace(data=str(folder()), device="cpu")


def load() -> Faces:
    return load_faces(config(), lambda *_: None)
