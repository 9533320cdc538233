"""Writes a toolpath as compact G-code for one machine.

Strokes are written some hundreds at a time: what each asks of the machine becomes rows of
arrays, of which every word goes that GRBL remembers anyway, and every row that says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.facts import Fact
from firmware_gcode.program.pens.pen import Height, Pause, PenStep, Say
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Lines, Program
from firmware_gcode.program.timing import timed
from firmware_gcode.program.wording import Table, numerals, rounded, shortest
from firmware_gcode.toolpath.plan import Toolpath
from firmware_gcode.toolpath.ragged import Booleans, Complex, Floats, Places, lengths, spread
from firmware_gcode.toolpath.segments import Path, Paths, Point, as_points

_Column: TypeAlias = NDArray[Any]
PLACES = 2
"""Decimals of coordinates: 0.01 mm, a twentieth of the finest pen."""
ROUNDING_MM = 0.004
"""How far the rounding of its radius may move an arc."""
HEADER = "G21G90G94G17G54"
"""Millimetres, absolute, feed per minute, XY plane, first work coordinate system."""
SYNC = "G4P0"
"""A dwell of no time: GRBL answers it when all motion before it is done."""
_AT_ONCE, _MOST_PLACES = 256, 2048
"""Strokes that are written at once, and their places: at most so many, or one stroke."""
_HOP = 4
"""The motion of a row that is G0 or G1, whichever is faster."""
_MOST_FEED = 60_000.0


def write_program(
    toolpath: Toolpath,
    profile: Profile,
    *,
    from_stroke: int = 0,
    pauses: Mapping[int, Fact] | None = None,
    times: bool = True,
) -> Program:
    """Write the G-code that draws a toolpath; it starts and ends with the pen up.

    `from_stroke` goes on with a drawing that was interrupted: line and stroke numbers stay
    those of the whole toolpath. `pauses` are the program's; before them the pen is lifted to
    the top. Without `times` all lines take 0 seconds.

    Raises:
        ValueError: `from_stroke` is negative or beyond the last stroke.
    """
    if not 0 <= from_stroke < len(toolpath.strokes):
        raise ValueError(
            f"stroke {from_stroke} does not exist; the drawing has {len(toolpath.strokes)}"
        )
    paths = rounded_paths(Paths.of([stroke.path for stroke in toolpath.strokes]))
    stops = pauses or {}
    ends = toolpath.start, toolpath.park
    groups = in_groups(paths.each()[from_stroke:])
    parts = lines_of(groups, profile, *ends, first=from_stroke, stops=stops)
    lines = Lines.together(list(parts))
    inked = paths.flattened()
    drawn = inked.part(from_stroke, len(inked.sizes))
    return Program(
        lines=timed(lines, profile, toolpath.start) if times else lines,
        strokes=tuple(as_points(path.z) for path in inked.each()),
        first_stroke=from_stroke,
        ink_mm=drawn.chords_mm,
        travel_mm=float(lengths(drawn.hops(*ends)).sum()),
        pen_lifts=len(drawn.sizes),
        pauses=stops,
    )


def in_groups(paths: Iterable[Path]) -> Iterator[Paths]:
    """Strokes some hundreds at a time."""
    group: list[Path] = []
    places = 0
    for path in paths:
        if group and (len(group) == _AT_ONCE or places + len(path.z) > _MOST_PLACES):
            yield Paths.of(group)
            group, places = [], 0
        group.append(path)
        places += len(path.z)
    if group:
        yield Paths.of(group)


def lines_of(
    groups: Iterable[Paths],
    profile: Profile,
    start: Point,
    park: Point,
    *,
    first: int = 0,
    stops: Collection[int] = (),
) -> Iterator[Lines]:
    """The lines of strokes (`rounded_paths`, mm): those before, of each group, and behind.

    They take 0 seconds. The strokes are counted from `first`; before `stops` the pen is lifted
    to the top.
    """
    writer = _Writer(profile, _place(start))
    writer.begin()
    yield writer.lines()
    stays = [stop - 1 for stop in stops]
    for group in groups:
        writer.strokes(first, group, stays)
        first += len(group.sizes)
        yield writer.lines()
    writer.finish(_place(park))
    yield writer.lines()


def _place(point: tuple[float, float]) -> complex:
    """A place as the text says it."""
    x, y = rounded(np.array(point), PLACES) / 10.0**PLACES
    return complex(x, y)


def rounded_paths(paths: Paths) -> Paths:
    """Strokes as the text will say them; moves that rounding makes empty are left out."""
    x, y = (rounded(part, PLACES) / 10.0**PLACES for part in (paths.z.real, paths.z.imag))
    z = x + 1j * y
    owner, place = spread(paths.sizes)
    kept = (place == 0) | (np.diff(z, prepend=np.inf) != 0.0)
    z, radius, owner = z[kept], paths.radius[kept], owner[kept]
    bent = np.flatnonzero(radius)
    half = lengths(z[bent] - z[bent - 1]) / 2.0
    radius[bent] = np.copysign(_round_radius(np.abs(radius[bent]), half), radius[bent])
    return Paths(z, radius, np.bincount(owner, minlength=len(paths.sizes)))


def _round_radius(radius: Floats, half: Floats) -> Floats:
    """Radii of arcs over chords of rounded ends, with as few digits as matter, mm."""

    def rise(radii: Floats) -> Floats:
        return radii - np.sqrt(np.maximum(radii * radii - half * half, 0.0))

    radius = np.maximum(radius, half * (1.0 + 1e-4) + 1e-3)
    found = np.ceil(radius * 1000.0) / 1000.0
    for scale in (100.0, 10.0, 1.0, 0.1):
        short = np.rint(radius * scale) / scale
        good = (short > half * 1.001) & (np.abs(rise(short) - rise(radius)) <= ROUNDING_MM)
        found = np.where(good, short, found)
    return found


class _Rows(NamedTuple):
    """What lines ask for, as columns.

    Attributes:
        stroke: To which stroke each belongs; -1 for none.
        x: Where the pen is then, like `y` and `z`, mm; NaN: where it was.
        motion: 0 to 3 for G0 to G3, or `_HOP`.
        radius: Of an arc, mm.
        feed: mm/min; 0 for none.
        text: Which of the writer's texts a line is that is no motion; -1 for none.
        down: Whether the pen may be on the paper then.
    """

    stroke: _Column
    x: _Column
    y: _Column
    z: _Column
    motion: _Column
    radius: _Column
    feed: _Column
    text: _Column
    down: _Column

    @classmethod
    def of(cls, stroke: Places, **columns: Any) -> _Rows:
        """Rows of strokes; what is not given is that of nothing."""
        nothing = (np.nan, np.nan, np.nan, 0, 0.0, 0.0, -1, False)
        pairs = zip(cls._fields[1:], nothing, strict=True)
        return cls(stroke, *(np.full(len(stroke), columns.get(k, v)) for k, v in pairs))


@dataclass
class _Writer:
    """Keeps the modal state.

    Attributes:
        start: Where the pen is expected to be at first, x + iy in mm.
        here: Where it was last sent to: x, y, z; infinite before that.
        top: Whether the pen is lifted as high as it goes.
    """

    profile: Profile
    start: complex
    here: tuple[float, float, float] = (np.inf, np.inf, np.inf)
    top: bool = True
    motion: int = -1
    feed: float = 0.0
    texts: dict[str, int] = field(default_factory=dict)
    parts: list[Lines] = field(default_factory=list)

    def lines(self) -> Lines:
        """All lines so far."""
        parts, self.parts = self.parts, []
        return Lines.together(parts)

    def begin(self) -> None:
        """Modes, and the pen up wherever it is; one on a servo goes on rising."""
        pen, plain = self.profile.pen, self.profile.plain_hops
        steps = pen.lift_steps() if pen.by_height or plain else pen.leave_steps()
        steps = [step for step in steps if not isinstance(step, Pause) or step.seconds]
        nobody = np.array([-1])
        self._write([_Rows.of(nobody, text=self._text(HEADER)), self._steps(nobody, steps)])

    def strokes(self, first: int, paths: Paths, stays: Sequence[int]) -> None:
        """Travel to strokes, draw them, lift the pen: to the top after those it `stays` at."""
        count = len(paths.sizes)
        own = np.arange(first, first + count)
        pen, last = self.profile.pen, np.cumsum(paths.sizes) - 1
        high = np.isin(own, list(stays)) | self.profile.plain_hops
        starts = paths.z[last - paths.sizes + 1]
        lower = pen.lower_steps(self.profile.grbl)
        row, place = spread(paths.sizes)
        on = place > 0
        bent = paths.radius[on]
        drawn = _Rows.of(
            own[row[on]],
            x=paths.z.real[on],
            y=paths.z.imag[on],
            motion=np.where(bent == 0.0, 1, np.where(bent < 0.0, 2, 3)),
            radius=np.abs(bent),
            feed=self.profile.draw_feed,
            down=lower[-1].down if lower else False,
        )
        self._write(
            [
                *self._hops(own, starts, paths.z[last], high, falls=True),
                self._steps(own, lower),
                drawn,
                self._steps(own[~high], pen.leave_steps()),
                self._steps(own[high], pen.lift_steps()),
            ]
        )
        self.top = bool(high[-1])

    def finish(self, park: complex) -> None:
        """Go to the park place and wait there."""
        nobody, goal = np.array([-1]), np.array([park])
        hops = self._hops(nobody, goal, goal, np.array([True]), falls=False)
        self._write([*hops, _Rows.of(nobody, text=self._text(SYNC))])

    def _hops(
        self,
        own: Places,
        goals: Complex,
        leaves: Complex,
        high: Booleans,
        *,
        falls: bool,
    ) -> list[_Rows]:
        """Bring the lifted pen to places: down again just so far that X and Y may move.

        From a place in `leaves` it comes to the next one, lifted to the top if `high`.
        """
        travel = self._travel(own, x=goals.real, y=goals.imag)
        if self.profile.plain_hops:
            return [travel]
        x, y, _ = self.here
        froms = np.append(self.start if x == np.inf else complex(x, y), leaves[:-1])
        rises = ~np.append(self.top, high[:-1])
        places, counts = self.profile.pen.hops(
            froms, goals, self.profile.grbl, rises=rises, falls=falls
        )
        x, y, z = places.T
        return [self._travel(np.repeat(own, counts), x=x, y=y, z=z, motion=_HOP), travel]

    def _travel(self, own: Places, **columns: Any) -> _Rows:
        rapid = self.profile.rapid_travel
        feed = 0.0 if rapid else self.profile.travel_feed
        return _Rows.of(own, **{"motion": 0 if rapid else 1, "feed": feed, **columns})

    def _steps(self, own: Places, steps: Sequence[PenStep]) -> _Rows:
        """The steps of a pen, for each of some strokes."""
        rows = []
        for step in steps:
            match step:
                case Height():
                    rapid = step.feed >= self.profile.grbl["$112"]
                    rows.append((step.z, 0 if rapid else 1, 0.0 if rapid else step.feed, -1))
                case Say():
                    rows.append((np.nan, 0, 0.0, self._text(step.text)))
                case Pause():
                    text = f"G4P{shortest(step.seconds, 3)}"
                    rows.append((np.nan, 0, 0.0, self._text(text)))
        z, motion, feed, said = zip(*rows, strict=True)
        columns = {"z": z, "motion": motion, "feed": feed, "text": said}
        columns["down"] = tuple(step.down for step in steps)
        whose = np.repeat(own, len(steps))
        return _Rows.of(whose, **{k: np.tile(v, len(own)) for k, v in columns.items()})

    def _text(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def _write(self, parts: Sequence[_Rows]) -> None:
        """Write rows: of each stroke those of the first part come first."""
        rows = _Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        order = np.argsort(rows.stroke, kind="stable")
        rows = _Rows(*(column[order] for column in rows))
        at = [_filled(*each) for each in zip((rows.x, rows.y, rows.z), self.here, strict=True)]
        before = [np.append(old, new[:-1]) for old, new in zip(self.here, at, strict=True)]
        self.here = (float(at[0][-1]), float(at[1][-1]), float(at[2][-1]))
        changed = [new != old for new, old in zip(at, before, strict=True)]
        hop = rows.motion == _HOP
        level = hop & ~changed[2]
        motion = np.where(level, 0 if self.profile.rapid_travel else 1, rows.motion)
        feed = rows.feed
        climbs = np.flatnonzero(hop & changed[2])
        first = (self.start.real, self.start.imag, 0.0)
        ways = (
            (new - np.where(np.isinf(old), known, old))[climbs]
            for new, old, known in zip(at, before, first, strict=True)
        )
        feed[climbs] = self._climbs(*ways)
        motion[climbs] = feed[climbs] > 0.0
        kept = (rows.text >= 0) | changed[0] | changed[1] | changed[2]
        x, y, z = at
        rows = rows._replace(x=x, y=y, z=z, motion=motion, feed=feed)
        rows = _Rows(*(column[kept] for column in rows))
        self._lines(rows, [each[kept] for each in changed])

    def _climbs(self, dx: Floats, dy: Floats, dz: Floats) -> Floats:
        """Feeds of ways with the pen up, each axis as fast as it may be; 0: a rapid."""
        profile = self.profile
        most = np.where(dz > 0.0, profile.pen.climb_feed(1.0), profile.pen.climb_feed(-1.0))
        dx, dy, dz = np.abs(dx), np.abs(dy), np.abs(dz)
        # At a rapid each axis may be the one that limits the way.
        rapid = np.full(len(dz), profile.grbl["$112"])
        for key, part in (("$110", dx), ("$111", dy)):
            limit = profile.grbl[key] * dz / np.where(part > 0.0, part, 1.0)
            rapid = np.where(part > 0.0, np.minimum(rapid, limit), rapid)
        side = np.sqrt(dx * dx + dy * dy)
        way = np.sqrt(side * side + dz * dz)
        feed = most * way / dz
        sideways = side > 0.0
        limit = profile.travel_feed * way / np.where(sideways, side, 1.0)
        feed = _two_digits(np.where(sideways, np.minimum(feed, limit), feed))
        return np.where((rapid > most + 1e-6) | (not profile.rapid_travel), feed, 0.0)

    def _lines(self, rows: _Rows, changed: Sequence[Booleans]) -> None:
        """Write the words that are not in force."""
        table = Table(len(rows.stroke))
        moves = rows.text < 0
        said = np.flatnonzero(~moves)
        table.whole(said, list(self.texts), rows.text[said])
        motion = _filled(np.where(moves, rows.motion, np.nan), self.motion)
        new = np.flatnonzero(moves & (motion != np.append(self.motion, motion[:-1])))
        table.word("G", new, numerals(rows.motion[new], 0))
        for letter, values, other, places in zip(
            "XYZ", (rows.x, rows.y, rows.z), changed, (PLACES, PLACES, 3), strict=True
        ):
            own = np.flatnonzero(moves & other)
            table.word(letter, own, numerals(rounded(values[own], places), places))
        own = np.flatnonzero(rows.radius)
        table.word("R", own, numerals(rounded(rows.radius[own], 3), 3))
        feed = _filled(np.where(rows.feed > 0.0, rows.feed, np.nan), self.feed)
        own = np.flatnonzero(feed != np.append(self.feed, feed[:-1]))
        table.word("F", own, numerals(np.rint(feed[own]).astype(np.int64), 0))
        self.motion, self.feed = int(motion[-1]), float(feed[-1])
        text, sizes = table.text()
        x, y = (np.where(np.isfinite(each), each, 0.0) for each in (rows.x, rows.y))
        header = self.texts[HEADER]
        self.parts.append(
            Lines(
                text,
                np.append(0, np.cumsum(sizes)),
                rows.stroke.astype(np.int32),
                x,
                y,
                rows.down,
                np.zeros(len(x)),
                (rows.text >= 0) & (rows.text != header),
            )
        )


def _two_digits(feeds: Floats) -> Floats:
    """Feeds with as many digits as matter: at most 10 % less."""
    powers = 10.0 ** np.arange(1, 8)
    unit = np.append(1.0, powers)[
        np.maximum(np.searchsorted(powers, feeds, side="right") - 1, 0)
    ]
    short = np.minimum(np.floor(feeds / unit + 1e-9) * unit, _MOST_FEED)
    return np.where(feeds >= 10.0, short, feeds)


def _filled(values: Floats, before: float) -> Floats:
    """Values, and where there is none (NaN) the last one before it."""
    known = np.where(np.isnan(values), 0, np.arange(1, len(values) + 1))
    return np.append(before, values)[np.maximum.accumulate(known)]
