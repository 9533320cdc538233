"""With which key the command line asks: that of this machine, or one that was handed out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pi_service.cli.options import INSTALLED, data_folder
from pi_service.studio.access.tokens import LocalKey

VARIABLE = "CATPLOTTER_API_KEY"
"""No option: everybody can read a command line."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ADVICE = (
    "Only the staff may do that. On the plotter's computer, ask as the service's owner does "
    "(of an installed one: with sudo); elsewhere put an API key of the staff's into "
    f"{VARIABLE}."
)


def key_for(url: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The key to show to the service at an address; None for none.

    The key of this machine is shown to no other machine, and to no other port than that of
    the service which made it.

    Args:
        url: Where the service's page is.
        environment: Where `VARIABLE` is looked up.
    """
    handed_out = environment.get(VARIABLE)
    if handed_out:
        return handed_out
    try:
        place = urlsplit(url)
        port = place.port or {"http": 80, "https": 443}.get(place.scheme)
    except ValueError:
        return None
    if place.hostname not in LOOPBACK:
        return None
    return next((key.secret for key in _local_keys() if key.port == port), None)


def _local_keys() -> Iterator[LocalKey]:
    """The keys of the services on this machine that this user may read."""
    for folder in _folders():
        try:
            key = LocalKey.read(folder)
        except OSError:
            continue  # somebody else's: then we ask as a visitor does
        if key is not None:
            yield key


def _folders() -> list[Path]:
    """Where services keep their state, as this user would look for it."""
    return list(dict.fromkeys((data_folder(), INSTALLED)))
