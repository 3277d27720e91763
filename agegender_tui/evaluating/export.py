"""The report of evaluations, written where the user can take it from; on a thread."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.table import part_word
from agegender_tui.predicting.saving import export_folder
from trainer.runs.layout import short_name

_LONGEST = 80


def report_name(chosen: Sequence[Listed]) -> str:
    """A folder's name of the models, the data sets and their parts, ending in six digits of the
    evaluations' ids and their order: no other choice has the same.

    >>> report_name([])
    'evaluation-e3b0c4'
    """
    models = dict.fromkeys(short_name(one.model) + "-flip" * one.flip for one in chosen)
    data = dict.fromkeys(f"{one.data}-{part_word(one.part)}" for one in chosen)
    name = "-".join(["evaluation", *models, *data])
    name = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[:_LONGEST].rstrip("-.")
    ids = "\n".join(one.id for one in chosen)
    return f"{name}-{hashlib.sha256(ids.encode(errors='surrogateescape')).hexdigest()[:6]}"


def write(chosen: Sequence[Listed]) -> Path:
    """Write the report of these evaluations, replacing an older one of the same; returns the page.

    Raises UserError.
    """
    from trainer.evaluation.report import write_report

    folder = export_folder() / report_name(chosen)
    return write_report(folder, [one.directory for one in chosen])
