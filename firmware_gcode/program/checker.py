"""The last look at a program's text before anything moves.

The text is interpreted as GRBL would, arcs included, and refused unless every point lies on
the paper and within the machine's reach, every line is one that GRBL takes, and nothing is
faster than the profile allows. X and Y move only while the pen draws or is clear of the paper.
Only the few commands that a drawing needs are let through.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Rectangle
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import CodedError, Fact, fact
from firmware_gcode.gcode.actions import Motion
from firmware_gcode.gcode.batch import read_batch
from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.words import decimal, strip_line, words_of
from firmware_gcode.motion.arcs import Arcs
from firmware_gcode.program.profile import Profile
from firmware_gcode.toolpath.ragged import Booleans, Floats, Integers, alike

_Array: TypeAlias = NDArray[Any]
_SETUP = frozenset({"G17", "G21", "G54", "G90", "G94"})
_ALLOWED = _SETUP | {"G0", "G1", "G2", "G3", "G4", "M3"}
_MAX_CHARACTERS = 79
_AT_ONCE = 1 << 14
"""Characters that are looked at together."""
_NOT_TEXT = re.compile(r"[^ -~\n]|[?!~]")
"""What is no text, or a real-time command."""
_UNUSUAL = re.compile(r"[^A-Z0-9.+\n-]")
_COMMAND = re.compile(r"[GM][+-]?\d*(?:\.\d*)?")
_SPINDLE = re.compile("[MS]")
_ROUNDING_MM = 2e-4
"""GRBL computes in single precision: at 1,000 mm its numbers are 0.00006 mm apart."""
_MAX_DWELL_S = 10.0
_SHARE_OF_WAY = 0.99
"""Of a way of some hundredths of a millimetre the axes' shares are rounded so far."""
_PARKED_MM = 0.01
_PLACE_ROUNDING_MM = 0.006
_UNKNOWN = (-7777.0, -7777.0, 7777.0)
"""Where the pen is taken to be at first: nowhere, so that a word left out is found out."""


class ProgramError(CodedError, ValueError):
    """A program that must not be sent: the line at fault, from 1 (0: all), and the fault.

    The fault is the end of a sentence.
    """

    def __init__(self, line: int, fault: Fact) -> None:
        self.line = line
        told = fact("program-line-fault", line=line, fault=fault)
        super().__init__(told if line else fact("program-fault", fault=fault))


def refusal(number: int, raw: str, error: GcodeError) -> ProgramError:
    """What a person is told of a line that GRBL would refuse."""
    told = fact("program-line-refused-by-grbl", text=raw.strip(), why=error.fact)
    return ProgramError(number, told)


def check_program(text: str | Iterable[str], profile: Profile, paper: Paper) -> None:
    """Refuse a program that is not safe to send, with the paper's corner at the work origin.

    Its text may come in parts, each of which ends with a line.

    Raises:
        ProgramError: The first line at fault, and what is wrong with it: GRBL would refuse it,
            it leaves the paper or the machine's reach (the pen may leave the paper only on a
            way to or from the park place), moves sideways while the pen neither draws nor is
            clear of the paper, moves sideways on the paper at a rapid, exceeds a feed or a
            height of the profile, or is a command that a drawing does not need. Or a program
            that does not set its modes or lift the pen before it moves, or does not end with
            the pen up.
    """
    _Checker(profile, paper).check([text] if isinstance(text, str) else text)


class _Faults:
    """Finds the first fault among some lines.

    Of several in a line the one counts that was looked for first.
    """

    def __init__(self) -> None:
        self._line = sys.maxsize
        self._why: Callable[[], Fact]

    def at(self, line: int, why: Callable[[], Fact]) -> None:
        """A line is at fault; `why` says what is wrong with it."""
        if line < self._line:
            self._line, self._why = line, why

    def among(self, lines: Integers, wrong: Booleans, why: Callable[[int], Fact]) -> None:
        """Of some lines in rising order those that are `wrong`; `why` takes a row's number."""
        if wrong.any():
            first = int(np.argmax(wrong))
            self.at(int(lines[first]), lambda: why(first))

    def told(self, before: int) -> None:
        """Refuse the program if there is a fault; `before` lines came before these."""
        if self._line < sys.maxsize:
            raise ProgramError(line=before + self._line + 1, fault=self._why())


class _Moves(NamedTuple):
    """Motions, as columns.

    Attributes:
        line: The index of each one's line, rising.
        ways: dx, dy, dz: shape (3, n), mm.
        arc: Whether it is G2 or G3; `rapid`: G0.
        sideways: Whether X or Y moves.
        before: The pen's height or S value before it; NaN while nobody knows.
        after: The same after it.
        clear: Whether the pen is clear of the paper before it.
    """

    line: Integers
    ways: Floats
    feed: Floats
    arc: Booleans
    rapid: Booleans
    sideways: Booleans
    before: Floats
    after: Floats
    clear: Booleans


