"""What the controller reports about itself, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.dialects.speech import Report
from firmware_gcode.grbl.simulator.firmware import MOTION_STATES, Firmware
from firmware_gcode.grbl.simulator.settings import print_float
from firmware_gcode.grbl.simulator.state import State, Suspend
from firmware_gcode.motion.trajectory import CAPACITY

_BUSY: Final = MOTION_STATES - {State.SLEEP}
_WCO_BUSY: Final = 30
_OVERRIDE_BUSY: Final = 20
_IDLE_COUNT: Final = 10
_INCH_PER_MM: Final = float32(0.0393701)


def status_report(grbl: Firmware) -> str:
    """The answer to ``?``; counts which fields are due."""
    inches = grbl.settings.on(13)
    position = grbl.to_mm(grbl.motors.position)
    offset = grbl.interpreter.work_offset
    work = [p - o for p, o in zip(position, offset, strict=True)]
    speed = grbl.trajectory.speed * 60.0 if grbl.state in _BUSY else 0.0
    offset_due, overrides_due = _due(grbl)
    overrides = grbl.overrides
    return grbl.speech.status(
        Report(
            state=_state_word(grbl),
            machine=_point(grbl, position),
            work=_point(grbl, work),
            mask=grbl.report_mask,
            blocks=CAPACITY - len(grbl.trajectory.blocks),
            bytes_free=grbl.receiver.free,
            feed=_rate(speed, inches=inches),
            spindle=print_float(grbl.spindle_rpm, 0),
            pins=_pin_letters(grbl),
            offset=_point(grbl, offset) if offset_due else "",
            overrides=(
                f"{overrides['feed']},{overrides['rapid']},{overrides['spindle']}"
                if overrides_due
                else ""
            ),
            accessories=_accessories(grbl),
        )
    )


def _state_word(grbl: Firmware) -> str:
    state = grbl.state
    if state is State.HOLD:
        if grbl.suspend & Suspend.JOG_CANCEL:
            return State.JOG.value
        return "Hold:0" if grbl.suspend & Suspend.HOLD_COMPLETE else "Hold:1"
    if state is State.DOOR:
        if grbl.suspend & Suspend.INITIATE_RESTORE:
            return "Door:3"
        if not grbl.suspend & Suspend.RETRACT_COMPLETE:
            return "Door:2"
        return "Door:1" if grbl.suspend & Suspend.DOOR_AJAR else "Door:0"
    return str(state.value)


def _pin_letters(grbl: Firmware) -> str:
    buttons = (grbl.pins[name] for name in ("reset", "hold", "start"))
    active = (grbl.probe_closed(), *grbl.limits(), *buttons)
    return "".join(letter for letter, on in zip("PXYZRHS", active, strict=True) if on)


def _due(grbl: Firmware) -> tuple[bool, bool]:
    """Whether this report tells the offset, and whether it tells the overrides."""
    busy = grbl.state in _BUSY
    offset = grbl.wco_counter <= 0
    if offset:
        grbl.wco_counter = (_WCO_BUSY if busy else _IDLE_COUNT) - 1
        grbl.override_counter = max(grbl.override_counter, 1)
    else:
        grbl.wco_counter -= 1
    overrides = grbl.override_counter <= 0
    if overrides:
        grbl.override_counter = (_OVERRIDE_BUSY if busy else _IDLE_COUNT) - 1
    else:
        grbl.override_counter -= 1
    return offset, overrides


def _accessories(grbl: Firmware) -> str:
    letters = ""
    if grbl.spindle_pwm:
        letters = "C" if grbl.spindle_mode is SpindleMode.CCW else "S"
    return letters + "F" * grbl.flood


def parser_state(grbl: Firmware) -> str:
    """The answer to ``$G``."""
    parser = grbl.interpreter
    feed = _rate(parser.feed, inches=grbl.settings.on(13))
    speed = print_float(parser.spindle_speed, 0)
    words = f"{parser.modal.words} T{parser.tool} F{feed} S{speed}"
    return grbl.speech.modes.format(text=words)


def probe_report(grbl: Firmware) -> str:
    """The result of the last probing."""
    point = _point(grbl, grbl.to_mm(grbl.probe_position))
    return f"[PRB:{point}:{int(grbl.probe_succeeded)}]"


def parameters(grbl: Firmware) -> Iterator[str]:
    """The answer to ``$#``."""
    inches = grbl.settings.on(13)
    for name, point in zip(
        ("G54", "G55", "G56", "G57", "G58", "G59", "G28", "G30"),
        grbl.interpreter.stored,
        strict=True,
    ):
        yield f"[{name}:{_point(grbl, point)}]"
    yield f"[G92:{_point(grbl, grbl.interpreter.offset)}]"
    yield f"[TLO:{_length(grbl.interpreter.tool_offset, inches=inches)}]"
    yield probe_report(grbl)


def _length(value: float, *, inches: bool) -> str:
    """Print a coordinate: 3 decimals of a millimetre, or 4 of an inch (``$13=1``)."""
    if inches:
        return print_float(float32(value * _INCH_PER_MM), 4)
    return print_float(value, 3)


def _rate(value: float, *, inches: bool) -> str:
    """Print a feed: whole mm/min, or inches a minute with one decimal."""
    if inches:
        return print_float(float32(value * _INCH_PER_MM), 1)
    return print_float(value, 0)


def _point(grbl: Firmware, values: Sequence[float]) -> str:
    """Print coordinates with commas between."""
    inches = grbl.settings.on(13)
    return grbl.speech.place([_length(value, inches=inches) for value in values])
