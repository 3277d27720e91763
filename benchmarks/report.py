"""A measured row beside its budget."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`value` against `budget`; `at_least` says which side of it is good. `detail` has the bare
    figures the value was made of, measured in the same run."""

    what: str
    value: float
    unit: str
    budget: float
    at_least: bool
    detail: str = ""

    @property
    def passes(self) -> bool:
        return self.value >= self.budget if self.at_least else self.value <= self.budget

    def line(self) -> str:
        sign = "≥" if self.at_least else "≤"
        verdict = "ok  " if self.passes else "MISS"
        value = f"{self.value:.3g} {self.unit}".strip()
        budget = f"{sign} {self.budget:g} {self.unit}".strip()
        return f"{verdict}  {self.what:<58} {value:>12}   {budget:>12}   {self.detail}"
