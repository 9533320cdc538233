"""From a drawing to checked G-code, with each kind of pen."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.drawing.geometry import Drawing, farthest
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import fact
from firmware_gcode.gcode.actions import Arc, Move
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.program.checker import check_program
from firmware_gcode.program.pens.z import ZPen
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.wording import numerals, rounded, shortest
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import plan_toolpath
from tests.firmware_gcode.program.hop_hunt import hunt

PAPER = Paper.named("A5", landscape=True)
PROFILES = [Profile.load(name) for name in Profile.shipped()]
GRBL = PROFILES[0].grbl
COORDINATE = st.floats(12.0, 130.0).map(lambda value: round(value, 3))
STROKES = st.lists(
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=15),
    min_size=1,
    max_size=12,
)
HOUSE = Drawing(
    (
        np.array([[20.0, 20.0], [60.0, 20.0], [60.0, 50.0], [20.0, 50.0], [20.0, 20.0]]),
        np.array([[20.0, 50.0], [40.0, 70.0], [60.0, 50.0]]),
        np.array([[30.0, 30.0]]),
    )
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.001, "0"),
        (0.5, ".5"),
        (-0.25, "-.25"),
        (12.0, "12"),
        (12.345, "12.35"),
        (100.0, "100"),
        (-3.1, "-3.1"),
    ],
)
def test_numbers_are_as_short_as_grbl_reads_them(value: float, text: str) -> None:
    assert shortest(value + 1e-9, 2) == text
    (row,) = numerals(rounded(np.array([value + 1e-9]), 2), 2)
    assert bytes(row[row > 0]).decode() == text


def test_numbers_are_rounded_as_python_rounds_them() -> None:
    ties = np.arange(-2000, 2001) / 1000.0
    assert (rounded(ties, 2) / 100.0).tolist() == [round(tie, 2) for tie in ties.tolist()]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(STROKES, st.sampled_from(PROFILES), st.integers(0, 3))
def test_every_program_passes_the_check(
    strokes: list[list[tuple[float, float]]], profile: Profile, seed: int
) -> None:
    drawing = Drawing(tuple(np.array(stroke) for stroke in strokes))
    program = write_program(plan_toolpath(drawing, profile, seed=seed), profile)
    check_program(program.text, profile, PAPER)
    assert program.text.isascii()
    assert max(len(line.text) for line in program.lines) < 80
    assert not program.lines[-1].pen_down
    assert len(program.text) == program.size_bytes


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_lines_know_where_the_pen_is(profile: Profile) -> None:
    program = write_program(plan_toolpath(HOUSE, profile), profile)
    interpreter = Interpreter()
    for line in program.lines:
        interpreter.execute(line.text)
        x, y, _ = interpreter.position
        assert (x, y) == pytest.approx((line.x, line.y), abs=1e-4)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_the_end_of_each_stroke_can_be_known(profile: Profile) -> None:
    program = write_program(plan_toolpath(HOUSE, profile), profile)
    assert program.pen_lifts == len(program.strokes)
    for index in range(len(program.strokes)):
        own = [line for line in program.lines if line.stroke == index]
        assert any(line.pen_down for line in own)
        assert own[-1].sync or profile.pen.by_height
        assert not own[-1].pen_down
    assert {line.stroke for line in program.lines[:3]} >= {None}
    assert program.lines[-1].sync


def test_words_in_force_are_not_repeated() -> None:
    profile = Profile.load("simulated")
    text = write_program(plan_toolpath(HOUSE, profile), profile).text
    assert "X60Y20\nX60" not in text
    assert not re.search(r"^G1.*\nG1", text, re.MULTILINE)
    assert " " not in text
    assert "M2" not in text
    assert "M30" not in text


@settings(max_examples=40, derandomize=True, deadline=None)
@given(STROKES)
def test_strokes_are_what_the_text_draws(strokes: list[list[tuple[float, float]]]) -> None:
    profile = Profile.load("simulated")
    drawing = Drawing(tuple(np.array(stroke) for stroke in strokes))
    program = write_program(plan_toolpath(drawing, profile), profile)
    interpreter, inked, down = Interpreter(), [], False
    for line in program.lines:
        for action in interpreter.execute(line.text):
            if isinstance(action, Move | Arc):
                now = action.target[2] <= 0.0
                if now and not down:
                    inked.append([action.target[:2]])
                elif isinstance(action, Arc):
                    inked[-1] += on_arc(action)
                elif now:
                    inked[-1].append(action.target[:2])
                down = now
    assert len(inked) == len(program.strokes)
    for drawn, stroke in zip(inked, program.strokes, strict=True):
        points = np.array(drawn)
        assert max(farthest(points, stroke), farthest(stroke, points)) < 0.02


def on_arc(arc: Arc) -> list[tuple[float, float]]:
    """Points on an arc as GRBL understood it."""
    cx, cy = arc.start[0] + arc.offset[0], arc.start[1] + arc.offset[1]
    radius, first = np.hypot(*arc.offset), np.arctan2(-arc.offset[1], -arc.offset[0])
    turn = np.arctan2(arc.target[1] - cy, arc.target[0] - cx) - first
    turn = -(-turn % (2 * np.pi)) if arc.clockwise else turn % (2 * np.pi)
    angles = first + turn * np.linspace(0.0, 1.0, 200)
    return [(cx + radius * np.cos(a), cy + radius * np.sin(a)) for a in angles]


def test_going_on_from_a_stroke_draws_the_rest() -> None:
    profile = Profile.load("simulated")
    toolpath = plan_toolpath(HOUSE, profile)
    whole, rest = (
        write_program(toolpath, profile),
        write_program(toolpath, profile, from_stroke=1),
    )
    check_program(rest.text, profile, PAPER)
    numbers = {line.stroke for line in rest.lines} - {None}
    assert numbers == set(range(1, len(toolpath.strokes)))
    assert len(rest.strokes) == len(whole.strokes)
    assert rest.ink_mm <= whole.ink_mm
    assert rest.pen_lifts == whole.pen_lifts - 1
    assert rest.first_stroke == 1
    with pytest.raises(ValueError, match="does not exist"):
        write_program(toolpath, profile, from_stroke=99)


def test_slow_travel_is_a_feed_and_not_a_rapid() -> None:
    profile = dataclasses.replace(Profile.load("simulated"), travel_feed=4000.0)
    text = write_program(plan_toolpath(HOUSE, profile), profile).text
    check_program(text, profile, PAPER)
    assert "F4000" in text
    assert not re.search(r"^G0[^Z]*X", text, re.MULTILINE)


def test_time_is_the_sum_of_the_lines() -> None:
    profile = Profile.load("simulated")
    program = write_program(plan_toolpath(HOUSE, profile), profile)
    assert program.seconds == pytest.approx(sum(line.seconds for line in program.lines))
    assert program.seconds > program.ink_mm / profile.draw_feed * 60.0


def test_same_seed_same_bytes() -> None:
    profile = Profile.load("servo-pen")
    texts = {write_program(plan_toolpath(HOUSE, profile, seed=5), profile).text for _ in "ab"}
    assert len(texts) == 1


@pytest.mark.parametrize("name", ["simulated", "z-pen"])
def test_the_pen_touches_the_paper_no_faster_than_its_landing_feed(name: str) -> None:
    """By the physics of the last moves: GRBL brakes to rest at their end."""
    profile = Profile.load(name)
    pen = profile.pen
    assert isinstance(pen, ZPen)
    lines = write_program(plan_toolpath(HOUSE, profile), profile).lines
    interpreter = Interpreter()
    interpreter.position = (0.0, 0.0, pen.up)
    landings = 0
    for line in lines:
        height = interpreter.position[2]
        for action in interpreter.execute(line.text):
            if isinstance(action, Move) and action.target[2] < min(height, pen.landing):
                landings += action.target[2] == pen.down
                speed = pen.down_feed if action.rapid else action.feed
                way = min(pen.landing, height)
                braking = 60.0 * math.sqrt(2.0 * profile.grbl["$122"] * way)
                assert min(speed, braking) <= pen.landing_feed + 1e-6
    assert landings == len(plan_toolpath(HOUSE, profile).strokes)


def test_a_landing_that_braking_makes_anyway_costs_no_line() -> None:
    profile = dataclasses.replace(Profile.load("simulated"), plain_hops=True)
    brisk = dataclasses.replace(profile, grbl={**profile.grbl, "$122": 2000.0})
    toolpath = plan_toolpath(HOUSE, profile)
    assert "Z.5" not in write_program(toolpath, profile).text
    assert "Z.5" in write_program(toolpath, brisk).text


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_dot_is_lowered_and_lifted_where_it_stands(profile: Profile) -> None:
    place = (30.37, 30.21)
    program = write_program(plan_toolpath(Drawing((np.array([place]),)), profile), profile)
    assert program.strokes[0].tolist() == [list(place)]
    (down,) = [i for i, line in enumerate(program.lines) if line.pen_down][-1:]
    assert (program.lines[down].x, program.lines[down].y) == place
    assert not program.lines[down + 1].pen_down


def test_lines_meet_on_a_coarse_grid_where_the_tolerance_allows() -> None:
    """People's points stand on a grid of 0.4 mm; one decimal is enough, and half the text."""
    profile = dataclasses.replace(Profile.load("simulated"), plain_hops=True)
    arch = np.array([[12.34, 12.34], [40.56, 60.78], [80.12, 100.46], [130.0, 110.0]])
    whole = write_program(plan_toolpath(Drawing((arch,)), profile, tolerance=0.285), profile)
    assert not re.search(r"[XY]\d*\.\d\d", whole.text)
    exact = write_program(plan_toolpath(Drawing((arch,)), profile, tolerance=0.0), profile)
    assert "X12.34Y12.34" in exact.text
    assert farthest(arch, whole.strokes[0]) < 0.3


