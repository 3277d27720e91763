"""Repeats of one run: the settings of each, and how those of a group went.

A group is nothing but a name in the settings of its runs, which are queued, killed and resumed like
any other.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from trainer.config import SETTINGS, RunConfig
from trainer.errors import ConfigError, RunError
from trainer.runs.registry import RunSummary
from trainer.text import printable

MOST_SEEDS = 100
VARIES = ("seed", "split_seed", "fold", "label")  # between the repeats of one group
_PLACES = ("fold", "split_seed", "seed")  # of a repeat among the others
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Parts:
    """How the faces were parted: a digest of who is in which part, one of the faces and their
    labels alone, and how many faces each part has."""

    digest: str
    faces: str
    train: int
    validation: int


@dataclass(frozen=True)
class Repeat:
    """One run of a group; `figures` are the final ones of the validation part (metrics.json), and
    empty until it is finished."""

    summary: RunSummary
    figures: dict[str, float] = field(default_factory=dict)
    best_epoch: int | None = None

    @property
    def finished(self) -> bool:
        return bool(self.figures)

    @cached_property
    def parts(self) -> Parts | None:
        """From split.csv; None where it is missing or damaged."""
        try:
            content = self.summary.run.split_file.read_bytes()
        except OSError:
            return None
        train, validation = content.count(b",train,"), content.count(b",validation,")
        if not train or not validation:
            return None
        faces = content.replace(b",train,", b",,").replace(b",validation,", b",,")
        return Parts(_digest(content), _digest(faces), train, validation)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def folds_of(config: RunConfig, folds: int, group: str = "") -> list[RunConfig]:
    """One run a fold, each with a seed of its own, the same for the same fold of other groups."""
    if folds < 2:
        raise ConfigError(f"--folds is {folds}: give 2 or more", "folds")
    group = group or _new_name(config, f"{folds}fold")
    first = config.replace(folds=folds, fold=1, group=group)
    _check_last(first, "seed", folds)
    return [first.replace(fold=fold, seed=config.seed + fold - 1) for fold in range(1, folds + 1)]


def seeds_of(config: RunConfig, seeds: int, group: str = "") -> list[RunConfig]:
    """That many runs, each with a split, weights and an order of its own."""
    if not 2 <= seeds <= MOST_SEEDS:
        raise ConfigError(f"--seeds is {seeds}: give 2 to {MOST_SEEDS}", "seed")
    for name in ("seed", "split_seed"):
        _check_last(config, name, seeds)
    group = group or _new_name(config, f"{seeds}seeds")
    return [
        config.replace(
            folds=0,
            fold=0,
            group=group,
            seed=config.seed + number,
            split_seed=config.split_seed + number,
        )
        for number in range(seeds)
    ]


def _check_last(config: RunConfig, name: str, repeats: int) -> None:
    """ConfigError where the last repeat's value, counted up from the given one, is too high."""
    given, most = getattr(config, name), int(SETTINGS[name].high or 0)
    if given + repeats - 1 > most:
        raise ConfigError(
            f"{name} is {given}, and {repeats} repeats count up from it: "
            f"give at most {most - repeats + 1}",
            name,
        )


def _new_name(config: RunConfig, kind: str) -> str:
    recipe = re.sub(r"[^A-Za-z0-9._-]", "", config.preset)[:40].lstrip("._-") or config.model
    return f"{recipe}-{kind}-{''.join(secrets.choice(_ALPHABET) for _ in range(4))}"


def find_group(summaries: Sequence[RunSummary], name: str) -> tuple[str, list[Repeat]]:
    """The group of that name, that alone begins or ends so, or the `last`, and its repeats by
    fold and seed; RunError if there is none or there are several. `summaries` newest first."""
    names = list(dict.fromkeys(filter(None, map(_group, summaries))))
    fits = [one for one in names if one == name] or [
        one for one in names if name and (one.startswith(name) or one.endswith(name))
    ]
    if name == "last":
        fits = names[:1]
    shown = printable(name)
    if len(fits) > 1:
        raise RunError(f"'{shown}' fits {len(fits)} groups of repeats: give more of the name")
    if not fits:
        there = f"there are {', '.join(names[:5])}" if names else "`agegender-tui repeat` makes one"
        raise RunError(f"no group of repeats '{shown}': {there}")
    found = [read_repeat(one) for one in summaries if _group(one) == fits[0]]
    return fits[0], sorted(found, key=_order)


def _group(one: RunSummary) -> str:
    return str(one.settings.get("group", ""))


def _order(one: Repeat) -> tuple[int, int, int, str]:
    settings = one.summary.settings
    places = (settings.get(name, 0) for name in _PLACES)
    fold, split_seed, seed = (place if isinstance(place, int) else 0 for place in places)
    return fold, split_seed, seed, one.summary.id


def read_repeat(summary: RunSummary) -> Repeat:
    """The run with its final figures, if it is finished; `broken` where a setting that gives it
    its place is no whole number."""
    for name in _PLACES:
        value = summary.settings.get(name, 0)
        if not isinstance(value, int):
            problem = f"{name} in config.toml is {value!r}: make it a whole number"
            return Repeat(dataclasses.replace(summary, state="broken", problem=problem))
    if summary.state != "finished":
        return Repeat(summary)
    try:
        body = json.loads(summary.run.metrics_file.read_bytes())
        figures = {
            str(name): float(value)
            for name, value in body["validation"].items()
            if isinstance(value, int | float) and math.isfinite(value)
        }
        return Repeat(summary, figures, int(body["best_epoch"]))
    except FileNotFoundError:
        return Repeat(dataclasses.replace(summary, problem="metrics.json is missing"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Repeat(dataclasses.replace(summary, problem="metrics.json cannot be read"))


def mixed_settings(repeats: Sequence[Repeat]) -> list[str]:
    """Settings in which the runs differ that those of one group should have in common."""
    names = dict.fromkeys(name for one in repeats for name in one.summary.settings)
    return [
        name
        for name in names
        if name not in VARIES and len({repr(one.summary.settings.get(name)) for one in repeats}) > 1
    ]


def on_one_set(repeats: Sequence[Repeat]) -> bool:
    """Whether all whose split is known had the same faces with the same labels: each reads them
    when its turn comes, hours apart, and other faces are cut into other folds."""
    return len({one.parts.faces for one in repeats if one.parts}) < 2


def on_same_splits(one: Sequence[Repeat], other: Sequence[Repeat]) -> list[tuple[Repeat, Repeat]]:
    """The finished repeats of both that had the very same faces in the same parts, each once."""
    left = [repeat for repeat in other if repeat.finished and repeat.parts]
    pairs = []
    for repeat in one:
        if not (repeat.finished and repeat.parts):
            continue
        match = next((c for c in left if c.parts and c.parts.digest == repeat.parts.digest), None)
        if match is not None:
            left.remove(match)
            pairs.append((repeat, match))
    return pairs
