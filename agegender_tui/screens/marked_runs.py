"""Commands that go to all marked runs, where runs are marked, and else to the one at the cursor."""

from __future__ import annotations

from textual import work

from agegender_tui.mass_command import COMMANDS, carry_out, question
from agegender_tui.run_table import Row
from agegender_tui.screens.steering import SteeringScreen
from trainer.errors import RunError


class MarkedRuns(SteeringScreen):
    """A steering screen on which runs can be marked. A command to the marked asks first."""

    def marked_rows(self) -> list[Row]:
        """The marked runs as they were listed last, in the order marked."""
        raise NotImplementedError

    def action_pause(self) -> None:
        if not self.command_marked("pause"):
            super().action_pause()

    def action_stop(self) -> None:
        if not self.command_marked("stop"):
            super().action_stop()

    def action_resume(self) -> None:
        if not self.command_marked("resume"):
            super().action_resume()

    @work
    async def action_kill(self) -> None:
        if not self.command_marked("kill"):
            super().action_kill()

    def command_marked(self, name: str) -> bool:
        """Ask whether to do it to the marked runs; False if there are none."""
        rows = self.marked_rows()
        if rows:
            self._command(name, rows)
        return bool(rows)

    @work
    async def _command(self, name: str, rows: list[Row]) -> None:
        command = COMMANDS[name]
        try:
            asked = question(command, rows)
        except RunError as error:
            self.say(str(error), "error")
            return
        runs = [row.one.run for row in rows if command.fits(row)]
        if await self.confirmed(asked, command.yes):
            self.carry_out(runs[0], lambda: carry_out(command, runs))
