"""Whether a shape shows, and in which colour: `fill`, `stroke` and what they refer to."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element

from firmware_gcode.drawing.svg_parts.document import SVG
from firmware_gcode.drawing.svg_parts.style import Properties, Sheets, colour, share

_URL = re.compile(r"url\(\s*['\"]?\s*([^'\")]*?)\s*['\"]?\s*\)\s*(.*)", re.DOTALL)
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href", "{xlink}href")
_SERVERS = frozenset(SVG + tag for tag in ("linearGradient", "radialGradient", "pattern"))
_CONTEXT = ("context-fill", "context-stroke")
_MOST_LINKS = 20
WHITE: Final = "#ffffff"


@dataclass(frozen=True, slots=True)
class Ink:
    """A paint that shows: ``#rrggbb``, if it is one even colour, and its opacity.

    One that is laid out in the shape's box (`boxed`) shows nothing where that is flat, or
    another ink `instead`.
    """

    colour: str
    plain: bool = True
    alpha: float = 1.0
    boxed: bool = False
    instead: Ink | None = None

    @classmethod
    def of(cls, value: str, current: str, opacity: float = 1.0) -> Ink:
        """The ink of a colour; black where it is none."""
        found, alpha = colour(value, current) or ("#000000", 1.0)
        return cls(found, alpha=opacity * alpha)

    @property
    def luminance(self) -> float:
        """What of it a mask lets through, 0 to 1."""
        red, green, blue = bytes.fromhex(self.colour[1:])
        return (0.2125 * red + 0.7154 * green + 0.0721 * blue) / 255.0


@lru_cache(maxsize=4096)
def _plain(value: str, opacity: str, current: str) -> Ink | None:
    """The ink of a colour; None if it does not show."""
    seen = share(opacity)
    found = colour(value, current) if seen else None
    return Ink(found[0], alpha=seen * found[1]) if found and found[1] else None


def reference(value: str | None) -> tuple[str, str] | None:
    """What `url(#name) rest` names, and the rest; None if it is no such thing."""
    match = _URL.match(value.strip()) if value and "url(" in value else None
    if match is None:
        return None
    return _name(match[1]), match[2].strip()


def href(element: Element) -> str | None:
    """The name of the element of this document to which one refers.

    Empty for what is elsewhere, None where nothing is said.
    """
    value = address(element)
    return None if value is None else _name(value.strip())


def _name(value: str) -> str:
    """What is behind the # of an address within the document, or nothing."""
    return urllib.parse.unquote(value[1:]) if value.startswith("#") else ""


def address(element: Element) -> str | None:
    """What an element refers to, as it says it."""
    return next((element.attrib[name] for name in _HREFS if name in element.attrib), None)


Inks: TypeAlias = tuple[Ink | None, Ink | None]
"""Of an area and of its stroke."""


class Paints:
    """Reads paints against a document.

    Attributes:
        shows: Whether anything is in a pattern, given as `servers` gives it.
    """

    def __init__(self, named: Mapping[str, Element], sheets: Sheets) -> None:
        self._named = named
        self._sheets = sheets
        self.shows: Callable[[list[Element]], bool] = bool

    def stroke(self, props: Properties, width: float, context: Inks) -> Ink | None:
        """What the stroke is inked with; None if it does not show."""
        if width <= 0.0:
            return None
        return self._ink(props["stroke"], props["stroke-opacity"], props["color"], context)

    def fill(self, props: Properties, context: Inks) -> Ink | None:
        """What the area is inked with; None if it does not show."""
        return self._ink(props["fill"], props["fill-opacity"], props["color"], context)

    def _ink(self, value: str, opacity: str, current: str, context: Inks) -> Ink | None:
        linked = reference(value)
        if value not in _CONTEXT and not linked:
            return _plain(value, opacity, current)
        seen = share(opacity)
        if seen == 0.0:
            return None
        if not linked:
            found = context[_CONTEXT.index(value)]
            return found and replace(found, alpha=seen * found.alpha)
        other = self._ink(linked[1], opacity, current, context) if linked[1] else None
        found = self._server(linked[0])
        if found is None:
            return None if self._is_server(linked[0]) else other
        return replace(found, alpha=seen, instead=other)

    def _is_server(self, name: str) -> bool:
        element = self._named.get(name)
        return element is not None and element.tag in _SERVERS

    def servers(self, name: str) -> list[Element]:
        """The gradient or pattern of that name, and those that it takes the rest from."""
        found: list[Element] = []
        while len(found) < _MOST_LINKS:
            element = self._named.get(name)
            if element is None or element.tag not in _SERVERS:
                break
            found.append(element)
            name = href(element) or ""
        return found

    def said(self, chain: list[Element]) -> Properties:
        """What a gradient or pattern says, and those that it takes the rest from."""
        found: dict[str, str] = {}
        for element in reversed(chain):
            found |= self._sheets.own(element)
        return found

    def _server(self, name: str) -> Ink | None:
        """A gradient by its first colour but white, a pattern as black; None if none."""
        chain = self.servers(name)
        for element in chain:
            if element.tag == f"{SVG}pattern":
                if len(element):
                    ink = Ink("#000000", plain=False, boxed=self._boxed(chain, "pattern"))
                    return ink if self.shows(chain) else None
            else:
                stops = [self._sheets.own(stop) for stop in element.iter(f"{SVG}stop")]
                if stops:
                    return self._gradient(stops, boxed=self._boxed(chain, "gradient"))
        return None

    def _boxed(self, chain: list[Element], kind: str) -> bool:
        found = (self._sheets.own(element).get(f"{kind}Units") for element in chain)
        return next((units for units in found if units), "") != "userSpaceOnUse"

    def _gradient(self, stops: list[Properties], *, boxed: bool) -> Ink | None:
        inks = [
            Ink.of(
                stop.get("stop-color", "black"),
                stop.get("color", "black"),
                share(stop.get("stop-opacity")),
            )
            for stop in stops
        ]
        shown = [ink.colour for ink in inks if ink.alpha > 0.0]
        if not shown:
            return None
        first = next((colour for colour in shown if colour != WHITE), WHITE)
        return Ink(first, plain=False, boxed=boxed)
