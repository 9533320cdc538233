"""Which properties an element has: attributes, style sheets, `style`, and what it inherits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias
from xml.etree.ElementTree import Element

import cssselect2
import tinycss2
import tinycss2.color4

from firmware_gcode.drawing.svg_parts.calc import substituted
from firmware_gcode.drawing.svg_parts.document import SVG, SvgError
from firmware_gcode.drawing.svg_parts.transforms import DECLARED, TRANSFORMS, styled
from firmware_gcode.drawing.svg_parts.values import Frame, length, plain

Properties: TypeAlias = Mapping[str, str]
Declaration: TypeAlias = tuple[bool, str, str]
"""Whether it is important, the property's name, and its value."""

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
    "text-transform": "none",
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
    ("x1", "y1", "x2", "y2", "points", "orient", "offset", "fx", "fy", "dx", "dy")
)
"""Attributes that a style sheet cannot set; those of mixed case it cannot name."""
_LENGTHS = frozenset(
    ("x", "y", "cx", "cy", "r", "rx", "ry", "width", "height", "stroke-width")
)
_MOST_VARIABLES = 1000
"""Properties of the document's own that one element may have or inherit."""
_CUSTOM = "--"
"""Stands among properties where there are some of the document's own."""
_ANY = Frame(1.0, 1.0, (1.0, 1.0))


class Sheets:
    """The style sheets of a document.

    Attributes:
        paint: Whether the document says anywhere how something is painted.
    """

    def __init__(self, root: Element) -> None:
        self._root = root
        self.paint = any(map(_says_paint, root.iter()))
        self._computes = any(map(_has_variables, root.iter()))
        self._declared: dict[Element, list[Declaration]] = {}
        self._customs: dict[Element, Properties] = {}
        matcher = cssselect2.Matcher()
        count = 0
        for element in root.iter(f"{SVG}style"):
            media = _is_for_the_screen(element.get("media", ""))
            if media and element.get("type", "text/css") in ("", "text/css"):
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

    def own(self, element: Element, around: Properties | None = None) -> Properties:
        """What is said of an element itself; attributes stand beside properties.

        Args:
            element: Any element.
            around: The properties that it inherits; None: those of its place in the document.
        """
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
        if self._computes:
            found = self._computed(element, found, around)
        return self._with_parents(element, found) if "inherit" in found.values() else found

    def _computed(
        self, element: Element, said: Properties, around: Properties | None
    ) -> Properties:
        """With what each `var()` stands for; the properties of the document's own as well."""
        own = {name: value for name, value in said.items() if name.startswith("--")}
        if not own and not any("var(" in value for value in said.values()):
            return said
        outer = self._around(element) if around is None else around
        if len(own) + len(outer) > _MOST_VARIABLES:
            raise SvgError("svg-too-involved")
        known: dict[str, str | None] = {}

        def custom(name: str) -> str | None:
            if name in own:
                value, known[name] = own.pop(name), None  # within itself it is nothing
                known[name] = substituted(value, custom)
            return known[name] if name in known else outer.get(name)

        for name in list(own):
            custom(name)
        found: dict[str, str] = {}
        if known:
            inner = {name: outer[name] for name in outer if name.startswith("--")} | known
            found = {name: value for name, value in inner.items() if value is not None}
            found[_CUSTOM] = ""
        for name, value in said.items():
            real = substituted(value, custom) if "var(" in value else value
            if real is not None and not name.startswith("--") and _may_be(name, real):
                found[name] = real
        return found

    def _around(self, element: Element) -> Properties:
        """The properties of the document's own that an element inherits."""
        way: list[Element] = []
        place = self.parents.get(element)
        while place is not None and place not in self._customs:
            way.append(place)
            place = self.parents.get(place)
        found = {} if place is None else self._customs[place]
        for place in reversed(way):
            found = _customs(self.own(place, found)) or found
            self._customs[place] = found
        return found

    def _with_parents(self, element: Element, own: Properties) -> Properties:
        """What is not inherited unless `inherit` is said, as the parent has it."""
        no = INITIAL.keys() | {"transform"}  # an attribute of SVG's own grammar
        asked = [name for name in own if own[name] == "inherit" and name not in no]
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


def _customs(own: Properties) -> dict[str, str]:
    """The properties of the document's own."""
    if _CUSTOM not in own:
        return {}
    return {name: value for name, value in own.items() if name.startswith("--")}


def _has_variables(element: Element) -> bool:
    said = element.attrib
    if element.tag == f"{SVG}style":
        return "--" in "".join(element.itertext())
    return "--" in said.get("style", "") or "var(" in said.get("fill", "") + said.get(
        "stroke", ""
    )


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
        elif rule.type == "at-rule" and rule.lower_at_keyword == "media" and rule.content:
            if not _is_for_the_screen(tinycss2.serialize(rule.prelude)):
                continue
            inner = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            left = inner + left


def _is_for_the_screen(media: str) -> bool:
    """Whether rules for such media are rules that a viewer heeds."""
    return any(map(_is_true_of_a_screen, media.lower().split(",")))


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


def _declarations(content: Any) -> list[Declaration]:
    found = tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True)
    return _known(
        (d.important, _named(d.name), tinycss2.serialize(d.value).strip())
        for d in found
        if d.type == "declaration"
    )


def _known(said: Iterable[Declaration]) -> list[Declaration]:
    """Those declarations whose value their property may have; the others are not there."""
    return [each for each in said if _may_be(each[1], each[2])]


def _may_be(name: str, value: str) -> bool:
    word = value.lower()
    if "var(" in value or word in ("inherit", "initial", "unset", "revert", "auto"):
        return True
    if name in ("fill", "stroke"):
        return _is_paint(value)
    if name in _WORDS:
        return word in _WORDS[name]
    if name == "transform":
        try:
            return bool(styled(value, _ANY, 1.0))
        except ValueError:
            return False
    return name not in _LENGTHS or length(value, _ANY, 1.0, "x") is not None


@lru_cache(maxsize=4096)
def _inline(style: str) -> list[Declaration]:
    """The declarations of a `style` attribute."""
    if not _INVOLVED.search(style):  # nothing in it that a plain split could get wrong
        pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
        return _known((False, _named(name.strip()), value.strip()) for name, value in pairs)
    return _declarations(style)


def _named(name: str) -> str:
    """The name of a property; only one of the document's own keeps its case."""
    return name if name.startswith("--") else name.lower()


def _spelled_out(name: str, value: str) -> dict[str, str]:
    """A declaration, shorthands as what they are short for."""
    if name == "marker":
        return {f"marker-{place}": value for place in ("start", "mid", "end")}
    if name == "font":
        size = _FONT_SIZE.search(value)
        return {"font-size": size[1]} if size else {}
    if name in TRANSFORMS:
        return {DECLARED: "", DECLARED + name: value}
    return {name: value}


def inherited(parent: Properties, own: Properties, frame: Frame) -> Properties:
    """An element's inherited properties; a font size is a number of user units."""
    changed = own.keys() & INITIAL.keys()
    if not changed and _CUSTOM not in own:
        return parent
    found = dict(parent) | _customs(own)
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


@lru_cache(maxsize=4096)
def share(value: str | None) -> float:
    """An opacity from 0 to 1."""
    found = plain(value) if value else None
    return 1.0 if found is None else min(1.0, max(0.0, found))


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
