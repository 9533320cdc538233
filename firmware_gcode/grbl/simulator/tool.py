"""Spindle and coolant, by which a pen is lifted too, and what an operator makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from firmware_gcode.gcode.actions import SpindleMode
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.grbl.simulator.memory import Settings
from firmware_gcode.motion.trajectory import Slice

_STEPS: Final = {
    0x90: ("feed", 0), 0x91: ("feed", 10), 0x92: ("feed", -10), 0x93: ("feed", 1),
    0x94: ("feed", -1), 0x95: ("rapid", 100), 0x96: ("rapid", 50), 0x97: ("rapid", 25),
    0x99: ("spindle", 0), 0x9A: ("spindle", 10), 0x9B: ("spindle", -10),
    0x9C: ("spindle", 1), 0x9D: ("spindle", -1),
}  # fmt: skip
"""Steps in percent of the real-time bytes, by GRBL's "Real-time commands"; 0 is 100 %."""
_LEAST, _MOST = 10, 200


class Overrides:
    """Percentages, and the bytes that ask for others."""

    def __init__(self) -> None:
        self.asked: set[int] = set()  # Since the last check point; each counts once.
        self.reset()

    def reset(self) -> None:
        """Everything at 100 %."""
        self.feed = self.rapid = self.spindle = 100
        self.due = 0  # In how many reports they are told again, with the outputs.
        self.asked.clear()

    def hear(self, byte: int) -> None:
        """Take a real-time byte, if it is one of these."""
        if byte in _STEPS:
            self.asked.add(byte)

    def apply(self) -> tuple[bool, bool]:
        """Do what was asked for; whether motion, and whether the spindle, is to be faster."""
        motion, spindle = (self.feed, self.rapid), self.spindle
        for byte in sorted(self.asked):
            name, step = _STEPS[byte]
            if name == "rapid" or not step:
                setattr(self, name, step or 100)
            else:
                setattr(self, name, getattr(self, name) + step)
        self.asked.clear()
        self.feed = min(max(self.feed, _LEAST), _MOST)
        self.spindle = min(max(self.spindle, _LEAST), _MOST)
        changed = motion != (self.feed, self.rapid), spindle != self.spindle
        if any(changed):
            self.due = 0
        return changed

    def __str__(self) -> str:
        """As in reports."""
        return f"{self.feed},{self.rapid},{self.spindle}"


class Tool:
    """Registers and pins of spindle and coolant."""

    def __init__(self, settings: Settings, overrides: Overrides, parser: Interpreter) -> None:
        self._settings, self._overrides, self._parser = settings, overrides, parser
        self.pwm = self._slice_pwm = 0  # The register, to 255; 0 switches the output off.
        self.on_change: Callable[[], None] = lambda: None  # Called when it has changed.
        self.reset()

    def reset(self) -> None:
        """As after a reset of the controller."""
        self.mode, self.rpm = SpindleMode.OFF, 0.0  # The speed as reports show it.
        self.flood = False
        self.renew = False  # The override has changed: the next slice takes it over.
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
        self._overrides.due = 0
        if mode is SpindleMode.OFF:
            self.rpm = 0.0
            self.write(0)
        else:
            dark = self._settings.on(32) and mode is SpindleMode.CCW
            self.write(self._pwm_of(0.0 if dark else speed))

    def cool(self, flood: bool) -> None:
        """Switch the coolant."""
        self.flood = flood
        self._overrides.due = 0

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

    def motion_ended(self) -> None:
        """The motors stand: a beam that follows the speed goes out."""
        if self._follows_speed:
            self.write(0)
