"""What the walk through a document carries down, and what it brings home."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_gcode.drawing.svg_parts.clips import Clip
from firmware_gcode.drawing.svg_parts.outline import Outline
from firmware_gcode.drawing.svg_parts.paint import Ink
from firmware_gcode.drawing.svg_parts.style import Properties
from firmware_gcode.drawing.svg_parts.values import Frame, Matrix


@dataclass(slots=True)
class State:
    """What an element has from those around it.

    Attributes:
        props: Inherited properties.
        matrix: From its user units to the page's px.
        clips: What it is cut to.
        frame: What its relative lengths are relative to.
        layer: The name of the outermost group.
        open: Names of the `use` targets that it stands in.
        silhouette: Whether it is part of a clip path, where only its area counts.
        clear: Whether something around it is half transparent.
    """

    props: Properties
    matrix: Matrix
    clips: tuple[Clip, ...]
    frame: Frame
    layer: str = ""
    open: frozenset[str] = frozenset()
    silhouette: bool = False
    clear: bool = False


@dataclass(slots=True)
class Piece:
    """One shape that shows.

    Attributes:
        outline: Its runs, in user units.
        state: Where it stands.
        stroke: The ink of its stroke, if that shows.
        fill: The ink of its area, if that shows.
        dashes: Lengths of dash, gap, …, in user units; None for a solid line.
        offset: Where in the dashes the line begins.
    """

    outline: Outline
    state: State
    stroke: Ink | None
    fill: Ink | None
    dashes: tuple[float, ...] | None = None
    offset: float = 0.0
