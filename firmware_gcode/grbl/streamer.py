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
from firmware_gcode.grbl.tracker import PathTracker, Point
from firmware_gcode.program.pens.pen import Height, PenStep, step_line
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Lines, Program, ProgramLine

_MODAL = tuple(
    (re.compile(pattern), default)
    for pattern, default in (
        (r"G2[01](?![\d.])", "G21"),
        (r"G9[01](?![\d.])", "G90"),
        (r"G9[34](?![\d.])", "G94"),
        (r"G0*[01](?![\d.])", "G0"),
        (r"F\d*\.?\d+", ""),
    )
)
"""Groups of words that stay in force, and what a reset puts into force."""


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
    return replace(program, lines=Lines.of(lines), first_stroke=drawn)


def _modal_words(lines: Sequence[ProgramLine]) -> str:
    """The units, the kinds of coordinates and feeds, the motion and the feed in force."""
    words = dict(_MODAL)
    for line in lines:
        for pattern in words:
            if found := pattern.findall(line.text):
                words[pattern] = found[-1]
    return "".join(words.values())


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
HUNGRY_SPARE_BYTES = 16
"""The same, a line, while the planner is not full: then a host that looks at the port only
fifty times a second still keeps up with GRBL's reading."""
AT_END_MM = 0.2
"""How far from a line the pen may be seen that is on it."""
OFF_PATH_MM = 1.0
"""A pen this far from every line that was sent has obeyed a line that nobody wrote."""
_ASIDE = -1
"""The tag of lines that are not the program's own."""


class UnfitProgramError(CodedError):
    """A program that the link cannot draw; the fact says which line and why."""


