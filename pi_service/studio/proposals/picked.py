"""What a visitor and the machine drew together: all that it takes to draw it, and its name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from pi_service.sketching.simplify import Line

Points: TypeAlias = list[list[float]]
"""One stroke ready for JSON: ``[[x, y], …]``."""
DIGITS = 3
"""Decimals of the millimetres that are kept: 1 µm, a hundredth of what a pen can do."""


@dataclass(frozen=True, eq=False)
class Picked:
    """A whole drawing that begins with a visitor's strokes.

    Attributes:
        class_name: What it became.
        seed: The machine's strokes are what the model makes of the visitor's with it.
        room: Width and height of the room on paper in which it was begun, mm.
        given: The visitor's strokes in their order, mm from the room's upper left corner,
            y down, as they were drawn.
        added: The machine's, likewise.
        model_hash: Which model drew them.
    """

    class_name: str
    seed: int
    room: tuple[float, float]
    given: tuple[Line, ...]
    added: tuple[Line, ...]
    model_hash: str

    @cached_property
    def id(self) -> str:
        """Names it: SHA-256 of all that it is, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def strokes(self) -> tuple[Line, ...]:
        """Both hands', the visitor's first."""
        return self.given + self.added

    @property
    def text(self) -> str:
        """All that it is as JSON; the same drawing always gives the same text."""
        content = {
            "added": points_of(self.added),
            "class": self.class_name,
            "given": points_of(self.given),
            "model": self.model_hash,
            "room": list(self.room),
            "seed": self.seed,
        }
        return json.dumps(content, separators=(",", ":"), sort_keys=True)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Picked:
        """What `text` says, read from JSON."""
        width, height = content["room"]
        return cls(
            class_name=str(content["class"]),
            seed=int(content["seed"]),
            room=(float(width), float(height)),
            given=lines_of(content["given"]),
            added=lines_of(content["added"]),
            model_hash=str(content["model"]),
        )


def points_of(lines: Sequence[Line]) -> list[Points]:
    """Strokes ready for JSON, to `DIGITS`."""
    return [(np.round(line, DIGITS) + 0.0).tolist() for line in lines]


def lines_of(strokes: Sequence[Sequence[Sequence[float]]]) -> tuple[Line, ...]:
    """Strokes from JSON as arrays of shape (N, 2)."""
    return tuple(np.array(stroke, dtype=np.float64).reshape(-1, 2) for stroke in strokes)


def rounded(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Strokes as they are kept."""
    return lines_of(points_of(lines))
