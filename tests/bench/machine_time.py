"""What a program costs on a machine, and what vpype-gcode makes of a drawing."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firmware_gcode.drawing.geometry import Drawing
from firmware_gcode.motion.estimate import time_program
from firmware_gcode.program.pens.pen import step_line
from firmware_gcode.program.profile import Profile

PX_PER_MM = 96.0 / 25.4


@dataclass
class Cost:
    """Seconds of the machine and bytes on the wire, summed up over programs."""

    seconds: float = 0.0
    bytes: int = 0

    def add(self, text: Sequence[str], profile: Profile) -> None:
        """Time a program that starts with the pen up over the origin."""
        start = (0.0, 0.0, profile.pen.lifted_z)
        self.seconds += time_program(text, profile.motion, start=start).total_seconds
        self.bytes += sum(len(line) + 1 for line in text)


def peer_program(drawing: Drawing, profile: Profile, tolerance: float) -> list[str]:
    """What vpype and vpype-gcode make of a drawing, with our profile's lifts and feeds.

    The form is that of the `gcodemm` profile which comes with vpype-gcode, and lifts added;
    `tolerance` is that of `linesimplify`, mm.
    """
    vpype: Any = importlib.import_module("vpype")
    vpype_cli: Any = importlib.import_module("vpype_cli")
    # Loads its profiles, to which ours is added.
    importlib.import_module("vpype_gcode.gwrite")
    pen = profile.pen
    lower, lift = (
        "".join(f"{step_line(step)}\n" for step in steps)
        for steps in (pen.lower_steps(profile.grbl), pen.lift_steps())
    )
    vpype.config_manager.config["gwrite"]["ours"] = {
        "unit": "mm",
        "document_start": f"G21\nG17\nG90\n{lift}",
        "segment_first": f"G00 X{{x:.4f}} Y{{y:.4f}}\n{lower}F{profile.draw_feed:.0f}\n",
        "segment": "G01 X{x:.4f} Y{y:.4f}\n",
        "line_end": lift,
        "document_end": "G00 X0.0000 Y0.0000\n",
    }
    document = vpype.Document()
    px = [(s[:, 0] + 1j * s[:, 1]) * PX_PER_MM for s in drawing.strokes]
    document.add(vpype.LineCollection(px), 1)
    with tempfile.NamedTemporaryFile("r", suffix=".gcode") as file:
        simplify = f"linesimplify --tolerance {tolerance}mm"
        pipeline = f"linemerge linesort reloop {simplify} gwrite --profile ours"
        vpype_cli.execute(f"{pipeline} {file.name}", document)
        return file.read().splitlines()
