"""Small SVG files over everything that a viewer heeds; resvg's picture is the right answer."""
# ruff: noqa: E501  # each is one file, best read in one line

from __future__ import annotations

XMLNS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
P = 'fill="none" stroke="black" stroke-linejoin="round"'
"""A thin line."""


def svg(body: str, attributes: str = 'width="200" height="200" viewBox="0 0 200 200"') -> str:
    """A document, 200 by 200 unless said otherwise."""
    return f"<svg {XMLNS} {attributes}>{body}</svg>"


ARROW = f'<path {P} d="M20 20H180V60L120 180"/>'
CORNER = f'<path {P} stroke-width=".4" d="M0 0H50V30"/>'

SHAPES = {
    "rect": f'<rect {P} x="20" y="30" width="100" height="60"/>',
    "rect-turned": f'<rect {P} transform="rotate(30 100 100)" x="40" y="70" width="90" height="40"/>',
    "rect-skewed": f'<rect {P} transform="skewX(20)" x="20" y="70" width="90" height="40"/>',
    "rect-rounded": f'<rect {P} x="20" y="30" width="100" height="60" rx="20"/>',
    "rect-rounded-ry": f'<rect {P} x="20" y="30" width="100" height="60" ry="50"/>',
    "rect-rounded-both": f'<rect {P} x="20" y="30" width="100" height="60" rx="40" ry="10"/>',
    "rect-rounded-too-much": f'<rect {P} x="20" y="30" width="100" height="60" rx="999"/>',
    "rect-rounded-negative": f'<rect {P} x="20" y="30" width="100" height="60" rx="-9" ry="20"/>',
    "rect-percent": f'<rect {P} x="10%" y="20%" width="50%" height="25%"/>',
    "circle-turned": f'<circle {P} transform="rotate(45) scale(2 .5)" cx="80" cy="30" r="20"/>',
    "circle-percent": f'<circle {P} cx="50%" cy="50%" r="25%"/>',
    "ellipse": f'<ellipse {P} cx="100" cy="90" rx="70" ry="30"/>',
    "ellipse-turned": f'<ellipse {P} transform="rotate(25 100 100)" cx="100" cy="90" rx="70" ry="30"/>',
    "ellipse-auto": f'<ellipse {P} cx="100" cy="90" rx="60"/>',
    "ellipse-skewed": f'<ellipse {P} transform="skewY(15)" cx="100" cy="90" rx="70" ry="30"/>',
    "line": f'<line {P} x1="20" y1="30" x2="150" y2="180"/>',
    "line-units": f'<line {P} x1="5mm" y1="1cm" x2="1.5in" y2="100pt"/>',
    "line-pc": f'<line {P} x1="1pc" y1="2pc" x2="10pc" y2="11pc"/>',
    "polyline": f'<polyline {P} points="20,20 80 90,120,20 180 150"/>',
    "polyline-odd": f'<polyline {P} points="20 20 80 90 120 20 180"/>',
    "polyline-broken": f'<polyline {P} points="20 20 80 90 120 20 # 9 9"/>',
    "polygon": f'<polygon {P} points="20,20 80,90 120,20 180,150"/>',
    "em": f'<g font-size="20"><rect {P} x="1em" y="1em" width="5em" height="4em" rx="1em"/></g>',
    "ex": f'<g font-size="20"><rect {P} x="1ex" y="1ex" width="9ex" height="8ex"/></g>',
    "em-nested": f'<g font-size="10"><g font-size="2em"><rect {P} width="5em" height="4em"/></g></g>',
    "filled-rect": '<rect x="20" y="30" width="100" height="60"/>',
    "filled-open-path": '<path fill="black" d="M20 20H150V120"/>',
    "filled-star": '<path fill="#0a0" fill-rule="evenodd" d="M100 20L150 180 20 80H180L50 180Z"/>',
    "white-on-black": '<circle cx="100" cy="100" r="80"/><circle cx="90" cy="80" r="30" fill="#fff"/>',
    "white-background": f'<rect width="200" height="200" fill="white"/>{ARROW}',
}
PATHS = {
    name: f'<path {P} d="{d}"/>'
    for name, d in {
        "relative": "m20 20 30 10 h40 v20 l-10 40 z m60 60 l20 20 h30",
        "no-spaces": "M20,20L80-1e1.5.5L120.5.5-3-4",
        "cubic": "M20 100C20 20 180 20 180 100S100 190 60 150",
        "cubic-relative": "m20 100c0-80 160-80 160 0s-80 90-120 50",
        "smooth-first": "M20 100S100 20 180 100",
        "quadratic": "M20 100Q60 20 100 100T180 100",
        "quadratic-relative": "m20 100q40-80 80 0t80 0t-50 50",
        "smooth-quadratic-first": "M20 100T100 100T180 60",
        "smooth-after-quadratic": "M20 100Q60 20 100 100S150 30 180 100",
        "smooth-quadratic-after-cubic": "M20 100C30 20 80 20 100 100T180 100",
        "smooth-cubic-after-t": "M10 80T60 80S100 150 140 80",
        "arc": "M20 100A50 30 20 0 1 120 100",
        "arc-large": "M20 100A50 30 20 1 0 100 100",
        "arc-flags": "M20 100a50 30 20 0110 20 50 30 0 10-20 10",
        "arc-too-small": "M20 100A5 5 0 0 1 150 100",
        "arc-no-radius": "M20 100A0 30 0 0 1 150 60",
        "arc-negative": "M20 100A-60 -60 0 0 1 100 40",
        "arc-four": "M40 100A60 60 0 0 0 160 100A60 60 0 0 0 40 100",
        "after-close": "M20 20H80V80Z L150 150",
        "after-close-relative": "M20 20H80V80Z m50 50 h30",
        "many-moves": "M20 20 80 20 80 80 M100 100 150 150",
        "exponent": "M2e1 2E1L1.5e2 15e1",
        "broken-late": "M20 20L100 40L150 nonsense",
        "broken-flag": "M20 20L80 60A30 30 0 7 1 150 150",
        "nan": "M20 20L80 60LNaN 5L9 9",
        "short-pair": "M20 20L80 60L90",
        "hv": "M20 20H80V60h-30v50H150",
        "spiral": "M100 100C100 90 120 90 120 100C120 130 80 130 80 100C80 60 140 60 140 100",
        "commas": "M 20 , 20 L 80 , 60 , 90 , 150",
        "newlines": "M20\n20\tL80\n60",
    }.items()
}
TRANSFORMS = {
    name: f'<g transform="{transform}">{ARROW}</g>'
    for name, transform in {
        "translate": "translate(10 -5)",
        "translate-one": "translate(12)",
        "scale": "scale(.5)",
        "scale-two": "scale(.5 .8)",
        "rotate": "rotate(20)",
        "rotate-about": "rotate(40 100 100)",
        "skew-x": "skewX(10)",
        "skew-y": "skewY(-15)",
        "matrix": "matrix(.8 .2 -.3 .7 30 10)",
        "list": "translate(100,100)rotate(30) , scale(.5),translate(-100 -100)",
        "mirror": "translate(200 0) scale(-1 1)",
        "bad": "rotate(foo)",
        "bad-name": "turn(30)",
        "nested-in-text": " \n translate( 10 , 10 )\n",
    }.items()
} | {
    "origin": f'<g transform="rotate(30)" transform-origin="100 100">{ARROW}</g>',
    "origin-words": f'<g transform="scale(.5)" transform-origin="center">{ARROW}</g>',
    "origin-percent": f'<g transform="rotate(20)" transform-origin="50% 25%">{ARROW}</g>',
    "origin-right-bottom": f'<g transform="scale(.5)" transform-origin="right bottom">{ARROW}</g>',
    "flat": f'{ARROW}<g transform="scale(0 1)">{CORNER}</g>',
}
HIDDEN = {
    name: ARROW + body
    for name, body in {
        "visibility": f'<path {P} visibility="hidden" d="M20 180H180"/>',
        "visibility-collapse": f'<path {P} visibility="collapse" d="M20 180H180"/>',
        "visibility-back": f'<g visibility="hidden"><path {P} d="M0 9H99"/><path {P} '
        'visibility="visible" d="M20 180H180"/></g>',
        "display": f'<g display="none"><path {P} display="inline" d="M20 180H180"/></g>',
        "opacity": f'<g opacity="0"><path {P} d="M20 180H180"/></g>',
        "opacity-percent": f'<path {P} opacity="0%" d="M20 180H180"/>',
        "stroke-opacity": f'<path {P} stroke-opacity="0" d="M20 180H180"/>',
        "fill-opacity": '<path fill-opacity="0" d="M20 180H180V150"/>',
        "stroke-width": f'<path {P} stroke-width="0" d="M20 180H180"/>',
        "no-paint": '<rect x="3" y="3" width="190" height="190" fill="none"/>',
        "transparent": '<rect x="3" y="3" width="190" height="190" fill="transparent"/>',
        "rgba-zero": '<rect x="3" y="3" width="190" height="190" fill="rgba(0,0,0,0)"/>',
        "line-without-stroke": '<line x1="20" y1="180" x2="180" y2="180"/>',
        "defs": f'<defs><path {P} d="M20 180H180"/></defs>',
        "symbol": f'<symbol><path {P} d="M20 180H180"/></symbol>',
        "marker": f'<marker id="m"><path {P} d="M20 180H180"/></marker>',
        "mask": f'<mask id="m"><path {P} d="M20 180H180"/></mask>',
        "pattern": f'<pattern id="m"><path {P} d="M20 180H180"/></pattern>',
        "clip-path": '<clipPath id="m"><path d="M20 180H180V9"/></clipPath>',
        "metadata": f'<metadata><path {P} d="M20 180H180"/></metadata>',
        "title": f'<title><path {P} d="M20 180H180"/></title>',
        "unknown": f'<glyph><path {P} d="M20 180H180"/></glyph>',
        "other-namespace": '<x:path xmlns:x="urn:x" d="M20 180H180" stroke="black"/>',
        "zero-circle": f'<circle {P} cx="100" cy="100" r="0"/>',
        "negative-circle": f'<circle {P} cx="100" cy="100" r="-9"/>',
        "zero-rect": f'<rect {P} x="100" y="100" width="0" height="30"/>',
        "negative-rect": f'<rect {P} x="100" y="100" width="-30" height="30"/>',
        "no-d": f'<path {P} x="5" y="7" width="0" height="28"/>',
        "empty-d": f'<path {P} d=""/>',
        "bad-start": f'<path {P} d="L20 180H180"/>',
        "extension": f'<path {P} requiredExtensions="urn:x" d="M20 180H180"/>',
        "language": f'<path {P} systemLanguage="ja" d="M20 180H180"/>',
        "missing-gradient": '<path stroke="none" fill="url(#nothing)" d="M20 180H180V150"/>',
    }.items()
}
STYLES = {
    "attribute": '<path style="fill:none;stroke:black" d="M20 20H180V60"/>',
    "attribute-wins": f'<path {P} style="stroke:none" d="M20 180H180"/>{ARROW}',
    "important": f"<style>path.a{{stroke:none!important}}</style>{ARROW}"
    '<path class="a" fill="none" style="stroke:black" d="M20 180H180"/>',
    "class": '<style>.a{fill:none;stroke:#000}</style><path class="b a" d="M20 20H180V60"/>',
    "cdata": "<style><![CDATA[ .a > path {fill:none;stroke:#000} ]]></style>"
    '<g class="a"><path d="M20 20H180V60"/></g>',
    "element": "<style>path{fill:none;stroke:#000}</style><path d='M20 20H180V60'/>",
    "id": "<style>#x{fill:none;stroke:#000}</style><path id='x' d='M20 20H180V60'/>",
    "universal": "<style>*{fill:none;stroke:#000}</style><path d='M20 20H180V60'/>",
    "descendant": "<style>g path{fill:none;stroke:#000}</style><g><g><path d='M20 20H180V60'/></g></g>",
    "first-child": "<style>path:first-child{fill:none;stroke:#000}</style><g><path d='M20 20H180V60'/>"
    "<path fill='none' d='M9 9H180V90'/></g>",
    "attribute-selector": "<style>[id=x]{fill:none;stroke:#000}</style><path id='x' d='M20 20H180V60'/>",
    "specific": "<style>#x{stroke:black}.a{stroke:none}path{fill:none}</style>"
    "<path id='x' class='a' d='M20 20H180V60'/>",
    "comment": "<style>/* [x */ path{fill:none;/* y */stroke:#000}</style><path d='M20 20H180V60'/>",
    "broken-rule": "<style>@@ {; path{} .a{fill:none;stroke:#000}</style>" + ARROW,
    "other-type": f'<style type="text/x">path{{display:none}}</style>{ARROW}',
    "hidden-class": f"<style>.h{{display:none}}</style>{ARROW}<g class='h'>{CORNER}</g>",
    "current-color": '<g color="black"><path fill="none" stroke="currentColor" d="M20 20H180V60"/></g>',
    "inherit": f'<g {P}><path d="M20 20H180V60"/></g>',
    "inherit-word": f'<g {P}><path stroke="inherit" d="M20 20H180V60"/></g>',
    "colours": '<g fill="none"><path stroke="rgb(0 0 0)" d="M20 20H180"/><path stroke="hsl(0,0%,10%)" '
    'd="M20 50H180"/><path stroke="#00f" d="M20 80H180"/><path stroke="#ff0000ff" d="M20 99H180"/></g>',
    "gradient": '<linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/>'
    '</linearGradient><path fill="none" stroke="url(#g)" d="M20 20H180V60"/>',
    "gradient-in-a-flat-box": '<linearGradient id="g"><stop/><stop offset="1" stop-color="navy"/></linearGradient><g stroke="url(#g)" fill="none">'
    '<path d="M20 180H180"/><path d="M20 20V90H180"/></g>',
    "gradient-on-a-flat-line": '<linearGradient id="g" gradientUnits="userSpaceOnUse" x2="9"><stop/></linearGradient>'
    '<path stroke="url(#g)" d="M20 180H180"/>',
    "gradient-fallback": '<path fill="none" stroke="url(#no) black" d="M20 20H180V60"/>',
    "invalid-visibility": f'<path {P} visibility="what" d="M20 20H180V60"/>',
    "media": f"<style>@media print{{path{{display:none}}}}</style>{ARROW}",
}
STRUCTURE = {
    "use": f'<defs><g id="a">{CORNER}</g></defs><use href="#a" x="30" y="40"/>',
    "use-turned": f'<defs><rect id="a" {P} width="60" height="30"/></defs>'
    '<use href="#a" transform="translate(100 100) rotate(60)"/>',
    "use-xlink": f'<defs><path id="a" {P} d="M0 0H50V30"/></defs><use xlink:href="#a" x="30"  y="9"/>',
    "use-style": '<defs><path id="a" d="M0 0H50V30"/></defs>'
    f'<use {P} xlink:href="#a" x="30"  y="9"/>',
    "use-own-style": '<defs><path id="a" fill="none" stroke="black" d="M0 0H50V30"/></defs>'
    '<use stroke="none" xlink:href="#a" x="30"  y="9"/>',
    "use-before": f'<use xlink:href="#a" x="30" y="9"/><path id="a" {P} d="M0 0H50V30"/>',
    "use-of-use": f'<defs><g id="a">{CORNER}</g><use id="b" href="#a" x="50"/></defs>'
    '<use href="#b" y="60"/><use href="#b" y="90" x="9"/>',
    "use-self": f'{ARROW}<g id="a">{CORNER}<use href="#a" x="9"/></g>',
    "use-itself": f'{ARROW}<use id="a" href="#a"/>',
    "use-nothing": f'{ARROW}<use href="#nothing"/>',
    "use-elsewhere": f'{ARROW}<use href="other.svg#a"/>',
    "symbol-once": f'<symbol id="s">{CORNER}</symbol><use href="#s" x="100" y="100"/>',
    "symbol-box": f'<symbol id="s" viewBox="0 0 100 50">{CORNER}</symbol>'
    '<use href="#s" x="20" y="30" width="150" height="150"/>',
    "symbol-aspect": f'<symbol id="s" viewBox="0 0 100 50" preserveAspectRatio="none">{CORNER}</symbol>'
    '<use href="#s" x="20" y="30" width="150" height="150"/>',
    "symbol-cut": f'<symbol id="s" viewBox="0 0 30 50">{CORNER}</symbol>'
    '<use href="#s" x="20" y="30" width="90" height="150"/>',
    "symbol-overflow": f'<symbol id="s" viewBox="0 0 30 50" overflow="visible">{CORNER}</symbol>'
    '<use href="#s" x="20" y="30" width="90" height="150"/>',
    "nested": f'<svg x="50" y="60" width="100" height="80">{CORNER}</svg>',
    "nested-box": f'<svg x="50" y="60" width="100" height="80" viewBox="0 0 50 30">{CORNER}</svg>',
    "nested-slice": f'<svg x="50" y="60" width="100" height="80" viewBox="0 0 50 30" '
    f'preserveAspectRatio="xMinYMax slice">{CORNER}</svg>',
    "nested-none": f'<svg x="50" y="60" width="100" height="80" viewBox="-9 0 80 40" '
    f'preserveAspectRatio="none">{CORNER}</svg>',
    "nested-cut": f'<svg x="50" y="60" width="40" height="80">{CORNER}</svg>',
    "nested-overflow": f'<svg x="50" y="60" width="40" height="80" overflow="visible">{CORNER}</svg>',
    "nested-percent": f'<svg x="10%" y="10%" width="50%" height="50%"><rect {P} x="10%" y="10%" '
    'width="50%" height="50%"/></svg>',
    "nested-twice": f'<svg x="20" y="20"><svg x="30" y="30" viewBox="0 0 250 250">{ARROW}</svg></svg>',
    "nested-no-size": f'<svg viewBox="0 0 100 50">{CORNER}</svg>',
    "use-svg": f'<defs><svg id="s" viewBox="0 0 100 50">{CORNER}</svg></defs>'
    '<use href="#s" x="20" width="150" height="150"/>',
    "switch": f'<switch><g systemLanguage="ja">{CORNER}</g><g>{ARROW}</g><g>{CORNER}</g></switch>',
    "switch-language": f'<switch><g systemLanguage="de, en-GB">{ARROW}</g><g>{CORNER}</g></switch>',
    "switch-extension": '<switch><g requiredExtensions="http://ns.adobe.com/x">'
    f"{CORNER}</g><g>{ARROW}</g></switch>",
    "switch-none": f'{ARROW}<switch><g systemLanguage="ja">{CORNER}</g></switch>',
    "switch-foreign": f'<switch><foreignObject width="9" height="9"/><g>{ARROW}</g></switch>',
    "link": f'<a href="#x">{ARROW}</a>',
    "image": f'{ARROW}<image width="9" height="9" href="no.png"/>',
    "comment-bracket": f"<!-- [ <!-x --><!-- ]]> -->{ARROW}",
    "cdata-text": f"<desc><![CDATA[ <path d='M0 0'/> ]]></desc>{ARROW}",
    "processing": f"<?php nothing ?>{ARROW}",
}
CROSS = f'<path {P} d="M0 100H200M100 0V200"/>'
CLIPS = {
    "circle": f'<clipPath id="c"><circle cx="100" cy="100" r="40"/></clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "path": f'<clipPath id="c"><path d="M20 20H150L80 150Z"/></clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "even-odd": '<clipPath id="c"><path clip-rule="evenodd" d="M20 20H180V180H20ZM60 60H140V140H60Z"/>'
    f'</clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "non-zero": '<clipPath id="c"><path d="M20 20H180V180H20ZM60 60H140V140H60Z"/></clipPath>'
    f'<g clip-path="url(#c)">{CROSS}</g>',
    "union": '<clipPath id="c"><circle cx="60" cy="100" r="30"/><rect x="120" y="80" width="50" height="50"/>'
    f'</clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "box-units": '<clipPath id="c" clipPathUnits="objectBoundingBox"><circle cx=".5" cy=".5" r=".4"/>'
    f'</clipPath><rect clip-path="url(#c)" {P} x="40" y="50" width="100" height="80"/>'
    f'<g clip-path="url(#c)"><path {P} d="M20 20L180 150"/><path {P} d="M20 150L150 20"/></g>',
    "transform": '<clipPath id="c" transform="rotate(30 100 100)"><rect x="60" y="60" width="80" height="80"/>'
    f'</clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "child-transform": '<clipPath id="c"><rect transform="rotate(30 100 100)" x="60" y="60" width="80" '
    f'height="80"/></clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "on-transformed": '<clipPath id="c"><circle cx="100" cy="100" r="40"/></clipPath>'
    f'<g transform="scale(.5) translate(60 30)" clip-path="url(#c)">{CROSS}</g>',
    "nested": '<clipPath id="d"><rect width="110" height="200"/></clipPath><clipPath id="c" '
    f'clip-path="url(#d)"><circle cx="100" cy="100" r="40"/></clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "child-clipped": '<clipPath id="d"><rect width="110" height="200"/></clipPath><clipPath id="c">'
    '<circle clip-path="url(#d)" cx="100" cy="100" r="40"/></clipPath>'
    f'<g clip-path="url(#c)">{CROSS}</g>',
    "twice": '<clipPath id="d"><rect width="110" height="200"/></clipPath><clipPath id="c">'
    '<circle cx="100" cy="100" r="40"/></clipPath>'
    f'<g clip-path="url(#d)"><g clip-path="url(#c)">{CROSS}</g></g>',
    "use": '<defs><circle id="o" cx="90" cy="90" r="40"/></defs><clipPath id="c"><use href="#o" x="10" y="10"/>'
    f'</clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "empty": f'<clipPath id="c"/><g clip-path="url(#c)">{CROSS}</g>{ARROW}',
    "missing": f'<g clip-path="url(#no)">{CROSS}</g>',
    "not-shown": '<clipPath id="c"><circle visibility="hidden" cx="100" cy="100" r="80"/>'
    f'<circle cx="100" cy="100" r="40"/></clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "none-filled": '<clipPath id="c"><circle fill="none" cx="100" cy="100" r="40"/></clipPath>'
    f'<g clip-path="url(#c)">{CROSS}</g>',
    "group-ignored": '<clipPath id="c"><g><circle cx="100" cy="100" r="80"/></g>'
    f'<circle cx="100" cy="100" r="40"/></clipPath><g clip-path="url(#c)">{CROSS}</g>',
    "curves": '<clipPath id="c"><path d="M30 100C30 20 170 20 170 100S30 180 30 100"/></clipPath>'
    f'<g clip-path="url(#c)"><circle {P} cx="60" cy="60" r="50"/>{CROSS}</g>',
    "style": '<clipPath id="c"><circle cx="100" cy="100" r="40"/></clipPath>'
    f'<g style="clip-path:url(#c)">{CROSS}</g>',
    "page": f'<path {P} d="M-50 50L250 120M20 -30V300"/>',
    "page-all-round": f'<circle {P} cx="100" cy="100" r="120"/>',
    "dashes": f'<clipPath id="c"><circle cx="100" cy="100" r="60"/></clipPath><g clip-path="url(#c)" '
    f'stroke-dasharray="20 12">{CROSS}</g>',
    "filled": '<clipPath id="c"><circle cx="100" cy="100" r="60"/></clipPath>'
    f'<rect clip-path="url(#c)" {P} x="60" y="60" width="200" height="200"/>',
}
DASHES = {
    "even": f'<path {P} stroke-dasharray="20 10" d="M20 20H180V150"/>',
    "odd": f'<path {P} stroke-dasharray="20" d="M20 20H180V150"/>',
    "three": f'<path {P} stroke-dasharray="30 10 12" d="M20 20H180V150"/>',
    "offset": f'<path {P} stroke-dasharray="20 10" stroke-dashoffset="15" d="M20 20H180V150"/>',
    "offset-negative": f'<path {P} stroke-dasharray="20 10" stroke-dashoffset="-9" d="M20 20H180V150"/>',
    "subpaths": f'<path {P} stroke-dasharray="30 15" d="M20 20H180M20 60H150M20 90h99v30z"/>',
    "circle": f'<circle {P} stroke-dasharray="30 15" cx="100" cy="100" r="70"/>',
    "rect": f'<rect {P} stroke-dasharray="30 15" x="30" y="30" width="140" height="90"/>',
    "rect-rounded": f'<rect {P} stroke-dasharray="30 15" x="30" y="30" width="140" height="90" rx="30"/>',
    "ellipse": f'<ellipse {P} stroke-dasharray="30 15" cx="100" cy="100" rx="80" ry="30"/>',
    "scaled": f'<path {P} transform="scale(2)" stroke-dasharray="10 8" d="M10 10H90V75"/>',
    "stretched": f'<circle {P} transform="scale(2 1)" stroke-dasharray="20 10" cx="50" cy="100" r="40"/>',
    "percent": f'<path {P} stroke-dasharray="10% 5%" d="M20 20H180V150"/>',
    "em": f'<path {P} font-size="10" stroke-dasharray="2em 1em" d="M20 20H180V150"/>',
    "commas": f'<path {P} stroke-dasharray="20,10 , 12,10" d="M20 20H180V150"/>',
    "zeros": f'<path {P} stroke-dasharray="0 0" d="M20 20H180V150"/>',
    "negative": f'<path {P} stroke-dasharray="20 -10" d="M20 20H180V150"/>',
    "none": f'<g stroke-dasharray="20"><path {P} stroke-dasharray="none" d="M20 20H180V150"/></g>',
    "curve": f'<path {P} stroke-dasharray="25 12" d="M20 100C20 20 180 20 180 100S100 190 60 150"/>',
    "polygon": f'<polygon {P} stroke-dasharray="25 12" points="20,20 180,60 90,170"/>',
}


