"""Write the learning curves (PNG) and the table of epochs (CSV) of a run, living or ended, from its
events. Of several runs: the curves overlaid by epoch and by time, the epochs of all, and a table of
figures (best values, epochs to best, seconds per epoch, parameters, size), which is printed, too.
Without an option all of these are written to the current folder, named after the runs. The model of
one run, or a .keras file, is written as ONNX or TFLite, or small, to be passed on, and checked to
give the same outputs."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from agegender_tui.chart_export import no_epoch
from agegender_tui.cli_commands.output_file import check_output
from agegender_tui.cli_commands.runs import table
from trainer.errors import ConfigError, ExitCode, RunError
from trainer.runs.comparison import MOST_RUNS, Compared, compare, size_of_model
from trainer.runs.course import read_course
from trainer.runs.event_log import read_events
from trainer.runs.layout import RunDir, open_run, runs_root
from trainer.text import printable
from trainer.user_path import user_path

EXAMPLE = "agegender-tui export kez2 5rbh --png a-and-b.png --csv epochs.csv --figures figures.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN..., --csv, --png, --figures, --onnx, --tflite, --compact."""
    parser.add_argument(
        "run", metavar="RUN", nargs="+", help="id, beginning or end of it, path, or `last`"
    )
    parser.add_argument(
        "--csv", metavar="PATH", type=user_path, help="where the table of epochs goes"
    )
    parser.add_argument("--png", metavar="PATH", type=user_path, help="where the curves go")
    parser.add_argument(
        "--figures", metavar="PATH", type=user_path, help="where the table of figures (CSV) goes"
    )
    parser.add_argument(
        "--onnx", metavar="PATH", type=user_path, help="where the model goes, as ONNX"
    )
    parser.add_argument("--tflite", metavar="PATH", type=user_path, help="the same, as TFLite")
    parser.add_argument(
        "--compact", metavar="PATH", type=user_path,
        help="the same, small: of A a .keras file of half the size, of B its trained part alone "
        "(.part.h5), which `agegender-tui join` puts together with VGG16; scores and calibration "
        "beside it",
    )  # fmt: skip
    parser.add_argument(
        "--weights", default="", metavar="FILE",
        help="VGG16's ImageNet weights, to take out of a model B (default: vgg16_weights in "
        "settings.toml, AGEGENDER_VGG16_WEIGHTS, Keras's cache, download)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Write the files and name each."""
    root = runs_root(options.runs)
    tables = (options.csv, options.png, options.figures)
    models = {"onnx": options.onnx, "tflite": options.tflite, "compact": options.compact}
    targets = {kind: path for kind, path in models.items() if path is not None}
    for path in filter(None, (*tables, *targets.values())):
        check_output(path)
    if targets:
        _export_model(options, root, targets)
        if not any(tables):
            return ExitCode.OK
    found = list(dict.fromkeys(open_run(root, name) for name in options.run))
    if len(found) > MOST_RUNS and (options.png or not any(tables)):
        raise ConfigError(
            f"{len(found)} runs are too many for one picture: give at most {MOST_RUNS}, or --csv "
            "and --figures without --png"
        )
    runs = [_read(one) for one in found]
    for one in runs:
        if not one.course.epochs:
            raise RunError(no_epoch(one.run))
    paths = _paths(options, runs)
    for path in filter(None, paths):
        check_output(path)
    _write(runs, *paths)
    if len(runs) > 1:
        print(figures_table(runs))
    return ExitCode.OK


def _read(run: RunDir) -> Compared:
    config, course = run.config(), read_course(read_events(run.events_file))
    return Compared(run, run.label(), config, course, size_of_model(run, config))


def _export_model(options: argparse.Namespace, root: Path, targets: dict[str, Path]) -> None:
    from agegender_tui.cli_commands.imagenet_weights import imagenet_weights
    from agegender_tui.cli_commands.model_export import export_model
    from trainer.prediction.catalog import describe, find_model

    names = options.run
    if len(names) > 1:
        raise ConfigError(f"{len(names)} models do not fit into one file: export one at a time")
    file, weights = find_model(names[0], root), None
    if "compact" in targets and describe(file).network == "B":
        weights = imagenet_weights(options.weights)
    export_model(file, targets, weights)


def _paths(
    options: argparse.Namespace, runs: list[Compared]
) -> tuple[Path | None, Path | None, Path | None]:
    """Where the epochs, the picture and the figures go, None for what is not wanted."""
    named = (options.csv, options.png, options.figures)
    if any(named):
        return named
    if len(runs) == 1:
        name = runs[0].run.id
        return Path(f"{name}-history.csv"), Path(f"{name}-curves.png"), None
    name = "-".join(("overlay", *(one.run.id[-4:] for one in runs)))
    return Path(f"{name}-epochs.csv"), Path(f"{name}.png"), Path(f"{name}-figures.csv")


def _write(
    runs: list[Compared], epochs: Path | None, picture: Path | None, figures: Path | None
) -> None:
    from trainer.export.tables import epochs_csv, figures_csv
    from trainer.runs.atomic import ANOTHER_PLACE, write_atomic

    one = runs[0]
    history = [dataclasses.asdict(epoch) for epoch in one.course.epochs]
    if epochs is not None:
        if len(runs) == 1:
            from trainer.training.outputs import write_history

            write_history(epochs, history, elsewhere=ANOTHER_PLACE)
        else:
            write_atomic(epochs, epochs_csv(runs), elsewhere=ANOTHER_PLACE)
        count = sum(len(each.course.epochs) for each in runs)
        print(f"wrote {printable(str(epochs))} ({count} epochs)")
    if picture is not None:
        if len(runs) == 1:
            from trainer.export.curves import draw_curves

            draw_curves(picture, history, title=one.run.id, elsewhere=ANOTHER_PLACE)
        else:
            from trainer.export.overlay import draw_overlay

            draw_overlay(picture, runs)
        print(f"wrote {printable(str(picture))}")
    if figures is not None:
        write_atomic(figures, figures_csv(compare(runs)), elsewhere=ANOTHER_PLACE)
        print(f"wrote {printable(str(figures))}")


def figures_table(runs: list[Compared]) -> str:
    """The figures of the runs beside one another, the best of each line marked."""
    from trainer.export.comparison_table import leaders, rows

    figures = compare(runs)
    lines = [("", *(one.name for one in runs))]
    for row in rows(figures):
        best = leaders(row, figures)
        lines.append(
            (row.heading, *(row.text(f) + " *" * (n in best) for n, f in enumerate(figures)))
        )
    return table(lines)
