"""More small SVG files: grammar, style sheets, boxes, clipped areas, strokes in masks, pictures."""
# ruff: noqa: E501  # each is one file, best read in one line

from __future__ import annotations

import base64
import gzip

from tests.firmware_gcode.drawing.svg_cases import ARROW, CROSS, P, svg

RECT = f'<rect {P} x="30" y="40" width="90" height="60"/>'
SOLID = '<rect fill="#000" x="30" y="40" width="90" height="60"/>'
HALF = (
    '<clipPath id="h" clipPathUnits="objectBoundingBox"><path d="M0 0H.6V.7H0Z"/></clipPath>'
)

GRAMMAR = {
    name: f'<path {P} d="{d}"/>{ARROW}'
    for name, d in {
        "comma-first": "M,20 100L90 180",
        "comma-after-a-letter": "M20 100L,90 180",
        "two-commas": "M20 100L50 150,,90 180",
        "comma-before-a-letter": "M20 100,L90 180",
        "two-commas-in-an-arc": "M20 100A30,,30 0 0 1 90 180",
        "arc-after-arc": "M20 100A30 30 0 0 1 60 180, 30,30,0,0,1,90,100",
        "no-break-space": "M20 100L50\u00a0150",
        "digits-of-another-script": "M20 100L\u0665\u0660 150",
    }.items()
} | {
    "points-two-commas": f'<polyline {P} points="20 100 90 180,,120 100 130 99"/>{ARROW}',
    "points-comma-first": f'<polyline {P} points=",20 100 90 180"/>{ARROW}',
    "transform-two-commas": f'<g transform="translate(20,,30)">{RECT}</g>',
    "transforms-two-commas": f'<g transform="translate(20),,rotate(9)">{RECT}</g>',
    "view-box-two-commas": f'<svg width="100" height="100" viewBox="0,,0 50 50">{RECT}</svg>',
    "aspect-of-no-sense": f'<svg width="150" height="90" viewBox="0 0 150 150" preserveAspectRatio="xMinYMin what">{RECT}</svg>',
    "length-before-its-unit": f'<line {P} x1="20 mm" y1="20" x2="90" y2="150"/>',
}
STYLES = {
    "no-properties": '<style>line{x1:90;y2:5}polygon{points:0 0,9 9,9 0}</style>'
    f'<line {P} x1="20" y1="20" x2="60" y2="150"/><polygon {P} points="90 20 150 90 60 90"/>',
    "media-width": f"<style>@media (max-width:1px){{path{{display:none}}}}</style>{ARROW}",
    "media-dark": f"<style>@media (prefers-color-scheme:dark){{path{{display:none}}}}</style>{ARROW}",
    "inherited-by-word": f'<g overflow="visible"><svg x="50" y="50" width="30" height="30" overflow="inherit">{ARROW}</svg></g>',
    "inherited-opacity": f'<g opacity="1"><g opacity="inherit">{ARROW}</g></g>',
    "extensions-empty": f'<g requiredExtensions="">{RECT}</g>{ARROW}',
    "colour-of-no-sense": f'<g color="none"><path fill="none" stroke="currentColor" d="M20 20H90V60"/></g>{ARROW}',
    "fallback-on-a-flat-line": '<linearGradient id="g"><stop/><stop offset="1" stop-color="navy"/></linearGradient>'
    '<path stroke="url(#g) black" d="M20 180H180"/>',
    "stops-of-no-opacity": f'<linearGradient id="g"><stop stop-color="rgba(0,0,0,0)"/></linearGradient><rect fill="url(#g)" width="90" height="90"/>{ARROW}',
    "white-to-black": '<linearGradient id="g" x1=".5" x2=".5"><stop stop-color="white"/><stop offset="1"/></linearGradient>'
    '<rect fill="url(#g)" x="20" y="20" width="90" height="90"/>',
    "filter-without-parts": f'<filter id="f"/><g filter="url(#f)">{RECT}</g>{ARROW}',
    "filter-without-room": f'<filter id="f" width="0"><feOffset/></filter><g filter="url(#f)">{RECT}</g>{ARROW}',
} | {
    f"pattern-{name}": f'<pattern id="p" patternUnits="userSpaceOnUse" {size}>{body}</pattern><rect fill="url(#p)" width="90" height="90"/>{ARROW}'
    for name, size, body in (
        ("without-width", 'width="0" height="9"', "<rect width='9' height='9'/>"),
        ("without-size", "", "<rect width='9' height='9'/>"),
        ("negative", 'width="-9" height="9"', "<rect width='9' height='9'/>"),
        ("of-nothing", 'width="9" height="9"', "<rect fill='none' width='9' height='9'/>"),
        ("of-words", 'width="9" height="9"', "<title>x</title>"),
        ("in-itself", 'width="9" height="9"', "<rect fill='url(#p)' width='9' height='9'/>"),
    )
}  # fmt: skip
AREAS = {
    "star": '<path fill="#000" d="M100 20L150 180 20 80H180L50 180Z"/>',
    "overlap": '<path fill="#000" d="M20 20H120V120H20ZM60 60H160V160H60Z"/>',
    "inside-the-same-way": '<path fill="#000" d="M20 20H120V120H20ZM40 40H100V100H40Z"/>',
    "hole": '<path fill="#000" d="M20 20H120V120H20ZM40 40V100H100V40Z"/>',
    "side-by-side": '<path fill="#000" d="M20 20H100V100H20ZM100 20H180V100H100Z"/>',
    "there-and-back": '<path fill="#000" d="M20 20H100V60V20L160 150H20Z"/>',
    "loop": '<path fill="#000" d="M20 100C200 0 0 0 180 100L180 150Q100 20 20 150Z"/>',
    "clipped": f'<clipPath id="c"><circle cx="90" cy="80" r="40"/></clipPath><g clip-path="url(#c)">{SOLID}</g>',
    "clipped-ring": '<clipPath id="c"><path clip-rule="evenodd" d="M50 20H150V150H50ZM70 50H130V90H70Z"/></clipPath>'
    f'<g clip-path="url(#c)">{SOLID}</g>',
    "clipped-by-two": '<clipPath id="c"><circle cx="90" cy="80" r="40"/></clipPath><clipPath id="d"><path d="M20 20H99V150Z"/>'
    f'</clipPath><g clip-path="url(#d)"><g clip-path="url(#c)">{SOLID}</g></g>',
    "clip-of-overlaps": '<clipPath id="c"><circle cx="70" cy="80" r="30"/><circle cx="95" cy="70" r="30"/></clipPath>'
    f'<g clip-path="url(#c)">{SOLID}</g>',
    "clip-around": f'<clipPath id="c"><circle cx="100" cy="100" r="90"/></clipPath><g clip-path="url(#c)">{SOLID}</g>',
    "masked": f'<mask id="k"><circle cx="90" cy="80" r="40" fill="#fff"/></mask><g mask="url(#k)">{SOLID}</g>',
    "cut-by-a-viewport": f'<svg x="9" y="9" width="80" height="70">{SOLID}</svg>',
    "not-cut-by-the-page": '<rect fill="#000" x="-20" y="40" width="90" height="60"/>',
}
BOXES = {
    name: f'{HALF}<g clip-path="url(#h)">{SOLID}{other}</g>'
    for name, other in {
        "hidden": '<rect visibility="hidden" width="180" height="180"/>',
        "unpainted": '<rect fill="none" width="180" height="180"/>',
        "clear": '<rect opacity="0" width="180" height="180"/>',
        "none": '<rect display="none" width="180" height="180"/>',
        "curve": '<path fill="none" d="M10 100C10 0 190 0 190 100Z"/>',
        "turned": '<ellipse fill="none" cx="100" cy="130" rx="80" ry="20" transform="rotate(30 100 130)"/>',
    }.items()
} | {
    "of-a-use": f'{HALF}<defs><g id="a">{RECT}</g></defs><use clip-path="url(#h)" href="#a" x="20" y="15"/>',
    "clip-transform": HALF.replace("<clipPath", "<clipPath transform='scale(.8)'")
    + f'<g clip-path="url(#h)">{SOLID}</g>',
    "mask-on-a-flat-line": f'<mask id="k"><rect width="200" height="200" fill="#fff"/></mask><path {P} mask="url(#k)" d="M20 180H180"/>{ARROW}',
}  # fmt: skip
PLACES = {
    "clip-on-a-use": f'<clipPath id="c"><circle cx="90" cy="90" r="50"/></clipPath><defs><g id="a">{CROSS}</g></defs><use clip-path="url(#c)" href="#a" x="20" y="-30"/>',
    "mask-on-a-use": '<mask id="c" maskUnits="userSpaceOnUse" width="200" height="200"><circle cx="50" cy="90" r="35" fill="#fff"/></mask>'
    f'<defs><g id="a">{CROSS}</g></defs><use mask="url(#c)" href="#a" x="20" y="-30"/>',
    "clip-on-a-viewport": f'<clipPath id="c"><circle cx="90" cy="90" r="50"/></clipPath><svg clip-path="url(#c)" x="20" y="10" width="150" height="150">{CROSS}</svg>',
    "clip-on-a-view-box": f'<clipPath id="c"><circle cx="90" cy="90" r="50"/></clipPath><svg clip-path="url(#c)" x="20" y="10" width="150" height="150" viewBox="0 0 220 220">{CROSS}</svg>',
    "clip-child-hidden-by-opacity": f'<clipPath id="c"><circle opacity="0" cx="90" cy="90" r="50"/></clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "clip-child-masked": f'<mask id="k"/><clipPath id="c"><circle mask="url(#k)" cx="90" cy="90" r="50"/></clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "marker-hidden-itself": '<marker id="m" display="none" markerWidth="10" markerHeight="10"><path d="M0 0H9V5Z"/></marker>'
    f'<path {P} marker-end="url(#m)" d="M20 30L150 90"/>',
    "marker-of-shares": f'<marker id="m" markerWidth="20%" markerHeight="20%" refX="5%" refY="2%"><circle {P} cx="12" cy="12" r="9"/></marker>'
    f'<path {P} marker-end="url(#m)" d="M20 30L150 90"/>',
}
CONTEXT = {
    f"marker-{name}": f'<marker id="m" markerWidth="20" markerHeight="20"><path {paints} d="M0 0L18 9L0 18Z"/></marker>'
    f'<path {own} marker-end="url(#m)" marker-start="url(#m)" d="M40 60L100 40L160 100"/>'
    for name, paints, own in (
        ("fill", 'fill="context-fill"', P),
        ("stroke", 'fill="none" stroke="context-stroke"', 'fill="none" stroke="#000"'),
        ("crossed", 'fill="none" stroke="context-fill"', P),
        ("no-stroke", 'fill="none" stroke="context-stroke"', 'fill="#f00"'),
        ("of-no-opacity", 'fill="none" stroke="context-stroke"', f'stroke-opacity="0" {P}'),
    )
} | {
    "nowhere": f'<rect fill="context-fill" stroke="context-stroke" x="20" y="90" width="50" height="50"/>{ARROW}',
    "use": f'<defs><rect id="r" width="60" height="60" fill="context-fill" stroke="context-stroke"/></defs><use href="#r" x="20" y="20" {P}/>',
    "use-of-use": '<defs><rect id="r" width="60" height="60" fill="context-fill" stroke="context-stroke"/><use id="v" href="#r" fill="none" stroke="context-stroke"/></defs>'
    f'<use href="#v" x="20" y="20" {P}/>',
}  # fmt: skip
MASKS = {
    name: f'<mask id="k">{body}</mask><g mask="url(#k)">{CROSS}</g>'
    for name, body in {
        "stroke": '<path d="M20 100H170" stroke="#fff" stroke-width="60"/>',
        "stroke-ring": '<circle cx="100" cy="100" r="50" fill="none" stroke="#fff" stroke-width="20"/>',
        "stroke-and-fill": '<circle cx="100" cy="100" r="50" fill="#fff" stroke="#fff" stroke-width="20"/>',
        "stroke-of-black": '<rect width="200" height="200" fill="#fff"/><path d="M20 60L180 140" stroke="#000" stroke-width="30"/>',
        "stroke-of-a-curve": '<path d="M20 60C60 180 140 20 180 140" fill="none" stroke="#fff" stroke-width="30"/>',
        "stroke-miter": '<path d="M40 160L100 70L160 160" fill="none" stroke="#fff" stroke-width="30"/>',
        "stroke-miter-too-long": '<path d="M80 160L100 80L120 160" fill="none" stroke="#fff" stroke-width="30"/>',
        "stroke-bevel": '<path d="M40 160L100 90L160 160" fill="none" stroke-linejoin="bevel" stroke="#fff" stroke-width="30"/>',
        "stroke-round": '<path d="M40 160L100 90L160 120" fill="none" stroke-linejoin="round" stroke-linecap="round" stroke="#fff" stroke-width="30"/>',
        "stroke-square": '<path d="M40 100H150" stroke-linecap="square" stroke="#fff" stroke-width="30"/>',
        "stroke-closed": '<path d="M50 60H150V150H50Z" fill="none" stroke="#fff" stroke-width="30"/>',
        "stroke-dashed": '<path d="M0 100H200" stroke-dasharray="30 20" stroke="#fff" stroke-width="60"/>',
        "stroke-dot": '<path d="M100 100h0" stroke-linecap="round" stroke="#fff" stroke-width="60"/><path d="M20 100h0" stroke-linecap="square" stroke="#fff" stroke-width="20"/>',
        "stroke-stretched": '<path transform="scale(2 1)" d="M20 100H80V40" fill="none" stroke="#fff" stroke-width="30"/>',
        "group-of-opacity": '<g opacity=".8"><circle cx="100" cy="100" r="60" fill="#fff"/></g>',
        "in-itself": '<g mask="url(#k)"><circle cx="100" cy="100" r="60" fill="#fff"/></g>',
    }.items()
} | {
    "of-a-mask": '<mask id="j"><rect width="110" height="200" fill="#fff"/></mask><mask id="k" mask="url(#j)"><circle cx="100" cy="100" r="60" fill="#fff"/></mask>'
    f'<g mask="url(#k)">{CROSS}</g>',
}


