"""What a stroke may lose: nothing of its own shape, whatever it stands beside."""

from __future__ import annotations

import math

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import Drawing, Polyline, Rectangle, distances, farthest
from firmware_gcode.drawing.layout import place
from firmware_gcode.drawing.svg_in import read_svg
from firmware_gcode.program.profile import Profile
from firmware_gcode.toolpath.plan import Toolpath, plan_toolpath
from firmware_gcode.toolpath.tolerance import Tolerance, default_tolerance, sketch_tolerance

PROFILE = Profile.load("simulated")
ROOM = Rectangle(0.0, 0.0, 200.0, 200.0)
RADII = (0.25, 0.5, 1.0, 3.7, 10.0, 40.0)


def planned(body: str, *, tolerance: float | None = None) -> Toolpath:
    """A page of 200 mm, its lines drawn 1:1, all of it in register."""
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="200mm" height="200mm" '
        f'viewBox="0 0 200 200"><g fill="none" stroke="#000">{body}'
        '<path d="M0 0H200V200H0Z"/></g></svg>'
    )
    drawing = place(read_svg(text).polylines, ROOM, y_down=True)
    return plan_toolpath(drawing, PROFILE, tolerance=tolerance)


def arcs(toolpath: Toolpath) -> list[float]:
    """The radii of all arcs, mm."""
    radii = np.abs(np.concatenate([stroke.path.radius for stroke in toolpath.strokes]))
    found: list[float] = radii[radii > 0.0].tolist()
    return found


@pytest.mark.parametrize("tolerance", [None, 0.285])
def test_circles_are_drawn_with_their_own_radius(tolerance: float | None) -> None:
    shapes = (
        f'<circle cx="100" cy="{100 + place}" r="{radius}"/>'
        for place, radius in zip((0, 2, 5, 12, 25, 30), RADII, strict=True)
    )
    for shape, radius in zip(shapes, RADII, strict=True):
        assert arcs(planned(shape, tolerance=tolerance)) == [radius] * 4


@pytest.mark.parametrize(
    ("shape", "radii"),
    [
        (
            '<g transform="rotate(30 50 50) scale(2)"><circle cx="40" cy="30" r="5"/></g>',
            [10.0],
        ),
        ('<rect x="20" y="20" width="60" height="30" rx="2.5"/>', [2.5]),
        ('<path d="M20 20 A 12 12 0 0 1 44 20 A 6 6 0 0 0 56 20 L 90 20"/>', [12.0, 6.0]),
        (
            '<ellipse cx="9" cy="9" rx="7" ry="7" transform="scale(-1 1) translate(-99)"/>',
            [7],
        ),
        (
            '<path d="M60 60 a 8 8 0 1 0 16 0 a 8 8 0 1 0 -16 0 z" stroke-dasharray="15 3"/>',
            [8.0],
        ),
    ],
)
def test_arcs_of_a_file_stay_arcs(shape: str, radii: list[float]) -> None:
    assert sorted(set(arcs(planned(shape)))) == pytest.approx(sorted(radii), abs=1e-6)


def test_arcs_are_known_from_places_of_six_decimals() -> None:
    """As the gallery keeps a file's lines; a curve that is no arc is not taken for many."""
    angles = np.linspace(0.0, math.tau, 65)
    circle = np.round(7.3 * np.column_stack([np.cos(angles), np.sin(angles)]) + 50.0, 6)
    wave = np.column_stack([angles * 10.0, 150.0 + 20.0 * np.sin(angles)])
    frame = np.array([[0, 0], [190, 0], [190, 190.0]])
    toolpath = plan_toolpath(Drawing((circle, np.round(wave, 6), frame)), PROFILE)
    found = np.array(arcs(toolpath))
    assert (np.abs(found - 7.3) < 1e-4).sum() == 4
    assert len(found) < 24


