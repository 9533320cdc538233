"""What tells whether the service's parts live."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pi_service.studio.core.database import StoreError

PATIENCE_S = 15.0
"""A loop that has not turned for so long hangs; a slow card takes seconds to write."""
NAMES = {
    "link": "The link to the plotter",
    "worker": "The worker, who has drawings drawn,",
    "schedule": "The schedule",
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
    """

    turned: Mapping[str, Callable[[], float]] = field(default_factory=dict)
    read: Callable[[], object] = lambda: None
    troubles: Callable[[], Mapping[str, int]] = _none
    clock: Callable[[], float] = time.monotonic

    def missing(self) -> dict[str, str]:
        """A sentence for each part that does not live."""
        found = {name: text for name in self.turned if (text := self._hangs(name))}
        try:
            self.read()
        except StoreError as error:
            found["database"] = str(error)
        return found

    def _hangs(self, name: str) -> str | None:
        still = self.clock() - self.turned[name]()
        if still <= PATIENCE_S:
            return None
        who = NAMES.get(name, f"The part “{name}”")
        return f"{who} has not moved for {still:.0f} s."
