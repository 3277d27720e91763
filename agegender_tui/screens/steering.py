"""The commands to a worker that the Runs and the Run screen share, carried out off the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from textual import work

from agegender_tui import launch
from agegender_tui.error_log import log_traceback
from agegender_tui.screens.dialog import AskingScreen
from trainer.errors import UserError
from trainer.runs.layout import RunDir
from trainer.runs.resuming import has_checkpoint
from trainer.runs.state import read_state
from trainer.text import printable

Level = Literal["information", "warning", "error"]


class SteeringScreen(AskingScreen):
    """A screen with a run that keys steer."""

    def target(self) -> RunDir | None:
        """The run that the keys steer now, None if there is none."""
        raise NotImplementedError

    def carried_out(self) -> None:
        """Called on the command's thread when it is done, well or not."""

    def action_pause(self) -> None:
        self._ask("pause", "pause")

    def action_stop(self) -> None:
        self._ask("stop", "stop and save")

    def action_resume(self) -> None:
        run = self.target()
        if run is not None:
            self.carry_out(run, lambda: launch.resume(run))

    def _ask(self, command: str, words: str) -> None:
        run = self.target()
        if run is None:
            return

        def send() -> str:
            launch.ask(run, command)
            return f"asked {run.id} to {words}"

        self.carry_out(run, send)

    @work
    async def action_kill(self) -> None:
        run = self.target()
        if run is None:
            return
        why, saved = await asyncio.to_thread(lambda: (_why_not_killed(run), has_checkpoint(run)))
        if why:
            self.say(why, "error")
            return
        lost = "What it did since its last checkpoint is lost."
        if not saved:
            lost = "It has no checkpoint yet: all that it did is lost."
        question = f"Kill the worker of {run.id} now? {lost}"
        if await self.confirmed(question, "Kill"):
            self.carry_out(run, lambda: launch.kill(run))

    async def confirmed(self, question: str, yes: str) -> bool:
        """Ask before something that cannot be taken back."""
        from agegender_tui.screens.confirm import ConfirmScreen

        answer = await self.ask(ConfirmScreen(question, yes=yes))
        return bool(answer)

    @work(thread=True, group="command")
    def carry_out(self, run: RunDir, what: Callable[[], str]) -> None:
        """Do it on a thread and say what came of it; '' says nothing."""
        level: Level = "information"
        try:
            said = what()
        except UserError as error:
            said, level = str(error), "error"
        except OSError as error:
            said, level = f"{run.id}: {error.strerror or error}", "error"
        except Exception as error:  # the screen outlives a fault of ours in here
            said, level = (
                f"{run.id}: this cannot be done, by a fault; {log_traceback(error)}",
                "error",
            )
        self.carried_out()
        if said:
            self.app.call_from_thread(self.say, said, level)

    def say(self, text: str, level: Level = "information") -> None:
        """A note at the edge of the screen."""
        self.notify(printable(text), severity=level, markup=False)


def _why_not_killed(run: RunDir) -> str:
    """Why there is no worker to kill, in a sentence; '' where there is one. The run's state alone
    counts: one that is broken by its settings may be trained on."""
    try:
        return launch.why_not_killed(run.id, read_state(run))
    except UserError as error:
        return str(error)
