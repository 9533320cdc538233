"""Where arcs pass, and how GRBL cuts them into straight motions; of many at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from firmware_gcode.gcode.actions import PLANES, Arc, Motion, Move, Point
from firmware_gcode.gcode.batch import ROW, rows_of_action
from firmware_gcode.motion.blocks import Array, Floats, Ints

_FULL_TURN_EPSILON: Final = 5e-7
_MOST_CHORDS: Final = 0xFFFF
_CHUNK: Final = 4096
"""Lines that stand for arcs, at once."""


class Arcs:
    """Some arcs, and by what `angle` each turns, radians, counter-clockwise positive."""

    def __init__(self, rows: Array) -> None:
        """Take the `ROW` of each; whatever they say of others is of no use."""
        self._rows, self._axes = rows, np.array(PLANES)[rows["plane"]]
        self._offset, self._rise = rows["offset"], rows["target"] - rows["start"]
        x, y = self._offset.T
        end = np.take_along_axis(self._rise, self._axes[:, :2], 1) - self._offset
        angle = np.arctan2(y * end[:, 0] - x * end[:, 1], -x * end[:, 0] - y * end[:, 1])
        clockwise = rows["kind"] == Motion.ARC_CW  # From a place to itself is a full turn.
        back = clockwise & (angle >= -_FULL_TURN_EPSILON)
        on = ~clockwise & (angle <= _FULL_TURN_EPSILON)
        self.angle: Floats = angle + math.tau * (on.astype(int) - back)

    def chords(self, tolerance: float) -> Ints:
        """Into how many lines they are cut to stay within `$12` mm; 0 is one line too."""
        radius = np.hypot(*self._offset.T)
        square = tolerance * (2.0 * radius - tolerance)
        half_chords = np.sqrt(np.where(square > 0.0, square, np.inf))
        counts = np.abs(0.5 * self.angle * radius) / half_chords
        chords: Ints = counts.astype(np.int64) & _MOST_CHORDS
        return chords

    def at(self, arc: Ints, share: Floats) -> Floats:
        """Places on some of them, machine mm, by the shares of their ways; a row a place."""
        cosine, sine = np.cos(share * self.angle[arc]), np.sin(share * self.angle[arc])
        (x, y), (first, second, across) = self._offset[arc].T, self._axes[arc].T
        row, places = np.arange(len(arc)), self._rows["start"][arc]
        places[row, first] += x - x * cosine + y * sine
        places[row, second] += y - x * sine - y * cosine
        places[row, across] += self._rise[arc, across] * share
        return places

    def extremes(self) -> Floats:
        """The outermost points of their planes, (n, 4, 3); NaN for one that is not passed."""
        begin = np.arctan2(-self._offset[:, 1], -self._offset[:, 0])
        ahead = np.arange(4) * (math.pi / 2.0) - begin[:, None]
        share = ahead * np.sign(self.angle)[:, None] % math.tau / np.abs(self.angle)[:, None]
        which = np.repeat(np.arange(len(begin)), 4)
        places = self.at(which, share.ravel()).reshape(-1, 4, 3)
        places[share > 1.0] = np.nan
        return places


def cut_arcs(rows: Array, tolerance: float) -> Iterator[tuple[Array, Array]]:
    """Rows with each arc as the lines that stand for it, and which those lines are.

    In G93 an arc runs at its F times the number of lines, taken as mm/min, as in GRBL 1.1h:
    its duration is not the one asked for.
    """
    is_arc = (rows["kind"] == Motion.ARC_CW) | (rows["kind"] == Motion.ARC_CCW)
    if not is_arc.any():
        yield rows, is_arc
        return
    arcs = Arcs(rows)
    chords = arcs.chords(tolerance) * is_arc
    rows["value"] *= np.where(rows["inverse"] & (chords > 0), chords, 1)
    rows["inverse"] &= chords == 0
    counts = np.maximum(chords, 1)
    total = np.cumsum(counts)
    parts = np.searchsorted(total, range(_CHUNK, total[-1], _CHUNK))
    for part in np.split(np.arange(len(rows)), parts):
        which = np.repeat(part, count := counts[part])
        after = np.cumsum(count)
        index = np.arange(1, len(which) + 1) - np.repeat(after - count, count)
        lines = rows[which]
        lines["target"] = arcs.at(which, index / counts[which])
        lines["target"][after - 1] = rows["target"][part]
        yield lines, is_arc[which]


def _row(arc: Arc) -> Array:
    return np.array(rows_of_action(arc, arc.start, 0), ROW)


def arc_lines(arc: Arc, tolerance: float) -> Iterator[Move]:
    """The straight motions that stand for an arc, within `$12` mm of it."""
    for lines, _ in cut_arcs(_row(arc), tolerance):
        for end, feed, inverse in lines[["target", "value", "inverse"]].tolist():
            yield Move(tuple(end), feed, False, inverse, arc.spindle_speed)


def arc_extremes(arc: Arc) -> Iterator[Point]:
    """Yield the end of an arc and the outermost points of its plane that it passes."""
    yield arc.target
    (points,) = Arcs(_row(arc)).extremes()
    yield from ((x, y, z) for x, y, z in points[~np.isnan(points[:, 0])].tolist())
