"""Evaluate models on faces they were not trained on: figures with 95 % intervals, by group, and for
several models the differences on the faces they share. Without --data each model is evaluated on
the validation part of its own run. An evaluation is kept, and found again as long as the model file
and the faces are the same; it goes on when this command is interrupted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agegender_tui import launch_evaluation
from agegender_tui.cli_commands.evaluate_pairs import blocks_of, pairs, record
from agegender_tui.cli_commands.output_file import check_reachable
from agegender_tui.cli_commands.runs import table
from agegender_tui.evaluation_line import follow
from agegender_tui.evaluation_table import (
    LISTED,
    OTHER_FACES,
    age_confusion_rows,
    figure_rows,
    group_rows,
    left_out_words,
    listed,
)
from agegender_tui.exit_status import INTERRUPTED
from trainer.errors import ConfigError, ExitCode, RunError, StorageError, UserError
from trainer.evaluation.faces import PARTS
from trainer.evaluation.same_faces import same_faces, same_set
from trainer.evaluation.store import EvaluationDir, evaluation_root, evaluations
from trainer.runs.events import finite
from trainer.runs.layout import runs_root
from trainer.text import printable
from trainer.user_path import user_path

if TYPE_CHECKING:
    from trainer.evaluation.plan import Plan

EXAMPLE = "agegender-tui evaluate RUN-A RUN-B --data UTKFace --by race --report figures"
BY = ("age", "gender", "race")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL…, on which faces, and how to show what comes out."""
    parser.add_argument(
        "model", nargs="*", metavar="MODEL",
        help="a run (id, part of it, path or last) or a .keras file",
    )  # fmt: skip
    parser.add_argument(
        "--data", action="append", default=[], metavar="DATA",
        help="folder, layout:folder or registered name; may be given more than once "
        "(default: each model's own)",
    )  # fmt: skip
    parser.add_argument(
        "--part", choices=PARTS,
        help="of the model's own faces: validation, those its run validated on, or all it was "
        "not trained on; of other faces always all (default: validation)",
    )  # fmt: skip
    parser.add_argument("--flip", action="store_true", help="average with the mirrored face")
    parser.add_argument(
        "--mean", action="store_true",
        help="the mean of the models as well, on the faces that all were evaluated on",
    )  # fmt: skip
    parser.add_argument(
        "--by", action="append", default=[], choices=BY, help="the figures of each group too"
    )
    parser.add_argument("--report", metavar="DIR", type=user_path, help="write a report there")
    parser.add_argument(
        "--faces", action=argparse.BooleanOptionalAction, default=True,
        help="show the worst errors in the report; --no-faces for one that is passed on",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--list", action="store_true", help="list the evaluations there are")
    parser.add_argument("--redo", action="store_true", help="forget what was found before")
    parser.add_argument("--device", default="auto", metavar="X", help="auto, cpu, gpu:0, …")


def run(options: argparse.Namespace) -> int:
    """Evaluate and print; the exit code is that of the first evaluation that failed, else 0."""
    root = runs_root(options.runs)
    if options.list:
        if options.model:
            raise ConfigError("--list names all evaluations: give no model with it")
        return _list(root, as_json=options.json)
    if not options.model:
        raise ConfigError("which model? Name a run or a .keras file; see `agegender-tui models`")
    if options.mean and len(options.model) < 2:
        raise ConfigError("--mean is of several models: name two or more")
    if options.report:
        check_reachable(options.report)
    plans = _plans(root, options)
    wanted = list({(plan.model.file.resolve(), plan.digest): plan for plan in plans}.values())
    if options.report:
        _make_folder(options.report)
    chosen = [
        launch_evaluation.start(root, plan, redo=options.redo, device=options.device)
        for plan in wanted
    ]
    try:
        # What could not be redone is as it was before, done, and yet has failed.
        ended = follow([directory for directory in chosen if options.redo or not directory.done])
    except KeyboardInterrupt:
        print(
            "\ninterrupted: the evaluation goes on; the same command finds it again",
            file=sys.stderr,
        )
        return INTERRUPTED
    done = [directory for directory in chosen if directory.id not in ended]
    without_mean: list[UserError] = []
    if options.mean:
        done += _means(root, done, without_mean)
    # Before the figures: who reads those, `head` say, may leave, and yet wants the report.
    page = _report(options, done)
    if options.json:
        _print_json(done, ended, options.by)
    else:
        _print(done, options.by)
    if page:
        print(f"wrote {printable(str(page))}", file=sys.stderr if options.json else sys.stdout)
    for error in without_mean:
        print(f"no mean: {error}", file=sys.stderr)
    codes = [status.code for status in ended.values()] + [one.exit_code for one in without_mean]
    return next(filter(None, codes), ExitCode.OK)


def _report(options: argparse.Namespace, done: Sequence[EvaluationDir]) -> Path | None:
    """The page, where one was asked for and there is something to report."""
    if not (options.report and done):
        return None
    from trainer.evaluation.report import write_report

    return write_report(options.report, done, "", faces=options.faces)


def _make_folder(folder: Path) -> None:
    """Before the work: who cannot write there shall not learn it at the end."""
    shown = printable(str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise StorageError(f"{shown}: is a file; name a folder for the report") from None
    except OSError as error:
        raise StorageError(
            f"{shown}: cannot be made ({error.strerror}); name another place for the report"
        ) from None


def _plans(root: Path, options: argparse.Namespace) -> Iterator[Plan]:
    """Every model on every data set, all of them checked before any is begun."""
    from trainer.data.registered import NAME, read_registered, resolve
    from trainer.evaluation.plan import plan
    from trainer.prediction.catalog import find_model

    files = [find_model(name, root) for name in options.model]
    if not options.data:
        for file in files:
            yield plan(file, part=options.part or "", flip=options.flip)
    for text in options.data:
        source = resolve(text)
        known = NAME.fullmatch(text) and read_registered().get(text) == source
        name = text if known else source.folder.name
        for file in files:
            yield plan(file, source, options.part or "", data_name=name, flip=options.flip)


def _list(root: Path, *, as_json: bool) -> int:
    found = evaluations(root)
    if as_json:
        print(json.dumps([_record(directory) for directory in found], indent=2))
    elif found:
        print(table([LISTED, *(tuple(map(printable, listed(one))) for one in found)]))
    else:
        print(f"no evaluation in {printable(str(evaluation_root(root)))} yet")
    return ExitCode.OK


def _record(directory: EvaluationDir) -> dict[str, Any]:
    record: dict[str, Any] = {"id": directory.id, "path": str(directory.path)}
    try:
        record["state"] = "finished" if directory.done else directory.status().shown
        return record | (directory.summary() if directory.done else {})
    except RunError as error:
        return record | {"state": "broken", "problem": str(error)}


def _print(done: Sequence[EvaluationDir], by: Sequence[str]) -> None:
    blocks = []
    for directories in _together(done):
        of_these = [directory.summary() for directory in directories]
        data = of_these[0]["data"]
        words = "validation part" if data["part"] == "validation" else "all faces not trained on"
        blocks.append(f"{printable(data['source'])}: {words}; 95 % intervals in brackets")
        blocks.append(table(figure_rows(of_these)))
        if not same_faces(of_these):
            blocks.append(f"{OTHER_FACES}.")
        for directory, summary in zip(directories, of_these, strict=True):
            name = printable(summary["model"]["name"])
            blocks += [f"{name}: {sentence}" for sentence in left_out_words(summary)]
            ranged = "group_accuracy" in summary["figures"]
            if ranged and (rows := age_confusion_rows(directory.scored())):
                blocks.append(f"{name}: ages said, of the faces of each range\n{table(rows)}")
            blocks += [_group_block(name, summary, kind) for kind in by]
    for pair in pairs(done, by):
        blocks += blocks_of(pair, by)
    print("\n\n".join(blocks))


def _together(done: Sequence[EvaluationDir]) -> list[list[EvaluationDir]]:
    """The evaluations on each part of each data set, in the order in which they come."""
    found: dict[tuple[str, str], list[EvaluationDir]] = {}
    for directory in done:
        found.setdefault(same_set(directory.summary()), []).append(directory)
    return list(found.values())


def _means(
    root: Path, done: Sequence[EvaluationDir], problems: list[UserError]
) -> Iterator[EvaluationDir]:
    """The mean of the models on each data set; where there is none, `problems` gets why."""
    from trainer.evaluation.averaged import averaged

    for directories in _together(done):
        try:
            if len(directories) < 2:
                summary = directories[0].summary()
                data, name = summary["data"], printable(summary["model"]["name"])
                where = "validation part" if data["part"] == "validation" else "faces"
                raise RunError(
                    f"of {printable(data['source'])}, {where}, only {name} was evaluated; name "
                    "another model too, or give faces for all with --data"
                )
            yield averaged(root, directories)
        except UserError as error:
            problems.append(error)


def _group_block(name: str, summary: dict[str, Any], kind: str) -> str:
    rows = group_rows(summary, kind)
    if len(rows) == 1:
        return f"{name}: no face has a label for {kind}"
    return f"{name} by {kind}\n{table(rows)}"


def _print_json(done: Sequence[EvaluationDir], ended: dict[str, Any], by: Sequence[str]) -> None:
    body = {
        "evaluations": [_record(directory) | _age_groups(directory) for directory in done],
        "failed": [
            {"id": name, "state": one.state, "text": one.text, "code": one.code}
            for name, one in ended.items()
        ],
        "paired": [record(pair) for pair in pairs(done, by)],
    }
    print(json.dumps(finite(body), indent=2))


def _age_groups(directory: EvaluationDir) -> dict[str, Any]:
    """Of a set with ranges of ages: the ranges, and how many faces of each were said to be of
    which."""
    from trainer.evaluation.figures import age_confusion

    scored = directory.scored()
    found = age_confusion(scored) if scored.ranged.any() else None
    if found is None:
        return {}
    return {"age_groups": {"ranges": found.groups, "said": found.counts.tolist()}}
