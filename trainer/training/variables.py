"""All state of a model and its optimizer as named arrays, and back.

Keras's own weight files leave out the seed states of dropout and the running metrics; without
them a resumed run drifts from an undisturbed one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.errors import RunError


def named_variables(model: Any) -> dict[str, Any]:
    """Every variable of a compiled, built model, under names that a new process gives too."""
    groups = {
        "model": model.variables,
        "optimizer": model.optimizer.variables,
        "metrics": model.metrics_variables,
    }
    return {
        f"{group}/{number:04d}": variable
        for group, variables in groups.items()
        for number, variable in enumerate(variables)
    }


def capture(model: Any) -> dict[str, np.ndarray]:
    """Copies of all variables; numbers and seeds exactly as they are."""
    return {name: np.array(variable.numpy()) for name, variable in named_variables(model).items()}


def restore(model: Any, arrays: dict[str, np.ndarray]) -> None:
    """Put captured values back; RunError if they are of another network."""
    variables = named_variables(model)
    if set(variables) != set(arrays) or any(
        tuple(variable.shape) != arrays[name].shape for name, variable in variables.items()
    ):
        raise RunError(
            "the checkpoint is of another network than config.toml says; start a new run"
        )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def weights(model: Any) -> dict[str, np.ndarray]:
    """What inference needs: kernels, biases and moving statistics, in the model's order."""
    return {f"{n:04d}": np.array(weight) for n, weight in enumerate(model.get_weights())}


def set_weights(model: Any, arrays: dict[str, np.ndarray]) -> None:
    model.set_weights([arrays[name] for name in sorted(arrays)])
