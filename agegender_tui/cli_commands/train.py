"""Start a run in a process of its own, and follow it to its end. The run goes on when this command
is interrupted, its terminal hangs up, or the dashboard opens and closes beside it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from agegender_tui import launch
from agegender_tui.cli_commands.following import add_following_arguments, follow_or_leave
from trainer.config import SETTINGS, RunConfig, check_sense, default_of, from_toml
from trainer.data.registered import resolve
from trainer.errors import ConfigError
from trainer.presets import DEMO, PRESETS, preset
from trainer.runs.event_log import EventReader
from trainer.runs.layout import runs_root
from trainer.user_path import user_path

EXAMPLE = "agegender-tui train --data UTKFace --preset A --epochs 60 --label 'first try'"
# Declared by hand, above the rest, or the search's own.
_OWN = ("preset", "data", "label", "study")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where settings come from, an option for each setting, and how to follow."""
    add_source(parser)
    add_following_arguments(parser)
    add_settings(parser)


def add_source(parser: argparse.ArgumentParser, label: str = SETTINGS["label"].meaning) -> None:
    """Declare --preset, --config, --data, --demo and --label, with what is said of that."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--preset",
        metavar="NAME",
        help="start from this preset: "
        + "; ".join(f"{name}, {p.title}" for name, p in PRESETS.items())
        + " (default: A, with --demo A-demo)",
    )
    source.add_argument(
        "--config", metavar="FILE", help="start from a settings file, e.g. a run's config.toml"
    )
    faces = parser.add_mutually_exclusive_group()
    faces.add_argument("--data", metavar="DATA", help=SETTINGS["data"].meaning)
    faces.add_argument("--demo", action="store_true", help="train on the bundled sample faces")
    parser.add_argument("--label", metavar="TEXT", help=label)


def add_settings(parser: argparse.ArgumentParser, leave_out: tuple[str, ...] = ()) -> None:
    """An option for each setting."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for name, setting in SETTINGS.items():
        if name in _OWN or name in leave_out:
            continue
        if setting.group not in groups:
            groups[setting.group] = parser.add_argument_group(setting.group.lower())
        _add_setting(groups[setting.group], name)


def option_of(name: str) -> str:
    """The option that sets a setting: `batch_size` is `--batch-size`."""
    return "--" + name.replace("_", "-")


def _add_setting(group: argparse._ArgumentGroup, name: str) -> None:
    setting, default = SETTINGS[name], default_of(name)
    accepted = " ".join(filter(None, (setting.range_text(), setting.unit)))
    shown = str(default).lower() if isinstance(default, bool) else default
    shown = "empty" if shown == "" else shown
    of_one = f"model {setting.only} alone" if setting.only else ""
    notes = "; ".join(filter(None, (of_one, accepted, f"preset A: {shown}")))
    help_text = f"{setting.meaning} ({notes})".replace("%", "%%")
    if isinstance(default, bool):
        action = argparse.BooleanOptionalAction
        group.add_argument(option_of(name), action=action, default=None, help=help_text)
    else:
        group.add_argument(option_of(name), metavar="X", help=help_text)


Fill = Callable[[RunConfig, Mapping[str, Any]], Mapping[str, Any]]


def chosen_config(options: argparse.Namespace, fill: Fill = lambda base, given: {}) -> RunConfig:
    """The settings the arguments ask for; ConfigError naming the option that is wrong. `fill` has
    values for settings that are not given, by those one starts from and those given."""
    given: dict[str, Any] = {
        name: getattr(options, name)
        for name in SETTINGS
        if name != "preset" and getattr(options, name, None) is not None
    }
    if options.demo:
        from trainer.data.sample import sample_folder

        given["data"] = str(sample_folder())
    if options.config:
        # A run with the settings of a repeat or a trial is not one more of them.
        base = from_toml(user_path(options.config))
        base = base.replace(group="", study="", label="" if base.study else base.label)
    else:
        base = preset(options.preset or (DEMO if options.demo else "A"))
    if not (given.get("data") or base.data):
        raise ConfigError(
            "no data set: give its folder with --data, or --demo for the bundled sample faces",
            "data",
        )
    given["data"] = str(resolve(given.get("data") or base.data))
    try:
        given |= fill(base, given)
        config = base.replace(**given)
        _check_used(config, given)
        check_sense(config)
    except ConfigError as error:
        if error.setting is None:
            raise
        raise ConfigError(f"{option_of(error.setting)}: {error}", error.setting) from None
    if config.model == "B" and not config.weights:
        from agegender_tui.cli_commands.told_settings import told_settings

        return config.replace(weights=told_settings().vgg16_weights)
    return config


def _check_used(config: RunConfig, given: Mapping[str, Any]) -> None:
    """ConfigError for an option of the other model, which would be without effect."""
    for name in given:
        if not SETTINGS[name].applies(config.model):
            raise ConfigError(
                f"is of model {SETTINGS[name].only} alone, and this is model {config.model}: leave "
                "it out",
                name,
            )


def run(options: argparse.Namespace) -> int:
    """Check settings and faces, start, follow; the exit code is that of the run's end."""
    config = chosen_config(options)
    # Here too, before a run directory is made: the worker would find it a few seconds later.
    from trainer.data.index import build_index, check_trainable

    index = build_index(config.data)
    check_trainable(index, config.batch_size, config.validation_share)
    run = launch.start(runs_root(options.runs), config)
    return follow_or_leave(run, EventReader(run.events_file), options)
