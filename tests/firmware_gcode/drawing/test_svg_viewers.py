"""SVG files are drawn as a viewer draws them: held against pictures of another renderer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.firmware_gcode.drawing.svg_cases import CASES
from tests.firmware_gcode.drawing.svg_finer_cases import FINER
from tests.firmware_gcode.drawing.svg_oracle import check


@pytest.mark.parametrize("name", CASES | FINER)
def test_it_is_drawn_as_a_viewer_draws_it(name: str) -> None:
    check((CASES | FINER)[name])


@pytest.mark.parametrize(
    ("name", "lines", "told"),
    [
        ("ai-entities", 1, []),
        ("clip-in-defs", 2, []),
        ("em-rounded", 1, []),
        ("invisible-rect-none-none", 1, []),
        ("marker-inline", 1, []),
        ("path-with-rect-attrs", 1, ["1 path without d"]),
        ("rot-rect-mm", 2, []),
        ("rot-rect-use", 1, []),
        ("size-auto", 1, []),
        ("size-width-only", 1, []),
        ("small-circles", 5, []),
        ("symbol-once", 1, []),
        ("transform-bad", 1, ["1 part whose transform cannot be read, without it"]),
        ("unit-viewbox", 1, []),
        ("visibility-attr", 1, []),
    ],
)
def test_files_that_were_read_wrongly_are_read_right(
    shared_data: Path, name: str, lines: int, told: list[str]
) -> None:
    found = check(shared_data / "svg" / f"{name}.svg", near=4)
    assert len(found.polylines) == lines
    assert [str(each) for each in found.left + found.otherwise] == told
