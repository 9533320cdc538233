"""Text in the pen's single strokes, where a viewer would set it."""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element

from firmware_gcode.drawing.caption import CAPITALS, GAP, letter
from firmware_gcode.drawing.svg_parts.document import SVG
from firmware_gcode.drawing.svg_parts.outline import Run
from firmware_gcode.drawing.svg_parts.style import Properties, Sheets, inherited, wanted
from firmware_gcode.drawing.svg_parts.tracks import Track
from firmware_gcode.drawing.svg_parts.values import Axis, Frame, length, numbers

CAPITAL_EM: Final = 0.7
"""Height of capitals as a share of the font size; sans-serif faces have 0.66 to 0.73."""
_MISSING_EM: Final = 0.6
_PRESERVE = "{http://www.w3.org/XML/1998/namespace}space"
_INSIDE = frozenset(SVG + tag for tag in ("tspan", "a", "textPath", "tref"))
_BASELINES = {
    "middle": 0.25,
    "central": 0.35,
    "mathematical": 0.35,
    "hanging": 0.7,
    "text-before-edge": 0.8,
    "before-edge": 0.8,
    "text-top": 0.8,
    "text-after-edge": -0.2,
    "after-edge": -0.2,
    "ideographic": -0.2,
    "text-bottom": -0.2,
}
"""How far below its y a text's base line then lies, em."""
_CASES: Final[dict[str, Callable[[str], str]]] = {
    "uppercase": str.upper,
    "lowercase": str.lower,
    "capitalize": lambda text: re.sub(r"(?<!\S)\w", lambda first: first[0].upper(), text),
}
_VERTICAL = ("tb", "tb-rl", "vertical-rl", "vertical-lr")
Lookup: TypeAlias = Callable[[Element], Track | None]
"""Finds the line that a `textPath` follows, in the text's units."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter where it stands: its strokes, and the style it is drawn in."""

    runs: list[Run]
    props: Properties


@dataclass(slots=True)
class _Sign:
    """One character, and what its elements say about its place."""

    char: str
    props: Properties
    font: float
    shift: float
    track: tuple[Track, float] | None
    x: float | None = None
    y: float | None = None
    dx: float | None = None
    dy: float | None = None
    turn: float = 0.0
    extra: float = 0.0
    stretch: float = 1.0

    @property
    def unit(self) -> float:
        """One step of the letters' grid."""
        return CAPITAL_EM * self.font / CAPITALS


