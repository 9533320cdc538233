"""What may be looked up in a document: elements by name, parents, styles and paints."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from firmware_gcode.drawing.svg_parts.paint import Paints
from firmware_gcode.drawing.svg_parts.style import (
    BARE,
    INITIAL,
    Properties,
    Sheets,
    inherited,
)
from firmware_gcode.drawing.svg_parts.values import Frame


class Library:
    """A document, open at every page.

    Attributes:
        named: Elements by their `id`.
        sheets: The style sheets.
        paints: Reads paints.
        initial: Properties before the root says anything. A document that nowhere says how it
            is painted is a bare drawing of lines: not the black blobs of a viewer.
    """

    def __init__(self, root: Element) -> None:
        self.named: dict[str, Element] = {}
        for element in root.iter():
            if "id" in element.attrib:
                self.named.setdefault(element.attrib["id"], element)
        self.sheets = Sheets(root)
        self.paints = Paints(self.named, self.sheets)
        self.initial: Properties = INITIAL if self.sheets.paint else INITIAL | BARE

    def holds(self, outer: Element, inner: Element) -> bool:
        """Whether one element stands in another, or is it."""
        place: Element | None = inner
        while place is not None:
            if place is outer:
                return True
            place = self.sheets.parents.get(place)
        return False

    def props_of(self, element: Element, frame: Frame) -> Properties:
        """The inherited properties of an element that is drawn from elsewhere."""
        way = [element]
        while way[-1] in self.sheets.parents:
            way.append(self.sheets.parents[way[-1]])
        props = self.initial
        for place in reversed(way):
            props = inherited(props, self.sheets.own(place, props), frame)
        return props
