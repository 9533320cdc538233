"""The controller's hardware and memory, and the two ways in which its program waits."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final, TypeAlias, TypeVar

from firmware_gcode.gcode.actions import Point
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.simulator.eeprom import Eeprom
from firmware_gcode.grbl.simulator.motors import Motors
from firmware_gcode.grbl.simulator.settings import Settings
from firmware_gcode.grbl.simulator.state import Alarm, Flag, SpindleStop, State, Suspend
from firmware_gcode.grbl.simulator.uart import Receiver, Transmitter
from firmware_gcode.motion import effort
from firmware_gcode.motion.settings import KEEP_ENABLED
from firmware_gcode.motion.trajectory import Slice, Steps, Trajectory

_T = TypeVar("_T")
Work: TypeAlias = Generator[float, None, _T]
"""A part of the program: it yields until when it waits (the time of the machine, seconds), and
is resumed then or, unless it is deaf, at the next event."""

FOREVER: Final = float("inf")
GRBL_SPEECH: Final = Speech()
PINS: Final = ("limx", "limy", "limz", "reset", "hold", "start", "probe")
MOTION_STATES: Final = frozenset(
    {State.CYCLE, State.HOLD, State.DOOR, State.HOMING, State.SLEEP, State.JOG}
)

_OVERRIDES: Final = {
    0x90: ("feed", None), 0x91: ("feed", 10), 0x92: ("feed", -10),
    0x93: ("feed", 1), 0x94: ("feed", -1),
    0x95: ("rapid", 100), 0x96: ("rapid", 50), 0x97: ("rapid", 25),
    0x99: ("spindle", None), 0x9A: ("spindle", 10), 0x9B: ("spindle", -10),
    0x9C: ("spindle", 1), 0x9D: ("spindle", -1),
}  # fmt: skip


class Firmware:
    """Registers, buffers and pins.

    Attributes:
        now: The machine's time, seconds.
        speech: How it words what it says.
        extras: Settings that GRBL 1.1h has not, by number.
        deaf: The program waits without check points: events do not resume it.
        cpu_free: Until when the processor computes.
        frozen_until: Until when the step interrupt's pause after a stop keeps the program.
    """

    def __init__(self, eeprom: Eeprom, speech: Speech = GRBL_SPEECH) -> None:
        self.now = 0.0
        self.deaf = False
        self.frozen_until = 0.0
        self.eeprom = eeprom
        self.speech = speech
        self.settings = Settings()
        self.extras = dict(speech.extras)
        self.receiver = Receiver(self._on_realtime, speech.receive_bytes)
        self.transmitter = Transmitter()
        self.motors = Motors()
        self.trajectory = Trajectory(self.settings.motion())
        self.interpreter = Interpreter()
        self.motors.on_slice = self.slice_begins
        self.pins: dict[str, bool] = dict.fromkeys(PINS, False)
        self.state = State.IDLE
        self.on_pen: Callable[[], None] = lambda: None
        self.spindle_mode = SpindleMode.OFF
        self.flood = False
        self.spindle_pwm = 0
        self._slice_pwm = 0
        self.cpu_free = 0.0
        self.clear_system()

    def clear_system(self) -> None:
        """Set to zero what a reset sets to zero."""
        self.flags = Flag.NONE
        self.alarm = 0
        self.abort = False
        self.suspend = Suspend.NONE
        self.soft_limit = False
        self.overrides: dict[str, int] = {"feed": 100, "rapid": 100, "spindle": 100}
        self.override_requests: dict[tuple[str, int | None], None] = {}
        self.spindle_stop_request = False
        self.coolant_request = False
        self.spindle_stop = SpindleStop.OFF
        self.update_pwm = False
        self.wco_counter = 0
        self.override_counter = 0
        self.probe_active = False
        self.probe_inverted = False
        self.probe_succeeded = False
        self.probe_position: Steps = (0, 0, 0)
        self.limits_watched = False
        self.spindle_rpm = 0.0

    @property
    def report_mask(self) -> int:
        """What status reports tell: `$10`."""
        return int(self.extras.get(10, self.settings[10]))

    # Saying and waiting.

    def say(self, text: str) -> None:
        """Send a line to the host."""
        self.transmitter.send(text.encode("latin-1") + b"\r\n", self.now)

    def message(self, text: str) -> None:
        """Send a feedback message."""
        self.say(self.speech.message.format(text=text))

    def busy(self, seconds: float) -> Work[None]:
        """Compute or delay: nothing is noticed meanwhile."""
        until = self.now + seconds
        while self.now < until:
            self.deaf = True
            yield until
            self.deaf = False

    def pay(self, seconds: float = 0.0) -> Work[None]:
        """Spend computing time, and wait while the send buffer is full."""
        self.compute(seconds)
        until = max(self.cpu_free, self.transmitter.blocked_until())
        if until > self.now:
            yield from self.busy(until - self.now)

    def compute(self, seconds: float) -> None:
        """Note computing time that the next `pay` waits for, unless it has passed by then."""
        self.cpu_free = max(self.cpu_free, self.now) + seconds

    def store(self) -> Work[None]:
        """Wait for the bytes just written to the EEPROM, with interrupts off for each."""
        writes = self.eeprom.take_writes()
        for seconds in writes if self.speech.deaf_writes else ():
            self.receiver.mask(self.now, seconds)
            yield from self.busy(seconds)

    # Interrupts.

    def _on_realtime(self, byte: int) -> None:
        if byte == ord("?"):
            self.flags |= Flag.STATUS_REPORT
        elif byte == ord("~"):
            self.flags |= Flag.CYCLE_START
        elif byte == ord("!"):
            self.flags |= Flag.FEED_HOLD
        elif byte == 0x18:
            self.request_reset()
        elif byte == 0x84:
            self.flags |= Flag.SAFETY_DOOR
        elif byte == 0x85:
            if self.state is State.JOG:
                self.flags |= Flag.MOTION_CANCEL
        elif byte in _OVERRIDES:
            self.override_requests[_OVERRIDES[byte]] = None
        elif byte == 0x9E:
            self.spindle_stop_request = True
        elif byte == 0xA0:
            self.coolant_request = True

    def request_reset(self) -> None:
        """Stop everything at once and have the program start anew (GRBL's ``mc_reset``)."""
        if self.flags & Flag.RESET:
            return
        self.flags |= Flag.RESET
        self.set_pwm(0)
        self.flood = False
        moving = self.state in (State.CYCLE, State.HOMING, State.JOG)
        if moving or self.trajectory.braking or self.trajectory.alone:
            if self.state is not State.HOMING:
                self.alarm = Alarm.ABORT_CYCLE
            elif not self.alarm:
                self.alarm = Alarm.HOMING_FAIL_RESET
            self.motors.stop(self.now)
            self._pause_after_stop()

    def motors_ended(self) -> None:
        """The step interrupt found nothing more to do."""
        self.motors.moving = False
        if self.settings.on(32) and self.interpreter.modal.spindle is SpindleMode.CCW:
            self.set_pwm(0)
        self._pause_after_stop()
        self.flags |= Flag.CYCLE_STOP

    def _pause_after_stop(self) -> None:
        pause = self.idle_pause()
        if pause:
            self.frozen_until = max(self.frozen_until, self.now + pause)

    def idle_pause(self) -> float:
        """How long the controller pauses before it switches the motors off, seconds."""
        lock = int(self.settings[1])
        locked = lock == KEEP_ENABLED and not self.alarm and self.state is not State.SLEEP
        return 0.0 if locked or self.state is State.HOMING else lock / 1000.0

    def set_pin(self, name: str, active: bool) -> None:
        """Change an input: limx limy limz reset hold start probe."""
        if self.pins[name] == active:
            return
        self.motors.advance(self.now)
        self.pins[name] = active
        if name.startswith("lim"):
            if self.limits_watched and self.state is not State.ALARM and not self.alarm:
                self.request_reset()
                self.alarm = Alarm.HARD_LIMIT
        elif name == "probe":
            if self.probe_active and self.probe_closed():
                self.probe_active = False
                self.probe_position = self.motors.position
                self.flags |= Flag.MOTION_CANCEL
        else:
            if self.pins["reset"]:
                self.request_reset()
            if self.pins["start"]:
                self.flags |= Flag.CYCLE_START
            if self.pins["hold"]:
                self.flags |= Flag.FEED_HOLD

    # Inputs as the program sees them.

    @property
    def asked(self) -> bool:
        """Whether something is waiting to be done at the next check point."""
        requests = self.override_requests or self.spindle_stop_request or self.coolant_request
        return bool(self.flags or self.alarm or self.abort or requests)

    def limits(self) -> tuple[bool, bool, bool]:
        """Which limit switches are met, with ``$5`` applied."""
        inverted = self.settings.on(5)
        x, y, z = (self.pins[name] != inverted for name in ("limx", "limy", "limz"))
        return x, y, z

    def probe_closed(self) -> bool:
        """Whether the probe is closed, with ``$6`` (and the direction of probing) applied."""
        return (self.pins["probe"] != self.settings.on(6)) != self.probe_inverted

    def to_mm(self, steps: Steps) -> Point:
        """Convert steps to machine millimetres."""
        x, y, z = self.trajectory.settings.steps_per_mm
        return (steps[0] / x, steps[1] / y, steps[2] / z)

    # Outputs.

    def set_spindle(self, mode: SpindleMode, speed: float) -> None:
        """Set direction and PWM (``spindle_set_state``)."""
        if self.abort:
            return
        self.spindle_mode = mode
        if mode is SpindleMode.OFF:
            self.spindle_rpm = 0.0
            self.set_pwm(0)
        else:
            if self.settings.on(32) and mode is SpindleMode.CCW:
                speed = 0.0
            self.set_pwm(self.compute_pwm(speed))
        self.override_counter = 0

    def set_pwm(self, value: int) -> None:
        """Write the PWM register; 0 switches the output off."""
        self.spindle_pwm = value
        self.on_pen()

    def compute_pwm(self, speed: float) -> int:
        """Turn an S value into the register value 0 to 255, and note the speed for reports."""
        low, high = self.settings[31], self.settings[30]
        speed = speed * self.overrides["spindle"] / 100.0
        if low >= high or speed >= high:
            self.spindle_rpm = high
            return 255
        if speed <= low:
            self.spindle_rpm = low if speed else 0.0
            return 1 if speed else 0
        self.spindle_rpm = speed
        return int((speed - low) * 254.0 / (high - low)) + 1

    def set_coolant(self, flood: bool) -> None:
        """Switch the coolant output."""
        if not self.abort:
            self.flood = flood
            self.override_counter = 0

    # Slices of motion.

    def feed_motors(self) -> None:
        """Hand slices to the motors as long as there is room."""
        while self.motors.room:
            piece = self.trajectory.next_slice()
            if piece is None:
                return
            self.compute(effort.SLICE_S)
            self._prepare_pwm(piece)
            self.motors.push(piece, self.now)

    def _prepare_pwm(self, piece: Slice) -> None:
        """Work out the spindle output of a slice, when its block begins or S was overridden.

        In laser mode M4 keeps the power in proportion to the speed.
        """
        move = piece.block.move
        dynamic = self.settings.on(32) and self.interpreter.modal.spindle is SpindleMode.CCW
        if self.update_pwm or dynamic or piece.first == 0:
            speed = move.spindle_speed
            if dynamic and move.feed:
                speed *= piece.speed * 60.0 / move.feed
            self._slice_pwm = self.compute_pwm(speed)
            self.update_pwm = False
        piece.pwm = self._slice_pwm

    def slice_begins(self, piece: Slice) -> None:
        """The step interrupt takes up a slice: set its spindle output."""
        if piece.pwm != self.spindle_pwm:
            self.set_pwm(piece.pwm)

    def reset_stepper(self) -> Work[None]:
        """Forget the slices and stop the motors (``st_reset``)."""
        self.motors.stop(self.now)
        pause = self.idle_pause()
        self.motors.clear()
        self.trajectory.halt()
        if pause:
            yield from self.busy(pause)

    def reload_settings(self) -> None:
        """Let trajectory and parser take over changed settings."""
        self.trajectory.settings = self.settings.motion()
        parser = self.interpreter
        parser.laser_mode = self.settings.on(32)
        parser.jog_limits = self.settings.axes(130) if self.settings.on(20) else None
