"""The pen: when it touches the paper, and the ink that it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol, TypeAlias

from firmware_gcode.gcode.actions import Point
from firmware_gcode.program.pens.pen import Pen as ProfileOwnPen

Stroke: TypeAlias = list[tuple[float, float]]
"""Points in mm, y up; one point is a dot."""

_SAME_MM: Final = 1e-9


@dataclass(frozen=True, slots=True)
class ZPen:
    """A pen on the Z axis: down while Z is below a height (work mm)."""

    below: float = 1.0
    lifted: ClassVar[bool] = True

    def is_down(self, z: float, _rpm: float | None) -> bool:
        """Whether the pen touches the paper."""
        return z < self.below


@dataclass(frozen=True, slots=True)
class ServoPen:
    """A pen on a servo at the spindle output.

    Attributes:
        down: S that presses it on the paper.
        up: S that lifts it.
        limp_down: It falls on the paper when the output is off (M5 or a reset).
    """

    down: float
    up: float = 0.0
    limp_down: bool = False
    below: ClassVar[float | None] = None
    lifted: ClassVar[bool] = False

    def is_down(self, _z: float, rpm: float | None) -> bool:
        """Whether the pen touches the paper."""
        if rpm is None:
            return self.limp_down
        return abs(rpm - self.down) < abs(rpm - self.up)


@dataclass(frozen=True, slots=True)
class AnyPen:
    """For any program: down while the spindle output is on, or Z is below a height.

    Z counts only after it has been above that height once.
    """

    below: float = 1.0
    lifted: ClassVar[bool] = False

    def is_down(self, z: float, rpm: float | None) -> bool:
        """Whether the pen touches the paper."""
        return rpm is not None or z < self.below


@dataclass(frozen=True, slots=True)
class ProfilePen:
    """The pen of a machine's profile."""

    pen: ProfileOwnPen

    @property
    def below(self) -> float | None:
        """The height below which it is down; None where height says nothing."""
        return self.pen.touch_height

    @property
    def lifted(self) -> bool:
        """Whether its height counts from power-on."""
        return self.pen.touch_height is not None

    def is_down(self, z: float, rpm: float | None) -> bool:
        """Whether the pen touches the paper."""
        return self.pen.inks(z, rpm)


class Pen(Protocol):
    """What decides whether the paper is touched."""

    @property
    def below(self) -> float | None:
        """The height below which it is down; None where height says nothing."""

    @property
    def lifted(self) -> bool:
        """Whether its height counts from power-on; else after it has been above `below`."""

    def is_down(self, z: float, rpm: float | None) -> bool:
        """Whether the pen touches the paper at a height, and an S (None: output off)."""


@dataclass(slots=True)
class Ink:
    """Records strokes while the pen is down.

    Attributes:
        pen: What decides whether it is down.
        strokes: In work coordinates at the time they were drawn, mm.
        table: The same strokes where they really are on the table: by the turns of the motors
            since power-on, whatever the controller believes.
        down: The pen is down now.
    """

    pen: Pen = field(default_factory=AnyPen)
    strokes: list[Stroke] = field(default_factory=list)
    table: list[Stroke] = field(default_factory=list)
    down: bool = False
    _lifted: bool = False
    _block: object = None

    def __post_init__(self) -> None:
        """A `ZPen` goes by Z from power-on; only homing makes it doubtful."""
        self._lifted = self.pen.lifted

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
        """Take note of where the pen is.

        Args:
            work: Work position, mm.
            table: True position, mm.
            rpm: S at the output, None if it is off.
            block: The motion that led here; within one only its end is kept.
        """
        below = self.pen.below
        self._lifted = self._lifted or work[2] >= (below or 0.0)
        down = self.pen.is_down(work[2], rpm)
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


def ink_svg(strokes: Sequence[Stroke], *, pen_width: float = 0.4) -> str:
    """Draw strokes as an SVG whose unit is a millimetre.

    Args:
        strokes: Points in mm, y up.
        pen_width: Width of the lines, mm.
    """
    points = [point for stroke in strokes for point in stroke] or [(0.0, 0.0)]
    margin = 2.0
    left = min(x for x, _ in points) - margin
    top = max(y for _, y in points) + margin
    width = max(x for x, _ in points) + margin - left
    height = top - min(y for _, y in points) + margin
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.3f}mm" '
        f'height="{height:.3f}mm" viewBox="0 0 {width:.3f} {height:.3f}">',
        f'<g fill="none" stroke="black" stroke-width="{pen_width:g}" '
        'stroke-linecap="round" stroke-linejoin="round">',
    ]
    for stroke in strokes:
        path = stroke if len(stroke) > 1 else stroke * 2
        corners = " ".join(f"{x - left:.3f},{top - y:.3f}" for x, y in path)
        lines.append(f'<polyline points="{corners}"/>')
    lines.append("</g>\n</svg>\n")
    return "\n".join(lines)
