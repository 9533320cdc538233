"""What planning has made of a drawing, in figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from firmware_gcode.drawing.geometry import Drawing
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import Stroke, Toolpath
from firmware_gcode.toolpath.segments import lines


@dataclass(frozen=True)
class Figures:
    """The size of a program; travel is from start to park, time by the motion model."""

    strokes: int
    ink_mm: float
    travel_mm: float
    pen_lifts: int
    bytes: int
    seconds: float

    @classmethod
    def of(cls, program: Program) -> Figures:
        """The figures of a program."""
        return cls(
            strokes=len(program.strokes) - program.first_stroke,
            ink_mm=round(program.ink_mm, 2),
            travel_mm=round(program.travel_mm, 2),
            pen_lifts=program.pen_lifts,
            bytes=program.size_bytes,
            seconds=round(program.seconds, 3),
        )


@dataclass(frozen=True)
class Report:
    """Figures of a drawing drawn as it came, and as it was planned."""

    before: Figures
    after: Figures

    def as_dict(self) -> dict[str, dict[str, float]]:
        """Ready for JSON: {"before": {…}, "after": {…}}."""
        return {"before": asdict(self.before), "after": asdict(self.after)}

    def text(self) -> str:
        """A small table for people, lines ended by newlines."""
        rows = [
            ("strokes", "strokes", "d"),
            ("ink, mm", "ink_mm", ".0f"),
            ("travel, mm", "travel_mm", ".0f"),
            ("pen lifts", "pen_lifts", "d"),
            ("bytes", "bytes", "d"),
            ("time, s", "seconds", ".1f"),
        ]
        table = [f"{'':12}{'before':>10}{'after':>10}"]
        for label, key, form in rows:
            values = [format(getattr(side, key), form) for side in (self.before, self.after)]
            table.append(f"{label:12}{values[0]:>10}{values[1]:>10}")
        return "".join(f"{line}\n" for line in table)


def plain_toolpath(drawing: Drawing, profile: Profile) -> Toolpath:
    """A drawing in its own order, stroke by stroke, as straight lines."""
    strokes = tuple(
        Stroke(stroke, (index,), lines(stroke)) for index, stroke in enumerate(drawing.strokes)
    )
    return Toolpath(strokes, profile.park, profile.park)


def as_it_came(drawing: Drawing, profile: Profile) -> Figures:
    """A drawing (mm) in its own order, as straight lines, the pen lifted to the top."""
    plain = replace(profile, plain_hops=True)
    return Figures.of(write_program(plain_toolpath(drawing, profile), plain))
