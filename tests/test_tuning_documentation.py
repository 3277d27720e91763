"""docs/tuning.md says what the modules say."""

import dataclasses
import json
import re
import tomllib
from pathlib import Path

import pytest

from trainer.config import RunConfig
from trainer.jobs import status
from trainer.tuning import study, trial_log
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.space import FIXED, parse_domain, proposed_space
from trainer.tuning.study import StudyConfig, StudyDir
from trainer.tuning.trial_log import Trial, TrialWriter

TEXT = (Path(__file__).parents[1] / "docs" / "tuning.md").read_text(encoding="utf-8")


def section(name):
    return re.search(rf"<!-- {name} -->(.*?)<!-- /{name} -->", TEXT, re.DOTALL).group(1)


def rows(name):
    lines = section(name).strip().split("\n")[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


def first_names(name):
    return [names(row[0])[0] for row in rows(name)]


def test_every_entry_of_the_folder_is_documented():
    folder = StudyDir(Path("runs/studies/study"))
    own = [name for name, value in vars(StudyDir).items() if isinstance(value, property)]
    entries = {getattr(folder, name).name for name in own if name not in ("id", "runs_root")}
    assert {name.rstrip("/") for name in first_names("folder")} == entries


def test_every_key_of_the_study_is_documented_in_order():
    assert first_names("study") == list(tomllib.loads(study.to_toml(StudyConfig(RunConfig()))))


def test_every_key_of_the_state_is_documented_in_order():
    assert first_names("state") == [one.name for one in dataclasses.fields(status.Status)]


def test_the_states_are_documented():
    assert tuple(names(rows("state")[0][1])) == status.STATES
    (ended,) = [row[2] for row in rows("trials") if row[0] == "`end`"]
    assert tuple(names(ended)[: len(trial_log.ENDED)]) == trial_log.ENDED


def test_every_line_of_the_log_is_documented_with_its_fields_in_order(tmp_path):
    writer = TrialWriter(tmp_path / "trials.jsonl")
    writer.begin(Trial(1, "run", {}))
    writer.hopeless(Trial(1, "run", {}))
    writer.end(Trial(1, "run", {}))
    writer.importances({}, 1)
    lines = map(json.loads, (tmp_path / "trials.jsonl").read_text().splitlines())
    common = ("v", "t", "type")
    written = {one["type"]: [key for key in one if key not in common] for one in lines}
    assert {names(row[0])[0]: names(row[1]) for row in rows("trials")} == written


def test_the_versions_are_documented():
    of_file = f"version of this file, {study.VERSION}"
    assert of_file in section("study")
    assert f"version of this file, {status.VERSION}" in section("state")
    assert f"version of the schema, {trial_log.VERSION}" in TEXT


def test_every_objective_is_documented_with_its_direction():
    told = {names(row[0])[0]: row[2] for row in rows("objectives")}
    assert told == {
        name: "lower" if one.lower_is_better else "higher" for name, one in OBJECTIVES.items()
    }


def test_what_cannot_be_varied_is_documented():
    assert tuple(names(section("fixed"))) == FIXED


@pytest.mark.parametrize("model", ["A", "B"])
def test_the_proposed_space_is_documented(model):
    (told,) = [names(row[1]) for row in rows("proposed") if row[0] == f"`{model}`"]
    proposed = proposed_space(RunConfig(model=model))
    assert told == [f"{name}={domain}" for name, domain in proposed.items()]


def test_the_ways_to_write_a_range_are_read():
    told = re.findall(r"^\| `(\w+)=([^`]+)` \|", TEXT, re.MULTILINE)
    assert len(told) == 4
    for name, text in told:
        parse_domain(name, text)
