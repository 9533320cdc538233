"""A real service with a real model and a simulated plotter, and hands that draw there."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from playwright.sync_api import CDPSession, Page, Request, expect

from firmware_gcode.drawing.geometry import Polyline, Rectangle, distances
from firmware_gcode.drawing.layout import grid
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.service import Service, ServiceConfig
from pi_service.sketching.sketcher import DEFAULT_MODEL
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import ENDED, Job, JobState
from pi_service.studio.jobs.picked import Picked, look_up
from pi_service.studio.jobs.planner import CELL_GAP_MM
from pi_service.web.access import VisitorLimits

WAIT = 60_000.0
"""Milliseconds that a page may take on a busy computer."""
SPEED = 60.0
Points = list[tuple[float, float]]


def service(folder: Path, model: Path = DEFAULT_MODEL) -> Service:
    """A gallery: A5 across, four cells, a simulated plotter that is quick."""
    profile = Profile.load("simulated")
    return Service(
        ServiceConfig(
            data=folder,
            profile=profile,
            paper=Paper.named("A5", landscape=True),
            find_port=None,
            model=model,
            speed=SPEED,
            http_port=0,
            button_pin=None,
            visitors=VisitorLimits(drawings=100),
            settings=StudioSettings(columns=3, rows=3, caption=False),
        )
    )


def head(count: int = 60) -> Points:
    """A round head in shares of the paper's width and height."""
    angles = [-1.8 + 6.1 * i / (count - 1) for i in range(count)]
    return [(0.45 + 0.2 * math.cos(a), 0.5 + 0.3 * math.sin(a)) for a in angles]


def smile() -> Points:
    """A mouth."""
    return [
        (0.38 + 0.14 * i / 12, 0.62 + 0.05 * math.sin(math.pi * i / 12)) for i in range(13)
    ]


def on_screen(page: Page, line: Points) -> Points:
    """Where a line of shares of the paper is on the screen, CSS pixels."""
    canvas = page.locator("drawing-pad canvas")
    expect(page.get_by_text("Draw a line, or choose a beginning.")).to_be_visible(timeout=WAIT)
    box = canvas.bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]


def by_mouse(page: Page, line: Points) -> None:
    """Draw with the mouse."""
    page.mouse.move(*line[0])
    page.mouse.down()
    for place in line[1:]:
        page.mouse.move(*place)
    page.mouse.up()


class Fingers:
    """Fingers on a touch screen, by Chromium's own protocol."""

    def __init__(self, page: Page) -> None:
        self._devtools: CDPSession = page.context.new_cdp_session(page)

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        """One touch event with the fingers that are on the screen, each with its number."""
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def draw(self, line: Points, palm: tuple[float, float] | None = None) -> None:
        """Draw with one finger; a palm may come down beside it half way."""
        self.touch("touchStart", line[0])
        for number, place in enumerate(line[1:], 1):
            beside = [palm] if palm is not None and number > len(line) // 2 else []
            if beside and number == len(line) // 2 + 1:
                self.touch("touchStart", place, *beside)
            self.touch("touchMove", place, *beside)
        self.touch("touchEnd")


def wait_for_proposals(page: Page) -> None:
    """Until all that were asked for are there."""
    expect(page.get_by_text("ideas. Pick one")).to_be_visible(timeout=WAIT)


def picked_by(page: Page, act: Callable[[], None]) -> tuple[dict[str, object], int]:
    """What the page asked to have drawn, and the job's number."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.insert(0, request))
    with page.expect_response("**/api/v1/proposals/draw", timeout=WAIT) as answered:
        act()
    assert answered.value.status == 201, answered.value.text()
    body = next(r.post_data for r in asked if r.url.endswith("/proposals/draw"))
    assert body is not None
    return json.loads(body), int(answered.value.json()["id"])


def finished(gallery: Service, number: int) -> Job:
    """The job when the pen has drawn it to its end."""
    deadline = time.monotonic() + WAIT / 1000
    while (job := gallery.studio.jobs.get(number)).state not in ENDED:
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
    assert job.state is JobState.DONE, job
    return job


def cell_of(gallery: Service, job: Job) -> Rectangle:
    """Where on the paper a job is."""
    sheet = gallery.studio.snapshot()["sheet"]
    assert job.cell is not None
    paper = Paper.named("A5", landscape=True)
    cells = grid(paper.drawable, sheet["columns"], sheet["rows"], gap=CELL_GAP_MM)
    return cells[job.cell]


def picked_of(gallery: Service, job: Job) -> Picked:
    """What a job draws, as it is kept."""
    assert job.proposal is not None
    found = look_up(gallery.studio._store.database, job.proposal)
    assert found is not None
    return found


def farthest_apart(lines: Sequence[Polyline], others: Sequence[Polyline]) -> float:
    """The largest distance of any point of some lines from the nearest of others, mm."""
    worst = 0.0
    for line in lines:
        dense = _dense(line)
        worst = max(worst, float(np.min([distances(dense, o) for o in others], axis=0).max()))
    return worst


def _dense(line: Polyline) -> Polyline:
    """A line with points at most a tenth of a millimetre apart."""
    if len(line) == 1:
        return line
    parts = list(_parts(line))
    return np.vstack([*parts, line[-1:]])


def _parts(line: Polyline) -> Iterator[Polyline]:
    for begin, end in pairwise(line):
        count = max(1, math.ceil(math.dist(begin, end) / 0.1))
        yield begin + (end - begin) * (np.arange(count) / count)[:, None]
