"""How long a program takes, as the firmware executes it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from firmware_gcode.gcode.actions import Point
from firmware_gcode.gcode.batch import Kind, read_batch
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.modal import PLANES
from firmware_gcode.gcode.words import float32
from firmware_gcode.motion import blocks as geometry
from firmware_gcode.motion import effort
from firmware_gcode.motion.arcs import chord_counts, chord_ends, turned
from firmware_gcode.motion.blocks import Array, Floats, Ints, to_steps
from firmware_gcode.motion.clocks import BLOCK, Clocks, Wait
from firmware_gcode.motion.settings import MotionSettings

_CHUNK: Final = 4096
"""Lines, or lines that stand for arcs, that are worked on at once."""


def dwell_seconds(seconds: float) -> float:
    """How long GRBL really waits for ``G4 P…``: whole steps of 50 ms, rounded up."""
    steps = math.ceil(float32(20.0 * seconds))
    return steps * (effort.DWELL_STEP_S + effort.DWELL_CHECK_S)


@dataclass(frozen=True, slots=True)
class ProgramTime:
    """How long a program takes.

    Attributes:
        seconds: From the first step of a motor to the last one; dwells between motions count,
            a dwell before the first or after the last motion does not.
        total_seconds: From sending the first line until everything is done, all dwells.
        per_line: What each line adds to the total, seconds; they sum up to `total_seconds`.
        errors: Lines that GRBL would refuse, and drop: their index and the error.
    """

    seconds: float
    total_seconds: float
    per_line: array[float]
    errors: tuple[tuple[int, GcodeError], ...] = ()


def time_program(
    lines: Iterable[str], settings: MotionSettings, *, start: Point = (0.0, 0.0, 0.0)
) -> ProgramTime:
    """Work out how long GRBL needs for a program that is streamed without gaps.

    The lines are taken one chunk after the other, so that a file may be of any length. The
    motion starts from `start` in machine mm; blank lines and `$` commands take no time. Lines
    that GRBL would refuse are listed in the times and move nothing.
    """
    run = _Run(settings, start)
    source = iter(lines)
    while chunk := list(islice(source, _CHUNK)):
        run.execute(chunk)
    return run.finish()


class _Run:
    """A program on its way through the controller."""

    def __init__(self, settings: MotionSettings, start: Point) -> None:
        self._settings = settings
        self._interpreter = Interpreter()
        self._interpreter.position = start
        self._clocks = Clocks(settings)
        self._per_line = array("d")
        self._errors: list[tuple[int, GcodeError]] = []
        self._counted = 0.0
        self._reading = 0.0  # What all lines took to be read,
        self._extra = 0.0  # and what else there was to do for them;
        self._spent = 0.0  # both up to the last block or wait.
        self._steps = to_steps(np.array(start)[:, None], settings)
        self._unit = np.zeros((3, 1))
        self._speed = np.zeros(1)
        self._stands = True

    def execute(self, lines: list[str]) -> None:
        """Read some lines, and wait where the firmware would."""
        first = len(self._per_line)
        asked, errors = read_batch(self._interpreter, lines, first)
        self._errors.extend(errors)
        self._per_line.frombytes(bytes(8 * len(lines)))
        characters = np.fromiter(map(len, lines), np.int64, len(lines))
        costs = effort.LINE_S + effort.CHARACTER_S * (characters + 1)
        reading = self._reading + np.cumsum(costs)
        self._reading = float(reading[-1])
        for rows, arc in self._cut_arcs(asked):
            self._clocks.execute(*self._planned(rows, arc, reading[rows["line"] - first]))
            self._count()

    def _cut_arcs(self, rows: Array) -> Iterator[tuple[Array, Array]]:
        """The rows with each arc as the lines that stand for it, and which those lines are."""
        is_arc = (rows["kind"] == Kind.ARC_CW) | (rows["kind"] == Kind.ARC_CCW)
        if not is_arc.any():
            yield rows, is_arc
            return
        axes = np.array(PLANES)[rows["plane"]]
        way = np.take_along_axis(rows["target"] - rows["start"], axes[:, :2], 1)
        angle = turned(way, rows["offset"], rows["kind"] == Kind.ARC_CW)
        radius = np.hypot(*rows["offset"].T)
        chords = chord_counts(angle, radius, self._settings.arc_tolerance) * is_arc
        rows["value"] *= np.where(rows["inverse"] & (chords > 0), chords, 1)
        rows["inverse"] &= chords == 0
        counts = np.maximum(chords, 1)
        total = np.cumsum(counts)
        for part in np.split(
            np.arange(len(rows)), np.searchsorted(total, range(_CHUNK, total[-1], _CHUNK))
        ):
            start, target, offset = (
                rows[name][part] for name in ("start", "target", "offset")
            )
            lines = np.repeat(rows[part], count := counts[part])
            lines["target"] = chord_ends(
                start, target, offset, axes[part], angle=angle[part], counts=count
            )
            yield lines, np.repeat(is_arc[part], count)

    def _planned(self, rows: Array, arc: Array, read: Floats) -> tuple[Array, list[Wait]]:
        """The blocks and waits that rows ask for, and what they cost before."""
        steps = np.hstack((self._steps, to_steps(rows["target"].T, self._settings)))
        way = np.diff(steps)
        self._steps = steps[:, -1:]
        waits = rows["kind"] == Kind.WAIT
        moves = way.any(axis=0) & ~waits
        acts = moves | waits
        extra = self._extra + np.cumsum(effort.ARC_STEP_S * arc + effort.MOVE_S * ~acts)
        spent = np.append(self._spent, (read + extra)[acts])
        if len(rows):
            self._extra, self._spent = float(extra[-1]), float(spent[-1])
        costs = np.diff(spent)
        held = waits[acts]
        stands = np.append(self._stands, held)
        self._stands = bool(stands[-1])
        blocks = self._blocks(
            way.compress(moves, axis=1), rows[moves], costs[~held], stands[:-1][~held]
        )
        each = zip(
            rows["line"][waits].tolist(),
            np.cumsum(moves)[waits].tolist(),
            costs[held].tolist(),
            map(dwell_seconds, rows["value"][waits].tolist()),
            strict=True,
        )
        return blocks, [Wait(*values) for values in each]

    def _blocks(self, way: Ints, rows: Array, read: Floats, stands: Array) -> Array:
        settings = self._settings
        ways = geometry.Ways.along(way, settings)
        feed = rows["value"] / 60.0 * np.where(rows["inverse"], ways.length, 1.0)
        speed = geometry.speed_asked(rows["kind"] == Kind.RAPID, feed, ways.rate)
        unit = np.hstack((self._unit, ways.unit))
        slower = np.minimum(speed, np.append(self._speed, speed)[:-1])
        corner = geometry.corner_sqr(unit[:, :-1], unit[:, 1:], settings)
        limit = np.where(stands, 0.0, np.minimum(corner, slower * slower))
        self._unit, self._speed = unit[:, -1:], np.append(self._speed, speed)[-1:]
        more = (ways.events, ways.length, ways.acceleration, speed, limit, read)
        return np.rec.fromarrays((rows["line"], *more), BLOCK)

    def _count(self) -> None:
        """Add what was done to the times of the lines."""
        lines, times = self._clocks.lines, self._clocks.times
        if lines:
            taken = np.diff(times, prepend=self._counted)
            self._counted = times[-1]
            np.add.at(np.frombuffer(self._per_line), lines, taken)
            lines.clear()
            times.clear()

    def finish(self) -> ProgramTime:
        """Execute what is still planned."""
        self._clocks.finish()
        self._count()
        errors = tuple(self._errors)
        return ProgramTime(self._clocks.seconds, self._counted, self._per_line, errors)
