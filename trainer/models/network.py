"""A network as training sees it: what is saved, what the steps run, and what never moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Network:
    """`full` maps images to both outputs and is what is saved. `trained` is what a step runs:
    `full` itself, or its layers with outputs that only training needs, or only its upper part
    where the output of the lower one, `frozen`, was computed beforehand. `fixed` names layers that
    never train, `joining` those that join after the stage in which only the heads train.
    `pretrained` is the fingerprint of the weights it was made with, '' for none."""

    full: Any
    trained: Any
    frozen: Any = None
    fixed: frozenset[str] = frozenset()
    joining: tuple[str, ...] = ()
    pretrained: str = ""

    def learned(self) -> list[Any]:
        """The variables that training changes (weights, moving statistics and seed states), in the
        model's order: all of them but those of the fixed layers."""
        return [v for v in self.trained.variables if v.path.split("/")[0] not in self.fixed]

    def weights(self) -> list[Any]:
        """Of these, the ones that inference needs."""
        wanted = {id(weight) for weight in self.trained.weights}
        return [v for v in self.learned() if id(v) in wanted]

    def set_joining(self, trains: bool) -> None:
        """Let the joining layers train, or not; the model must be compiled again after it."""
        for name in self.joining:
            self.full.get_layer(name).trainable = trains
