"""Lines out of SVG files: their size, what is told about the rest, and what is refused."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import Drawing, bounds, length
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.svg import svg
from firmware_gcode.drawing.svg_in import SvgDrawing, SvgError, read_svg
from firmware_gcode.drawing.svg_parts.document import MAX_BYTES
from firmware_gcode.drawing.svg_parts.walker import Walker

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
PEN = 'fill="none" stroke="black"'


def document(body: str, size: str = 'width="100mm" height="50mm" viewBox="0 0 100 50"') -> str:
    """An SVG document of thin lines, a hundred by fifty millimetres unless said otherwise."""
    return f"<svg {NS} {PEN} {size}>{body}</svg>"


def ink(found: SvgDrawing) -> float:
    """Length of all lines, mm."""
    return sum(length(line) for line in found.polylines)


def told(found: SvgDrawing) -> dict[str, object]:
    """What was left out or drawn otherwise, by code."""
    return {each.code: each.params["count"] for each in found.left + found.otherwise}


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
    ("body", "wanted"),
    [
        ('<line x1="0" y1="0" x2="30" y2="40"/>', 50.0),
        ('<rect x="1" y="2" width="30" height="10"/>', 80.0),
        ('<rect transform="rotate(20 50 25)" x="30" y="20" width="30" height="10"/>', 80.0),
        ('<circle cx="50" cy="25" r="10"/>', 20.0 * np.pi),
        ('<ellipse cx="50" cy="25" rx="10" ry="10"/>', 20.0 * np.pi),
        ('<polygon points="0,0 30,0 0,40"/>', 120.0),
        ('<path d="M10 25a10 10 0 0 1 20 0"/>', 10.0 * np.pi),
        ('<g transform="translate(5 5) scale(2)"><line x2="10" y2="0"/></g>', 20.0),
        ('<line x1="4Q" x2="44q"/>', 40.0 / 4 * 96 / 25.4),
        ('<line x2="25vw"/>', 0.25 * 100.0 * 96 / 25.4),
        ('<line x2="50vh"/>', 0.5 * 50.0 * 96 / 25.4),
        ('<line x2="2rem"/>', 32.0),
        ('<line style="transform:rotate(.25turn) translateX(5px)" x2="9"/>', 9.0),
        ('<line x2="9" transform="rotate(90deg)"/>', 9.0),
        ('<rect style="width:30px;height:10px"/>', 80.0),
        ('<path fill="what" stroke="5" d="M0 0H30"/>', 30.0),
        ('<path FILL="red" stroke="BLACK" fill="None" d="M0 0H30"/>', 30.0),
        ('<path style="d:path(\'M0 0H30\')"/>', 30.0),
    ],
)  # fmt: skip
def test_shapes_have_their_length(body: str, wanted: float) -> None:
    assert ink(read_svg(document(body))) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize(
    ("size", "page"),
    [
        ('width="2in" height="1in"', (50.8, 25.4)),
        ('width="100mm" viewBox="0 0 200 100"', (100.0, 50.0)),
        ('height="100mm" viewBox="0 0 200 100"', (200.0, 100.0)),
        ('viewBox="0 0 96 192"', (25.4, 50.8)),
        ('width="auto" height="auto" viewBox="0 0 96 192"', (25.4, 50.8)),
        ('width="100%" height="100%"', (None, None)),
        ('width="-5" height="96" viewBox="0 0 96 192"', (12.7, 25.4)),
        ("", (None, None)),
    ],
)
def test_the_page_is_as_large_as_it_says(
    size: str, page: tuple[float | None, float | None]
) -> None:
    found = read_svg(document('<line x2="9"/>', size))
    assert (found.width, found.height) == (pytest.approx(page) if page[0] else page)


@pytest.mark.parametrize("unit", [1.0, 1e-3, 1e6])
def test_curves_are_round_at_the_size_at_which_they_are_drawn(unit: float) -> None:
    body = f'<circle cx="{unit / 2}" cy="{unit / 2}" r="{unit * 0.4}"/>'
    (line,) = read_svg(
        document(body, f'viewBox="0 0 {unit} {unit}"'), drawn_mm=200.0
    ).polylines
    line = line / np.ptp(line[:, 0]) * 200.0
    centre = (line.max(axis=0) + line.min(axis=0)) / 2
    radii = np.hypot(*(line - centre).T)
    middles = np.hypot(*((line[1:] + line[:-1]) / 2 - centre).T)
    assert np.allclose(radii, 100.0, atol=1e-9)
    assert 0.001 < 100.0 - middles.min() < 0.021


@pytest.mark.parametrize("radius", [0.25, 0.5, 1.0, 3.0, 10.0, 40.0])
def test_points_of_circles_lie_exactly_on_them(radius: float) -> None:
    (line,) = read_svg(
        document(f'<circle cx="50" cy="45" r="{radius}"/>', 'width="100mm" height="90mm" '
                 'viewBox="0 0 100 90"')
    ).polylines  # fmt: skip
    assert np.allclose(np.hypot(line[:, 0] - 50.0, line[:, 1] - 45.0), radius, atol=1e-9)
    area = abs((line[:-1, 0] * line[1:, 1] - line[1:, 0] * line[:-1, 1]).sum()) / 2
    assert area == pytest.approx(np.pi * radius**2, rel=0.03)


def test_a_million_units_are_read_with_few_points() -> None:
    body = '<path d="M0 0C1000000 0 0 1000000 1000000 1000000"/>'
    found = read_svg(document(body, 'viewBox="0 0 1000000 1000000"'))
    assert len(found.polylines[0]) < 2000
    assert bounds(found.polylines).width > 0.0


@pytest.mark.parametrize(
    ("stops", "shown"),
    [
        ('<stop stop-color="#fff"/><stop offset="1"/>', 50.0),
        ('<stop stop-color="#fff"/><stop offset=".6"/>', 30.0),
        (
            '<stop stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity=".2"/>',
            62.5,
        ),
        (
            '<stop stop-color="#fff"/><stop offset="1" stop-opacity="0"/>',
            100.0 - 50.0 * 2**0.5,
        ),
        ('<stop stop-color="#eee"/>', 100.0),
    ],
)
def test_a_mask_that_fades_shows_what_more_than_half_of_is_seen(
    stops: str, shown: float
) -> None:
    """A pen has ink or none; along the way of 100 mm the mask falls from white to less."""
    found = read_svg(
        document(
            f'<linearGradient id="g">{stops}</linearGradient><mask id="m">'
            '<rect width="100" height="50" fill="url(#g)" stroke="none"/></mask>'
            '<path d="M0 25H100V26" mask="url(#m)"/>'
        )
    )
    assert found.polylines[0][-1, 0] - found.polylines[0][0, 0] == pytest.approx(shown)
    assert told(found) == {"svg-mask-half": 1}


@pytest.mark.parametrize(("opacity", "shown"), [(0.3, True), (0.7, False)])
def test_a_faint_shade_in_a_mask_hides_once_it_hides_half(opacity: float, shown: bool) -> None:
    found = read_svg(
        document(
            '<mask id="m"><g stroke="none"><rect width="100" height="50" fill="#fff"/>'
            f'<rect width="100" height="50" fill="#000" fill-opacity="{opacity}"/></g></mask>'
            '<path d="M0 9V30H5" mask="url(#m)"/><path d="M60 0V30"/>'
        )
    )
    assert len(found.polylines) == 1 + shown


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ('<image width="9" height="9" href="x.png"/>', {"svg-picture": 1}),
        ("<foreignObject/>", {"svg-foreign": 1}),
        ("<path/><path x='5'/>", {"svg-path-without-data": 2}),
        ('<path d="M0 0L9 9 what"/>', {"svg-path-broken": 1}),
        ('<g transform="rotate(foo)"/>', {"svg-transform-odd": 1}),
        ('<rect width="-9" height="9"/>', {"svg-shape-odd": 1}),
        ('<use href="#no"/>', {"svg-reference-lost": 1}),
        ('<g id="a"><use href="#a"/></g>', {"svg-reference-circular": 1}),
        (
            '<mask id="m"><text fill="#fff">a</text></mask>'
            '<path mask="url(#m)" d="M9 9V20H5"/>',
            {"svg-mask": 1},
        ),
        ('<g filter="blur(2px)"/>', {"svg-filter": 1}),
        ('<line x2="9" opacity=".5"/>', {"svg-see-through": 1}),
        ('<line x2="9" stroke-dasharray=".00001"/>', {"svg-dashes-fine": 1}),
        ('<line x1="90" x2="109" y2="9"/>', {"svg-over-the-edge": 1}),
        ('<rect fill="red" stroke="none" width="9" height="9"/>', {"svg-area": 1}),
        ('<rect fill="white" stroke="none" width="9" height="9"/>', {"svg-white-area": 1}),
        ('<text y="20" fill="black">a☃ß</text>', {"svg-text": 1, "svg-letter": 1}),
        (
            '<pattern id="p" width=".004" height=".004"><path d="M0 0H9"/></pattern>'
            '<rect fill="url(#p)" stroke="none" width="9" height="9"/>',
            {"svg-area": 1},
        ),
        ('<title>x</title><metadata/><script>1</script><rect fill="none" stroke="none"/>', {}),
    ],
)
def test_what_is_not_drawn_as_it_is_is_told(body: str, codes: dict[str, int]) -> None:
    assert told(read_svg(document('<line x2="9"/>' + body))) == codes


def test_an_area_too_involved_for_its_seen_edge_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_rings: object) -> None:
        raise SvgError("svg-too-involved")

    body = '<path fill="red" stroke="none" d="M9 9H40V40H9ZM20 20H60V45H20Z"/>'
    monkeypatch.setattr("firmware_gcode.drawing.svg_parts.inker.rim", refused)
    found = read_svg(document(body))
    assert told(found) == {"svg-area": 1, "svg-area-involved": 1}
    assert ink(found) == pytest.approx(124.0 + 130.0)


def test_a_file_that_says_no_colour_is_a_drawing_of_lines() -> None:
    text = f'<svg {NS} viewBox="0 0 99 99"><line x2="9"/><path d="M0 0H9V9"/></svg>'
    found = read_svg(text)
    assert ink(found) == pytest.approx(27.0 * 25.4 / 96)
    assert told(found) == {"svg-no-paint": 1}


def test_lines_know_their_layer_and_colour() -> None:
    body = (
        '<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:label="Red pen" id="one">'
        '<g><line x2="9" stroke="red"/></g></g><g id="two"><line x2="9" stroke="#00F"/></g>'
        '<line x2="9"/>'
    )
    found = read_svg(document(body))
    assert [(mark.layer, mark.colour) for mark in found.marks] == [
        ("Red pen", "#ff0000"), ("two", "#0000ff"), ("", "#000000")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", '<?xml version="1.0" encoding="UTF-16"?>'),
        ("utf-16-le", '<?xml version="1.0" encoding="UTF-16"?>'),
        ("utf-16-be", ""),
        ("latin-1", '<?xml version="1.0" encoding="ISO-8859-1"?>'),
        ("cp1252", "<?xml version='1.0' encoding='windows-1252' standalone='no'?>"),
        ("utf-8", '<?xml version="1.0" encoding="UTF-16"?>'),
        ("koi8-r", '<?xml version="1.0" encoding="koi8-r"?>'),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_files_in_any_encoding_are_read(
    tmp_path: Path, encoding: str, declared: str, *, packed: bool
) -> None:
    name = "и" if encoding == "koi8-r" else "é"
    body = f'<g id="{name}"><line x2="10"/></g>'
    data = (declared + document(body)).encode(encoding)
    path = tmp_path / "cat.svg"
    path.write_bytes(gzip.compress(data) if packed else data)
    (mark,) = read_svg(path).marks
    assert mark.layer == name


BOMB = "".join(
    f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, 9)
)
CHAIN = "".join(
    f'<clipPath id="c{n}" clip-path="url(#c{n + 1})"><rect width="9" height="9"/></clipPath>'
    for n in range(2000)
)
NESTED = 2000


def doubled(tag: str, drawn: str) -> str:
    """Thirty markers, masks or clip paths, each of which needs the one before twice."""
    levels = (f'<{tag} id="r{n}">{drawn.format(n - 1) * 2}</{tag}>' for n in range(1, 31))
    return document(f"<{tag} id='r0'/>{''.join(levels)}{drawn.format(30)}")


DOUBLED = {
    "use": doubled("g", '<use href="#r{}"/>'),
    "symbol": doubled("symbol", '<use href="#r{}" width="9" height="9"/>'),
    "hidden-half": doubled("g", '<g display="none"/><use href="#r{}"/>'),
    "marker": doubled("marker", '<path d="M0 0h9h9" stroke="red" marker-mid="url(#r{})"/>'),
    "marker-ends": doubled("marker", '<line x2="9" stroke="red" style="marker:url(#r{})"/>'),
    "mask": doubled("mask", '<rect fill="#fff" width="9" height="9" mask="url(#r{})"/>'),
    "clip": doubled("clipPath", '<rect width="9" height="9" clip-path="url(#r{})"/>'),
}
LAUGHS = (
    '<!DOCTYPE svg [<!ENTITY a "hahahahahaha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefg", "bcdefgh", strict=True)
    )
    + "]>"
)
QUADRATIC = f'<!DOCTYPE svg [<!ENTITY a "{"ha" * 20_000}">]>'
AI = '<!DOCTYPE svg [<!ENTITY ns_ai "http://x/"><!ENTITY d "M0 0H9">]>'


def test_depth_alone_is_no_trouble() -> None:
    deep = '<g transform="translate(.001)">' * NESTED + '<line x2="9"/>' + "</g>" * NESTED
    assert ink(read_svg(document(deep))) == pytest.approx(9.0)
    box = '<clipPath id="c" clipPathUnits="objectBoundingBox">'
    box += '<rect width=".5" height="1"/></clipPath>'
    deep = '<g clip-path="url(#c)">' * 40 + '<path d="M0 0L9 9"/>' + "</g>" * 40
    assert ink(read_svg(document(box + deep))) == pytest.approx(4.5 * 2**0.5)


def test_entities_are_plain_text() -> None:
    text = AI + document('<path xmlns:i="&ns_ai;" d="&d;V9"/>')
    assert ink(read_svg(text)) == pytest.approx(18.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (document(""), "draws no line"),
        (document("<path/><text>☃</text>"), "left out: 1 letter.*; 1 path without d"),
        (document('<path d="M0 0LNaN 5L9 9"/>'), "draws no line"),
        (document('<line x2="5"/>', 'width="0" height="9"'), "no width or no height"),
        (
            document(f'<line id="g0" x2="1"/>{BOMB}<use href="#g8"/>'),
            "more than 9000 elements",
        ),
        (LAUGHS + document("<text>&h;</text>"), "entities"),
        (QUADRATIC + document("<desc>" + "&a;" * 1000 + "</desc>"), "entities"),
        (document(f'<path d="M0 0{"C1 1 2 2 3 3" * 9999}"/>'), "more than 9000 points"),
        (document(f'<path d="M0 0{"L1 1 2 2 3 3" * 9999}"/>'), "more than 9000 points"),
        (document(f'<path d="M0 0{"a1 1 0 002 3" * 9999}"/>'), "more than 9000 points"),
        (document(f'<polyline points="{"1 1 2 2 3 3 " * 9999}"/>'), "more than 9000 points"),
        (document('<circle r="9"/>' * 999), "more than 9000 points"),
        (document(CHAIN + '<line clip-path="url(#c0)" x2="9"/>'), "too involved"),
        (
            document("<text>" + "<tspan>" * 2000 + "a" + "</tspan>" * 2000 + "</text>"),
            "involved",
        ),
        (document(f"<style>{'*{fill:red}' * 99}</style>{'<g/>' * 99}"), "involved"),
        ("<svg><line", "not valid SVG"),
        ("<svg><g></svg>", "not valid SVG"),
        ("<html><p/></html>", "not SVG"),
        ("no/such/file.svg", "cannot be read"),
        ("a\0b.svg", "cannot be read"),
    ],
)
def test_bad_files_are_refused_soon(
    text: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = "firmware_gcode.drawing.svg_parts"
    monkeypatch.setattr(f"{parts}.walker.MAX_ELEMENTS", 9000)
    monkeypatch.setattr(f"{parts}.path.MAX_POINTS", 9000)
    monkeypatch.setattr(f"{parts}.style._MOST_MATCHES", 9000)
    monkeypatch.setattr(f"{parts}.inker.MAX_POINTS", 9000)
    before = time.process_time()
    with pytest.raises(SvgError, match=words) as caught:
        read_svg(text)
    assert "\n" not in str(caught.value)
    assert time.process_time() - before < 2.0


@pytest.mark.parametrize("text", DOUBLED.values(), ids=DOUBLED)
def test_what_doubles_thirty_times_is_refused_before_it_is_made(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited: list[object] = []
    visit = Walker._visit

    def counting(self: Walker, element: Any, *state: Any) -> Any:
        visited.append(element)
        return visit(self, element, *state)

    monkeypatch.setattr(Walker, "_visit", counting)
    with pytest.raises(SvgError, match="more than 300000 elements"):
        read_svg(text)
    assert len(visited) < 1000


def test_copies_that_are_not_shown_are_not_counted() -> None:
    bombs = "".join(
        f'<g {hidden}><use href="#g8"/></g>'
        for hidden in (
            'display="none"',
            'style="display:none"',
            'opacity="0"',
            'systemLanguage="xx"',
            'class="off"',
        )
    )
    chosen = '<switch><line x2="1" y2="9"/><use href="#g8"/></switch>'
    style = "<style>.off{display:none}</style>"
    text = f'<line id="g0" x2="1"/>{style}<defs>{BOMB}</defs>{bombs}{chosen}'
    assert len(read_svg(document(text)).polylines) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not valid SVG"),
        (bytes(range(256)) * 10, "not text in utf-8"),
        (b'<?xml version="1.0" encoding="klingon"?><svg/>', "encoding that is not known"),
        (b"<svg>\xff\xfe</svg>", "not text in utf-8"),
        (gzip.compress(b"<svg/>" * 99, mtime=0)[:-20], "damaged"),
        (b"\x1f\x8b" + b"x" * 99, "damaged"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "cat.svg"
    path.write_bytes(data)
    with pytest.raises(SvgError, match=words):
        read_svg(path)


def test_a_packed_file_is_unpacked_no_further_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "cat.svgz"
    path.write_bytes(gzip.compress(b"<svg>" + b" " * (MAX_BYTES + 9)))
    with pytest.raises(SvgError, match="larger than 100 MB"):
        read_svg(path)
