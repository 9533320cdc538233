"""What the controller reports about itself, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.simulator.firmware import MOTION_STATES, Firmware
from firmware_gcode.grbl.simulator.settings import print_float
from firmware_gcode.grbl.simulator.state import State, Suspend
from firmware_gcode.motion.trajectory import CAPACITY

BANNER: Final = "\r\nGrbl 1.1h ['$' for help]"
HELP: Final = "[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H ~ ! ? ctrl-x]"
_BUSY: Final = MOTION_STATES - {State.SLEEP}
_WCO_BUSY: Final = 30
_OVERRIDE_BUSY: Final = 20
_IDLE_COUNT: Final = 10
_INCH_PER_MM: Final = float32(0.0393701)


def status_report(grbl: Firmware) -> str:
    """The answer to ``?``; counts which fields are due."""
    settings = grbl.settings
    inches = settings.on(13)
    mask = int(settings[10])
    position = grbl.to_mm(grbl.motors.position)
    offset = grbl.interpreter.work_offset
    fields = [_state_word(grbl)]
    if mask & 1:
        fields.append(f"MPos:{_point(position, inches=inches)}")
    else:
        work = [p - o for p, o in zip(position, offset, strict=True)]
        fields.append(f"WPos:{_point(work, inches=inches)}")
    if mask & 2:
        free = CAPACITY - len(grbl.trajectory.blocks)
        fields.append(f"Bf:{free},{grbl.receiver.free}")
    speed = grbl.trajectory.speed * 60.0 if grbl.state in _BUSY else 0.0
    rate = _rate(speed, inches=inches)
    fields.append(f"FS:{rate},{print_float(grbl.spindle_rpm, 0)}")
    pins = _pin_letters(grbl)
    if pins:
        fields.append(f"Pn:{pins}")
    fields.extend(_intermittent(grbl, inches))
    return f"<{'|'.join(fields)}>"


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


def _intermittent(grbl: Firmware, inches: bool) -> Iterator[str]:
    busy = grbl.state in _BUSY
    if grbl.wco_counter > 0:
        grbl.wco_counter -= 1
    else:
        grbl.wco_counter = (_WCO_BUSY if busy else _IDLE_COUNT) - 1
        grbl.override_counter = max(grbl.override_counter, 1)
        yield f"WCO:{_point(grbl.interpreter.work_offset, inches=inches)}"
    if grbl.override_counter > 0:
        grbl.override_counter -= 1
        return
    grbl.override_counter = (_OVERRIDE_BUSY if busy else _IDLE_COUNT) - 1
    overrides = grbl.overrides
    yield f"Ov:{overrides['feed']},{overrides['rapid']},{overrides['spindle']}"
    accessories = ""
    if grbl.spindle_pwm:
        accessories = "C" if grbl.spindle_mode is SpindleMode.CCW else "S"
    if grbl.flood:
        accessories += "F"
    if accessories:
        yield f"A:{accessories}"


def parser_state(grbl: Firmware) -> str:
    """The answer to ``$G``."""
    parser = grbl.interpreter
    feed = _rate(parser.feed, inches=grbl.settings.on(13))
    speed = print_float(parser.spindle_speed, 0)
    return f"[GC:{parser.modal.words} T{parser.tool} F{feed} S{speed}]"


def probe_report(grbl: Firmware) -> str:
    """The result of the last probing."""
    point = _point(grbl.to_mm(grbl.probe_position), inches=grbl.settings.on(13))
    return f"[PRB:{point}:{int(grbl.probe_succeeded)}]"


def parameters(grbl: Firmware) -> Iterator[str]:
    """The answer to ``$#``."""
    inches = grbl.settings.on(13)
    for name, point in zip(
        ("G54", "G55", "G56", "G57", "G58", "G59", "G28", "G30"),
        grbl.interpreter.stored,
        strict=True,
    ):
        yield f"[{name}:{_point(point, inches=inches)}]"
    yield f"[G92:{_point(grbl.interpreter.offset, inches=inches)}]"
    yield f"[TLO:{_point([grbl.interpreter.tool_offset], inches=inches)}]"
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


def _point(values: Sequence[float], *, inches: bool) -> str:
    """Print coordinates with commas between."""
    return ",".join(_length(value, inches=inches) for value in values)
