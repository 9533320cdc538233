"""The pen's heights: on a Z axis in mm, on a servo in S values; tried until they are right."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace

from firmware_gcode.program.pen import ServoPen, ZPen
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.setup.calibration.guide import (
    Answer,
    Dialogue,
    Prompt,
    ask_number,
    choose,
    confirm,
)
from firmware_gcode.setup.calibration.guide import nudge as ask_nudge
from firmware_gcode.setup.calibration.shop import Shop, by_hand, find_place
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.profile_file import Change

DEEPER_MM = 0.1
"""How much a pen is lowered or raised at a time."""
LONGEST_TURN = 200.0
"""The largest step of a servo at a time, S."""

Trial = dict[tuple[str, str], Change]


def pen_step(shop: Shop) -> Dialogue:
    """Finds the pen's heights, or S values, live, and saves them."""
    original = shop.machine.profile
    steps = _servo(shop) if isinstance(original.pen, ServoPen) else _heights(shop)
    saved = False
    try:
        found = yield from steps
        if not found:
            return "Nothing was changed."
        names = ", ".join(f"{key} = {value:g}" for key, value in _numbers(found))
        if not (yield from confirm(f"Save {names} to the profile?")):
            return "Nothing was changed."
        sentence = shop.save(found)
        saved = True
    finally:
        if not saved:
            with suppress(SetupError):
                shop.machine.pen_up()
                shop.machine.use(original)
    shop.machine.pen_up()
    return sentence


def _numbers(found: Trial) -> list[tuple[str, float]]:
    return [(key, value) for (_, key), value in found.items() if isinstance(value, float)]


def _try(shop: Shop, trial: Trial) -> str:
    """Takes the machine for a changed profile; why that cannot be, or ""."""
    try:
        profile = shop.file.planned(trial)
        check_top(profile)
    except (ProfileError, SetupError) as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}. ".replace("..", ".")
    shop.machine.use(profile)
    return ""


def check_top(profile: Profile) -> None:
    """A lifted pen must not be above the top of the Z axis, where soft limits stop it.

    Raises:
        SetupError: It would be; says how high it can be lifted.
    """
    pen = profile.pen
    if isinstance(pen, ZPen) and pen.paper_z is not None and profile.homing:
        top = -profile.grbl.get("$27", 0.0)
        if pen.paper_z + pen.up > top + 1e-6:
            raise SetupError(
                f"That is above the top of the Z axis: over this paper the pen can be lifted "
                f"by {top - pen.paper_z:.1f} mm at most"
            )


# A pen on the Z axis.


def _heights(shop: Shop) -> Generator[Prompt, Answer, Trial]:
    machine, trial = shop.machine, Trial()
    if machine.profile.homing:
        # The paper may be higher than the profile has it: stay at the top until it is known.
        machine.use(_at_top(machine.profile))
    yield from find_place(shop)
    area = shop.paper.drawable
    machine.go(area.x0, area.y0)
    if machine.profile.homing:
        yield from _paper_height(shop, trial)
    yield from _lift(shop, trial)
    yield from _landing(shop, trial)
    yield from _pressure(shop, trial)
    return trial


def _paper_height(shop: Shop, trial: Trial) -> Generator[Prompt, Answer, None]:
    """Has the pen lowered by hand until it touches: the paper's height on a homed machine."""
    machine = shop.machine
    pen = machine.profile.pen
    yield from by_hand(
        shop,
        "The pen is over the paper, at the top of its axis. Lower it until it just touches "
        "(z -5, z -1, then z -0.1); raise it with z 1.",
        ("z",),
    )
    if isinstance(pen, ZPen):
        trial["pen", "paper_z"] = round(machine.machine_height(), 2)
        if fault := _try(shop, trial):
            raise SetupError(fault.strip())
    machine.pen_up()


def _at_top(profile: Profile) -> Profile:
    """The profile with the pen lifted as far as the homed Z axis goes."""
    pen = profile.pen
    if not isinstance(pen, ZPen) or pen.paper_z is None:
        return profile
    top = -profile.grbl.get("$27", 0.0) - pen.paper_z
    return replace(profile, pen=replace(pen, up=max(top, pen.up)))


