"""Several drawings on one paper: each keeps to the tolerance that it has alone."""

from __future__ import annotations

from pathlib import Path

from firmware_gcode.drawing.geometry import Rectangle
from pi_service.cli.placing import Wish, read_sheet

SKETCH = "M0 0L40 3 80 30 120 90 200 100 255 200"
FINE = "M0 0L40.5 3.25 80 30.125"


def written(folder: Path, d: str) -> Path:
    path = folder / f"{len(d)}.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 255 255" fill="none">'
        f'<path stroke="red" d="{d}"/><path stroke="blue" d="{d}V210"/></svg>'
    )
    return path


def test_each_drawing_keeps_its_own_tolerance_in_every_pass(tmp_path: Path) -> None:
    files = [written(tmp_path, SKETCH), written(tmp_path, FINE)]
    cells = [Rectangle(0, 0, 100, 100), Rectangle(110, 0, 210, 100)]
    sheet = read_sheet(files, cells, Wish(None, False, "", 3.0), pen_width=0.4)
    smoothed = {
        pen: [allowed.smoothing for allowed in tolerances]
        for (pen, _), (_, tolerances) in sheet.passes("colour").items()
    }
    assert smoothed == {"#ff0000": [True, False], "#0000ff": [True, False]}
    apart = [
        read_sheet([file], cells[:1], Wish(None, False, "", 3.0), pen_width=0.4)
        for file in files
    ]
    assert sheet.tolerances == apart[0].tolerances + apart[1].tolerances
