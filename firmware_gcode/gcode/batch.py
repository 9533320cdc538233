"""Many lines of G-code at once, as arrays of what they ask for.

Nearly all lines of a drawing are of a few kinds: G0 to G3 with axes, offsets and F, ``G4 P``,
``M3 S``, ``M5``, blank ones and comments. These are read by array operations on the bytes of
the whole text; every other line, and every line that might be refused, goes through the
`Interpreter`, whose state both ways of reading share and whose answers both give.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.gcode import actions
from firmware_gcode.gcode.actions import PLANES, Arc, Motion, Move, Point, SpindleMode
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import MM_PER_INCH, Interpreter, centre_by_radius
from firmware_gcode.gcode.words import MAX_DIGITS, MAX_LINE, float32

_Floats: TypeAlias = NDArray[np.float64]
_Array: TypeAlias = NDArray[Any]


ROW: Final = np.dtype(
    [("line", "i8"), ("kind", "i1"), ("start", "3f8"), ("target", "3f8"), ("offset", "2f8"),
     ("plane", "i1"), ("inverse", "?"), ("value", "f8")]
)  # fmt: skip
"""A row: the line's index, the `Motion` of G0 to G3, or NONE for a wait until all motion has
ended, from where to where (machine mm), an arc's centre from its start along the axes of its
plane (17 to 19 are 0 to 2), whether the feed is 1/min, and the feed or the wait's seconds."""

_LETTERS: Final = "FGIJMNPRSXYZ"
_F, _G, _I, _J, _M, _N, _P, _R, _S, _X, _Y, _Z = range(len(_LETTERS))
_COLUMN: Final = np.full(256, -1, np.int8)
_COLUMN[[ord(letter) for letter in _LETTERS]] = range(len(_LETTERS))
_END: Final = ord("\n")
_BEGINS, _SIGNS = np.zeros((2, 256), np.bool_)
_BEGINS[[_END, *range(ord("A"), ord("Z") + 1)]] = _SIGNS[[ord("+"), ord("-")]] = True
_A_POINT: Final = 1 << 16
_COUNTS: Final = np.zeros(256, np.int32)
_COUNTS[ord(".")], _COUNTS[ord("0") : ord("9") + 1] = _A_POINT, 1
_NUMBERS: Final = bytes(byte if byte in b"+-0123456789" else ord(" ") for byte in range(256))
_CAPITALS: Final = bytes(range(256)).upper()
_NOT_READ: Final = bytes(byte for byte in (*range(33), ord("/")) if byte != _END)
_COMMENT: Final = re.compile(r"\([^)\n]*\)?|;[^\n]*")
_SHORTEST: Final = 16
"""Fewer lines than this are read one by one: arrays would take longer."""


def read_batch(
    interpreter: Interpreter, lines: Sequence[str], first: int = 0
) -> tuple[_Array, list[tuple[int, GcodeError]]]:
    """Read some lines, of which `first` is the index of the first one.

    Returns the rows of what they ask for, and the lines that GRBL would refuse: their index
    and the error. Lines that begin with ``$`` ask for nothing.
    """
    words = _Words(lines)
    errors: list[tuple[int, GcodeError]] = []
    parts: list[_Array] = [np.empty(0, ROW)]
    place, most = 0, len(lines)
    while place < len(lines):
        end = min(words.common_until(place), place + most)
        if end - place >= _SHORTEST and (run := _Run(interpreter, words, place, end)).count:
            parts.append(run.rows(first))
            most = len(lines) if run.count == end - place else max(run.count, _SHORTEST)
            place += run.count
            continue
        stop = max(min(end, place + _SHORTEST), place + 1)
        rows: list[tuple[Any, ...]] = []
        for index, line in enumerate(lines[place:stop], first + place):
            start = interpreter.position
            try:
                asked = () if line[:1] == "$" else interpreter.execute(line)
            except GcodeError as error:
                errors.append((index, error))
                continue
            for action in asked:
                rows.extend(rows_of_action(action, start, index))
                start = getattr(action, "target", start)
        parts.append(np.array(rows, ROW))
        place = stop
    return np.concatenate(parts), errors


def rows_of_action(action: actions.Action, start: Point, line: int) -> list[tuple[Any, ...]]:
    """The rows that stand for one action of the interpreter."""

    def wait(place: Point, seconds: float = 0.0) -> tuple[Any, ...]:
        return (line, Motion.NONE, place, place, (0.0, 0.0), 0, False, seconds)

    if isinstance(action, actions.Dwell):
        return [wait(start, action.seconds)]
    if not isinstance(action, Move | Arc | actions.Probe):
        return [wait(start)]
    kind, offset, plane = Motion.LINE, (0.0, 0.0), 0
    if isinstance(action, Arc):
        kind = Motion.ARC_CW if action.clockwise else Motion.ARC_CCW
        offset, plane = action.offset, PLANES.index(action.axes)
    elif isinstance(action, Move) and action.rapid:
        kind = Motion.RAPID
    ends = (start, action.target)
    move = (line, kind, *ends, offset, plane, action.inverse_time, action.feed)
    if isinstance(action, actions.Probe):
        return [wait(start), move, wait(action.target)]
    return [move]


