"""The test sheet: one drawing that shows what a plotter does well and what it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from firmware_gcode.drawing.geometry import Polyline, Rectangle
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Lines, Program, ProgramLine
from firmware_gcode.program.writer import write_program
from firmware_gcode.setup.calibration import features
from firmware_gcode.setup.calibration.features import Row
from firmware_gcode.setup.files import SetupError
from firmware_gcode.toolpath.plan import Stroke, Toolpath
from firmware_gcode.toolpath.segments import straight

SPEEDS = (0.15, 0.3, 0.45, 0.6, 0.8, 1.0)
"""Parts of the machine's highest speed that are tried."""
WIDTH, HEAD, ROWS, ROW, GAP = 84.0, 58.0, 6, 5.5, 3.0
TITLE = 6.0
SPEED_ROW = 7.0
SETTLE_HEIGHT = TITLE + ROWS * ROW + 4.0
SPEED_HEIGHT = TITLE + ROWS * SPEED_ROW
CLEAR_ROWS, CLEAR_ROW = 5, 5.0
CLEAR_HEIGHT = TITLE + CLEAR_ROWS * CLEAR_ROW


@dataclass(frozen=True)
class CalibrationSheet:
    """A test sheet for one machine and paper.

    Attributes:
        allowed: The profile to check the program against: its feed is the fastest row's.
        settle: The rows that try settle times, seconds.
        speed: The rows that try speeds, mm/min.
        clear: The rows that try from when on X and Y may move, in `Pen.clear_unit`.
        crosses: How far the crosses in the corners are from each other, (x, y) in mm.
    """

    program: Program
    allowed: Profile
    settle: tuple[Row, ...]
    speed: tuple[Row, ...]
    clear: tuple[Row, ...]
    crosses: tuple[float, float]


@dataclass(frozen=True)
class Part:
    """Strokes drawn with one profile, in this order."""

    profile: Profile
    strokes: tuple[Stroke, ...]


def settle_values(profile: Profile) -> tuple[float, ...]:
    """The settle times that are tried, seconds, row by row."""
    return profile.pen.settle_tries


def speed_values(profile: Profile) -> tuple[float, ...]:
    """The speeds that are tried, mm/min, row by row."""
    fastest = min(profile.grbl["$110"], profile.grbl["$111"])
    step = 100.0 if fastest >= 2000.0 else 10.0
    values = [max(step, round(fastest * part / step) * step) for part in SPEEDS[:-1]]
    return (*values, fastest)


def calibration_sheet(profile: Profile, paper: Paper) -> CalibrationSheet:
    """Lay the test sheet out on a paper.

    Raises:
        SetupError: The paper, or what the machine reaches of it, is too small.
        ProfileError: The machine does not reach the paper.
    """
    profile.check_paper(paper)
    area = paper.drawable
    head, settle, speed, clear = _boxes(area)
    calm = settled(profile, max(profile.pen.calm_s, profile.pen.settle_down))
    marks = features.crosses(area) + _head(head, profile)
    settle_rows, settle_marks = _settle_block(settle, profile)
    speed_rows, speed_marks = _speed_block(speed, profile)
    clear_rows, clear_marks = _clear_block(clear, profile)
    x_middle, y_middle = _comb_places(head)
    combs = [
        *features.comb(x_middle, upright=False),
        *features.comb(y_middle, upright=True),
    ]
    parts = [
        Part(calm, as_strokes([*marks, *settle_marks, *speed_marks, *clear_marks, *combs]))
    ]
    parts += [
        Part(settled(profile, row.value), as_strokes(row.strokes)) for row in settle_rows
    ]
    parts += [
        Part(replace(calm, draw_feed=row.value), as_strokes(row.strokes)) for row in speed_rows
    ]
    parts += [Part(cleared(calm, row.value), as_strokes(row.strokes)) for row in clear_rows]
    return CalibrationSheet(
        program=joined(parts, profile.park),
        allowed=replace(
            cleared(settled(profile, 0.0), min(profile.pen.clear_tries, default=0.0)),
            draw_feed=max(profile.draw_feed, speed_values(profile)[-1]),
        ),
        settle=settle_rows,
        speed=speed_rows,
        clear=clear_rows,
        crosses=features.cross_distances(area),
    )


