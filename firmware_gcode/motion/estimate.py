"""How long a program takes, as the firmware executes it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from firmware_gcode.gcode.actions import Motion, Point
from firmware_gcode.gcode.batch import read_batch
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.motion import blocks as geometry
from firmware_gcode.motion import timer
from firmware_gcode.motion.arcs import cut_arcs
from firmware_gcode.motion.blocks import Array, Floats, Ints, to_steps
from firmware_gcode.motion.clocks import ACT, Clocks
from firmware_gcode.motion.settings import MotionSettings

_CHUNK: Final = 2048
"""Lines that are worked on at once."""
_OF_BLOCKS: Final = ("events", "length", "acceleration", "speed", "limit_sqr")


def dwell_seconds(seconds: Floats) -> Floats:
    """How long GRBL really waits for ``G4 P…``: whole steps of 50 ms, rounded up."""
    steps: Floats = np.ceil(np.multiply(20.0, seconds).astype(np.float32))
    return steps * (timer.DWELL_STEP_S + timer.DWELL_CHECK_S)


class ProgramTime(NamedTuple):
    """How long a program takes: from the first step of a motor to the last one, and in all.

    Dwells between motions count for both, one before the first or after the last motion does
    not for `seconds`.
    """

    seconds: float
    total_seconds: float  # From sending the first line until everything is done.
    per_line: array[float]  # What each line adds to the total.
    errors: tuple[tuple[int, GcodeError], ...] = ()  # Lines that GRBL would refuse, by index.


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
        costs = timer.LINE_S + timer.CHARACTER_S * (characters + 1)
        reading = self._reading + np.cumsum(costs)
        self._reading = float(reading[-1])
        for rows, arc in cut_arcs(asked, self._settings.arc_tolerance):
            self._execute(self._planned(rows, arc, reading[rows["line"] - first]))

    def _planned(self, rows: Array, arc: Array, read: Floats) -> Array:
        """The acts that rows ask for, and what they cost before."""
        steps = np.hstack((self._steps, to_steps(rows["target"].T, self._settings)))
        way = np.diff(steps)
        self._steps = steps[:, -1:]
        waits = rows["kind"] == Motion.NONE
        asked = way.any(axis=0) | waits
        extra = self._extra + np.cumsum(timer.ARC_STEP_S * arc + timer.MOVE_S * ~asked)
        spent = np.append(self._spent, (read + extra)[asked])
        if len(rows):
            self._extra, self._spent = float(extra[-1]), float(spent[-1])
        rows, waits = rows[asked], waits[asked]
        acts = np.ones(len(rows), ACT)
        acts["line"], acts["wait"], acts["read"] = rows["line"], waits, np.diff(spent)
        acts["dwell"] = dwell_seconds(rows["value"])
        acts["limit_sqr"] = 0.0
        stands = np.append(self._stands, waits)
        self._stands = bool(stands[-1])
        moves = ~waits
        blocks = self._blocks(way[:, asked][:, moves], rows[moves], stands[:-1][moves])
        for name, values in blocks.items():
            acts[name][moves] = values
        return acts

    def _blocks(self, way: Ints, rows: Array, stands: Array) -> dict[str, Array]:
        settings = self._settings
        ways = geometry.Ways.along(way, settings)
        feed = rows["value"] / 60.0 * np.where(rows["inverse"], ways.length, 1.0)
        speed = geometry.speed_asked(rows["kind"] == Motion.RAPID, feed, ways.rate)
        unit = np.hstack((self._unit, ways.unit))
        slower = np.minimum(speed, np.append(self._speed, speed)[:-1])
        corner = geometry.corner_sqr(unit[:, :-1], unit[:, 1:], settings)
        limit = np.where(stands, 0.0, np.minimum(corner, slower * slower))
        self._unit, self._speed = unit[:, -1:], np.append(self._speed, speed)[-1:]
        found = ways.events, ways.length, ways.acceleration, speed, limit
        return dict(zip(_OF_BLOCKS, found, strict=True))

    def _execute(self, acts: Array, *, final: bool = False) -> None:
        """Let the machine do some acts, and add their times to those of the lines."""
        lines, times = self._clocks.execute(acts, final=final)
        if len(lines):
            adds = np.diff(times, prepend=self._counted)
            np.add.at(np.frombuffer(self._per_line), lines, adds)
            self._counted = float(times[-1])

    def finish(self) -> ProgramTime:
        """Execute what is still planned."""
        self._execute(np.empty(0, ACT), final=True)
        errors = tuple(self._errors)
        return ProgramTime(self._clocks.seconds, self._counted, self._per_line, errors)