class _Words:
    """The words of some lines: which line gives which letter what value."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.value = np.zeros((len(_LETTERS), len(lines)), np.float32)
        self.given = np.zeros((len(_LETTERS), len(lines)), np.bool_)
        self.uncommon = np.ones(len(lines), np.bool_)
        text = "\n".join(("", *lines))
        if text.count("\n") == len(lines) > 0:
            if "(" in text or ";" in text:
                text = _COMMENT.sub("", text)
            read = text.encode("ascii", "replace").translate(_CAPITALS, _NOT_READ)
            self._take_apart(read)
            self._mark_uncommon()
        self._stops = np.append(np.flatnonzero(self.uncommon), len(lines))

    def common_until(self, place: int) -> int:
        """The first line from here on that must be read by itself."""
        return int(self._stops[np.searchsorted(self._stops, place)])

    def _take_apart(self, text: bytes) -> None:
        """Find letters and numbers behind each end of a line; others are uncommon."""
        codes = np.frombuffer(text, np.uint8)
        begins = np.flatnonzero(_BEGINS[codes])
        size = np.diff(begins, append=len(codes)) - 1
        behind = codes[np.minimum(begins + 1, len(codes) - 1)]
        points, digits = np.divmod(np.add.reduceat(_COUNTS[codes], begins), _A_POINT)
        column, head = _COLUMN[codes[begins]], codes[begins] == _END
        line = np.cumsum(head) - 1
        good = (size == digits + points + _SIGNS[behind]) & (column >= 0)
        good &= (digits > 0) & (digits <= MAX_DIGITS) & (points <= 1)
        bad = ~good & ~(head & (size == 0))
        if bad.any():
            codes = np.where(np.repeat(bad, size + 1), ord(" "), codes)
        count, line_good, column = len(self.uncommon), line[good], column[good]
        # The digits as whole numbers, and how many of them are decimals.
        whole = np.fromstring(codes.tobytes().translate(_NUMBERS, b"."), np.int64, sep=" ")
        decimals, pointed = np.zeros(len(whole), np.int64), points[good] == 1
        until = (begins + size)[good]
        decimals[pointed] = until[pointed] - np.flatnonzero(codes == ord("."))
        self.value[column, line_good] = _scaled(whole, decimals)
        self.given[column, line_good] = True
        repeated = np.bincount(line_good, minlength=count) != self.given.sum(axis=0)
        length = np.diff(begins[head], append=len(codes)) - 1
        self.uncommon[:] = repeated | (length > MAX_LINE)
        self.uncommon[line[bad]] = True

    def _mark_uncommon(self) -> None:
        """Lines whose words are well formed, but not of the few common kinds."""
        value, given, g = self.value, self.given, self.given[_G]
        dwells = g & (value[_G] == 4.0)
        others = given[[_F, _I, _J, _M, _R, _S, _X, _Y, _Z]].any(axis=0) | (g & ~dwells)
        numbers = (value[_N] < 1.0e7) & (value[[_F, _N, _P, _S]] >= 0.0).all(axis=0)
        kinds = np.isin(value[_G], range(5)) & (~given[_M] | np.isin(value[_M], (3, 4, 5)))
        self.uncommon |= ~(numbers & kinds) | (dwells & others) | (dwells != given[_P])


def _scaled(whole: _Array, decimals: _Array) -> NDArray[np.float32]:
    """Divide by powers of ten in the single-precision steps that GRBL takes."""
    value = whole.astype(np.float32)
    for least, factor in ((2, 0.01), (4, 0.01), (6, 0.01), (8, 0.01)):
        value = np.where(decimals >= least, value * np.float32(factor), value)
    return np.where(decimals % 2 == 1, value * np.float32(0.1), value)


def _carried(given: NDArray[np.bool_], value: _Array, before: float) -> _Array:
    """Of each line the value that it or the last one before it gives."""
    last = np.maximum.accumulate(np.where(given, np.arange(1, len(given) + 1), 0))
    return np.append(before, value)[last]


class _Run:
    """Common lines in a row, up to the first one that the interpreter must judge.

    The first `count` of them are read; the interpreter's state is that behind them.
    """

    def __init__(self, interpreter: Interpreter, words: _Words, begin: int, end: int) -> None:
        self._begin = begin
        self._value = words.value[:, begin:end]
        self._given = words.given[:, begin:end]
        self._interpreter = interpreter
        self._modal = modal = interpreter.modal
        self.count = 0
        if modal.inverse_time or interpreter.laser_mode:
            return
        given, value = self._given, self._value
        self._named = given[_X] | given[_Y] | given[_Z]
        explicit = given[_G] & (value[_G] != 4.0)
        self._motion = _carried(explicit, value[_G], int(modal.motion)).astype(np.int64)
        self._feed = _carried(given[_F], self._mm(value[_F]), interpreter.feed)
        self._place = self._places()
        refused = self._refused(explicit)
        self.count = int(np.argmax(refused)) if refused.any() else end - begin
        if self.count:
            self._speeds()
            self._take_over()

    def _mm(self, value: NDArray[np.float32]) -> NDArray[np.float32]:
        """Lengths in mm, in single precision."""
        if not self._modal.inches:
            return value
        return (value.astype(np.float64) * MM_PER_INCH).astype(np.float32)

    def _places(self) -> _Floats:
        """Where each line ends, before it the place of the beginning: (n + 1, 3)."""
        at = self._interpreter
        places = np.empty((len(self._named) + 1, 3))
        for axis, column in enumerate((_X, _Y, _Z)):
            given, value = self._given[column], self._mm(self._value[column])
            if self._modal.incremental:
                steps = np.where(given, value, np.float32(0.0))
                if len(steps):
                    steps[0] = float32(float(steps[0]) + at.position[axis])
                ends = np.add.accumulate(steps)
            else:
                ends = value + np.float32(float32(at.coordinates[axis] + at.offset[axis]))
                if axis == 2:
                    ends = ends + np.float32(at.tool_offset)
            places[0, axis] = at.position[axis]
            places[1:, axis] = _carried(given, ends, at.position[axis])
        return places

    def _refused(self, explicit: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Lines that GRBL might refuse, or that are not of the common kinds after all."""
        given, named, motion = self._given, self._named, self._motion
        offsets, by_radius = given[_I] | given[_J], given[_R]
        centred = offsets ^ by_radius
        arc = (motion == Motion.ARC_CW) | (motion == Motion.ARC_CCW)
        refused: NDArray[np.bool_] = named & (motion > Motion.ARC_CCW)
        refused |= (explicit | named) & (motion != Motion.RAPID) & (self._feed == 0.0)
        refused |= (offsets | by_radius) & ~(arc & named)
        refused |= arc & (named | explicit) & ~(centred & (given[_X] | given[_Y]))
        arcs = np.flatnonzero(arc & named & ~refused)
        self._offset = np.zeros((len(named), 2))
        if len(arcs):
            way = (self._place[arcs + 1, :2] - self._place[arcs, :2]).T.astype(np.float32)
            words = np.where(
                given[_I : _J + 1, arcs], self._mm(self._value[_I : _J + 1, arcs]), 0.0
            )
            radius = self._mm(self._value[_R, arcs]).astype(np.float64)
            clockwise = motion[arcs] == Motion.ARC_CW
            centre, exists = centre_by_radius(way.astype(np.float64), radius, clockwise)
            offset = np.where(by_radius[arcs], centre, words)
            self._offset[arcs] = offset.T
            # Near the tolerance the interpreter decides, and where start and end are one.
            missed = np.abs(np.hypot(*(way - words)) - np.hypot(*words)) > 0.004
            missed[by_radius[arcs]] = (~exists | ~way.any(axis=0))[by_radius[arcs]]
            refused[arcs] |= missed | (self._modal.plane != 0)
        return refused

    def _speeds(self) -> None:
        """Follow S and M3, M4, M5: `_spins` are the lines at which the output changes."""
        at, value, given = self._interpreter, self._value, self._given
        before = at.spindle_speed, int(self._modal.spindle)
        self._speed = np.append(before[0], _carried(given[_S], value[_S], before[0]))
        self._mode = np.append(before[1], _carried(given[_M], value[_M], before[1]))
        changed = (np.diff(self._speed) != 0.0) & (self._mode[:-1] != SpindleMode.OFF)
        self._spins = changed | (np.diff(self._mode) != 0)

    def _take_over(self) -> None:
        at, last = self._interpreter, self.count
        x, y, z = self._place[last].tolist()
        at.position = (x, y, z)
        at.feed = float(self._feed[last - 1])
        at.spindle_speed = float(self._speed[last])
        at.tool = 0
        motion, spindle = int(self._motion[last - 1]), int(self._mode[last])
        at.modal = self._modal._replace(motion=Motion(motion), spindle=SpindleMode(spindle))

    def rows(self, first: int) -> _Array:
        """The rows of the lines that were read."""
        count = self.count
        spins = np.flatnonzero(self._spins[:count])  # They wait, before their line moves.
        acts = np.flatnonzero((self._named | self._given[_P])[:count])
        asks = np.concatenate((spins, acts))
        order = np.argsort(asks, kind="stable")
        moves = self._named[asks] & (np.arange(len(asks)) >= len(spins))
        dwells = self._given[_P, asks]
        rows = np.zeros(len(asks), ROW)
        rows["line"] = asks + first + self._begin
        rows["kind"] = np.where(moves, self._motion[asks], Motion.NONE)
        rows["start"] = self._place[asks]
        rows["target"] = self._place[asks + moves]
        rows["offset"] = np.where(moves[:, None], self._offset[asks], 0.0)
        rows["value"] = np.where(moves, self._feed[asks], dwells * self._value[_P, asks])
        return rows[order] if len(spins) else rows