def _boxes(area: Rectangle) -> tuple[Rectangle, Rectangle, Rectangle, Rectangle]:
    """Where head and the rows of settle, speed and clear go: as a column, or two."""
    room = features.CROSS_MM + 1.0
    rows = SETTLE_HEIGHT + SPEED_HEIGHT + CLEAR_HEIGHT
    tall = HEAD + rows + 2 * GAP
    if area.width >= WIDTH and area.height >= tall:
        top = area.y1
        head = Rectangle(area.x0, top - HEAD, area.x1, top)
        settle = Rectangle(area.x0, head.y0 - GAP - SETTLE_HEIGHT, area.x1, head.y0 - GAP)
        speed = Rectangle(area.x0, settle.y0 - GAP - SPEED_HEIGHT, area.x1, settle.y0 - GAP)
        return head, settle, speed, _below(speed)
    if area.width >= 2 * WIDTH + 2 * room and area.height >= rows:
        middle = area.x0 + area.width / 2
        head = Rectangle(area.x0, area.y1 - HEAD, middle - room, area.y1)
        settle = Rectangle(middle, area.y1 - SETTLE_HEIGHT, area.x1 - room, area.y1)
        speed = Rectangle(middle, settle.y0 - SPEED_HEIGHT, area.x1 - room, settle.y0)
        return head, settle, speed, _below(speed)
    raise SetupError(
        "sheet-paper-small",
        upright=f"{WIDTH:g} x {tall:g}",
        lying=f"{2 * WIDTH + 2 * room:g} x {rows:g}",
        has=f"{area.width:g} x {area.height:g}",
    )


def _below(box: Rectangle) -> Rectangle:
    return Rectangle(box.x0, box.y0 - CLEAR_HEIGHT, box.x1, box.y0)


def _head(box: Rectangle, profile: Profile) -> list[Polyline]:
    title = Rectangle(box.x0 + 6.0, box.y1 - TITLE, box.x1 - 6.0, box.y1)
    strokes = features.write(f"catplotter test sheet: {profile.name}", title, 2.6)
    strokes += features.squareness(_square(box))
    x_middle, y_middle = _comb_places(box)
    strokes += features.comb_labels(x_middle, upright=False)
    strokes += features.comb_labels(y_middle, upright=True)
    return strokes


def _square(box: Rectangle) -> Rectangle:
    side = min(box.width - 53.0, HEAD - TITLE - 10.0)
    return Rectangle(box.x0 + 1.0, box.y0 + 4.0, box.x0 + 1.0 + side, box.y0 + 4.0 + side)


def _comb_places(box: Rectangle) -> tuple[tuple[float, float], tuple[float, float]]:
    """The middles of the comb along x (right) and of that along y (beside the square)."""
    height = (box.y0 + box.y1 - TITLE) / 2
    right = box.x1 - 17.0
    return (right, height), (right - 27.0, height)


def _row_boxes(box: Rectangle, high: float) -> list[tuple[Rectangle, Rectangle]]:
    """For each row the box of its label and that of its strokes, from the top."""
    top = box.y1 - TITLE
    rows = []
    for index in range(ROWS):
        y1 = top - index * high
        left = box.x0 + 1.0
        label = Rectangle(left, y1 - high, left + features.LABEL_MM - 3.0, y1)
        rest = Rectangle(left + features.LABEL_MM, y1 - high, box.x1 - 1.0, y1)
        rows.append((label, rest))
    return rows


def _settle_block(box: Rectangle, profile: Profile) -> tuple[tuple[Row, ...], list[Polyline]]:
    boxes = _row_boxes(box, ROW)
    values = [(value, f"{value:.2f}") for value in settle_values(profile)]
    title = "settle, s: whole dashes, no tails"
    rows, marks = _block(box, title, boxes, values, features.dashes)
    top, bottom = boxes[0][1], boxes[-1][1]
    marks += features.dash_marks(Rectangle(top.x0, bottom.y0, top.x1, top.y1))
    return rows, marks


