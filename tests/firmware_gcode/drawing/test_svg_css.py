"""What browsers know of CSS and resvg does not: each file is drawn as a plainer one."""
# ruff: noqa: E501  # each is a part of a file, best read in one line

from __future__ import annotations

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import bounds, length
from firmware_gcode.drawing.svg_in import SvgDrawing, SvgError, read_svg
from tests.firmware_gcode.drawing.svg_cases import P, svg

BOX = f'{P} x="40" y="50" width="80" height="50"'
PLAIN = f'<path {P} d="M5 180H190"/>'


def rect(attributes: str = "") -> str:
    """A rectangle of 80 by 50 units, unless said otherwise."""
    return f"<rect {attributes} {BOX}/>"


def same(one: SvgDrawing, other: SvgDrawing) -> None:
    """Both have the same lines."""
    assert len(one.polylines) == len(other.polylines)
    for line, wanted in zip(one.polylines, other.polylines, strict=True):
        assert line == pytest.approx(wanted, abs=1e-6)


VARIABLES = {
    "in a sheet": ("<style>:root{--w:70px}rect{width:var(--w)}</style>" + rect(), 70),
    "in place": (rect('style="--w:70px;width:var(--w)"'), 70),
    "of one around": ('<g style="--w:70px">' + rect('style="width:var(--w)"') + "</g>", 70),
    "of another": ("<style>g{--w:var(--v)}svg{--v:70px}rect{width:var(--w)}</style><g>" + rect() + "</g>", 70),
    "missing, with another value": (rect('style="width:var(--no, 70px)"'), 70),
    "missing twice": (rect('style="width:var(--no, var(--nor,70px))"'), 70),
    "in a circle": (rect('style="--a:var(--b);--b:var(--a);width:var(--a,70px)"'), 70),
    "of another case": ("<style>:root{--W:9px}rect{width:var(--w,70px)}</style>" + rect(), 70),
    "given by a use": (f'<defs><rect id="r" {BOX} style="width:var(--w)"/></defs><use style="--w:70px" href="#r"/>', 70),
    "multiplied": ("<style>svg{--a:5;--b:calc(var(--a)*1px)}rect{width:calc(var(--b) * 14)}</style>" + rect(), 70),
    "of no sense": (rect('style="--w:red;width:var(--w)"') + '<rect width="0"/>', 0),
}  # fmt: skip
COMPUTED = {
    "calc(60px + 5%)": 70,
    "calc(100px - 15px*2)": 70,
    "calc((10px + 4px) * (2 + 3))": 70,
    "calc(1em * 3 + 22px)": 70,
    "min(50%, 70px, 9em)": 70,
    "max(1px, 35%)": 70,
    "clamp(10px, 100px, 70px)": 70,
    "calc(-1 * (-70px))": 70,
    "calc(1px + )": 80,
    "calc(1px + 3)": 80,
    "calc(70px / 0)": 80,
    "calc(2px * 35px)": 80,
    "calc(1px 2px)": 80,
    "calc(70)px": 80,
    "what(70px)": 80,
}
TRANSFORMS = {
    "translate(10%, 5%)": "translate(20 10)",
    "translate(calc(10px + 5%), 3px)": "translate(20 3)",
    "translateX(10px) translateY(5px)": "translate(10 5)",
    "translate3d(10px, 20px, 5px)": "translate(10 20)",
    "rotate(.1turn) rotateZ(10grad)": "rotate(45)",
    "skew(10deg, 5deg)": f"matrix(1 {np.tan(np.pi / 36)} {np.tan(np.pi / 18)} 1 0 0)",
    "skew(10deg) skewY(5deg)": "skewX(10) skewY(5)",
    "scale(50%)": "scale(.5)",
    "scale3d(.5, .6, 2) scaleX(2)": "scale(1 .6)",
    "rotateX(60deg)": "scale(1 .5)",
    "rotateY(60deg)": "scale(.5 1)",
    "matrix3d(1,0,0,0,0,1,0,0,0,0,1,0,20,10,0,1)": "translate(20 10)",
    "translate(5px,5px); transform-origin: 9px 9px": "translate(5 5)",
    "rotate(20deg); transform-origin: right 30px": "rotate(20 200 30)",
    "rotate(20deg); transform-origin: what": "rotate(20)",
    "rotate(20deg); transform-box: fill-box": "rotate(20 40 50)",
    "rotate(20deg); transform-box: fill-box; transform-origin: center": "rotate(20 80 75)",
    "translate(50%, 20%); transform-box: fill-box": "translate(40 10)",
    "skewX(10deg); translate: 20px 10px; rotate: 10deg; scale: .5": "translate(20 10) rotate(10) scale(.5) skewX(10)",
    "none; rotate: z 10deg": "rotate(10)",
    "none": "",
}  # fmt: skip


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_is_what_it_stands_for(name: str) -> None:
    body, wide = VARIABLES[name]
    wanted = f'<rect {P} x="40" y="50" width="{wide}" height="50"/>'
    same(read_svg(svg(PLAIN + body)), read_svg(svg(PLAIN + wanted)))


