"""Walks through the elements of an SVG document as a viewer does, and collects what shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from firmware_gcode.drawing.svg_parts.boxes import BOXING, Box, box_around, box_of, flat_enough
from firmware_gcode.drawing.svg_parts.clips import Clip
from firmware_gcode.drawing.svg_parts.copies import USE, chosen, more_than, weight
from firmware_gcode.drawing.svg_parts.cutter import Cutter
from firmware_gcode.drawing.svg_parts.document import SVG, SvgError
from firmware_gcode.drawing.svg_parts.images import embedded, picture_place
from firmware_gcode.drawing.svg_parts.lettering import Text
from firmware_gcode.drawing.svg_parts.library import Library
from firmware_gcode.drawing.svg_parts.markers import standing, vertices
from firmware_gcode.drawing.svg_parts.notes import Notes
from firmware_gcode.drawing.svg_parts.outline import Outline, is_flat
from firmware_gcode.drawing.svg_parts.page import entered, page_of
from firmware_gcode.drawing.svg_parts.paint import Ink, Inks, address, href, reference
from firmware_gcode.drawing.svg_parts.patterns import MOST_TILES, Tiling, tiling
from firmware_gcode.drawing.svg_parts.pieces import Piece, State
from firmware_gcode.drawing.svg_parts.shapes import (
    SHAPES,
    Measure,
    ShapeError,
    outline,
    viewport,
)
from firmware_gcode.drawing.svg_parts.style import (
    Properties,
    inherited,
    share,
    wanted,
)
from firmware_gcode.drawing.svg_parts.tracks import Track, track_of, unit_along
from firmware_gcode.drawing.svg_parts.transforms import is_transformed, transform_in
from firmware_gcode.drawing.svg_parts.values import (
    IDENTITY,
    MOST,
    Frame,
    Matrix,
    dash_pattern,
    fitted,
    length,
    times,
    translation,
    view_box,
)

MAX_ELEMENTS = 300_000
"""Elements after every `use`, marker and clip path is followed."""
_MOST_NESTED = 4
"""Pictures in pictures."""
_GROUPS = frozenset(("g", "a", "switch", "svg", "symbol"))
_SHOWN = SHAPES | {"g", "a", "switch", "svg", "use", "text", "image", "foreignObject"}
_VIEWPORTS = frozenset((f"{SVG}svg", f"{SVG}symbol"))
_SHADOW = Ink("#000000")
"""What is painted where only an outline counts."""
_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"


class Walker:
    """Collects the pieces of one document.

    Attributes:
        root: The document's root.
        pieces: What shows, in drawing order.
        notes: What is to be told about the rest.
        count: How many elements were visited.
    """

    def __init__(self, root: Element, around: Walker | None = None) -> None:
        """Around a document in a document is the walk through that."""
        self.library = Library(root)
        if more_than(MAX_ELEMENTS, root, self.library):
            raise SvgError("svg-too-many-elements", most=MAX_ELEMENTS)
        self.sheets = self.library.sheets
        self.cutter = Cutter(self, self.library)
        self.library.paints.shows = self._is_in_pattern
        self.notes: Notes = around.notes if around else Notes()
        if not self.sheets.paint:
            self.notes.add("svg-no-paint")
        self.pieces: list[Piece] = []
        self.root = root
        self._depth: int = around._depth + 1 if around else 1
        self.count = 0
        self._tiles = 0
        self._patterns: dict[Element, bool] = {}
        self._pictures: dict[Element, Walker | None] = {}

    def walk(
        self, element: Element, state: State, size: tuple[str | None, str | None] | None = None
    ) -> None:
        """Collect what an element shows.

        Args:
            element: Any element.
            state: What it has from those around it.
            size: Width and height that a `use` gives to an `svg` or `symbol`; None: it is not
                one that a `use` refers to.
        """
        stack = [(element, state, size)]
        while stack:
            self.count += weight(stack[-1][1].open)
            if self.count > MAX_ELEMENTS:
                raise SvgError("svg-too-many-elements", most=MAX_ELEMENTS)
            stack += reversed(list(self._visit(*stack.pop())))

    def _visit(
        self, element: Element, state: State, size: tuple[str | None, str | None] | None
    ) -> Iterator[tuple[Element, State, tuple[str | None, str | None] | None]]:
        """Draw a shape, or give the elements inside to be visited."""
        if not isinstance(element.tag, str) or not element.tag.startswith(SVG):
            return
        tag = element.tag[len(SVG) :]
        if tag not in _SHOWN and (tag != "symbol" or size is None):
            return
        inner, own = self.styled(element, state)
        if inner is None or not self._placed(element, own, inner, size):
            return
        if BOXING not in inner.open and not self.cutter.cut(element, own, inner):
            return
        if tag in SHAPES:
            self._shape(tag, own, inner)
        elif tag in _GROUPS and not inner.silhouette:  # a clip path has no groups
            yield from self._group(tag, element, inner)
        elif tag == "use":
            yield from self._use(element, own, inner)
        elif tag == "text":
            self._text(element, inner)
        elif tag == "image":
            self._image(element, own, inner)
        elif tag == "foreignObject" and inner.props["visibility"] == "visible":
            self.notes.add("svg-foreign")

    def styled(self, element: Element, state: State) -> tuple[State | None, Properties]:
        """The state inside an element, not yet cut; None if nothing of it shows."""
        own = self.sheets.own(element, state.props)
        if own.get("display", "").strip().lower() == "none" or not wanted(own):
            return None, own
        opacity = state.opacity
        if "opacity" in own and not state.silhouette:
            opacity *= share(own["opacity"])
            if opacity == 0.0 and BOXING not in state.open:
                return None, own
        inner = state.inside(inherited(state.props, own, state.frame), opacity)
        if is_transformed(own):
            inner.matrix = times(state.matrix, self.transform_of(element, own, inner))
            if inner.matrix[0] * inner.matrix[3] == inner.matrix[1] * inner.matrix[2]:
                return None, own
        return inner, own

    def transform_of(self, element: Element, own: Properties, state: State) -> Matrix:
        """What `transform` does to the inside of an element; nothing if it cannot be read."""
        frame, corner = state.frame, None
        if own.get("transform-box", "view-box") != "view-box":
            box = self.box(element, frame)
            if box is not None:
                corner = box[:2]
                frame = Frame(box[2], box[3], frame.page, frame.root_font)
        try:
            return transform_in(own, frame, float(state.props["font-size"]), corner=corner)
        except ValueError:
            self.notes.add("svg-transform-odd")
            return IDENTITY

    def _placed(
        self,
        element: Element,
        own: Properties,
        state: State,
        size: tuple[str | None, str | None] | None,
    ) -> bool:
        """Enter the coordinates inside an element; False if it has no size."""
        if element.tag == USE:
            at = Measure(own, state.frame, float(state.props["font-size"]))
            state.matrix = times(state.matrix, translation(at.get("x", "x"), at.get("y", "y")))
        if element.tag not in _VIEWPORTS:
            return True
        return self._viewport(element, own, state, size)

    # Containers.

    def _group(
        self, tag: str, element: Element, state: State
    ) -> Iterator[tuple[Element, State, None]]:
        children = chosen(element) if tag == "switch" else element
        top = tag == "g" and not state.layer
        for number, child in enumerate(children):
            if top and number == 0:
                state.layer = element.get(_LABEL) or element.get("id") or f"{self.count}"
            yield child, state, None

    def _viewport(
        self,
        element: Element,
        own: Properties,
        state: State,
        size: tuple[str | None, str | None] | None,
    ) -> bool:
        """Enter a viewport, which attributes alone place; False if it has no size."""
        font = float(state.props["font-size"])
        given = size or (None, None)
        frame = state.frame
        width = length(given[0] or element.get("width"), frame, font, "x")
        height = length(given[1] or element.get("height"), frame, font, "y")
        width = frame.width if width is None else width
        height = frame.height if height is None else height
        if width <= 0.0 or height <= 0.0:
            return False
        at = Measure(element.attrib, frame, font)
        x, y = at.get("x", "x"), at.get("y", "y")
        state.matrix = times(state.matrix, translation(x, y))
        if own.get("overflow", "hidden") not in ("visible", "auto"):
            page = Clip()
            page.add([viewport(width, height)], state.matrix, even_odd=False)
            state.clips = (*state.clips, page)
        box = view_box(own.get("viewBox"))
        if box is not None:
            if box[2] == 0.0 or box[3] == 0.0:
                return False
            fit = fitted(box, (width, height), own.get("preserveAspectRatio", ""))
            state.matrix = times(state.matrix, fit)
            width, height = box[2:]
        state.frame = Frame(width, height, frame.page, frame.root_font)
        return True

    def _use(
        self, element: Element, own: Properties, state: State
    ) -> Iterator[tuple[Element, State, tuple[str | None, str | None]]]:
        name = href(element)
        target = self.library.named.get(name or "")
        if name is None or target is None:
            self.notes.add("svg-reference-lost")
            return
        if name in state.open or self.library.holds(target, element):
            self.notes.add("svg-reference-circular")
            return
        if state.silhouette and target.tag[len(SVG) :] not in SHAPES | {"text"}:
            return
        state.context = self._context(state)
        state.open = state.open | {name}
        yield target, state, (own.get("width"), own.get("height"))

    # What is drawn.

    def _shape(self, tag: str, own: Properties, state: State) -> None:
        props = state.props
        boxing = BOXING in state.open
        if props["visibility"] != "visible" and not boxing:
            return
        measure = Measure(own, state.frame, float(props["font-size"]))
        try:
            runs, whole = outline(tag, measure)
        except ShapeError:
            self.notes.add("svg-path-without-data" if tag == "path" else "svg-shape-odd")
            return
        if not whole:
            self.notes.add("svg-path-broken")
        if not runs:
            return
        if state.silhouette or boxing:
            self.pieces.append(Piece(runs, state, None, _SHADOW))
            return
        self._add(runs, own, state)
        if tag in ("path", "line", "polyline", "polygon"):
            self._markers(runs, props, state)

    def _context(self, state: State) -> Inks:
        """What `context-fill` and `context-stroke` stand for: without their opacities."""
        props = {**state.props, "fill-opacity": "1", "stroke-opacity": "1"}
        return self._inks(state.inside(props, state.opacity))

    def _inks(self, state: State) -> Inks:
        """What an element's area and stroke are inked with."""
        width = length(
            state.props["stroke-width"], state.frame, float(state.props["font-size"]), "o"
        )
        return (
            self.library.paints.fill(state.props, state.context),
            self.library.paints.stroke(
                state.props, 1.0 if width is None else width, state.context
            ),
        )

    def _add(self, runs: Outline, own: Properties, state: State) -> None:
        """A piece more, if it shows."""
        props, font = state.props, float(state.props["font-size"])
        fill, stroke = self._inks(state)
        if stroke is not None and stroke.boxed and is_flat(runs):
            stroke = stroke.instead
        if fill is not None and self._tiled(runs, state):
            fill = None
        if stroke is None and fill is None:
            return
        dashes = None
        offset = 0.0
        if stroke is not None and props["stroke-dasharray"] != "none":
            dashes = dash_pattern(props["stroke-dasharray"], state.frame, font)
            unit = unit_along(own, runs)
            scaled = tuple(unit * part for part in dashes or ())
            dashes = scaled if 0.0 < sum(scaled) < MOST else None
            offset = unit * (length(props["stroke-dashoffset"], state.frame, font, "o") or 0.0)
        fixed = own.get("vector-effect") == "non-scaling-stroke"
        self.pieces.append(Piece(runs, state, stroke, fill, dashes, offset, fixed))

    def _image(self, element: Element, own: Properties, state: State) -> None:
        """A picture: what is in it, if it is an SVG file itself."""
        if state.silhouette or state.props["visibility"] != "visible":
            return
        if element not in self._pictures:
            deep = self._depth > _MOST_NESTED
            root = None if deep else embedded(address(element) or "")
            self._pictures[element] = None if root is None else Walker(root, self)
        inner = self._pictures[element]
        inside = None if inner is None else self._in_picture(inner, own, state)
        if inner is None or inside is None:
            self.notes.add("svg-picture")
            return
        self.pieces += inner.collected([(child, inside) for child in inner.root])
        self.count = inner.count

    def _in_picture(self, inner: Walker, own: Properties, state: State) -> State | None:
        """The state inside the root of a picture, at its place; None if it has no size."""
        inner.notes, inner.count = self.notes, self.count
        at = Measure(own, state.frame, float(state.props["font-size"]))
        said = (at.wanted("width", "x"), at.wanted("height", "y"))
        try:
            page = page_of(inner, inner.root, (said[0] or 300.0, said[1] or 150.0))
            placed = picture_place(at, said, page, state.matrix)
            if placed is None:
                return None
            clips = (*state.clips, placed[1])
            props = inner.library.initial
            around = replace(state, props=props, matrix=placed[0], clips=clips)
            return entered(inner, inner.root, page, around)
        except SvgError:
            return None

    def _tiled(self, runs: Outline, state: State) -> bool:
        """Fill an area with what is in its pattern, if it has one that can be laid out."""
        linked = reference(state.props["fill"])
        chain = self.library.paints.servers(linked[0]) if linked else []
        name = f"pattern {linked[0] if linked else ''}"
        if not chain or chain[0].tag != f"{SVG}pattern":
            return False
        if name in state.open:  # of itself nothing shows
            return True
        said, box = self.library.paints.said(chain), box_around(flat_enough(runs))
        found = tiling(said, box, state.frame, MOST_TILES - self._tiles)
        if found is None:
            return False
        self._tiles += len(found.places)
        content = next(element for element in chain if len(element))
        inside = replace(state, open=state.open | {name})
        alone = replace(inside, matrix=IDENTITY, clips=())
        if not all(map(found.holds, self._tile(content, found, alone))):
            return False
        area = Clip()
        area.add(runs, state.matrix, even_odd=state.props["fill-rule"] == "evenodd")
        for place in found.places:
            matrix = times(state.matrix, place)
            room = Clip((area,))
            room.add([found.room], matrix, even_odd=False)
            tile = replace(inside, matrix=matrix, clips=(*state.clips, room))
            self.pieces += self._tile(content, found, tile)
        return True

    def _tile(self, content: Element, found: Tiling, state: State) -> list[Piece]:
        """What is in one tile of a pattern."""
        state.matrix = times(state.matrix, found.fit)
        state.frame = found.frame
        state.props = self.library.props_of(content, found.frame)
        return self.collected([(child, state) for child in content])

    def _is_in_pattern(self, chain: list[Element]) -> bool:
        """Whether anything shows in a pattern, which has a size."""
        said = self.library.paints.said(chain)
        first = next(element for element in chain if len(element))
        if first not in self._patterns:
            self._patterns[first] = False  # while it is looked into: none is in itself
            frame = Frame(1.0, 1.0, (1.0, 1.0))
            sides = [length(said.get(name), frame, 16.0, "o") for name in ("width", "height")]
            sides += (view_box(said.get("viewBox")) or (0.0, 0.0, 1.0, 1.0))[2:]
            state = State(self.library.props_of(first, frame), IDENTITY, (), frame)
            notes, self.notes = self.notes, Notes()
            self._patterns[first] = all(side and side > 0.0 for side in sides) and bool(
                self.collected([(child, state) for child in first])
            )
            self.notes = notes
        return self._patterns[first]

    def _markers(self, runs: Outline, props: Properties, state: State) -> None:
        """The markers of a shape, by `marker-start`, `marker-mid` and `marker-end`."""
        if all(props[f"marker-{place}"] == "none" for place in ("start", "mid", "end")):
            return
        font = float(props["font-size"])
        width = length(props["stroke-width"], state.frame, font, "o")
        for vertex in vertices(runs):
            linked = reference(props[f"marker-{vertex.which}"])
            element = self.library.named.get(linked[0]) if linked else None
            name = f"marker {linked[0] if linked else ''}"
            if element is None or element.tag != f"{SVG}marker" or name in state.open:
                continue
            own = self.sheets.own(element)
            stand = standing(own, vertex, 1.0 if width is None else width, state.frame, font)
            if stand is None or not share(own.get("opacity")):
                continue
            inside = replace(
                state,
                props=self.library.props_of(element, stand.frame),
                matrix=times(times(state.matrix, stand.place), stand.fit),
                frame=stand.frame,
                open=state.open | {name},
                context=self._context(state),
            )
            if own.get("overflow", "hidden") not in ("visible", "auto"):
                page = Clip()
                page.add([stand.room], times(state.matrix, stand.place), even_odd=False)
                inside.clips = (*state.clips, page)
            if self.cutter.cut(element, own, inside):
                for child in element:
                    self.walk(child, inside)

    def _text(self, element: Element, state: State) -> None:
        text = Text(
            self.sheets, state.frame, lambda path: self._track_of(path, state), self._words_of
        )
        found = text.letters(element, state.props)
        if state.silhouette:
            self.notes.add("svg-clip-text")
            return
        if BOXING in state.open:
            self.pieces += [Piece(each.runs, state, None, _SHADOW) for each in found]
            return
        shown = [each for each in found if each.props["visibility"] == "visible"]
        before = len(self.pieces)
        for each in shown:
            fill, stroke = self._inks(replace(state, props=each.props))
            ink = fill or stroke
            if ink is not None:
                self.pieces.append(Piece(each.runs, state, ink, None))
        if len(self.pieces) > before:
            self.notes.add("svg-text")
        if text.missing:
            self.notes.add("svg-letter", text.missing)

    def _words_of(self, element: Element) -> str:
        """The words that a `tref` refers to, which count as elements."""
        target = self.library.named.get(href(element) or "")
        if target is None:
            self.notes.add("svg-reference-lost")
            return ""
        words = "".join(target.itertext())
        self.count += len(words)
        if self.count > MAX_ELEMENTS:
            raise SvgError("svg-too-many-elements", most=MAX_ELEMENTS)
        return words

    def _track_of(self, element: Element, state: State) -> Track | None:
        """The line that a `textPath` follows."""
        found = track_of(element, self.library, state.frame)
        if found is None:
            self.notes.add("svg-reference-lost")
        return found

    def collected(self, elements: list[tuple[Element, State]]) -> list[Piece]:
        """What some elements show, not yet among the drawing's pieces."""
        before, self.pieces = self.pieces, []
        try:
            for element, state in elements:
                self.walk(element, state)
            return self.pieces
        finally:
            self.pieces = before

    def box(self, element: Element, frame: Frame) -> Box | None:
        """The box of an element in its own units: x, y, width, height."""
        before, self.notes = self.notes, Notes()
        try:
            return box_of(element, frame, self.library, self.collected)
        finally:
            self.notes = before
