"""Where the staff have been: networks and browsers from which somebody knew the password.

Whoever tries passwords from outside can make others wait, but not these. They open nothing by
themselves. They are kept in a file beside the database, so that a restart locks nobody out and
an older release is not stopped by it.
"""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Callable
from pathlib import Path

from pi_service.studio.access.tokens import digest, write_secret

logger = logging.getLogger(__name__)

FILE = "known.json"
MOST = 100
"""Of more the one that was there longest ago is forgotten."""
DAY_S = 86400.0
"""How exactly is kept when somebody was there: the card is not written at each time."""


def browser(token: str) -> str:
    """The name of a browser that shows a token."""
    return f"browser {digest(token).hex()}"


class Known:
    """The names of networks (see `network_of`) and browsers, and when each was there last."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._path = folder / FILE
        self._clock = clock
        self._lock = threading.Lock()
        self._names = _read(self._path)

    def __contains__(self, name: str) -> bool:
        """Whether it is known."""
        with self._lock:
            return name in self._names

    def add(self, *names: str) -> None:
        """Somebody there knew the password."""
        with self._lock:
            now = self._clock()
            new = {n for n in names if abs(now - self._names.get(n, -math.inf)) > DAY_S}
            if not new:
                return
            kept = sorted({**self._names, **dict.fromkeys(new, now)}.items(), key=_seen_at)
            self._names = dict(kept[-MOST:])
            try:
                write_secret(self._path, json.dumps(self._names))
            except OSError as error:  # a full disk locks nobody out
                logger.warning("%s was not written: %s", self._path, error.strerror)


def _seen_at(kept: tuple[str, float]) -> float:
    return kept[1]


def _read(path: Path) -> dict[str, float]:
    """What is kept; nothing if there is none or it is damaged."""
    try:
        found = json.loads(path.read_text())
        return {str(name): float(at) for name, at in list(found.items())[:MOST]}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        logger.warning("%s cannot be read: nobody is known at the login", path)
        return {}
