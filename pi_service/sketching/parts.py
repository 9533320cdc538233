"""The parts of a drawn face and where they stand: ears, eyes, nose, whiskers, and a body.

Found by plain geometry, in NumPy. A head is an outline that encloses room: a stroke, or two
that close one another. Each is tried, and the one that explains most is kept: marks in it that
make a pair of eyes, ears over it, whiskers at its sides. All is measured in widths and heights
of that face, so that size and place on the paper do not count.

Whatever is drawn gets an answer; that of a house or of a blot is that nothing was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pi_service.sketching.stroke import Sketch
from pi_service.sketching.strokes import Array, Strokes, length_of

Mask: TypeAlias = NDArray[np.bool_]

EYE = 0.38
"""The widest eye, in widths of the face."""
EYES_FROM = 0.5
"""How good a pair of marks must be to be eyes; see `_pair`."""
HEADS = 5
"""Outlines that are tried: the largest."""
LEAST_HEAD = 0.1
"""The shorter side of a head at least, in longer sides of the drawing."""
TOUCH = 0.06
"""Strokes farther from all others than this, in longer sides of the drawing, are lost."""
BODY = 0.5
"""Length of the strokes below or beside the head that make a body, in outlines of the head."""

NAMES = (
    *("head", "closed", "face size", "face aspect", "face filled", "face across"),
    *("left eye", "right eye", "eyes", "level", "apart", "alike", "eye height", "eye size"),
    *("marks in face", "odd marks", "large marks", "nose", "mouth"),
    *("left ear", "right ear", "ears alike", "between ears"),
    *(
        "whiskers left",
        "whiskers right",
        "whiskers alike",
        "whiskers at face",
        "whiskers both",
    ),
    *("body", "outside", "legs", "lost", "lost ink", "crossed", "blot", "strokes", "points"),
    *("eyes straight", "eyes long", "eyes shut", "eyes flat", "eyes filled"),
    *("filled", "eyes within", "lowest aside", "loose ends"),
)
"""What `Parts.measures` gives, in its order."""
LATER = 9
"""The last ones came later: a critic that learned before them goes by those that it knows."""


@dataclass(frozen=True)
class Parts:
    """What was found in a sketch."""

    measures: Array
    """Numbers of about -1 to 2, one for each of `NAMES`."""

    def __getitem__(self, name: str) -> float:
        return float(self.measures[NAMES.index(name)])

    @property
    def both_eyes(self) -> bool:
        """Whether two like marks stand side by side in the face."""
        return self["eyes"] >= EYES_FROM

    @property
    def both_whiskers(self) -> bool:
        """Whether there are whiskers on both sides of the face."""
        return self["whiskers both"] > 0

    @property
    def has_body(self) -> bool:
        """Whether much is drawn below or beside the head."""
        return self["body"] >= BODY


@dataclass(frozen=True)
class _Head:
    """An outline that may be the head, with the box of the face in it."""

    outline: Array
    """Shape (P, 2), not closed."""
    strokes: tuple[int, ...]
    """Whose it is."""
    closed: float
    """1 where its ends meet, towards 0 the farther they are apart."""
    filled: float
    """Area over that of its box."""
    middle: float
    """Of the face, x."""
    top: float
    """Where the outline's upper side is in the middle: between the ears, where it has some."""
    width: float
    height: float

    def across(self, x: Array) -> Array:
        """From the face's middle in widths: -0.5 is its left side."""
        return (x - self.middle) / self.width

    def down(self, y: Array) -> Array:
        """From the face's top in heights: 1 is the chin."""
        return (y - self.top) / self.height


def parts_of(sketch: Sketch) -> Parts:
    """The parts of a sketch of at least one point."""
    strokes = Strokes.of(sketch)
    general = _general(strokes, sketch)
    best, found = -1.0, np.zeros(0)
    for head in _heads(strokes):
        face = _face(strokes, head)
        worth = _worth(face)
        if worth > best:
            best, found = worth, face
    if not len(found):
        found = np.zeros(len(NAMES) - len(general) - 1)
    face, later = np.split(found, [len(found) - LATER + 1])
    return Parts(np.concatenate([face, general, later, [_loose(strokes)]]))


def _next(outline: Array) -> Array:
    """After each point of a closed outline the next one."""
    following: Array = np.concatenate([outline[1:], outline[:1]])
    return following


def _area(outline: Array) -> float:
    (x, y), (next_x, next_y) = outline.T, _next(outline).T
    return abs(float(x @ next_y - y @ next_x)) / 2


