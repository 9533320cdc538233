"""The pen: when it touches the paper, and the ink that it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol, TypeAlias

import numpy as np

from firmware_gcode.drawing.geometry import Rectangle, bounds
from firmware_gcode.drawing.svg import svg
from firmware_gcode.gcode.actions import Point

Stroke: TypeAlias = list[tuple[float, float]]
"""Points in mm, y up; one point is a dot."""

_SAME_MM: Final = 1e-9
_MARGIN_MM: Final = 2.0


class Pen(Protocol):
    """What decides whether the paper is touched: the pen of a profile, or `AnyPen`."""

    @property
    def touch_height(self) -> float | None:
        """The height below which it is down, work mm; None where height says nothing."""

    def inks(self, z: float, spindle: float | None) -> bool:
        """Whether the pen touches the paper at a height, and an S (None: output off)."""


@dataclass(frozen=True, slots=True)
class AnyPen:
    """For any program: down while the spindle output is on, or Z is below a height.

    Z counts only after it has been above that height once.
    """

    touch_height: ClassVar[float] = 0.1

    def inks(self, z: float, spindle: float | None) -> bool:
        """Whether the pen touches the paper."""
        return spindle is not None or z < self.touch_height


ANY_PEN: Final = AnyPen()


@dataclass(slots=True)
class Ink:
    """Records strokes in mm while the pen is down.

    Attributes:
        strokes: In work coordinates at the time they were drawn.
        table: The same strokes where they really are on the table: by the turns of the motors
            since power-on, whatever the controller believes.
    """

    pen: Pen = ANY_PEN
    strokes: list[Stroke] = field(default_factory=list)
    table: list[Stroke] = field(default_factory=list)
    down: bool = False
    _lifted: bool = False
    _block: object = None

    def __post_init__(self) -> None:
        """The pen of a profile goes by Z from power-on; only homing makes it doubtful."""
        self._lifted = self.pen is not ANY_PEN

    def clear(self) -> None:
        """Put on a new sheet."""
        self.strokes.clear()
        self.table.clear()
        self.down = False

    def lose_height(self) -> None:
        """Homing: the pen is lifted, and Z means nothing until it has been above the paper."""
        self.down = False
        self._lifted = False

    def see(self, work: Point, table: Point, rpm: float | None, block: object = None) -> None:
        """Take note of where the pen is, in work mm and on the table, and of S (None: off).

        Within the motion of one block only its end is kept.
        """
        below = self.pen.touch_height
        self._lifted = self._lifted or work[2] >= (below or 0.0)
        down = self.pen.inks(work[2], rpm)
        if below is not None and rpm is None and not self._lifted:
            down = False
        if down and not self.down:
            self.strokes.append([work[:2]])
            self.table.append([table[:2]])
            self._block = None
        elif down or self.down:
            same = block is not None and block is self._block
            _extend(self.strokes[-1], work, replace=same)
            _extend(self.table[-1], table, replace=same)
            self._block = block
        self.down = down


def _extend(stroke: Stroke, point: Point, *, replace: bool) -> None:
    x, y = point[0], point[1]
    if replace and len(stroke) > 1:
        stroke[-1] = (x, y)
    elif abs(stroke[-1][0] - x) > _SAME_MM or abs(stroke[-1][1] - y) > _SAME_MM:
        stroke.append((x, y))


def ink_svg(strokes: Sequence[Stroke]) -> str:
    """Draw strokes (mm, y up) as an SVG in millimetres that just holds them."""
    lines = [np.array(stroke) for stroke in strokes]
    around = bounds(lines or [np.zeros((1, 2))])
    corner = np.array([around.x0, around.y0]) - _MARGIN_MM
    width, height = around.width + 2 * _MARGIN_MM, around.height + 2 * _MARGIN_MM
    return svg([line - corner for line in lines], Rectangle(0.0, 0.0, width, height))
