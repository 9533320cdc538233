"""Lines out of SVG files, and files that must be refused."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import Drawing, bounds, length
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.svg import svg
from firmware_gcode.drawing.svg_in import SvgError, read_svg

pytest.importorskip("svgelements")

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def document(body: str, size: str = 'width="100mm" height="50mm" viewBox="0 0 100 50"') -> str:
    """An SVG document, a hundred by fifty millimetres unless said otherwise."""
    return f"<svg {NS} {size}>{body}</svg>"


def test_what_was_written_is_read_back() -> None:
    paper = Paper(100.0, 50.0, 5.0)
    drawing = Drawing(
        (np.array([[10.0, 10.0], [90.0, 40.0]]), np.array([[5.0, 5.0], [6.0, 7.0]]))
    )
    found = read_svg(svg(drawing, paper))
    assert (found.width, found.height) == pytest.approx((100.0, 50.0))
    for read, wanted in zip(found.polylines, drawing.strokes, strict=True):
        assert np.allclose(read, [[x, 50.0 - y] for x, y in wanted], atol=1e-3)


@pytest.mark.parametrize(
    ("body", "ink"),
    [
        ('<line x1="0" y1="0" x2="30" y2="40"/>', 50.0),
        ('<rect x="1" y="2" width="30" height="10"/>', 80.0),
        ('<circle cx="50" cy="25" r="10"/>', 20.0 * np.pi),
        ('<ellipse cx="50" cy="25" rx="10" ry="10"/>', 20.0 * np.pi),
        ('<polyline points="0,0 3,4 6,8"/>', 10.0),
        ('<polygon points="0,0 30,0 0,40"/>', 120.0),
        ('<path d="M0 0h10v10h-10z"/>', 40.0),
        ('<path d="M10 25a10 10 0 0 1 20 0"/>', 10.0 * np.pi),
        ('<g transform="translate(5 5) scale(2)"><line x2="10" y2="0"/></g>', 20.0),
        (
            '<defs><line id="a" x2="10"/></defs><use href="#a"/><use xlink:href="#a" y="3"/>',
            20.0,
        ),
    ],
)
def test_shapes_have_their_length_in_millimetres(body: str, ink: float) -> None:
    found = read_svg(document(body))
    assert sum(length(line) for line in found.polylines) == pytest.approx(ink, rel=2e-3)


def test_units_without_a_viewbox_are_pixels() -> None:
    found = read_svg(document('<line x2="96"/>', 'width="2in" height="1in"'))
    assert length(found.polylines[0]) == pytest.approx(25.4)
    assert found.width == pytest.approx(50.8)


def test_curves_are_flat_within_two_hundredths() -> None:
    (line,) = read_svg(document('<circle cx="50" cy="25" r="20"/>')).polylines
    middles = (line[1:] + line[:-1]) / 2
    radii = np.hypot(middles[:, 0] - 50.0, middles[:, 1] - 25.0)
    assert 20.0 - radii.min() < 0.021


def test_file_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "cat.svg"
    path.write_text(document('<line x2="10"/>'), encoding="utf-8")
    assert len(read_svg(path).polylines) == 1


BOMB = "".join(
    f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, 9)
)
LAUGHS = '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (document(""), "draws no line"),
        (document("<text>cat</text>"), "draws no line"),
        (
            document(f'<line id="g0" x2="1"/>{BOMB}<use href="#g8"/>'),
            "more than 50000 elements",
        ),
        (document('<g id="a"><use href="#a"/></g>'), "uses itself"),
        (LAUGHS + document("<text>&b;</text>"), "declares entities"),
        (document('<path d="M0 0L1e999 5"/>'), "finite|cannot be read"),
        (document('<path d="M0 0LNaN 5L9 9"/>'), "not a finite number"),
        (document('<polyline points="0,0 nan,nan 5,5"/>'), "not a finite number"),
        (document(f'<path d="M0 0{"C1 1 2 2 3 3" * 200_000}"/>'), "more than 500000 points"),
        ("<svg><line", "not valid SVG"),
        ("<html><p/></html>", "not SVG"),
        ("no/such/file.svg", "cannot be read"),
    ],
)
def test_bad_files_are_refused_at_once(text: str, words: str) -> None:
    before = time.process_time()
    with pytest.raises(SvgError, match=words) as caught:
        read_svg(text)
    assert "\n" not in str(caught.value)
    assert time.process_time() - before < 2.0


def test_a_million_units_are_read_in_bounded_time() -> None:
    body = '<path d="M0 0C1000000 0 0 1000000 1000000 1000000"/>'
    found = read_svg(document(body, 'viewBox="0 0 1000000 1000000"'))
    assert len(found.polylines[0]) < 2000
    assert bounds(found.polylines).width > 0.0


def test_binary_rubbish_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cat.svg"
    path.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(SvgError, match="UTF-8"):
        read_svg(path)
