"""Clip paths as outlines, made areas once it is known how finely."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_gcode.drawing.svg_parts.outline import Outline, flat_runs
from firmware_gcode.drawing.svg_parts.region import Region, Rings
from firmware_gcode.drawing.svg_parts.values import Matrix, moved


class Clip:
    """What a part of a drawing is cut to: the union of shapes, each perhaps cut itself.

    Args:
        within: Clips that cut the whole of it.
    """

    def __init__(self, within: tuple[Clip, ...] = ()) -> None:
        self._within = within
        self._shapes: list[tuple[Outline, Matrix, bool, bool, tuple[Clip, ...]]] = []
        self._region: Region | None = None

    def add(
        self,
        outline: Outline,
        matrix: Matrix,
        *,
        even_odd: bool,
        within: Sequence[Clip] = (),
        adds: bool = True,
    ) -> None:
        """A shape more.

        Args:
            outline: Its runs.
            matrix: From their units to the page's.
            even_odd: Its fill rule; otherwise non-zero.
            within: Clips that cut this shape alone.
            adds: Whether it is added to what the shapes before cover, or taken off it.
        """
        self._shapes.append((outline, matrix, even_odd, adds, (*self._within, *within)))

    def region(self, tolerance: float) -> Region:
        """The area, curves flat within a tolerance."""
        if self._region is None:
            self._region = Region(
                tuple(
                    Rings.of(
                        [moved(run, matrix) for run in flat_runs(outline, matrix, tolerance)],
                        even_odd=even_odd,
                        adds=adds,
                        within=tuple(clip.region(tolerance) for clip in within),
                    )
                    for outline, matrix, even_odd, adds, within in self._shapes
                )
            )
        return self._region
