"""Every key of the dashboard, in one table: the screens bind from it and the help is made of it.

A user gives an action other keys by its id, in the `[keys]` table of the settings file.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True)
class Key:
    """One action: `scope` is the screen it belongs to, `short` its word in the footer ('' hides
    it there), `meaning` its line in the help."""

    scope: str
    id: str
    keys: str
    action: str
    short: str
    meaning: str


KEYS: tuple[Key, ...] = (
    Key("app", "app.runs", "1", "show_runs", "", "the list of runs"),
    Key("app", "app.run", "2", "show_run", "", "the live run, or the one looked at last"),
    Key("app", "app.help", "question_mark", "help", "Help", "this help"),
    Key("app", "app.palette", "ctrl+p", "command_palette", "", "find any command by name"),
    Key("app", "app.quit", "q", "leave", "Quit", "leave; runs go on without the dashboard"),
    Key("runs", "runs.new", "n", "new", "New", "start a run"),
    Key("runs", "runs.copy", "c", "copy", "", "start a run with this run's settings"),
    Key("runs", "runs.open", "enter", "open", "Open", "watch the run, or all marked runs overlaid"),
    Key("runs", "runs.mark", "space", "mark", "Mark", "mark or unmark the run"),
    Key("runs", "runs.filter", "slash", "filter", "Filter", "filter the list"),
    Key("runs", "runs.diff", "d", "diff", "Diff", "settings in which the marked runs differ"),
    Key("runs", "runs.sort", "o", "sort", "", "sort by the next column"),
    Key("runs", "runs.pause", "p", "pause", "", "pause the run"),
    Key("runs", "runs.resume", "r", "resume", "", "resume a paused, stopped, failed or lost run"),
    Key("runs", "runs.stop", "s", "stop", "", "stop the run and save its model"),
    Key("runs", "runs.kill", "k", "kill", "", "kill the run's worker at once"),
    Key("runs", "runs.delete", "x,delete", "delete", "", "move the run to the trash folder"),
    Key("runs", "runs.label", "l", "label", "", "give the run a label"),
    Key("runs", "runs.clear", "escape", "clear", "", "clear the filter and the marks"),
    Key("run", "run.pause", "p", "pause", "Pause", "pause after this step"),
    Key("run", "run.resume", "r", "resume", "Resume", "resume a paused, stopped or lost run"),
    Key("run", "run.stop", "s", "stop", "Stop", "stop after this step and save the model"),
    Key("run", "run.kill", "k", "kill", "", "kill the worker at once; its checkpoints stay"),
    Key("run", "run.full", "f,enter", "full", "Full", "one chart on the whole screen, and back"),
    Key("run", "run.next", "tab", "next_chart", "", "next chart"),
    Key("run", "run.previous", "shift+tab", "previous_chart", "", "previous chart"),
    Key("run", "run.left", "left", "cursor(-1)", "", "move the cursor one epoch back"),
    Key("run", "run.right", "right", "cursor(1)", "", "move the cursor one epoch on"),
    Key("run", "run.zoom_in", "plus,equals_sign", "zoom(1)", "", "show fewer epochs"),
    Key("run", "run.zoom_out", "minus", "zoom(-1)", "", "show more epochs"),
    Key("run", "run.zoom_all", "0", "zoom(0)", "", "show all epochs, drop the cursor"),
    Key("run", "run.smooth", "m", "smooth", "Smooth", "smoothing: off, 0.6, 0.9"),
    Key("run", "run.log", "g", "log", "", "logarithmic axis for the losses and the MAE"),
    Key("run", "run.overlay", "o", "overlay", "Overlay", "lay another run over this one"),
    Key("run", "run.pane", "t", "pane", "", "log, settings and system pane in turn"),
    Key(
        "run",
        "run.export",
        "x",
        "export",
        "Export",
        "write the curves as PNG and the epochs as CSV",
    ),
    Key("run", "run.up", "up,pageup", "scroll_pane(-1)", "", "scroll the pane up"),
    Key("run", "run.down", "down,pagedown", "scroll_pane(1)", "", "scroll the pane down"),
    Key("run", "run.back", "escape", "back", "Back", "back to the runs"),
    Key("new", "new.start", "ctrl+s", "start", "Start", "start the run"),
    Key("new", "new.next", "down", "next", "", "next field"),
    Key("new", "new.previous", "up", "previous", "", "previous field"),
    Key("new", "new.reset", "ctrl+r", "reset", "As preset", "every setting as the preset has it"),
    Key("new", "new.back", "escape", "back", "Leave", "leave the form without starting"),
)


def bindings(scope: str) -> list[Binding]:
    """The Textual bindings of one screen, each with its id, so that a key map can replace it."""
    return [
        Binding(key.keys, key.action, key.short or key.meaning, show=bool(key.short), id=key.id)
        for key in KEYS
        if key.scope == scope
    ]


def scopes() -> list[str]:
    """The screens that have keys, in the order of the table."""
    return list(dict.fromkeys(key.scope for key in KEYS))
