"""Dashes: a line as the pieces that `stroke-dasharray` leaves of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_parts.values import Points

Distances: TypeAlias = NDArray[np.float64]
MOST_DASHES = 20_000
"""In one shape; finer ones are not drawn as dashes."""


def dashed(
    lines: Sequence[Points], pattern: Sequence[float], offset: float, *, dots: bool
) -> list[Points] | None:
    """The dashes of lines, each line beginning the pattern anew.

    Args:
        lines: Points in the same unit as the pattern.
        pattern: Lengths of dash, gap, dash, …; an odd count is taken twice.
        offset: How far into the pattern a line begins.
        dots: Whether a dash without length is a dot, as a round pen makes it.

    Returns:
        None if there would be too many.
    """
    steps = np.array(pattern if len(pattern) % 2 == 0 else [*pattern, *pattern])
    period = float(steps.sum())
    lengths = [float(np.abs(np.diff(line)).sum()) for line in lines]
    if not sum(lengths) / period * len(steps) / 2 < MOST_DASHES:
        return None
    marks = np.concatenate([[0.0], np.cumsum(steps)])
    found: list[Points] = []
    for line, length in zip(lines, lengths, strict=True):
        begin = offset % period
        turns = np.arange(int((begin + length) / period) + 1)[:, None] * period - begin
        on, off = (turns + marks[:-1:2]).ravel(), (turns + marks[1::2]).ravel()
        real = (off >= 0.0) & (on <= length) & ((off > on) | dots)
        found += _pieces(line, np.maximum(on[real], 0.0), np.minimum(off[real], length))
    return found


def _pieces(line: Points, begins: Distances, ends: Distances) -> list[Points]:
    """The parts of a line between distances along it."""
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(line)))])
    first, last = (
        np.interp(places, along, line.real) + 1j * np.interp(places, along, line.imag)
        for places in (begins, ends)
    )
    inner_from = np.searchsorted(along, begins, side="right")
    inner_to = np.searchsorted(along, ends, side="left")
    return [
        np.array([a]) if a == b and j <= i else np.concatenate([[a], line[i:j], [b]])
        for a, b, i, j in zip(first, last, inner_from, inner_to, strict=True)
    ]
