"""Which properties an element has: attributes, style sheets, `style`, and what it inherits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias
from xml.etree.ElementTree import Element

import cssselect2
import tinycss2
import tinycss2.color4

from firmware_gcode.drawing.svg_parts.document import SVG, SvgError
from firmware_gcode.drawing.svg_parts.values import Frame, length

Properties: TypeAlias = Mapping[str, str]

INITIAL: Final = {
    "clip-rule": "nonzero",
    "color": "black",
    "direction": "ltr",
    "dominant-baseline": "auto",
    "fill": "black",
    "fill-opacity": "1",
    "fill-rule": "nonzero",
    "font-size": "16",
    "letter-spacing": "0",
    "marker-end": "none",
    "marker-mid": "none",
    "marker-start": "none",
    "stroke": "none",
    "stroke-dasharray": "none",
    "stroke-dashoffset": "0",
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "stroke-miterlimit": "4",
    "stroke-opacity": "1",
    "stroke-width": "1",
    "text-anchor": "start",
    "visibility": "visible",
    "word-spacing": "0",
    "writing-mode": "horizontal-tb",
}
"""The inherited properties that matter here, and what they are without a word."""
BARE: Final = {"fill": "none", "stroke": "black", "stroke-linecap": "round"}
"""How a document of nothing but lines is painted."""
_LANGUAGE = "en"
_MOST_MATCHES = 100_000_000
"""Declarations times elements: bounds the time that style sheets take."""
_WORDS = {
    "clip-rule": ("nonzero", "evenodd"),
    "fill-rule": ("nonzero", "evenodd"),
    "stroke-linecap": ("butt", "round", "square"),
    "stroke-linejoin": ("miter", "round", "bevel", "miter-clip", "arcs"),
    "text-anchor": ("start", "middle", "end"),
    "visibility": ("visible", "hidden", "collapse"),
}
"""Properties that know but a few words; any other is as if nothing were said."""
_SIZES = {
    "xx-small": 3 / 5,
    "x-small": 3 / 4,
    "small": 8 / 9,
    "medium": 1.0,
    "large": 6 / 5,
    "x-large": 3 / 2,
    "xx-large": 2.0,
}
_FONT_SIZE = re.compile(r"(?:^|\s)(\d[\d.]*(?:[a-z]{2,3}|%))")
_INVOLVED = re.compile(r"[^\w\s#%.,:;+-]")
_TRUE_OF_A_SCREEN = frozenset(("", "all", "screen", "(prefers-color-scheme:light)"))
_NO_PROPERTIES = frozenset(
    ("x1", "y1", "x2", "y2", "points", "orient", "offset", "fx", "fy", "dx", "dy", "rotate")
)
"""Attributes that a style sheet cannot set; those of mixed case it cannot name."""


class Sheets:
    """The style sheets of a document.

    Attributes:
        paint: Whether the document says anywhere how something is painted.
    """

    def __init__(self, root: Element) -> None:
        self._root = root
        self.paint = any(map(_says_paint, root.iter()))
        self._declared: dict[Element, list[tuple[bool, str, str]]] = {}
        matcher = cssselect2.Matcher()
        count = 0
        for element in root.iter(f"{SVG}style"):
            if element.get("type", "text/css") in ("", "text/css"):
                for prelude, content in _rules("".join(element.itertext())):
                    count += _add(matcher, prelude, content)
        if count * sum(1 for _ in root.iter()) > _MOST_MATCHES:
            raise SvgError("svg-too-involved")
        if count:
            wrapper = cssselect2.ElementWrapper.from_xml_root(root)
            for wrapped in wrapper.iter_subtree():
                found = matcher.match(wrapped)
                if found:
                    rules = [rule for *_, pseudo, rule in found if pseudo is None]
                    self._declared[wrapped.etree_element] = [d for r in rules for d in r]

    def own(self, element: Element) -> Properties:
        """What is said of an element itself; attributes stand beside properties."""
        attributes = element.attrib
        style = attributes.get("style")
        declared = self._declared.get(element, ())
        found: Properties = attributes
        if style or declared:
            found = dict(attributes)
            inline = _inline(style) if style else ()
            for important in (False, True):
                for source in (declared, inline):
                    for weight, name, value in source:
                        if weight == important and name not in _NO_PROPERTIES:
                            found |= _spelled_out(name, value)
        return self._with_parents(element, found) if "inherit" in found.values() else found

    def _with_parents(self, element: Element, own: Properties) -> Properties:
        """What is not inherited unless `inherit` is said, as the parent has it."""
        asked = [name for name in own if own[name] == "inherit" and name not in INITIAL]
        if not asked:
            return own
        parent = self.parents.get(element)
        theirs = {} if parent is None else self.own(parent)
        kept = {name: value for name, value in own.items() if name not in asked}
        return kept | {name: theirs[name] for name in asked if name in theirs}

    @cached_property
    def parents(self) -> dict[Element, Element]:
        """The element around each."""
        return {child: parent for parent in self._root.iter() for child in parent}


def _says_paint(element: Element) -> bool:
    said = element.attrib
    if "fill" in said or "stroke" in said or element.tag == f"{SVG}style":
        return True
    style = said.get("style", "")
    return "fill" in style or "stroke" in style


def _rules(text: str) -> Iterator[tuple[Any, Any]]:
    """The rules of a style sheet, those for the screen too."""
    left = list(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    while left:
        rule = left.pop(0)
        if rule.type == "qualified-rule":
            yield rule.prelude, rule.content
        elif rule.type == "at-rule" and _is_for_the_screen(rule):
            inner = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            left = inner + left


def _is_for_the_screen(rule: Any) -> bool:
    """Whether an at-rule holds rules that a viewer heeds."""
    if rule.lower_at_keyword != "media" or not rule.content:
        return False
    queries = tinycss2.serialize(rule.prelude).lower().split(",")
    return any(map(_is_true_of_a_screen, queries))


def _is_true_of_a_screen(query: str) -> bool:
    """Whether a media query holds; of features only that a page is light is known."""
    words = query.strip().removeprefix("only ")
    negated = words.startswith("not ")
    terms = re.split(r"\band\b", words.removeprefix("not "))
    return negated != all(re.sub(r"\s", "", term) in _TRUE_OF_A_SCREEN for term in terms)


def _add(matcher: Any, prelude: Any, content: Any) -> int:
    """Have a rule count; 0 if its selector or all of its declarations are wrong."""
    declarations = _declarations(content)
    try:
        selectors = cssselect2.compile_selector_list(prelude)
    except cssselect2.SelectorError:
        return 0
    for selector in selectors:
        matcher.add_selector(selector, declarations)
    return len(declarations)


def _declarations(content: Any) -> list[tuple[bool, str, str]]:
    found = tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True)
    return [
        (d.important, d.lower_name, tinycss2.serialize(d.value).strip())
        for d in found
        if d.type == "declaration"
    ]


@lru_cache(maxsize=4096)
def _inline(style: str) -> list[tuple[bool, str, str]]:
    """The declarations of a `style` attribute."""
    if not _INVOLVED.search(style):  # nothing in it that a plain split could get wrong
        pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
        return [(False, name.strip().lower(), value.strip()) for name, value in pairs]
    return _declarations(style)


def _spelled_out(name: str, value: str) -> dict[str, str]:
    """A declaration, shorthands as what they are short for."""
    if name == "marker":
        return {f"marker-{place}": value for place in ("start", "mid", "end")}
    if name == "font":
        size = _FONT_SIZE.search(value)
        return {"font-size": size[1]} if size else {}
    return {name: value}


def inherited(parent: Properties, own: Properties, frame: Frame) -> Properties:
    """An element's inherited properties; a font size is a number of user units."""
    changed = own.keys() & INITIAL.keys()
    if not changed:
        return parent
    found = dict(parent)
    for name in changed:
        value = own[name].strip()
        if value in ("inherit", "unset", ""):
            continue
        if value in ("initial", "revert"):
            found[name] = INITIAL[name]
        elif name in _WORDS:
            if value.lower() in _WORDS[name]:
                found[name] = value.lower()
        elif name in ("fill", "stroke"):
            if _is_paint(value):
                found[name] = value
        elif name == "font-size":
            found[name] = repr(_font_size(value, float(parent[name]), frame))
        elif name == "color":
            if colour(value, parent[name]) is not None and value.lower() != "currentcolor":
                found[name] = value
        else:
            found[name] = value
    return found


