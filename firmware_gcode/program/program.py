"""A program: the toolpath as G-code, each line with its stroke, place and time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.facts import Fact


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """One line of G-code and what is true once it has been executed.

    Attributes:
        text: ASCII, below 80 characters, no newline.
        stroke: The stroke that the line belongs to (travel, lowering, drawing or lifting),
            counted from 0 in the toolpath; None before the first and after the last.
        x: Where the pen is then, like `y` in work coordinates, mm.
        seconds: How long the line takes, by the motion model.
        sync: Whether GRBL answers `ok` only after all motion before it was executed.
    """

    text: str
    stroke: int | None
    x: float
    y: float
    pen_down: bool
    seconds: float
    sync: bool


@dataclass(frozen=True)
class Program:
    """Lines of G-code that draw a toolpath.

    Attributes:
        lines: In order. After the last line of each stroke the pen is off the paper; of a
            pen whose height is not reported it is a `sync` line.
        strokes: What the pen inks, mm, rounded as in the text, arcs flattened. All strokes of
            the toolpath, wherever the program begins: `ProgramLine.stroke` is the index.
        first_stroke: The first stroke that this program draws.
        ink_mm: Pen-down way of the strokes drawn, mm.
        travel_mm: Pen-up way, mm.
        pen_lifts: How often the pen is lifted from the paper.
        pauses: Strokes before which the machine waits, pen up, until a person has it go on;
            with what the person is told: to change the pen, say.
    """

    lines: tuple[ProgramLine, ...]
    strokes: tuple[Polyline, ...]
    first_stroke: int
    ink_mm: float
    travel_mm: float
    pen_lifts: int
    pauses: Mapping[int, Fact] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long the machine takes, by the motion model."""
        return sum(line.seconds for line in self.lines)

    @property
    def text(self) -> str:
        """The G-code as a file, each line ended by a newline."""
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def text_with_stops(self) -> str:
        """The G-code as a file for other senders: M0 where a person changes the pen."""
        stops = dict(self.pauses)
        parts = []
        for line in self.lines:
            told = stops.pop(line.stroke, None) if line.stroke is not None else None
            if told is not None:
                words = re.sub(r"[^ -~]|[();?!~]", "", str(told))[:60]
                parts.append(f"M0 ({words})\n")
            parts.append(f"{line.text}\n")
        return "".join(parts)

    @property
    def size_bytes(self) -> int:
        """Bytes that go over the wire."""
        return sum(len(line.text) + 1 for line in self.lines)
