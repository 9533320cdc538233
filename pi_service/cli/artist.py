"""How `catplotter draw` makes sketches: the best of several, or drawn on from an SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
import numpy as np

from firmware_gcode.drawing.svg_in import read_svg
from pi_service.sketching.simplify import Line
from pi_service.sketching.sketcher import BEST_OF, TRIES, Sketcher
from pi_service.sketching.stroke import Sketch, from_polylines

P = ParamSpec("P")
R = TypeVar("R")

FINENESS = 100_000
"""Steps of the longer side to which a drawing that was begun by a human is rounded."""


def artist_options(function: Callable[P, R]) -> Callable[P, R]:
    """Adds `--best-of` and `--complete`: `best_of` and `begun_path`."""
    best = click.option(
        "--best-of",
        type=click.IntRange(1, TRIES),
        default=BEST_OF,
        show_default=True,
        help="Sketches of which the critic takes one; fewer are quicker, more are tamer.",
    )
    begun = click.option(
        "--complete",
        "begun_path",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Draw on from the lines in this SVG file, which stay as they are.",
    )
    return best(begun(function))


@dataclass(frozen=True)
class ChoosingArtist:
    """Draws sketches as the options of the command line say."""

    sketcher: Sketcher
    best_of: int
    begun: tuple[Line, ...] = ()
    """Strokes to draw on from, y down; none for a drawing of its own."""

    @classmethod
    def of(cls, sketcher: Sketcher, best_of: int, begun_path: Path | None) -> ChoosingArtist:
        """The artist for these options.

        Raises:
            SvgError: The file with the beginning cannot be read or has no lines.
        """
        begun = read_svg(begun_path).polylines if begun_path else ()
        return cls(sketcher, best_of, begun)

    @property
    def classes(self) -> tuple[str, ...]:
        """What it can draw."""
        return self.sketcher.classes

    @property
    def model_hash(self) -> str:
        """Which model it is."""
        return self.sketcher.model_hash

    def draw(self, class_name: str = "cat", *, seed: int) -> Sketch:
        """The sketch of that class and seed; one that was begun has units of its own.

        Raises:
            Errors: As `Sketcher.draw` and `Sketcher.complete`.
        """
        if not self.begun:
            return self.sketcher.draw(class_name, seed=seed, best_of=self.best_of)
        (made,) = self.sketcher.complete(self.begun, class_name, seed=seed)
        points = np.concatenate(made.strokes)
        low, side = points.min(axis=0), np.ptp(points, axis=0).max()
        return from_polylines(
            [
                np.rint((line - low) * (FINENESS / side)).astype(np.int64)
                for line in made.strokes
            ]
        )
