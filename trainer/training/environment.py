"""Where a run was made: versions, device, host and source revision, for `environment.json`."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from trainer import __version__

PACKAGES = (
    "tensorflow", "tensorflow-cpu", "keras", "numpy", "opencv-python-headless", "pillow",
    "textual", "plotext",
)  # fmt: skip


def describe(device: str, gpus: list[str], precision: str) -> dict[str, Any]:
    """A snapshot of this process's surroundings; `precision` is that of its hidden layers."""
    return {
        "agegender-tui": __version__,
        "git": _git_revision(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "host": platform.node(),
        "cpu_count": os.cpu_count(),
        "device": device,
        "gpus": gpus,
        "precision": precision,
        "packages": _versions(),
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _git_revision() -> str:
    source = Path(__file__).resolve().parents[2]
    if not (source / ".git").exists():
        return ""
    try:
        done = subprocess.run(
            ["git", "-C", str(source), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True, text=True, timeout=5, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
