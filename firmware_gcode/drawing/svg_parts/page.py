"""The root of a document: how large its page is, and the units inside."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from firmware_gcode.drawing.svg_parts.document import SvgError
from firmware_gcode.drawing.svg_parts.pieces import State
from firmware_gcode.drawing.svg_parts.style import INITIAL, Properties, inherited
from firmware_gcode.drawing.svg_parts.values import (
    Axis,
    Frame,
    fitted,
    length,
    times,
    view_box,
)
from firmware_gcode.drawing.svg_parts.walker import Walker

MM_PER_PX = 25.4 / 96.0
"""CSS: 96 px are an inch."""
_WINDOW = 100.0
"""Viewport, px, of a document that says nothing, for its percentages."""
_AXES: tuple[Axis, Axis] = ("x", "y")


@dataclass(frozen=True)
class Page:
    """A document's page, mm; None where it does not say how large it is."""

    width: float | None
    height: float | None


def entered(walker: Walker, root: Element) -> tuple[State, Page]:
    """The state inside the root, whose matrix leads to mm, and the page.

    Raises:
        SvgError: The page has no size, or nothing on it shows.
    """
    own = walker.sheets.own(root)
    box = view_box(own.get("viewBox"))
    size = (box[2], box[3]) if box else (_WINDOW, _WINDOW)
    frame = Frame(*size, size)
    font = float(inherited(INITIAL, own, frame)["font-size"])
    width, height = _size(own, Frame(*size, size, font), font, has_box=box is not None)
    sides = [side for side in (*size, width, height) if side is not None]
    if min(sides) <= 0.0:
        raise SvgError("svg-no-page")
    page = (width or _WINDOW, height or _WINDOW)
    mm = (MM_PER_PX, 0.0, 0.0, MM_PER_PX, 0.0, 0.0)
    state = walker.entered(
        root, State(walker.library.initial, mm, (), Frame(*page, page, font))
    )[0]
    if state is None:
        raise SvgError("svg-no-line")
    if box:
        fit = fitted(box, page, own.get("preserveAspectRatio", ""))
        state.matrix = times(state.matrix, fit)
    state.frame = Frame(*(size if box else page), page, font)
    return state, Page(
        None if width is None else width * MM_PER_PX,
        None if height is None else height * MM_PER_PX,
    )


def _size(
    own: Properties, frame: Frame, font: float, *, has_box: bool
) -> tuple[float | None, float | None]:
    """Width and height of the page, px; `auto`, or nothing, is as much as there is."""
    said = [own.get(name, "").strip() for name in ("width", "height")]
    width, height = (
        length(text, frame, font, axis) if has_box or not text.endswith("%") else None
        for text, axis in zip(said, _AXES, strict=True)
    )
    if not has_box or frame.width <= 0.0 or frame.height <= 0.0:
        return width, height
    if width is None and height is None:
        return frame.width, frame.height
    ratio = frame.height / frame.width
    if width is None:
        return (height or 0.0) / ratio, height
    return width, (width * ratio if height is None else height)
