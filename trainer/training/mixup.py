"""Mixup (Zhang et al. 2018, arXiv:1710.09412): each face of a batch is laid over another one, and
its label is mixed in the same parts.

Works on images and on kept features alike. What chance says is a function of (seed, epoch, step).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_STREAM = 0x6D6978  # keeps these draws apart from the others made of the same seed


@dataclass(frozen=True)
class Mixing:
    """Row i becomes `share[i]` of itself and the rest of row `partner[i]`; both of shape (n,)."""

    partner: np.ndarray
    share: np.ndarray

    @classmethod
    def draw(cls, count: int, alpha: float, seed: int, epoch: int, step: int) -> Mixing:
        """Shares are of the beta distribution (`alpha`, `alpha`), the larger one a row's own."""
        random = np.random.default_rng([_STREAM, seed, epoch, step])
        share = random.beta(alpha, alpha, count).astype("float32")
        return cls(random.permutation(count), np.maximum(share, 1 - share))

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Of (n, …) numbers the mixed ones."""
        share = self.share.reshape(-1, *[1] * (rows.ndim - 1))
        mixed: np.ndarray = (rows * share + rows[self.partner] * (1 - share)).astype(rows.dtype)
        return mixed
