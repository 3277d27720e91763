"""Which run this is, how it is, where it works and for how long."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from agegender_tui.run_states import GLYPHS, STYLES
from agegender_tui.run_view import RunView
from trainer.text import duration, printable


def header(view: RunView, others: int, now: float) -> tuple[Content, Content]:
    """Two lines: identity and state; device, data and time."""
    parts: list[Content | tuple[str, str] | str] = [(view.run.id, "bold")]
    if view.label:
        parts += ["  ", Content(printable(view.label))]
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
    where = [view.device or view.state.device or "no device yet"]
    if view.config and view.config.data:
        where.append(f"data {view.config.data}")
    where.append(f"{duration(view.elapsed(now))} at work")
    if others:
        where.append(f"{others} overlaid")
    if view.state.text and view.shown != "failed":
        where.append(view.state.text)
    return Content.assemble(*parts), Content("  ·  ".join(printable(part) for part in where))


class RunHeader(Static):
    """The two lines at the top of the Run screen."""

    def __init__(self) -> None:
        super().__init__(id="header", markup=False)

    def show(self, view: RunView, others: int, now: float) -> None:
        first, second = header(view, others, now)
        self.update(Content("\n").join((first, second.stylize("dim"))))
