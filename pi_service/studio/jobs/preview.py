"""A file as it would be drawn, planned like a job but for nobody to draw.

The plan is made by a process of its own, run with a low priority and ended when it takes
too long: whatever is in the file, the threads that feed the plotter and answer people do not
wait for it.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from firmware_gcode.drawing.geometry import Rectangle, bounds
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import CodedError, Fact
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from pi_service.sketching.stroke import Sketch
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.artwork import Artwork, ArtworkError
from pi_service.studio.jobs.picked import Picked
from pi_service.studio.jobs.planner import Placed, Planner

PATIENCE_S: Final = 45.0
"""After so long a preview is given up."""
NICE: Final = ("nice", "-n", "5")
REFUSED: Final = 3
"""The exit status of a process that says why there is no plan."""
DIGITS: Final = 2
"""Decimals of the millimetres that a preview shows."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be planned, and where.

    Attributes:
        room: Width and height of what it may have of the cell or sheet, mm.
        placed: Where that is; its request is that of the artwork.
    """

    artwork: Artwork
    room: tuple[float, float]
    placed: Placed
    profile: Profile
    paper: Paper

    def read(self) -> tuple[Picked, tuple[Fact, ...]]:
        """The file, as `Artwork.read`, if the machine reaches where it is to be.

        Raises:
            ArtworkError: It does not, or as `Artwork.read`.
        """
        if self.artwork.whole_sheet:
            try:
                self.profile.check_paper(self.paper)
            except ProfileError as error:
                raise ArtworkError(error.fact) from error
        return self.artwork.read(self.room, self.profile)

    def plan(self) -> dict[str, Any]:
        """The plan, ready for JSON; the fields are those of the web's `PreviewSchema`.

        Raises:
            ValueError: It cannot be drawn; says why.
        """
        picked, told = self.read()
        placed = replace(self.placed, request=self.artwork.request("", picked))
        planner = Planner(_Nobody(), self.profile, self.paper, lambda _: picked)
        made = planner.compose(placed)
        program, settings = made.program, made.kept.settings
        strokes = program.strokes[: len(program.strokes) - settings["caption_strokes"]]
        return {
            "strokes": [np.round(stroke, DIGITS).tolist() for stroke in strokes],
            "pens": [{"first": at, "name": name} for at, name in made.passes],
            "seconds": round(program.seconds, 1),
            "ink_mm": round(program.ink_mm, 1),
            "travel_mm": round(program.travel_mm, 1),
            "cell": placed.cell,
            "room": _corners(planner.room(placed)),
            "box": _corners(bounds(strokes)),
            "told": " ".join(map(str, told)),
            "told_facts": [each.as_dict() for each in told],
        }


class _Nobody:
    """Draws no sketches: the lines of a file are there."""

    classes: tuple[str, ...] = ()
    model_hash = ""

    def draw(
        self, class_name: str = "", *, seed: int, candidates: int | None = None
    ) -> Sketch:
        """Nothing is drawn for a file."""
        raise NotImplementedError


class Previews:
    """Makes one preview at a time: one that is asked for ends the one before."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None

    def make(self, wish: Wish) -> bytes:
        """What `Wish.plan` gives, as JSON: millions of digits that nobody here need read.

        Raises:
            StudioError: It cannot be drawn, takes too long, or another one was asked for.
        """
        asked = pickle.dumps(wish)
        command = [*NICE, sys.executable, "-m", __spec__.name]
        with self._lock:
            if self._running is not None:
                self._running.kill()
            process = self._running = subprocess.Popen(  # noqa: S603 - no word of anybody's
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        try:
            answer, _ = process.communicate(asked, self._patience_s)
        except subprocess.TimeoutExpired:
            raise StudioError("preview-too-long", seconds=self._patience_s) from None
        finally:
            with self._lock, process:
                process.kill()
                if self._running is process:
                    self._running = None
        if process.returncode == REFUSED:
            raise StudioError(Fact.from_json(answer.decode()))
        if process.returncode != 0:
            raise StudioError("preview-ended")
        return answer


def main() -> None:
    """Read a wish from the service, and write its plan."""
    wish: Wish = pickle.load(sys.stdin.buffer)  # noqa: S301 - from `Previews` alone
    try:
        json.dump(wish.plan(), sys.stdout)
    except CodedError as error:
        sys.stdout.write(error.fact.as_json())
        sys.exit(REFUSED)


def _corners(area: Rectangle) -> list[float]:
    """A rectangle as [x0, y0, x1, y1]."""
    return [round(value, DIGITS) for value in (area.x0, area.y0, area.x1, area.y1)]


if __name__ == "__main__":
    main()
