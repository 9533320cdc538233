"""What the controller reports about itself, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.grbl.simulator.firmware import MOTION_STATES, Firmware
from firmware_gcode.grbl.simulator.numbers import print_float, print_point, print_rate
from firmware_gcode.grbl.simulator.state import State, Suspend
from firmware_gcode.motion.planner import CAPACITY

BANNER: Final = "\r\nGrbl 1.1h ['$' for help]"
HELP: Final = "[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H ~ ! ? ctrl-x]"
_BUSY: Final = MOTION_STATES - {State.SLEEP}
_WCO_BUSY: Final = 30
_OVERRIDE_BUSY: Final = 20
_IDLE_COUNT: Final = 10


def status_report(grbl: Firmware) -> str:
    """The answer to ``?``; counts which fields are due."""
    settings = grbl.settings
    inches = settings.on(13)
    mask = int(settings[10])
    position = grbl.to_mm(grbl.motors.position)
    offset = grbl.interpreter.work_offset
    fields = [_state_word(grbl)]
    if mask & 1:
        fields.append(f"MPos:{print_point(position, inches=inches)}")
    else:
        work = [p - o for p, o in zip(position, offset, strict=True)]
        fields.append(f"WPos:{print_point(work, inches=inches)}")
    if mask & 2:
        free = CAPACITY - len(grbl.planner.blocks)
        fields.append(f"Bf:{free},{grbl.receiver.free}")
    speed = grbl.maker.speed * 60.0 if grbl.state in _BUSY else 0.0
    rate = print_rate(speed, inches=inches)
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
    pins = grbl.pins
    x, y, z = grbl.limits()
    present = (
        ("P", grbl.probe_closed()),
        ("X", x),
        ("Y", y),
        ("Z", z),
        ("R", pins["reset"]),
        ("H", pins["hold"]),
        ("S", pins["start"]),
    )
    return "".join(letter for letter, active in present if active)


def _intermittent(grbl: Firmware, inches: bool) -> Iterator[str]:
    busy = grbl.state in _BUSY
    if grbl.wco_counter > 0:
        grbl.wco_counter -= 1
    else:
        grbl.wco_counter = (_WCO_BUSY if busy else _IDLE_COUNT) - 1
        grbl.override_counter = max(grbl.override_counter, 1)
        yield f"WCO:{print_point(grbl.interpreter.work_offset, inches=inches)}"
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
    feed = print_rate(parser.feed, inches=grbl.settings.on(13))
    speed = print_float(parser.spindle_speed, 0)
    return f"[GC:{parser.modal.words} T{parser.tool} F{feed} S{speed}]"


def probe_report(grbl: Firmware) -> str:
    """The result of the last probing."""
    point = print_point(grbl.to_mm(grbl.probe_position), inches=grbl.settings.on(13))
    return f"[PRB:{point}:{int(grbl.probe_succeeded)}]"


def parameters(grbl: Firmware) -> Iterator[str]:
    """The answer to ``$#``."""
    inches = grbl.settings.on(13)
    for name, point in zip(
        ("G54", "G55", "G56", "G57", "G58", "G59", "G28", "G30"),
        grbl.interpreter.stored,
        strict=True,
    ):
        yield f"[{name}:{print_point(point, inches=inches)}]"
    yield f"[G92:{print_point(grbl.interpreter.offset, inches=inches)}]"
    yield f"[TLO:{print_point([grbl.interpreter.tool_offset], inches=inches)}]"
    yield probe_report(grbl)
