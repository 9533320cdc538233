"""Makes lines in millimetres of the pieces that a walk has brought home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_parts.clips import Clip
from firmware_gcode.drawing.svg_parts.dashes import dashed
from firmware_gcode.drawing.svg_parts.document import SvgError
from firmware_gcode.drawing.svg_parts.notes import Notes
from firmware_gcode.drawing.svg_parts.outline import flat_runs
from firmware_gcode.drawing.svg_parts.page import MM_PER_PX
from firmware_gcode.drawing.svg_parts.paint import WHITE
from firmware_gcode.drawing.svg_parts.path import MAX_POINTS
from firmware_gcode.drawing.svg_parts.pieces import Piece
from firmware_gcode.drawing.svg_parts.region import Region, Rings, cut, is_simple, rim
from firmware_gcode.drawing.svg_parts.shapes import rectangle
from firmware_gcode.drawing.svg_parts.values import (
    IDENTITY,
    MOST,
    Matrix,
    Points,
    moved,
    stretch,
)

TOLERANCE_MM = 0.02
"""How far a curve's chords may leave it, at the size at which it is drawn."""
_COARSER = 3
"""How often the tolerance may be doubled for a drawing of very many curves."""
_BATCH = 50_000
_ROUNDING = 1e-6
"""A line on a page's very edge is not over it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a line comes from.

    Attributes:
        layer: The outermost group: its Inkscape label, else its id; "" outside of any.
        colour: ``#rrggbb`` of its stroke, or of its area if that alone shows.
        exact: Whether its corners are meant: no curve may round them.
    """

    layer: str
    colour: str
    exact: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Area:
    """A filled shape, mm, y down.

    Attributes:
        runs: Its rings, each closed by its chord.
        even_odd: Its fill rule; otherwise non-zero.
        within: Areas that it is cut to.
        mark: Where it comes from.
        before: How many lines were drawn before it: those that it hides.
        solid: Whether nothing shines through.
    """

    runs: list[Points]
    even_odd: bool
    within: tuple[Region, ...]
    mark: Mark
    before: int
    solid: bool

    def rings(self) -> Rings:
        """The area, ready to cut with."""
        return Rings.of(self.runs, even_odd=self.even_odd, within=self.within)


@dataclass
class Drawn:
    """What is drawn, in drawing order.

    Attributes:
        lines: Points, mm.
        marks: Where each line comes from.
        areas: The filled shapes.
    """

    lines: list[Points] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)

    def cut(self, region: Region) -> None:
        """Leave out what is not in a region."""
        self.lines, sources = cut(self.lines, region)
        self.marks = [self.marks[source] for source in sources]
        places = np.searchsorted(sources, [area.before for area in self.areas]).tolist()
        self.areas = [
            replace(area, within=(*area.within, region), before=place)
            for area, place in zip(self.areas, places, strict=True)
        ]

    def add(self, more: Drawn) -> None:
        """Draw more, after all this."""
        already = len(self.lines)
        self.lines += more.lines
        self.marks += more.marks
        self.areas += (
            [replace(area, before=area.before + already) for area in more.areas]
            if already
            else more.areas
        )


