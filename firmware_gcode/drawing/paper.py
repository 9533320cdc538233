"""Sheets of paper: sizes, orientation, margins."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from firmware_gcode.drawing.geometry import Rectangle
from firmware_gcode.facts import CodedError

SIZES: dict[str, tuple[float, float]] = {
    "A2": (420.0, 594.0),
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
    "A5": (148.0, 210.0),
    "A6": (105.0, 148.0),
    "letter": (215.9, 279.4),
}
"""Width and height in mm, upright. ISO 216 and ANSI A."""

MAX_SIDE_MM = 2000.0
DEFAULT_MARGIN_MM = 10.0
_CUSTOM = re.compile(r"(\d+(?:\.\d+)?)\s*[x×]\s*(\d+(?:\.\d+)?)\s*(?:mm)?")


class PaperError(CodedError, ValueError):
    """A paper that does not exist or leaves no room to draw."""


@dataclass(frozen=True)
class Paper:
    """One sheet of at most 2000 mm a side, its origin at the lower left, with equal margins.

    Raises:
        PaperError: A size out of range, or margins that leave nothing between them.
    """

    width: float
    height: float
    margin: float = DEFAULT_MARGIN_MM

    def __post_init__(self) -> None:
        for key in ("width", "height"):
            value = float(getattr(self, key))
            if not (math.isfinite(value) and 0.0 < value <= MAX_SIDE_MM):
                raise PaperError("paper-side", side=key, value=value, most=MAX_SIDE_MM)
        if not (math.isfinite(self.margin) and self.margin >= 0.0):
            raise PaperError("paper-margin", margin=self.margin)
        if 2 * self.margin >= min(self.width, self.height):
            raise PaperError("paper-no-room", **vars(self))

    @classmethod
    def named(
        cls, name: str, *, landscape: bool = False, margin: float = DEFAULT_MARGIN_MM
    ) -> Paper:
        """A paper by its name ("A6" to "A2", "letter") or custom size ("120x80", in mm).

        Landscape lays the longer side along x; `margin` mm are left free on each side.

        Raises:
            PaperError: An unknown name, or a size or margin that cannot be.
        """
        sizes = {key.lower(): size for key, size in SIZES.items()}
        wanted = name.strip().lower()
        size = sizes.get(wanted)
        if size is None:
            custom = _CUSTOM.fullmatch(wanted)
            if custom is None:
                known = ", ".join(SIZES)
                raise PaperError("paper-unknown", name=name, known=known)
            size = (float(custom[1]), float(custom[2]))
        if landscape:
            size = (max(size), min(size))
        return cls(size[0], size[1], margin)

    def turned(self) -> Paper:
        """The same paper with width and height exchanged."""
        return replace(self, width=self.height, height=self.width)

    @property
    def sheet(self) -> Rectangle:
        """The whole sheet."""
        return Rectangle(0.0, 0.0, self.width, self.height)

    @property
    def drawable(self) -> Rectangle:
        """The sheet within its margins."""
        return Rectangle(
            self.margin, self.margin, self.width - self.margin, self.height - self.margin
        )
