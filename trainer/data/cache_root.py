"""Where decoded faces are kept. A module of its own, so that asking needs no OpenCV."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

from trainer.user_path import user_path

KEY = re.compile(r"[0-9a-f]{24}")  # the name of all that is kept for one data set


def cache_root() -> Path:
    """`AGEGENDER_CACHE`, else the user's cache folder."""
    chosen = os.environ.get("AGEGENDER_CACHE")
    root = chosen or platformdirs.user_cache_dir("agegender-tui")
    return user_path(root) / "faces"
