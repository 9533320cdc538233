"""Any G-code as a program: which lines are strokes, where the pen is, how long it takes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from firmware_gcode.drawing.geometry import ink_mm
from firmware_gcode.facts import Fact, fact
from firmware_gcode.gcode.actions import Action, Arc, Dwell, Move, Signal, Spindle, SpindleMode
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.words import strip_line
from firmware_gcode.motion.arcs import arc_lines
from firmware_gcode.program.checker import ProgramError, refusal
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Lines, Program, ProgramLine
from firmware_gcode.program.source import program_lines
from firmware_gcode.program.timing import timed
from firmware_gcode.program.writer import SYNC
from firmware_gcode.toolpath.plan import travel_mm

_FLATTEN_MM = 0.01


def read_program(lines: Iterable[str], profile: Profile) -> Program:
    """Understand G-code that somebody else wrote, so that it can be sent with care.

    The lines end where the program ends (`program_lines`). Comments and empty lines are left
    out. M0 with the pen up is a pause of the program, in which a person may change the pen. A
    `SYNC` line is added after a stroke whose end would not be known: of a pen whose height is
    not reported, where the machine does not wait by itself. The coordinates are taken to
    begin at the park place, pen up.

    Raises:
        ProgramError: The first line that GRBL would refuse, that leaves the machine's reach,
            or that is not for sending unattended (``$`` commands, and M0 with the pen down).
    """
    reader = _Reader(profile)
    for number, raw in enumerate(program_lines(lines), start=1):
        reader.read(number, raw)
    reader.finish()
    if not reader.lines:
        raise ProgramError(line=0, fault=fact("program-nothing"))
    return _program(reader, profile)


def _program(reader: _Reader, profile: Profile) -> Program:
    strokes = tuple(np.array(points, dtype=np.float64) for points in reader.strokes)
    last = reader.lines[-1]
    return Program(
        lines=timed(Lines.of(reader.lines), profile, profile.park),
        strokes=strokes,
        first_stroke=0,
        ink_mm=ink_mm(strokes),
        travel_mm=travel_mm(strokes, profile.park, (last.x, last.y)),
        pen_lifts=len(strokes),
        pauses={at: told for at, told in reader.pauses.items() if at < len(strokes)},
    )


def _comment(raw: str) -> str:
    """What a line says in brackets: which pen, say."""
    found = re.search(r"\(([^()]*)\)", raw)
    return found[1].strip() if found else ""


@dataclass
class _Reader:
    """Follows pen and place through the lines."""

    profile: Profile
    lines: list[ProgramLine] = field(default_factory=list)
    strokes: list[list[tuple[float, float]]] = field(default_factory=list)
    down: bool = False
    ended: int = 0
    """Strokes that are written to their end."""
    since: int = 0
    """Lines since then; they belong to the next stroke."""
    moved: bool = False
    """Whether anything has moved; the lines before belong to no stroke."""
    pauses: dict[int, Fact] = field(default_factory=dict)
    """Strokes before which a person is waited for."""
    spindle: float = 0.0
    """S at the output; 0 while it is off."""

    def __post_init__(self) -> None:
        x, y = self.profile.park
        self.interpreter = Interpreter()
        self.interpreter.position = (x, y, self.profile.pen.lifted_z)
        self.place = (x, y)

    def read(self, number: int, raw: str) -> None:
        """Take one line in."""
        try:
            text = strip_line(raw)
            if text[:1] == "$":
                raise ProgramError(number, fact("program-no-gcode", text=raw.strip()))
            actions = self.interpreter.execute(text)
        except GcodeError as error:
            raise refusal(number, raw, error) from None
        if not text:
            return
        only_waits = actions and all(isinstance(action, Dwell) for action in actions)
        if self._lifted() and not only_waits:  # A wait lets the pen settle.
            self._end_stroke()
        if actions == [Signal.PAUSE] and not self.down:
            self.pauses[len(self.strokes)] = fact("pen-stop", words=_comment(raw))
            return
        before = self.place
        for action in actions:
            self._act(number, raw, action)
        x, y, _ = self.interpreter.position
        self.place = (x, y)
        self.moved = self.moved or self.down or self.place != before
        self._append(text, sync=any(isinstance(action, Dwell | Spindle) for action in actions))

    def finish(self) -> None:
        """A pen that is still down at the end has drawn its stroke all the same."""
        self.down = False
        if self._lifted():
            self._end_stroke()
        for index in range(len(self.lines) - self.since, len(self.lines)):
            self.lines[index] = replace(self.lines[index], stroke=None)
        if self.lines and not self.lines[-1].sync:
            x, y = self.place
            self.lines.append(ProgramLine(SYNC, None, x, y, False, 0.0, True))

    def _lifted(self) -> bool:
        """Whether the pen was lifted from a stroke that is not written to its end."""
        return not self.down and len(self.strokes) > self.ended

    def _end_stroke(self) -> None:
        last = self.lines[-1]
        if last.pen_down or not (last.sync or self.profile.pen.by_height):
            self._append(SYNC, sync=True)
        self.ended = len(self.strokes)
        self.since = 0

    def _act(self, number: int, raw: str, action: Action) -> None:
        if action is Signal.PAUSE:
            raise ProgramError(number, fact("program-stops-machine", text=raw.strip()))
        if isinstance(action, Spindle):
            self.spindle = 0.0 if action.mode is SpindleMode.OFF else action.speed
            x, y, z = self.interpreter.position
            self._set_down(self.profile.pen.is_down(z, self.spindle), (x, y))
        elif isinstance(action, Move):
            self._point(number, raw, action.target)
        elif isinstance(action, Arc):
            for line in arc_lines(action, _FLATTEN_MM):
                self._point(number, raw, line.target)

    def _point(self, number: int, raw: str, target: tuple[float, float, float]) -> None:
        x, y, z = target
        self._check_reach(number, raw, x, y)
        self._set_down(self.profile.pen.is_down(z, self.spindle), (x, y))
        if self.down and self.strokes[-1][-1] != (x, y):
            self.strokes[-1].append((x, y))

    def _set_down(self, down: bool, place: tuple[float, ...]) -> None:
        if down and not self.down:
            self.strokes.append([(place[0], place[1])])
        self.down = down

    def _append(self, text: str, *, sync: bool) -> None:
        x, y = self.place
        stroke = self.ended if self.moved else None
        self.lines.append(ProgramLine(text, stroke, x, y, self.down, 0.0, sync))
        self.since += 1

    def _check_reach(self, number: int, raw: str, x: float, y: float) -> None:
        if not self.profile.reach.contains([(x, y)], 1e-6):
            text, x, y = raw.strip(), round(x, 2), round(y, 2)
            raise ProgramError(number, fact("program-line-out-of-reach", text=text, x=x, y=y))
