"""Each two of some evaluations on faces they share: how they differ, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from agegender_tui.cli_commands.runs import table
from agegender_tui.evaluation_table import paired_group_rows, paired_rows
from trainer.evaluation.store import EvaluationDir
from trainer.text import printable

if TYPE_CHECKING:
    from trainer.evaluation.paired import Paired, PairedGroup


class Pair(NamedTuple):
    """Two models on faces of one folder, how many faces they share, and how they differ there."""

    one: EvaluationDir
    other: EvaluationDir
    faces: int
    rows: list[Paired]
    groups: list[PairedGroup]


def pairs(done: Sequence[EvaluationDir], by: Sequence[str]) -> Iterator[Pair]:
    """Of different models on one folder; with the groups of these kinds."""
    if len(done) < 2:
        return
    from trainer.evaluation.paired import Samples, paired, paired_groups, shared

    known = Samples()
    scored = {directory.id: directory.scored() for directory in done}
    for one, other in combinations(done, 2):
        left, right = scored[one.id], scored[other.id]
        if left.model_fingerprint == right.model_fingerprint or left.folder != right.folder:
            continue
        faces = len(shared(left, right)[0].files)
        groups = paired_groups(left, right, by, known)
        yield Pair(one, other, faces, paired(left, right, known), groups)


def blocks_of(pair: Pair, by: Sequence[str]) -> list[str]:
    """Tables of the figures, and of those of each group, with a sentence above each."""
    from trainer.export.model_card import FEW

    models = [each.summary()["model"] for each in (pair.one, pair.other)]
    first, second = (printable(model["name"]) for model in models)
    if not pair.faces:
        return [
            f"{first} and {second}: no face that both were evaluated on; give faces with --data"
        ]
    known = all(one["run"] for model in models for one in model.get("members") or [model])
    blocks = [
        f"{second} less {first} on the {pair.faces:,} faces that both were evaluated on"
        + (", none of which either was trained on" if known else "")
        + f"\n{table(paired_rows(first, second, pair.rows))}"
    ]
    for kind in by:
        rows = paired_group_rows(first, second, pair.groups, kind)
        lead = f"{second} less {first} by {kind}"
        enough = f"{lead}, where both have {FEW} faces or more\n{table(rows)}"
        blocks.append(enough if len(rows) > 1 else f"{lead}: no group of {FEW} faces or more")
    return blocks


def record(pair: Pair) -> dict[str, Any]:
    """For `--json`."""
    return {
        "one": pair.one.id,
        "other": pair.other.id,
        "faces": pair.faces,
        "figures": _records(pair.rows),
        "groups": [
            {
                "kind": group.kind,
                "name": group.name,
                "faces": group.faces,
                "figures": _records(group.rows),
            }
            for group in pair.groups
        ],
    }


def _records(rows: Sequence[Paired]) -> list[dict[str, Any]]:
    return [{**row._asdict(), "difference": row.difference._asdict()} for row in rows]
