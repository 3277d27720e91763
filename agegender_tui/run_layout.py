"""How the Run screen is laid out in a terminal of a given size, and which pane it shows."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from agegender_tui.series import Look

PANES = ("log", "settings", "system", "worker-log", "figures", "diagnosis")
LEAST_WIDTH, LEAST_HEIGHT = 50, 14
WIDE_FROM = 160


def arrangement(width: int, height: int) -> str:
    """How a screen of that size is laid out.

    tiny: one sentence. low: one chart. short: four charts, a pane in their place on request.
    tall: a pane below the charts. wide: settings and another pane beside them.
    """
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return "tiny"
    if height < 20 or width < 70:
        return "low"
    if height < 34:
        return "short"
    return "wide" if width >= WIDE_FROM else "tall"


@dataclass(frozen=True)
class PaneChoice:
    """`chosen` is the pane the user asked for, None for the layout's own: where panes have room
    of their own, the log, or the figures where `several` runs are overlaid."""

    layout: str
    chosen: str | None
    several: bool

    @property
    def paged(self) -> bool:
        """Whether a pane takes the place of the charts."""
        return self.layout in ("tiny", "low", "short")

    @property
    def shown(self) -> tuple[str, ...]:
        """The panes on screen."""
        if self.paged:
            return (self.chosen,) if self.chosen else ()
        own = "figures" if self.several else "log"
        if self.layout == "tall":
            return (self.chosen or own,)
        other = self.chosen if self.chosen and self.chosen != "settings" else own
        return ("settings", other)

    def after(self) -> str | None:
        """What the user gets with the key for the next pane."""
        first = ("figures",) if self.several else ()
        panes = [*first, *(pane for pane in PANES if pane not in first)]
        if self.paged:
            choices: list[str | None] = [None, *panes]
            current = self.chosen
        else:
            choices = [pane for pane in panes if self.layout == "tall" or pane != "settings"]
            current = self.shown[-1]
        return choices[(choices.index(current) + 1) % len(choices)]

    @property
    def scrolled(self) -> str | None:
        """The pane that the keys scroll: settings beside the charts, until another was chosen."""
        if self.layout == "wide" and not self.chosen:
            return "figures" if self.several else "settings"
        return self.shown[-1] if self.shown else None


@dataclass(frozen=True)
class AsLeft:
    """How a Run screen was left, so that one who comes back finds the next the same."""

    run_ids: tuple[str, ...]
    look: Look
    pane: str | None

    def for_runs(self, run_ids: list[str]) -> tuple[Look, str | None]:
        """Look and pane for these runs; zoom and cursor stay with the runs they were in."""
        if tuple(run_ids) == self.run_ids:
            return self.look, self.pane
        return dataclasses.replace(self.look, span=None, cursor=None), self.pane
