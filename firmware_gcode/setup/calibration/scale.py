"""Steps per millimetre: draw a known way, have it measured, correct by the ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from firmware_gcode.drawing.geometry import Polyline, Rectangle
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from firmware_gcode.setup import words
from firmware_gcode.setup.calibration.guide import Dialogue, ask_number, confirm
from firmware_gcode.setup.calibration.sheet import ordered_program
from firmware_gcode.setup.calibration.shop import Shop, by_hand, find_place, to_corner
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
    """The steps per mm that make `asked` mm of what were `measured`.

    Args:
        old: Steps per mm with which it was drawn.
        asked: How far it should have gone, mm.
        measured: How far it went, mm.

    Raises:
        SetupError: A measurement that cannot be: not a number above 0, or more than four
            times, or less than a quarter, of what was asked for.
    """
    if not (math.isfinite(measured) and measured > 0.0):
        raise SetupError(f"{measured:g} mm is not a length. Measure again.")
    if not 1.0 / WRONGEST <= measured / asked <= WRONGEST:
        raise SetupError(
            f"{measured:g} mm instead of {asked:g} mm is too far off to be measured out. "
            "Millimetres, not centimetres? Else work the steps out first: motor steps a turn "
            "x microsteps / mm a turn, and put them into the profile."
        )
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
        raise SetupError(
            f"The paper leaves {along:.0f} mm along {axis}; {SHORTEST_MM:g} mm are needed to "
            "measure well. Take a larger paper."
        )
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
    """Draws two marks, asks for their distance, and corrects profile and machine."""
    key, rate = STEPS["xy".index(axis)], RATES["xy".index(axis)]
    machine = shop.machine
    marks, way = ruler(machine.profile, shop.paper, axis)
    yield from find_place(shop)
    old = machine.read().settings[key]
    told = machine.profile.grbl[key]
    if not (yield from confirm(_warning(axis, way, old, told, shop.stop))):
        return "Nothing was drawn."
    _draw(shop, marks)
    measured = yield from ask_number(
        f"Measure from mark to mark along {axis}, at the corners where they turn. How far is "
        "it, in mm?",
        unit="mm",
        low=way / WRONGEST,
        high=way * WRONGEST,
    )
    new = corrected(old, way, measured)
    if abs(measured - way) <= RULER_MM:
        return (
            f"{measured:g} mm of {way:g} mm: as right as a ruler can tell. {key} stays "
            f"{words.text(old)}."
        )
    _check_rate(machine.profile.grbl[rate], new, rate)
    shop.file.planned({("grbl", key): new})
    text = f"{key} ({words.meaning(key)}): {words.text(old)} -> {words.text(new)}. Write it?"
    if not (yield from confirm(text)):
        return "Nothing was changed."
    report = machine.write([setting_step(key, old, new)])
    if not report.complete:
        raise SetupError(report.text().replace("\n", " "))
    try:
        saved = shop.save({("grbl", key): new})
    except (SetupError, ValueError) as error:
        raise SetupError(
            f"The machine has {key}={words.text(new)} now, but the profile has not: {error}"
        ) from error
    return (
        f"{saved} The machine has {key}={words.text(new)}. The position is unknown now; draw "
        "the marks once more to be sure."
    )


def _draw(shop: Shop, strokes: Sequence[Polyline]) -> None:
    machine = shop.machine
    machine.draw(ordered_program(strokes, machine.profile), shop.paper)


def _warning(axis: Axis, way: float, old: float, told: float, stop: str) -> str:
    other = "" if words.same("$100", old, told) else f" (the profile says {words.text(told)})"
    return (
        f"Two marks will be drawn {way:g} mm apart along {axis}, with "
        f"{words.text(old)} steps/mm{other}. If that is far too many, the way is longer than "
        f"the paper: keep a hand at {stop}. Draw?"
    )


def _check_rate(rate: float, steps: float, key: str) -> None:
    if rate * steps / 60.0 > STEPS_PER_SECOND:
        most = STEPS_PER_SECOND * 60.0 / steps
        raise SetupError(
            f"With {words.text(steps)} steps/mm, {key} = {words.text(rate)} mm/min is more "
            f"than GRBL's {STEPS_PER_SECOND:.0f} steps/s. Lower {key} below {most:.0f} first."
        )


SAME_MM = 0.05
"""A corner nearer than this is where the profile has it."""


def corner_step(shop: Shop) -> Dialogue:
    """Has the pen taken to the paper's lower left corner."""
    machine = shop.machine
    if not machine.profile.homing:
        if machine.ready and not (yield from confirm("The zero is set already. Set it anew?")):
            return "The zero stays where it is."
        yield from to_corner(shop)
        return "The zero is set. It holds until the machine is switched off or stopped hard."
    yield from find_place(shop)
    machine.go(0.0, 0.0)
    yield from by_hand(
        shop,
        "The pen is where the profile has the paper's lower left corner. Take it over the "
        "corner of the paper that lies there.",
        ("x", "y"),
    )
    x, y = machine.position
    if max(abs(x), abs(y)) < SAME_MM:
        return "The paper lies where the profile says."
    old = machine.profile.paper_origin
    new = (round(old[0] + x, 2), round(old[1] + y, 2))
    shop.file.planned({("", "paper_origin"): new})
    if not (yield from confirm(f"paper_origin: {list(old)} -> {list(new)}. Save it?")):
        return "Nothing was changed."
    return shop.save({("", "paper_origin"): new})