def _lift(shop: Shop, trial: Trial) -> Generator[Prompt, Answer, None]:
    """How high the pen is lifted: enough everywhere, and no more, for each mm takes time."""
    said = ""
    while True:
        pen = shop.machine.profile.pen
        up = pen.up if isinstance(pen, ZPen) else 0.0
        shop.machine.pen_up()
        move = yield from ask_nudge(
            f"{said}The pen is lifted by {up:.1f} mm. Low enough to be quick, high enough to "
            "clear the paper everywhere? (z 0.5 lifts it more, z -0.5 less)",
            ("z",),
            10.0,
        )
        if move is None:
            return
        before = trial.get(("pen", "up"))
        trial["pen", "up"] = round(up + move.amount, 2)
        if said := _try(shop, trial):
            _put_back(trial, "up", before)


def _landing(shop: Shop, trial: Trial) -> Generator[Prompt, Answer, None]:
    """From which height the pen is lowered gently."""
    pen = shop.machine.profile.pen
    if not isinstance(pen, ZPen):
        return
    trial["pen", "landing"] = yield from ask_number(
        "From how many mm above the paper shall the pen be lowered gently? 0 for not at all; "
        f"empty keeps {pen.landing:g}.",
        unit="mm",
        low=0.0,
        high=pen.up - pen.down,
        default=f"{pen.landing:g}",
    )
    if fault := _try(shop, trial):
        raise SetupError(fault.strip())


def _pressure(shop: Shop, trial: Trial) -> Generator[Prompt, Answer, None]:
    """Lowers and lifts the pen until the dot that it makes is right."""
    said = "The pen will now make a dot. "
    while True:
        pen = shop.machine.profile.pen
        down = pen.down if isinstance(pen, ZPen) else 0.0
        answer = yield from choose(
            f"{said}Pen down is at {down:g} mm. Dot it, press deeper or lighter by "
            f"{DEEPER_MM:g} mm, or is it good?",
            ("dot", "deeper", "lighter", "good"),
        )
        if answer == "good":
            return
        said = ""
        if answer != "dot":
            before = trial.get(("pen", "down"))
            way = -DEEPER_MM if answer == "deeper" else DEEPER_MM
            trial["pen", "down"] = round(down + way, 2)
            if said := _try(shop, trial):
                _put_back(trial, "down", before)
                continue
        shop.machine.pen_down()
        shop.machine.pen_up()


def _put_back(trial: Trial, key: str, before: Change | None) -> None:
    if before is None:
        del trial["pen", key]
    else:
        trial["pen", key] = before


# A pen on a servo.


def _servo(shop: Shop) -> Generator[Prompt, Answer, Trial]:
    """Turns the servo until the pen is lifted, then until it draws."""
    pen = shop.machine.profile.pen
    up, down = (pen.up, pen.down) if isinstance(pen, ServoPen) else (0.0, 0.0)
    up = yield from _turn(
        shop, up, "well off the paper, and no higher: each degree takes time"
    )
    down = yield from _turn(shop, down, "on the paper, without bending it")
    trial: Trial = {("pen", "up"): up, ("pen", "down"): down}
    if fault := _try(shop, trial):
        raise SetupError(fault.strip())
    shop.machine.pen_up()
    return trial


def _turn(shop: Shop, value: float, goal: str) -> Generator[Prompt, Answer, float]:
    grbl = shop.machine.profile.grbl
    low, high = grbl.get("$31", 0.0), grbl.get("$30", 1000.0)
    said = ""
    while True:
        shop.machine.servo(value)
        move = yield from ask_nudge(
            f"{said}The servo is at S{value:g}. Turn it until the pen is {goal} (s 10, s -10, "
            "s 1).",
            ("s",),
            LONGEST_TURN,
        )
        if move is None:
            return value
        said = ""
        if low <= value + move.amount <= high:
            value = round(value + move.amount, 1)
        else:
            said = f"S goes from {low:g} to {high:g} ($31, $30). "
