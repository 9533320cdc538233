"""Path data: the `d` of SVG 2, chapter 9, read up to the first thing that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

from firmware_gcode.drawing.svg_parts.document import SvgError
from firmware_gcode.drawing.svg_parts.outline import Bend, Outline, Run, arc_to
from firmware_gcode.drawing.svg_parts.values import COMMA, MOST, NUMBER

MAX_POINTS = 2_000_000
"""Of one path, and of a whole drawing once its curves are flat."""
_COMMAND = re.compile(r"\s*([MmZzLlHhVvCcSsQqTtAa])([^MmZzLlHhVvCcSsQqTtAa]*)", re.ASCII)
_NUMBER = re.compile(NUMBER, re.ASCII)
_LIST = re.compile(rf"\s*+(?:(?>{NUMBER}){COMMA})*+", re.ASCII)
_ARC = re.compile(
    rf"\s*+(?>({NUMBER})){COMMA}(?>({NUMBER})){COMMA}(?>({NUMBER})){COMMA}([01]){COMMA}([01])"
    rf"{COMMA}(?>({NUMBER})){COMMA}(?>({NUMBER})){COMMA}",
    re.ASCII,
)
_PAIR = rf"\s*+(?>{NUMBER}){COMMA}(?>{NUMBER}){COMMA}"
_STRAIGHT = re.compile(rf"\s*+M{_PAIR}(?:L?+{_PAIR})++(Z?)\s*+", re.ASCII)
"""One run of straight lines between absolute places: what most large files are made of."""
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


def parse_path(d: str) -> tuple[Outline, bool]:
    """The runs of a path, and whether all of it could be read.

    As viewers do, what stands before an error is drawn; a run of one point draws nothing.

    Raises:
        SvgError: More points than can be drawn.
    """
    straight = _STRAIGHT.fullmatch(d)
    if straight:
        found = list(map(float, _NUMBER.findall(d)))
        if len(found) <= 2 * MAX_POINTS and min(found) > -MOST and max(found) < MOST:
            run = Run(list(map(complex, found[::2], found[1::2])))
            if straight[1]:
                _close(run)
            return [run], True
    pen = _Pen()
    whole = pen.read(d)
    runs = [run for run in pen.runs if len(run.points) > 1]
    return runs, whole


def parse_points(text: str, *, closed: bool) -> tuple[Outline, bool]:
    """The run of a `points` attribute, and whether all of it could be read."""
    numbers, whole = _numbers(text)
    places = [complex(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=False)]
    if len(places) > MAX_POINTS:
        raise SvgError("svg-too-many-points", most=MAX_POINTS)
    whole = whole and len(numbers) % 2 == 0
    if len(places) < 2:
        return [], whole
    run = Run(places)
    if closed:
        _close(run)
    return [run], whole


def _close(run: Run) -> None:
    run.closed = True
    if run.points[-1] != run.points[0]:
        run.points.append(run.points[0])


def _numbers(text: str) -> tuple[list[float], bool]:
    """The numbers of a list up to the first thing that is none; whether that is the end."""
    match = _LIST.match(text)
    good = match.end() if match else 0
    found = [float(n) for n in _NUMBER.findall(text[:good])]
    if found and not (min(found) > -MOST and max(found) < MOST):
        wild = next(i for i, n in enumerate(found) if not -MOST < n < MOST)
        return found[:wild], False
    return found, good == len(text)


class _Pen:
    """Follows the commands of a path."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.here = 0j
        self.begin = 0j
        self.run: Run | None = None
        self.handle = 0j
        """The last curve's second control point, for the smooth curve that may follow."""
        self.last = ""
        self.count = 0

    def read(self, d: str) -> bool:
        """Take commands in; False where one cannot be read."""
        at = 0
        d = d.rstrip()
        while match := _COMMAND.match(d, at):
            command, inside = match[1], match[2]
            if not self.last and command not in "Mm":
                return False
            if not self._command(command, inside):
                return False
            at = match.end()
        return at == len(d)

    def _command(self, command: str, inside: str) -> bool:
        kind = command.upper()
        base_is_here = command.islower()
        if kind == "A":
            return self._arcs(inside, relative=base_is_here)
        numbers, whole = _numbers(inside)
        size = _TAKES[kind]
        if kind == "Z":
            self._end()
            self.last = "Z"
            return whole and not numbers
        self.count += len(numbers) // size
        if self.count > MAX_POINTS:
            raise SvgError("svg-too-many-points", most=MAX_POINTS)
        draw = _DRAW[kind]
        full = len(numbers) - len(numbers) % size
        for at in range(0, full, size):
            base = self.here if base_is_here else 0j
            draw(self, numbers[at : at + size], base)
            self.last = kind
            if kind == "M":
                draw, kind = _DRAW["L"], "L"
        return whole and full == len(numbers) and full > 0

    def _end(self) -> None:
        if self.run is not None:
            _close(self.run)
        elif self.last == "M":
            self.runs.append(Run([self.here, self.here], closed=True))
        self.run = None
        self.here = self.begin

    def _go(self, place: complex, bend: Bend | None = None) -> None:
        """Draw to a place."""
        if self.run is None:
            self.run = Run([self.here])
            self.runs.append(self.run)
        if bend is not None:
            self.run.bends[len(self.run.points) - 1] = bend
        self.run.points.append(place)
        self.here = place

    def move(self, n: list[float], base: complex) -> None:
        """Begin anew."""
        self.here = self.begin = base + complex(n[0], n[1])
        self.run = None

    def line(self, n: list[float], base: complex) -> None:
        """A line."""
        self._go(base + complex(n[0], n[1]))

    def across(self, n: list[float], base: complex) -> None:
        """A line across."""
        self._go(complex(base.real + n[0], self.here.imag))

    def down(self, n: list[float], base: complex) -> None:
        """A line up or down."""
        self._go(complex(self.here.real, base.imag + n[0]))

    def cubic(self, n: list[float], base: complex) -> None:
        """A cubic Bézier."""
        self.handle = base + complex(n[2], n[3])
        bend = (base + complex(n[0], n[1]), self.handle)
        self._go(base + complex(n[4], n[5]), bend)

    def smooth_cubic(self, n: list[float], base: complex) -> None:
        """A cubic Bézier that goes on smoothly."""
        first = 2 * self.here - self.handle if self.last in ("C", "S") else self.here
        self.handle = base + complex(n[0], n[1])
        self._go(base + complex(n[2], n[3]), (first, self.handle))

    def quadratic(self, n: list[float], base: complex) -> None:
        """A quadratic Bézier."""
        self._quadratic(base + complex(n[0], n[1]), base + complex(n[2], n[3]))

    def smooth_quadratic(self, n: list[float], base: complex) -> None:
        """A quadratic Bézier that goes on smoothly."""
        handle = 2 * self.here - self.handle if self.last in ("Q", "T") else self.here
        self._quadratic(handle, base + complex(n[0], n[1]))

    def _quadratic(self, handle: complex, end: complex) -> None:
        self.handle = handle
        first = self.here + (handle - self.here) * (2 / 3)
        self._go(end, (first, end + (handle - end) * (2 / 3)))

    def _arcs(self, inside: str, *, relative: bool) -> bool:
        at = 0
        while match := _ARC.match(inside, at):
            rx, ry, turn, x, y = (float(match[n]) for n in (1, 2, 3, 6, 7))
            if not max(abs(rx), abs(ry), abs(turn), abs(x), abs(y)) < MOST:
                return False
            end = complex(x, y) + (self.here if relative else 0j)
            flags = {"large": match[4] == "1", "sweep": match[5] == "1"}
            if end != self.here:
                self._go(end, arc_to(self.here, end, (rx, ry), turn, **flags))
            self.last = "A"
            self.count += 1
            if self.count > MAX_POINTS:
                raise SvgError("svg-too-many-points", most=MAX_POINTS)
            at = match.end()
        return at > 0 and not inside[at:].strip(" \t\r\n")


_DRAW: dict[str, Callable[[_Pen, list[float], complex], None]] = {
    "M": _Pen.move,
    "L": _Pen.line,
    "H": _Pen.across,
    "V": _Pen.down,
    "C": _Pen.cubic,
    "S": _Pen.smooth_cubic,
    "Q": _Pen.quadratic,
    "T": _Pen.smooth_quadratic,
}
