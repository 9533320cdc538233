"""Where a plotter's broker is, and who the plotter is there."""

from __future__ import annotations

from dataclasses import dataclass, field

from pi_service.fleet.topics import Topics


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