def test_polygons_and_curves_are_no_circles() -> None:
    corners = [complex(100, 100) + 20 * np.exp(1j * math.tau * k / 24) for k in range(24)]
    polygon = " ".join(f"{c.real},{c.imag}" for c in corners)
    shape = f'<polygon points="{polygon}"/><path d="M20 150 C 60 100 80 190 120 150"/>'
    toolpath = planned(shape)
    assert 20.0 not in np.round(arcs(toolpath), 3)
    ink = np.concatenate([stroke.points for stroke in toolpath.strokes])
    wanted = np.array([[c.real, 200.0 - c.imag] for c in corners])
    assert np.abs(ink[None] - wanted[:, None]).max(axis=2).min(axis=1).max() < 0.06


def zigzag(height: float, count: int = 60) -> Polyline:
    """A line that goes up and down by so many mm, in gentle turns."""
    return np.column_stack([np.arange(count) * height * 2, np.arange(count) % 2 * height])


@pytest.mark.parametrize("height", [0.25, 1.0])
def test_a_fine_zigzag_beside_something_large_stays(height: float) -> None:
    line = zigzag(height) + 20.0
    frame = np.array([[0, 0], [190, 0], [190, 190], [0, 190], [0, 0.0]])
    toolpath = plan_toolpath(Drawing((frame, line)), PROFILE)
    ink = np.concatenate([stroke.points for stroke in toolpath.strokes])
    peaks = np.abs(ink[None] - line[:, None]).max(axis=2).min(axis=1)
    assert peaks.max() <= PROFILE.pen_width / 8


def test_a_small_stroke_of_a_large_sketch_keeps_its_shape() -> None:
    """An eye of three pixels in a cat of 250 mm."""
    eye = np.array([[0, 0], [2, -1], [3, 1], [2, 3], [0, 2], [0, 0.0]])
    body = np.array([[0, 0], [255, 20], [240, 200], [10, 190.0]])
    drawing = place([body, eye + 100.0], Rectangle(0, 0, 250, 250), y_down=True)
    allowed = sketch_tolerance(250.0).of_each(drawing.strokes)
    assert allowed == pytest.approx([150.0 / 255, 0.03 * 4 * 250 / 255])
    toolpath = plan_toolpath(drawing, PROFILE)
    drawn = next(stroke.points for stroke in toolpath.strokes if stroke.source == (1,))
    assert farthest(drawing.strokes[1], drawn) <= allowed[1] + 0.005
    assert distances(drawn, drawing.strokes[1]).max() <= allowed[1] + 0.005


def test_each_stroke_keeps_to_its_own_tolerance() -> None:
    """A sketch beside a fine drawing is as smooth as it is alone, and that as exact."""
    corners = np.array([[0, 0], [40, 3], [80, 30], [120, 90], [200, 100], [255, 200.0]])
    sketch = place([corners], Rectangle(0, 0, 90, 90), y_down=True)
    other = zigzag(1.0) / 3.0 + (100.0, 10.0)
    loose, tight = default_tolerance(sketch, 0.4), Tolerance(0.05, smoothing=False)
    both = Drawing((*sketch.strokes, other))
    together = plan_toolpath(both, PROFILE, tolerance=[loose, tight])
    alone = plan_toolpath(sketch, PROFILE)
    drawn = {stroke.source: stroke.points for stroke in together.strokes}
    (wanted,) = alone.strokes
    assert np.allclose(drawn[(0,)], wanted.points) or np.allclose(
        drawn[(0,)][::-1], wanted.points
    )
    assert len(wanted.points) > 2 * len(corners)  # it is curved
    assert farthest(other, drawn[(1,)]) <= tight.most


def test_a_sketch_is_known_by_its_pixels() -> None:
    points = np.array([[3, 7], [258, 20], [140, 201.0]])
    sketch = place([points], ROOM, y_down=True)
    assert default_tolerance(sketch, 0.4) == pytest.approx((0.6 * 200 / 255, True))
    other = place([points, points[:2] + 0.5], ROOM, y_down=True)
    assert default_tolerance(other, 0.4) == Tolerance(0.05, smoothing=False)
