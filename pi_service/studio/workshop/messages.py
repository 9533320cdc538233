"""The service's own last messages, for whoever cannot look into the system's journal."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from typing import Any

KEPT = 300
"""Messages that are remembered."""


class Messages(logging.Handler):
    """Remembers what was logged last; add it to a logger, remove it at the end."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._numbers = itertools.count(1)
        self._kept: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a message; a broken one never breaks who logged it."""
        try:
            text = record.getMessage()
            if record.exc_info and record.exc_info[1] is not None:
                text += f" ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
        except Exception:
            self.handleError(record)
            return
        self._kept.append(
            {
                "id": next(self._numbers),
                "at": record.created,
                "level": record.levelname.lower(),
                "part": record.name,
                "text": text[:2000],
            }
        )

    def last(self, limit: int = 100) -> list[dict[str, Any]]:
        """The newest messages, newest first: ``id``, ``at``, ``level``, ``part``, ``text``."""
        return list(self._kept)[::-1][:limit]
