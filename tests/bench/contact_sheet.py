"""Real cats as people drew them, and as the pen will draw them, side by side in one picture.

    python -m tests.bench.contact_sheet sheet.png --count 20 --zoom 3

Grey is the person's line, with its points; black is the planned one, with a dot at each joint.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

from PIL import Image, ImageDraw

from firmware_gcode.drawing.geometry import Drawing, Polyline
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import Toolpath, plan_toolpath
from firmware_gcode.toolpath.segments import as_points
from tests.bench.bench_toolpath import AREA, cats, shared

MARGIN_MM = 5.0
GREY, RED = (150, 150, 150), (210, 30, 30)
PEN_MM = 0.4


class Panel:
    """One square of the picture, which shows the area in which the cats stand."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        side = round((AREA.width + 2 * MARGIN_MM) * scale)
        self.image = Image.new("RGB", (side, side), "white")
        self.draw = ImageDraw.Draw(self.image)

    def at(self, points: Polyline) -> list[tuple[float, float]]:
        """Millimetres as pixels."""
        x = (points[:, 0] - AREA.x0 + MARGIN_MM) * self.scale
        y = (AREA.y1 + MARGIN_MM - points[:, 1]) * self.scale
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def line(self, points: Polyline, colour: tuple[int, int, int], width_mm: float) -> None:
        """A line as wide as the pen."""
        width = max(1, round(width_mm * self.scale))
        self.draw.line(self.at(points), fill=colour, width=width, joint="curve")
        for x, y in self.at(points[[0, -1]]):
            self.draw.circle((x, y), width / 2, fill=colour)

    def dots(self, points: Polyline, colour: tuple[int, int, int]) -> None:
        """Points that shall be seen."""
        for x, y in self.at(points):
            self.draw.circle((x, y), max(1.0, 0.25 * self.scale), fill=colour)


def panels(drawing: Drawing, profile: Profile, scale: float) -> list[Image.Image]:
    """The person's lines; the planned ones; both on top of each other with their points."""
    toolpath: Toolpath = plan_toolpath(drawing, profile)
    program = write_program(toolpath, profile)
    human, planned, both = (Panel(scale) for _ in range(3))
    for stroke in drawing.strokes:
        human.line(stroke, (0, 0, 0), PEN_MM)
        both.line(stroke, GREY, PEN_MM)
    for inked in program.strokes:
        planned.line(inked, (0, 0, 0), PEN_MM)
        both.line(inked, (0, 0, 0), PEN_MM / 4)
    for drawn in toolpath.strokes:
        both.dots(as_points(drawn.path.z), RED)
    return [human.image, planned.image, both.image]


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--count", type=int, default=20, help="cats")
    parser.add_argument("--skip", type=int, default=0, help="cats left out before the first")
    parser.add_argument("--zoom", type=float, default=3.0, help="pixels a millimetre")
    parser.add_argument("--across", type=int, default=2, help="cats side by side")
    options = parser.parse_args()
    data = shared()
    if data is None:
        parser.exit(1, "development data not found; set CATPLOTTER_SHARED to use it\n")
    profile = Profile.load("simulated")
    chosen = islice(cats(data), options.skip, options.skip + options.count)
    rows = [panels(drawing, profile, options.zoom) for drawing in chosen]
    side = rows[0][0].width
    lines = -(-len(rows) // options.across)
    sheet = Image.new("RGB", (side * 3 * options.across, side * lines), "white")
    for number, row in enumerate(rows):
        for column, image in enumerate(row):
            x = (number % options.across) * 3 + column
            sheet.paste(image, (x * side, number // options.across * side))
    sheet.save(options.picture)
    print(f"{options.picture}: {len(rows)} cats; person's, planned, both")


if __name__ == "__main__":
    main()
