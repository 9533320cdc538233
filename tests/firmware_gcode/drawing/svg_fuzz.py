"""Mutated SVG files: each is read or refused with a sentence, soon and in bounded memory.

python -m tests.firmware_gcode.drawing.svg_fuzz --seed 1 --files 10000
"""

# ruff: noqa: E501  # lists of words are shorter than long

from __future__ import annotations

import argparse
import random
import re
import resource
import time

import numpy as np

from firmware_gcode.drawing.areas import hatched, occluded
from firmware_gcode.drawing.geometry import DrawingError
from firmware_gcode.drawing.svg_in import SvgError, read_svg
from tests.firmware_gcode.drawing import svg_cases
from tests.firmware_gcode.drawing.svg_finer_cases import FINER

CASES = svg_cases.CASES | FINER
MOST_SECONDS = 20.0
"""Processor time of one file."""
MOST_MB = 1500
"""Memory of all of them."""
_VALUES = (
    "", "0", "-1", "1e9", "1e-9", "1e308", "-1e308", "NaN", "inf", "1e", "e", "%", "100%", "50vw",
    "1em", "9999999999", ".", "-", "url(#a)", "url(#c)", "url(#m)", "url()", "none", "inherit",
    "auto", "rotate(30)", "scale(0)", "scale(1e9)", "matrix(0 0 0 0 0 0)", "translate(1e15)",
    "skewX(90)", "0 0 0 0", "0 0 1e-9 1e-9", "-9 -9 1e9 1e9", "0.0001", "0 0 0 1", "currentColor",
    "#a", "#c", "#s", "M0 0", "M0 0a1e9 1 1 00 1 1", "M0 0C1e14 0 0 1e14 9 9", "M0 0T9 9S9 9",
    "hidden", "visible", "auto-start-reverse", "objectBoundingBox", "evenodd", "fill-box", "\u2603",
    "1,,2", "1e400", "0x10", "rgb(", "var(--x)", "calc(1px + 2px)", "red", "10 1e-7", "center top",
    "var(--x, calc(1px * (2 - var(--y))))", "calc(1px / 0)", "calc(((((", "clamp(1px, 9%, 5em)", "none; --x: var(--y); --y: var(--x)",
    "inset(10% round 1e9px)", "circle(at left)", "polygon(0 0, 1e9px 0, 0 1%)", "path('M0 0H9V9Z')", "ellipse(0 0)", "rect(1px auto)",
    "translate(50%, calc(1px + 2%)) rotateX(90deg)", "scale3d(1e9, 0, 1)", "transform: skew(89.9999deg); transform-box: fill-box",
)  # fmt: skip
_NAMES = (
    "transform", "clip-path", "mask", "filter", "marker-start", "marker-mid", "stroke-dasharray",
    "stroke-dashoffset", "viewBox", "preserveAspectRatio", "font-size", "transform-origin",
    "transform-box", "opacity", "fill", "stroke", "display", "visibility", "href", "d", "points",
    "width", "height", "x", "y", "r", "rx", "id", "class", "style", "orient", "refX", "overflow",
    "clipPathUnits", "markerUnits", "textLength", "rotate", "dx", "startOffset", "stroke-width",
    "stroke-linecap", "systemLanguage", "text-anchor", "letter-spacing", "baseline-shift",
    "pathLength", "text-transform", "path", "dominant-baseline",
)  # fmt: skip
_TAGS = (
    "g", "svg", "use", "symbol", "clipPath", "marker", "path", "rect", "text", "tspan", "switch",
    "textPath", "circle", "defs", "mask", "style", "image", "polyline", "linearGradient",
)  # fmt: skip
_SIGNS = "<>&;\"'/[]()#%-+.eE09 ,zZmMaAcC\0\u2603\n"
_ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
_TAG = re.compile(r"<(/?)(\w+)")


def mutated(chance: random.Random) -> str:
    """One file, a few things wrong with it."""
    names = list(CASES)
    text = CASES[chance.choice(names)]
    if chance.random() < 0.3:  # two files in one
        other = CASES[chance.choice(names)]
        text = text.replace("</svg>", other + "</svg>", 1)
    for _ in range(chance.randint(1, 6)):
        text = chance.choice(_WAYS)(chance, text)
    return text


def _value(chance: random.Random, text: str) -> str:
    found = list(_ATTRIBUTE.finditer(text))
    if not found:
        return text
    one = chance.choice(found)
    value = chance.choice(_VALUES)
    if chance.random() < 0.3:
        value = f"{one[2]} {value}"
    return f'{text[: one.start()]}{one[1]}="{value}"{text[one.end() :]}'


def _attribute(chance: random.Random, text: str) -> str:
    found = list(_TAG.finditer(text))
    one = chance.choice(found)
    if one[1]:
        return text
    more = f' {chance.choice(_NAMES)}="{chance.choice(_VALUES)}"'
    return text[: one.end()] + more + text[one.end() :]


def _tag(chance: random.Random, text: str) -> str:
    old = chance.choice(_TAG.findall(text))[1]
    return re.sub(rf"(</?){old}\b", rf"\g<1>{chance.choice(_TAGS)}", text)


def _sign(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(_SIGNS) + text[at + chance.randint(0, 1) :]


def _piece(chance: random.Random, text: str) -> str:
    a, b = sorted(chance.randrange(len(text)) for _ in range(2))
    return text[:a] + text[a:b] * chance.choice((0, 2, 3)) + text[b:]


def _number(chance: random.Random, text: str) -> str:
    found = list(re.finditer(r"[-+]?\d+(\.\d+)?", text))
    if not found:
        return text
    one = chance.choice(found)
    return text[: one.start()] + chance.choice(_VALUES) + text[one.end() :]


_WAYS = (_value, _attribute, _number) * 5 + (_tag, _sign, _piece)


def check(text: str) -> bool:
    """Read a file; whether it could be read.

    Raises:
        AssertionError: It took too long, or gave lines that are none.
        Exception: Anything but a sentence.
    """
    before = time.process_time()
    try:
        found = read_svg(text if text.lstrip().startswith("<") else f"<{text}")
        found = occluded(hatched(found, 1.0))
    except (SvgError, DrawingError) as error:
        if "\n" in str(error):
            raise
        return False
    finally:
        assert time.process_time() - before < MOST_SECONDS
    for line in found.polylines:
        assert line.ndim == 2
        assert len(line) >= 1
        assert np.isfinite(line).all()
    assert len(found.marks) == len(found.polylines)
    return True


def main() -> None:
    """Read that many mutated files, and say how it went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=10_000)
    told = parser.parse_args()
    read, slowest = 0, 0.0
    for number in range(told.files):
        text = mutated(random.Random(f"{told.seed} {number}"))
        before = time.process_time()
        try:
            read += check(text)
        except BaseException:
            print(f"file {number} of seed {told.seed}:\n{text}")
            raise
        slowest = max(slowest, time.process_time() - before)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{told.files} files, {read} read and the others refused; the slowest took "
        f"{slowest:.2f} s; {memory:.0f} MB"
    )
    assert memory < MOST_MB


if __name__ == "__main__":
    main()
