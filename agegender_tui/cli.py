"""The one command, `agegender-tui`: the dashboard without a verb, scripts and clusters with one.

The arguments are read before anything else is imported, and of the verbs only the one that was
named is: `--help` and `runs` answer in the time that Python takes to start.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from agegender_tui.error_log import log_traceback
from agegender_tui.exit_status import HUNG_UP, INTERRUPTED
from trainer.errors import REINSTALL, ConfigError, ExitCode, StorageError, UserError, gist
from trainer.text import printable
from trainer.user_path import current_folder

PROGRAM = "agegender-tui"
OURS = ("agegender_tui", "trainer")

COMMANDS = {
    "train": "start a run and follow it to its end",
    "repeat": "start repeats of a run on other splits of the faces",
    "summary": "tell mean and deviation of repeats, and compare two groups",
    "tune": "search for good settings: a study of many runs",
    "resume": "go on with a paused, stopped, failed or lost run",
    "pause": "pause a run after its next step; its memory stays taken",
    "stop": "end a run after its next step and save its model",
    "kill": "end a run's worker at once; its last checkpoint stays",
    "free": "delete the checkpoints of finished runs, most of what they take on the disk",
    "runs": "list the runs",
    "status": "say how one run is doing",
    "diagnose": "say in words what the curves of runs show",
    "predict": "tell age and gender of the faces in photographs",
    "evaluate": "score models on faces they were not trained on, and compare them",
    "models": "list the saved models",
    "export": "write a run's curves and epochs, or its model as ONNX, TFLite or small",
    "join": "put the trained part of a model B together with ImageNet's VGG16",
    "data": "preview, name and report on data sets; fetch UTKFace",
    "doctor": "check what training and the dashboard need on this machine",
}

EXIT_CODES = {
    ExitCode.OK: "done; of train, tune and resume: the run or study finished",
    ExitCode.UNEXPECTED: "a fault of the program; the message names the log",
    ExitCode.USAGE: "a wrong option or setting, or no terminal for the dashboard",
    ExitCode.DATA: "the data set, or a picture, cannot be used",
    ExitCode.RUN: "no such run or study, damaged, lost, or in a state that does not allow it",
    ExitCode.ENVIRONMENT: "TensorFlow, VGG16's weights or another needed part is missing",
    ExitCode.STORAGE: "the disk is full or a folder cannot be written",
    ExitCode.DEVICE: "the device is missing or out of memory",
    ExitCode.STOPPED: "the run or study was stopped or killed before its end; it can be resumed",
}


def exit_code_table() -> str:
    """The exit codes as the epilog of every `--help`."""
    lines = [f"  {int(code):3}  {meaning}" for code, meaning in EXIT_CODES.items()]
    lines.append(f"  {HUNG_UP:3}  the terminal of the dashboard is gone; runs go on")
    lines.append(
        f"  {INTERRUPTED:3}  interrupted with Ctrl-C; a run or study that was followed goes on"
    )
    return "\n".join(["exit codes:", *lines])


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the result is the exit code. Never raises, but for `--help`."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - open to the end
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and "utf" not in stream.encoding.lower():
            stream.reconfigure(errors="replace")  # an old locale has no arrow, and that is no fault
    try:
        return _dispatch(list(sys.argv[1:] if argv is None else argv))
    except UserError as error:
        _complain(str(error))
        return int(error.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, `head` say, has enough. Without this the interpreter complains on leaving.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    if isinstance(error, ImportError) and not (error.name or "").startswith(OURS):
        _complain(f"a needed package does not load ({gist(error)}): {REINSTALL}")
        return ExitCode.ENVIRONMENT
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        _complain("the disk that the output goes to is full: free some space, or send it elsewhere")
        return ExitCode.STORAGE
    if isinstance(error, FileNotFoundError):
        try:
            current_folder()
        except StorageError as gone:
            _complain(str(gone))
            return gone.exit_code
    _complain(f"unexpected {type(error).__name__}: {gist(error)}; {log_traceback(error)}")
    return ExitCode.UNEXPECTED


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and where to look, not the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{printable(message)}; see `{self.prog} --help`")


def _dispatch(arguments: list[str]) -> int:
    options = _main_parser().parse_args(arguments)
    if options.command is None:
        return _open_dashboard(options)
    if options.command not in COMMANDS:
        raise ConfigError(
            f"'{printable(options.command)}' is no command: choose {', '.join(COMMANDS)}"
        )
    command = _command(options.command)
    parser = command_parser(options.command, command)
    for name in ("demo", "data", "run", "pictures"):
        if getattr(options, name):
            takes = _takes(parser, f"--{name}", options.rest)
            remedy = "put it after" if takes else "it is for the dashboard; leave it out"
            raise ConfigError(f"--{name} before '{options.command}' has no effect: {remedy}")
    parser.set_defaults(runs=options.runs)
    chosen = parser.parse_args(options.rest)
    return int(command.run(chosen))


def _takes(parser: argparse.ArgumentParser, option: str, rest: Sequence[str]) -> bool:
    """Whether the command has the option, or the one of its own commands that `rest` names."""
    for action in parser._actions:
        if option in action.option_strings:
            return True
        if isinstance(action, argparse._SubParsersAction) and rest and rest[0] in action.choices:
            return _takes(action.choices[rest[0]], option, rest[1:])
    return False


def _main_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    verbs = "\n".join(f"  {name:{width}}  {meaning}" for name, meaning in COMMANDS.items())
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [options]\n       {PROGRAM} COMMAND [options]",
        description="Train, watch and compare age and gender networks from one terminal "
        "dashboard. Without a command the dashboard opens.",
        epilog=f"commands (each with --help):\n{verbs}\n\n"
        f"example: {PROGRAM} --demo\n\n{exit_code_table()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_runs(parser)
    parser.add_argument("--demo", action="store_true", help="propose the bundled sample faces")
    parser.add_argument("--data", metavar="DIR", help="propose this folder of faces for new runs")
    parser.add_argument("--run", metavar="RUN", help="open this run: id, part of it, path or last")
    parser.add_argument(
        "--pictures",
        choices=("auto", "kitty", "sixel", "blocks", "words"),
        help="how to show faces (default: the best the terminal has)",
    )
    parser.add_argument("--version", action="version", version=_version())
    parser.add_argument("command", nargs="?", metavar="COMMAND", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _version() -> str:
    from trainer import __version__

    return f"{PROGRAM} {__version__}"


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runs", metavar="DIR", help="folder of the runs (default: $AGEGENDER_RUNS, else ./runs)"
    )


def _command(name: str) -> ModuleType:
    return importlib.import_module(f"agegender_tui.cli_commands.{name}")


def command_parser(name: str, command: ModuleType) -> argparse.ArgumentParser:
    """The parser of one verb; its module says what it takes, and gives an example."""
    parser = _Parser(
        prog=f"{PROGRAM} {name}",
        description=command.__doc__,
        epilog=f"example: {command.EXAMPLE}\n\n{exit_code_table()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_runs(parser)
    command.add_arguments(parser)
    return parser


def _open_dashboard(options: argparse.Namespace) -> int:
    from trainer.runs.layout import open_run, runs_root

    if options.demo and options.data:
        raise ConfigError("--demo and --data name two sets of faces: give one of them")
    root = runs_root(options.runs)
    run = str(open_run(root, options.run).path) if options.run else ""
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "the dashboard needs a terminal on its input and output: "
            f"use `{PROGRAM} train`, `runs` or `status` in scripts"
        )
    from agegender_tui.app import run as open_dashboard

    return int(
        open_dashboard(
            root,
            demo=options.demo,
            data=options.data or "",
            open_run=run,
            pictures=options.pictures or "",
        )
    )


def _complain(sentence: str) -> None:
    # Once more, for what a settings file of somebody else put into it.
    print(f"{PROGRAM}: {printable(sentence)}", file=sys.stderr)
