"""What a resume of a run goes on from."""

from __future__ import annotations

import os

from trainer.runs.layout import RunDir


def has_checkpoint(run: RunDir) -> bool:
    """Whether a checkpoint was completed; a resume of a run without any begins it anew."""
    return os.path.exists(run.checkpoints / "latest")  # noqa: PTH110 - Path raises on a closed folder


def killed_text(run: RunDir) -> str:
    """How a killed run ended, for its state."""
    if has_checkpoint(run):
        return "killed; resumable from its last checkpoint"
    return "killed before its first checkpoint; resume begins it anew"


def stopped_text(run: RunDir) -> str:
    """How a run ended whose worker was stopped before its first step, for its state."""
    if has_checkpoint(run):
        return "stopped before it went on; resume goes on from its last checkpoint"
    return "stopped before training began"