def picture(inner: str, place: str, *, packed: bool = False) -> str:
    """An image that is a file itself."""
    data = inner.encode()
    data = gzip.compress(data) if packed else data
    return (
        f'<image {place} href="data:image/svg+xml;base64,{base64.b64encode(data).decode()}"/>'
    )


ROUND = svg(f'<circle {P} cx="50" cy="50" r="45"/>', 'viewBox="0 0 100 100"')
SQUARE = 'x="20" y="30" width="100" height="100"'
PICTURES = {
    "plain": picture(ROUND, SQUARE),
    "packed": picture(ROUND, SQUARE, packed=True),
    "as-text": f"<image {SQUARE} href='data:image/svg+xml;utf8,{ROUND.replace('#', '%23').replace('<', '%3C')}'/>",
    "wide": picture(ROUND, 'x="20" y="30" width="150" height="80"'),
    "stretched": picture(ROUND, 'x="20" y="30" width="150" height="80" preserveAspectRatio="none"'),
    "turned": picture(ROUND, f'{SQUARE} transform="rotate(20)"'),
    "hidden": picture(ROUND, f'{SQUARE} visibility="hidden"') + ARROW,
    "clear": picture(ROUND, f'{SQUARE} opacity="0"') + ARROW,
    "without-width": picture(ROUND, 'x="20" y="30" width="0" height="80"') + ARROW,
    "one-side-said": picture(ROUND, 'x="20" y="30" height="80"'),
    "clipped": '<clipPath id="c"><rect width="60" height="200"/></clipPath>'
    + picture(ROUND, SQUARE + " clip-path='url(#c)'"),
    "used": "<defs>" + picture(ROUND, SQUARE + " id='p'") + "</defs><use href='#p' x='50'/>",
    "its-own-names": '<g id="a"/><style>circle{stroke:none}</style>'
    + picture(svg(f'<defs><circle id="a" {P} r="20"/></defs><use href="#a" x="50" y="50"/>', 'viewBox="0 0 100 100"'), SQUARE),
    "in-a-mask": '<mask id="k">' + picture(ROUND.replace(P, "fill='#fff'"), SQUARE)
    + f'</mask><g mask="url(#k)">{CROSS}</g>',
}  # fmt: skip
TRIANGLE = f'<path {P} d="M3 3L15 6L8 16Z"/>'
PATTERNS = {
    name: f'<pattern id="p" {said}>{body}</pattern><rect fill="url(#p)" x="20" y="30" width="110" height="90"/>'
    for name, said, body in (
        ("lines", 'patternUnits="userSpaceOnUse" width="20" height="20"', TRIANGLE),
        ("cut-tiles", 'patternUnits="userSpaceOnUse" width="12" height="12"', TRIANGLE),
        ("areas", 'patternUnits="userSpaceOnUse" width="20" height="20"', '<rect x="4" y="3" width="10" height="9"/>'),
        ("of-one-area", 'patternUnits="userSpaceOnUse" width="20" height="20"', '<rect width="20" height="20"/>'),
        ("of-the-box", 'width=".25" height=".25"', TRIANGLE),
        ("of-the-box-moved", 'x=".1" y="5%" width="25%" height=".25"', TRIANGLE),
        ("content-of-the-box", 'width=".25" height=".25" patternContentUnits="objectBoundingBox"',
         f'<path {P} stroke-width=".01" d="M.05 .05L.2 .1L.1 .2Z"/>'),
        ("turned", 'patternUnits="userSpaceOnUse" width="20" height="20" patternTransform="rotate(30) scale(1.2)"', TRIANGLE),
        ("over-its-edge", 'patternUnits="userSpaceOnUse" width="20" height="20"', f'<circle {P} cx="10" cy="10" r="12"/>'),
        ("in-a-view-box", 'patternUnits="userSpaceOnUse" width="20" height="20" viewBox="0 0 40 40"', TRIANGLE),
    )
} | {
    "with-a-stroke": f'<pattern id="p" patternUnits="userSpaceOnUse" width="20" height="20">{TRIANGLE}</pattern>'
    '<circle fill="url(#p)" stroke="#000" cx="100" cy="80" r="50"/>',
    "from-another": f'<pattern id="o" patternUnits="userSpaceOnUse" width="20" height="20">{TRIANGLE}</pattern>'
    '<pattern id="p" href="#o" x="9"/><path fill="url(#p)" d="M20 30H130V120H20Z"/>',
    "in-a-mask": '<pattern id="p" width="40" height="40" patternUnits="userSpaceOnUse"><rect x="2" y="1" width="20" height="20" fill="#fff"/></pattern>'
    f'<mask id="k"><rect width="200" height="200" fill="url(#p)"/></mask><path mask="url(#k)" {P} d="M0 90H200M0 131H200"/>',
}  # fmt: skip
MARKED = f'marker-start="url(#m)" marker-mid="url(#m)" marker-end="url(#m)" {P}'
DOT = f'<path {P} stroke-width=".7" d="M1 1L9 5L1 9Z"/>'
CUT = '<clipPath id="c" clipPathUnits="objectBoundingBox">{}</clipPath>'
ODDITIES = {
    "marker-on-a-segment-of-no-length": f'<marker id="m" markerWidth="10" markerHeight="10" orient="auto" refX="5" refY="5">{DOT}</marker>'
    f'<path {MARKED} stroke-width="2" d="M50 50L100 50L100 50L100 120"/>',
    "marker-orient-with-blanks": f'<marker id="m" markerWidth="10" markerHeight="10" orient=" auto ">{DOT}</marker>'
    f'<path {MARKED} stroke-width="2" d="M30 40L100 60L60 150"/>',
    "clip-percent-of-the-viewport": CUT.format(
        '<rect x="10%" width="50%" height="50%"/><rect width=".5" height=".6"/>'
    )
    + f'<g clip-path="url(#c)">{RECT}</g>{ARROW}',
    "pattern-about-a-point": f'<pattern id="p" width="30" height="30" patternUnits="userSpaceOnUse" patternTransform="rotate(20)" transform-origin="100 100">{TRIANGLE}</pattern>'
    '<rect fill="url(#p)" x="20" y="20" width="120" height="100"/>',
    "pattern-with-itself-in-it": f'<pattern id="p" width="24" height="24" patternUnits="userSpaceOnUse">{TRIANGLE}<rect x="18" y="18" width="4" height="4" fill="url(#p)"/></pattern>'
    '<rect fill="url(#p)" x="20" y="20" width="120" height="100"/>',
    "nested-size-in-a-style": f'<svg x="20" y="20" style="width:60px;height:60px;x:90px">{RECT}</svg>',
    "origin-of-no-sense": f'<g transform="rotate(20)" transform-origin="what">{RECT}</g>',
    "transform-of-another-case": f'<g transform="Rotate(20)">{RECT}</g>',
    "transform-with-a-unit": f'<g transform="rotate(20deg)">{RECT}</g>',
    "transform-inherited-by-word": f'<g transform="translate(20 9)"><g transform="inherit">{RECT}</g></g>',
    "picture-in-a-picture": picture(
        svg(picture(ROUND, SQUARE) + RECT), 'width="200" height="200"'
    ),
    "picture-three-deep": picture(
        svg(picture(svg(picture(ROUND, SQUARE)), SQUARE)), 'width="200" height="200"'
    ),
}
FINER: dict[str, str] = {
    f"{group}: {name}": svg(body)
    for group, bodies in (
        ("grammar", GRAMMAR),
        ("style", STYLES),
        ("area", AREAS),
        ("box", BOXES),
        ("place", PLACES),
        ("context", CONTEXT),
        ("mask", MASKS),
        ("pattern", PATTERNS),
        ("picture", PICTURES),
        ("oddity", ODDITIES),
    )
    for name, body in bodies.items()
}
