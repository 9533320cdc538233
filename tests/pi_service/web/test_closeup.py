"""A picture cut down to its drawing."""

from __future__ import annotations

import re

import numpy as np
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.svg import svg
from pi_service.studio.jobs.job import Request
from pi_service.web.routes.files import closeup
from tests.pi_service.web.fake_studio import FakeStudio

PAPER = Paper(210.0, 148.0, 10.0)
PLACES = st.tuples(st.floats(0, 210), st.floats(0, 148))


def box(text: str) -> tuple[float, float, float, float]:
    found = re.search(r'viewBox="([^"]*)"', text)
    assert found is not None
    x, y, width, height = map(float, found[1].split())
    return x, y, width, height


@given(st.lists(st.lists(PLACES, min_size=1, max_size=6), min_size=1, max_size=4))
def test_all_ink_is_in_sight_and_little_else(strokes: list[list[tuple[float, float]]]) -> None:
    picture = closeup(svg([np.array(points) for points in strokes], PAPER))
    x, y, width, height = box(picture)
    points = [point for stroke in strokes for point in stroke]
    across = max(p[0] for p in points) - min(p[0] for p in points)
    down = max(p[1] for p in points) - min(p[1] for p in points)
    for left, up in points:
        assert x <= left <= x + width
        assert y <= 148 - up <= y + height
    assert width <= across + 0.17 * max(across, down, 10) + 0.2
    assert height <= down + 0.17 * max(across, down, 10) + 0.2
    assert "mm" not in picture


@given(st.lists(PLACES, min_size=1, max_size=8))
def test_every_point_is_where_it_was(points: list[tuple[float, float]]) -> None:
    picture = closeup(svg([np.array(points)], PAPER))
    data = re.search(r' d="([^"]*)"', picture)
    assert data is not None
    numbers = [float(found) for found in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", data[1])]
    if data[1].endswith("h0"):
        numbers.pop()
    steps = np.array(numbers).reshape(-1, 2)
    drawn = np.cumsum(steps, axis=0)
    wanted = np.array([(x, 148 - y) for x, y in points])
    for place in wanted:
        assert np.abs(drawn - place).max(axis=1).min() < 0.11
    assert np.abs(drawn[-1] - wanted[-1]).max() < 0.11


def test_an_empty_picture_stays_as_it_is() -> None:
    assert closeup(svg([], PAPER)) == svg([], PAPER)


def test_it_is_asked_for_by_its_name(client: FlaskClient, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button", seed=5))
    studio.finish_drawing()
    near = client.get("/api/v1/jobs/1.svg?drawn&thumbnail&closeup")
    assert near.status_code == 200
    whole = client.get("/api/v1/jobs/1.svg?drawn&thumbnail")
    assert "viewBox='0 0 210 148'" in whole.text
    assert box(near.text)[3] != 148
