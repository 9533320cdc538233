"""How the strokes of two hands are drawn: the person's as they were drawn, in their order."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_gcode.drawing.geometry import Drawing, Polyline, Rectangle
from firmware_gcode.toolpath.fit import default_tolerance, fit
from firmware_gcode.toolpath.plan import Stroke
from firmware_gcode.toolpath.segments import Point, Segment, flatten

HUMAN_MM = 0.12
"""How far the pen may leave a person's line: less than a third of its own width. It takes out
the steps of the screen, and nothing that the hand meant."""
MACHINE_MM = 0.2
"""The same for the machine's, at most: what was picked is what is plotted."""


def as_drawn(human: Sequence[Polyline], area: Rectangle) -> tuple[Stroke, ...]:
    """A person's strokes: none joined to another, none left out, none turned round.

    Args:
        human: mm on the paper, in their order.
        area: What the pen must not leave; a stroke whose curves would has straight lines.
    """
    fitted = [_fitted(points, area) for points in human]
    return tuple(
        Stroke(flatten(begin, segments), (index,), segments)
        for index, (begin, segments) in enumerate(fitted)
    )


def _fitted(points: Polyline, area: Rectangle) -> tuple[Point, tuple[Segment, ...]]:
    begin, segments = fit(points, HUMAN_MM)
    return (begin, segments) if area.contains(flatten(begin, segments)) else fit(points, 0.0)


def machine_tolerance(human: Sequence[Polyline], machine: Sequence[Polyline]) -> float:
    """How far the pen may leave the machine's lines, mm."""
    return min(MACHINE_MM, default_tolerance(Drawing((*human, *machine))))
