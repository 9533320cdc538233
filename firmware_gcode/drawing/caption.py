"""Text in single strokes, drawn for this project: what a pen plotter writes with.

Each letter stands on a grid 4 wide and 6 high (capitals), the base line at 0; descenders reach
down to -2. A glyph is a few strokes, each a row of grid points written as pairs of digits,
where `a` and `b` stand for -1 and -2.
"""

from __future__ import annotations

import unicodedata

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, Polyline, Rectangle, bounds
from firmware_gcode.facts import CodedError

_GLYPHS = {
    "A": "00 26 40|12 32", "B": "00 06 36 45 44 33 03|33 42 41 30 00",
    "C": "45 36 16 05 01 10 30 41", "D": "00 06 26 44 42 20 00", "E": "46 06 00 40|03 33",
    "F": "46 06 00|03 33", "G": "45 36 16 05 01 10 30 41 43 23", "H": "06 00|46 40|03 43",
    "I": "16 36|26 20|10 30", "J": "46 41 30 10 01", "K": "06 00|46 02|13 40",
    "L": "06 00 40", "M": "00 06 23 46 40", "N": "00 06 40 46",
    "O": "16 05 01 10 30 41 45 36 16", "P": "00 06 36 45 44 33 03",
    "Q": "16 05 01 10 30 41 45 36 16|22 40", "R": "00 06 36 45 44 33 03|23 40",
    "S": "45 36 16 05 04 13 33 42 41 30 10 01", "T": "06 46|26 20",
    "U": "06 01 10 30 41 46", "V": "06 20 46", "W": "06 10 24 30 46", "X": "06 40|00 46",
    "Y": "06 23 46|23 20", "Z": "06 46 00 40",
    "a": "34 14 03 01 10 20 31|34 30", "b": "06 00|02 14 24 33 31 20 10 01",
    "c": "33 24 14 03 01 10 20 31", "d": "36 30|33 24 14 03 01 10 20 31",
    "e": "02 32 33 24 14 03 01 10 20 31", "f": "36 26 15 10|04 24",
    "g": "34 3a 2b 1b 0a|33 24 14 03 01 10 20 31", "h": "06 00|02 14 24 33 30",
    "i": "14 10|16", "j": "24 2a 1b 0b|26", "k": "06 00|34 02|12 30", "l": "16 11 20",
    "m": "04 00|03 14 23 20|23 34 43 40", "n": "04 00|02 14 24 33 30",
    "o": "14 03 01 10 20 31 33 24 14", "p": "04 0b|03 14 24 33 31 20 10 01",
    "q": "34 3b|33 24 14 03 01 10 20 31", "r": "04 00|02 14 24 33",
    "s": "33 24 14 03 12 22 31 20 10 01", "t": "16 11 20 30|04 24",
    "u": "04 01 10 20 32|34 30", "v": "04 20 44", "w": "04 10 23 30 44", "x": "04 30|00 34",
    "y": "04 20|44 1b 0b", "z": "04 34 00 30",
    "0": "16 05 01 10 30 41 45 36 16|01 45", "1": "04 26 20|00 40",
    "2": "05 16 36 45 44 00 40", "3": "05 16 36 45 44 33 13|33 42 41 30 10 01",
    "4": "30 36 02 42", "5": "46 06 03 33 42 41 30 10 01",
    "6": "45 36 16 05 01 10 30 41 42 33 13 02", "7": "06 46 10",
    "8": "13 04 05 16 36 45 44 33 13 02 01 10 30 41 42 33",
    "9": "01 10 30 41 45 36 16 05 04 13 33 44",
    ".": "10", ",": "11 1a", ":": "10|13", ";": "13|11 0a", "!": "16 12|10",
    "?": "05 16 26 35 34 23 22|20", "-": "03 33", "+": "03 43|25 21", "_": "00 40",
    "/": "00 46", "#": "10 16|30 36|02 42|04 44", "'": "16 14", '"': "16 14|36 34",
    "(": "26 15 11 20", ")": "06 15 11 00", "&": "40 04 05 16 25 24 02 01 10 20 42",
    "=": "02 32|04 34", "*": "25 21|04 42|02 44", "%": "00 46|06|40",
    "°": "16 05 14 25 16", "ß": "00 05 16 26 35 34 23 33 31 20 10",
}  # fmt: skip
_DIGITS = {"a": -1, "b": -2}
_ACCENTS = {
    "\u0300": "12 21", "\u0301": "11 22", "\u0302": "01 12 21", "\u0303": "01 12 21 32",
    "\u0308": "01|31", "\u030a": "11 22 13 02 11", "\u030c": "02 11 22", "\u0327": "20 2a 1b",
}  # fmt: skip
"""Grave, acute, circumflex, tilde, two dots, ring and caron stand over a letter; the cedilla
under it."""
CAPITALS = 6.0
_SPACE, GAP = 3.0, 2.0


