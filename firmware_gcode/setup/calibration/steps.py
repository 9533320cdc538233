"""The steps of a calibration by their names, in the order in which they are taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.prompts import Dialogue, confirm
from firmware_gcode.setup.calibration.reading import read_step, sheet_step
from firmware_gcode.setup.calibration.scale import corner_step, scale_step
from firmware_gcode.setup.calibration.shop import Shop
from firmware_gcode.setup.files import SetupError


def pen_step(shop: Shop) -> Dialogue:
    """Find the pen's values live, as its kind does, and save them."""
    original = shop.machine.profile
    saved = False
    try:
        found = yield from original.pen.calibrate(shop)
        numbers = {key: value for (_, key), value in found.items() if isinstance(value, float)}
        names = ", ".join(f"{key} = {value:g}" for key, value in numbers.items())
        if not found or not (yield from confirm(fact("ask-save", names=names))):
            return fact("nothing-changed")
        told = shop.save(found)
        saved = True
    finally:
        if not saved:
            with suppress(SetupError):
                shop.machine.pen_up()
            with suppress(SetupError):  # nothing moves: after a Stop too
                shop.machine.use(original)
    shop.machine.pen_up()
    return told


CALIBRATION: Final[Mapping[str, tuple[Fact, Callable[[Shop], Dialogue]]]] = {
    "corner": (fact("calibrate-corner"), corner_step),
    "pen": (fact("calibrate-pen"), pen_step),
    "scale-x": (fact("calibrate-scale-x"), lambda shop: scale_step(shop, "x")),
    "scale-y": (fact("calibrate-scale-y"), lambda shop: scale_step(shop, "y")),
    "sheet": (fact("calibrate-sheet"), sheet_step),
    "read": (fact("calibrate-read"), read_step),
}
"""What each step finds out, and the dialogue that does; each can be taken alone."""
