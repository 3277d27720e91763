"""Which run this is, how it is, where it works and for how long."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from agegender_tui.run_states import GLYPHS, STYLES
from agegender_tui.run_view import RunView
from trainer.text import duration, printable

LEAST_LABEL = 8
LEAST_DATA = 12
BETWEEN = "  ·  "


def header(view: RunView, others: int, now: float, width: int) -> tuple[Content, Content]:
    """Two lines: identity and state; device, data and time. A long label is cut, and of a long path
    the beginning, so that state and end stay in sight in `width` columns. What has no room in it
    once a run has ended, device and data, is left out."""
    parts: list[Content | tuple[str, str] | str] = []
    if view.config:
        preset = view.config.preset
        model = f"  model {view.config.model}"
        parts.append(model + (f", preset {preset}" if preset != view.config.model else ""))
    style = STYLES.get(view.shown, "")
    asked = view.asked_text(now)
    # Where the state is the wish, one says both: a narrow line has no room for it twice.
    word, asked = (asked, "") if asked.startswith(view.shown) else (view.shown, asked)
    parts += ["  ", (f"{GLYPHS.get(view.shown, '·')} {word}", f"bold {style}".strip())]
    if asked:
        parts += ["  ", (asked, "$text-warning")]
    name, rest = Content.styled(view.run.id, "bold"), Content.assemble(*parts)
    if view.label:
        label = Content(printable(view.label))
        room = width - name.cell_length - 2 - rest.cell_length
        name = Content.assemble(name, "  ", label.truncate(max(room, LEAST_LABEL), ellipsis=True))
    where = [view.device or view.state.device or "no device yet"]
    where.append(f"{duration(view.elapsed(now))} at work")
    if others:
        where.append(f"{others} overlaid")
    if view.state.text and view.shown != "failed":
        where.append(view.state.text)
    where = [printable(part) for part in where]
    if view.config and view.config.data:
        taken = sum(cell_len(part) + len(BETWEEN) for part in where)
        room = width - len("data ") - taken
        told = view.state.text and view.shown != "failed" and not view.active
        if room < LEAST_DATA and told:
            # How it ended says more than where it worked, and is what a narrow line would cut.
            if taken - len(BETWEEN) > width:
                del where[0]
        else:
            where.insert(1, f"data {_end_of(printable(view.config.data), max(room, LEAST_DATA))}")
    return name + rest, Content(BETWEEN.join(where))


def _end_of(path: str, width: int) -> str:
    """The path, or as much of its end as fits `width` cells."""
    if cell_len(path) <= width:
        return path
    while cell_len(path) >= width:
        path = path[1:]
    return f"…{path}"


class RunHeader(Static):
    """The two lines at the top of the Run screen."""

    def __init__(self) -> None:
        super().__init__(id="header", markup=False)

    def show(self, view: RunView, others: int, now: float) -> None:
        first, second = header(view, others, now, self.screen.size.width - 2)
        self.update(Content("\n").join((first, second.stylize("dim"))))
