"""Pictures that are SVG files themselves, written into the file as `data:`."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from xml.etree.ElementTree import Element

from firmware_gcode.drawing.svg_parts.clips import Clip
from firmware_gcode.drawing.svg_parts.document import SvgError, embedded_tree
from firmware_gcode.drawing.svg_parts.page import Page
from firmware_gcode.drawing.svg_parts.shapes import Measure, viewport
from firmware_gcode.drawing.svg_parts.values import Matrix, fitted, times, translation

_DATA = re.compile(r"\s*data:image/svg\+xml((?:;[^,;]*)*),(.*)", re.DOTALL | re.IGNORECASE)


def embedded(address: str) -> Element | None:
    """The root of the SVG file that an address holds; None if it holds none."""
    match = _DATA.fullmatch(address)
    if match is None:
        return None
    data = urllib.parse.unquote_to_bytes(match[2])
    try:
        if ";base64" in match[1].lower():
            data = base64.b64decode(b"".join(data.split()))
        return embedded_tree(data)
    except (SvgError, binascii.Error):
        return None


def picture_place(
    at: Measure, said: tuple[float | None, float | None], page: Page, matrix: Matrix
) -> tuple[Matrix, Clip] | None:
    """From a picture's px to the page, and what it is cut to; None if it has no size.

    Args:
        at: Reads the lengths of the `image`.
        said: Its width and height, if it says them.
        page: The picture's own.
        matrix: From the units of the `image` to the page.
    """
    size = _wanted(said, page.size)
    if min(size) <= 0.0:
        return None
    place = times(matrix, translation(at.get("x", "x"), at.get("y", "y")))
    fit = fitted((0.0, 0.0, *page.size), size, at.own.get("preserveAspectRatio", ""))
    room = Clip()
    room.add([viewport(*size)], place, even_odd=False)
    if page.sized:
        room = Clip((room,))
        room.add([viewport(*page.size)], times(place, fit), even_odd=False)
    return times(place, fit), room


def _wanted(
    said: tuple[float | None, float | None], own: tuple[float, float]
) -> tuple[float, float]:
    """Width and height of a picture that says one, both or neither, and is so large itself."""
    width, height = said
    if width is None and height is None:
        return own
    if width is None:
        return (height or 0.0) * own[0] / own[1], height or 0.0
    return width, (width * own[1] / own[0] if height is None else height)