def _font_size(value: str, parent: float, frame: Frame) -> float:
    if value in _SIZES:
        return 16.0 * _SIZES[value]
    if value in ("larger", "smaller"):
        return parent * (1.2 if value == "larger" else 1 / 1.2)
    of_parent = replace(frame, width=parent, height=parent)  # a percentage is of its parent's
    found = length(value, of_parent, parent, "x")
    return parent if found is None or found < 0.0 else found


def share(value: str | None) -> float:
    """An opacity from 0 to 1."""
    text = (value or "1").strip()
    try:
        found = float(text[:-1]) / 100.0 if text.endswith("%") else float(text)
    except ValueError:
        return 1.0
    return min(1.0, max(0.0, found)) if found == found else 1.0  # noqa: PLR0124  # NaN


@lru_cache(maxsize=4096)
def _is_paint(value: str) -> bool:
    """Whether `fill` or `stroke` may have such a value."""
    if value.startswith(("url(", "context-")):
        return True
    return value.lower() == "none" or tinycss2.color4.parse_color(value) is not None


@lru_cache(maxsize=4096)
def colour(value: str, current: str) -> tuple[str, float] | None:
    """A colour as ``#rrggbb`` and its opacity; None if it is none.

    Args:
        value: As CSS writes it.
        current: What `currentColor` stands for.
    """
    found = tinycss2.color4.parse_color(value)
    if found == "currentcolor":
        found = tinycss2.color4.parse_color(current)
    if found is None or isinstance(found, str):
        return None
    try:
        parts = [part or 0.0 for part in found.to("srgb").coordinates]
    except NotImplementedError:  # a colour space for photographers
        parts = [0.0, 0.0, 0.0]
    red, green, blue = (round(255 * min(1.0, max(0.0, part))) for part in parts)
    return f"#{red:02x}{green:02x}{blue:02x}", float(found.alpha)


def wanted(own: Properties) -> bool:
    """Whether an element passes its conditions: language, and no extensions."""
    if "requiredExtensions" in own:
        return False
    languages = own.get("systemLanguage")
    if languages is None:
        return True
    return any(
        part.strip().split("-")[0].lower() == _LANGUAGE for part in languages.split(",")
    )