def test_a_variable_that_stands_for_nothing_takes_what_is_inherited() -> None:
    found = read_svg(
        svg(PLAIN + '<g stroke="none">' + rect('style="stroke:var(--no)"') + "</g>")
    )
    assert len(found.polylines) == 1
    found = read_svg(
        svg(
            PLAIN
            + '<g stroke="none"><path fill="none" stroke="var(--no, red)" d="M0 0H9"/></g>'
        )
    )
    assert found.marks[-1].colour == "#ff0000"


def test_variables_beyond_number_are_refused() -> None:
    many = ";".join(f"--a{n}:1" for n in range(1001))
    with pytest.raises(SvgError, match="involved"):
        read_svg(svg(rect(f'style="{many}"')))


def test_a_variable_of_a_clip_path_is_that_of_its_own_place() -> None:
    deep = f'<g style="--w:70px">{"<g>" * 99}<clipPath id="c"><rect style="width:var(--w)" height="200"/></clipPath>{"</g>" * 99}</g>'
    clip = '<clipPath id="c"><rect width="70" height="200"/></clipPath>'
    wide = f'<path clip-path="url(#c)" {P} d="M5 180H190"/>'
    same(read_svg(svg(deep + wide)), read_svg(svg(clip + wide)))


def test_variables_that_multiply_come_to_nothing() -> None:
    doubled = "".join(f"--a{n}:var(--a{n - 1})var(--a{n - 1});" for n in range(1, 60))
    body = rect(f'style="--a0:1px;{doubled}width:var(--a59)"') + PLAIN
    assert len(read_svg(svg(body)).polylines) == 1


@pytest.mark.parametrize("value", COMPUTED)
def test_a_length_is_computed(value: str) -> None:
    body = rect(f'style="width:{value}"')
    wanted = f'<rect {P} x="40" y="50" width="{COMPUTED[value]}" height="50"/>'
    same(read_svg(svg(PLAIN + body)), read_svg(svg(PLAIN + wanted)))


def test_a_length_in_an_attribute_is_computed() -> None:
    body = f'<rect {P} x="40" y="50" width="calc(50% - 3 * 10px)" height="50"/>'
    same(read_svg(svg(PLAIN + body)), read_svg(svg(PLAIN + rect('style="width:70px"'))))


def test_numbers_and_dashes_are_computed() -> None:
    body = rect('style="stroke-opacity:calc(2 - 1*2)"')
    assert len(read_svg(svg(PLAIN + body)).polylines) == 1
    dashed, wanted = (
        read_svg(svg(rect(f'stroke-dasharray="{dashes}"')))
        for dashes in ("calc(10px + 5%) min(5px, 9px)", "20 5")
    )
    same(dashed, wanted)


@pytest.mark.parametrize("css", TRANSFORMS)
def test_a_transform_of_css_has_units_percentages_and_a_box(css: str) -> None:
    found = read_svg(svg(PLAIN + rect(f'transform="scale(3)" style="transform:{css}"')))
    same(found, read_svg(svg(PLAIN + rect(f'transform="{TRANSFORMS[css]}"'))))
    assert "svg-transform-odd" not in [told.code for told in found.otherwise]