@dataclass
class _Checker:
    """Follows the machine's state through the program, some thousand lines at a time.

    Attributes:
        height: Where the pen is: a height, or an S value; NaN while nobody knows.
        waited: Seconds of pauses since it was sent there.
        spindle: S, and whether the output is on.
    """

    profile: Profile
    paper: Paper
    interpreter: Interpreter = field(default_factory=Interpreter)
    height: float = np.nan
    waited: float = 0.0
    spindle: tuple[float, bool] = (0.0, False)
    setup: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pen = self.profile.pen

    def check(self, parts: Iterable[str]) -> None:
        self.interpreter.position = _UNKNOWN
        count = 0
        for text in parts:
            count = self._part(text, count)
        if not count:
            raise ProgramError(line=0, fault=fact("program-empty"))
        if not (not math.isnan(self.height) and self.pen.is_up(self.height)):
            raise ProgramError(line=0, fault=fact("program-ends-pen-down"))

    def _part(self, text: str, count: int) -> int:
        """Check a text behind so many lines; how many there are then."""
        place = 0
        while place < len(text):
            until = text.find("\n", place + _AT_ONCE)
            until = len(text) if until < 0 else until + 1
            lines = text[place:until].split("\n")
            unended = lines.pop()
            self._lines(lines, count)
            count, place = count + len(lines), until
            if unended:
                raise ProgramError(line=count + 1, fault=fact("program-no-newline"))
        return count

    def _lines(self, lines: list[str], before: int) -> None:
        """Check some lines, of which `before` came before."""
        faults = _Faults()
        text = "\n".join(lines)
        if max(map(len, lines)) > _MAX_CHARACTERS:
            line = next(n for n, each in enumerate(lines) if len(each) > _MAX_CHARACTERS)
            size = len(lines[line])
            why = fact("program-line-long", characters=size, most=_MAX_CHARACTERS)
            faults.at(line, partial(_itself, why))
        if found := _NOT_TEXT.search(text):
            faults.at(text.count("\n", 0, found.start()), lambda: fact("program-character"))
        rows, errors = read_batch(self.interpreter, lines)
        said = lines
        if _UNUSUAL.search(text):
            lines = list(map(_stripped, lines))
            text = "\n".join(lines)
        modes = self._commands(lines, text, faults)
        if "$" in text:
            line = next(n for n, each in enumerate(lines) if "$" in each)
            errors.append((line, GcodeError(ErrorCode.EXPECTED_LETTER)))
        for line, error in errors:
            faults.at(line, partial(_refused, said[line], error))
        spins = self._spins(lines, text, faults)
        moves = self._moves(rows, spins, faults)
        faults.among(
            moves.line,
            moves.line < modes,
            lambda row: self._missing(lines[: moves.line[row] + 1]),
        )
        self._look(moves, rows[rows["kind"] != Motion.NONE], faults)
        faults.told(before)
        self.setup |= self._named(text)

    # Commands.

    def _commands(self, lines: list[str], text: str, faults: _Faults) -> int:
        """Find commands that are not allowed; the first line by which all modes are set."""
        if not self._named(text) <= _ALLOWED | self.pen.commands:
            for line, each in enumerate(lines):
                for command in self._named(each) - _ALLOWED - self.pen.commands:
                    faults.at(line, partial(_not_allowed, command))
        if self.setup >= _SETUP:
            return 0
        known, line = set(self.setup), 0
        for line, each in enumerate(lines):
            known |= self._named(each)
            if known >= _SETUP:
                return line
        return len(lines)

    def _missing(self, lines: Sequence[str]) -> Fact:
        missing = _SETUP - self.setup - self._named("\n".join(lines))
        return fact("program-modes-unset", modes=" ".join(sorted(missing)))

    @staticmethod
    def _named(text: str) -> set[str]:
        """The commands in stripped lines."""
        return set(map(_command, set(_COMMAND.findall(text))))

    def _spins(self, lines: list[str], text: str, faults: _Faults) -> list[tuple[int, float]]:
        """Lines that set the spindle's output, and what S they set it to; 0 for off."""
        found: list[tuple[int, float]] = []
        if not _SPINDLE.search(text):
            return found
        speed, on = self.spindle
        for line, each in enumerate(lines):
            if not _SPINDLE.search(each):
                continue
            new, turned = _spindle(each)
            if new is not None and new != speed:
                speed = new
                found += [(line, speed)] if on else []
            if turned is not None and turned != on:
                on = turned
                found.append((line, speed if on else 0.0))
        self.spindle = speed, on
        for line, value in found:
            if fault := self.pen.spindle_fault(value):
                faults.at(line, partial(_itself, fault))
        return found

    # Motion.

    def _moves(self, rows: _Array, spins: list[tuple[int, float]], faults: _Faults) -> _Moves:
        """The motions, with where the pen is before and after each."""
        waits = rows["kind"] == Motion.NONE
        seconds = rows["value"][waits]
        faults.among(
            rows["line"][waits],
            ~((seconds >= 0.0) & (seconds <= _MAX_DWELL_S)),
            lambda row: fact("program-waits", seconds=float(seconds[row]), most=_MAX_DWELL_S),
        )
        rows, pauses = rows[~waits], rows[waits]
        ways = (rows["target"] - rows["start"]).T
        arc = rows["kind"] >= Motion.ARC_CW
        climbs = ways[2] != 0.0
        lines = np.array([line for line, _ in spins], np.int64)
        # In a line the output is set first, then it waits, then it moves.
        phases = (lines, pauses["line"], rows["line"][climbs])
        when = np.concatenate([3 * line + phase for phase, line in enumerate(phases)])
        value = np.concatenate(
            [[v for _, v in spins], np.full(len(seconds), np.nan), rows["target"][climbs, 2]]
        )
        wait = np.concatenate([np.zeros(len(lines)), seconds, np.zeros(int(climbs.sum()))])
        order = np.argsort(when, kind="stable")
        when, value, wait = when[order], value[order], wait[order]
        height = _carried(value, self.height)
        new = ~np.isnan(value) & (value != height[:-1])
        total = np.append(0.0, np.cumsum(wait)) + self.waited
        waited = total - _carried(np.where(new, total[:-1], np.nan), 0.0)
        last = np.searchsorted(when, 3 * rows["line"] + 2)
        before, after = height[last], np.where(climbs, rows["target"][:, 2], height[last])
        self.height, self.waited = float(height[-1]), float(waited[-1])
        return _Moves(
            rows["line"],
            ways,
            rows["value"],
            arc,
            rows["kind"] == Motion.RAPID,
            arc | (ways[:2] != 0.0).any(axis=0),
            before,
            after,
            self._each(self.pen.is_clear, before, waited[last]),
        )

    @staticmethod
    def _each(
        judge: Callable[[float, float], bool], values: Floats, others: Floats
    ) -> Booleans:
        """What is said of each pair of numbers, one of which is NaN for no."""
        known = ~np.isnan(values)
        pairs = values[known] + 1j * others[known]
        first, which = alike(pairs)
        said = [judge(pair.real, pair.imag) for pair in pairs[first].tolist()]
        found = np.zeros(len(values), np.bool_)
        found[known] = np.array(said, np.bool_)[which]
        return found

    def _look(self, moves: _Moves, rows: _Array, faults: _Faults) -> None:
        """Find motions at fault."""
        pen, line, clear, sideways = self.pen, moves.line, moves.clear, moves.sideways
        climbs = moves.ways[2] != 0.0
        heights = sorted(set(moves.after[climbs].tolist()))
        for height in heights:
            if fault := pen.height_fault(height):
                faults.among(line, climbs & (moves.after == height), partial(_itself, fault))
        zeros = np.zeros(len(line))
        still = clear & self._each(pen.is_clear, moves.after, zeros)
        slants = climbs & sideways & (moves.arc | ~still)
        faults.among(line, slants, lambda _: fact("program-slants"))
        unknown = sideways & np.isnan(moves.after)
        faults.among(line, unknown, lambda _: fact("program-moves-first"))
        inks = self._each(lambda v, _: pen.inks(v, v), moves.after, zeros)
        faults.among(line, sideways & ~clear & ~inks, lambda _: fact("program-not-clear"))
        dragged = sideways & moves.rapid & ~clear
        faults.among(line, dragged, lambda _: fact("program-rapid-down"))
        self._places(moves, rows, faults)
        self._speeds(moves, faults)

    def _places(self, moves: _Moves, rows: _Array, faults: _Faults) -> None:
        """Find places that the pen must not pass: ends of motions, and what arcs pass."""
        ends = rows["target"][:, None, :2]
        bows = Arcs(rows[moves.arc]).extremes()
        owner = np.concatenate(
            [np.flatnonzero(moves.sideways), np.repeat(np.flatnonzero(moves.arc), 4)]
        )
        x, y = np.concatenate([ends[moves.sideways, 0], bows[:, :, :2].reshape(-1, 2)]).T
        order = np.argsort(owner, kind="stable")
        owner, x, y = owner[order], x[order], y[order]
        line = moves.line[owner]

        def place(row: int) -> dict[str, float]:
            return {"x": round(float(x[row]), 3), "y": round(float(y[row]), 3)}

        def outside(area: Rectangle) -> Booleans:
            slack = _ROUNDING_MM
            wrong: Booleans = (x < area.x0 - slack) | (x > area.x1 + slack)
            wrong |= (y < area.y0 - slack) | (y > area.y1 + slack)
            return wrong

        faults.among(
            line,
            outside(self.profile.reach),
            lambda row: fact("program-out-of-reach", **place(row)),
        )
        sheet, park = self.paper.sheet, self.profile.park
        off = outside(sheet)
        for row in np.flatnonzero(off & moves.clear[owner]).tolist():
            off[row] = not _on_way(park, (float(x[row]), float(y[row])), sheet)
        faults.among(line, off, lambda row: fact("program-off-paper", **place(row)))

    def _speeds(self, moves: _Moves, faults: _Faults) -> None:
        """Find feeds that move the pen, or its Z axis, faster than the profile allows."""
        dx, dy, dz = moves.ways
        side = np.sqrt(dx * dx + dy * dy)
        way = np.maximum(np.sqrt(side * side + dz * dz), 1e-300)
        slack = np.where((side > 0.0) & (dz != 0.0), _SHARE_OF_WAY, 1.0)
        profile = self.profile
        allowed = np.where(moves.clear, profile.travel_feed, profile.draw_feed)
        across = np.where(moves.arc, moves.feed, slack * moves.feed * side / way)
        upright = np.where(moves.arc, 0.0, slack * moves.feed * np.abs(dz) / way)
        fastest = np.full(len(side), profile.pen.fastest_feed)
        for feed, most in ((across, allowed), (upright, fastest)):
            wrong = ~moves.rapid & (feed > most + 0.5)
            faults.among(moves.line, wrong, partial(_too_fast, feed, most))


