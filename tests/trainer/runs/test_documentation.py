"""docs/run-directory.md says what the modules say."""

import dataclasses
import re
from pathlib import Path

import pytest

from trainer.config import RunConfig
from trainer.runs import control, events, state
from trainer.runs.layout import RunDir

TEXT = (Path(__file__).parents[3] / "docs" / "run-directory.md").read_text(encoding="utf-8")


def rows(section):
    marked = re.search(rf"<!-- {section} -->(.*)<!-- /{section} -->", TEXT, re.DOTALL).group(1)
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in marked.strip().split("\n")]
    return cells[2:]


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


def own_fields(kind):
    return [f.name for f in dataclasses.fields(kind) if f.name not in ("seq", "t")]


def test_every_event_type_is_documented_with_its_fields_in_order():
    documented = {names(row[0])[0]: names(row[1]) for row in rows("events")}
    assert documented == {name: own_fields(kind) for name, kind in events.TYPES.items()}


def test_every_metric_is_documented():
    assert [name for name in events.METRICS if f"`{name}`" not in TEXT] == []


def test_every_key_of_the_state_is_documented_in_order():
    documented = [names(row[0])[0] for row in rows("state")]
    assert documented == [f.name for f in dataclasses.fields(state.RunState)]


def test_the_states_are_documented():
    assert tuple(names(rows("state")[0][1])) == state.STATES


def test_the_versions_are_documented():
    assert f"version of this file, {state.VERSION}" in TEXT
    assert f"version of the schema, {events.VERSION}" in TEXT


@pytest.mark.parametrize("command", control.COMMANDS)
def test_every_command_is_documented(command):
    assert re.search(rf"^\| `{command}` \|", TEXT, re.MULTILINE)


def test_every_entry_of_the_directory_is_documented():
    run = RunDir(Path("run"))
    properties = [name for name, value in vars(RunDir).items() if isinstance(value, property)]
    entries = {getattr(run, name).name for name in properties if name != "id"}
    entries.add(run.model_file(RunConfig().model).name)
    assert [entry for entry in sorted(entries) if f"`{entry}" not in TEXT] == []
