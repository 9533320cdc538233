"""What the controller reports about itself, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.grbl.simulator.core import MOTION_STATES, Core
from firmware_gcode.grbl.simulator.numbers import print_float, print_point, print_rate
from firmware_gcode.grbl.simulator.state import State, Suspend
from firmware_gcode.motion.planner import CAPACITY

BANNER: Final = "\r\nGrbl 1.1h ['$' for help]"
HELP: Final = "[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H ~ ! ? ctrl-x]"
_BUSY: Final = MOTION_STATES - {State.SLEEP}
_WCO_BUSY: Final = 30
_OVERRIDE_BUSY: Final = 20
_IDLE_COUNT: Final = 10


def status_report(core: Core) -> str:
    """The answer to ``?``; counts which fields are due."""
    settings = core.settings
    inches = settings.on(13)
    mask = int(settings[10])
    position = core.to_mm(core.motors.position)
    offset = core.interpreter.work_offset
    fields = [_state_word(core)]
    if mask & 1:
        fields.append(f"MPos:{print_point(position, inches=inches)}")
    else:
        work = [p - o for p, o in zip(position, offset, strict=True)]
        fields.append(f"WPos:{print_point(work, inches=inches)}")
    if mask & 2:
        free = CAPACITY - len(core.planner.blocks)
        fields.append(f"Bf:{free},{core.receiver.free}")
    speed = core.maker.speed * 60.0 if core.state in _BUSY else 0.0
    rate = print_rate(speed, inches=inches)
    fields.append(f"FS:{rate},{print_float(core.spindle_rpm, 0)}")
    pins = _pin_letters(core)
    if pins:
        fields.append(f"Pn:{pins}")
    fields.extend(_intermittent(core, inches))
    return f"<{'|'.join(fields)}>"


def _state_word(core: Core) -> str:
    state = core.state
    if state is State.HOLD:
        if core.suspend & Suspend.JOG_CANCEL:
            return State.JOG.value
        return "Hold:0" if core.suspend & Suspend.HOLD_COMPLETE else "Hold:1"
    if state is State.DOOR:
        if core.suspend & Suspend.INITIATE_RESTORE:
            return "Door:3"
        if not core.suspend & Suspend.RETRACT_COMPLETE:
            return "Door:2"
        return "Door:1" if core.suspend & Suspend.DOOR_AJAR else "Door:0"
    return str(state.value)


def _pin_letters(core: Core) -> str:
    pins = core.pins
    x, y, z = core.limits()
    present = (
        ("P", core.probe_closed()),
        ("X", x),
        ("Y", y),
        ("Z", z),
        ("R", pins["reset"]),
        ("H", pins["hold"]),
        ("S", pins["start"]),
    )
    return "".join(letter for letter, active in present if active)


def _intermittent(core: Core, inches: bool) -> Iterator[str]:
    busy = core.state in _BUSY
    if core.wco_counter > 0:
        core.wco_counter -= 1
    else:
        core.wco_counter = (_WCO_BUSY if busy else _IDLE_COUNT) - 1
        core.override_counter = max(core.override_counter, 1)
        yield f"WCO:{print_point(core.interpreter.work_offset, inches=inches)}"
    if core.override_counter > 0:
        core.override_counter -= 1
        return
    core.override_counter = (_OVERRIDE_BUSY if busy else _IDLE_COUNT) - 1
    overrides = core.overrides
    yield f"Ov:{overrides['feed']},{overrides['rapid']},{overrides['spindle']}"
    accessories = ""
    if core.spindle_pwm:
        accessories = "C" if core.spindle_mode is SpindleMode.CCW else "S"
    if core.flood:
        accessories += "F"
    if accessories:
        yield f"A:{accessories}"


def parser_state(core: Core) -> str:
    """The answer to ``$G``."""
    parser = core.interpreter
    feed = print_rate(parser.feed, inches=core.settings.on(13))
    speed = print_float(parser.spindle_speed, 0)
    return f"[GC:{parser.modal.words} T{parser.tool} F{feed} S{speed}]"


def probe_report(core: Core) -> str:
    """The result of the last probing."""
    point = print_point(core.to_mm(core.probe_position), inches=core.settings.on(13))
    return f"[PRB:{point}:{int(core.probe_succeeded)}]"


def parameters(core: Core) -> Iterator[str]:
    """The answer to ``$#``."""
    inches = core.settings.on(13)
    for name, point in zip(
        ("G54", "G55", "G56", "G57", "G58", "G59", "G28", "G30"),
        core.interpreter.stored,
        strict=True,
    ):
        yield f"[{name}:{print_point(point, inches=inches)}]"
    yield f"[G92:{print_point(core.interpreter.offset, inches=inches)}]"
    yield f"[TLO:{print_point([core.interpreter.tool_offset], inches=inches)}]"
    yield probe_report(core)