def _itself(fault: Fact, _row: int = 0) -> Fact:
    return fault


def _not_allowed(command: str) -> Fact:
    return fact("program-command", command=command)


def _refused(line: str, error: GcodeError) -> Fact:
    return fact("program-grbl-refuses", text=line, why=error.fact)


def _too_fast(feeds: Floats, most: Floats, row: int) -> Fact:
    feed, allowed = round(float(feeds[row]), 1), float(most[row])
    return fact("program-too-fast", feed=feed, allowed=allowed)


def _carried(values: Floats, before: float) -> Floats:
    """`before`, and behind each value what was the last one that is not NaN: (n + 1,)."""
    known = np.where(np.isnan(values), 0, np.arange(1, len(values) + 1))
    found: Floats = np.append(before, values)[np.append(0, np.maximum.accumulate(known))]
    return found


def _stripped(line: str) -> str:
    """A line without blanks and comments; nothing of one that is too long for GRBL."""
    try:
        return strip_line(line)
    except GcodeError:
        return ""


@lru_cache(maxsize=1 << 10)
def _command(text: str) -> str:
    """A command by its usual name: "G1" for "G01."."""
    try:
        return f"{text[0]}{decimal(text[1:]):g}"
    except GcodeError:
        return "G0"  # no command; the interpreter refuses it


