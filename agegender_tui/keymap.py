"""Every key of the dashboard, in one table: the screens bind from it and the help is made of it.

A user gives an action other keys by its id, in the `[keys]` table of the settings file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Key:
    """One action: `scope` is the screen it belongs to, `short` its word in the footer ('' hides
    it there), `meaning` its line in the help. `text_follows`: what is typed next, however fast,
    is text for the field that opens, and must not be taken for other keys of the screen."""

    scope: str
    id: str
    keys: str
    action: str
    short: str
    meaning: str
    text_follows: bool = False


KEYS: tuple[Key, ...] = (
    Key("app", "app.runs", "1", "show_runs", "", "the list of runs"),
    Key("app", "app.run", "2", "show_run", "", "the live run, or the one looked at last"),
    Key("app", "app.help", "question_mark,f1", "help", "Help", "this help"),
    Key("app", "app.palette", "ctrl+p", "command_palette", "", "find any command by name"),
    Key("app", "app.quit", "q", "leave", "Quit", "leave; runs go on without the dashboard"),
    Key("app", "app.data", "3", "show_data", "Data", "the faces of a data set"),
    Key(
        "app", "app.predict", "4", "show_predict", "Predict", "age and gender of faces in pictures"
    ),
    Key(
        "app",
        "app.evaluate",
        "5",
        "show_evaluate",
        "Evaluate",
        "which model is better, for whom, and by how much",
    ),
    Key("app", "app.tune", "6", "show_tune", "Tune", "search for better settings"),
    Key("table", "table.up", "up", "cursor_up", "", "one up"),
    Key("table", "table.down", "down", "cursor_down", "", "one down"),
    Key("table", "table.page_up", "pageup", "page_up", "", "a page up"),
    Key("table", "table.page_down", "pagedown", "page_down", "", "a page down"),
    Key("table", "table.first", "home,ctrl+home", "scroll_top", "", "the first"),
    Key("table", "table.last", "end,ctrl+end", "scroll_bottom", "", "the last"),
    Key("runs", "runs.new", "n", "new", "New", "start a run"),
    Key("runs", "runs.copy", "c", "copy", "", "start a run with this run's settings"),
    Key("runs", "runs.open", "enter", "open", "Open", "watch the run, or all marked runs overlaid"),
    Key("runs", "runs.mark", "space", "mark", "Mark", "mark or unmark the run"),
    Key(
        "runs", "runs.mark_all", "asterisk", "mark_all", "", "mark all in the list, or unmark them"
    ),
    Key("runs", "runs.filter", "slash", "filter", "Filter", "filter the list", text_follows=True),
    Key("runs", "runs.diff", "d", "diff", "", "settings in which the marked runs differ"),
    Key("runs", "runs.sort", "o", "sort", "", "sort by the next column"),
    Key("runs", "runs.turn", "O", "turn", "", "the other way round, worst or oldest first"),
    Key("runs", "runs.pause", "p", "pause", "", "pause the run, or all marked"),
    Key("runs", "runs.resume", "r", "resume", "", "resume an unfinished run, or all marked"),
    Key("runs", "runs.stop", "s", "stop", "", "stop the run and save its model, or all marked"),
    Key("runs", "runs.kill", "k", "kill", "", "kill the run's worker at once, or all marked"),
    Key("runs", "runs.free", "f", "free", "", "delete checkpoints of the run, or of all marked"),
    Key(
        "runs",
        "runs.delete",
        "x,delete",
        "delete",
        "",
        "move the run, or all marked, to the trash folder",
    ),
    Key("runs", "runs.label", "l", "label", "", "give the run a label", text_follows=True),
    Key("runs", "runs.clear", "escape", "clear", "", "clear the filter and the marks"),
    Key("run", "run.pause", "p", "pause", "Pause", "pause after this step"),
    Key("run", "run.resume", "r", "resume", "Resume", "resume an unfinished run"),
    Key("run", "run.stop", "s", "stop", "Stop", "stop after this step and save the model"),
    Key("run", "run.kill", "k", "kill", "", "kill the worker at once; its checkpoints stay"),
    Key("run", "run.full", "f,enter", "full", "Full", "one chart on the whole screen, and back"),
    Key("run", "run.next", "tab", "next_chart", "", "next chart"),
    Key("run", "run.previous", "shift+tab", "previous_chart", "", "previous chart"),
    Key("run", "run.axis", "a", "axis", "", "time of work along the charts, or epochs"),
    Key("run", "run.left", "left", "cursor(-1)", "", "move the cursor one epoch back"),
    Key("run", "run.right", "right", "cursor(1)", "", "move the cursor one epoch on"),
    Key("run", "run.first", "home", "jump(-1)", "", "move the cursor to the first epoch"),
    Key("run", "run.last", "end", "jump(1)", "", "move the cursor to the last epoch"),
    Key("run", "run.zoom_in", "plus,equals_sign", "zoom(1)", "", "show half as much of the axis"),
    Key("run", "run.zoom_out", "minus", "zoom(-1)", "", "show twice as much"),
    Key("run", "run.zoom_all", "0", "zoom(0)", "", "show all, drop the cursor"),
    Key("run", "run.smooth", "m", "smooth", "", "smoothing: off, 0.6, 0.9"),
    Key("run", "run.log", "g", "log", "", "logarithmic axis for the losses and the MAE"),
    Key("run", "run.overlay", "o", "overlay", "Overlay", "lay another run over this one"),
    Key("run", "run.figures", "c", "figures", "Table", "figures of the runs side by side"),
    Key("run", "run.diff", "d", "diff", "", "settings in which the overlaid runs differ"),
    Key(
        "run",
        "run.pane",
        "t",
        "pane",
        "",
        "log, settings, system, worker's log, figures, diagnosis",
    ),
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
    Key("data", "data.open", "enter", "open", "Open", "one face large, and back"),
    Key("data", "data.next", "right,n", "step(1)", "", "next face, where one is large"),
    Key("data", "data.previous", "left,p", "step(-1)", "", "previous face, where one is large"),
    Key("data", "data.filter", "slash", "filter", "Filter", "filter the faces", text_follows=True),
    Key("data", "data.sort", "o", "sort", "", "sort in the next way"),
    Key("data", "data.sample", "r", "sample", "", "a random order; again draws another"),
    Key("data", "data.mark", "space", "mark", "", "mark or unmark the face"),
    Key("data", "data.exclude", "x,delete", "exclude", "Exclude", "exclude or restore the face"),
    Key("data", "data.correct", "l", "correct", "Label", "correct the label", text_follows=True),
    Key("data", "data.undo", "u", "undo", "", "take the last exclusion or correction back"),
    Key("data", "data.numbers", "d", "numbers", "Numbers", "how the data set is made up, and back"),
    Key("data", "data.findings", "f", "findings", "Found", "noise and bias found, and back"),
    Key("data", "data.inspect", "i", "inspect", "", "look at every picture for noise and bias"),
    Key("data", "data.write", "w", "write", "", "write the report as HTML and JSON"),
    Key("data", "data.model", "m", "model", "", "let a run's model judge the labels"),
    Key("data", "data.larger", "plus,equals_sign", "zoom(1)", "", "larger faces"),
    Key("data", "data.smaller", "minus", "zoom(-1)", "", "smaller faces"),
    Key("data", "data.folder", "a", "folder", "", "look at another data set", text_follows=True),
    Key("data", "data.keep", "k", "keep", "", "keep a data set under a name", text_follows=True),
    Key("data", "data.fetch", "g", "fetch", "", "get UTKFace", text_follows=True),
    Key("data", "data.back", "escape", "back", "Back", "back; in the grid, show all faces again"),
    Key("predict", "predict.path", "o", "path", "Open", "type a path", text_follows=True),
    Key("predict", "predict.next_file", "n", "file(1)", "", "next picture of the folder"),
    Key("predict", "predict.previous_file", "p", "file(-1)", "", "previous picture"),
    Key("predict", "predict.next_face", "right", "face(1)", "", "next face"),
    Key("predict", "predict.previous_face", "left", "face(-1)", "", "previous face"),
    Key("predict", "predict.models", "m", "models", "Models", "choose the models that predict"),
    Key("predict", "predict.heat", "g", "heat", "Grad-CAM", "what age, then gender was seen by"),
    Key(
        "predict",
        "predict.next_model",
        "v",
        "next_model",
        "",
        "Grad-CAM of the next model or epoch",
    ),
    Key("predict", "predict.layer", "l", "layer", "", "Grad-CAM by another layer"),
    Key("predict", "predict.epochs", "e", "epochs", "", "Grad-CAM through the run's epochs"),
    Key("predict", "predict.flip", "f", "flip", "Flip", "mirror the face too, and average"),
    Key("predict", "predict.mode", "c", "mode", "", "find faces, take pictures as crops, or judge"),
    Key("predict", "predict.save", "s", "save", "Save", "write boxes, maps and words as files"),
    Key(
        "predict",
        "predict.batch",
        "b",
        "batch",
        "Folder",
        "a folder into a table, or stop",
        text_follows=True,
    ),
    Key("predict", "predict.tree", "t", "tree", "Files", "show or hide the files"),
    Key("predict", "predict.up", "backspace", "up", "", "the folder above"),
    Key("predict", "predict.again", "r", "again", "", "ask again; starts the process if it ended"),
    Key("predict", "predict.back", "escape", "back", "Back", "back to the runs"),
    Key("models", "models.mark", "space", "mark", "Mark", "choose the model, or not"),
    Key("models", "models.only", "o", "only", "This one", "predict with this model alone"),
    Key("models", "models.add", "a", "add", "Add file", "models elsewhere", text_follows=True),
    Key("models", "models.onnx", "x", "export('onnx')", "ONNX", "export to ONNX and compare"),
    Key("models", "models.tflite", "l", "export('tflite')", "TFLite", "export to TFLite, compare"),
    Key("models", "models.back", "escape", "back", "Back", "back; the models stay as they were"),
    Key("evaluate", "evaluate.new", "n", "new", "New", "choose models and data sets to evaluate"),
    Key("evaluate", "evaluate.open", "enter", "open", "Open", "its figures; of a face, the label"),
    Key("evaluate", "evaluate.mark", "space", "mark", "Mark", "mark or unmark, to see together"),
    Key("evaluate", "evaluate.mean", "m", "mean", "", "the mean of the models marked"),
    Key("evaluate", "evaluate.next", "tab", "next_view(1)", "View", "next view"),
    Key("evaluate", "evaluate.previous", "shift+tab", "next_view(-1)", "", "previous view"),
    Key("evaluate", "evaluate.figures", "f", "show('figures')", "", "figures with intervals"),
    Key("evaluate", "evaluate.compare", "d", "show('differences')", "Compare", "which is better"),
    Key("evaluate", "evaluate.scatter", "p", "show('scatter')", "", "predicted against true age"),
    Key("evaluate", "evaluate.ages", "a", "show('ages')", "", "error by age"),
    Key("evaluate", "evaluate.confusion", "c", "show('confusion')", "", "who was taken for whom"),
    Key(
        "evaluate",
        "evaluate.reliability",
        "b",
        "show('reliability')",
        "",
        "how sure, and how right",
    ),
    Key("evaluate", "evaluate.curves", "l", "show('curves')", "", "the models' learning curves"),
    Key("evaluate", "evaluate.worst", "w", "show('worst')", "", "faces it is most wrong on"),
    Key("evaluate", "evaluate.turn", "o", "turn", "", "worst by age or by gender; next order"),
    Key("evaluate", "evaluate.other", "v", "other", "", "compare, worst, curves: the next marked"),
    Key("evaluate", "evaluate.larger", "plus,equals_sign", "zoom(1)", "", "larger faces, fewer"),
    Key("evaluate", "evaluate.smaller", "minus", "zoom(-1)", "", "smaller faces, more"),
    Key("evaluate", "evaluate.left", "left", "cursor(-1)", "", "curves: cursor one epoch back"),
    Key("evaluate", "evaluate.right", "right", "cursor(1)", "", "curves: cursor one epoch on"),
    Key("evaluate", "evaluate.report", "r", "report", "Report", "write it as HTML, PNG and CSV"),
    Key(
        "evaluate",
        "evaluate.filter",
        "slash",
        "filter",
        "",
        "filter the list",
        text_follows=True,
    ),
    Key("evaluate", "evaluate.stop", "s", "stop", "", "stop evaluating"),
    Key("evaluate", "evaluate.again", "g", "again", "", "go at a failed or stopped one again"),
    Key("evaluate", "evaluate.delete", "x,delete", "delete", "", "move it to the trash folder"),
    Key("evaluate", "evaluate.back", "escape", "back", "Back", "back to the list, to the runs"),
    Key("asked", "asked.mark", "space", "mark", "Mark", "choose it, or not"),
    Key("asked", "asked.start", "ctrl+s", "start", "Start", "evaluate what is chosen"),
    Key("asked", "asked.next", "tab", "other", "Models, data", "models, data sets"),
    Key("asked", "asked.previous", "shift+tab", "other", "", "data sets, models"),
    Key("asked", "asked.flip", "f", "flip", "Flip", "mirror each face too, and average"),
    Key(
        "asked",
        "asked.model",
        "m",
        "add_model",
        "Add model",
        "add a model file",
        text_follows=True,
    ),
    Key(
        "asked",
        "asked.folder",
        "o",
        "add_folder",
        "Add data",
        "add a folder of faces",
        text_follows=True,
    ),
    Key("asked", "asked.back", "escape", "back", "Leave", "leave without evaluating"),
    Key("tune", "tune.new", "n", "new", "New", "start a study, which searches for settings"),
    Key("tune", "tune.open", "enter", "open", "Open", "its trials; of a trial, the run"),
    Key("tune", "tune.promote", "p", "promote", "Promote", "a new run with the trial's settings"),
    Key("tune", "tune.next", "tab", "next_view(1)", "View", "trials, charts, what matters"),
    Key("tune", "tune.previous", "shift+tab", "next_view(-1)", "", "previous view"),
    Key("tune", "tune.runs", "l", "runs", "Runs", "its trials in the list of runs"),
    Key("tune", "tune.sort", "o", "sort", "", "order the trials by the next column"),
    Key("tune", "tune.turn", "O", "turn", "", "the other way round, worst or last first"),
    Key("tune", "tune.left", "left", "scroll_columns(-1)", "", "trials: columns to the left"),
    Key("tune", "tune.right", "right", "scroll_columns(1)", "", "trials: columns to the right"),
    Key("tune", "tune.stop", "s", "stop", "", "stop after the trials under way"),
    Key("tune", "tune.kill", "k", "kill", "", "kill the worker and the trials at once"),
    Key("tune", "tune.resume", "r", "resume", "", "go on, where all trials ended with more"),
    Key("tune", "tune.delete", "x,delete", "delete", "", "to the trash folder; its runs stay"),
    Key("tune", "tune.back", "escape", "back", "Back", "back to the list, to the runs"),
    Key("study", "study.start", "ctrl+s", "start", "Start", "start the study"),
    Key("study", "study.next", "down", "next", "", "next field"),
    Key("study", "study.previous", "up", "previous", "", "previous field"),
    Key("study", "study.back", "escape", "back", "Leave", "leave the form without starting"),
    Key("new", "new.start", "ctrl+s", "start", "Start", "start the run"),
    Key("new", "new.next", "down", "next", "", "next field"),
    Key("new", "new.previous", "up", "previous", "", "previous field"),
    Key("new", "new.reset", "ctrl+r", "reset", "As preset", "every setting as the preset has it"),
    Key("new", "new.back", "escape", "back", "Leave", "leave the form without starting"),
)


def bindings(scope: str) -> list[Binding]:
    """The Textual bindings of one screen, each with its id, so that a key map can replace it."""
    return [
        Binding(
            key.keys,
            key.action,
            key.short or key.meaning,
            show=bool(key.short),
            id=key.id,
            # Then the application acts on it before it hands the next key to any widget.
            priority=key.text_follows,
        )
        for key in KEYS
        if key.scope == scope
    ]


# The screens whose list is a table that has the keys of `table`.
TABLES = ("runs", "evaluate", "tune")
# Where the keys of LEADING do nothing: a half-filled form is left by its own key.
FORMS = ("asked", "study", "new")
LEADING = frozenset(
    {"show_runs", "show_run", "show_data", "show_predict", "show_evaluate", "show_tune"}
)


def leads_from(scope: str) -> bool:
    """Whether the keys that lead to other screens do so on that of `scope`."""
    return scope in scopes() and scope not in FORMS


def works_on(key: Key, scope: str) -> bool:
    """Whether a key is one of that screen, or one of everywhere that does something there."""
    everywhere = key.scope == "app" and (key.action not in LEADING or leads_from(scope))
    return key.scope == scope or everywhere


def opens_text(scope: str, action: str) -> bool:
    """Whether a key of that screen opens a line of text: in such a line it is text itself."""
    return any(key.text_follows for key in KEYS if (key.scope, key.action) == (scope, action))


def scopes() -> list[str]:
    """The screens that have keys, in the order of the table."""
    return list(dict.fromkeys(key.scope for key in KEYS))


def scope_of(bound: Iterable[BindingType]) -> str:
    """The scope that a screen's bindings come from; '' for a screen without any of the table."""
    ids = (binding.id for binding in bound if isinstance(binding, Binding) and binding.id)
    return next((name.partition(".")[0] for name in ids), "")


# How keys are called on screen where Textual's own name is not what stands on the keyboard.
KEY_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "asterisk": "*",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
}
_CANONICAL = {called: name for name, called in KEY_NAMES.items()}


def key_names(keys: str) -> str:
    """How a binding's keys are called: `question_mark` is `?`."""
    return ", ".join(KEY_NAMES.get(key.strip(), key.strip()) for key in keys.split(","))


def clashes(remapped: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Remapped actions that share a key with another of their screen: id to (key, other id)."""
    shared = {"app": scopes(), "table": list(TABLES)}
    taken: dict[tuple[str, str], list[str]] = {}
    for key in KEYS:
        for name in remapped.get(key.id, key.keys).split(","):
            canonical = _CANONICAL.get(name.strip(), name.strip())
            for scope in shared.get(key.scope, [key.scope]):
                taken.setdefault((scope, canonical), []).append(key.id)
    return {
        mine: (name, next(other for other in ids if other != mine))
        for (_, name), ids in taken.items()
        if len(set(ids)) > 1
        for mine in ids
        if mine in remapped
    }
