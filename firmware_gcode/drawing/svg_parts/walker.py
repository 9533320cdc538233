"""Walks through the elements of an SVG document as a viewer does, and collects what shows."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import numpy as np

from firmware_gcode.drawing.svg_parts.boxes import BOXING, Box, box_of
from firmware_gcode.drawing.svg_parts.clips import Clip
from firmware_gcode.drawing.svg_parts.document import SVG, SvgError
from firmware_gcode.drawing.svg_parts.lettering import Text
from firmware_gcode.drawing.svg_parts.library import Library
from firmware_gcode.drawing.svg_parts.markers import standing, vertices
from firmware_gcode.drawing.svg_parts.masks import room_of, shines
from firmware_gcode.drawing.svg_parts.notes import Notes
from firmware_gcode.drawing.svg_parts.outline import Outline, is_flat
from firmware_gcode.drawing.svg_parts.paint import Ink, href, reference
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
from firmware_gcode.drawing.svg_parts.values import (
    IDENTITY,
    Frame,
    Matrix,
    Points,
    dash_pattern,
    fitted,
    length,
    moved,
    origin,
    times,
    transform,
    translation,
    view_box,
)

MAX_ELEMENTS = 300_000
"""Elements after every `use`, marker and clip path is followed."""
_GROUPS = frozenset(("g", "a", "switch", "svg", "symbol"))
_SHOWN = SHAPES | {"g", "a", "switch", "svg", "use", "text", "image", "foreignObject"}
_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"


class Walker:
    """Collects the pieces of one document.

    Attributes:
        pieces: What shows, in drawing order.
        notes: What is to be told about the rest.
    """

    def __init__(self, root: Element) -> None:
        self.library = Library(root)
        self.sheets = self.library.sheets
        self.notes = Notes()
        if not self.sheets.paint:
            self.notes.add("svg-no-paint")
        self.pieces: list[Piece] = []
        self._count = 0
        self._clips: dict[tuple[Element, Matrix], Clip] = {}

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
            self._count += 1
            if self._count > MAX_ELEMENTS:
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
        inner, own = self.entered(element, state)
        if inner is None:
            return
        if tag in SHAPES:
            self._shape(tag, own, inner)
        elif tag in _GROUPS:
            yield from self._group(tag, element, own, inner, size)
        elif tag == "use":
            yield from self._use(element, own, inner)
        elif tag == "text":
            self._text(element, inner)
        elif inner.props["visibility"] == "visible":
            self.notes.add("svg-picture" if tag == "image" else "svg-foreign")

    def entered(self, element: Element, state: State) -> tuple[State | None, Properties]:
        """The state inside an element; None if nothing of it shows."""
        own = self.sheets.own(element)
        if own.get("display", "").strip().lower() == "none" or not wanted(own):
            return None, own
        props = inherited(state.props, own, state.frame)
        clear = state.clear
        if "opacity" in own:
            seen = share(own["opacity"])
            if seen == 0.0 and not state.silhouette:
                return None, own
            clear = clear or seen < 1.0
        matrix = state.matrix
        if "transform" in own:
            matrix = times(matrix, self._transform(element, own, props, state.frame))
            if matrix[0] * matrix[3] == matrix[1] * matrix[2]:
                return None, own
        inner = State(
            props,
            matrix,
            state.clips,
            state.frame,
            state.layer,
            state.open,
            state.silhouette,
            clear,
        )
        if BOXING in state.open:
            return inner, own
        if "clip-path" in own and not self._clip(element, own["clip-path"], inner):
            return None, own
        if own.get("filter", "none") != "none":
            self.notes.add("svg-filter")
        if "mask" in own:
            self._mask(element, own["mask"], inner)
        return inner, own

    def _transform(
        self, element: Element, own: Properties, props: Properties, frame: Frame
    ) -> Matrix:
        try:
            matrix = transform(own["transform"])
        except ValueError:
            self.notes.add("svg-transform-odd")
            return IDENTITY
        place = own.get("transform-origin")
        if not place or matrix == IDENTITY:
            return matrix
        x0, y0 = 0.0, 0.0
        if own.get("transform-box") in ("fill-box", "content-box", "border-box", "stroke-box"):
            box = self._box(element, frame)
            if box is not None:
                x0, y0 = box[:2]
                frame = Frame(box[2], box[3], frame.page, frame.root_font)
        x, y = origin(place, frame, float(props["font-size"]))
        there, back = translation(x0 + x, y0 + y), translation(-x0 - x, -y0 - y)
        return times(times(there, matrix), back)

    # Containers.

    def _group(
        self,
        tag: str,
        element: Element,
        own: Properties,
        state: State,
        size: tuple[str | None, str | None] | None,
    ) -> Iterator[tuple[Element, State, None]]:
        if state.silhouette:
            return  # a clip path has no groups
        if tag in ("svg", "symbol") and not self._viewport(tag, own, state, size):
            return
        children = iter(element)
        if tag == "switch":
            children = iter([c for c in element if self._chosen(c)][:1])
        top = tag == "g" and not state.layer
        for number, child in enumerate(children):
            if top and number == 0:
                state.layer = element.get(_LABEL) or element.get("id") or f"{self._count}"
            yield child, state, None

    def _chosen(self, child: Element) -> bool:
        """Whether a `switch` may take a child."""
        tag = child.tag if isinstance(child.tag, str) else ""
        return tag.startswith(SVG) and tag != f"{SVG}foreignObject" and wanted(child.attrib)

    def _viewport(
        self,
        tag: str,
        own: Properties,
        state: State,
        size: tuple[str | None, str | None] | None,
    ) -> bool:
        """Enter a viewport of its own; False if it has no size."""
        font = float(state.props["font-size"])
        said = (None, None) if tag == "symbol" else (own.get("width"), own.get("height"))
        given = size or (None, None)
        frame = state.frame
        width = length(given[0] or said[0], frame, font, "x")
        height = length(given[1] or said[1], frame, font, "y")
        width = frame.width if width is None else width
        height = frame.height if height is None else height
        if width <= 0.0 or height <= 0.0:
            return False
        at = Measure(own, frame, font)
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
        at = Measure(own, state.frame, float(state.props["font-size"]))
        state.matrix = times(state.matrix, translation(at.get("x", "x"), at.get("y", "y")))
        state.open = state.open | {name}
        yield target, state, (own.get("width"), own.get("height"))

    # What is drawn.

    def _shape(self, tag: str, own: Properties, state: State) -> None:
        props = state.props
        if props["visibility"] != "visible":
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
        self._add(runs, props, state)
        if tag in ("path", "line", "polyline", "polygon") and not state.silhouette:
            self._markers(runs, props, state)

    def _add(self, runs: Outline, props: Properties, state: State) -> None:
        """A piece more, if it shows."""
        if state.silhouette:
            self.pieces.append(Piece(runs, state, None, Ink("#000000")))
            return
        font = float(props["font-size"])
        width = length(props["stroke-width"], state.frame, font, "o")
        stroke = self.library.paints.stroke(props, 1.0 if width is None else width)
        fill = self.library.paints.fill(props)
        if stroke is not None and stroke.boxed and is_flat(runs):
            stroke = None
        if stroke is None and fill is None:
            return
        dashes = None
        offset = 0.0
        if stroke is not None and props["stroke-dasharray"] != "none":
            dashes = dash_pattern(props["stroke-dasharray"], state.frame, font)
            offset = length(props["stroke-dashoffset"], state.frame, font, "o") or 0.0
        self.pieces.append(Piece(runs, state, stroke, fill, dashes, offset))

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
            if stand is None or own.get("display") == "none" or not share(own.get("opacity")):
                continue
            clips = state.clips
            if own.get("overflow", "hidden") not in ("visible", "auto"):
                page = Clip()
                page.add([stand.room], times(state.matrix, stand.place), even_odd=False)
                clips = (*clips, page)
            matrix = times(times(state.matrix, stand.place), stand.fit)
            inner = self.library.props_of(element, stand.frame)
            inside = State(
                inner,
                matrix,
                clips,
                stand.frame,
                state.layer,
                state.open | {name},
                clear=state.clear,
            )
            for child in element:
                self.walk(child, inside)

    def _text(self, element: Element, state: State) -> None:
        text = Text(self.sheets, state.frame, lambda path: self._line_of(path, state))
        found = text.letters(element, state.props)
        shown = [each for each in found if each.props["visibility"] == "visible"]
        if state.silhouette:
            self.notes.add("svg-clip-text")
            return
        before = len(self.pieces)
        for each in shown:
            width = length(each.props["stroke-width"], state.frame, 16.0, "o")
            ink = self.library.paints.fill(each.props) or self.library.paints.stroke(
                each.props, 1.0 if width is None else width
            )
            if ink is not None:
                self.pieces.append(Piece(each.runs, state, ink, None))
        if len(self.pieces) > before:
            self.notes.add("svg-text")
        if text.missing:
            self.notes.add("svg-letter", text.missing)

    def _line_of(self, element: Element, state: State) -> Points | None:
        """The line that a `textPath` follows, in the text's units."""
        target = self.library.named.get(href(element) or "")
        if target is None or target.tag[len(SVG) :] not in SHAPES:
            self.notes.add("svg-reference-lost")
            return None
        own = self.sheets.own(target)
        try:
            runs, _ = outline(target.tag[len(SVG) :], Measure(own, state.frame, 16.0))
            place = transform(own.get("transform", ""))
        except (ShapeError, ValueError):
            return None
        if not runs:
            return None
        box = runs[0].corners()
        fine = max(float(np.ptp(box.real)), float(np.ptp(box.imag))) / 2000.0
        return moved(runs[0].flat(fine or 1.0), place)

    # Clip paths.

    def _clip(self, element: Element, value: str, state: State) -> bool:
        """Cut a state to a clip path; False if nothing is left."""
        linked = reference(value)
        target = self.library.named.get(linked[0]) if linked else None
        if target is None or target.tag != f"{SVG}clipPath":
            return True  # as viewers do
        name = f"clip {linked[0] if linked else ''}"
        if name in state.open:
            self.notes.add("svg-reference-circular")
            return True
        found = self.clip_of(target, element, state, name)
        if found is None:
            return False
        state.clips = (*state.clips, found)
        return True

    def clip_of(
        self, target: Element, element: Element, state: State, name: str
    ) -> Clip | None:
        """A clip path as it cuts an element; None if it leaves nothing."""
        own = self.sheets.own(target)
        matrix, frame = state.matrix, state.frame
        if own.get("clipPathUnits") == "objectBoundingBox":
            box = self._box(element, state.frame)
            if box is None or box[2] <= 0.0 or box[3] <= 0.0:
                return None
            matrix = times(matrix, (box[2], 0.0, 0.0, box[3], box[0], box[1]))
            frame = Frame(1.0, 1.0, frame.page, frame.root_font)
        elif (target, matrix) in self._clips:
            return self._clips[target, matrix]
        props = self.library.props_of(target, frame)
        inside = State(props, matrix, (), frame, "", state.open | {name}, silhouette=True)
        if "transform" in own:
            inside.matrix = times(matrix, self._transform(target, own, props, frame))
        if "clip-path" in own and not self._clip(element, own["clip-path"], inside):
            return None
        found = Clip(inside.clips)
        for piece in self.collected([(child, inside) for child in target]):
            rule = piece.state.props["clip-rule"] == "evenodd"
            clips = piece.state.clips[len(inside.clips) :]
            found.add(piece.outline, piece.state.matrix, even_odd=rule, within=clips)
        if frame is state.frame:
            self._clips[target, state.matrix] = found
        return found

    def _mask(self, element: Element, value: str, state: State) -> None:
        """Cut a state to a mask; one that cannot be said in areas is left out, and told."""
        linked = reference(value)
        target = self.library.named.get(linked[0]) if linked else None
        if target is None or target.tag != f"{SVG}mask":
            return
        name = f"mask {linked[0] if linked else ''}"
        before, self.notes = self.notes, Notes()
        try:
            found = None if name in state.open else self._mask_of(target, element, state, name)
            half = self.notes.counts.pop("svg-mask-half", 0)
            found = None if self.notes.counts else found
        finally:
            self.notes = before
        if found is None:
            self.notes.add("svg-mask")
        else:
            self.notes.add("svg-mask-half", half)
            state.clips = (*state.clips, found)

    def _mask_of(
        self, target: Element, element: Element, state: State, name: str
    ) -> Clip | None:
        """A mask as what it lets through; None if it is more than areas."""
        own = self.sheets.own(target)
        if "mask" in own:
            return None
        in_box = (state.matrix, state.frame)
        box = self._box(element, state.frame)
        if box is not None:
            matrix = times(state.matrix, (box[2], 0.0, 0.0, box[3], box[0], box[1]))
            in_box = (matrix, Frame(1.0, 1.0, state.frame.page, state.frame.root_font))
        matrix, frame = state.matrix, state.frame
        if own.get("maskContentUnits") == "objectBoundingBox":
            if box is None:
                return None
            matrix, frame = in_box
        props = self.library.props_of(target, frame)
        inside = State(props, matrix, (), frame, "", state.open | {name})
        if not self._clip(element, own.get("clip-path", ""), inside):
            return Clip()
        units = own.get("maskUnits") != "userSpaceOnUse"
        found = Clip(
            (*inside.clips, *room_of(own, *(in_box if units else (state.matrix, state.frame))))
        )
        alpha = own.get("mask-type") == "alpha"
        for piece in self.collected([(child, inside) for child in target]):
            lets = shines(
                piece, piece.state.clips[len(inside.clips) :], self.library, alpha=alpha
            )
            if lets is None:
                return None
            if piece.fill is None or piece.fill.alpha < 1.0 or not piece.fill.plain:
                self.notes.counts["svg-mask-half"] = 1
            for each in lets:
                found.add(
                    *each[:2], even_odd=each.even_odd, within=each.within, adds=each.adds
                )
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

    def _box(self, element: Element, frame: Frame) -> Box | None:
        """The box of an element in its own units: x, y, width, height."""
        before, self.notes = self.notes, Notes()
        try:
            return box_of(element, frame, self.library, self.collected)
        finally:
            self.notes = before
