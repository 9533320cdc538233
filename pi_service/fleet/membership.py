"""Where a broker is, who the plotter is there, and its topics."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "catplotter"
DISCOVERY = "homeassistant"
"""Home Assistant's own prefix, https://www.home-assistant.io/integrations/mqtt/."""


def is_name(text: str) -> bool:
    """Whether a plotter can be called so."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,40}", text) is not None


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
        if not is_name(self.name):
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
    def owner(self) -> str:
        """Where plotters of this name find out that they are two."""
        return f"{PREFIX}/{self.name}/owner"

    @property
    def kept(self) -> tuple[str, ...]:
        """What a broker keeps of a plotter."""
        return self.discovery, self.availability, self.state, self.image

    @property
    def discovery(self) -> str:
        """Where Home Assistant learns of it."""
        return f"{DISCOVERY}/device/{PREFIX}_{self.name}/config"


@dataclass(frozen=True, kw_only=True)
class Broker:
    """Where an MQTT broker is, and who we are there.

    Attributes:
        host: Its name or address.
        port: 1883, or 8883 with TLS.
        user: Our user there; None for none.
        password: Its password; never shown.
        tls: Whether the connection is encrypted and the broker's certificate checked.
    """

    host: str
    port: int = 1883
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False


@dataclass(frozen=True, kw_only=True)
class Membership(Broker):
    """One plotter's place in a fleet.

    Attributes:
        topics: What it says and hears, under its own name.
        memory: The file in which the plotter remembers its name, to tidy up after another one;
            None for none.
    """

    topics: Topics
    memory: Path | None = None

    @property
    def mark(self) -> str:
        """What tells this plotter from all others, also from one that was given its name."""
        place = "" if self.memory is None else self.memory.absolute()
        return hashlib.sha256(f"{uuid.getnode()} {place}".encode()).hexdigest()[:10]

    def name_before(self) -> str | None:
        """The name of the last time, where that was another one."""
        try:
            before = "" if self.memory is None else self.memory.read_text().strip()
        except (OSError, UnicodeDecodeError):
            return None
        return before if before != self.topics.name and is_name(before) else None

    def remember(self) -> None:
        """Note the name for the next time. Raises OSError."""
        if self.memory is not None:
            self.memory.write_text(f"{self.topics.name}\n")