def _heads(strokes: Strokes) -> list[_Head]:
    """The outlines that may be the head, the largest first."""
    alone = [((k,), line) for k, line in enumerate(strokes.lines) if len(line) > 3]
    pairs = [
        ((k, k + 1), _joined(strokes.lines[k], strokes.lines[k + 1]))
        for k in range(min(len(strokes.lines) - 1, 5))
        if min(strokes.size[k], strokes.size[k + 1]) > LEAST_HEAD
    ]
    heads = [_head(line, numbers) for numbers, line in [*alone, *pairs]]
    found = [head for head in heads if head is not None]
    return sorted(found, key=lambda head: -head.width * head.height)[:HEADS]


def _joined(one: Array, other: Array) -> Array:
    """Two strokes as one outline, the nearer end of the second first."""
    begin, end = np.abs(other[0] - one[-1]).sum(), np.abs(other[-1] - one[-1]).sum()
    return np.concatenate([one, other if begin <= end else other[::-1]])


def _head(outline: Array, numbers: tuple[int, ...]) -> _Head | None:
    """The head with this outline; None where it encloses too little."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    width, height = high - low
    box, area = float(width * height), _area(outline)
    if min(width, height) < LEAST_HEAD or area < 0.35 * box:
        return None
    gap = float(np.hypot(*(outline[-1] - outline[0])))
    closed = max(0.0, 1 - gap / max(width, height))
    if len(numbers) == 1 and closed < 0.4:
        return None
    middle = float(low[0] + high[0]) / 2
    top = _upper(outline, middle, float(high[1]))
    return _Head(
        outline,
        numbers,
        closed,
        area / box,
        middle,
        top,
        float(width),
        max(float(high[1]) - top, 0.3 * float(height)),
    )


def _upper(outline: Array, x: float, bottom: float) -> float:
    """The highest place at which a closed outline crosses a vertical line."""
    begin, end = outline, _next(outline)
    across = (begin[:, 0] - x) * (end[:, 0] - x) <= 0
    across &= begin[:, 0] != end[:, 0]
    if not across.any():
        return bottom
    begin, end = begin[across], end[across]
    part = (x - begin[:, 0]) / (end[:, 0] - begin[:, 0])
    return float((begin[:, 1] + part * (end[:, 1] - begin[:, 1])).min())


def _inside(outline: Array, points: Array) -> Mask:
    """Which points, (S, 2), lie within a closed outline, (S,)."""
    begin, end = outline, _next(outline)
    x, y = points[:, :1], points[:, 1:]
    over = (begin[:, 1] > y) != (end[:, 1] > y)
    rise = np.where(end[:, 1] == begin[:, 1], 1e-12, end[:, 1] - begin[:, 1])
    at = begin[:, 0] + (y - begin[:, 1]) * (end[:, 0] - begin[:, 0]) / rise
    inside: Mask = (over & (x < at)).sum(axis=1) % 2 == 1
    return inside


def _face(strokes: Strokes, head: _Head) -> Array:
    """The measures that hang on the head, in the order of `NAMES`."""
    others = np.ones(len(strokes.lines), dtype=np.bool_)
    others[list(head.strokes)] = False
    inside = _inside(head.outline, strokes.middle) & others
    whiskers, sides = _whiskers(strokes, head, others)
    marks = np.flatnonzero(inside & ~whiskers)
    eyes, pair = _eyes(strokes, head, marks)
    rest = np.setdiff1d(marks, pair)
    return np.array(
        [
            *(1.0, head.closed, max(head.width, head.height)),
            *(np.log(head.width / head.height), head.filled, head.middle),
            *eyes,
            *_marks(strokes, head, rest),
            *_ears(strokes, head, inside),
            *sides,
            *_body(strokes, head, others & ~inside & ~whiskers),
            *_unlike(strokes, head, pair.astype(np.intp), rest),
        ]
    )


def _worth(face: Array) -> float:
    """How much of a face an outline explains."""
    at = NAMES.index
    ears = min(face[at("left ear")], 1) + min(face[at("right ear")], 1)
    whiskers = min(face[at("whiskers left")], 2) + min(face[at("whiskers right")], 2)
    return float(
        2 * face[at("eyes")]
        + 0.6 * ears
        + 0.3 * whiskers
        + 0.5 * face[at("closed")]
        + 0.5 * face[at("face size")]
        + 0.2 * min(face[at("marks in face")], 3)
    )


def _eyes(strokes: Strokes, head: _Head, marks: NDArray[np.intp]) -> tuple[list[float], Array]:
    """The eight measures of the eyes, and which marks they are."""
    across = head.across(strokes.middle[marks, 0])
    down = head.down(strokes.middle[marks, 1])
    size = strokes.size[marks] / head.width
    high = np.exp(-(((down - 0.42) / 0.24) ** 2)) * (size < EYE)
    left = float((high * np.exp(-(((across + 0.2) / 0.17) ** 2))).max(initial=0))
    right = float((high * np.exp(-(((across - 0.2) / 0.17) ** 2))).max(initial=0))
    pair = _pair(across, down, size)
    if pair is None:
        return [left, right, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], np.zeros(0)
    i, j, good = pair
    found = [
        *(left, right, good, abs(down[i] - down[j]), abs(across[i] - across[j])),
        abs(float(np.log((size[i] + 0.03) / (size[j] + 0.03)))),
        *((down[i] + down[j]) / 2, (size[i] + size[j]) / 2),
    ]
    return [float(value) for value in found], marks[[i, j]].astype(np.float64)


def _unlike(
    strokes: Strokes, head: _Head, pair: NDArray[np.intp], rest: NDArray[np.intp]
) -> list[float]:
    """How unlike the two eyes are drawn, how filled, how far within; the lowest mark's place.

    A dot and a ring, an arc and a line: five differences of shape, in the order of `NAMES`.
    """
    if not len(pair):
        return [0.0] * (LATER - 1)
    wide, high = (strokes.high[pair] - strokes.low[pair]).T
    long, size = strokes.length[pair], np.maximum(strokes.size[pair], 0.01)
    filled = long / np.maximum(2 * (wide + high), 0.01)
    shapes = (
        strokes.straight[pair],
        np.log(long / head.width + 0.02),
        np.hypot(*strokes.chord[pair].T) / size,
        np.log((wide + 0.01) / (high + 0.01)),
        filled,
    )
    outline = np.concatenate([strokes.dense[k] for k in head.strokes])
    to_edge = [float(np.hypot(*(outline - strokes.middle[k]).T).min()) for k in pair]
    middle = strokes.middle[pair].mean(axis=0)
    apart = max(float(np.ptp(strokes.middle[pair, 0])), 0.02)
    below = rest[strokes.middle[rest, 1] > middle[1]]
    aside = 0.0
    if len(below):
        lowest = below[np.argmax(strokes.middle[below, 1])]
        aside = min(abs(float(strokes.middle[lowest, 0] - middle[0])) / apart, 2.0)
    return [
        *(min(abs(float(one - other)), 2.0) for one, other in shapes),
        float(filled.max()),
        min(min(to_edge) / head.width, 0.4),
        aside,
    ]


def _pair(across: Array, down: Array, size: Array) -> tuple[int, int, float] | None:
    """The two marks that are most like eyes, and how much so, 0 to 1.

    Side by side on both sides of the middle, level, in the upper two thirds, of like size.
    """
    fit = np.flatnonzero((size < EYE) & (down > 0.02) & (down < 0.78))
    if len(fit) < 2:
        return None
    one, other = (side.ravel() for side in np.meshgrid(fit, fit))
    one, other = one[across[one] < across[other]], other[across[one] < across[other]]
    if not len(one):
        return None
    apart = across[other] - across[one]
    tilt = np.abs(down[other] - down[one])
    centre = np.abs(across[other] + across[one]) / 2
    height = (down[other] + down[one]) / 2
    alike = np.abs(np.log((size[one] + 0.03) / (size[other] + 0.03)))
    good = np.exp(
        -((np.maximum(0, np.abs(apart - 0.4) - 0.15) / 0.1) ** 2)
        - (np.maximum(0, tilt - 0.06) / 0.1) ** 2
        - (np.maximum(0, centre - 0.1) / 0.12) ** 2
        - (np.maximum(0, height - 0.5) / 0.12) ** 2
        - (np.maximum(0, alike - 0.5) / 0.8) ** 2
    )
    best = int(np.argmax(good))
    return int(one[best]), int(other[best]), float(good[best])


def _marks(strokes: Strokes, head: _Head, rest: NDArray[np.intp]) -> list[float]:
    """Marks in the face besides the eyes: number, odd and large ones, nose, mouth."""
    across = np.abs(head.across(strokes.middle[rest, 0]))
    down = head.down(strokes.middle[rest, 1])
    size = strokes.size[rest] / head.width
    central = np.exp(-((across / 0.12) ** 2))
    nose = central * np.exp(-(((down - 0.6) / 0.15) ** 2)) * (size < 0.4)
    mouth = central * np.exp(-(((down - 0.78) / 0.13) ** 2))
    odd = (np.maximum(nose, mouth) < 0.2).sum()
    return [
        len(rest) / 4,
        odd / 3,
        float((size > EYE).sum()) / 2,
        float(nose.max(initial=0)),
        float(mouth.max(initial=0)),
    ]


def _ears(strokes: Strokes, head: _Head, inside: Mask) -> list[float]:
    """How far something stands over the head left and right of its middle, in heights."""
    near = ~inside & (strokes.low[:, 0] < head.middle + 0.8 * head.width)
    near &= (strokes.high[:, 0] > head.middle - 0.8 * head.width) & (strokes.size > 0.04)
    points = [strokes.dense[k] for k in np.flatnonzero(near)]
    if not points:
        return [0.0, 0.0, 0.0, 0.0]
    ink = np.concatenate(points)
    across, down = head.across(ink[:, 0]), head.down(ink[:, 1])
    over = -down

    def peak(low: float, high: float) -> float:
        there = (across > low) & (across < high) & (over < 1.2)
        return float(over[there].max(initial=-0.3))

    left, right = peak(-0.7, -0.12), peak(0.12, 0.7)
    valley = peak(-0.08, 0.08)
    return [
        min(max(0.0, left - max(valley, 0)), 1.0),
        min(max(0.0, right - max(valley, 0)), 1.0),
        abs(left - right),
        max(0.0, valley),
    ]


def _whiskers(strokes: Strokes, head: _Head, others: Mask) -> tuple[Mask, list[float]]:
    """Which strokes are whiskers, and their five measures."""
    left, right = head.across(strokes.low[:, 0]), head.across(strokes.high[:, 0])
    down = head.down(strokes.middle[:, 1])
    steep = np.abs(strokes.chord[:, 1]) > 1.2 * np.abs(strokes.chord[:, 0])
    long = (strokes.size > 0.17 * head.width) & (strokes.size < 1.9 * head.width)
    thin = others & (strokes.straight > 0.7) & ~steep & long & (down > 0.2) & (down < 1.15)
    on_left = thin & (left < -0.22) & (right > -0.75) & (right < 0.3)
    on_right = thin & (right > 0.22) & (left < 0.75) & (left > -0.3)
    through = thin & (left < -0.4) & (right > 0.4)
    whiskers: Mask = on_left | on_right | through
    many = [int((on_left | through).sum()), int((on_right | through).sum())]
    inner = np.concatenate([-right[on_left], left[on_right]])
    at_face = float((inner < 0.5).mean()) if len(inner) else 0.0
    found = [
        min(many[0], 5) / 3,
        min(many[1], 5) / 3,
        min(abs(many[0] - many[1]), 4) / 3,
        at_face,
        float(min(many) > 0),
    ]
    return whiskers, found


def _body(strokes: Strokes, head: _Head, outside: Mask) -> list[float]:
    """How much is drawn below or beside the head, outside of it at all, and legs."""
    outline = max(length_of(head.outline), 1e-9)
    down = head.down(strokes.middle[:, 1])
    away = np.abs(head.across(strokes.middle[:, 0]))
    beside = outside & ((down > 0.95) | ((away > 0.6) & (down > 0.1)))
    upright = np.abs(strokes.chord[:, 1]) > 1.2 * np.abs(strokes.chord[:, 0])
    legs = beside & upright & (strokes.size < 0.4) & (strokes.size > 0.05)
    return [
        min(float(strokes.length[beside].sum()) / outline, 2.0),
        min(float(strokes.length[outside].sum()) / outline, 3.0),
        min(int(legs.sum()), 6) / 4,
    ]


def _loose(strokes: Strokes) -> float:
    """How many ends of long, bent strokes touch no other ink: a head that does not close."""
    count = 0
    for k in np.flatnonzero((strokes.size >= 0.2) & (strokes.straight <= 0.7)):
        line = strokes.lines[k]
        way = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
        others = [ink for j, ink in enumerate(strokes.dense) if j != k]
        for end, from_end in ((line[0], way), (line[-1], way[-1] - way)):
            ink = np.concatenate([*others, line[from_end > 0.3]])
            count += not len(ink) or float(np.hypot(*(ink - end).T).min()) > 0.05
    return min(count, 4) / 2


def _general(strokes: Strokes, sketch: Sketch) -> list[float]:
    """What needs no head: strokes that lie alone, ink over ink, strokes, points."""
    ink = np.concatenate(strokes.dense)
    count = len(strokes.lines)
    if count == 1:
        alone = np.zeros(1, dtype=np.bool_)
    else:
        gap = 0.5 * TOUCH
        near = (strokes.low[:, None] < strokes.high[None] + gap) & (
            strokes.high[:, None] > strokes.low[None] - gap
        )
        touches = near.all(axis=2)
        alone = touches.sum(axis=1) == 1  # each touches itself
    total = max(float(strokes.length.sum()), 1e-9)
    cells = np.floor((ink + 0.5) * 40).astype(np.int64)
    inked = len(np.unique(cells[:, 0] * 64 + cells[:, 1]))
    fine = np.floor((ink + 0.5) * 12).astype(np.int64)
    crowd = np.bincount((fine[:, 0] * 16 + fine[:, 1]).clip(0, 255))
    return [
        min(int(alone.sum()), 4) / 2,
        float(strokes.length[alone].sum()) / total,
        min(total * 40 / max(inked, 1), 3.0) - 1,
        float(crowd.max()) / max(len(cells), 1) * 4,
        min(count, 30) / 12,
        min(len(sketch), 160) / 60,
    ]
