"""Start a study in a process of its own, and follow it to its end: --vary names the settings to
search and where, all other options are those of `train` and stay. The study goes on when this
command is interrupted; `tune show` tells what it found."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from agegender_tui import launch_study
from agegender_tui.cli_commands.study_following import (
    add_study_following,
    follow_or_leave,
    teller_for,
)
from agegender_tui.cli_commands.train import add_settings, add_source, chosen_config, option_of
from trainer.config import RunConfig
from trainer.errors import ConfigError
from trainer.runs.layout import runs_root
from trainer.tuning.going_together import good_point
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.space import FIXED, Range, Space, parse_pairs, proposed_space
from trainer.tuning.study import MOST_STARTUP, StudyConfig, check_study, startup_for, trial_epochs

EXAMPLE = (
    "agegender-tui tune start --demo --epochs 5 --trials 8 "
    "--vary learning_rate=3e-4..1e-2:log batch_size=16/32"
)
# Each trial has its own, or, as a group has, it would make trials repeats of each other.
_LEAVE_OUT = ("device", "group")
_OWN = ("trials", "objective", "startup", "study_seed", "devices")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to search and how, and all that `train` takes."""
    first = StudyConfig(RunConfig())
    search = parser.add_argument_group("search")
    search.add_argument(
        "--vary",
        metavar="SETTING=X",
        nargs="+",
        action="extend",
        help="SETTING=LOW..HIGH, SETTING=LOW..HIGH:log (evenly over the orders of magnitude) or "
        "SETTING=A/B/C; any but " + ", ".join(FIXED) + " (default: those that matter most)",
    )
    search.add_argument(
        "--trials", metavar="N", type=int, default=first.trials, help="(default: %(default)s)"
    )
    meanings = "; ".join(f"{name}, {one.meaning}" for name, one in OBJECTIVES.items())
    search.add_argument(
        "--objective",
        metavar="NAME",
        default=first.objective,
        help=f"what is to be good: {meanings} (default: %(default)s)",
    )
    search.add_argument(
        "--prune",
        action=argparse.BooleanOptionalAction,
        default=first.prune,
        help="end a trial early that is worse than half of the others were by then (default)",
    )
    search.add_argument(
        "--startup",
        metavar="N",
        type=int,
        help="trials drawn at random before the others are told what to learn from (default: a "
        f"third of all, at most {MOST_STARTUP})",
    )
    search.add_argument(
        "--study-seed",
        metavar="N",
        type=int,
        default=first.seed,
        help="seed of the search; --seed is that of each trial (default: %(default)s)",
    )
    search.add_argument(
        "--devices",
        metavar="LIST",
        help="one trial at a time on each, e.g. gpu:0,gpu:1 (default: that of the settings)",
    )
    add_study_following(parser)
    add_source(parser, label="free text to tell studies apart")
    add_settings(parser, leave_out=_LEAVE_OUT)


def run(options: argparse.Namespace) -> int:
    """Check settings, space and faces, start, follow; the exit code is that of the study's end."""
    config = chosen_study(options)
    # Here too, before a study is made: each trial would find it by itself.
    from trainer.data.index import build_index, check_trainable

    index = build_index(config.base.data)
    check_trainable(index, largest_batch(config), config.base.validation_share)
    if options.vary is None:
        told = " ".join(f"{name}={domain}" for name, domain in config.space.items())
        print(f"no --vary, so this is varied: {told}", file=sys.stderr, flush=True)
    study = launch_study.start(runs_root(options.runs), config)
    return follow_or_leave(study, teller_for(study, options), options)


def chosen_study(options: argparse.Namespace) -> StudyConfig:
    """What the arguments ask for; ConfigError naming what is wrong."""
    space = _varied(options)
    # What the preset has of a setting that is varied, and no trial, may not go with what was given.
    base = chosen_config(options, partial(good_point, space))
    base = base.replace(label="", group="")
    if options.epochs is None and options.config is None:
        base = base.replace(epochs=trial_epochs(base.epochs))
    devices = [base.device] if options.devices is None else options.devices.split(",")
    config = StudyConfig(
        base=base,
        space=_proposed(options, base) if options.vary is None else space,
        trials=options.trials,
        objective=options.objective,
        prune=options.prune,
        startup=startup_for(options.trials) if options.startup is None else options.startup,
        seed=options.study_seed,
        devices=tuple(one.strip() for one in devices),
        label=options.label or "",
    )
    try:
        check_study(config)
    except ConfigError as error:
        if error.setting not in _OWN:
            raise
        raise ConfigError(f"{option_of(error.setting)}: {error}", error.setting) from None
    return config


def _varied(options: argparse.Namespace) -> Space:
    """What --vary says; nothing without it."""
    space = parse_pairs(options.vary or ())
    for name in space:
        if getattr(options, name) is not None:
            raise ConfigError(
                f"{name} is given by {option_of(name)} and varied: leave one of them out", name
            )
    return space


def _proposed(options: argparse.Namespace, base: RunConfig) -> Space:
    """What is varied where nobody says: the proposed space but for what was given."""
    proposed = proposed_space(base)
    return {name: one for name, one in proposed.items() if getattr(options, name) is None}


def largest_batch(config: StudyConfig) -> int:
    """The most images a step of any trial may have."""
    domain = config.space.get("batch_size")
    if domain is None:
        return config.base.batch_size
    return int(domain.high if isinstance(domain, Range) else max(domain.values))
