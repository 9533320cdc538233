"""The pen: when it touches the paper, and the ink that it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, TypeAlias

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


class AnyPen:
    """For any program: down while the spindle output is on, or Z is below a height."""

    touch_height: Final = 0.1

    def inks(self, z: float, spindle: float | None) -> bool:
        """Whether the pen touches the paper."""
        return spindle is not None or z < self.touch_height


class Ink:
    """Records what is drawn while the pen is down."""

    def __init__(self, pen: Pen | None = None) -> None:
        """Take a pen: that of a profile goes by Z from power-on, any other once it was up."""
        self._pen: Pen = pen or AnyPen()
        self.strokes: list[Stroke] = []  # In mm, work coordinates when they were drawn.
        self.down = False
        self._lifted = pen is not None
        self._block: object = None

    def lose_height(self) -> None:
        """Homing: the pen is lifted, and Z means nothing until it has been above the paper."""
        self.down = self._lifted = False

    def see(self, place: Point, rpm: float | None, block: object = None) -> None:
        """Take note of where the pen is, in work mm, and of S (None: off).

        Within the motion of one block only its end is kept.
        """
        below = self._pen.touch_height
        self._lifted = self._lifted or place[2] >= (below or 0.0)
        known = below is None or rpm is not None or self._lifted
        down = known and self._pen.inks(place[2], rpm)
        x, y = point = place[:2]
        if down and not self.down:
            self.strokes.append([point])
            self._block = None
        elif down or self.down:
            stroke = self.strokes[-1]
            if block is not None and block is self._block and len(stroke) > 1:
                stroke[-1] = point
            elif abs(stroke[-1][0] - x) > _SAME_MM or abs(stroke[-1][1] - y) > _SAME_MM:
                stroke.append(point)
            self._block = block
        self.down = down


def ink_svg(strokes: Sequence[Stroke]) -> str:
    """Draw strokes (mm, y up) as an SVG in millimetres that just holds them."""
    lines = [np.array(stroke) for stroke in strokes]
    around = bounds(lines or [np.zeros((1, 2))])
    corner = np.array([around.x0, around.y0]) - _MARGIN_MM
    width, height = around.width + 2 * _MARGIN_MM, around.height + 2 * _MARGIN_MM
    return svg([line - corner for line in lines], Rectangle(0.0, 0.0, width, height))
