"""docs/evaluation.md says what the modules say."""

import dataclasses
import re
from pathlib import Path

import pytest

from tests.trainer.evaluation.made import evaluate
from trainer.evaluation import bootstrap, measuring, store
from trainer.evaluation.checking import CHANCE, YEARS
from trainer.evaluation.faces import PARTS
from trainer.evaluation.kinds import KINDS
from trainer.evaluation.report.definitions import DEFINITIONS, INTERVALS
from trainer.evaluation.scored import COLUMNS
from trainer.evaluation.store import EvaluationDir
from trainer.jobs import status

TEXT = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text(encoding="utf-8")


def first_cells(section):
    marked = re.search(rf"<!-- {section} -->(.*)<!-- /{section} -->", TEXT, re.DOTALL).group(1)
    return [re.match(r"\| `(\w+)`", line)[1] for line in marked.strip().split("\n")[2:]]


def test_every_figure_is_defined_in_order():
    assert first_cells("figures") == list(KINDS)


def test_every_key_of_the_state_is_documented_in_order():
    assert first_cells("state") == [field.name for field in dataclasses.fields(status.Status)]
    assert [name for name in status.STATES if f"`{name}`" not in TEXT] == []


def test_every_key_of_an_evaluation_is_documented_in_order(root, run):
    assert first_cells("summary") == list(evaluate(root, run.model_file("A")).summary())


def test_every_entry_of_the_directory_is_documented():
    directory = EvaluationDir(Path("evaluation"))
    properties = [
        name for name, value in vars(EvaluationDir).items() if isinstance(value, property)
    ]
    entries = {getattr(directory, name).name for name in properties if name not in ("id", "done")}
    assert [entry for entry in sorted(entries) if f"`{entry}" not in TEXT] == []


def test_a_report_names_the_sources_that_are_named_here():
    marked = re.search(r"<!-- figures -->(.*)<!-- /figures -->", TEXT, re.DOTALL).group(1)
    rows = [line.strip("|").split(" | ") for line in marked.strip().split("\n")[2:]]
    sources = {name.strip(" `"): source.strip() for name, _, source in rows}
    assert {name: one.source for name, one in DEFINITIONS.items() if one.source} == {
        name: source.partition("–")[0] for name, source in sources.items() if source
    }


@pytest.mark.parametrize(
    "words",
    ["Efron 1979", "Efron 1987", "Clopper and Pearson", "Agresti and Min", "Kish 1965", "mirrored",
     "Davison and Hinkley 1997", "rarer label"],
)  # fmt: skip
def test_how_intervals_are_made_is_said_here_and_in_a_report(words):
    assert words in TEXT
    assert words in " ".join(INTERVALS)


@pytest.mark.parametrize(
    "fact",
    [
        f"{bootstrap.RESAMPLES:,} resamples",
        f"for {bootstrap.LEVEL:.0%}".replace("%", " %"),
        f"Fewer than {bootstrap.LEAST_FACES} faces",
        f"in {measuring.ECE_BINS} bins",
        f"by more than {YEARS:g} year or {CHANCE:g}",
        f"version of this file, {store.VERSION}",
        f"version of this file, {status.VERSION}",
        *(f"`--part {part}`" for part in PARTS),
        *(f"`{column}`" for column in COLUMNS),
    ],
)
def test_figures_and_names_are_those_of_the_code(fact):
    assert fact in TEXT