@dataclass
class Text:
    """Reads one `text` element.

    Attributes:
        sheets: The document's style sheets.
        frame: What relative lengths are relative to.
        line_of: Finds the line of a `textPath`.
        words_of: Finds the words of a `tref`.
        missing: How many letters the pen's font has not.
    """

    sheets: Sheets
    frame: Frame
    line_of: Lookup
    words_of: Callable[[Element], str]
    missing: int = 0
    _signs: list[_Sign] = field(default_factory=list)
    _spaced: bool = True

    def letters(self, element: Element, props: Properties) -> list[Letter]:
        """All its letters."""
        self._gather(element, props, self.sheets.own(element), 0.0, None, preserve=False)
        while self._signs and self._signs[-1].char == " " and self._spaced:
            self._signs.pop()
        found: list[Letter] = []
        for chunk in self._chunks():
            found += self._set(chunk)
        return found

    def _gather(
        self,
        element: Element,
        props: Properties,
        own: Properties,
        shift: float,
        track: tuple[Track, float] | None,
        *,
        preserve: bool,
    ) -> None:
        """Take the characters of an element in, and of those inside it."""
        first, font = len(self._signs), float(props["font-size"])
        space = own.get(_PRESERVE)
        preserve = own.get("white-space") in ("pre", "pre-wrap", "break-spaces") or (
            preserve if space is None else space == "preserve"
        )
        shift += _shift(own, font, self.frame)
        down = shift + _BASELINES.get(props["dominant-baseline"], 0.0) * font
        cased = _CASES.get(props["text-transform"], str)

        def take(text: str | None) -> None:
            for char in cased(text or ""):
                blank = char.isspace() and not preserve
                if not (blank and self._spaced):
                    shown = " " if char.isspace() else char
                    self._signs.append(_Sign(shown, props, font, down, track))
                self._spaced = blank

        take(self.words_of(element) if element.tag == f"{SVG}tref" else element.text)
        for child in element:
            if child.tag in _INSIDE:
                self._child(child, props, shift, track, preserve=preserve)
            take(child.tail)
        self._place(first, own, font)

    def _child(
        self,
        child: Element,
        props: Properties,
        shift: float,
        track: tuple[Track, float] | None,
        *,
        preserve: bool,
    ) -> None:
        own = self.sheets.own(child, props)
        if own.get("display") == "none" or not wanted(own):
            return
        inner = inherited(props, own, self.frame)
        if child.tag == f"{SVG}textPath":
            line = self.line_of(child)
            if line is None:
                return
            whole = float(line.along[-1]) / line.unit  # none is left of an endless unit
            along = Frame(whole, whole, self.frame.page, self.frame.root_font)
            offset = length(own.get("startOffset"), along, float(inner["font-size"]), "x")
            track = (line, offset * line.unit if offset else 0.0)
        self._gather(child, inner, own, shift, track, preserve=preserve)

    def _place(self, first: int, own: Properties, font: float) -> None:
        """Give characters the places that an element has for them; inner ones came first."""
        signs = self._signs[first:]
        axes: tuple[tuple[str, Axis], ...] = (("x", "x"), ("y", "y"), ("dx", "x"), ("dy", "y"))
        for name, axis in axes:
            text = own.get(name)
            if not text:
                continue
            parts = text.replace(",", " ").split()
            given = [length(part, self.frame, font, axis) for part in parts]
            if None in given:
                continue
            for sign, value in zip(signs, given, strict=False):
                if getattr(sign, name) is None:
                    setattr(sign, name, value)
        try:
            turns = numbers(own.get("rotate", ""))
        except ValueError:
            turns = []
        for index, sign in enumerate(signs):
            if turns and not sign.turn:
                sign.turn = math.radians(turns[min(index, len(turns) - 1)])
        wanted = length(own.get("textLength"), self.frame, font, "x")
        if wanted is not None and wanted > 0.0 and len(signs) > 1:
            wide = sum(_advance(sign, self.frame) for sign in signs) - GAP * signs[-1].unit
            for sign in signs:
                if own.get("lengthAdjust") == "spacingAndGlyphs":
                    sign.stretch *= wanted / wide if wide > 0.0 else 1.0
                elif sign is not signs[-1]:
                    sign.extra = (wanted - wide) / (len(signs) - 1)

    def _chunks(self) -> list[list[_Sign]]:
        """Characters that are anchored together: each place of its own begins anew."""
        chunks: list[list[_Sign]] = []
        track = None
        for sign in self._signs:
            if (
                not chunks
                or sign.x is not None
                or sign.y is not None
                or sign.track is not track
            ):
                chunks.append([])
            track = sign.track
            chunks[-1].append(sign)
        return chunks

    _here: complex = 0j

    def _set(self, chunk: Sequence[_Sign]) -> list[Letter]:
        """Set one chunk where its anchor says."""
        lead = chunk[0]
        start = complex(
            self._here.real if lead.x is None else lead.x,
            self._here.imag if lead.y is None else lead.y,
        )
        if lead.track is not None:
            start = complex(lead.track[1] + (lead.x or 0.0), 0.0)
        vertical = lead.track is None and lead.props["writing-mode"] in _VERTICAL
        way = 1j if vertical else 1.0
        places: list[complex] = []
        here = start
        for sign in chunk:
            here += complex(sign.dx or 0.0, sign.dy or 0.0)
            places.append(here)
            here += way * _advance(sign, self.frame)
            if vertical:
                sign.turn += math.pi / 2
                sign.shift += _BASELINES["central"] * sign.font
        share = {"middle": 0.5, "end": 1.0}.get(lead.props["text-anchor"], 0.0)
        if lead.props["direction"] == "rtl":
            share = 1.0 - share
        wide = ((here - places[0]) / way).real - GAP * chunk[-1].unit
        back = way * wide * share
        self._here = here - back if lead.track is None else complex(lead.track[0].points[-1])
        found = []
        for sign, place in zip(chunk, places, strict=True):
            runs = self._letter(sign, place - back)
            if runs:
                found.append(Letter(runs, sign.props))
        return found

    def _letter(self, sign: _Sign, place: complex) -> list[Run]:
        """The strokes of a letter at its place."""
        drawn = letter(sign.char)
        if drawn is None:
            self.missing += sign.char.isprintable()
            return []
        unit, turn = sign.unit, sign.turn
        across = unit * sign.stretch
        if sign.track is not None:
            middle = _advance(sign, self.frame) / 2
            on = sign.track[0].at(place.real + middle)
            if on is None:
                return []
            turn += on[1]
            aside = cmath.exp(1j * on[1]) * complex(0.0, place.imag)
            place = on[0] + aside - cmath.exp(1j * turn) * middle
        heading = cmath.exp(1j * turn)
        down = 1j * sign.shift
        return [
            Run(
                [
                    place + heading * (complex(x * across, -y * unit) + down)
                    for x, y in stroke.tolist()
                ]
            )
            for stroke in drawn[0]
        ]


def _advance(sign: _Sign, frame: Frame) -> float:
    """How far on the next character begins."""
    drawn = letter(sign.char)
    step = _MISSING_EM * sign.font if drawn is None else drawn[1] * sign.unit
    spacing = length(sign.props["letter-spacing"], frame, sign.font, "x") or 0.0
    if sign.char == " ":
        spacing += length(sign.props["word-spacing"], frame, sign.font, "x") or 0.0
    return (step + spacing) * sign.stretch + sign.extra


def _shift(own: Properties, font: float, frame: Frame) -> float:
    """How far below the base line an element's letters stand."""
    down = _BASELINES.get(own.get("alignment-baseline", ""), 0.0) * font
    raised = own.get("baseline-shift")
    if raised in ("super", "sub"):
        return down + font * (-0.4 if raised == "super" else 0.2)
    share = Frame(font, font, frame.page, frame.root_font)
    return down - (length(raised, share, font, "y") or 0.0)
