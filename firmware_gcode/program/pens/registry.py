"""All kinds of pens that a profile may name."""

from __future__ import annotations

from firmware_gcode.facts import fact
from firmware_gcode.program.pens.pen import Pen
from firmware_gcode.program.pens.servo import ServoPen
from firmware_gcode.program.pens.z import ZPen
from firmware_gcode.program.profile_fields import Table

PENS: dict[str, type[Pen]] = {kind.kind: kind for kind in (ZPen, ServoPen)}
"""By the word for it in a profile."""


def read_pen(table: Table) -> Pen:
    """The pen of a profile's table ``[pen]``.

    Raises:
        ProfileError: No such kind, or a wrong value.
    """
    kind = table.words("kind")
    if kind not in PENS:
        known = ", ".join(f'"{name}"' for name in PENS)
        raise table.error("kind", fact("pen-kind-unknown", kind=kind, known=known))
    return PENS[kind].from_table(table)
