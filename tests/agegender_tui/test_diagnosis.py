"""The findings of a run's curves, on the command line and in the Run screen's pane."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agegender_tui.cli import main
from agegender_tui.run_view import RunView
from agegender_tui.widgets.diagnosis_pane import findings_text
from tests.trainer.evaluation.made_curves import overfitted, write_events
from trainer.errors import ExitCode
from trainer.runs.event_log import read_events
from trainer.runs.events import history
from trainer.runs.layout import RunDir

MakeRun = Callable[..., RunDir]


def overfitted_run(make_run: MakeRun, root: Path, label: str = "") -> RunDir:
    run = make_run(root, epochs=60, total=60, label=label)
    write_events(run, overfitted(60))
    return run


def test_the_command_says_what_each_run_shows(
    tmp_path: Path, make_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    long, short = overfitted_run(make_run, tmp_path, "wide"), make_run(tmp_path)
    assert main(["--runs", str(tmp_path), "diagnose", long.id, short.id, long.id]) == ExitCode.OK
    first, second = capsys.readouterr().out.split("\n\n")
    assert first.startswith(f"{long.id}  wide\n  stopped early after epoch 60")
    assert "\n! overfits in age from epoch" in first
    assert second == f"{short.id}\n  5 epochs are too few to judge by: it takes 8\n"


def test_a_script_gets_rules_epochs_and_figures(
    tmp_path: Path, make_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    run = overfitted_run(make_run, tmp_path)
    main(["--runs", str(tmp_path), "diagnose", run.id, "--json"])
    (record,) = json.loads(capsys.readouterr().out)
    assert record["run"] == run.id
    (finding,) = [one for one in record["findings"] if one["rule"] == "overfitting-age"]
    assert finding["fault"] and 1 < finding["epoch"] < 60
    assert finding["figures"]["train_after"] < finding["figures"]["train_before"]


def test_a_view_judges_its_run_anew_only_after_an_epoch(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agegender_tui import run_view

    judged: list[int] = []
    real = run_view.diagnose
    monkeypatch.setattr(
        run_view, "diagnose", lambda rows, config: judged.append(len(rows)) or real(rows, config)
    )
    run = make_run(tmp_path, epochs=12, total=12)
    view = RunView(run, run.config())
    events = list(read_events(run.events_file))
    last = max(at for at, event in enumerate(events) if event.type == "epoch")
    view.apply(events[:last])
    assert view.findings is view.findings
    view.apply(events[last:])
    assert view.findings and judged == [11, 12]
    view.apply([event for event in events if event.type == "system"])
    assert view.findings and judged == [11, 12]


def test_the_pane_marks_faults_and_names_the_run_where_there_are_several(
    tmp_path: Path, make_run: MakeRun
) -> None:
    views = []
    for run in (overfitted_run(make_run, tmp_path), make_run(tmp_path, label="[wide]")):
        views.append(RunView(run, run.config(), run.label()))
        views[-1].apply(history(read_events(run.events_file)))
    alone = findings_text(views[:1]).plain
    assert alone.startswith("· stopped early after epoch 60")
    assert "\n! overfits in age" in alone
    both = findings_text(views).plain.splitlines()
    assert both[0] == views[0].compared.name
    assert both[-2:] == [views[1].compared.name, "· 5 epochs are too few to judge by: it takes 8"]
