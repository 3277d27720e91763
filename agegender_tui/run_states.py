"""How the states of a run look: a glyph and a colour, beside the word, never instead of it."""

from __future__ import annotations

GLYPHS = {
    "queued": "◷",
    "starting": "◌",
    "training": "●",
    "paused": "‖",
    "stopping": "◐",
    "finished": "✔",
    "stopped": "■",
    "failed": "✘",
    "lost": "?",
    "broken": "!",
}
STYLES = {
    "training": "$text-success",
    "finished": "$text-success",
    "starting": "$text-warning",
    "queued": "$text-warning",
    "paused": "$text-warning",
    "stopping": "$text-warning",
    "failed": "$text-error",
    "lost": "$text-error",
    "broken": "$text-error",
}
