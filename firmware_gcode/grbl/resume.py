"""The rest of an interrupted program: pen down again on the same point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from firmware_gcode.grbl.commands import number
from firmware_gcode.grbl.moves import MODES, SYNC
from firmware_gcode.program.pen import ServoPen
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
    before the lines that follow it.

    Args:
        program: The program that was interrupted.
        profile: The machine.
        drawn: How many strokes are drawn; the next is the interrupted one.
        start: Where its ink goes on, (x, y) in mm.
        rest: The points it passes from there to its end.
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
    pen = profile.pen
    if isinstance(pen, ServoPen):
        lines.append(_line(f"M3S{number(pen.down)}", index, start, down=True, sync=True))
    else:
        feed = pen.landing_feed if pen.landing > 0 else pen.down_feed
        text = f"G1Z{number(pen.down)}F{number(feed)}"
        lines.append(_line(text, index, start, down=True))
    settle = f"G4P{number(pen.settle_down)}"
    lines.append(_line(settle, index, start, down=True, sync=True))
    for point in rest:
        text = f"G1X{number(point[0])}Y{number(point[1])}F{number(profile.draw_feed)}"
        lines.append(_line(text, index, point, down=True))
    end = rest[-1]
    if isinstance(pen, ServoPen):
        lines.append(_line(f"M3S{number(pen.up)}", index, end, sync=True))
    else:
        lines.append(_line(f"G1Z{number(pen.up)}F{number(pen.up_feed)}", index, end))
    lines.append(_line(f"G4P{number(pen.settle_up)}", index, end, sync=True))
    return lines


def _travel(profile: Profile, index: int | None, to: Point) -> ProgramLine:
    text = f"G1X{number(to[0])}Y{number(to[1])}F{number(profile.travel_feed)}"
    return _line(text, index, to)


def _line(
    text: str, stroke: int | None, at: Point, *, down: bool = False, sync: bool = False
) -> ProgramLine:
    return ProgramLine(text, stroke, at[0], at[1], down, 0.0, sync)
