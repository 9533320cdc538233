"""Spindle and coolant: the outputs of the controller, by which a pen is lifted too."""

from __future__ import annotations

from collections.abc import Callable

from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.grbl.simulator.overrides import Due, Overrides
from firmware_gcode.grbl.simulator.settings import Settings
from firmware_gcode.motion.trajectory import Slice


class Tool:
    """Registers and pins of spindle and coolant.

    Attributes:
        pwm: The PWM register, 0 to 255; 0 switches the output off.
        rpm: The speed as reports show it.
        renew: The spindle's override has changed: the next slice takes it over.
        on_change: Called when the output has changed.
    """

    def __init__(
        self, settings: Settings, overrides: Overrides, parser: Interpreter, due: Due
    ) -> None:
        self._settings = settings
        self._overrides = overrides
        self._parser = parser
        self._due = due
        self._slice_pwm = 0
        self.pwm = 0
        self.on_change: Callable[[], None] = lambda: None
        self.reset()

    def reset(self) -> None:
        """As after a reset of the controller."""
        self.mode = SpindleMode.OFF
        self.flood = False
        self.rpm = 0.0
        self.renew = False
        self.write(0)

    @property
    def letters(self) -> str:
        """What is switched on, as in reports."""
        spindle = "C" if self.mode is SpindleMode.CCW else "S"
        return spindle * bool(self.pwm) + "F" * self.flood

    @property
    def _follows_speed(self) -> bool:
        """With a laser, M4 keeps the power in proportion to the speed."""
        return self._settings.on(32) and self._parser.modal.spindle is SpindleMode.CCW

    def write(self, pwm: int) -> None:
        """Set the PWM register."""
        self.pwm = pwm
        self.on_change()

    def turn(self, mode: SpindleMode, speed: float) -> None:
        """Set direction and speed of the spindle."""
        self.mode = mode
        self._due.overrides = 0
        if mode is SpindleMode.OFF:
            self.rpm = 0.0
            self.write(0)
        else:
            dark = self._settings.on(32) and mode is SpindleMode.CCW
            self.write(self._pwm_of(0.0 if dark else speed))

    def cool(self, flood: bool) -> None:
        """Switch the coolant."""
        self.flood = flood
        self._due.overrides = 0

    def switch_off(self) -> None:
        """Spindle and coolant."""
        self.turn(SpindleMode.OFF, 0.0)
        self.cool(False)

    def _pwm_of(self, speed: float) -> int:
        """The register for an S value, noted for reports: `$31` to `$30` make 1 to 255."""
        low, high = self._settings[31], self._settings[30]
        speed = speed * self._overrides.spindle / 100.0
        if low >= high or speed >= high:
            self.rpm = high
            return 255
        if speed <= low:
            self.rpm = low if speed else 0.0
            return 1 if speed else 0
        self.rpm = speed
        return int((speed - low) * 254.0 / (high - low)) + 1

    def prepare(self, piece: Slice) -> None:
        """Work out the output of a slice, where its block begins or the override changed."""
        if self.renew or self._follows_speed or piece.first == 0:
            move = piece.block.move
            speed = move.spindle_speed
            if self._follows_speed and move.feed:
                speed *= piece.speed * 60.0 / move.feed
            self._slice_pwm = self._pwm_of(speed)
            self.renew = False
        piece.pwm = self._slice_pwm

    def ride(self, piece: Slice) -> None:
        """A slice is taken up: set its output."""
        if piece.pwm != self.pwm:
            self.write(piece.pwm)

    def motion_ended(self) -> None:
        """The motors stand: a beam that follows the speed goes out."""
        if self._follows_speed:
            self.write(0)
