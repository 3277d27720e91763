"""A study as it stands: a damaged one, or one of a newer version, is one among the others."""

from __future__ import annotations

from dataclasses import dataclass, field

from trainer.errors import RunError
from trainer.jobs.status import Status
from trainer.tuning.best import best_of
from trainer.tuning.study import StudyConfig, StudyDir
from trainer.tuning.trial_log import RUNNING, Trial, TrialLog

BROKEN = "broken"


@dataclass(frozen=True)
class StudyRecord:
    """`state` as shown; it is `broken` where the study cannot be read, which `problem` says, and
    `config` is None where its settings are what cannot be."""

    study: StudyDir
    state: str
    status: Status = field(default_factory=Status)
    config: StudyConfig | None = None
    log: TrialLog = field(default_factory=TrialLog)
    problem: str = ""

    @property
    def id(self) -> str:
        return self.study.id

    @property
    def trials(self) -> tuple[Trial, ...]:
        return self.log.trials

    @property
    def ended(self) -> int:
        """How many trials have ended, well or not."""
        return sum(one.state != RUNNING for one in self.trials)

    @property
    def best(self) -> Trial | None:
        return best_of(self.config.objective, self.trials) if self.config else None


def read_record(study: StudyDir) -> StudyRecord:
    """Whatever lies there; never raises for what is wrong with it."""
    config = None
    try:
        config = study.config()
        status = study.status()  # before the trials: of one that has ended, all are told
        return StudyRecord(study, status.shown, status, config, study.trials())
    except RunError as error:
        return StudyRecord(study, BROKEN, config=config, problem=str(error))
