"""What a visitor and the machine drew together: all that it takes to draw it, and its name."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from firmware_gcode.drawing.geometry import Polyline, Rectangle, bounds
from firmware_gcode.facts import CodedError
from firmware_gcode.toolpath.fit import fit
from firmware_gcode.toolpath.plan import Stroke, fit_inside
from firmware_gcode.toolpath.tolerance import sketch_tolerance
from pi_service.sketching.simplify import Line
from pi_service.studio.core.database import Database

Points: TypeAlias = list[list[float]]
"""One stroke ready for JSON: ``[[x, y], …]``."""
Pass: TypeAlias = tuple[str, int, bool]
DIGITS, FILE_DIGITS = 3, 6
"""Decimals of the millimetres that are kept: 1 µm, a hundredth of what a pen can do; more of a
file's lines, so that its arcs are known."""


@dataclass(frozen=True, eq=False)
class Picked:
    """A whole drawing that begins with a visitor's strokes.

    Attributes:
        seed: The machine's strokes are what the model makes of the visitor's with it.
        room: Width and height of the room on paper in which it was begun, mm.
        given: The visitor's strokes in their order, mm from the room's upper left corner,
            y down, as they were drawn.
        added: The machine's, likewise.
        passes: The pens of the machine's in their order, of how many of them each is, and
            whether these are drawn exactly as they are; none for one pen that is smooth.
        actual_size: Whether it is as large on every paper; else it is fitted to its room.
    """

    class_name: str
    seed: int
    room: tuple[float, float]
    given: tuple[Line, ...]
    added: tuple[Line, ...]
    model_hash: str
    passes: tuple[Pass, ...] = ()
    actual_size: bool = False

    @cached_property
    def id(self) -> str:
        """Names it: SHA-256 of all that it is, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def strokes(self) -> tuple[Line, ...]:
        """Both hands', the visitor's first."""
        return self.given + self.added

    @property
    def pen_change(self) -> bool:
        """Whether it takes more than one pen by itself."""
        return len({name for name, *_ in self.passes}) > 1

    @property
    def text(self) -> str:
        """All that it is as JSON; the same drawing always gives the same text."""
        content = {
            "added": points_of(self.added, FILE_DIGITS if self.passes else DIGITS),
            "class": self.class_name,
            "given": points_of(self.given),
            "model": self.model_hash,
            "room": list(self.room),
            "seed": self.seed,
            **({"passes": self.passes} if self.passes else {}),
            **({"actual_size": True} if self.actual_size else {}),
        }
        return json.dumps(content, separators=(",", ":"), sort_keys=True)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Picked:
        """What `text` says, read from JSON."""
        width, height = content["room"]
        return cls(
            class_name=str(content["class"]),
            seed=int(content["seed"]),
            room=(float(width), float(height)),
            given=lines_of(content["given"]),
            added=lines_of(content["added"]),
            model_hash=str(content["model"]),
            passes=tuple(
                (str(name), int(count), bool(exact))
                for name, count, exact in content.get("passes", ())
            ),
            actual_size=bool(content.get("actual_size", False)),
        )


def points_of(lines: Sequence[Line], digits: int = DIGITS) -> list[Points]:
    """Strokes ready for JSON, to so many decimals."""
    return [(np.round(line, digits) + 0.0).tolist() for line in lines]


def lines_of(strokes: Sequence[Sequence[Sequence[float]]]) -> tuple[Line, ...]:
    """Strokes from JSON as arrays of shape (N, 2)."""
    return tuple(np.array(stroke, dtype=np.float64).reshape(-1, 2) for stroke in strokes)


def rounded(lines: Sequence[Line], digits: int = DIGITS) -> tuple[Line, ...]:
    """Strokes as they are kept."""
    return lines_of(points_of(lines, digits))


SCREEN_PIXELS = 500
"""Of the longer side of what a person draws with a finger: fewer than any screen has."""


def as_drawn(human: Sequence[Polyline], area: Rectangle, size: float) -> tuple[Stroke, ...]:
    """A person's strokes: none joined to another, none left out, none turned round.

    Smoothing takes out the steps of the screen, and nothing that the hand meant.

    Args:
        human: mm on the paper, in their order.
        area: What the pen must not leave; a stroke whose curves would has straight lines.
        size: Longer side of the whole drawing, mm.
    """
    fitted = fit_inside(human, sketch_tolerance(size, SCREEN_PIXELS), area)
    return tuple(Stroke((index,), path) for index, path in enumerate(fitted))


def as_planned(picked: Picked) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The visitor's strokes and the machine's as the pen will draw them, still in the room.

    Only what the plan joins and where it turns round is missing: nothing that is seen.
    """
    box = bounds(picked.strokes)
    size = max(box.width, box.height)
    tolerances = [
        sketch_tolerance(size, SCREEN_PIXELS).of_each(picked.given),
        sketch_tolerance(size).of_each(picked.added),
    ]
    fitted = fit(picked.strokes, np.concatenate(tolerances), smoothing=True)
    planned = tuple(way.points for way in fitted)
    return planned[: len(picked.given)], planned[len(picked.given) :]


