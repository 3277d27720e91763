"""What is new of a run, taken into the view of it."""

from __future__ import annotations

from agegender_tui.follow import News
from agegender_tui.run_view import RunView
from trainer.errors import UserError
from trainer.runs.layout import RunDir
from trainer.text import printable


def open_view(run: RunDir) -> RunView:
    """The view of a run of which nothing was read yet but its settings and its label."""
    view = RunView(run)
    try:
        view.config = run.config()
        view.label = run.label()
    except UserError as error:
        view.problem = str(error)
    except (OSError, UnicodeDecodeError) as error:
        view.problem = f"{printable(str(run.path))}: cannot be read ({error})"
    return view


def take_in(view: RunView, news: News) -> bool:
    """Bring `view` up to date; True if its curves changed."""
    if news.anew:
        view.start_over()
    if news.state is not None:
        view.state, view.shown = news.state, news.shown
    elif news.problem:
        view.shown = "broken"
    if view.config is None:
        view.shown = "broken"  # as in the list of runs, whatever its state says
    view.asked = news.asked
    view.problem = news.problem or ("" if view.config else view.problem)
    return view.apply(news.events) or news.anew
