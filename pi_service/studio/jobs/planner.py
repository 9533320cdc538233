"""From a class and a seed to a program for one cell of the paper."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from firmware_gcode.drawing.caption import CaptionError, caption, caption_strip
from firmware_gcode.drawing.geometry import Drawing, Polyline, Rectangle, as_polyline, bounds
from firmware_gcode.drawing.layout import LayoutError, grid, place
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import CodedError
from firmware_gcode.program.checker import check_program
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import Stroke, Toolpath, plan_toolpath
from firmware_gcode.toolpath.segments import straight
from firmware_gcode.toolpath.tolerance import sketch_tolerance
from pi_service.sketching.stroke import to_polylines
from pi_service.studio.core.parts import Artist
from pi_service.studio.jobs.job import Job, Request
from pi_service.studio.jobs.pens import Passes, wanted
from pi_service.studio.jobs.picked import DIGITS, Pass, Picked, as_drawn, stand
from pi_service.studio.jobs.store import KeptDrawing
from pi_service.studio.paper.supplies import Sheet

logger = logging.getLogger(__name__)

CELL_GAP_MM = 6.0
"""Paper left free between the drawings of neighbouring cells."""
CAPTION_MM = 2.5
"""Height of a capital under a drawing: read from as near as one holds a postcard."""
LONGEST_CAPTION = "No. 99999, 30 June 2026"


@dataclass(frozen=True, slots=True)
class Placed:
    """A request, and the cell of a sheet in which it is to be drawn.

    Attributes:
        cell: Its cell there, from 0, row by row from the top left.
        grid: Columns and rows of the sheet; one of each if it takes the whole sheet.
        candidates: Of how many sketches the best is taken; None leaves that to the artist.
            Whether time was left to choose among more makes no other request of it.
    """

    request: Request
    sheet: int
    cell: int
    grid: tuple[int, int]
    caption: str = ""
    candidates: int | None = field(default=None, compare=False)

    @classmethod
    def of(cls, job: Job, sheet: Sheet | None) -> Placed:
        """What a job was planned for, of which drawing and sheet are known."""
        grid = sheet.grid(whole=job.whole_sheet) if sheet else (1, 1)
        return cls(job.drawing(), job.sheet or 0, job.cell or 0, grid, job.caption)

    @classmethod
    def next_on(cls, sheet: Sheet | None, *, whole: bool = False) -> Placed:
        """Where the next drawing is to be, with the longest caption, whatever it will be."""
        request = Request("", whole_sheet=whole)
        if sheet is None:
            return cls(request, 0, 0, (1, 1))
        cell = sheet.next_cell(whole=whole) or 0
        written = LONGEST_CAPTION if sheet.caption else ""
        return cls(request, sheet.id, cell, sheet.grid(whole=whole), written)

    @property
    def class_name(self) -> str:
        """What to draw."""
        return self.request.class_name or ""

    @property
    def seed(self) -> int:
        """The seed of the whole drawing."""
        return self.request.seed or 0


class NotKeptError(CodedError, ValueError):
    """What a visitor drew is not kept any more."""


@dataclass(frozen=True, slots=True)
class StrokePlan:
    """How a drawing is drawn: the person's strokes, the machine's, the caption's.

    Attributes:
        human: How many of its strokes, the first ones, a person drew.
        caption: How many, the last ones, are the caption's.
        passes: Where another pen is wanted.
    """

    toolpath: Toolpath
    human: int = 0
    caption: int = 0
    passes: Passes = ()


@dataclass(frozen=True, slots=True)
class Composition:
    """A drawing that is ready to be drawn.

    Attributes:
        program: The checked program; its `strokes` are those of the whole drawing, also where
            it leaves out the first ones because they are on the paper already.
        kept: What to keep of it; its strokes are those of the program, to 1 µm.
        passes: Where another pen is wanted.
    """

    placed: Placed
    program: Program
    model_hash: str
    kept: KeptDrawing
    profile: Profile
    passes: Passes = ()


class Planner:
    """Draws sketches, places them in cells and writes their programs. Keeps no state.

    Args:
        profile: The machine's profile; may be set anew at any time.
    """

    def __init__(
        self,
        artist: Artist,
        profile: Profile,
        paper: Paper,
        picked: Callable[[str], Picked | None] = lambda _: None,
    ) -> None:
        self.artist = artist
        self._picked = picked
        self.profile = profile
        self.paper = paper

    def compose(
        self, placed: Placed, original: tuple[Placed, KeptDrawing] | None = None
    ) -> Composition:
        """Compose a drawing; the same request in the same cell always gives the same bytes.

        Args:
            original: The drawing that it repeats, and what that was composed for. It goes by
                the lines that somebody drew, or by its seed while that still gives the same
                strokes, else by the strokes that were kept; None for a new one.

        Raises:
            ValueError: If the sketch or program cannot be; the message says why.
        """
        proposal = placed.request.proposal
        if original is None or (proposal and self._picked(proposal)):  # its lines are kept
            return self._write(placed, *self._plan(placed))
        before, kept = original
        if self._still_gives(before, kept):
            placed = _as_chosen(placed, kept)
            return self._write(placed, *self._plan(placed))
        model_hash = str(kept.settings.get("model_hash", ""))
        return self._write(placed, self._plan_again(placed, kept), model_hash)

    def compose_rest(
        self, placed: Placed, kept: KeptDrawing, first_stroke: int
    ) -> Composition:
        """Write the program for what is still missing of a kept drawing.

        If the seed still gives the same strokes, the program is the rest of the first one. If
        model or software have changed since, it goes by the strokes that were kept: what it
        draws always fits to what is on the paper.

        Raises:
            ValueError: If the program cannot be; the message says why.
        """
        placed = _as_chosen(placed, kept)
        try:
            again = self._write(placed, *self._plan(placed), first_stroke)
            if again.kept.strokes == kept.strokes:
                return again
        except ValueError as error:
            logger.warning("what was kept is drawn, as the seed cannot be: %s", error)
        strokes = _as_they_are([as_polyline(points) for points in kept.strokes])
        toolpath = Toolpath(strokes, self.profile.park, self.profile.park)
        plan = StrokePlan(
            toolpath,
            int(kept.settings.get("human_strokes", 0)),
            int(kept.settings.get("caption_strokes", 0)),
            [(int(at), str(name)) for at, name in kept.settings.get("passes", ())],
        )
        model_hash = str(kept.settings.get("model_hash", ""))
        return self._write(placed, plan, model_hash, first_stroke)

    def area(self, placed: Placed) -> Rectangle:
        """The cell's rectangle, paper mm."""
        cells = grid(self.paper.drawable, *placed.grid, gap=CELL_GAP_MM)
        return cells[placed.cell]

    def room(self, placed: Placed) -> Rectangle:
        """What of the cell the drawing itself may have, without the caption's strip."""
        return (
            caption_strip(self.area(placed), CAPTION_MM)[0]
            if placed.caption
            else self.area(placed)
        )

    def room_size(self, placed: Placed) -> tuple[float, float]:
        """Width and height of that, mm, as they are told to others."""
        room = self.room(placed)
        return round(room.width, DIGITS), round(room.height, DIGITS)

    def _plan(self, placed: Placed) -> tuple[StrokePlan, str]:
        """How a request is drawn, and which model drew it."""
        if placed.request.proposal is not None:
            return self._plan_together(placed, placed.request.proposal)
        sketch = self.artist.draw(
            placed.class_name, seed=placed.seed, candidates=placed.candidates
        )
        polylines = [as_polyline(line) for line in to_polylines(sketch)]
        drawing = _sized(polylines, self.room(placed), placed.request.size_mm, y_down=True)
        return self._plan_strokes(placed, (), drawing.strokes), self.artist.model_hash

    def _plan_together(self, placed: Placed, proposal: str) -> tuple[StrokePlan, str]:
        """The same of what a visitor picked."""
        picked = self._picked(proposal)
        if picked is None:
            raise NotKeptError("proposal-not-kept")
        given, added = stand(picked, self.room(placed))
        if placed.request.size_mm is not None:
            whole = _sized(
                [*given, *added], self.room(placed), placed.request.size_mm, y_down=False
            )
            given, added = list(whole.strokes[: len(given)]), list(whole.strokes[len(given) :])
        return self._plan_strokes(placed, given, added, picked.passes), picked.model_hash

    def _still_gives(self, placed: Placed, kept: KeptDrawing) -> bool:
        """Whether an old request's seed still gives what was drawn then."""
        paper = Paper(*(float(kept.settings[key]) for key in ("width", "height", "margin")))
        try:
            then = Planner(self.artist, self.profile, paper, self._picked).compose(
                _as_chosen(placed, kept)
            )
        except ValueError:
            return False
        return then.kept.strokes == kept.strokes

    def _plan_again(self, placed: Placed, original: KeptDrawing) -> StrokePlan:
        """How a drawing that is kept is drawn once more, without its old caption."""
        settings = original.settings
        count = len(original.strokes) - int(settings.get("caption_strokes", 0))
        kept = [as_polyline(points) for points in original.strokes[:count]]
        drawing = _sized(kept, self.room(placed), placed.request.size_mm, y_down=False)
        human = int(settings.get("human_strokes", 0))
        return self._plan_strokes(placed, drawing.strokes[:human], drawing.strokes[human:])

    def _plan_strokes(
        self,
        placed: Placed,
        human: Sequence[Polyline],
        machine: Sequence[Polyline],
        pens: Sequence[Pass] = (),
    ) -> StrokePlan:
        """The person's strokes as they were drawn, then the machine's, then the caption.

        Args:
            pens: As in `Picked`.
        """
        box = bounds((*human, *machine))
        size = max(box.width, box.height)
        own = as_drawn(human, self.paper.sheet, size)
        strokes, passes = own, []
        tolerance = None if pens else sketch_tolerance(size)
        at, pen = 0, None if own or pens else ""
        for name, count, exact in pens or (("", len(machine), False),):
            if name != pen:
                passes.append((len(strokes), name))
                pen = name
            strokes += plan_toolpath(
                Drawing(tuple(machine[at : at + count])),
                self.profile,
                seed=placed.seed,
                area=self.paper.sheet,
                start=strokes[-1].end if strokes else None,
                tolerance=0.0 if exact else tolerance,
            ).strokes
            at += count
        written = self._written(placed)
        toolpath = Toolpath(strokes + written, self.profile.park, self.profile.park)
        if not placed.request.pen_change:
            passes = []
        return StrokePlan(toolpath, len(own), len(written), passes)

    def _written(self, placed: Placed) -> tuple[Stroke, ...]:
        """The caption's strokes."""
        if not placed.caption:
            return ()
        strip = caption_strip(self.area(placed), CAPTION_MM)[1]
        return _as_they_are(caption(placed.caption, strip, height=CAPTION_MM).strokes)

    def _write(
        self,
        placed: Placed,
        plan: StrokePlan,
        model_hash: str,
        first_stroke: int = 0,
    ) -> Composition:
        profile = self.profile  # another one may be set meanwhile
        program = write_program(
            plan.toolpath,
            profile,
            from_stroke=first_stroke,
            pauses={at: wanted(name) for at, name in plan.passes},
        )
        check_program(program.text, profile, self.paper)
        settings: dict[str, Any] = {
            "width": self.paper.width,
            "height": self.paper.height,
            "margin": self.paper.margin,
            "model_hash": model_hash,
            "caption_strokes": plan.caption,
            "human_strokes": plan.human,
            "candidates": placed.candidates,
            **({"passes": [list(each) for each in plan.passes]} if plan.passes else {}),
        }
        points = [np.round(stroke, 3).tolist() for stroke in program.strokes]
        kept = KeptDrawing(points, program.text, profile.name, settings)
        return Composition(placed, program, model_hash, kept, profile, plan.passes)