@dataclass
class Inker:
    """Turns pieces into lines, one after the other.

    Attributes:
        notes: Takes what is to be told.
        page: Width and height of what it is cut to, mm; None where it ends nowhere.
        drawn: What has come of it.
    """

    notes: Notes
    page: tuple[float | None, float | None]
    drawn: Drawn = field(default_factory=Drawn)
    _batch: Drawn = field(default_factory=Drawn)
    """What has the same clips, not yet cut to them."""
    _clips: tuple[Clip, ...] = ()
    _points: int = 0
    _tolerance: float = 1.0
    _shaded: NDArray[np.float64] | None = None
    """The box around the areas so far: left, top, right, bottom."""

    def ink(self, pieces: Sequence[Piece], drawn_mm: float | None) -> None:
        """Draw pieces.

        Args:
            pieces: In drawing order.
            drawn_mm: Longer side, mm, at which they will be drawn; None: as they are.

        Raises:
            SvgError: More points than can be drawn, or places that are none.
        """
        share = 1.0 if drawn_mm is None else self._extent(pieces) / drawn_mm
        self._tolerance = max(TOLERANCE_MM * share, 1e-9)
        for _ in range(_COARSER):
            if self._count(pieces) <= MAX_POINTS:
                break
            self._tolerance *= 2.0
        for piece, runs in self._flat(pieces):
            self._piece(piece, runs)
        self._flush()
        self._cut_to_page()

    def _count(self, pieces: Sequence[Piece]) -> int:
        """About how many points there will be."""
        return sum(
            1 + int(run.pieces(self._tolerance / (stretch(piece.state.matrix) or 1.0)).sum())
            for piece in pieces
            for run in piece.outline
        )

    def _extent(self, pieces: Sequence[Piece]) -> float:
        """The longer side of what is drawn, mm, as far as it is on the page."""
        boxes = []
        for batch, matrix in _batches(pieces):
            corners = [run.corners() for piece in batch for run in piece.outline]
            z = moved(np.concatenate(corners), matrix)
            boxes.append([z.real.min(), z.imag.min(), z.real.max(), z.imag.max()])
        if not boxes:
            return 1.0
        box = np.array(boxes)
        low, high = box[:, :2].min(axis=0), box[:, 2:].max(axis=0)
        for axis, side in enumerate(self.page):
            if side is not None:
                low[axis], high[axis] = max(low[axis], 0.0), min(high[axis], side)
        if not np.abs([low, high]).max() < MOST:
            raise SvgError("svg-not-finite")
        return float((high - low).max()) or 1.0

    def _flat(self, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, list[Points]]]:
        """Each piece with the points of its runs, mm; straight ones are moved together."""
        for batch, matrix in _batches(pieces):
            runs = [
                run
                for piece in batch
                for run in flat_runs(piece.outline, matrix, self._tolerance)
            ]
            sizes = np.array([len(run) for run in runs])
            self._points += int(sizes.sum())
            if self._points > MAX_POINTS:
                raise SvgError("svg-too-many-points", most=MAX_POINTS)
            places = moved(np.concatenate(runs), matrix)
            ends = np.cumsum(sizes).tolist()
            shares = [places[a:b] for a, b in zip([0, *ends], ends, strict=False)]
            at = 0
            for piece in batch:
                count = len(piece.outline)
                yield piece, shares[at : at + count]
                at += count

    def _piece(self, piece: Piece, runs: list[Points]) -> None:
        """One shape: its lines, and its area."""
        ink = piece.stroke or piece.fill
        if ink is None:
            return
        if piece.state.clips != self._clips:
            self._flush()
            self._clips = piece.state.clips
        batch = self._batch
        before = len(batch.lines)
        if piece.stroke is not None:
            batch.lines += self._stroked(piece, runs)
            self.notes.see(piece.stroke, clear=piece.state.opacity < 1.0)
        else:
            batch.lines += self._outlined(piece, runs)
        mark = Mark(piece.state.layer, ink.colour)
        batch.marks += [mark] * (len(batch.lines) - before)
        if piece.fill is not None:
            even_odd = piece.state.props["fill-rule"] == "evenodd"
            solid = not replace(piece, stroke=None).half_seen
            shade = Mark(mark.layer, piece.fill.colour)
            batch.areas.append(Area(runs, even_odd, (), shade, before, solid))
            if piece.fill.colour != WHITE:
                self._shade(runs)

    def _flush(self) -> None:
        """Cut what has the same clips, all at once, and add it to the rest."""
        for clip in self._clips:
            self._batch.cut(clip.region(self._tolerance))
        self.drawn.add(self._batch)
        self._batch = Drawn()

    def _stroked(self, piece: Piece, runs: list[Points]) -> list[Points]:
        """The lines of a stroke; what has no length is a dot if its ends are round."""
        round_pen = piece.state.props["stroke-linecap"] in ("round", "square")
        if piece.dashes is not None:
            matrix, unit, lines = IDENTITY, MM_PER_PX, runs
            if not piece.fixed:
                matrix, unit = piece.state.matrix, 1.0
                lines = flat_runs(piece.outline, matrix, self._tolerance)
            pattern = [unit * part for part in piece.dashes]
            cut_up = dashed(lines, pattern, unit * piece.offset, dots=round_pen)
            if cut_up is not None:
                self._points += sum(map(len, cut_up))
                return [moved(line, matrix) for line in cut_up]
            self.notes.add("svg-dashes-fine")
        lines = []
        for run in runs:
            if len(run) == 1 or run[0] != run[1] or (run != run[0]).any():
                lines.append(run)
            elif round_pen:
                lines.append(run[:1])
        return lines

    def _outlined(self, piece: Piece, runs: list[Points]) -> list[Points]:
        """What is seen of the edge of an area without a stroke, after clips and fill rule.

        Nothing where white lies on bare paper.
        """
        closed = [
            run if run[0] == run[-1] else np.append(run, run[0])
            for run in runs
            if len(run) > 2
        ]
        shown = [run for run in closed if _has_area(run)]
        if not shown:
            return []
        if (
            piece.fill is not None
            and piece.fill.colour == WHITE
            and not self._is_shaded(shown)
        ):
            self.notes.add("svg-white-area")
            return []
        self.notes.add("svg-area")
        box = _box(shown)
        clips = [clip.region(self._tolerance) for clip in piece.state.clips]
        within = tuple(region for region in clips if region.may_cut(box))
        even_odd = piece.state.props["fill-rule"] == "evenodd"
        try:
            if not within and (even_odd or is_simple(shown)):
                return shown
            return rim(Rings.of(shown, even_odd=even_odd, within=within))
        except SvgError:  # so involved that more edges are drawn than are seen
            self.notes.add("svg-area-involved")
            return shown

    def _shade(self, runs: list[Points]) -> None:
        box = _box(runs)
        if self._shaded is not None:
            box = np.append(
                np.minimum(box[:2], self._shaded[:2]), np.maximum(box[2:], self._shaded[2:])
            )
        self._shaded = box

    def _is_shaded(self, runs: list[Points]) -> bool:
        """Whether there is an area under these runs that white may cover."""
        if self._shaded is None:
            return False
        box = _box(runs)
        return bool((box[:2] < self._shaded[2:]).all() and (box[2:] > self._shaded[:2]).all())

    def _cut_to_page(self) -> None:
        """Leave out what is not on the page."""
        if not self.drawn.lines:
            return
        every = np.concatenate(self.drawn.lines)
        if not np.abs(every).max() < MOST:
            raise SvgError("svg-not-finite")
        wide, high = self.page
        slack = _ROUNDING * max(wide or 1.0, high or 1.0)
        left, right = (-slack, wide + slack) if wide is not None else (-MOST, MOST)
        top, bottom = (-slack, high + slack) if high is not None else (-MOST, MOST)
        off = (every.real < left) | (every.real > right)
        off |= (every.imag < top) | (every.imag > bottom)
        if not off.any():
            return
        begins = np.cumsum([0, *map(len, self.drawn.lines[:-1])])
        over = np.logical_or.reduceat(off, begins)
        self.notes.add("svg-over-the-edge", int(over.sum()))
        page = Clip()
        page.add([rectangle(left, top, right - left, bottom - top)], IDENTITY, even_odd=False)
        self.drawn.cut(page.region(1.0))


def _batches(pieces: Sequence[Piece]) -> Iterator[tuple[list[Piece], Matrix]]:
    """Neighbouring pieces that have the same matrix."""
    batch: list[Piece] = []
    size = 0
    for piece in pieces:
        if batch and (batch[-1].state.matrix != piece.state.matrix or size > _BATCH):
            yield batch, batch[-1].state.matrix
            batch, size = [], 0
        batch.append(piece)
        size += sum(len(run.points) for run in piece.outline)
    if batch:
        yield batch, batch[-1].state.matrix


def _box(runs: Sequence[Points]) -> NDArray[np.float64]:
    z = np.concatenate(runs)
    return np.array([z.real.min(), z.imag.min(), z.real.max(), z.imag.max()])


def _has_area(run: Points) -> bool:
    """Whether a closed run is more than a line there and back."""
    z = run - run[0]
    farthest = z[int(np.argmax(np.abs(z)))]
    if farthest == 0:
        return False
    return bool(np.abs((z * np.conj(farthest)).imag).max() > 1e-9 * abs(farthest) ** 2)
