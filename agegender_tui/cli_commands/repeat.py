"""Repeat one run on other splits of the faces, to see how much of a figure is the split: --folds K
cuts the faces into K parts, each of which validates once; --seeds N draws N splits. The runs are
ordinary ones that wait for the device in turn, and go on when this command is interrupted;
`agegender-tui summary` tells mean and deviation, and compares two groups."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from agegender_tui import launch
from agegender_tui.cli_commands.following import add_following_arguments
from agegender_tui.cli_commands.runs_option import runs_option
from agegender_tui.cli_commands.summary import group_text
from agegender_tui.cli_commands.train import add_settings, add_source, chosen_config
from trainer.config import SETTINGS, RunConfig
from trainer.errors import ConfigError, ExitCode
from trainer.runs.event_log import EventReader, read_events
from trainer.runs.events import PhaseEvent
from trainer.runs.group import find_group, folds_of, seeds_of
from trainer.runs.layout import RunDir, runs_root
from trainer.runs.registry import Registry
from trainer.runs.state import read_state

EXAMPLE = "agegender-tui repeat --folds 5 --preset A --data UTKFace --detach"
JOIN_SECONDS = 20.0
_OWN = ("folds", "fold", "group")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to repeat how often, and all that `train` takes."""
    how_often = parser.add_mutually_exclusive_group(required=True)
    how_often.add_argument(
        "--folds", metavar="K", type=int, dest="parts", help="K runs: each fold validates once"
    )
    how_often.add_argument(
        "--seeds", metavar="N", type=int, help="N runs: each with a split and a seed of its own"
    )
    parser.add_argument("--group", metavar="NAME", help=f"{SETTINGS['group'].meaning}")
    parser.set_defaults(folds=None, fold=None)
    add_source(parser)
    add_following_arguments(
        parser,
        detach="start all and return; print the group, a line for each run that begins with its id "
        "and tells its fold or seed, and the command that watches them",
        as_json="print JSON lines: first one for each run with its id, path and fold or seed, "
        "then their events",
    )
    add_settings(parser, leave_out=_OWN)


def run(options: argparse.Namespace) -> int:
    """Check settings and faces, start all, follow one after the other, summarise; the exit code is
    that of the first that did not finish."""
    config = chosen_config(options)
    group = options.group or ""
    configs = (
        folds_of(config, options.parts, group)
        if options.parts is not None
        else seeds_of(config, options.seeds, group)
    )
    from trainer.data.index import build_index, check_trainable

    index = build_index(config.data)
    check_trainable(index, config.batch_size, configs[0].validation_share)
    root = runs_root(options.runs)
    if any(one.settings.get("group") == configs[0].group for one in Registry(root).list()):
        raise ConfigError(f"--group {configs[0].group} has runs already: choose another name")
    runs = _start(root, configs, options)
    if options.detach:
        return ExitCode.OK
    codes = _follow(runs, options)
    if not options.json:
        print(group_text(*find_group(Registry(root).list(), configs[0].group)))
    return next((code for code in codes if code), ExitCode.OK)


def _start(root: Path, configs: list[RunConfig], options: argparse.Namespace) -> list[RunDir]:
    """Start one after the other, so that they queue in their order."""
    group, runs = configs[0].group, list[RunDir]()
    if not options.json:
        print(f"group {group}: {len(configs)} runs", flush=True)
    try:
        for config in configs:
            run = launch.start(root, config)
            runs.append(run)
            _tell(run, config, options)
            _wait_until_queued(run)
    except BaseException:
        if runs:
            print(
                f"{len(runs)} of {len(configs)} runs were started and go on: "
                f"`agegender-tui runs --filter group={group}{runs_option(root)}` lists them",
                file=sys.stderr,
            )
        raise
    if not options.json:
        print(f"watch: agegender-tui summary {group}{runs_option(root)}", flush=True)
    return runs


def _tell(run: RunDir, config: RunConfig, options: argparse.Namespace) -> None:
    which = f"fold {config.fold} of {config.folds}" if config.folds else f"seed {config.seed}"
    if options.json:
        body = {
            "type": "queued",
            "group": config.group,
            "run": run.id,
            "path": str(run.path),
            "fold": config.fold,
            "folds": config.folds,
            "seed": config.seed,
            "split_seed": config.split_seed,
        }
        print(json.dumps(body), flush=True)
    else:
        print(f"{run.id}  {which}", flush=True)


def _wait_until_queued(run: RunDir) -> None:
    """Until the worker has its place in the queue or has ended; it tells the first phase then."""
    deadline = time.monotonic() + JOIN_SECONDS
    while time.monotonic() < deadline and read_state(run).active:
        if any(isinstance(event, PhaseEvent) for event in read_events(run.events_file)):
            return
        time.sleep(0.05)


def _follow(runs: list[RunDir], options: argparse.Namespace) -> list[int]:
    from agegender_tui.watch_line import watch

    codes = []
    for number, run in enumerate(runs):
        try:
            codes.append(watch(run, EventReader(run.events_file), as_json=options.json))
        except KeyboardInterrupt:
            left = len(runs) - number - 1
            if left:
                print(f"{left} more wait{'s' * (left == 1)} for the device", file=sys.stderr)
            raise
    return codes