class Streamer:
    """One drawing in progress.

    Lines are sent ahead, but the one that puts the pen on the paper only once the stroke
    before it is known to be drawn: if the cable is pulled, at most one stroke is on the paper
    without our knowing, and none is believed to be that is not. GRBL tells where it is, not
    what it has done. So a stroke is drawn when its last line is answered and a report shows
    the pen past its ink: on the way from there on, or at rest where all that was sent leads
    to. `PathTracker` never sees the pen further than it is.

    The height of a pen on a servo is not reported: its last line is one that GRBL answers when
    all before it is done, and the answer stands for the height.

    Args:
        start: Where the pen is now, (x, y) in mm.

    Attributes:
        drawn: How many strokes, counted from the toolpath's first, are known to be on the
            paper.
        holding: Whether no further stroke may begin.
        onward: Whether another drawing follows: the pen stays where this one ends, lifted to
            the top, and is not parked.
        rests: Whether the pen was seen lifted and at rest where all that was sent leads to.
        waits_for: What a person is to do before the next stroke, told while the program itself
            holds; None otherwise.
        pen_may_be_down: Whether a line of a stroke was sent: from the way to the first one on
            the pen is not lifted to the top.

    Raises:
        UnfitProgramError: A line that GRBL could misread, or a stroke whose end cannot be
            known.
    """

    def __init__(self, program: Program, profile: Profile, start: Point) -> None:
        self.program = program
        self.drawn = program.first_stroke
        self.holding = False
        self.onward = False
        self.rests = False
        self.waits_for: Fact | None = None
        self.pen_may_be_down = False
        self._pauses = dict(program.pauses)
        self._profile = profile
        self._ends = _stroke_ends(program.lines, by_height=profile.pen.by_height)
        self._end_of = {stroke: index for index, stroke in self._ends.items()}
        self._touching = _touching(program.lines)
        moves = (index for index, line in enumerate(program.lines) if _moves(line))
        self._first_move = next(moves, len(program.lines))
        self._last_end = max(self._ends, default=len(program.lines))
        _check(program.lines)
        self._next = 0
        self._answered = 0
        self._aside: list[str] = []
        self._aside_sent = 0
        self._raised = False
        self._off_path = 0
        self._elsewhere = 0
        self._start = start
        self._tracker = self._track(self.drawn, 0, start)

    @property
    def strokes(self) -> int:
        """How many strokes the whole toolpath has."""
        return len(self.program.strokes)

    @property
    def complete(self) -> bool:
        """Whether the program is done."""
        return self.rests and self._next == len(self.program.lines)

    @property
    def _between(self) -> bool:
        """Whether the next line is the first of a stroke, or puts the pen on the paper."""
        last = self._next - 1
        begun = last >= 0 and self.program.lines[last].stroke is not None
        return not begun or last in self._ends or self._next in self._touching

    @property
    def _dry(self) -> bool:
        """Whether nothing of what was sent is to be executed, and the pen is off the paper."""
        waiting = self._answered < self._next or self._aside or self._aside_sent
        return self._between and not waiting

    @property
    def stray(self) -> bool:
        """Whether the pen was seen where no line leads, or at rest short of it."""
        return self._off_path >= 2 or self._elsewhere >= 2

    def pump(self, channel: Channel, *, hungry: bool = False) -> None:
        """Send as many lines as may be sent and fit; more if the machine is `hungry`."""
        spare = HUNGRY_SPARE_BYTES if hungry else SPARE_BYTES
        self._stay()
        while self._send_aside(channel) and self._next < len(self.program.lines):
            line = self.program.lines[self._next]
            self._hold_before(line)
            if self._held():
                self._raise()
                self._send_aside(channel)
                return
            awaits = self._touching.get(self._next, 0) > self.drawn
            if awaits or not channel.fits(line.text, spare):
                return
            self._send(channel, line.text, self._next)
            self.pen_may_be_down = self.pen_may_be_down or line.stroke is not None
            self._next += 1
            self._stay()

    def _stay(self) -> None:
        """Leave out the way to the park place where the pen is to stay at the end."""
        if self.onward and self._next == self._last_end + 1 < len(self.program.lines):
            self.program = replace(self.program, lines=self.program.lines[: self._next])
            self._aside += [*self._lift_lines(), SYNC]

    def _lift_lines(self) -> list[str]:
        return [MODES, *map(step_line, self._profile.pen.lift_steps())]

    def _send_aside(self, channel: Channel) -> bool:
        """Send the lines that are not the program's; whether none is left."""
        while self._aside and channel.fits(self._aside[0], SPARE_BYTES):
            self._send(channel, self._aside.pop(0), _ASIDE)
            self._aside_sent += 1
        return not self._aside

    def _send(self, channel: Channel, text: str, tag: int) -> None:
        channel.send(text, tag)
        self.rests = False

    def _raise(self) -> None:
        """Lift the pen to the top, once, while no stroke may begin."""
        if not self._raised and self._next > 0:
            self._aside += self._lift_lines()
            self._raised = True

    def go_on(self) -> None:
        """The next stroke may begin: whoever held it, or was waited for, says so."""
        self.holding, self.waits_for = False, None
        if self._raised:
            self._aside.append(_modal_words(self.program.lines[: self._next]))
            self._raised = False

    def _hold_before(self, line: ProgramLine) -> None:
        """Hold where the program itself wants to, once."""
        if line.stroke is not None and line.stroke in self._pauses:
            self.waits_for = self._pauses.pop(line.stroke)
            self.holding = True

    def _held(self) -> bool:
        """Parking after the last stroke is not held back: there is nothing left to pause."""
        return self.holding and self._between and self._next <= self._last_end

    def answered(self, index: int) -> None:
        """Take an `ok` in."""
        if index == _ASIDE:
            self._aside_sent -= 1
        else:
            self._answered = index + 1

    def reported(self, position: Triple, *, idle: bool) -> tuple[list[int], Progress | None]:
        """Take a report of an executed position in.

        Args:
            position: Work coordinates, mm.
            idle: Whether the machine says that it is idle.

        Returns:
            The strokes that are now known to be drawn, and how far the pen is.
        """
        x, y, z = position
        lifted = self._lifted(z)
        apart = self._tracker.advance(x, y, lifted=lifted)
        self._off_path = self._off_path + 1 if apart > OFF_PATH_MM else 0
        self._look_at_rest(position, idle=idle)
        confirmed: list[int] = []
        ended = self.drawn < self.strokes and self._end_of[self.drawn] < self._answered
        if ended and lifted is not False and (self.rests or self._tracker.past_ink):
            confirmed = self._move_on()
            self._tracker.advance(x, y, lifted=lifted)
        if self.drawn >= self.strokes:
            return confirmed, None
        progress = Progress(self.drawn, self._tracker.inked, x, y, self._pen_down(z))
        return confirmed, progress

    def _look_at_rest(self, position: Triple, *, idle: bool) -> None:
        """See whether the pen stands lifted where all lines that were sent lead to."""
        x, y, z = position
        stands = idle and self._dry
        last = self.program.lines[self._next - 1] if self._next else None
        moved = last is not None and self._next > self._first_move
        goal = (last.x, last.y) if last is not None and moved else self._start
        off = max(abs(goal[0] - x), abs(goal[1] - y))
        there = last is None or (off <= AT_END_MM and self._lifted(z) is not False)
        self.rests = stands and there
        self._elsewhere = self._elsewhere + 1 if stands and not there else 0

    def settled(self, position: Triple | None) -> list[int]:
        """The drawing goes no further: which strokes are on the paper after all.

        A servo pen that a hold catches in the last moment of a stroke is lifted some tenths of
        a millimetre early (GRBL reads on while it slows down); that stroke counts as drawn.
        `position` is where the pen came to rest; None if nobody knows.
        """
        confirmed = self.reported(position, idle=False)[0] if position is not None else []
        ended = self.drawn < self.strokes and self._tracker.past_ink
        return confirmed + (self._move_on() if ended else [])

    def interrupted(self, place: tuple[float, float]) -> Streamer:
        """The rest of the drawing, for a machine that was stopped and reset at a place.

        Ink goes on where it ended; a stroke that was only travelled to begins at its start.
        """
        begun = self._tracker.inked > 0.0
        strokes = self.program.strokes[self.drawn : self.drawn + 1]
        whole = [(float(x), float(y)) for stroke in strokes for x, y in stroke]
        rest = self._tracker.rest(place) if begun else whole
        start = place if begun or not whole else whole[0]
        program = rest_of_program(
            self.program, self._profile, drawn=self.drawn, start=start, rest=rest
        )
        program = replace(program, pauses=self._pauses)
        run = Streamer(program, self._profile, place)
        if begun:
            run._tracker = self._tracker.resumed(place)
        return run

    def _move_on(self) -> list[int]:
        """The stroke is drawn, and the pen on its way to the next."""
        stroke = self.drawn
        end = self._end_of[stroke]
        line = self.program.lines[end]
        self.drawn = stroke + 1
        self._tracker = self._track(self.drawn, end + 1, (line.x, line.y))
        return [stroke]

    def _track(self, stroke: int, first_line: int, start: Point) -> PathTracker:
        """The way from a line on through a stroke and on, or to the end of the program."""
        travel = self._travel(stroke, first_line, start)
        if stroke >= self.strokes:
            return PathTracker(travel)
        end = self._end_of[stroke]
        line = self.program.lines[end]
        onward = self._travel(stroke + 1, end + 1, (line.x, line.y))
        return PathTracker(travel, self.program.strokes[stroke], onward)

    def _travel(self, stroke: int, first_line: int, start: Point) -> list[Point]:
        """Where the lifted pen passes from a line on, up to the ink of a stroke."""
        travel = [start]
        for index in range(first_line, len(self.program.lines)):
            line = self.program.lines[index]
            if line.pen_down or (line.stroke is not None and line.stroke > stroke):
                break
            if _moves(line):
                travel.append((line.x, line.y))
        return travel

    def _lifted(self, z: float) -> bool | None:
        """Whether the pen is off the paper; None where its height does not tell."""
        return not self._pen_down(z) if self._profile.pen.by_height else None

    def _pen_down(self, z: float) -> bool:
        if self._profile.pen.by_height:
            return self._profile.pen.inks(z, None)
        return self._answered > 0 and self.program.lines[self._answered - 1].pen_down


