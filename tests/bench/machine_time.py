"""Where a program's time on the machine goes, and what vpype-gcode makes of a drawing."""

from __future__ import annotations

import importlib
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from firmware_gcode.drawing.geometry import Drawing
from firmware_gcode.gcode.actions import Arc, Move
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.motion.arcs import arc_angle
from firmware_gcode.motion.estimate import time_program
from firmware_gcode.program.profile import Profile

PX_PER_MM = 96.0 / 25.4


@dataclass
class Cost:
    """Where a machine's time goes, summed up over programs.

    Attributes:
        ink: Seconds with the pen on the paper, moving sideways.
        lifts: Seconds of lifting and lowering.
        travel: Seconds of moving with the pen up.
        ink_mm: Way of the pen on the paper, mm.
        strokes: How often the pen was lowered to the paper.
        bytes: Size of the programs.
    """

    HEAD: ClassVar[str] = "     s     ink   lifts  travel   ink mm strokes   bytes"
    ink: float = 0.0
    lifts: float = 0.0
    travel: float = 0.0
    ink_mm: float = 0.0
    strokes: int = 0
    bytes: int = 0

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.ink + self.lifts + self.travel

    def row(self) -> str:
        """The figures below those of `HEAD`."""
        return (
            f"{self.seconds:7.1f} {self.ink:7.1f} {self.lifts:7.1f} {self.travel:7.1f} "
            f"{self.ink_mm:8.0f} {self.strokes:7d} {self.bytes:7d}"
        )

    def unavoidable(self, profile: Profile) -> float:
        """Seconds that are the same for any way of drawing these strokes one by one."""
        feed = profile.draw_feed / 60.0
        ramps = self.strokes * feed / profile.grbl["$120"]
        return self.ink_mm / feed + ramps + self.lifts

    def add(self, text: Sequence[str], profile: Profile) -> None:
        """Time a program that starts with the pen up (Z 3) over the origin."""
        begin = (0.0, 0.0, 3.0)
        seconds = time_program(text, profile.motion, start=begin).per_line
        interpreter = Interpreter()
        interpreter.position = begin
        for line, taken in zip(text, seconds, strict=True):
            before = interpreter.position
            moved = 0.0
            for action in interpreter.execute(line):
                if isinstance(action, Move):
                    moved = math.dist(before[:2], action.target[:2])
                elif isinstance(action, Arc):
                    moved = abs(arc_angle(action)) * action.radius
            if moved == 0.0:
                self.lifts += taken
                self.strokes += before[2] > 0.0 >= interpreter.position[2]
            elif interpreter.position[2] > 0.0:
                self.travel += taken
            else:
                self.ink += taken
                self.ink_mm += moved
        self.bytes += sum(len(line) + 1 for line in text)


def peer_program(drawing: Drawing, profile: Profile) -> list[str]:
    """What vpype and vpype-gcode make of a drawing, with our profile's lifts and feeds.

    The form is that of the `gcodemm` profile which comes with vpype-gcode, and lifts added.
    """
    vpype: Any = importlib.import_module("vpype")
    vpype_cli: Any = importlib.import_module("vpype_cli")
    importlib.import_module(
        "vpype_gcode.gwrite"
    )  # Loads its profiles, to which ours is added.
    vpype.config_manager.config["gwrite"]["ours"] = {
        "unit": "mm",
        "document_start": "G21\nG17\nG90\nG00 Z3\n",
        "segment_first": "G00 X{x:.4f} Y{y:.4f}\nG00 Z0.5\nG01 Z0 F1200\n"
        f"F{profile.draw_feed:.0f}\n",
        "segment": "G01 X{x:.4f} Y{y:.4f}\n",
        "line_end": "G00 Z3\n",
        "document_end": "G00 X0.0000 Y0.0000\n",
    }
    document = vpype.Document()
    px = [(s[:, 0] + 1j * s[:, 1]) * PX_PER_MM for s in drawing.strokes]
    document.add(vpype.LineCollection(px), 1)
    with tempfile.NamedTemporaryFile("r", suffix=".gcode") as file:
        pipeline = "linemerge linesort reloop linesimplify gwrite --profile ours"
        vpype_cli.execute(f"{pipeline} {file.name}", document)
        return file.read().splitlines()
