"""Who asks, as far as the service knows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do."""

    VISITOR = "visitor"
    """Look, ask for a drawing now and then, and stop the machine."""
    STAFF = "staff"
    """Everything."""


class Via(StrEnum):
    """How somebody showed who they are."""

    NOTHING = "nothing"
    SESSION = "session"
    API_KEY = "api key"
    LOCAL_KEY = "local key"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; the name is a key's, empty for other ways."""

    role: Role = Role.VISITOR
    via: Via = Via.NOTHING
    name: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether everything is open to them."""
        return self.role is Role.STAFF


ANYBODY = Caller()
"""Who did not show anything."""
