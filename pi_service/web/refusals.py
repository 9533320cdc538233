"""Counts what was refused, for the figures: problems answered, connections let go."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import cast

from flask import Flask

_EXTENSION = "catplotter_refusals"


class Refusals:
    """How often was refused for which reason."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def count(self, reason: str) -> None:
        """Once more, from any thread."""
        with self._lock:
            self._counts[reason] += 1

    def counts(self) -> Mapping[str, int]:
        """All of them since the start."""
        with self._lock:
            return dict(self._counts)


def add_refusals(app: Flask) -> Refusals:
    """Give an app its count; see `refusals_of`."""
    found = app.extensions[_EXTENSION] = Refusals()
    return found


def refusals_of(app: Flask) -> Refusals:
    """The count of an app."""
    return cast(Refusals, app.extensions[_EXTENSION])
