"""Lines and arcs as geometry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.toolpath.segments import Path, Paths, as_points, flatten

COORDINATE = st.floats(-100.0, 100.0).map(lambda value: round(value, 2))
PLACE = st.builds(complex, COORDINATE, COORDINATE)


@st.composite
def arcs(draw: st.DrawFn) -> Path:
    """An arc of at most half a turn."""
    start, end = draw(PLACE), draw(PLACE)
    if abs(end - start) < 0.1:
        end = start + 1.0
    radius = abs(end - start) / 2 * draw(st.floats(1.0, 50.0))
    return Path(
        np.array([start, end]), np.array([0.0, draw(st.sampled_from([-1, 1])) * radius])
    )


def centre(arc: Path) -> complex:
    """To the left of the chord, or to the right of a clockwise one."""
    start, way, radius = arc.z[0], arc.z[1] - arc.z[0], arc.radius[1]
    height = np.copysign(np.sqrt(max(0.0, radius**2 - abs(way) ** 2 / 4)), radius)
    return complex(start + way / 2 + 1j * way / abs(way) * height)


@settings(derandomize=True, deadline=None)
@given(arcs(), st.floats(0.002, 0.5))
def test_flattened_arcs_stay_within_tolerance(arc: Path, tolerance: float) -> None:
    flat = Paths.of([arc]).flattened(tolerance)
    middle, radius = centre(arc), abs(arc.radius[1])
    assert (flat.z[0], flat.z[-1]) == (arc.z[0], arc.z[-1])
    assert np.allclose(np.abs(flat.z - middle), radius, rtol=1e-6, atol=1e-6)
    halves = np.abs((flat.z[1:] + flat.z[:-1]) / 2 - middle)
    assert (radius - halves).max() <= tolerance * 1.01


@settings(derandomize=True, deadline=None)
@given(arcs())
def test_arcs_backwards_are_the_same_arcs(arc: Path) -> None:
    path = Path(np.append(arc.z, 1.0 + 2.0j), np.append(arc.radius, 0.0))
    back = path.turned()
    assert back.z[0] == 1.0 + 2.0j
    assert np.allclose(path.points[::-1], back.points, atol=1e-6)


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_closed_path_passes_the_same_wherever_it_begins(at: int) -> None:
    z = np.array([0.0, 4.0, 4.0 + 4.0j, 4.0j, 0.0])
    path = Path(z, np.array([0.0, 0.0, 3.0, 0.0, -5.0]))
    begun = path.begun(at)
    assert begun.z[0] == begun.z[-1] == z[at]
    assert {*map(tuple, begun.points.round(6))} == {*map(tuple, path.points.round(6))}


def test_many_paths_are_flattened_as_each_is() -> None:
    paths = [
        Path(np.array([0.0, 10.0j, 20.0]), np.array([0.0, -7.0, 0.0])),
        Path(np.array([3.0 + 1.0j]), np.zeros(1)),
        Path(np.array([1.0, 2.0, 9.0]), np.array([0.0, 0.5, 60.0])),
    ]
    together = Paths.of(paths)
    flat = together.flattened().each()
    assert [as_points(one.z).tolist() for one in flat] == [flatten(p).tolist() for p in paths]
    (last,) = together.part(2, 9).each()
    assert last.z.tolist() == paths[2].z.tolist()
    dots = Paths(z=np.array([1.0, 4.0 + 4.0j]), radius=np.zeros(2), sizes=np.array([1, 1]))
    assert dots.hops((0.0, 0.0), (4.0, 4.0)).tolist() == [1.0, 3.0 + 4.0j, 0.0]
    assert dots.chords_mm == 0.0


@pytest.mark.parametrize(("radius", "middle"), [(10.0, 10.0j), (-10.0, 10.0)])
def test_quarter_circle_turns_a_quarter(radius: float, middle: complex) -> None:
    arc = Path(np.array([0.0, 10.0 + 10.0j]), np.array([0.0, radius]))
    assert np.hypot(*(arc.points - (middle.real, middle.imag)).T) == pytest.approx(10.0)
    assert arc.points.min() >= 0.0
    assert arc.points.max() <= 10.0