def keep(connection: sqlite3.Connection, picked: Picked) -> None:
    """Keep a drawing, inside the transaction that keeps its job."""
    connection.execute(
        "INSERT OR IGNORE INTO proposals (id, content) VALUES (?, ?)",
        (picked.id, zlib.compress(picked.text.encode())),
    )


def look_up(database: Database, name: str) -> Picked | None:
    """The drawing of that name; None if it was let go."""
    with database.read() as connection:
        row = connection.execute(
            "SELECT content FROM proposals WHERE id = ?", (name,)
        ).fetchone()
    if row is None:
        return None
    return Picked.of(json.loads(zlib.decompress(row[0])))


def let_go(connection: sqlite3.Connection) -> int:
    """Forget what no job draws or shows any more; says how many."""
    return connection.execute(
        "DELETE FROM proposals WHERE NOT EXISTS ("
        " SELECT 1 FROM jobs WHERE jobs.proposal = proposals.id AND jobs.deleted = 0 AND ("
        "  jobs.state NOT IN ('done', 'cancelled', 'failed')"
        "  OR EXISTS (SELECT 1 FROM drawings WHERE drawings.job = jobs.id)))"
    ).rowcount


_SLACK_MM = 0.01
SMALLEST_MM = 20.0
"""Longer side that a drawing has at least, where there is room: a pen can draw no smaller cat
that anybody would look at."""


@dataclass(frozen=True)
class Placement:
    """From the room in which a drawing was begun to the one where it stands: mm, y down.

    A point goes to ``point * scale + (x, y)``.
    """

    scale: float
    x: float
    y: float

    def of(self, line: Line) -> Line:
        """A line where it stands."""
        moved: Line = line * self.scale + np.array([self.x, self.y])
        return moved


def placement(
    strokes: Sequence[Line],
    room: tuple[float, float],
    area: tuple[float, float],
    least: float = SMALLEST_MM,
) -> Placement:
    """Where strokes stand in an area.

    The room's middle comes to the area's. What the machine added may lead out of the room:
    then the whole drawing is made smaller, as little as is needed, and moved, no further than
    into the area.

    Args:
        strokes: All of them, mm from the room's upper left corner, y down.
        room: Width and height of the room they were drawn in.
        least: The longer side that they have at least, mm, where there is room.
    """
    points = np.concatenate(strokes)
    scale = min(area[0] / room[0], area[1] / room[1])
    low, high = points.min(axis=0) * scale, points.max(axis=0) * scale
    away = (np.array(area) - np.array(room) * scale) / 2
    size = high - low
    with np.errstate(divide="ignore"):
        most = float((np.array(area) / size).min())
    resize = min(max(1.0, least / (float(size.max()) or 1.0)), most)
    middle = (low + high) / 2 + away
    half = size * resize / 2
    middle = np.clip(middle, half, np.maximum(np.array(area) - half, half))
    shift = middle - (low + high) / 2 * resize
    return Placement(scale * resize, float(shift[0]), float(shift[1]))


class RoomError(CodedError, ValueError):
    """A drawing that would go beyond its room."""


def check_room(low: Line, high: Line, room: tuple[float, float]) -> None:
    """Refuse (RoomError) what goes beyond a room, mm from its upper left corner."""
    if (low < -_SLACK_MM).any() or (high > np.add(room, _SLACK_MM)).any():
        width, height = np.round(high - low, 1).tolist()
        across, up = (round(side, 1) for side in room)
        raise RoomError(
            "artwork-out-of-room",
            width=width,
            height=height,
            room_width=across,
            room_height=up,
        )


def stand(picked: Picked, area: Rectangle) -> tuple[list[Polyline], list[Polyline]]:
    """The visitor's strokes and the machine's on paper, mm, y up.

    Raises:
        RoomError: It is to have its own size, and the area is too small for that.
    """
    least = 0.0 if picked.passes else SMALLEST_MM  # a file's drawing is as large as it is
    room = (area.width, area.height)
    if picked.actual_size:
        away = (np.array(room) - picked.room) / 2
        where = Placement(1.0, float(away[0]), float(away[1]))
        points = where.of(np.concatenate(picked.strokes))
        check_room(points.min(axis=0), points.max(axis=0), room)
    else:
        where = placement(picked.strokes, picked.room, room, least)
    low, high = np.array([area.x0, area.y0]), np.array([area.x1, area.y1])

    def upright(line: Line) -> Polyline:
        moved = where.of(line) * np.array([1.0, -1.0]) + np.array([area.x0, area.y1])
        inside: Polyline = np.clip(moved, low, high)
        return inside

    return [upright(line) for line in picked.given], [upright(line) for line in picked.added]
