"""A file as something that the gallery can draw: placed in a cell or on a sheet, pen by pen.

An SVG file's shapes are drawn, or what the pen draws in a G-code file. Of that only the lines
are taken: they are planned, checked and recorded as those of any drawing, and the file's own
commands are never sent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from firmware_gcode.drawing.areas import hatched, occluded
from firmware_gcode.drawing.geometry import DrawingError, Polyline, bounds
from firmware_gcode.drawing.svg_in import SvgDrawing, SvgError, by_pen, read_svg
from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.checker import ProgramError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.reader import read_program
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Request
from pi_service.studio.jobs.picked import (
    FILE_DIGITS,
    Pass,
    Picked,
    RoomError,
    check_room,
    rounded,
)

MOST_STROKES, MOST_POINTS = 20_000, 200_000
"""What one drawing of the gallery may have: it is kept, shown and drawn again."""


class ArtworkError(StudioError, ValueError):
    """A file that the gallery cannot draw."""


@dataclass(frozen=True, slots=True)
class _Lines:
    """What was read of a file.

    Attributes:
        lines: In the order of the passes, y down; of SVG files from their pages' middle.
        passes: As in `Picked`.
        told: What a person must know of the reading.
    """

    lines: Sequence[Polyline]
    passes: tuple[Pass, ...]
    told: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A further SVG file of a drawing; its name is that of its pen."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Artwork:
    """How a file is to be drawn.

    Attributes:
        text: The file.
        passes: What of an SVG file gets a pen of its own; None: one pen draws all of each
            file. A G-code file says by its M0 where it wants another.
        hatch: Distance of the lines that fill areas, mm on the paper; None for none.
        occlude: Leave out what areas hide.
        size_mm: The drawing's longer side before it is turned; None to fill its room, or as
            large as a G-code file says.
        actual_size: An SVG file keeps its own size instead, and, where nobody puts it
            elsewhere, its place on its page, whose middle is the room's.
        more: Further SVG files of the same drawing: the middles of their pages lie upon each
            other, so that they are in register.
        turn: Degrees by which it is turned counter-clockwise.
        x: Its middle from its room's lower left corner, mm; None: the room's. `y` likewise.
        whole_sheet: Whether its room is a whole sheet, and not one cell.
    """

    name: str
    text: str
    passes: Literal["layer", "colour"] | None = None
    hatch: float | None = None
    occlude: bool = False
    size_mm: float | None = None
    turn: float = 0.0
    x: float | None = None
    y: float | None = None
    kind: Literal["svg", "gcode"] = "svg"
    whole_sheet: bool = False
    actual_size: bool = False
    more: tuple[File, ...] = ()

    def read(
        self, room: tuple[float, float], profile: Profile
    ) -> tuple[Picked, tuple[Fact, ...]]:
        """What is to be kept, and what a person must know of the reading.

        Args:
            room: Width and height of its room, mm.
            profile: Tells where the pen of a G-code file is down.

        Raises:
            ArtworkError: It is no file that can be drawn, cannot be hatched so finely, has
                more lines than the gallery keeps, or would leave its room.
        """
        try:
            svg = self.kind == "svg" or self.more
            found = self._svg(room) if svg else self._gcode(profile)
            _count(found.lines)
            return self._placed(found, room), found.told
        except (SvgError, DrawingError, ProgramError, RoomError) as error:
            raise ArtworkError(error.fact) from error

    def request(self, source: str, picked: Picked, request_key: str | None = None) -> Request:
        """The request for what was read; where it stands is in what was read."""
        return Request(
            source,
            class_name=self.name,
            seed=picked.seed,
            size_mm=None if self._by_hand else self.size_mm,
            proposal=picked.id,
            pen_change=picked.pen_change,
            request_key=request_key,
            whole_sheet=self.whole_sheet,
        )

    @property
    def _by_hand(self) -> bool:
        """Whether it stands where it is put, and not just in the middle."""
        put = self.x is not None or self.y is not None or self.turn != 0.0
        return put or self.actual_size or self.kind == "gcode"

    def _svg(self, room: tuple[float, float]) -> _Lines:
        files = (File(self.name, self.text), *self.more)
        longer = None if self.actual_size else self.size_mm or max(room)
        read = [_read(each.text, longer) for each in files]
        if self.hatch is not None:
            lines = [line for found in read for line in _from_middle(found)]
            pitch = self.hatch / self._scale(lines, room)
            read = [hatched(found, pitch) for found in read]
        if self.occlude:
            read = [occluded(found) for found in read]
        told = tuple(each for found in read for each in found.told)
        strokes = [_from_middle(found) for found in read]
        if self.passes is None:
            named = zip(files, read, strokes, strict=True)
            passes = [
                (file.name if self.more else "-", exact, lines)
                for file, found, own in named
                for (_, exact), lines in by_pen(own, found.marks, None).items()
            ]
        else:
            marks = [mark for found in read for mark in found.marks]
            by = by_pen([line for own in strokes for line in own], marks, self.passes)
            passes = [(name or "-", exact, lines) for (name, exact), lines in by.items()]
        return _Lines(
            [line for *_, lines in passes for line in lines],
            tuple((name, len(lines), exact) for name, exact, lines in passes),
            told,
        )

    def _gcode(self, profile: Profile) -> _Lines:
        program = read_program(self.text.splitlines(), profile)
        if not program.strokes:
            raise ArtworkError("artwork-no-ink")
        stops = {at: str(told.params["words"]) for at, told in program.pauses.items()}
        begins = [*sorted({0, *stops}), len(program.strokes)]
        return _Lines(
            [line * (1.0, -1.0) for line in program.strokes],
            tuple((stops.get(a) or "-", b - a, True) for a, b in pairwise(begins)),
            (fact("artwork-from-gcode"),),
        )

    def _scale(self, lines: Sequence[Polyline], room: tuple[float, float]) -> float:
        """Millimetres on the paper for one unit of the file."""
        upright, turned = bounds(lines), bounds(_turned(lines, self.turn))
        longer = max(upright.width, upright.height) or 1e-9
        fill = min(room[0] / (turned.width or 1e-9), room[1] / (turned.height or 1e-9))
        if self.actual_size:
            return 1.0
        if not self._by_hand:
            return fill if self.size_mm is None else min(fill, self.size_mm / longer)
        if self.size_mm is None:
            return 1.0 if self.kind == "gcode" else fill
        return self.size_mm / longer

    def _placed(self, found: _Lines, room: tuple[float, float]) -> Picked:
        """The lines in a room: the one that is there, or one that is as large as they are."""
        lines = _turned(found.lines, self.turn)
        box = bounds(lines)
        if self._by_hand:
            scale = self._scale(found.lines, room)
            middle, half = np.array(box.centre), np.array((box.width, box.height)) * scale / 2
            to = np.array(room) / 2 + (middle if self.actual_size else 0.0)
            if self.x is not None:
                to[0] = self.x
            if self.y is not None:
                to[1] = room[1] - self.y
            check_room(to - half, to + half, room)
        else:
            sides = (box.width or 1e-9, box.height or 1e-9)
            scale = min(room[0] / sides[0], room[1] / sides[1])
            room = (sides[0] * scale, sides[1] * scale)
            middle, to = np.array([box.x0, box.y0]), np.zeros(2)
        return Picked(
            class_name=self.name,
            seed=0,
            room=room,
            given=(),
            added=rounded([(line - middle) * scale + to for line in lines], FILE_DIGITS),
            model_hash="",
            passes=found.passes,
            actual_size=self.actual_size,
        )


def _read(text: str, drawn_mm: float | None) -> SvgDrawing:
    """An SVG file; raises ArtworkError for another one."""
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise ArtworkError("artwork-no-svg")  # anything else would be a file's name
    return read_svg(text, drawn_mm=drawn_mm)


def _from_middle(found: SvgDrawing) -> list[Polyline]:
    """Its lines, measured from the middle of its page."""
    box = bounds(found.polylines)
    width, height = found.width or box.x0 + box.x1, found.height or box.y0 + box.y1
    middle = np.array((width, height)) / 2
    return [line - middle for line in found.polylines]


def _turned(lines: Sequence[Polyline], degrees: float) -> Sequence[Polyline]:
    """Lines, y down, turned counter-clockwise."""
    if not degrees:
        return lines
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    matrix = np.array([[cos, -sin], [sin, cos]])
    return [line @ matrix for line in lines]


def _count(lines: Sequence[Polyline]) -> None:
    """Refuse (ArtworkError) more than the gallery keeps."""
    count = sum(map(len, lines))
    if len(lines) > MOST_STROKES or count > MOST_POINTS:
        raise ArtworkError(
            "artwork-too-large",
            strokes=len(lines),
            points=count,
            most_strokes=MOST_STROKES,
            most_points=MOST_POINTS,
        )
