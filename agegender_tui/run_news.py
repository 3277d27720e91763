"""What is new of a run, taken into the view of it."""

from __future__ import annotations

from agegender_tui.follow import News
from agegender_tui.run_view import RunView


def take_in(view: RunView, news: News) -> bool:
    """Bring `view` up to date; True if its curves changed."""
    if news.anew:
        view.start_over()
    if news.state is not None:
        view.state, view.shown = news.state, news.shown
    elif news.problem:
        view.shown = "broken"
    view.config, view.label = news.config, news.label
    if news.broken:
        view.shown = "broken"  # as in the list of runs, whatever its state says
    view.has_checkpoint, view.model_bytes = news.has_checkpoint, news.model_bytes
    view.asked = news.asked
    view.problem = news.problem
    return view.apply(news.events) or news.anew
