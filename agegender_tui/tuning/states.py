"""How the states of studies and trials look: a glyph, a word, and a colour beside it, never instead
of it."""

from __future__ import annotations

from agegender_tui.tuning.listing import Listed, UnderWay
from trainer.runs.state import LOST
from trainer.tuning.record import BROKEN
from trainer.tuning.trial_log import FAILED, FINISHED, PRUNED, RUNNING, STOPPED, Trial

STUDIES = {
    "waiting": ("◷", "waits", "$text-warning"),
    "working": ("●", "works", "$text-success"),
    "finished": ("✔", "done", "$text-success"),
    "failed": ("✘", "failed", "$text-error"),
    "stopped": ("■", "stopped", ""),
    LOST: ("?", "lost", "$text-error"),
    BROKEN: ("!", "broken", "$text-error"),
}
TRIALS = {
    RUNNING: ("●", "works", "$text-success"),
    FINISHED: ("✔", "done", ""),
    PRUNED: ("x", "early", "$text-warning"),
    FAILED: ("✘", "failed", "$text-error"),
    STOPPED: ("■", "stopped", ""),
}
# Of a trial that is not told to have ended, by the state of its run.
NOT_TRAINING = {
    "queued": ("◷", "waits"),
    "starting": ("◌", "starts"),
    "paused": ("‖", "paused"),
    "stopping": ("◐", "stops"),
    "finished": ("✔", "trained"),
    "stopped": ("■", "stopped"),
    "failed": ("✘", "failed"),
    LOST: ("?", "lost"),
}
GONE = ("?", "gone")


def study_state(one: Listed) -> str:
    """`● works`."""
    glyph, word, _ = STUDIES[one.state]
    return f"{glyph} {word}"


def trial_state(trial: Trial, far: UnderWay | None) -> str:
    """`✔ done`; of one under way what its run does."""
    glyph, word, _ = TRIALS[trial.state]
    if trial.state == RUNNING:
        glyph, word = NOT_TRAINING.get(far.state, (glyph, word)) if far else GONE
    return f"{glyph} {word}"
