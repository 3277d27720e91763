"""The one key table, and what a user makes of it."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from rich.console import Console

from agegender_tui.app import AgeGenderApp
from agegender_tui.keymap import (
    FORMS,
    KEYS,
    TABLES,
    bindings,
    clashes,
    key_names,
    scope_of,
    scopes,
    works_on,
)
from agegender_tui.screens.dataset import DatasetScreen
from agegender_tui.screens.evaluate import EvaluateScreen
from agegender_tui.screens.help import TITLES, keys_table, sections
from agegender_tui.screens.models import ModelsScreen
from agegender_tui.screens.new_evaluation import NewEvaluationScreen
from agegender_tui.screens.new_run import NewRunScreen
from agegender_tui.screens.new_study import NewStudyScreen
from agegender_tui.screens.predict import PredictScreen
from agegender_tui.screens.run import RunScreen
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.screens.tune import TuneScreen
from agegender_tui.widgets.runs_table import RunsTable

OWNERS = {
    "app": AgeGenderApp,
    "table": RunsTable,
    "runs": RunsScreen,
    "run": RunScreen,
    "data": DatasetScreen,
    "predict": PredictScreen,
    "models": ModelsScreen,
    "evaluate": EvaluateScreen,
    "asked": NewEvaluationScreen,
    "tune": TuneScreen,
    "study": NewStudyScreen,
    "new": NewRunScreen,
}


def test_ids_are_unique_and_name_their_screen() -> None:
    assert max(Counter(key.id for key in KEYS).values()) == 1
    assert all(key.id.partition(".")[0] == key.scope for key in KEYS)


def test_no_screen_has_a_key_twice() -> None:
    for scope in scopes():
        mine = [k for key in KEYS if key.scope in (scope, "app") for k in key.keys.split(",")]
        assert max(Counter(mine).values()) == 1, scope


def test_every_key_is_bound_by_its_screen_to_an_action_that_exists() -> None:
    for key in KEYS:
        owner = OWNERS[key.scope]
        assert key.id in [getattr(b, "id", None) for b in owner.BINDINGS], key.id
        assert hasattr(owner, "action_" + key.action.partition("(")[0]), key.id


@pytest.mark.parametrize("scope", [scope for scope in scopes() if scope not in ("app", *FORMS)])
def test_help_and_quit_are_in_the_footer_of_80_columns(scope: str) -> None:
    footer = [key for of in (scope, "app") for key in KEYS if key.scope == of and key.short]
    upto = footer[: [key.id for key in footer].index("app.quit") + 1]
    assert len(" ".join(f"{key_names(key.keys.split(',')[0])} {key.short}" for key in upto)) <= 80


def test_a_screen_is_known_by_its_bindings() -> None:
    assert scope_of(bindings("run")) == "run"
    assert scope_of([("x", "y", "z")]) == ""
    assert [scope_of(owner.BINDINGS) for owner in OWNERS.values()] == list(OWNERS)


def test_keys_are_called_as_on_the_keyboard() -> None:
    assert key_names("plus,equals_sign") == "+, ="
    assert key_names("ctrl+p") == "ctrl+p"


def test_help_has_the_current_screen_first_and_every_key() -> None:
    shown = sections("run", {})
    assert [title for title, _ in shown[:2]] == ["Run", "Everywhere"]
    assert sum(len(keys) for _, keys in shown) == len(KEYS)
    assert {title for title, _ in shown} == set(TITLES.values())


def test_help_has_the_keys_of_the_zoom_together() -> None:
    (keys,) = [keys for title, keys in sections("run", {}) if title == "Run"]
    names = [names for names, _ in keys]
    assert names[names.index("+, =") :][:3] == ["+, =", "-", "0"]


def test_help_cuts_no_name_of_a_key() -> None:
    shown = StringIO()
    keys = [("down, page down", "on"), ("ctrl+shift+left, page down, f12", "the user's own")]
    Console(file=shown, width=70).print(keys_table(keys))
    lines = shown.getvalue().splitlines()
    assert lines[0].split("  ")[0] == "down, page down"
    assert " ".join(line[:16].strip() for line in lines[1:]) == keys[1][0]


@pytest.mark.parametrize("scope", TABLES)
def test_help_names_the_keys_that_move_in_a_list(scope: str) -> None:
    titles = [title for title, _ in sections(scope, {})]
    assert titles[:3] == [TITLES[scope], "Everywhere", TITLES["table"]]
    keys = [names for names, _ in dict(sections(scope, {}))[TITLES["table"]]]
    assert keys == ["up", "down", "page up", "page down", "home, ctrl+home", "end, ctrl+end"]


def test_help_and_palette_leave_out_keys_that_lead_nowhere_from_a_form() -> None:
    (everywhere,) = [keys for title, keys in sections("asked", {}) if title == "Everywhere"]
    assert [names for names, _ in everywhere] == ["?, f1", "ctrl+p", "q"]
    leading = [key for key in KEYS if key.id in ("app.runs", "app.evaluate")]
    assert not any(works_on(key, form) for key in leading for form in FORMS)
    assert all(works_on(key, scope) for key in leading for scope in ("models", "data"))


def test_help_shows_the_users_own_keys() -> None:
    keys = dict(sections("runs", {"runs.new": "f5,question_mark"}))["Runs"]
    assert ("f5, ?", "start a run") in keys


def test_a_key_given_twice_on_one_screen_clashes() -> None:
    assert clashes({"runs.new": "c"}) == {"runs.new": ("c", "runs.copy")}
    assert clashes({"runs.new": "?"})["runs.new"][1] == "app.help"
    assert clashes({"app.runs": "p"})["app.runs"][0] == "p"
    assert clashes({"table.down": "down,w"}) == {"table.down": ("w", "evaluate.worst")}
    assert clashes({"evaluate.filter": "home"}) == {"evaluate.filter": ("home", "table.first")}


def test_other_screens_and_swapped_keys_do_not_clash() -> None:
    assert clashes({}) == {}
    assert clashes({"runs.new": "g"}) == {}
    assert clashes({"data.keep": "j", "table.down": "down,j", "table.up": "up,i"}) == {}
    assert clashes({"runs.new": "c", "runs.copy": "n"}) == {}
