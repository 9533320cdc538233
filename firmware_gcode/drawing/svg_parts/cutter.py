"""Cuts what is drawn to the clip paths and masks of its elements."""

from __future__ import annotations

from typing import Protocol
from xml.etree.ElementTree import Element

from firmware_gcode.drawing.svg_parts.basic_shapes import shape_clip
from firmware_gcode.drawing.svg_parts.boxes import Box
from firmware_gcode.drawing.svg_parts.clips import Clip
from firmware_gcode.drawing.svg_parts.document import SVG
from firmware_gcode.drawing.svg_parts.library import Library
from firmware_gcode.drawing.svg_parts.masks import room_of, shines
from firmware_gcode.drawing.svg_parts.notes import Notes
from firmware_gcode.drawing.svg_parts.paint import reference
from firmware_gcode.drawing.svg_parts.pieces import Piece, State
from firmware_gcode.drawing.svg_parts.shapes import Measure
from firmware_gcode.drawing.svg_parts.style import Properties
from firmware_gcode.drawing.svg_parts.transforms import is_transformed
from firmware_gcode.drawing.svg_parts.values import Frame, Matrix, times


class Walk(Protocol):
    """What cutting needs of a walk through a document."""

    notes: Notes

    def collected(self, elements: list[tuple[Element, State]]) -> list[Piece]:
        """What some elements show, apart from the drawing."""

    def transform_of(self, element: Element, own: Properties, state: State) -> Matrix:
        """What an element's `transform` does."""

    def box(self, element: Element, frame: Frame) -> Box | None:
        """The box of an element in its own units."""


class Cutter:
    """Cuts states to clip paths and masks, found in a library, walked by a walk."""

    def __init__(self, walk: Walk, library: Library) -> None:
        self._walk = walk
        self._library = library
        self._clips: dict[tuple[Element, Matrix], Clip] = {}

    def cut(self, element: Element, own: Properties, state: State) -> bool:
        """Cut the state inside an element to what it asks for; False if nothing is left."""
        if "clip-path" in own and not self._clip(element, own["clip-path"], state):
            return False
        if state.silhouette:
            return True  # masks and filters do nothing in a clip path
        if own.get("filter", "none") != "none":
            if self._filters_all(own["filter"], state.frame):
                return False
            self._walk.notes.add("svg-filter")
        if "mask" in own:
            self._mask(element, own["mask"], state)
        return True

    def _filters_all(self, value: str, frame: Frame) -> bool:
        """Whether a filter leaves nothing: it has no parts, or no room."""
        linked = reference(value)
        target = self._library.named.get(linked[0]) if linked else None
        if target is None or target.tag != f"{SVG}filter":
            return False
        room = Measure(self._library.sheets.own(target), frame, 16.0)
        return (
            not len(target) or min(room.get("width", "x", 1), room.get("height", "y", 1)) <= 0
        )

    def _clip(self, element: Element, value: str, state: State) -> bool:
        """Cut a state to a clip path; False if nothing is left."""
        linked = reference(value)
        target = self._library.named.get(linked[0]) if linked else None
        if linked is None and value != "none":
            shape = shape_clip(value, self._walk.box(element, state.frame), state)
            state.clips = (*state.clips, shape) if shape else state.clips
        if target is None or target.tag != f"{SVG}clipPath":
            return True  # as viewers do
        name = f"clip {linked[0] if linked else ''}"
        if name in state.open:
            self._walk.notes.add("svg-reference-circular")
            return True
        found = self._clip_of(target, element, state, name)
        if found is None:
            return False
        state.clips = (*state.clips, found)
        return True

    def _clip_of(
        self, target: Element, element: Element, state: State, name: str
    ) -> Clip | None:
        """A clip path as it cuts an element; None if it leaves nothing."""
        own = self._library.sheets.own(target)
        if (target, state.matrix) in self._clips:
            return self._clips[target, state.matrix]
        frame = state.frame
        props = self._library.props_of(target, frame)
        inside = State(
            props, state.matrix, (), frame, "", state.open | {name}, silhouette=True
        )
        if is_transformed(own):
            move = self._walk.transform_of(target, own, inside)
            inside.matrix = times(inside.matrix, move)
        if own.get("clipPathUnits") == "objectBoundingBox":
            box = self._walk.box(element, frame)
            if box is None or box[2] <= 0.0 or box[3] <= 0.0:
                return None
            unit = (box[2], 0.0, 0.0, box[3], box[0], box[1])
            inside.matrix = times(inside.matrix, unit)
        if "clip-path" in own and not self._clip(element, own["clip-path"], inside):
            return None
        found = Clip(inside.clips)
        for piece in self._walk.collected([(child, inside) for child in target]):
            rule = piece.state.props["clip-rule"] == "evenodd"
            clips = piece.state.clips[len(inside.clips) :]
            found.add(piece.outline, piece.state.matrix, even_odd=rule, within=clips)
        if own.get("clipPathUnits") != "objectBoundingBox":
            self._clips[target, state.matrix] = found
        return found

    def _mask(self, element: Element, value: str, state: State) -> None:
        """Cut a state to a mask; one that cannot be said in areas is left out, and told."""
        linked = reference(value)
        target = self._library.named.get(linked[0]) if linked else None
        if target is None or target.tag != f"{SVG}mask":
            return
        name = f"mask {linked[0] if linked else ''}"
        if name in state.open:
            self._walk.notes.add("svg-reference-circular")
            return
        before, self._walk.notes = self._walk.notes, Notes()
        try:
            found = self._mask_of(target, element, state, name)
            half = self._walk.notes.counts.pop("svg-mask-half", 0)
            self._walk.notes.counts.pop("svg-reference-circular", 0)
            found = None if self._walk.notes.counts else found
        finally:
            self._walk.notes = before
        if found is None:
            self._walk.notes.add("svg-mask")
        else:
            self._walk.notes.add("svg-mask-half", half)
            state.clips = (*state.clips, found)

    def _mask_of(
        self, target: Element, element: Element, state: State, name: str
    ) -> Clip | None:
        """A mask as what it lets through; None if it is more than areas."""
        own = self._library.sheets.own(target)
        in_box = (state.matrix, state.frame)
        box = self._walk.box(element, state.frame)
        units = own.get("maskUnits") != "userSpaceOnUse"
        if box is None or not (box[2] and box[3]):
            if units:
                return Clip()
        else:
            matrix = times(state.matrix, (box[2], 0.0, 0.0, box[3], box[0], box[1]))
            in_box = (matrix, Frame(1.0, 1.0, state.frame.page, state.frame.root_font))
        matrix, frame = state.matrix, state.frame
        if own.get("maskContentUnits") == "objectBoundingBox":
            if in_box[0] == state.matrix:
                return Clip()
            matrix = in_box[0]
        props = self._library.props_of(target, frame)
        inside = State(props, matrix, (), frame, "", state.open | {name})
        if "mask" in own:
            self._mask(element, own["mask"], inside)
        found = Clip(
            (*inside.clips, room_of(own, *(in_box if units else (state.matrix, state.frame))))
        )
        alpha = own.get("mask-type") == "alpha"
        for piece in self._walk.collected([(child, inside) for child in target]):
            lets = shines(
                piece, piece.state.clips[len(inside.clips) :], self._library, alpha=alpha
            )
            if lets is None:
                return None
            if piece.half_seen:
                self._walk.notes.counts["svg-mask-half"] = 1
            for each in lets:
                found.add(
                    *each[:2], even_odd=each.even_odd, within=each.within, adds=each.adds
                )
        return found
