"""A drawing as an SVG file in real millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from firmware_gcode.drawing.geometry import Drawing, Polyline, Rectangle
from firmware_gcode.drawing.layout import flipped
from firmware_gcode.drawing.paper import Paper

DEFAULT_PEN_MM = 0.4


def svg(
    drawing: Drawing | Sequence[Polyline],
    paper: Paper | Rectangle,
    *,
    pen_width: float = DEFAULT_PEN_MM,
    moves: Sequence[Polyline] = (),
    title: str = "",
    hands: Sequence[str] = (),
) -> str:
    """Write strokes (mm, y up) as an SVG document of the paper's size, one path each.

    A single point becomes a round dot; pen-up `moves` are thin red lines; `hands` names for
    each stroke the hand that drew it, as the path's class. Ends in a newline.
    """
    strokes = drawing.strokes if isinstance(drawing, Drawing) else drawing
    size = f"{paper.width:g}", f"{paper.height:g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}mm" height="{size[1]}mm" '
        f'viewBox="0 0 {size[0]} {size[1]}">'
    ]
    if title:
        parts.append(f"<title>{escape(title)}</title>")
    parts.append(_group(strokes, paper, "ink", ("black", pen_width), hands))
    if moves:
        parts.append(_group(moves, paper, "moves", ("red", pen_width / 3)))
    parts.append("</svg>\n")
    return "\n".join(parts)


def _group(
    polylines: Sequence[Polyline],
    paper: Paper | Rectangle,
    name: str,
    pen: tuple[str, float],
    hands: Sequence[str] = (),
) -> str:
    classes = [f' class="{escape(hand)}"' for hand in hands] or [""] * len(polylines)
    paths = "\n".join(
        f'<path{hand} d="{_path(points, paper)}"/>'
        for hand, points in zip(classes, polylines, strict=True)
    )
    return (
        f'<g id="{name}" fill="none" stroke="{pen[0]}" stroke-width="{pen[1]:.3g}" '
        f'stroke-linecap="round" stroke-linejoin="round">\n{paths}\n</g>'
    )


def _path(points: Polyline, paper: Paper | Rectangle) -> str:
    """The path's data; a dot is a line of no length, which round ends make visible."""
    pairs = [f"{_number(x)} {_number(y)}" for x, y in flipped(points, paper.height)]
    return "M" + "L".join(pairs) if len(pairs) > 1 else f"M{pairs[0]}h0"


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
