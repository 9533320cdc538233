"""The root of a document: how large its page is, and the units inside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol
from xml.etree.ElementTree import Element

from firmware_gcode.drawing.svg_parts.cutter import Cutter
from firmware_gcode.drawing.svg_parts.document import SvgError
from firmware_gcode.drawing.svg_parts.library import Library
from firmware_gcode.drawing.svg_parts.pieces import State
from firmware_gcode.drawing.svg_parts.shapes import Measure
from firmware_gcode.drawing.svg_parts.style import INITIAL, Properties, inherited
from firmware_gcode.drawing.svg_parts.values import (
    Axis,
    Frame,
    Matrix,
    fitted,
    times,
    view_box,
)

MM_PER_PX = 25.4 / 96.0
"""CSS: 96 px are an inch."""
PAGE: Matrix = (MM_PER_PX, 0.0, 0.0, MM_PER_PX, 0.0, 0.0)
"""From a page's px to mm."""
WINDOW = (100.0, 100.0)
"""Viewport, px, of a document that says nothing, for its percentages."""
_SIDES: tuple[tuple[str, Axis], ...] = (("width", "x"), ("height", "y"))


class Reader(Protocol):
    """What reads the elements of a document."""

    library: Library
    cutter: Cutter

    def styled(self, element: Element, state: State) -> tuple[State | None, Properties]:
        """The state inside an element."""


@dataclass(frozen=True)
class Page:
    """A document's page.

    Attributes:
        width: px, like `height`; None where it does not say how large it is.
        window: What it is where it does not, px.
        box: Its view box.
        font: Its font size.
        sized: Whether it is as large as it says itself, not as its view box.
    """

    width: float | None
    height: float | None
    window: tuple[float, float]
    box: tuple[float, float, float, float] | None
    font: float
    sized: bool

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, px, whatever it says."""
        return self.width or self.window[0], self.height or self.window[1]


def page_of(reader: Reader, root: Element, window: tuple[float, float] = WINDOW) -> Page:
    """A document's page, which is shown in a window (px).

    Raises:
        SvgError: It has no size.
    """
    own = reader.library.sheets.own(root)
    box = view_box(own.get("viewBox"))
    size = (box[2], box[3]) if box else window
    frame = Frame(*size, size)
    font = float(inherited(INITIAL, own, frame)["font-size"])
    width, height = _size(own, Frame(*size, size, font), font, has_box=box is not None)
    sides = [side for side in (*size, width, height) if side is not None]
    if min(sides) <= 0.0:
        raise SvgError("svg-no-page")
    return Page(width, height, window, box, font, bool(own.keys() & {"width", "height"}))


def entered(reader: Reader, root: Element, page: Page, around: State) -> State:
    """The state inside the root.

    Raises:
        SvgError: Nothing on the page shows.
    """
    frame = Frame(*page.size, page.size, page.font)
    if page.box:
        frame = replace(frame, width=page.box[2], height=page.box[3])
    state, own = reader.styled(root, replace(around, frame=frame))
    if state is None:
        raise SvgError("svg-no-line")
    if page.box:
        fit = fitted(page.box, page.size, own.get("preserveAspectRatio", ""))
        state.matrix = times(state.matrix, fit)
    if not reader.cutter.cut(root, own, state):
        raise SvgError("svg-no-line")
    return state


def _size(
    own: Properties, frame: Frame, font: float, *, has_box: bool
) -> tuple[float | None, float | None]:
    """Width and height of the page, px; `auto`, or none that is one, is all that there is."""
    measure = Measure(own, frame, font)
    width, height = (
        measure.wanted(name, axis)
        if has_box or not own.get(name, "").rstrip().endswith("%")
        else None
        for name, axis in _SIDES
    )
    if not has_box or frame.width <= 0.0 or frame.height <= 0.0:
        return width, height
    if width is None and height is None:
        return frame.width, frame.height
    ratio = frame.height / frame.width
    if width is None:
        return (height or 0.0) / ratio, height
    return width, (width * ratio if height is None else height)
