"""The provably cheapest order of more strokes than all subsets can be tried of.

Dynamic programming over subsets as in `exact`, but a beginning is followed only while the
cheapest tree through the strokes that are left (see `bounds`) might still end below the way
that is already known. With a good known way hardly any beginnings remain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.ordering.bounds import Priced, between, priced, trees
from firmware_gcode.toolpath.ordering.ways import Ways
from firmware_gcode.toolpath.ragged import alike

MOST_STATES = 4_000
"""Beginnings of one size that are followed at most."""
_MOST_STROKES = 62
_SLACK = 1e-7


@dataclass(frozen=True)
class _Layer:
    """Beginnings of one size: strokes as bits, last way, cost, what they continue."""

    sets: NDArray[np.int64]
    lasts: NDArray[np.intp]
    costs: NDArray[np.float64]
    origins: NDArray[np.intp]


def prove(ways: Ways, known: float, most_states: int = MOST_STATES) -> list[int] | None:
    """The cheapest way through 2 to 62 strokes, if that can be found with little work.

    `known` is what a known way costs; at most `most_states` beginnings of one size are
    followed. Returns the chosen way of each stroke in drawing order, or None if it would take
    too long.
    """
    if not 2 <= ways.count <= _MOST_STROKES:
        return None
    prices = priced(ways, known)
    cheap = prices.ways
    room = known - prices.added + _SLACK
    everything = np.arange(len(cheap.owners))
    layers = [
        _pruned(_Layer(1 << cheap.owners, everything, cheap.into, everything), prices, room)
    ]
    while len(layers) < ways.count:
        if not 0 < len(layers[-1].sets) <= most_states:
            return None
        layer = _continued(layers[-1], cheap)
        layers.append(_pruned(layer, prices, room) if len(layers) < ways.count - 1 else layer)
    if len(layers[-1].sets) == 0:
        return None
    return _read(layers, cheap)


def _continued(layer: _Layer, ways: Ways) -> _Layer:
    """All beginnings with one stroke more, the cheapest one for each set and last way."""
    visited = (layer.sets[:, None] >> ways.owners[None, :]) & 1
    rows, lasts = np.nonzero(visited == 0)
    sets = layer.sets[rows] | (1 << ways.owners[lasts])
    costs = layer.costs[rows] + ways.steps[layer.lasts[rows], lasts]
    order = np.lexsort((rows, costs, lasts, sets))
    sets, lasts = sets[order], lasts[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (sets[1:] != sets[:-1]) | (lasts[1:] != lasts[:-1])
    return _Layer(sets[new], lasts[new], costs[order][new], rows[order][new])


def _pruned(layer: _Layer, prices: Priced, room: float) -> _Layer:
    """Only the beginnings that can still become a way cheaper than the known one."""
    ways = prices.ways
    first, index = alike(layer.sets)
    sets = layer.sets[first]
    left = ((sets[:, None] >> np.arange(ways.count)[None, :]) & 1) == 0
    firsts = ways.firsts
    out = np.where(left, np.minimum.reduceat(ways.out, firsts)[None, :], np.inf).min(axis=1)
    rest = trees(between(ways), left) + out
    onward = np.minimum.reduceat(ways.steps, firsts, axis=1)
    onward = np.where(left[index], onward[layer.lasts], np.inf).min(axis=1)
    good = layer.costs + rest[index] + onward <= room
    return _Layer(layer.sets[good], layer.lasts[good], layer.costs[good], layer.origins[good])


def _read(layers: list[_Layer], ways: Ways) -> list[int]:
    """The cheapest way, from its end to its beginning."""
    row = int(np.argmin(layers[-1].costs + ways.out[layers[-1].lasts]))
    chosen = []
    for layer in reversed(layers):
        chosen.append(int(layer.lasts[row]))
        row = int(layer.origins[row])
    return chosen[::-1]


MAX_WORK = 1_200_000
"""Largest number of sums that is worth it: about ten milliseconds on a small computer."""


def work(ways: Sequence[int]) -> int:
    """How many sums the exact search needs, for the numbers of ways through each stroke."""
    return int((1 << min(len(ways), 40)) * sum(ways) ** 2)


def shortest(ways: Ways) -> list[int]:
    """The cheapest way through every stroke once: indices into the ways, in drawing order."""
    count, owners, steps = ways.count, ways.owners, ways.steps
    own = [np.flatnonzero(owners == stroke) for stroke in range(count)]
    best = np.full((1 << count, len(owners)), np.inf)
    for stroke in range(count):
        best[1 << stroke, own[stroke]] = ways.into[own[stroke]]
    subsets = np.arange(1 << count)
    sizes = np.array([int(subset).bit_count() for subset in subsets])
    for size in range(2, count + 1):
        layer = subsets[sizes == size]
        for stroke in range(count):
            rows = layer[(layer >> stroke) & 1 == 1]
            before = best[rows ^ (1 << stroke)]
            for way in own[stroke]:
                best[rows, way] = (before + steps[:, way]).min(axis=1)
    return _backtrack(best, ways)


def _backtrack(best: NDArray[np.float64], ways: Ways) -> list[int]:
    """Read the way off the table, from its end."""
    subset = len(best) - 1
    way = int(np.argmin(best[subset] + ways.out))
    chosen = [way]
    while True:
        subset ^= 1 << int(ways.owners[way])
        if subset == 0:
            return chosen[::-1]
        way = int(np.argmin(best[subset] + ways.steps[:, way]))
        chosen.append(way)
