"""Faces that seem to stand on their side or head, told by what most faces of the set look like."""

from __future__ import annotations

import numpy as np

FOLDS = 3
LEAST_FACES = 100
_POOLED = 16
_RIDGE = 20.0


def turned(small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each face of `small` (n, 32, 32) would rather be turned.

    Returns (n,) quarter turns counter-clockwise that make it upright, 0 to 3, and (n,) by how much
    that is more upright than the face as it is, about 0 (as good) to 2. A linear judge learns
    upright from turned in some folds and judges the others.
    """
    count = len(small)
    if count < LEAST_FACES:
        return np.zeros(count, "int64"), np.zeros(count, "float32")
    views = [_edges_and_levels(np.rot90(small, turn, axes=(1, 2))) for turn in range(4)]
    fold = np.random.default_rng(0).permutation(count) % FOLDS
    aims = (1.0, -1.0, -1.0, -1.0)
    grams, sides = [], []
    for n in range(FOLDS):
        parts = [view[fold == n] for view in views]
        grams.append(sum(part.T @ part for part in parts))
        sides.append(sum(part.sum(0) * aim for part, aim in zip(parts, aims, strict=True)))
    scores = np.zeros((count, 4), "float32")
    ridge = _RIDGE * np.eye(views[0].shape[1], dtype="float32")
    for n in range(FOLDS):
        gram = sum(grams[m] for m in range(FOLDS) if m != n) + ridge
        weights = np.linalg.solve(gram, sum(sides[m] for m in range(FOLDS) if m != n))
        for turn, view in enumerate(views):
            scores[fold == n, turn] = view[fold == n] @ weights
    best = scores.argmax(1)
    return best, scores.max(1) - scores[:, 0]


def _edges_and_levels(small: np.ndarray) -> np.ndarray:
    """(n, k) float32: levels and edges in both directions, pooled to 16×16."""
    level = small.astype("float32") * small.shape[1]
    down = np.abs(np.diff(level, axis=1, prepend=level[:, :1]))
    across = np.abs(np.diff(level, axis=2, prepend=level[:, :, :1]))
    step = small.shape[1] // _POOLED

    def pooled(layer: np.ndarray) -> np.ndarray:
        blocks = layer.reshape(len(layer), _POOLED, step, _POOLED, step)
        means: np.ndarray = blocks.mean((2, 4))
        return means.reshape(len(layer), -1)

    ones = np.ones((len(small), 1), "float32")
    return np.concatenate([pooled(level), pooled(down), pooled(across), ones], axis=1)