class CaptionError(CodedError, ValueError):
    """A text that cannot be written here."""


def caption_strip(cell: Rectangle, height: float = 4.0) -> tuple[Rectangle, Rectangle]:
    """Divide a cell (mm) into room for a drawing and, below, capitals of `height` mm.

    Raises:
        CaptionError: The text would take more than half of the cell.
    """
    strip = 2.6 * height
    if not 0.0 < strip <= cell.height / 2:
        high = round(cell.height, 1)
        raise CaptionError("caption-leaves-little", height=height, cell=high)
    top = cell.y0 + strip
    return Rectangle(cell.x0, top, cell.x1, cell.y1), Rectangle(cell.x0, cell.y0, cell.x1, top)


def caption(text: str, area: Rectangle, *, height: float = 4.0) -> Drawing:
    """Write one line of text, centred in an area (mm).

    What is no letter, digit or common sign becomes a question mark. Capitals are `height` mm
    high, or smaller where the text would be too wide.

    Raises:
        CaptionError: Nothing to write, or no room.
    """
    strokes = _strokes(" ".join(text.split()))
    if not strokes:
        raise CaptionError("caption-empty")
    box = bounds(strokes)
    scale = min(height / CAPITALS, area.width / max(box.width, 1.0))
    if scale * CAPITALS < 1.0 or scale * 8.0 > area.height + 1e-9:
        room = f"{area.width:.1f} x {area.height:.1f}"
        raise CaptionError("caption-too-large", height=height, room=room)
    middle = np.array([box.centre[0], CAPITALS / 2 - 1.0])
    return Drawing(tuple((stroke - middle) * scale + area.centre for stroke in strokes))


def letter(sign: str) -> tuple[list[Polyline], float] | None:
    """The strokes of one letter, and how far on the next one begins, both in grid steps.

    The base line is at y = 0, y up; capitals are `CAPITALS` steps high. None for a letter that
    there is not.
    """
    if sign == " ":
        return [], _SPACE
    parts = unicodedata.normalize("NFD", sign)
    plain, accents = parts[:1], parts[1:]
    if plain not in _GLYPHS or any(accent not in _ACCENTS for accent in accents):
        return None
    drawn = [_points(stroke) for stroke in _GLYPHS[plain].split("|")]
    if plain in "ij" and accents and accents[0] != "\u0327":
        drawn.pop()  # an accent takes the place of the dot
    width = max(float(points[:, 0].max()) for points in drawn)
    box = bounds(drawn)
    for accent in accents:
        at = (box.centre[0] - 1.5, 0.0 if accent == "\u0327" else box.y1)
        drawn += [_points(stroke) + at for stroke in _ACCENTS[accent].split("|")]
    return drawn, width + GAP


def _strokes(text: str) -> list[Polyline]:
    """The strokes of a text on the grid, one unit a grid step."""
    strokes: list[Polyline] = []
    x = 0.0
    for sign in text:
        drawn, step = letter(sign) or letter("?") or ([], 0.0)
        strokes += [points + np.array([x, 0.0]) for points in drawn]
        x += step
    return strokes


def _points(stroke: str) -> Polyline:
    pairs = [
        [_DIGITS.get(c) if c in _DIGITS else int(c) for c in pair] for pair in stroke.split()
    ]
    return np.array(pairs, dtype=np.float64)
