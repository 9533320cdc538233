"""Filled areas of SVG drawings: hatched, and hiding what is under them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from firmware_gcode.drawing.areas import hatched, occluded
from firmware_gcode.drawing.geometry import DrawingError, Polyline, length
from firmware_gcode.drawing.svg_in import SvgDrawing, read_svg
from tests.firmware_gcode.drawing.svg_fuzz import check, mutated


def read(body: str) -> SvgDrawing:
    """A drawing on a page of 100 by 100 mm."""
    ns = 'xmlns="http://www.w3.org/2000/svg"'
    return read_svg(
        f'<svg {ns} width="100mm" height="100mm" viewBox="0 0 100 100">{body}</svg>'
    )


def ink(lines: tuple[Polyline, ...]) -> float:
    """Length of all lines, mm."""
    return sum(length(line) for line in lines)


@pytest.mark.parametrize(
    ("body", "area"),
    [
        ('<rect x="10" y="10" width="50" height="40"/>', 2000.0),
        ('<circle cx="50" cy="50" r="30"/>', 900.0 * np.pi),
        ('<path fill-rule="evenodd" d="M10 10H90V90H10ZM30 30H70V70H30Z"/>', 4800.0),
        ('<path d="M10 10H90V90H10ZM30 30H70V70H30Z"/>', 6400.0),
        ('<path d="M10 10H90V90H10ZM30 30V70H70V30Z"/>', 4800.0),
        ('<clipPath id="c"><rect width="30" height="99"/></clipPath>'
         '<rect clip-path="url(#c)" x="10" y="10" width="50" height="40"/>', 800.0),
        ('<path d="M10 10H60V60L20 40"/>', 1750.0),
    ],
)  # fmt: skip
def test_hatch_lines_cover_the_area_evenly(body: str, area: float) -> None:
    plain = read(f'<g fill="red">{body}</g>')
    full = hatched(plain, 0.5)
    lines = full.polylines[: -len(plain.polylines)]
    steps = np.concatenate([np.diff(line, axis=0) for line in lines])
    hatch = np.abs(steps[:, 0] - steps[:, 1]) < 1e-9
    assert np.hypot(*steps[hatch].T).sum() * 0.5 == pytest.approx(area, rel=0.01)
    assert np.hypot(*steps[~hatch].T).max() < 3.0  # joints are short
    assert {mark.colour for mark in full.marks} == {"#ff0000"}
    assert len(lines) < (8 if "clip" not in body else 99)
    rings = plain.areas[0].rings()
    for line in lines:
        middles = (line[1:] + line[:-1]) / 2
        points = middles[:, 0] + 1j * middles[:, 1]
        near = [rings.holds(points + step) for step in (0.05, -0.05, 0.05j, -0.05j)]
        assert np.logical_or.reduce(near).all()


def test_hatch_lines_of_neighbours_are_in_line_and_white_stays_empty() -> None:
    square = '<rect x="{}" y="10" width="20" height="20" fill="{}" stroke="none"/>'
    full = hatched(read(square.format(10, "red") + square.format(30, "#00f")), 2.0)
    ends = np.concatenate([line for line, m in zip(full.polylines, full.marks, strict=True)
                           if len(line) != 5])  # fmt: skip
    offsets = ends @ (1.0, -1.0) / np.sqrt(2.0) / 2.0
    assert np.allclose(offsets, np.rint(offsets), atol=1e-6)
    white = read('<rect width="9" height="9" fill="white" stroke="black"/>')
    assert len(hatched(white, 1.0).polylines) == 1


def test_hatch_that_is_far_too_fine_is_refused() -> None:
    with pytest.raises(DrawingError, match="larger pitch"):
        hatched(read('<rect fill="red" width="90" height="90"/>'), 1e-6)


def test_what_areas_hide_is_left_out() -> None:
    line = '<path fill="none" stroke="black" d="M0 50H100"/>'
    box = '<rect x="30" y="30" width="40" height="40" fill="{}" stroke="red"/>'
    seen = occluded(read(line + box.format("white")))
    assert [mark.colour for mark in seen.marks] == ["#000000", "#000000", "#ff0000"]
    assert ink(seen.polylines) == pytest.approx(60.0 + 160.0)
    for body in (
        box.format("white") + line,  # drawn before
        line + box.format("none"),
        line + f'<g opacity=".5">{box.format("white")}</g>',
        line + box.format("rgba(0,0,0,.5)"),
    ):
        assert ink(occluded(read(body)).polylines) == pytest.approx(260.0)


def test_areas_hide_hatch_lines_below_but_not_their_own() -> None:
    box = '<rect x="{0}" y="{0}" width="40" height="40" fill="red"/>'
    full = hatched(read(box.format(10) + box.format(30)), 1.0)
    seen = occluded(full)
    assert ink(seen.polylines) == pytest.approx(ink(full.polylines) - 400.0 - 40.0, rel=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files_are_read_or_refused_with_a_sentence(seed: int) -> None:
    for number in range(75):
        check(mutated(random.Random(f"{seed} {number}")))


@pytest.mark.parametrize("turned", [0, 10, 20, 45, 70, 110, 123.4, 160])
@pytest.mark.parametrize(
    "clip",
    [
        '<circle r="20"/>',
        '<ellipse rx="25" ry="20"/>',
        '<path d="M0-20L25 0L0 20L-25 0Z"/>',
        '<path d="M-9-9L0-20L9-9L0 20Z"/>',
        '<rect x="-30" y="-10" width="60" height="20"/><path d="M0-20L9 0H-9Z"/>',
    ],
)
def test_an_edge_that_is_touched_at_its_middle_is_not_drawn(clip: str, turned: float) -> None:
    drawn = read(
        f'<g transform="translate(50 50) rotate({turned})" fill="none" stroke="#000">'
        f'<clipPath id="c">{clip}</clipPath>'
        '<path d="M-35-20H35M-35 20H35M-5 0H5" clip-path="url(#c)"/></g>'
    )
    assert ink(drawn.polylines) == pytest.approx(10.0)
