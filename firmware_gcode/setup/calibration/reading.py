"""The test sheet drawn, and what a person reads off it written into the profile."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.prompts import (
    Answer,
    Dialogue,
    Prompt,
    ask_number,
    choose,
    confirm,
)
from firmware_gcode.setup.calibration import features
from firmware_gcode.setup.calibration.features import Row
from firmware_gcode.setup.calibration.sheet import CalibrationSheet, calibration_sheet
from firmware_gcode.setup.calibration.shop import Shop, find_place
from firmware_gcode.setup.profile_file import Change

SQUARE_MM = 0.3
"""How much of a skew over 100 mm a plotter for cats may have."""
LITTLE_BACKLASH_MM = 0.1
_NONE = "none"


@dataclass(frozen=True)
class Skew:
    """How far the axes are from a right angle.

    Attributes:
        degrees: Above 0: the angle at the lower left is too narrow.
        mm_in_100: How far a square of 100 mm leans.
    """

    degrees: float
    mm_in_100: float


def skew(width: float, height: float, rising: float, falling: float) -> Skew:
    """The angle between the axes, from both diagonals of a rectangle, all in mm.

    `rising` goes from the lower left to the upper right, `falling` from the upper left. In a
    parallelogram with sides a, b and the angle t between them the diagonals differ by
    d1² - d2² = 4 a b cos t (law of cosines, twice).
    """
    cosine = (rising**2 - falling**2) / (4.0 * width * height)
    lean = math.asin(max(-1.0, min(1.0, cosine)))
    return Skew(math.degrees(lean), 100.0 * math.tan(lean))


def sheet_step(shop: Shop) -> Dialogue:
    """Draw the test sheet."""
    sheet = calibration_sheet(shop.machine.profile, shop.paper)
    yield from find_place(shop)
    minutes = math.ceil(sheet.program.seconds / 60.0)
    size = f"{shop.paper.width:g} x {shop.paper.height:g} mm"
    if not (yield from confirm(fact("ask-draw-sheet", minutes=minutes, size=size))):
        return fact("nothing-drawn")
    strokes = len(sheet.program.strokes)
    told = shop.drawn
    shop.machine.draw(
        sheet.program,
        shop.paper,
        None if told is None else (lambda stroke: told(stroke + 1, strokes)),
        allowed=sheet.allowed,
    )
    return fact("sheet-drawn")


def read_step(shop: Shop) -> Dialogue:
    """Ask what the test sheet shows; settle times, speed and hops go into the profile."""
    sheet = calibration_sheet(shop.machine.profile, shop.paper)
    changes: dict[tuple[str, str], Change] = {}
    for told, rows, key in (
        (fact("ask-settle-down"), sheet.settle, ("pen", "settle_down")),
        (fact("ask-settle-up"), sheet.settle, ("pen", "settle_up")),
        (fact("ask-speed"), sheet.speed, ("", "draw_feed")),
    ):
        row = yield from _pick(told, rows)
        if row is not None:
            changes[key] = row.value
    if sheet.clear and (row := (yield from _pick(fact("ask-clear"), sheet.clear))):
        values = shop.machine.profile.pen.clear_values(row.value)
        changes |= {("pen", key): value for key, value in values.items()}
    said = yield from _geometry(sheet)
    if not changes:
        return fact("report", lines=[*said, fact("nothing-changed")])
    shop.file.planned(changes)
    names = ", ".join(f"{key} = {value}" for (_, key), value in changes.items())
    asked = fact("report", lines=[*said, fact("ask-save", names=names)])
    if not (yield from confirm(asked)):
        return fact("report", lines=[*said, fact("nothing-changed")])
    return fact("report", lines=[*said, shop.save(changes)])


def _pick(told: Fact, rows: Sequence[Row]) -> Generator[Prompt, Answer, Row | None]:
    numbers = (*(str(row.number) for row in rows), _NONE)
    answer = yield from choose(told, numbers)
    return None if answer == _NONE else rows[int(answer) - 1]


def _geometry(sheet: CalibrationSheet) -> Generator[Prompt, Answer, list[Fact]]:
    """Backlash and squareness: nothing to be set, but to be told what to do."""
    said: list[Fact] = []
    for axis in ("x", "y"):
        tooth = yield from ask_number(
            fact("ask-backlash", axis=axis, teeth=features.TEETH),
            unit="",
            low=-features.TEETH,
            high=features.TEETH,
        )
        mm = abs(tooth) * features.VERNIER_MM
        little = mm <= LITTLE_BACKLASH_MM + 1e-9
        code = "backlash-little" if little else "backlash-large"
        said.append(Fact(code, {"axis": axis, "mm": round(mm, 1)}))
    if not (yield from confirm(fact("ask-diagonals"))):
        return said
    width, height = sheet.crosses
    long = math.hypot(width, height)
    rising = yield from _diagonal(fact("diagonal-rising"), long)
    falling = yield from _diagonal(fact("diagonal-falling"), long)
    lean = skew(width, height, rising, falling)
    if abs(lean.mm_in_100) <= SQUARE_MM:
        return [*said, fact("axes-square", degrees=round(abs(lean.degrees), 2))]
    about = {"degrees": round(abs(lean.degrees), 2), "mm": round(abs(lean.mm_in_100), 1)}
    code = "axes-lean-anticlockwise" if lean.degrees > 0 else "axes-lean-clockwise"
    return [*said, Fact(code, about)]


def _diagonal(which: Fact, long: float) -> Generator[Prompt, Answer, float]:
    return ask_number(
        fact("ask-diagonal", which=which, square=round(long, 1)),
        unit="mm",
        low=long * 0.8,
        high=long * 1.2,
    )
