"""What the Evaluate screen does to evaluations: start, stop, delete, report; all off the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual import work

from agegender_tui.called import called
from agegender_tui.error_log import log_traceback
from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.names import title
from agegender_tui.predicting.shown_path import shown_path
from agegender_tui.screens.dialog import AskingScreen
from trainer.errors import UserError
from trainer.text import printable

if TYPE_CHECKING:
    from agegender_tui.app import AgeGenderApp
    from agegender_tui.evaluating.asking import Wish


class EvaluationCommands(AskingScreen):
    """A screen with evaluations that keys start, stop and write reports of."""

    runs_root: Path

    def target(self) -> Listed | None:
        """The evaluation that the keys act on, None if there is none."""
        raise NotImplementedError

    @property
    def chosen(self) -> list[Listed]:
        """Those that a report is of."""
        raise NotImplementedError

    @property
    def on_list(self) -> bool:
        """Whether the list is what is looked at, so that one sees what is deleted."""
        raise NotImplementedError

    def mark_too(self, name: str) -> bool:
        """Mark the evaluation of this id, as soon as it is listed; whether there is room for it."""
        raise NotImplementedError

    def carried_out(self) -> None:
        """Called on the command's thread when it is done, well or not."""
        raise NotImplementedError

    def be_busy(self, text: str) -> None:
        """Tell what is being done; '' when it is done."""
        raise NotImplementedError

    @work
    async def action_new(self) -> None:
        from agegender_tui.screens.new_evaluation import NewEvaluationScreen

        app = cast("AgeGenderApp", self.app)
        chosen: list[Wish] | None = await self.ask(NewEvaluationScreen(self.runs_root, app.data))
        if chosen:
            self._start(chosen)

    @work(thread=True, group="start")
    def _start(self, wishes: list[Wish]) -> None:
        from agegender_tui.evaluating.asking import start

        def tell(text: str) -> None:
            self.app.call_from_thread(self.be_busy, text)

        for wish in wishes:
            tell(f"reading {wish.words}")
            try:
                said, level = start(self.runs_root, wish), "information"
            except UserError as error:
                said, level = f"{wish.words}: {error}", "error"
            except OSError as error:
                said, level = f"{wish.words}: {error.strerror or error}", "error"
            except Exception as error:  # the screen outlives a fault of ours in here
                said = f"{wish.words}: not started, by a fault; {log_traceback(error)}"
                level = "error"
            self.carried_out()
            self.app.call_from_thread(self.say, said, level)
        tell("")

    def action_stop(self) -> None:
        one = self.target()

        def stop() -> str:
            from agegender_tui.launch_evaluation import stop

            assert one is not None
            stop(one.directory)
            return f"asked the evaluation of {title(one)} to stop"

        if one is not None:
            self._carry_out(stop)

    def action_again(self) -> None:
        one = self.target()

        def again() -> str:
            from agegender_tui.evaluating.asking import again

            assert one is not None
            return again(self.runs_root, one)

        if one is not None:
            self._carry_out(again)

    @work
    async def action_delete(self) -> None:
        from agegender_tui.screens.confirm import ConfirmScreen
        from agegender_tui.trash import trash_evaluation

        one = self.target()
        if one is None or not self.on_list:
            return
        question = (
            f"Move the evaluation of {title(one)} to the trash folder (.trash beside the runs)?"
        )
        if await self.ask(ConfirmScreen(question, yes="Move")):
            self._carry_out(lambda: f"moved to {printable(str(trash_evaluation(one.directory)))}")

    def action_mean(self) -> None:
        members = [one for one in self.chosen if not one.is_mean]
        if len(members) < 2 and len(members) < len(self.chosen):
            self.say("a mean is of models, not of other means: mark two models or more", "warning")
            return
        if len(members) < 2 or not all(one.done for one in members):
            self.say(
                "mark two evaluations or more of the same faces with "
                f"{called('evaluate.mark')}, all done: {called('evaluate.mean')} adds the "
                "mean of their models",
                "warning",
            )
            return

        def average() -> str:
            from trainer.evaluation.averaged import averaged

            directory = averaged(self.runs_root, [one.directory for one in members])
            marked = self.app.call_from_thread(self.mark_too, directory.id)
            summary = directory.summary()
            name = f"{summary['model']['name']}, on {summary['data']['faces']:,} faces,"
            return f"{name} is marked beside them" if marked else f"{name} is in the list"

        self.be_busy("taking the mean")
        self._carry_out(average)

    def action_report(self) -> None:
        done = [one for one in self.chosen if one.done]
        if not done:
            self.say("nothing to report yet: choose an evaluation that is done", "warning")
            return

        def write() -> str:
            from agegender_tui.evaluating.export import write

            return f"wrote the report: {printable(shown_path(write(done)))}"

        self.be_busy("writing the report")
        self._carry_out(write)

    @work(thread=True, group="command")
    def _carry_out(self, what: Callable[[], str]) -> None:
        level = "information"
        try:
            said = what()
        except UserError as error:
            said, level = str(error), "error"
        except OSError as error:
            said, level = f"not done: {error.strerror or error}", "error"
        except Exception as error:  # as above
            said, level = f"not done, by a fault; {log_traceback(error)}", "error"
        self.carried_out()
        self.app.call_from_thread(self._carried_out, said, level)

    def _carried_out(self, said: str, level: str) -> None:
        self.be_busy("")
        self.say(said, level)

    def say(self, text: str, level: str) -> None:
        """A note at the edge of the screen."""
        severity: Any = level
        self.notify(printable(text), severity=severity, markup=False)
