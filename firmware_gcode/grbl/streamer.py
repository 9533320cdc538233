"""A program on its way to the machine: what was sent, what was answered, and what is ink."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from firmware_gcode.facts import CodedError, Fact
from firmware_gcode.gcode.words import number
from firmware_gcode.grbl.channel import Channel
from firmware_gcode.grbl.commands import line_bytes, writes_eeprom
from firmware_gcode.grbl.events import Progress
from firmware_gcode.grbl.moves import MODES, SYNC
from firmware_gcode.grbl.protocol import Triple
from firmware_gcode.grbl.tracker import PathTracker
from firmware_gcode.program.pens.pen import Height, PenStep, step_line
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program, ProgramLine

Point = tuple[float, float]

_MOTION = re.compile(r"G0*([0-3])(?![\d.])")
_FEED = re.compile(r"F(\d*\.?\d+)")


def rest_of_program(
    program: Program, profile: Profile, *, drawn: int, start: Point, rest: Sequence[Point]
) -> Program:
    """What is still to be drawn, as a program for a machine that was reset.

    A reset forgets the modal words that the program's lines rely on, and the pen stands where
    it was stopped: so the interrupted stroke is written anew, and the words are said again
    before the lines that follow it. That stroke is number `drawn`; its ink goes on at `start`,
    (x, y) in mm, and passes the points of `rest` to its end.
    """
    stroke = _stroke(profile, drawn, start, rest) if drawn < len(program.strokes) else []
    begun = [i for i, line in enumerate(program.lines) if (line.stroke or 0) <= drawn]
    after = max((i for i in begun if program.lines[i].stroke is not None), default=-1) + 1
    lines = [_line(MODES, None, start), *stroke]
    if stroke:
        lines.append(_line(_modal_words(program.lines[:after]), None, rest[-1]))
        lines += program.lines[after:]
    else:
        last = program.lines[-1]
        lines += [
            _travel(profile, None, (last.x, last.y)),
            _line(SYNC, None, (last.x, last.y)),
        ]
    return replace(program, lines=tuple(lines), first_stroke=drawn)


def _modal_words(lines: Sequence[ProgramLine]) -> str:
    """The motion mode and the feed in force after some lines."""
    motion, feed = "G0", ""
    for line in lines:
        if modes := _MOTION.findall(line.text):
            motion = f"G{modes[-1]}"
        if feeds := _FEED.findall(line.text):
            feed = f"F{feeds[-1]}"
    return motion + feed


def _stroke(
    profile: Profile, index: int, start: Point, rest: Sequence[Point]
) -> list[ProgramLine]:
    """Travel to a point, lower, draw on in straight lines, lift, and wait for the end."""
    lines = [_travel(profile, index, start)]
    lines += _pen_lines(profile.pen.lower_steps(profile.grbl), index, start)
    for point in rest:
        text = f"G1X{number(point[0])}Y{number(point[1])}F{number(profile.draw_feed)}"
        lines.append(_line(text, index, point, down=True))
    return lines + _pen_lines(profile.pen.lift_steps(), index, rest[-1])


def _pen_lines(steps: Sequence[PenStep], stroke: int, at: Point) -> list[ProgramLine]:
    return [
        _line(step_line(step), stroke, at, down=step.down, sync=not isinstance(step, Height))
        for step in steps
    ]


def _travel(profile: Profile, index: int | None, to: Point) -> ProgramLine:
    text = f"G1X{number(to[0])}Y{number(to[1])}F{number(profile.travel_feed)}"
    return _line(text, index, to)


def _line(
    text: str, stroke: int | None, at: Point, *, down: bool = False, sync: bool = False
) -> ProgramLine:
    return ProgramLine(text, stroke, at[0], at[1], down, 0.0, sync)


SPARE_BYTES = 48
"""Bytes of the machine's receive buffer that stay free: an answer that was not ours, or
somebody else's question, must not make it run over."""
AT_END_MM = 0.2
"""How far from the end of a stroke the pen may be seen when it is done."""
OFF_PATH_MM = 1.0
"""A pen this far from every line that was sent has obeyed a line that nobody wrote."""


class UnfitProgramError(CodedError):
    """A program that the link cannot draw; the fact says which line and why."""


