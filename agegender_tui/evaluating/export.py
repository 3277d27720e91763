"""The report of evaluations, written where the user can take it from; on a thread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from agegender_tui.evaluating.listing import Listed
from agegender_tui.predicting.face_words import short_name
from agegender_tui.predicting.saving import export_folder

_LONGEST = 80


def report_name(chosen: Sequence[Listed]) -> str:
    """A folder's name of the models and the data sets.

    >>> re.sub("[^a-z]", "", report_name([]))
    'evaluation'
    """
    models = dict.fromkeys(short_name(one.model) for one in chosen)
    data = dict.fromkeys(one.data for one in chosen)
    name = "-".join(["evaluation", *models, *data])
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[:_LONGEST]


def write(chosen: Sequence[Listed]) -> Path:
    """Write the report of these evaluations, replacing an older one of the same; returns the page.

    Raises UserError.
    """
    from trainer.evaluation.report import write_report

    folder = export_folder() / report_name(chosen)
    return write_report(folder, [one.directory for one in chosen])
