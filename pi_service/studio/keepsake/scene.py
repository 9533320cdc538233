"""A kept drawing as a picture: on its paper, or cut out with number and date under it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from firmware_gcode.drawing.caption import CaptionError, caption
from firmware_gcode.drawing.geometry import Polyline, Rectangle, bounds
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.svg import svg
from pi_service.studio.jobs.job import Job, JobState
from pi_service.studio.jobs.picked import Picked, as_planned, placement
from pi_service.studio.jobs.prefetch import caption_text
from pi_service.studio.jobs.store import KeptDrawing

MARGIN_MM = 8.0
"""Paper around the drawing."""
NUMBER_MM, STRIP_MM = 3.0, 9.0
"""Height of the number's digits under a drawing, and of the strip that they stand in."""
CUT_OFF = frozenset({JobState.CANCELLED, JobState.INTERRUPTED})
"""Of jobs in these states only what the pen came to is shown."""
NARROWEST_MM = 60.0
"""The strip's width at least, so that they fit under the slimmest giraffe."""


def picture(job: Job, kept: KeptDrawing, pen_width: float) -> str:
    """A job's drawing on its paper as SVG; `pen_width` in mm."""
    paper = Paper(*(float(kept.settings[key]) for key in ("width", "height", "margin")))
    strokes = [np.asarray(points, dtype=np.float64) for points in kept.strokes]
    title = f"{job.class_name}, seed {job.seed}"
    hands = hands_of(kept)
    shared = hands if "human" in hands else []
    return svg(strokes, paper, pen_width=pen_width, title=title, hands=shared)


def both_hands(picked: Picked, pen_width: float) -> str:
    """What a visitor and the machine drew together, in its room, as SVG; no job needs to be.

    Args:
        pen_width: mm.
    """
    width, height = picked.room
    where = placement(picked.strokes, picked.room, picked.room)
    up, high = np.array([1.0, -1.0]), np.array([0.0, height])
    given, added = ([where.of(each) * up + high for each in ls] for ls in as_planned(picked))
    hands = ["human"] * len(given) + ["machine"] * len(added)
    paper, title = Paper(width, height, 0.0), picked.class_name
    return svg([*given, *added], paper, pen_width=pen_width, title=title, hands=hands)


def hands_of(kept: KeptDrawing) -> list[str]:
    """Who drew each stroke: ``human``, ``machine`` or ``caption``."""
    human = int(kept.settings.get("human_strokes", 0))
    written = int(kept.settings.get("caption_strokes", 0))
    machine = len(kept.strokes) - human - written
    return ["human"] * human + ["machine"] * machine + ["caption"] * written


@dataclass(frozen=True, eq=False)
class Scene:
    """What is shown.

    Attributes:
        strokes: mm from the lower left corner, y up, in the order of drawing.
        hands: Who drew each: ``human``, ``machine`` or ``caption``.
        pen_width: mm.
    """

    strokes: tuple[Polyline, ...]
    hands: tuple[str, ...]
    paper: Paper
    pen_width: float

    def drawn_by(self, *hands: str) -> list[Polyline]:
        """The strokes of some hands."""
        whose = zip(self.strokes, self.hands, strict=True)
        return [line for line, hand in whose if hand in hands]


def scene(
    job: Job, kept: KeptDrawing, pen_width: float, begun: datetime | None = None
) -> Scene:
    """What is on the paper of a job, as somebody would cut it out.

    Args:
        pen_width: mm.
        begun: When, on the gallery's wall, for the date under it; None leaves that out.
    """
    strokes = [np.asarray(points, dtype=np.float64) for points in kept.strokes]
    hands = hands_of(kept)
    if job.state in CUT_OFF:
        strokes, hands = strokes[: job.strokes_drawn], hands[: job.strokes_drawn]
    if not strokes:
        strokes, hands = [np.zeros((1, 2))], ["machine"]
    if "caption" not in hands and job.edition is not None:
        number = _number(caption_text(job.edition, begun), bounds(strokes))
        strokes, hands = [*strokes, *number], [*hands, *["caption"] * len(number)]
    box = bounds(strokes)
    corner = np.array([box.x0 - MARGIN_MM, box.y0 - MARGIN_MM])
    paper = Paper(box.width + 2 * MARGIN_MM, box.height + 2 * MARGIN_MM, 0.0)
    return Scene(tuple(line - corner for line in strokes), tuple(hands), paper, pen_width)


def _number(text: str, box: Rectangle) -> list[Polyline]:
    """The strokes of number and date, under the drawing."""
    middle, half = box.centre[0], max(box.width, NARROWEST_MM) / 2
    strip = Rectangle(middle - half, box.y0 - STRIP_MM, middle + half, box.y0)
    try:
        return list(caption(text, strip, height=NUMBER_MM).strokes)
    except CaptionError:
        return []