@pytest.mark.parametrize(
    "value",
    ["translate(20px 10px)", "rotate(20deg)", "Translate(20 10)", "skewx(9)", "scale(50%)"],
)
def test_a_transform_in_an_attribute_has_the_grammar_of_svg(value: str) -> None:
    found = read_svg(svg(PLAIN + rect(f'transform="{value}"')))
    same(found, read_svg(svg(PLAIN + rect())))
    assert [told.code for told in found.otherwise] == ["svg-transform-odd"]


@pytest.mark.parametrize(
    "body",
    [
        "<style>rect{stroke:what;width:what;transform:what(3)}</style>" + rect(),
        rect('style="stroke:what;width:what;transform:what(3)"'),
        '<style media="print">rect{display:none}</style>' + rect(),
        '<g transform="translate(0)">' + rect('transform="inherit"') + "</g>",
    ],
)
def test_what_css_cannot_read_is_as_if_it_were_not_said(body: str) -> None:
    found, wanted = (read_svg(svg(PLAIN + each)) for each in (body, rect()))
    same(found, wanted)


SHAPES = {
    "circle(40px at 60px 30px)": '<circle cx="100" cy="80" r="40"/>',
    "circle()": '<circle cx="80" cy="75" r="25"/>',
    "circle(farthest-side at left)": '<circle cx="40" cy="75" r="80"/>',
    "circle(30% at 50% 50%)": f'<circle cx="80" cy="75" r="{0.3 * np.hypot(80, 50) / 2**0.5}"/>',
    "circle(30%) view-box": '<circle cx="100" cy="100" r="60"/>',
    "ellipse(40px 20px at 50px 30px)": '<ellipse cx="90" cy="80" rx="40" ry="20"/>',
    "ellipse()": '<ellipse cx="80" cy="75" rx="40" ry="25"/>',
    "inset(10px)": '<path d="M50 60H110V90H50Z"/>',
    "inset(5px 10%)": '<path d="M48 55H112V95H48Z"/>',
    "inset(5px 10px 15px)": '<path d="M50 55H110V85H50Z"/>',
    "inset(5px 10px 15px 20px) fill-box": '<path d="M60 55H110V85H60Z"/>',
    "inset(calc(5px + 10%))": '<path d="M53 60H107V90H53Z"/>',
    "inset(5px round 10px)": '<rect x="45" y="55" width="70" height="40" rx="10"/>',
    "inset(5px round 99px)": '<rect x="45" y="55" width="70" height="40" rx="20"/>',
    "xywh(10px 10px 60px 30px)": '<path d="M50 60H110V90H50Z"/>',
    "rect(10px 70px 40px auto)": '<path d="M40 60H110V90H40Z"/>',
    "polygon(0 0, 100% 0, 50% 100%)": '<path d="M40 50H120L80 100Z"/>',
    "polygon(evenodd, 0 0, 80px 0, 0 50px, 0 0, 9px 9px, 30px 9px, 9px 20px, 9px 9px)": '<path clip-rule="evenodd" d="M40 50H120L40 100V50L49 59H70L49 70V59Z"/>',
    "path('M0 0H60V40Z')": '<path d="M40 50H100V90Z"/>',
    "fill-box": '<path d="M40 50H120V100H40Z"/>',
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_of_css_cuts_as_a_clip_path_does(shape: str) -> None:
    clip = f'<clipPath id="c">{SHAPES[shape]}</clipPath>'
    turned = 'transform="rotate(20)"' if "inset" in shape else ""
    solid = f'<rect {{}} {turned} fill="#000" x="40" y="50" width="80" height="50"/>'
    found = read_svg(svg(PLAIN + solid.format(f'style="clip-path:{shape}"'))).polylines
    wanted = read_svg(svg(PLAIN + clip + solid.format('clip-path="url(#c)"'))).polylines
    assert sum(map(length, found)) == pytest.approx(sum(map(length, wanted)), rel=1e-3)
    ours, theirs = bounds(found[1:]), bounds(wanted[1:])
    assert (ours.x0, ours.y0, ours.x1, ours.y1) == pytest.approx(
        (theirs.x0, theirs.y0, theirs.x1, theirs.y1), abs=1e-2
    )


@pytest.mark.parametrize(
    "value",
    ["none", "circle(q)", "circle(-3px)", "inset()", "inset(1px 2px 3px 4px 5px)", "what(3px)",
     "polygon(1px)", "path('M')", "circle(3px) what-box", "circle(1px at)", "ellipse(3px 4px 5px)"],
)  # fmt: skip
def test_a_shape_that_cannot_be_read_cuts_nothing(value: str) -> None:
    found, wanted = (
        read_svg(svg(PLAIN + rect(f'style="clip-path:{clip}"'))) for clip in (value, "")
    )
    same(found, wanted)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('pathLength="26" stroke-dasharray="2 1" stroke-dashoffset="1"', 'stroke-dasharray="20 10" stroke-dashoffset="10"'),
        ('pathLength="0" stroke-dasharray="2 1"', ""),
        ('pathLength="-5" stroke-dasharray="20 10"', 'stroke-dasharray="20 10"'),
        ('pathLength="what" stroke-dasharray="20 10"', 'stroke-dasharray="20 10"'),
        ('stroke-dasharray="20,,10"', ""),
    ],
)  # fmt: skip
def test_dashes_are_as_long_as_the_length_of_the_path_says(one: str, other: str) -> None:
    same(read_svg(svg(rect(one))), read_svg(svg(rect(other))))


