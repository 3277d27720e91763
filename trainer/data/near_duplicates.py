"""Faces that are nearly the same picture: re-encoded, resized, brightened or mirrored copies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from trainer.data.measures import SMALL, Measures

BANDS = 5  # of 12 or 13 bits: any two hashes that differ in at most 4 bits share a whole band
MOST_BITS = 10
# Aligned faces of different people look alike when small: 1.0 is the same picture up to light.
ALIKE = 0.985
_BLOCK = 2048


def near_duplicates(measures: Measures, rows: Sequence[int]) -> list[list[int]]:
    """Groups of at least two of `rows` that show nearly the same picture, or its mirror image.

    Candidates share a band of their perceptual hash, so that the work grows little faster than
    the number of faces; they are then compared by their small likenesses.
    """
    chosen = np.asarray(rows, "int64")
    plain, mirrored = measures.hashes[chosen], measures.mirrored[chosen]
    shape = (len(chosen), SMALL * SMALL)
    likeness = measures.small[chosen].reshape(shape)
    turned = measures.small[chosen][:, :, ::-1].reshape(shape)
    joined = list(range(len(chosen)))

    def root(one: int) -> int:
        while joined[one] != one:
            joined[one] = joined[joined[one]]
            one = joined[one]
        return one

    for hashes, others in ((plain, likeness), (mirrored, turned)):
        for left, right in _candidates(plain, hashes):
            alike = np.einsum(
                "ij,ij->i", likeness[left].astype("float32"), others[right].astype("float32")
            )
            for one, other in zip(left[alike >= ALIKE], right[alike >= ALIKE], strict=True):
                joined[root(int(one))] = root(int(other))
    groups: dict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(chosen):
        groups[root(place)].append(int(row))
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def _candidates(left: np.ndarray, right: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs (place in `left`, place in `right`) whose hashes differ in few bits."""
    found = []
    edges = np.linspace(0, 64, BANDS + 1).astype(int)
    for low, high in pairwise(edges):
        mask = np.uint64((1 << int(high - low)) - 1)
        one, other = (side >> np.uint64(low) & mask for side in (left, right))
        order, turned = np.argsort(one, kind="stable"), np.argsort(other, kind="stable")
        starts = np.searchsorted(other[turned], one[order], "left")
        ends = np.searchsorted(other[turned], one[order], "right")
        for first in range(0, len(order), _BLOCK):
            block = slice(first, first + _BLOCK)
            sizes = ends[block] - starts[block]
            places = np.repeat(order[block], sizes)
            within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            partners = turned[np.repeat(starts[block], sizes) + within]
            ahead = places < partners
            places, partners = places[ahead], partners[ahead]
            close = np.bitwise_count(left[places] ^ right[partners]) <= MOST_BITS
            if close.any():
                found.append((places[close], partners[close]))
    return found
