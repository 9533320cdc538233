"""A program: the toolpath as G-code, each line with its stroke, place and time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.facts import Fact

_NO_STROKE = -1
_AT_ONCE = 1024


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


@dataclass(frozen=True, eq=False)
class Lines(Sequence[ProgramLine]):
    """Lines in columns: some 50 bytes a line beside its text.

    Attributes:
        whole: Texts, a newline behind each.
        bounds: Where each line's text begins in it, and where the last one ends: (n + 1,).
        stroke: As in `ProgramLine`, like the others; -1 for None.
    """

    whole: str
    bounds: NDArray[np.int64]
    stroke: NDArray[np.int32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    pen_down: NDArray[np.bool_]
    seconds: NDArray[np.float64]
    sync: NDArray[np.bool_]

    @classmethod
    def of(cls, lines: Iterable[ProgramLine]) -> Self:
        """Put lines into columns."""
        rows = list(lines)
        strokes = [_NO_STROKE if line.stroke is None else line.stroke for line in rows]
        bounds = np.cumsum([0, *(len(line.text) + 1 for line in rows)])
        return cls(
            "".join(f"{line.text}\n" for line in rows),
            bounds,
            np.array(strokes, np.int32),
            np.array([line.x for line in rows]),
            np.array([line.y for line in rows]),
            np.array([line.pen_down for line in rows], np.bool_),
            np.array([line.seconds for line in rows]),
            np.array([line.sync for line in rows], np.bool_),
        )

    @classmethod
    def together(cls, parts: Sequence[Lines]) -> Self:
        """Join lines."""
        sizes = np.concatenate([np.diff(part.bounds) for part in parts])
        columns = (
            np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(cls)[2:]
        )
        whole = "".join(part.text for part in parts)
        return cls(whole, np.append(0, np.cumsum(sizes)), *columns)

    def __len__(self) -> int:
        return len(self.stroke)

    def __iter__(self) -> Iterator[ProgramLine]:
        for low in range(0, len(self), _AT_ONCE):
            part = self[low : low + _AT_ONCE]
            strokes = (None if n == _NO_STROKE else n for n in part.stroke.tolist())
            rest = (part.x, part.y, part.pen_down, part.seconds, part.sync)
            columns = (column.tolist() for column in rest)
            yield from map(ProgramLine, part.text.splitlines(), strokes, *columns)

    @overload
    def __getitem__(self, index: int) -> ProgramLine: ...
    @overload
    def __getitem__(self, index: slice) -> Lines: ...
    def __getitem__(self, index: int | slice) -> ProgramLine | Lines:
        if not isinstance(index, slice):
            at = range(len(self))[index]
            (line,) = self[at : at + 1]
            return line
        low, high, step = index.indices(len(self))
        if step != 1:
            return Lines.of(list(self)[index])
        high = max(low, high)
        columns = [getattr(self, each.name)[low:high] for each in fields(self)[2:]]
        return Lines(self.whole, self.bounds[low : high + 1], *columns)

    @property
    def text(self) -> str:
        """All texts, a newline behind each."""
        return self.whole[self.bounds[0] : self.bounds[-1]]

    @property
    def texts(self) -> Iterator[str]:
        """One text after the other."""
        for low in range(0, len(self), _AT_ONCE):
            yield from self[low : low + _AT_ONCE].text.splitlines()


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

    lines: Lines
    strokes: tuple[Polyline, ...]
    first_stroke: int
    ink_mm: float
    travel_mm: float
    pen_lifts: int
    pauses: Mapping[int, Fact] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long the machine takes, by the motion model."""
        return float(self.lines.seconds.sum())

    @property
    def text(self) -> str:
        """The G-code as a file, each line ended by a newline."""
        return self.lines.text

    @property
    def size_bytes(self) -> int:
        """Bytes that go over the wire."""
        bounds = self.lines.bounds
        return int(bounds[-1] - bounds[0])