LINES = '<path id="p" fill="none" d="M20 60H70M20 120H180"/>'
WORDS = 'font-size="20" fill="black"'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f'<g dominant-baseline="hanging"><text {WORDS} y="60">ab</text></g>', f'<text {WORDS} y="74">ab</text>'),
        (f'<g style="text-transform:uppercase"><text {WORDS} y="60">ab</text></g>', f'<text {WORDS} y="60">AB</text>'),
        (f'<text {WORDS} y="60" style="text-transform:capitalize">ab cd</text>', f'<text {WORDS} y="60">Ab Cd</text>'),
        (f'<text {WORDS} y="60" textLength="-9">ab</text>', f'<text {WORDS} y="60">ab</text>'),
        (f'<text {WORDS} x="9 q" y="60">ab</text>', f'<text {WORDS} y="60">ab</text>'),
        (f'<text {WORDS}><textPath href="#p" startOffset="50">ab</textPath></text>', f'<text {WORDS} x="20" y="120">ab</text>'),
        (f'<text {WORDS}><textPath path="M20 60H180" startOffset="9">ab</textPath></text>', f'<text {WORDS} x="29" y="60">ab</text>'),
        ('<path id="q" fill="none" pathLength="10" d="M20 60H180"/>'
         f'<text {WORDS}><textPath href="#q" startOffset="2">ab</textPath></text>', f'<text {WORDS} x="52" y="60">ab</text>'),
        ('<path id="q" fill="none" pathLength="10" d="M20 60H180"/>'
         f'<text {WORDS}><textPath href="#q" startOffset="20%">ab</textPath></text>', f'<text {WORDS} x="52" y="60">ab</text>'),
        (f'<text {WORDS} y="60" style="white-space:pre-line">a   b</text>', f'<text {WORDS} y="60">a b</text>'),
        (f'<text {WORDS} y="60" style="white-space:pre-wrap">a   b</text>', f'<text {WORDS} y="60" xml:space="preserve">a   b</text>'),
        (f'<text {WORDS} y="60">a<tspan systemLanguage="fr">b</tspan>c</text>', f'<text {WORDS} y="60">ac</text>'),
        (f'<text {WORDS} style="--s:30px;font-size:var(--s)" y="60">ab</text>', '<text font-size="30" fill="black" y="60">ab</text>'),
    ],
)  # fmt: skip
def test_text_is_set_as_browsers_set_it(one: str, other: str) -> None:
    same(read_svg(svg(LINES + one)), read_svg(svg(LINES + other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f'<symbol id="s" width="60" height="60">{rect()}</symbol><use href="#s"/>',
         f'<symbol id="s">{rect()}</symbol><use href="#s" width="60" height="60"/>'),
        (f'<use href="#a%20b"/><defs><g id="a b">{rect()}</g></defs>', rect()),
        (f'<g style="clip-path:var(--c);--c:circle(30px)">{rect()}</g>', f'<g style="clip-path:circle(30px)">{rect()}</g>'),
    ],
)  # fmt: skip
def test_what_is_used_is_placed_as_browsers_place_it(one: str, other: str) -> None:
    same(read_svg(svg(PLAIN + one)), read_svg(svg(PLAIN + other)))
