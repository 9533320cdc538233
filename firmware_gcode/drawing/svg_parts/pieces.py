"""What the walk through a document carries down, and what it brings home."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_gcode.drawing.svg_parts.clips import Clip
from firmware_gcode.drawing.svg_parts.outline import Outline
from firmware_gcode.drawing.svg_parts.paint import Ink, Inks
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
        opacity: What is left of it by `opacity`, its own and that of those around it.
        context: The inks that `context-fill` and `context-stroke` stand for.
    """

    props: Properties
    matrix: Matrix
    clips: tuple[Clip, ...]
    frame: Frame
    layer: str = ""
    open: frozenset[str] = frozenset()
    silhouette: bool = False
    opacity: float = 1.0
    context: Inks = (None, None)

    def inside(self, props: Properties, opacity: float) -> State:
        """The same with other properties: every element has one, so it is made quickly."""
        outer = (self.matrix, self.clips, self.frame, self.layer, self.open, self.silhouette)
        return State(props, *outer, opacity, self.context)


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
        fixed: Whether both are in px of the page, however the shape is transformed.
    """

    outline: Outline
    state: State
    stroke: Ink | None
    fill: Ink | None
    dashes: tuple[float, ...] | None = None
    offset: float = 0.0
    fixed: bool = False

    @property
    def half_seen(self) -> bool:
        """Whether what lies under it may shine through, or it is not of one even colour."""
        inks = [ink for ink in (self.stroke, self.fill) if ink is not None]
        return self.state.opacity < 1.0 or any(i.alpha < 1.0 or not i.plain for i in inks)