def has_room_for_captions(paper: Paper, columns: int, rows: int) -> bool:
    """Whether a line of text can stand under each drawing of a grid and be read."""
    try:
        cell = grid(paper.drawable, columns, rows, gap=CELL_GAP_MM)[0]
        caption(LONGEST_CAPTION, caption_strip(cell, CAPTION_MM)[1], height=CAPTION_MM)
    except (CaptionError, LayoutError):
        return False
    return True


def _as_chosen(placed: Placed, kept: KeptDrawing) -> Placed:
    """The request with as many candidates as the kept drawing was chosen from."""
    return replace(placed, candidates=kept.settings.get("candidates"))


def _sized(
    polylines: Sequence[Polyline], area: Rectangle, size_mm: float | None, *, y_down: bool
) -> Drawing:
    """A drawing in the middle of an area, of the size that is wanted if there is room."""
    if size_mm is not None:
        try:
            return place(polylines, area, scale=size_mm, y_down=y_down)
        except LayoutError:
            logger.info("%g mm are more than there is room: the drawing fills it", size_mm)
    return place(polylines, area, scale="fit", y_down=y_down)


def _as_they_are(polylines: Sequence[Polyline]) -> tuple[Stroke, ...]:
    """Strokes that are drawn in their own order and direction, with straight lines."""
    return tuple(Stroke((n,), straight(line)) for n, line in enumerate(polylines))