class Streamer:
    """One drawing in progress.

    Lines are sent up to the end of a stroke and no further until the machine has executed
    that: if the cable is pulled, it comes to rest with the stroke done and the pen up, and at
    most that one stroke is on the paper without our knowing.

    Args:
        start: Where the pen is now, (x, y) in mm.

    Attributes:
        drawn: How many strokes, counted from the toolpath's first, are known to be on the
            paper.
        holding: Whether no further stroke may begin.
        waits_for: What a person is to do before the next stroke, told while the program itself
            holds; None otherwise.
        pen_may_be_down: Whether a line that lowers the pen was sent: between strokes it is not
            lifted to the top.

    Raises:
        UnfitProgramError: A line that GRBL could misread, or a stroke without a sync line at
            its end.
    """

    def __init__(self, program: Program, profile: Profile, start: tuple[float, float]) -> None:
        self.program = program
        self.drawn = program.first_stroke
        self.holding = False
        self.waits_for: Fact | None = None
        self.pen_may_be_down = False
        self._pauses = dict(program.pauses)
        self._profile = profile
        self._ends = _stroke_ends(program.lines)
        self._last_end = max(self._ends, default=len(program.lines))
        _check(program.lines)
        self._next = 0
        self._answered = 0
        self._gate: int | None = None
        self._unconfirmed: int | None = None
        self._off_path = 0
        self._contradicted = False
        self._seen_at_end = False
        self._tracker = self._track(self.drawn, 0, start)

    @property
    def strokes(self) -> int:
        """How many strokes the whole toolpath has."""
        return len(self.program.strokes)

    @property
    def complete(self) -> bool:
        """Whether every line was sent and answered."""
        return self._answered == len(self.program.lines)

    @property
    def in_stroke(self) -> bool:
        """Whether a stroke was begun and its end was not sent yet."""
        last = self._next - 1
        return (
            last >= 0
            and last not in self._ends
            and self.program.lines[last].stroke is not None
        )

    @property
    def dry(self) -> bool:
        """Whether nothing of what was sent is still to be executed, at the end of a stroke."""
        return not self.in_stroke and self._answered == self._next

    @property
    def stray(self) -> bool:
        """Whether the pen was seen where no line leads, or short of an answered end."""
        return self._contradicted or self._off_path >= 2

    def pump(self, channel: Channel) -> None:
        """Send as many lines as may be sent and fit."""
        lines = self.program.lines
        while self._next < len(lines) and self._gate is None and self._unconfirmed is None:
            line = lines[self._next]
            self._hold_before(line)
            if self._held() or not channel.fits(line.text, SPARE_BYTES):
                return
            channel.send(line.text, self._next)
            self.pen_may_be_down = self.pen_may_be_down or line.pen_down
            if self._next in self._ends:
                self._gate = self._next
            self._next += 1

    def go_on(self) -> None:
        """The next stroke may begin: whoever held it, or was waited for, says so."""
        self.holding, self.waits_for = False, None

    def _hold_before(self, line: ProgramLine) -> None:
        """Hold where the program itself wants to, once."""
        if line.stroke is not None and line.stroke in self._pauses:
            self.waits_for = self._pauses.pop(line.stroke)
            self.holding = True

    def _held(self) -> bool:
        """Parking after the last stroke is not held back: there is nothing left to pause."""
        return self.holding and not self.in_stroke and self._next <= self._last_end

    def answered(self, index: int) -> list[int]:
        """Take an `ok` in; that of a stroke's end still wants a report to agree.

        Returns:
            The strokes that are now known to be drawn: a report has shown the pen there.
        """
        self._answered = index + 1
        if index != self._gate:
            return []
        self._gate = None
        stroke = self._ends[index]
        if not self._seen_at_end:
            self._unconfirmed = stroke
            return []
        self._move_on(stroke, self._following(stroke))
        return [stroke]

    def reported(self, position: Triple, *, idle: bool) -> tuple[list[int], Progress | None]:
        """Take a report of an executed position in.

        Args:
            position: Work coordinates, mm.
            idle: Whether the machine stands and has nothing to do.

        Returns:
            The strokes that are now known to be drawn, and how far the pen is.
        """
        x, y, z = position
        confirmed = self._confirm(x, y, idle)
        lifted = self._profile.pen.by_height and not self._pen_down(z)
        apart = self._tracker.advance(x, y, lifted=lifted)
        self._off_path = self._off_path + 1 if apart > OFF_PATH_MM else 0
        if self.drawn >= self.strokes:
            return confirmed, None
        self._seen_at_end = self._seen_at_end or self._tracker.at_end(x, y)
        progress = Progress(self.drawn, self._tracker.inked, x, y, self._pen_down(z))
        return confirmed, progress

    def settled(self, position: Triple | None) -> list[int]:
        """The drawing goes no further: which strokes are on the paper after all.

        A servo pen that a hold catches in the last moment of a stroke is lifted some tenths of
        a millimetre early (GRBL reads on while it slows down); that stroke counts as drawn.
        `position` is where the pen came to rest; None if nobody knows.
        """
        confirmed = self.reported(position, idle=True)[0] if position is not None else []
        if self._seen_at_end:
            confirmed.append(self.drawn)
            self._move_on(self.drawn, self._following(self.drawn))
        return confirmed

    def interrupted(self, place: tuple[float, float]) -> Streamer:
        """The rest of the drawing, for a machine that was stopped and reset at a place.

        Ink goes on where it ended; a stroke that was only travelled to begins at its start.
        """
        begun = self._tracker.inked > 0.0
        stroke = self.program.strokes[self.drawn] if self.drawn < self.strokes else None
        if begun or stroke is None:
            rest, start = self._tracker.rest(*place), place
        else:
            rest = [(float(x), float(y)) for x, y in stroke]
            start = rest[0]
        program = rest_of_program(
            self.program, self._profile, drawn=self.drawn, start=start, rest=rest
        )
        program = replace(program, pauses=self._pauses)
        run = Streamer(program, self._profile, place)
        if begun:
            run._tracker = self._tracker
        return run

    def _confirm(self, x: float, y: float, idle: bool) -> list[int]:
        """A report after a stroke's last `ok` must show the pen at rest at its end.

        Nothing of the next stroke was sent yet; a pen that still moves, or stands elsewhere
        and was never seen at the end, shows that an `ok` was not that line's.
        """
        stroke = self._unconfirmed
        if stroke is None or self._contradicted:
            return []
        following = self._following(stroke)
        apart = following.advance(x, y)
        at_end = idle and max(apart, following.way) <= AT_END_MM
        if not at_end and not self._seen_at_end:
            self._contradicted = True
            return []
        self._move_on(stroke, following)
        return [stroke]

    def _following(self, stroke: int) -> PathTracker:
        """The way from the end of a stroke on."""
        end = next(index for index, number in self._ends.items() if number == stroke)
        line = self.program.lines[end]
        return self._track(stroke + 1, end + 1, (line.x, line.y))

    def _move_on(self, stroke: int, following: PathTracker) -> None:
        self._unconfirmed = None
        self._seen_at_end = False
        self._tracker = following
        self.drawn = stroke + 1

    def _track(self, stroke: int, first_line: int, start: tuple[float, float]) -> PathTracker:
        """The way from a line on to the end of a stroke, or to the end of the program."""
        lines = self.program.lines
        travel = [start]
        for line in lines[first_line:]:
            if line.pen_down or (line.stroke is not None and line.stroke > stroke):
                break
            if set("XY") & set(line.text):
                travel.append((line.x, line.y))
        ink = self.program.strokes[stroke] if stroke < self.strokes else None
        return PathTracker(travel, ink)

    def _pen_down(self, z: float) -> bool:
        if self._profile.pen.by_height:
            return self._profile.pen.is_down(z, 0.0)
        return self._answered > 0 and self.program.lines[self._answered - 1].pen_down


def _stroke_ends(lines: Sequence[ProgramLine]) -> dict[int, int]:
    """The index of each stroke's last line, with the stroke.

    Raises:
        UnfitProgramError: A stroke whose last line does not say when it is drawn.
    """
    last = {line.stroke: index for index, line in enumerate(lines) if line.stroke is not None}
    for stroke, index in last.items():
        if not lines[index].sync or lines[index].pen_down:
            raise UnfitProgramError("stroke-without-end", stroke=stroke)
    return {index: stroke for stroke, index in last.items()}


def _check(lines: Sequence[ProgramLine]) -> None:
    for row, line in enumerate(lines, 1):
        line_bytes(line.text)
        if writes_eeprom(line.text):
            raise UnfitProgramError("program-writes-settings", row=row, line=line.text)
