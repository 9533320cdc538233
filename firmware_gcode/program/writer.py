"""Writes a toolpath as compact G-code for one machine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from firmware_gcode.drawing.geometry import length
from firmware_gcode.facts import Fact
from firmware_gcode.gcode import words
from firmware_gcode.program.pens.pen import Height, Pause, PenStep, Place, Say
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program, ProgramLine
from firmware_gcode.program.timing import timed
from firmware_gcode.toolpath.plan import Stroke, Toolpath, travel_mm
from firmware_gcode.toolpath.segments import Arc, Line, Point, Segment, flatten

PLACES = 2
"""Decimals of coordinates: 0.01 mm, a twentieth of the finest pen."""
ROUNDING_MM = 0.004
"""How far the rounding of its radius may move an arc."""
HEADER = "G21G90G94G17G54"
"""Millimetres, absolute, feed per minute, XY plane, first work coordinate system."""
SYNC = "G4P0"
"""A dwell of no time: GRBL answers it when all motion before it is done."""


@lru_cache(maxsize=1 << 15)
def number(value: float, places: int = PLACES) -> str:
    """The shortest text of a number that GRBL reads: `.5`, `-3`, `12.25`."""
    text = words.number(value, places)
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def write_program(
    toolpath: Toolpath,
    profile: Profile,
    *,
    from_stroke: int = 0,
    pauses: Mapping[int, Fact] | None = None,
) -> Program:
    """Write the G-code that draws a toolpath; it starts and ends with the pen up.

    `from_stroke` goes on with a drawing that was interrupted: line and stroke numbers stay
    those of the whole toolpath. `pauses` are the program's; before them the pen is lifted to
    the top.

    Raises:
        ValueError: `from_stroke` is negative or beyond the last stroke.
    """
    if not 0 <= from_stroke < len(toolpath.strokes):
        raise ValueError(
            f"stroke {from_stroke} does not exist; the drawing has {len(toolpath.strokes)}"
        )
    rounded = [_rounded(stroke) for stroke in toolpath.strokes]
    stops = pauses or {}
    writer = _Writer(profile, toolpath.start)
    writer.begin()
    for index, (start, segments) in enumerate(rounded[from_stroke:], from_stroke):
        writer.stroke(index, start, segments, stays=index + 1 in stops)
    writer.finish(toolpath.park)
    inked = tuple(flatten(start, segments) for start, segments in rounded)
    drawn = inked[from_stroke:]
    return Program(
        lines=timed(writer.lines, profile, toolpath.start),
        strokes=inked,
        first_stroke=from_stroke,
        ink_mm=sum(length(points) for points in drawn),
        travel_mm=travel_mm(drawn, toolpath.start, toolpath.park),
        pen_lifts=len(drawn),
        pauses=stops,
    )


def _rounded(stroke: Stroke) -> tuple[Point, tuple[Segment, ...]]:
    """A stroke as the text will say it; moves that rounding makes empty are left out."""
    start = here = _round(stroke.start)
    kept: list[Segment] = []
    for segment in stroke.segments:
        end = _round(segment.end)
        if end == here:
            continue
        kept.append(
            Line(end) if isinstance(segment, Line) else _rounded_arc(here, end, segment)
        )
        here = end
    return start, tuple(kept)


def _rounded_arc(start: Point, end: Point, arc: Arc) -> Arc:
    """The arc between rounded ends, its radius with as few digits as matter."""
    half = math.dist(start, end) / 2
    radius = max(arc.radius, half * (1.0 + 1e-4) + 1e-3)
    height = _height_of_arc(radius, half)
    for scale in (0.1, 1.0, 10.0, 100.0):
        short = round(radius * scale) / scale
        if short > half * 1.001 and abs(_height_of_arc(short, half) - height) <= ROUNDING_MM:
            return Arc(end, short, arc.clockwise)
    return Arc(end, math.ceil(radius * 1000.0) / 1000.0, arc.clockwise)


def _two_digits(value: float) -> float:
    """A feed with as many digits as matter: at most 10 % less."""
    unit = 10.0 ** (len(str(int(value))) - 2)
    return min(math.floor(value / unit + 1e-9) * unit, 60_000.0) if value >= 10.0 else value


def _height_of_arc(radius: float, half: float) -> float:
    """How far an arc rises over half its chord, mm."""
    return radius - math.sqrt(radius * radius - half * half)


def _round(point: Point) -> Point:
    """A place as the text says it; adding 0 turns -0 into 0."""
    return round(point[0], PLACES) + 0.0, round(point[1], PLACES) + 0.0


@dataclass
class _Writer:
    """Keeps the modal state and leaves out every word that GRBL remembers.

    Attributes:
        start: Where the pen is expected to be at first, mm.
        here: Where it was last sent to; None before that.
        z: The height of the Z axis, mm; None before it is known.
        top: Whether the pen is lifted as high as it goes.
    """

    profile: Profile
    start: Point
    lines: list[ProgramLine] = field(default_factory=list)
    number: int | None = None
    here: Point | None = None
    z: float | None = None
    top: bool = True
    motion: str = ""
    feed: float = 0.0
    pen_down: bool = False

    def begin(self) -> None:
        """Modes, and the pen up wherever it is; one on a servo goes on rising."""
        self._emit(HEADER)
        pen, plain = self.profile.pen, self.profile.plain_hops
        steps = pen.lift_steps() if pen.by_height or plain else pen.leave_steps()
        self._steps([step for step in steps if not isinstance(step, Pause) or step.seconds])

    def stroke(
        self, index: int, start: Point, segments: Sequence[Segment], *, stays: bool
    ) -> None:
        """Travel to a stroke, draw it, lift the pen: to the top if it `stays` there."""
        self.number = index
        self._hop(start, falls=True)
        pen = self.profile.pen
        self._steps(pen.lower_steps(self.profile.grbl))
        for segment in segments:
            self._draw(segment)
        self.pen_down = False
        self.top = stays or self.profile.plain_hops
        self._steps(pen.lift_steps() if self.top else pen.leave_steps())

    def finish(self, park: Point) -> None:
        """Go to the park place and wait there."""
        self.number = None
        self._hop(_round(park), falls=False)
        self._emit(SYNC, sync=True)

    def _hop(self, goal: Point, *, falls: bool) -> None:
        """Bring the lifted pen to a place: down again just so far that X and Y may move."""
        places: Sequence[Place] = ()
        if not self.profile.plain_hops:
            places = self.profile.pen.hop(
                self.here or _round(self.start),
                goal,
                self.profile.grbl,
                rises=not self.top,
                falls=falls,
            )
        for place in places:
            self._over(place)
        self._travel(goal)

    def _over(self, place: Place) -> None:
        """A straight way with the pen up, X, Y and Z at once as fast as each may be."""
        profile, (x, y) = self.profile, self.here or self.start
        climb = 0.0 if self.z is None else place[2] - self.z
        if climb == 0.0:
            self._travel(place[:2])
            return
        dx, dy, dz = place[0] - x, place[1] - y, abs(climb)
        most = profile.pen.climb_feed(climb)
        side = math.hypot(dx, dy)
        # At a rapid each axis may be the one that limits the way.
        axes = (("$110", abs(dx)), ("$111", abs(dy)), ("$112", dz))
        rapid = min(profile.grbl[key] * dz / part for key, part in axes if part > 0.0)
        feed = None
        if rapid > most + 1e-6 or not profile.rapid_travel:
            way = math.hypot(side, dz)
            feed = most * way / dz
            if side > 0.0:
                feed = min(feed, profile.travel_feed * way / side)
            feed = _two_digits(feed)
        text = self._words("XY", self.here, place) + "Z" + number(place[2], 3)
        self.here, self.z = place[:2], place[2]
        self._emit(self._mode("G0" if feed is None else "G1") + text + self._feed(feed))

    def _travel(self, place: Point) -> None:
        if place == self.here:
            return
        if self.profile.rapid_travel:
            self._move("G0", place)
        else:
            self._move("G1", place, feed=self.profile.travel_feed)

    def _draw(self, segment: Segment) -> None:
        motion, tail = "G1", ""
        if isinstance(segment, Arc):
            motion = "G2" if segment.clockwise else "G3"
            tail = "R" + number(segment.radius, 3)
        self._move(motion, segment.end, tail, self.profile.draw_feed)

    def _move(
        self, motion: str, place: Point, tail: str = "", feed: float | None = None
    ) -> None:
        """A motion in the plane, without the words that are already in force."""
        text = self._words("XY", self.here, place)
        self.here = place
        self._emit(self._mode(motion) + text + tail + self._feed(feed))

    @staticmethod
    def _words(letters: str, before: Point | None, place: Sequence[float]) -> str:
        """The coordinates that are not what they were."""
        return "".join(
            letter + number(place[axis])
            for axis, letter in enumerate(letters)
            if before is None or before[axis] != place[axis]
        )

    def _steps(self, steps: Sequence[PenStep]) -> None:
        for step in steps:
            self.pen_down = step.down
            match step:
                case Height():
                    self._height(step.z, step.feed)
                case Say():
                    self._emit(step.text, sync=True)
                case Pause():
                    self._emit(f"G4P{number(step.seconds, 3)}", sync=True)

    def _height(self, z: float, feed: float) -> None:
        if z == self.z:
            return
        self.z = z
        rapid = feed >= self.profile.grbl["$112"]
        mode = self._mode("G0" if rapid else "G1")
        self._emit(f"{mode}Z{number(z, 3)}{self._feed(None if rapid else feed)}")

    def _mode(self, motion: str) -> str:
        word = "" if motion == self.motion else motion
        self.motion = motion
        return word

    def _feed(self, feed: float | None) -> str:
        if feed is None or feed == self.feed:
            return ""
        self.feed = feed
        return "F" + number(feed, 0)

    def _emit(self, text: str, *, sync: bool = False) -> None:
        x, y = self.here if self.here is not None else (0.0, 0.0)
        self.lines.append(ProgramLine(text, self.number, x, y, self.pen_down, 0.0, sync))
