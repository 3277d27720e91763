"""The wall between the two packages, and what the dashboard may load before its first paint."""

from __future__ import annotations

import ast
import json
import pkgutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import agegender_tui
import trainer

ENGINE_ONLY = {"tensorflow", "keras", "optuna"}
AFTER_THE_FIRST_PAINT = ENGINE_ONLY | {"numpy", "cv2", "plotext", "textual_plotext", "PIL"}
LIGHT = (
    "trainer.config",
    "trainer.errors",
    "trainer.text",
    "trainer.doctor",
    "trainer.runs.registry",
    "trainer.runs.events",
    "trainer.runs.control",
    "trainer.runs.queue",
    "trainer.training.worker",
    "trainer.data.index",
    "trainer.evaluation.diagnosis",
    "trainer.data.labels",
    "trainer.data.sample",
    "trainer.prediction.catalog",
    "trainer.prediction.protocol",
    "trainer.evaluation.plan",
    "trainer.jobs.status",
    "trainer.evaluation.store",
    "trainer.tuning.best",
    "trainer.tuning.going_together",
    "trainer.tuning.objective",
    "trainer.tuning.space",
    "trainer.tuning.study",
    "trainer.tuning.trial_log",
    "agegender_tui.launch_study",
    "agegender_tui.cli_commands.evaluate",
    "agegender_tui.launch_evaluation",
    "agegender_tui.predicting.many_files",
    "agegender_tui.predicting.terminal_lines",
    "agegender_tui.predicting.process",
    "agegender_tui.predicting.table",
    "trainer.data.preview",
    "trainer.data.registered",
    "trainer.data.fetch.utkface",
)


def modules_of(package):
    found = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    return [m.name for m in found if not m.name.endswith("__main__")]


def loaded_by(*modules):
    """Top-level packages in a fresh interpreter after importing `modules`."""
    code = "".join(f"import {module}\n" for module in modules)
    code += "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def imported_in(package):
    """(file, top-level name) of every import statement of a package, lazy ones too."""
    for path in sorted(Path(package.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            yield from ((path.name, name.partition(".")[0]) for name in names)


def test_no_module_of_the_dashboard_loads_tensorflow():
    assert not loaded_by(*modules_of(agegender_tui)) & ENGINE_ONLY


def test_no_statement_of_the_dashboard_imports_tensorflow():
    assert [(file, name) for file, name in imported_in(agegender_tui) if name in ENGINE_ONLY] == []


def test_the_way_to_the_first_paint_loads_nothing_heavy():
    assert not loaded_by("agegender_tui.cli", "agegender_tui.app") & AFTER_THE_FIRST_PAINT


def test_the_predict_screen_opens_without_anything_heavy():
    screens = ("agegender_tui.screens.predict", "agegender_tui.screens.models")
    assert not loaded_by(*screens) & (AFTER_THE_FIRST_PAINT | {"h5py"})


def test_the_usual_models_are_found_without_anything_heavy(tmp_path, make_run):
    run = make_run(tmp_path)
    with zipfile.ZipFile(run.model_file("A"), "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": []}}))
        archive.writestr("metadata.json", "{}")
        archive.writestr("model.weights.h5", b"weights")
    find = f"__import__('pathlib').Path({str(tmp_path)!r})"
    code = (
        "import sys; from agegender_tui.predicting.model_choice import usual_models; "
        f"print(len(usual_models({find})), *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, *modules = done.stdout.split()
    assert count == "1"
    assert not {"h5py", "numpy"} & set(modules)


def test_the_evaluate_screen_opens_without_numpy_and_the_like():
    screens = ("agegender_tui.screens.evaluate", "agegender_tui.screens.new_evaluation")
    plots = {"plotext", "textual_plotext"}
    assert not loaded_by(*screens) & ((AFTER_THE_FIRST_PAINT | {"h5py"}) - plots)


def test_the_tune_screen_opens_without_numpy_and_the_search_itself():
    screens = ("agegender_tui.screens.tune", "agegender_tui.screens.new_study")
    plots = {"plotext", "textual_plotext"}
    assert not loaded_by(*screens) & ((AFTER_THE_FIRST_PAINT | {"optuna"}) - plots)


def test_the_command_line_is_parsed_before_textual_is_loaded():
    assert not loaded_by("agegender_tui.cli") & (AFTER_THE_FIRST_PAINT | {"textual", "rich"})


def test_no_statement_of_the_engine_imports_the_dashboard_or_textual():
    forbidden = {"textual", "textual_plotext", "agegender_tui"}
    assert [(file, name) for file, name in imported_in(trainer) if name in forbidden] == []


@pytest.mark.parametrize("module", LIGHT)
def test_what_the_dashboard_needs_of_the_engine_is_light(module):
    assert not loaded_by(module) & (AFTER_THE_FIRST_PAINT | {"textual"})