def _moves(line: ProgramLine) -> bool:
    """Whether a line leads the pen along X or Y."""
    return not {"X", "Y"}.isdisjoint(line.text)


def _stroke_ends(lines: Sequence[ProgramLine], *, by_height: bool) -> dict[int, int]:
    """The index of each stroke's last line, with the stroke.

    Raises:
        UnfitProgramError: A stroke of which nobody could know when it is drawn.
    """
    last = {line.stroke: index for index, line in enumerate(lines) if line.stroke is not None}
    for stroke, index in last.items():
        if lines[index].pen_down or not (by_height or lines[index].sync):
            raise UnfitProgramError("stroke-without-end", stroke=stroke)
    return {index: stroke for stroke, index in last.items()}


def _touching(lines: Sequence[ProgramLine]) -> dict[int, int]:
    """The index of each stroke's line that puts the pen on the paper, with the stroke."""
    first: dict[int, int] = {}
    for index, line in enumerate(lines):
        if line.stroke is not None and line.pen_down:
            first.setdefault(line.stroke, index)
    return {index: stroke for stroke, index in first.items()}


def _check(lines: Sequence[ProgramLine]) -> None:
    for row, line in enumerate(lines, 1):
        line_bytes(line.text)
        if writes_eeprom(line.text):
            raise UnfitProgramError("program-writes-settings", row=row, line=line.text)
