"""What tells whether the service's parts live."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from firmware_gcode.facts import Fact, fact
from pi_service.studio.core.database import StoreError

PATIENCE_S = 15.0
"""A loop that has not turned for so long hangs; a slow card takes seconds to write."""
NAMES = {
    "link": fact("part-link"),
    "worker": fact("part-worker"),
    "schedule": fact("part-schedule"),
}
"""The loops as people are told of them."""


def _none() -> dict[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Vitals:
    """Looks at the service's parts.

    Attributes:
        turned: For each loop's name, when it last turned, in monotonic seconds.
        read: Reads from the database; raises StoreError if that cannot be done.
        troubles: How often the machine came into which bad state since the start.
        clock: Monotonic seconds.
        room: Why the disk takes no drawing; None if it does.
    """

    turned: Mapping[str, Callable[[], float]] = field(default_factory=dict)
    read: Callable[[], object] = lambda: None
    troubles: Callable[[], Mapping[str, int]] = _none
    clock: Callable[[], float] = time.monotonic
    room: Callable[[], Fact | None] = lambda: None

    def missing(self) -> dict[str, Fact]:
        """What is wrong with each part that does not live."""
        found = {name: told for name in self.turned if (told := self._hangs(name))}
        try:
            self.read()
        except StoreError as error:
            found["database"] = error.fact
        if (full := self.room()) is not None:
            found["disk"] = full
        return found

    def _hangs(self, name: str) -> Fact | None:
        still = self.clock() - self.turned[name]()
        if still <= PATIENCE_S:
            return None
        who = NAMES.get(name, fact("part", name=name))
        return fact("part-hangs", part=who, seconds=round(still))
