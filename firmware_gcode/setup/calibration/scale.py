"""Steps per millimetre: draw a known way, have it measured, correct by the ratio."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from firmware_gcode.drawing.geometry import Polyline, Rectangle
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import CodedError, Fact, Value, fact
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.prompts import Dialogue, ask_number, confirm
from firmware_gcode.setup import words
from firmware_gcode.setup.calibration.sheet import ordered_program
from firmware_gcode.setup.calibration.shop import Shop, find_place, to_corner
from firmware_gcode.setup.compare import RATES, STEPS, STEPS_PER_SECOND, setting_step
from firmware_gcode.setup.files import SetupError

Axis = Literal["x", "y"]

LONGEST_MM, SHORTEST_MM = 150.0, 40.0
MARK_MM, LEAD_MM = 8.0, 4.0
RULER_MM = 0.2
"""What a person can tell with a ruler; nearer than this is right."""
WRONGEST = 4.0
"""The largest ratio that is taken for a wrong setting and not for a slip."""


def corrected(old: float, asked: float, measured: float) -> float:
    """The steps per mm that make `asked` mm of what were `measured` with `old` steps per mm.

    Raises:
        SetupError: A measurement that cannot be: not a number above 0, or more than four
            times, or less than a quarter, of what was asked for.
    """
    if not (math.isfinite(measured) and measured > 0.0):
        raise SetupError("no-length", measured=measured)
    if not 1.0 / WRONGEST <= measured / asked <= WRONGEST:
        raise SetupError("scale-too-far-off", measured=measured, asked=asked)
    return round(old * asked / measured, 3)


def ruler(profile: Profile, paper: Paper, axis: Axis) -> tuple[list[Polyline], float]:
    """Two marks a known way apart, both approached from the lower side.

    Returns:
        The strokes, and the way between the marks in mm.

    Raises:
        SetupError: The paper is too small.
    """
    area = _common(paper.drawable, profile.reach)
    along = (area.width if axis == "x" else area.height) - LEAD_MM
    way = min(LONGEST_MM, math.floor(along / 10.0) * 10.0)
    if way < SHORTEST_MM or min(area.width, area.height) < MARK_MM:
        raise SetupError("scale-paper-small", left=round(along), axis=axis, least=SHORTEST_MM)
    first = LEAD_MM + (along - way) / 2
    marks = [
        np.array([[at - LEAD_MM, 0.0], [at, 0.0], [at, MARK_MM]])
        for at in (first, first + way)
    ]
    if axis == "y":
        marks = [mark[:, ::-1] for mark in marks]
    centre = (area.height if axis == "x" else area.width) / 2 - MARK_MM / 2
    shift = [area.x0, area.y0 + centre] if axis == "x" else [area.x0 + centre, area.y0]
    return [mark + np.array(shift) for mark in marks], way


def _common(one: Rectangle, other: Rectangle) -> Rectangle:
    low = max(one.x0, other.x0), max(one.y0, other.y0)
    high = min(one.x1, other.x1), min(one.y1, other.y1)
    return Rectangle(*low, max(low[0], high[0]), max(low[1], high[1]))


def scale_step(shop: Shop, axis: Axis) -> Dialogue:
    """Draw two marks, ask for their distance, and correct profile and machine."""
    key, rate = STEPS["xy".index(axis)], RATES["xy".index(axis)]
    machine = shop.machine
    marks, way = ruler(machine.profile, shop.paper, axis)
    yield from find_place(shop)
    found = machine.read()
    told = machine.profile.grbl[key]
    old = found.settings.get(key, told)
    if not (yield from confirm(_warning(axis, way, old, told, shop.stop))):
        return fact("nothing-drawn")
    machine.draw(ordered_program(marks, machine.profile), shop.paper)
    measured = yield from ask_number(
        fact("ask-measure", axis=axis),
        unit="mm",
        low=way / WRONGEST,
        high=way * WRONGEST,
    )
    new = corrected(old, way, measured)
    if abs(measured - way) <= RULER_MM:
        value = words.text(old)
        return fact("scale-right", measured=measured, way=way, key=key, value=value)
    _check_rate(machine.profile.grbl[rate], new, rate)
    if place := found.dialect.elsewhere.get(key):
        value = words.text(new)
        raise SetupError(
            "scale-in-file", firmware=found.dialect.name, place=place, value=value
        )
    shop.file.planned({("grbl", key): new})
    about = {"key": key, "old": words.text(old), "new": words.text(new)}
    if not (yield from confirm(fact("ask-write", meaning=words.meaning(key), **about))):
        return fact("nothing-changed")
    report = machine.write([setting_step(key, old, new)])
    if not report.complete:
        raise SetupError("report", lines=report.told())
    try:
        saved = shop.save({("grbl", key): new})
    except CodedError as error:
        raise SetupError("scale-half-saved", why=error.fact, **about) from error
    return fact("scale-saved", saved=saved, **about)


def _warning(axis: Axis, way: float, old: float, told: float, stop: str) -> Fact:
    about: dict[str, Value] = {"way": way, "axis": axis, "stop": stop}
    about["steps"] = words.text(old)
    if words.same("$100", old, told):
        return fact("ask-draw-marks", **about)
    return fact("ask-draw-marks-otherwise", told=words.text(told), **about)


def _check_rate(rate: float, steps: float, key: str) -> None:
    if rate * steps / 60.0 > STEPS_PER_SECOND:
        most = STEPS_PER_SECOND * 60.0 / steps
        raise SetupError(
            "scale-too-fast",
            steps=words.text(steps),
            key=key,
            rate=words.text(rate),
            limit=round(STEPS_PER_SECOND),
            most=round(most),
        )


SAME_MM = 0.05
"""A corner nearer than this is where the profile has it."""


def corner_step(shop: Shop) -> Dialogue:
    """Have the pen taken to the paper's lower left corner."""
    machine = shop.machine
    if not machine.profile.homing:
        if machine.ready and not (yield from confirm(fact("ask-zero-anew"))):
            return fact("zero-stays")
        yield from to_corner(shop)
        return fact("zero-is-set")
    yield from find_place(shop)
    machine.go(0.0, 0.0)
    yield from shop.by_hand(fact("ask-real-corner"), ("x", "y"))
    x, y = machine.position
    if max(abs(x), abs(y)) < SAME_MM:
        return fact("corner-right")
    old = machine.profile.paper_origin
    new = (round(old[0] + x, 2), round(old[1] + y, 2))
    shop.file.planned({("", "paper_origin"): new})
    if not (yield from confirm(fact("ask-origin", old=str(list(old)), new=str(list(new))))):
        return fact("nothing-changed")
    return shop.save({("", "paper_origin"): new})
