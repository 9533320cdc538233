"""A program as its text alone, for drawings of any size: written, timed and counted in parts.

A `Program` knows of every line where the pen is and how long it takes, which whoever sends it
needs; that is many times the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.facts import Fact
from firmware_gcode.motion.estimate import time_program
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.writer import in_groups, lines_of, rounded_paths
from firmware_gcode.toolpath.plan import Toolpath
from firmware_gcode.toolpath.ragged import lengths
from firmware_gcode.toolpath.segments import Path, Paths, Point, as_points


@dataclass
class Listing:
    """A program's text, and what it comes to.

    Attributes:
        parts: The text, a newline behind each line.
        stops: Before which of the parts the machine waits, pen up, until a person has it go
            on, and what the person is told.
        strokes: How many there are, which is how often the pen is lifted.
        ink_mm: Pen-down way, mm; `travel_mm`: pen-up way.
        seconds: How long the machine takes, by the motion model; 0 if that was not asked for.
    """

    parts: list[str] = field(default_factory=list)
    stops: dict[int, Fact] = field(default_factory=dict)
    strokes: int = 0
    ink_mm: float = 0.0
    travel_mm: float = 0.0
    size_bytes: int = 0
    seconds: float = 0.0

    @property
    def pieces(self) -> Iterator[bytes]:
        """The file, one piece after the other, with M0 where a person changes the pen."""
        for number, text in enumerate(self.parts):
            if number in self.stops:
                words = re.sub(r"[^ -~]|[();?!~]", "", str(self.stops[number]))[:60]
                yield f"M0 ({words})\n".encode()
            yield text.encode()


def write_listing(
    toolpath: Toolpath, profile: Profile, *, pauses: Mapping[int, Fact] | None = None
) -> Listing:
    """Write a toolpath: the same text as of `write_program`."""
    listing = Listing()
    stops = pauses or {}
    paths = (stroke.path for stroke in toolpath.strokes)
    for text in _told(paths, (toolpath.start, toolpath.park), profile, listing, stops):
        listing.parts.append(text)
    lines = (line for text in listing.parts for line in text.splitlines())
    begin = (*toolpath.start, profile.pen.lifted_z)
    listing.seconds = time_program(lines, profile.motion, start=begin).total_seconds
    return listing


def count_listing(
    paths: Iterable[Path], profile: Profile, start: Point, park: Point
) -> Listing:
    """What the text of paths in a row would come to; its parts are not kept, nor timed."""
    listing = Listing()
    for _ in _told(paths, (start, park), profile, listing, {}):
        pass
    return listing


def inked(toolpath: Toolpath) -> Iterator[Polyline]:
    """What the pen inks, mm, rounded as in the text, arcs flattened: stroke after stroke."""
    for group in in_groups(stroke.path for stroke in toolpath.strokes):
        yield from (as_points(path.z) for path in rounded_paths(group).flattened().each())


def _told(
    paths: Iterable[Path],
    ends: tuple[Point, Point],
    profile: Profile,
    listing: Listing,
    stops: Mapping[int, Fact],
) -> Iterator[str]:
    """The parts of the text between start and park; what they come to goes to the listing."""
    start, park = ends
    here = complex(*start)

    def counted() -> Iterator[Paths]:
        nonlocal here
        for group in map(rounded_paths, in_groups(paths)):
            drawn = group.flattened()
            goal = (float(drawn.z[-1].real), float(drawn.z[-1].imag))
            ways = drawn.hops((here.real, here.imag), goal)
            listing.travel_mm += float(lengths(ways).sum())
            listing.ink_mm += drawn.chords_mm
            listing.strokes += len(drawn.sizes)
            here = complex(*goal)
            yield group

    number = 0
    for lines in lines_of(counted(), profile, start, park, stops=stops):
        listing.size_bytes += len(lines.text)
        before = 0
        for stroke in sorted(stops):
            at = int(np.searchsorted(lines.stroke, stroke))
            if at < len(lines) and lines.stroke[at] == stroke:
                yield lines[before:at].text
                before, number = at, number + 1
                listing.stops[number] = stops[stroke]
        yield lines[before:].text
        number += 1
    listing.travel_mm += abs(complex(*park) - here)
