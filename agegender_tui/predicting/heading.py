"""The words above a picture: which it is, what is being done, and what predicts it in which way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agegender_tui.predicting.session import Session
from trainer.runs.layout import short_name
from trainer.text import printable

MODE_WORDS = {"auto": "", "crops": "as crops", "find": "faces searched for"}


def heading(file: Path | None, beside: Sequence[Path], doing: str, session: Session) -> str:
    """`party.png · 4 of 4 · cpu · A kez2, B fq3h, mean · flip`; `beside` are the pictures of the
    file's folder, the file among them."""
    words = []
    if file is not None:
        words.append(printable(file.name))
        if file in beside:
            words.append(f"{beside.index(file) + 1:,} of {len(beside):,}")
    words.append(doing)
    names = [short_name(model.name) for model in session.models]
    words.append(", ".join([*names, "mean"] if len(names) > 1 else names))
    words.append("flip" if session.flip else "")
    words.append(MODE_WORDS[session.mode])
    return " · ".join(filter(None, words))
