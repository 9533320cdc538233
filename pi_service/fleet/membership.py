"""Where a plotter's broker is, who the plotter is there, and its topics."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

PREFIX = "catplotter"
DISCOVERY = "homeassistant"
"""Home Assistant's own prefix, https://www.home-assistant.io/integrations/mqtt/."""


@dataclass(frozen=True)
class Topics:
    """Names for everything that a plotter says and hears.

    Attributes:
        name: The plotter's own name; letters, digits, ``-`` and ``_``.

    Raises:
        ValueError: The name holds something else, which brokers could misread.
    """

    name: str

    def __post_init__(self) -> None:
        """Refuses names that are no single level of a topic."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", self.name):
            raise ValueError(
                f"A plotter cannot be called {self.name!r}: use up to 40 letters, digits, "
                "- and _."
            )

    @property
    def availability(self) -> str:
        """``online`` or ``offline``, retained; the broker itself says the latter."""
        return f"{PREFIX}/{self.name}/availability"

    @property
    def state(self) -> str:
        """What it does, as JSON, retained."""
        return f"{PREFIX}/{self.name}/state"

    @property
    def image(self) -> str:
        """The last drawing as SVG, retained."""
        return f"{PREFIX}/{self.name}/image"

    @property
    def command(self) -> str:
        """Where it is told what to do."""
        return f"{PREFIX}/{self.name}/command"

    @property
    def answer(self) -> str:
        """What became of each command."""
        return f"{PREFIX}/{self.name}/answer"

    @property
    def discovery(self) -> str:
        """Where Home Assistant learns of it."""
        return f"{DISCOVERY}/device/{PREFIX}_{self.name}/config"


@dataclass(frozen=True, kw_only=True)
class Membership:
    """One plotter's place in a fleet.

    Attributes:
        topics: What it says and hears, under its own name.
        host: The broker's name or address.
        port: 1883, or 8883 with TLS.
        user: Our user there; None for none.
        password: Its password; never shown.
        tls: Whether the connection is encrypted and the broker's certificate checked.
    """

    topics: Topics
    host: str
    port: int = 1883
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
