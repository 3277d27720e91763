"""All state of a network and its optimizer as named arrays, and back.

Keras's own weight files leave out the seed states of dropout and the running metrics; without
them a resumed run drifts from an undisturbed one. What never trains is left out: it comes from
where it came from the first time. Of the running metrics each replica has its own part, and all
parts are kept: their sum alone would be divided, and added up otherwise, after a resume.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.errors import RunError
from trainer.models.network import Network

AVERAGE = "average/"  # begins the names of what `trainer.training.averaging` adds to a checkpoint


def named_variables(network: Network) -> dict[str, Any]:
    """Every variable that training changes, under names that a new process gives too."""
    model = network.trained
    groups = {
        "model": network.learned(),
        "optimizer": model.optimizer.variables,
        "metrics": model.metrics_variables,
    }
    return {
        f"{group}/{number:04d}": variable
        for group, variables in groups.items()
        for number, variable in enumerate(variables)
    }


def capture(network: Network) -> dict[str, np.ndarray]:
    """Copies of all variables; numbers and seeds exactly as they are."""
    return {name: _array(variable) for name, variable in named_variables(network).items()}


def restore(network: Network, arrays: dict[str, np.ndarray]) -> None:
    """Put captured values back; RunError if they are of another network."""
    own = {name: array for name, array in arrays.items() if not name.startswith(AVERAGE)}
    assign(named_variables(network), own)


def weights(network: Network) -> dict[str, np.ndarray]:
    """What inference needs of it: kernels, biases and moving statistics, in the model's order."""
    return {name: _array(variable) for name, variable in _weights(network).items()}


def set_weights(network: Network, arrays: dict[str, np.ndarray]) -> None:
    """Put such weights back; RunError if they are of another network."""
    assign(_weights(network), arrays)


def weights_of(network: Network, captured: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of what `capture` gave, that which `weights` gives."""
    wanted = {id(variable) for variable in network.weights()}
    kept = [n for n, variable in enumerate(network.learned()) if id(variable) in wanted]
    return {
        f"{number:04d}": captured[name]
        for number, n in enumerate(kept)
        if (name := f"model/{n:04d}") in captured
    }


def _weights(network: Network) -> dict[str, Any]:
    return {f"{number:04d}": variable for number, variable in enumerate(network.weights())}


def _parts(variable: Any) -> list[Any]:
    """The parts that replicas hold of a variable, or the one there is where all hold the same."""
    import tensorflow as tf

    held = variable.value
    if getattr(held, "synchronization", None) != tf.VariableSynchronization.ON_READ:
        return [variable]
    return list(getattr(held, "values", [variable]))


def _array(variable: Any) -> np.ndarray:
    parts = [np.array(part.numpy()) for part in _parts(variable)]
    return parts[0] if len(parts) == 1 else np.stack(parts)


def assign(variables: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Give each variable the array of its name; RunError if names or shapes are others."""
    if set(variables) != set(arrays):
        raise _other_network()
    for name, variable in variables.items():
        parts, array = _parts(variable), arrays[name]
        pieces = [array] if len(parts) == 1 else list(array)
        if [piece.shape for piece in pieces] != [tuple(part.shape) for part in parts]:
            raise _other_network()
        for part, piece in zip(parts, pieces, strict=True):
            part.assign(piece)


def _other_network() -> RunError:
    return RunError(
        "the checkpoint is of another network, or of another number of GPUs, than config.toml "
        "says; start a new run"
    )
