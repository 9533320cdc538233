"""Whether a shape shows, and in which colour: `fill`, `stroke` and what they refer to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from firmware_gcode.drawing.svg_parts.document import SVG
from firmware_gcode.drawing.svg_parts.style import Properties, Sheets, colour, share

_URL = re.compile(r"url\(\s*['\"]?\s*([^'\")]*?)\s*['\"]?\s*\)\s*(.*)", re.DOTALL)
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href", "{xlink}href")
_SERVERS = frozenset(SVG + tag for tag in ("linearGradient", "radialGradient", "pattern"))
_MOST_LINKS = 20


@dataclass(frozen=True, slots=True)
class Ink:
    """A paint that shows: ``#rrggbb``, if it is one even colour, and its opacity.

    One that is laid out in the shape's box (`boxed`) shows nothing where that is flat.
    """

    colour: str
    plain: bool = True
    alpha: float = 1.0
    boxed: bool = False

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


def reference(value: str | None) -> tuple[str, str] | None:
    """What `url(#name) rest` names, and the rest; None if it is no such thing."""
    match = _URL.match(value.strip()) if value and "url(" in value else None
    if match is None:
        return None
    return match[1].removeprefix("#") if match[1].startswith("#") else "", match[2].strip()


def href(element: Element) -> str | None:
    """The name of the element of this document to which one refers.

    Empty for what is elsewhere, None where nothing is said.
    """
    for name in _HREFS:
        value = element.get(name)
        if value is not None:
            value = value.strip()
            return value[1:] if value.startswith("#") else ""
    return None


class Paints:
    """Reads paints against a document."""

    def __init__(self, named: Mapping[str, Element], sheets: Sheets) -> None:
        self._named = named
        self._sheets = sheets

    def stroke(self, props: Properties, width: float) -> Ink | None:
        """What the stroke is inked with; None if it does not show."""
        if width <= 0.0:
            return None
        return self._ink(props["stroke"], props["stroke-opacity"], props["color"])

    def fill(self, props: Properties) -> Ink | None:
        """What the area is inked with; None if it does not show."""
        return self._ink(props["fill"], props["fill-opacity"], props["color"])

    def _ink(self, value: str, opacity: str, current: str) -> Ink | None:
        if value.lower() == "none":
            return None
        seen = share(opacity)
        if seen == 0.0:
            return None
        linked = reference(value)
        if linked:
            found = self._server(linked[0])
            if found is not None or not linked[1] or self._is_server(linked[0]):
                return found
            value = linked[1]
        if value in ("context-fill", "context-stroke"):
            value = "currentColor"
        plain = colour(value, current)
        if plain is None or plain[1] == 0.0:
            return None
        return Ink(plain[0], alpha=seen * plain[1])

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

    def _server(self, name: str) -> Ink | None:
        """A gradient by its first colour, a pattern as black; None if it paints nothing."""
        chain = self.servers(name)
        for element in chain:
            if element.tag == f"{SVG}pattern":
                if len(element):
                    return Ink("#000000", plain=False, boxed=self._boxed(chain, "pattern"))
            else:
                stops = [self._sheets.own(stop) for stop in element.iter(f"{SVG}stop")]
                if stops:
                    return self._gradient(stops, boxed=self._boxed(chain, "gradient"))
        return None

    def _boxed(self, chain: list[Element], kind: str) -> bool:
        found = (self._sheets.own(element).get(f"{kind}Units") for element in chain)
        return next((units for units in found if units), "") != "userSpaceOnUse"

    def _gradient(self, stops: list[Properties], *, boxed: bool) -> Ink | None:
        shown = [s for s in stops if share(s.get("stop-opacity")) > 0.0]
        if not shown:
            return None
        first = Ink.of(shown[0].get("stop-color", "black"), shown[0].get("color", "black"))
        return Ink(first.colour, plain=False, boxed=boxed)
