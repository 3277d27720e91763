"""Predictions in a terminal: a line for each face, a progress bar, and what it came to."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any

from trainer.text import printable

WORD_ON_USE = (
    "ages are estimates and genders the data set's binary label: neither is a fact about a person"
)
GENDERS = ("male", "female")  # labels 0 and 1, as UTKFace codes them
NO_FACE = "no face found"  # a picture without a face is no broken file
BAR_WIDTH = 20


def gender_word(chance: float) -> str:
    """The label that a probability of label 1 speaks for, in words."""
    return GENDERS[chance > 0.5]


def certainty(chance: float) -> str:
    """The probability of the label that is said, never rounded to certainty."""
    share = max(chance, 1.0 - chance)
    return f"{min(99.9, 100 * share):.1f} %" if share > 0.99 else f"{100 * share:.0f} %"


def in_words(one: dict[str, Any]) -> str:
    """One estimate: `34 years (27 to 41), female 97 %`."""
    span = ""
    if one["age_low"] is not None:
        span = f" ({one['age_low']:.0f} to {one['age_high']:.0f})"
    gender = one["gender"]
    return f"{one['age']:.0f} years{span}, {gender_word(gender)} {certainty(gender)}"


def lines(reply: dict[str, Any]) -> list[str]:
    """A file's faces, each on a line with what every model says of it."""
    name, faces = printable(reply["file"]), reply["faces"]
    if not faces:
        return [f"{name}: {printable(reply['problem'])}"]
    found = []
    for number, face in enumerate(faces, start=1):
        which = f" face {number} of {len(faces)}" if len(faces) > 1 else ""
        estimates = face["predictions"]
        said = "; ".join(
            (f"{printable(one['model'])}: " if len(estimates) > 1 else "") + in_words(one)
            for one in estimates
        )
        found.append(f"{name}{which}: {said}")
    return found


def uncalibrated(loaded: dict[str, Any]) -> list[str]:
    """What the models of a reply to `load`, and their mean, say without a calibration beside others
    that have one, each with the reason: of these the probabilities cannot be compared."""
    said = {one["model"]: one["why_uncalibrated"] for one in loaded["models"]}
    if "mean" in loaded:
        said["mean"] = loaded["mean"]["why_uncalibrated"]
    if all(said.values()):
        return []
    return [
        f"{printable(name)}: not calibrated: {printable(why)}" for name, why in said.items() if why
    ]


class Teller:
    """Tells what comes: results on the output, files that cannot be read and progress on the error
    stream. The bar is for a terminal only; `results` False leaves the results to a table."""

    def __init__(self, total: int, *, results: bool) -> None:
        self.files = self.unread = self._faces = self._faceless = self._maps = self._cold = 0
        self._total, self._results = total, results
        self._terminal = sys.stderr.isatty()
        self._began = self._drawn = 0.0
        self._shown = False

    def phase(self, text: str) -> None:
        """What it is waiting for."""
        self._clear()
        if self._terminal:
            print(text, end="", file=sys.stderr, flush=True)
            self._shown = True

    def note(self, sentences: list[str]) -> None:
        """What is to be known of all results."""
        self._clear()
        for sentence in sentences:
            print(sentence, file=sys.stderr, flush=True)

    def tell(self, reply: dict[str, Any]) -> None:
        """A file is done."""
        now = time.monotonic()
        self._began = self._began or now
        self.files += 1
        self._faces += len(reply["faces"])
        faceless = not reply["faces"] and reply["problem"] == NO_FACE
        self._faceless += faceless
        bad = not reply["faces"] and not faceless
        self.unread += bad
        self._maps += reply.get("cams", 0)
        self._cold += reply.get("cams_cold", 0)
        if self._results or bad:
            self._clear()
            for line in lines(reply):
                print(line, file=sys.stderr if bad else sys.stdout, flush=True)
        if self._terminal and (now - self._drawn > 0.1 or self.files == self._total):
            self._drawn = now
            self._clear()
            width = shutil.get_terminal_size().columns
            print(self._bar(now)[: width - 1], end="", file=sys.stderr, flush=True)
            self._shown = True

    def close(self) -> None:
        """What it came to, and the word on use, where anything was predicted."""
        self._clear()
        if not self.files:
            return
        parts = [_counted(self.files, "file"), _counted(self._faces, "face")]
        if self._faceless:
            parts.append(f"{self._faceless:,} without a face")
        if self.unread:
            parts.append(f"{self.unread:,} unreadable")
        print(", ".join(parts), file=sys.stderr)
        if self._cold:
            print(
                f"{self._cold:,} of {_counted(self._maps, 'Grad-CAM picture')} without heat: there "
                "all that the layer finds speaks against a higher age, or against the gender said",
                file=sys.stderr,
            )
        if self._faces:
            print(WORD_ON_USE, file=sys.stderr)

    def _bar(self, now: float) -> str:
        total = max(self._total, self.files)
        filled = BAR_WIDTH * self.files // total
        speed = self.files / max(now - self._began, 1e-3)
        left = f", {(total - self.files) / speed:.0f} s left" if self.files > 1 else ""
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        return f"{bar} {self.files:,} of {total:,} files, {speed:.0f}/s{left}"

    def _clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
