"""What is declared of one setting: meaning, unit, and what is accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Setting:
    """What the form and `--help` say about one field, and what validation accepts."""

    group: str
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    only: str = ""

    def applies(self, model: str) -> bool:
        """Whether a run of that network uses the setting at all."""
        return self.only in ("", model)

    def range_text(self) -> str:
        """The accepted values in words, e.g. `1 to 4096` or `float32 | mixed_bfloat16`."""
        if self.choices:
            return " | ".join(self.choices)
        if self.low is not None and self.high is not None:
            return f"{self.low:.10g} to {self.high:.10g}"
        return ""


def setting(default: Any, group: str, meaning: str, **rest: Any) -> Any:
    """A field of `RunConfig` with this default; `rest` are fields of `Setting`."""
    return field(default=default, metadata={"setting": Setting(group, meaning, **rest)})
