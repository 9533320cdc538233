"""How many elements a document has once its copies are made, before any of them is."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from firmware_gcode.drawing.svg_parts.document import SVG
from firmware_gcode.drawing.svg_parts.library import Library
from firmware_gcode.drawing.svg_parts.paint import href
from firmware_gcode.drawing.svg_parts.style import share, wanted

USE = f"{SVG}use"
_SWITCH = f"{SVG}switch"
_SYMBOL = f"{SVG}symbol"
_DRAWN_FOR = ("clip ", "marker ", "mask ", "pattern ")
_OPENED = frozenset((USE, _SWITCH, _SYMBOL, f"{SVG}g", f"{SVG}a", f"{SVG}svg"))


def more_than(most: int, root: Element, library: Library) -> bool:
    """Whether a document has more elements than that, each `use` followed.

    Styles are asked only where the count is too large without them.
    """
    if next(root.iter(USE), None) is None:
        return False
    return all(_count(root, library, most, styled=styled) > most for styled in (False, True))


def _count(root: Element, library: Library, most: int, *, styled: bool) -> int:
    """The elements that are visited, each counted once with what is in it, and added up.

    A `use` inside of what it refers to is one element, as where it is drawn.
    """
    found: dict[Element, int] = {}
    stack: list[tuple[Element, list[Element] | None]] = [(root, None)]
    while stack:
        element, inside = stack.pop()
        if inside is not None:
            found[element] = min(1 + sum(found[each] for each in inside), most + 1)
        elif element not in found:
            found[element] = 1  # as long as it is open
            inside = _inside(element, library, styled=styled)
            if inside:
                stack.append((element, inside))
                stack += [(each, None) for each in inside]
    return found[root]


def _inside(element: Element, library: Library, *, styled: bool) -> list[Element]:
    """The elements that are visited from one; none where nothing of it shows."""
    if element.tag not in _OPENED or (styled and _hides(element, library)):
        return []
    if element.tag == USE:
        target = library.named.get(href(element) or "")
        return [] if target is None or library.holds(target, element) else [target]
    inner = chosen(element) if element.tag == _SWITCH else element
    return [each for each in inner if each.tag != _SYMBOL]


def weight(around: frozenset[str]) -> int:
    """How many elements a visited one counts as, by the names that it is drawn for.

    In markers, clip paths, masks and patterns that are in each other it is the more, the
    deeper it is: such take their time, and nobody draws them deep.
    """
    deep = sum(name.startswith(_DRAWN_FOR) for name in around)
    return int(4 ** max(0, deep - 1))


def chosen(switch: Element) -> list[Element]:
    """The element of a `switch` that is shown, if there is one."""
    return [each for each in switch if _may_be_chosen(each)][:1]


def _may_be_chosen(child: Element) -> bool:
    tag = child.tag if isinstance(child.tag, str) else ""
    return tag.startswith(SVG) and tag != f"{SVG}foreignObject" and wanted(child.attrib)


def _hides(element: Element, library: Library) -> bool:
    own = library.sheets.own(element)
    hidden = own.get("display", "").strip().lower() == "none" or not wanted(own)
    return hidden or share(own.get("opacity", "1")) == 0.0