def steps(attributes: str, stops: str, kind: str = "linear") -> str:
    """A mask of a gradient with hard steps: what is half seen is clear to any renderer."""
    edges = "".join(
        f'<stop offset="{at}" stop-color="{shade}"/>'
        for at, shade in (part.split() for part in stops.split(","))
    )
    return (
        f'<{kind}Gradient id="g" {attributes}>{edges}</{kind}Gradient>'
        '<rect width="200" height="200" fill="url(#g)"/>'
    )


MASKED = f'<g mask="url(#k)">{CROSS}<path {P} d="M20 20L180 180"/></g>'
MASKS = {
    name: f'<mask id="k"{attributes}>{body}</mask>{MASKED}{ARROW}'
    for name, attributes, body in (
        ("white", "", '<circle cx="100" cy="100" r="60" fill="white"/>'),
        ("hole", "", '<rect width="200" height="200" fill="#fff"/><circle cx="100" cy="100" r="40"/>'),
        ("alpha", ' style="mask-type:alpha"', '<circle cx="100" cy="100" r="60" fill="#d9d9d9"/>'),
        ("black", "", '<circle cx="100" cy="100" r="60" fill="black"/>'),
        ("empty", "", ""),
        ("island", "", '<rect x="20" y="20" width="160" height="160" fill="#fff"/><circle cx="100" cy="100" '
         'r="60"/><circle cx="100" cy="100" r="30" fill="#fff"/>'),
        ("clipped", "", '<clipPath id="q"><rect width="200" height="110"/></clipPath>'
         '<circle clip-path="url(#q)" cx="100" cy="100" r="60" fill="white"/>'),
        ("box", ' maskContentUnits="objectBoundingBox"', '<circle cx=".5" cy=".5" r=".3" fill="white"/>'),
        ("room", ' maskUnits="userSpaceOnUse" x="50" y="60" width="80" height="50"',
         '<rect width="200" height="200" fill="white"/>'),
        ("room-in-box", ' x="0.1" y="20%" width=".5" height="40%"', '<rect width="200" height="200" fill="#fff"/>'),
        ("along-its-edge", "", '<path d="M100 0H200V100H100Z" fill="#fff"/>'),
        ("gradient", "", steps("", ".4 #fff,.4 #000")),
        ("gradient-turned", "", steps('x2="1" y2="1"', "0 #000,.3 #000,.3 #fff,.6 #fff,.6 #000")),
        ("gradient-user", "", steps('gradientUnits="userSpaceOnUse" x1="30" x2="90" y2="60" gradientTransform='
         '"rotate(20)"', ".5 #ddd,.5 #222")),
        ("gradient-reflect", "", steps('x2=".2" spreadMethod="reflect"', ".5 #fff,.5 #000")),
        ("gradient-repeat", "", steps('x2=".25" y2=".1" spreadMethod="repeat"', ".5 #fff,.5 #000")),
        ("gradient-radial", "", steps("", ".3 #000,.3 #fff,.8 #fff,.8 #000", "radial")),
        ("gradient-focus", "", steps('fx=".3" fy=".4" r=".4"', ".3 #000,.3 #fff,.8 #fff,.8 #000", "radial")),
        ("gradient-stretched", "", steps("", ".6 #fff,.6 #000", "radial")
         .replace('width="200" height="200" fill="url', 'y="60" width="200" height="90" fill="url')),
        ("gradient-over-white", "", '<rect width="200" height="200" fill="#fff"/>' + steps("", ".4 #fff,.4 #000")),
        ("gradient-elsewhere", "", steps("", ".4 #fff,.4 #000").replace('url(#g)', 'url(#h)')
         + '<linearGradient id="h" href="#g" x2="0" y2="1"/>'),
    )
} | {"missing": f'<g mask="url(#no)">{CROSS}</g>'}  # fmt: skip
M = 'marker id="m" markerWidth="10" markerHeight="10" orient="auto"'
TIP = f'<path {P} stroke-width=".5" d="M1 1L9 5L1 9"/>'
MARKERS = {
    "end": f'<{M} refX="9" refY="5">{TIP}</marker><path {P} marker-end="url(#m)" d="M20 30L150 90"/>',
    "all": f'<{M} refX="9" refY="5">{TIP}</marker><path {P} marker-start="url(#m)" marker-mid="url(#m)" '
    'marker-end="url(#m)" d="M20 30L150 90L60 150"/>',
    "shorthand": f'<{M} refX="9" refY="5">{TIP}</marker><path {P} style="marker:url(#m)" '
    'd="M20 30L150 90L60 150"/>',
    "upright": f'<marker id="m" markerWidth="10" markerHeight="10">{TIP}</marker>'
    f'<path {P} marker-end="url(#m)" d="M20 30L150 90"/>',
    "angle": f'<marker id="m" orient="45" markerWidth="10" markerHeight="10">{TIP}</marker>'
    f'<path {P} marker-end="url(#m)" d="M20 30L150 90"/>',
    "box": f'<{M} viewBox="0 0 8 8" refX="2" refY="5">{TIP}</marker>'
    f'<path {P} stroke-width="2" marker-end="url(#m)" d="M20 30L150 90"/>',
    "user-space": f'<{M} markerUnits="userSpaceOnUse">{TIP}</marker>'
    f'<path {P} stroke-width="2" marker-end="url(#m)" d="M20 30L150 90"/>',
    "reverse": f'<{M.replace("auto", "auto-start-reverse")} refX="9" refY="5">{TIP}</marker>'
    f'<path {P} marker-start="url(#m)" marker-end="url(#m)" d="M20 30L150 90"/>',
    "curve": f'<{M} refX="9" refY="5">{TIP}</marker><path {P} marker-start="url(#m)" marker-mid="url(#m)" '
    'marker-end="url(#m)" d="M20 100C20 20 180 20 180 100S100 190 60 150"/>',
    "arc": f'<{M} refX="9" refY="5">{TIP}</marker><path {P} marker-start="url(#m)" '
    'marker-end="url(#m)" d="M40 100A60 40 0 0 1 160 100"/>',
    "line": f'<{M} refX="9" refY="5">{TIP}</marker><line {P} marker-end="url(#m)" x1="20" y1="30" x2="150" '
    'y2="99"/>',
    "polyline": f'<{M} refX="9" refY="5">{TIP}</marker><polyline {P} marker-mid="url(#m)" '
    'points="20,30 150,90 60,150 20,90"/>',
    "overflow": f'<{M.replace("10", "5")} overflow="visible">{TIP}</marker><path {P} marker-end="url(#m)" '
    'd="M20 30L150 90"/>',
    "missing": f'<path {P} marker-end="url(#no)" d="M20 30L150 90"/>',
    "itself": f'<{M}><path {P} marker-end="url(#m)" d="M1 1L9 5"/></marker>'
    f'<path {P} marker-end="url(#m)" d="M20 30L150 90"/>',
}
PAGES = {
    name: svg(ARROW, attributes)
    for name, attributes in {
        "px": 'width="200" height="200"',
        "mm": 'width="50mm" height="50mm" viewBox="0 0 200 200"',
        "in": 'width="2in" height="2in" viewBox="0 0 200 200"',
        "width-only": 'width="100mm" viewBox="0 0 200 200"',
        "height-only": 'height="100mm" viewBox="0 0 200 190"',
        "box-only": 'viewBox="0 0 200 200"',
        "auto": 'width="auto" height="auto" viewBox="0 0 200 200"',
        "percent": 'width="100%" height="100%" viewBox="0 0 200 200"',
        "offset-box": 'width="200" height="200" viewBox="-20 10 300 300"',
        "wide": 'width="400" height="200" viewBox="0 0 200 200"',
        "tall": 'width="200" height="300" viewBox="0 0 200 200"',
        "min": 'width="400" height="200" viewBox="0 0 200 200" preserveAspectRatio="xMinYMin"',
        "max": 'width="200" height="300" viewBox="0 0 200 200" preserveAspectRatio="xMaxYMax meet"',
        "slice": 'width="200" height="300" viewBox="0 0 200 200" preserveAspectRatio="xMidYMid slice"',
        "none": 'width="200" height="300" viewBox="0 0 200 200" preserveAspectRatio="none"',
        "bad-aspect": 'width="200" height="300" viewBox="0 0 200 200" preserveAspectRatio="what"',
        "small-box": 'width="200" height="200" viewBox="10 10 175 175"',
        "pt": 'width="150pt" height="150pt" viewBox="0,0,200,200"',
        "root-style": 'width="200" height="200" style="color:red" fill="none"',
    }.items()
}
CASES: dict[str, str] = PAGES | {
    f"{group}: {name}": svg(body)
    for group, bodies in (
        ("shape", SHAPES),
        ("path", PATHS),
        ("transform", TRANSFORMS),
        ("hidden", HIDDEN),
        ("style", STYLES),
        ("structure", STRUCTURE),
        ("clip", CLIPS),
        ("mask", MASKS),
        ("dashes", DASHES),
        ("markers", MARKERS),
    )
    for name, body in bodies.items()
}
