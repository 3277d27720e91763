"""What the Tune screen does to studies: start, stop, kill, go on, delete; all off the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual import work

from agegender_tui.error_log import log_traceback
from agegender_tui.screens.dialog import AskingScreen
from agegender_tui.screens.steering import Level
from agegender_tui.tuning.listing import Listed
from agegender_tui.tuning.names import study_name
from trainer.errors import UserError
from trainer.jobs.status import ACTIVE
from trainer.text import printable

if TYPE_CHECKING:
    from agegender_tui.app import AgeGenderApp

MORE = 10  # trials that are proposed beyond those that ended


class TuneCommands(AskingScreen):
    """A screen with studies that keys start, steer and delete."""

    runs_root: Path

    def target(self) -> Listed | None:
        """The study that the keys act on, None if there is none."""
        raise NotImplementedError

    def carried_out(self) -> None:
        """Called on the command's thread when it is done, well or not."""
        raise NotImplementedError

    def await_study(self, name: str) -> None:
        """Put the cursor on the study of this id as soon as it is listed."""
        raise NotImplementedError

    @property
    def last_data(self) -> str:
        """What the form proposes where nothing else is named."""
        raise NotImplementedError

    @work
    async def action_new(self) -> None:
        from agegender_tui.screens.new_study import NewStudyScreen

        app = cast("AgeGenderApp", self.app)
        data = app.data or ("" if app.demo else self.last_data or app.last_data)
        form = NewStudyScreen(self.runs_root, data, demo=app.demo)
        name = await self.ask(form)
        if name:
            self.await_study(name)
            self.carried_out()
            self.say(f"started {name}")

    def action_stop(self) -> None:
        one = self.target()
        if one is not None:
            from agegender_tui import launch_study

            self._carry_out(one, lambda: launch_study.stop(one.study))

    @work
    async def action_kill(self) -> None:
        from agegender_tui import launch_study
        from agegender_tui.screens.confirm import ConfirmScreen

        one = self.target()
        if one is None:
            return
        if why := launch_study.why_not_steered(one.study.id, one.status, "kill"):
            self.say(why, "error")
            return
        question = f"Kill the worker of {study_name(one)} and its trials under way now?"
        if await self.ask(ConfirmScreen(question, yes="Kill")):
            self._carry_out(one, lambda: launch_study.kill(one.study))

    @work
    async def action_resume(self) -> None:
        from agegender_tui import launch_study
        from agegender_tui.screens.more_trials import MoreTrialsScreen

        one = self.target()
        if one is None:
            return
        trials: int | None = None
        if one.complete and one.state not in ACTIVE:
            trials = await self.ask(MoreTrialsScreen(study_name(one), one.ended, MORE))
            if trials is None:
                return
        self._carry_out(one, lambda: launch_study.resume(one.study, trials))

    @work
    async def action_delete(self) -> None:
        from agegender_tui.screens.confirm import ConfirmScreen
        from agegender_tui.trash import trash_study

        one = self.target()
        if one is None:
            return
        question = (
            f"Move {study_name(one)} to the trash folder (.trash beside the runs)? The runs of its "
            "trials stay."
        )
        if await self.ask(ConfirmScreen(question, yes="Move")):
            self._carry_out(one, lambda: f"moved to {trash_study(one.study)}")

    @work(thread=True, group="command")
    def _carry_out(self, one: Listed, what: Callable[[], str]) -> None:
        level: Level = "information"
        try:
            said = what()
        except UserError as error:
            said, level = str(error), "error"
        except OSError as error:
            said, level = f"{one.id}: {error.strerror or error}", "error"
        except Exception as error:  # the screen outlives a fault of ours in here
            said, level = f"{one.id}: not done, by a fault; {log_traceback(error)}", "error"
        self.carried_out()
        self.app.call_from_thread(self.say, said, level)

    def say(self, text: str, level: Level = "information") -> None:
        """A note at the edge of the screen."""
        self.notify(printable(text), severity=level, markup=False)