def _speed_block(box: Rectangle, profile: Profile) -> tuple[tuple[Row, ...], list[Polyline]]:
    values = [(value, f"{value:.0f}") for value in speed_values(profile)]
    title = "speed, mm/min: straight, round, closed"
    return _block(box, title, _row_boxes(box, SPEED_ROW), values, features.speed_trial)


def _clear_block(box: Rectangle, profile: Profile) -> tuple[tuple[Row, ...], list[Polyline]]:
    pen = profile.pen
    if not pen.clear_tries:
        return (), []
    values = [(value, f"{value:.2f}") for value in pen.clear_tries]
    title = f"clear, {pen.clear_unit}: dashes without hooks"
    boxes = _row_boxes(box, CLEAR_ROW)[: len(values)]
    return _block(box, title, boxes, values, features.ticks)


def _block(
    box: Rectangle,
    title: str,
    boxes: Sequence[tuple[Rectangle, Rectangle]],
    values: Sequence[tuple[float, str]],
    trial: Callable[[Rectangle], list[Polyline]],
) -> tuple[tuple[Row, ...], list[Polyline]]:
    """Rows that try values, and what is written beside them."""
    marks = features.write(title, Rectangle(box.x0, box.y1 - TITLE, box.x1, box.y1))
    rows = []
    pairs = zip(boxes, values, strict=True)
    for number, ((label, rest), (value, shown)) in enumerate(pairs, 1):
        marks += features.write(f"{number}  {shown}", label)
        rows.append(Row(number, value, tuple(trial(rest))))
    return tuple(rows), marks


def settled(profile: Profile, seconds: float) -> Profile:
    """The profile with other settle times; a servo is given time for its steps as well."""
    return replace(profile, pen=profile.pen.settled(seconds))


def cleared(profile: Profile, tried: float) -> Profile:
    """The profile with hops, and another time or height at which its pen is clear."""
    return replace(profile, pen=profile.pen.cleared(tried), plain_hops=False)


def as_strokes(polylines: Sequence[Polyline]) -> tuple[Stroke, ...]:
    """Polylines as they are and in their order, as the strokes of a toolpath."""
    return tuple(Stroke((index,), straight(points)) for index, points in enumerate(polylines))


def ordered_program(polylines: Sequence[Polyline], profile: Profile) -> Program:
    """A program that draws polylines as they are and in their order, without planning."""
    return joined([Part(profile, as_strokes(polylines))], profile.park)


def joined(parts: Sequence[Part], park: tuple[float, float]) -> Program:
    """One program out of parts, each with its own profile; strokes are counted through.

    What lies between two parts belongs to the stroke that follows.
    """
    starts = [part.strokes[0].start for part in parts]
    programs = []
    here = park
    for part, goal in zip(parts, [*starts[1:], park], strict=True):
        programs.append(write_program(Toolpath(part.strokes, here, goal), part.profile))
        here = goal
    joined: list[ProgramLine] = []
    inked: list[Polyline] = []
    for number, program in enumerate(programs):
        last = number == len(programs) - 1
        first_part = number == 0
        begun = False
        for line in program.lines:
            begun = begun or line.stroke is not None
            stroke = None if line.stroke is None else line.stroke + len(inked)
            if stroke is None and not begun and not first_part:
                stroke = len(inked)
            elif stroke is None and begun and not last:
                stroke = len(inked) + len(program.strokes)
            joined.append(replace(line, stroke=stroke))
        inked += program.strokes
    return Program(
        lines=Lines.of(joined),
        strokes=tuple(inked),
        first_stroke=0,
        ink_mm=sum(program.ink_mm for program in programs),
        travel_mm=sum(program.travel_mm for program in programs),
        pen_lifts=sum(program.pen_lifts for program in programs),
    )