def test_no_hop_touches_the_paper_and_one_that_would_is_refused() -> None:
    """Of what `make hunt-hops` tries ten thousand times."""
    refused, lines = hunt(25, seed=1)
    assert refused >= 8
    assert lines > 800


def test_short_hops_are_low_and_long_ones_higher() -> None:
    pen = Profile.load("simulated").pen
    here, up = 9.0 + 9.0j, np.array([True])
    ways = here + np.array([1.0, 50.0, 300.0])
    places, counts = pen.hops(
        np.full(3, here, np.complex128), ways, GRBL, rises=np.ones(3, np.bool_), falls=True
    )
    tops = np.maximum.reduceat(places[:, 2], np.cumsum(counts) - counts)
    assert tops == pytest.approx([0.82, 1.8, 3.0])
    one = np.array([here], np.complex128)
    approach, _ = pen.hops(one, one + 10.0, GRBL, rises=~up, falls=True)
    assert approach[0, 2] == 3.0
    assert approach[-1].tolist() == [19.0, 9.0, 0.3]
    away, _ = pen.hops(one, one, GRBL, rises=up, falls=False)
    assert away.tolist() == [[9.0, 9.0, 3.0]]


def test_a_pen_that_is_changed_is_lifted_to_the_top_before() -> None:
    profile = Profile.load("simulated")
    told = {1: fact("pen-for-pass", name="red")}
    program = write_program(plan_toolpath(HOUSE, profile), profile, pauses=told)
    last = [line.text for line in program.lines if line.stroke == 0][-1]
    assert last.endswith("Z3")
    assert program.pauses == told


def test_plain_hops_go_to_the_top_and_wait() -> None:
    profile = dataclasses.replace(Profile.load("simulated"), plain_hops=True)
    text = write_program(plan_toolpath(HOUSE, profile), profile).text
    assert set(re.findall(r"Z([\d.]+)", text)) == {"0", "3"}
    assert not re.search("[XY].*Z", text)
