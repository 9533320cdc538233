"""What planning has made of a drawing, in figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, Polyline, ink_mm
from firmware_gcode.program.listing import Listing, count_listing, write_listing
from firmware_gcode.program.profile import Profile
from firmware_gcode.toolpath.ordering.cost import Seconds
from firmware_gcode.toolpath.plan import Stroke, Toolpath
from firmware_gcode.toolpath.segments import Point, as_complex, straight

_PARTS, _PART = 10, 100
"""Of a drawing with more strokes than both together so many parts of so many are timed."""


@dataclass(frozen=True)
class Figures:
    """The size of a program; travel is from start to park, time by the motion model.

    Attributes:
        estimated: Whether the time is worked out from that of a sample.
    """

    strokes: int
    ink_mm: float
    travel_mm: float
    pen_lifts: int
    bytes: int
    seconds: float
    estimated: bool = False

    @classmethod
    def of(cls, listing: Listing) -> Figures:
        """The figures of a program."""
        return cls(
            strokes=listing.strokes,
            ink_mm=round(listing.ink_mm, 2),
            travel_mm=round(listing.travel_mm, 2),
            pen_lifts=listing.strokes,
            bytes=listing.size_bytes,
            seconds=round(listing.seconds, 3),
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
            sides = (self.before, self.after)
            about = ["~" * (key == "seconds" and side.estimated) for side in sides]
            values = [
                f"{mark}{getattr(side, key):{form}}"
                for mark, side in zip(about, sides, strict=True)
            ]
            table.append(f"{label:12}{values[0]:>10}{values[1]:>10}")
        return "".join(f"{line}\n" for line in table)


def plain_toolpath(drawing: Drawing, profile: Profile) -> Toolpath:
    """A drawing in its own order, stroke by stroke, as straight lines."""
    strokes = tuple(
        Stroke((index,), straight(stroke)) for index, stroke in enumerate(drawing.strokes)
    )
    return Toolpath(strokes, profile.park, profile.park)


def as_it_came(drawing: Drawing, profile: Profile) -> Figures:
    """A drawing (mm) in its own order, as straight lines, the pen lifted to the top.

    Of a large one some strokes in a row are timed here and there. The time of all is to
    theirs as that of the ways, each from rest to rest, and of the ink at its feed.
    """
    plain, park, strokes = replace(profile, plain_hops=True), profile.park, drawing.strokes
    count = len(strokes)
    if count <= _PARTS * _PART:
        return Figures.of(write_listing(plain_toolpath(drawing, profile), plain))
    sample = sampled = 0.0
    for low in np.linspace(1, count - _PART - 1, _PARTS).astype(int).tolist():
        part = plain_toolpath(Drawing(strokes[low - 1 : low + _PART + 1]), profile).strokes
        before, after = part[0].end, part[-1].start
        sample += write_listing(Toolpath(part[1:-1], before, after), plain).seconds
        sampled += _at_rest(strokes[low : low + _PART], before, after, plain)
    seconds = sample * _at_rest(strokes, park, park, plain) / sampled
    figures = Figures.of(count_listing(map(straight, strokes), plain, park, park))
    return replace(figures, seconds=round(seconds, 1), estimated=True)


def _at_rest(
    strokes: Sequence[Polyline], start: Point, park: Point, profile: Profile
) -> float:
    """Seconds of ink at its feed, and of the ways between from rest to rest."""
    cost = Seconds.of_machine(profile.motion, profile.travel_feed, rapid=profile.rapid_travel)
    begins, ends = (np.array([stroke[side] for stroke in strokes]) for side in (0, -1))
    ways = np.concatenate([begins, [park]]) - np.concatenate([[start], ends])
    ink = ink_mm(strokes)
    return float(cost.of(as_complex(ways)).sum()) + 60.0 * ink / profile.draw_feed
