"""The paper's corner: where it lies on a machine that homes; else the zero."""

from __future__ import annotations

from firmware_gcode.setup.guide import Dialogue, confirm
from firmware_gcode.setup.shop import Shop, by_hand, find_place, to_corner

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
