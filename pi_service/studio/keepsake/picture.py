"""A kept drawing as a picture."""

from __future__ import annotations

import numpy as np

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.svg import svg
from pi_service.studio.jobs.job import Job
from pi_service.studio.jobs.store import KeptDrawing


def picture(job: Job, kept: KeptDrawing, pen_width: float) -> str:
    """A job's drawing on its paper as SVG; `pen_width` in mm."""
    paper = Paper(*(float(kept.settings[key]) for key in ("width", "height", "margin")))
    strokes = [np.asarray(points, dtype=np.float64) for points in kept.strokes]
    title = f"{job.class_name}, seed {job.seed}"
    return svg(strokes, paper, pen_width=pen_width, title=title, hands=hands_of(kept))


def hands_of(kept: KeptDrawing) -> list[str]:
    """Who drew each stroke: ``human``, ``machine`` or ``caption``; empty if all is one's."""
    human = int(kept.settings.get("human_strokes", 0))
    if human == 0:
        return []
    written = int(kept.settings.get("caption_strokes", 0))
    machine = len(kept.strokes) - human - written
    return ["human"] * human + ["machine"] * machine + ["caption"] * written