@lru_cache(maxsize=1 << 10)
def _spindle(line: str) -> tuple[float | None, bool | None]:
    """What a line says of S, and of whether the output is on."""
    speed: float | None = None
    on: bool | None = None
    with suppress(GcodeError):  # the interpreter refuses it
        for letter, value in words_of(line):
            if letter == "S":
                speed = value
            elif letter == "M" and value in {3.0, 4.0, 5.0}:
                on = value < 5.0
    return speed, on


def _on_way(park: tuple[float, float], place: tuple[float, float], sheet: Rectangle) -> bool:
    """Whether a place is on a straight way from the park place to a sheet.

    It is if the way on from there, as far as one likes, comes to the sheet. The places of a
    program are rounded.
    """
    if math.dist(park, place) < _PARKED_MM:
        return True
    first, last = 1.0, math.inf
    spans = ((sheet.x0, sheet.x1), (sheet.y0, sheet.y1))
    for home, here, span in zip(park, place, spans, strict=True):
        low, high = span[0] - _PLACE_ROUNDING_MM, span[1] + _PLACE_ROUNDING_MM
        way = here - home
        if way == 0.0:
            if not low <= here <= high:
                return False
            continue
        ends = sorted(((low - home) / way, (high - home) / way))
        first, last = max(first, ends[0]), min(last, ends[1])
    return first <= last
