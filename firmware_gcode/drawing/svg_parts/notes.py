"""What a reader must tell about a file: what it left out, and what it drew otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from firmware_gcode.drawing.svg_parts.paint import Ink
from firmware_gcode.facts import Fact, fact

LEFT: Final = (
    "svg-picture",
    "svg-foreign",
    "svg-letter",
    "svg-path-without-data",
    "svg-shape-odd",
    "svg-reference-lost",
    "svg-reference-circular",
    "svg-white-area",
    "svg-clip-text",
)
"""What is left out, in the order in which it is told."""
OTHERWISE: Final = (
    "svg-no-paint",
    "svg-text",
    "svg-area",
    "svg-area-involved",
    "svg-see-through",
    "svg-gradient",
    "svg-dashes-fine",
    "svg-mask",
    "svg-mask-half",
    "svg-filter",
    "svg-path-broken",
    "svg-transform-odd",
    "svg-over-the-edge",
)
"""What is drawn in another way than viewers draw it."""


@dataclass
class Notes:
    """Counts what is to be told, by code."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, count: int = 1) -> None:
        """There is one more, or several."""
        self.counts[code] += count

    def left(self) -> tuple[Fact, ...]:
        """What was left out: each a fact with its `count`."""
        return tuple(fact(code, count=self.counts[code]) for code in LEFT if self.counts[code])

    def otherwise(self) -> tuple[Fact, ...]:
        """What was drawn otherwise."""
        return tuple(
            fact(code, count=self.counts[code]) for code in OTHERWISE if self.counts[code]
        )

    def see(self, ink: Ink, *, clear: bool) -> None:
        """A stroke is drawn as one solid line, whatever it is."""
        if not ink.plain:
            self.add("svg-gradient")
        elif ink.alpha < 1.0 or clear:
            self.add("svg-see-through")
