"""The simulated machine as an object: bytes go in, bytes come out, time is passed in."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from firmware_gcode.gcode.actions import Point
from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.grbl.simulator.board import Board
from firmware_gcode.grbl.simulator.ink import Ink, Pen
from firmware_gcode.grbl.simulator.inputs import PINS, Switches
from firmware_gcode.grbl.simulator.memory import Memory, Settings
from firmware_gcode.grbl.simulator.phases import Phase
from firmware_gcode.grbl.simulator.processor import FOREVER
from firmware_gcode.grbl.simulator.program import Program
from firmware_gcode.grbl.simulator.supervisor import Supervisor
from firmware_gcode.motion.trajectory import Slice, Steps

_SAME_S: Final = 1e-9
"""Moments that are nearer to each other differ by rounding only: what is due is done."""

HOME_DISTANCE: Final[Point] = (30.0, 20.0, 5.0)
"""How far the limit switches are from the place of power-on, mm, along the way to home."""

FAULTS: Final = ("drop", "flip", "garble", "dropok", "doubleok")
"""Bytes to the machine that are lost or have a bit turned, bytes from it that are replaced by
noise, and lines ``ok`` from it that are lost or doubled."""


class Faults:
    """What is to go wrong next."""

    def __init__(self) -> None:
        self._random = random.Random(0)
        self.stalled = False  # The controller hangs: it answers nothing, the motors stand.
        self.unplug_after: int | None = None  # So many more bytes reach the machine.
        self._left = dict.fromkeys(FAULTS, 0)

    def add(self, kind: str, count: int) -> None:
        """Have one of the `FAULTS` happen to the next `count` bytes or lines."""
        self._left[kind] += count

    def _take(self, kind: str, most: int) -> int:
        count = min(self._left[kind], most)
        self._left[kind] -= count
        return count

    def incoming(self, data: bytes) -> bytes:
        """Bytes as they reach the machine."""
        if self.unplug_after is not None:
            data = data[: self.unplug_after]
            self.unplug_after -= len(data)
        data = data[self._take("drop", len(data)) :]
        count = self._take("flip", len(data))
        return bytes(b ^ 1 << self._random.randrange(7) for b in data[:count]) + data[count:]

    def outgoing(self, data: bytes) -> bytes:
        """Bytes as they reach the host."""
        if self._left["dropok"] or self._left["doubleok"]:
            data = b"".join(map(self._ok_line, data.splitlines(keepends=True)))
        count = self._take("garble", len(data))
        return self._random.randbytes(count) + data[count:]

    def _ok_line(self, line: bytes) -> bytes:
        if line.strip() != b"ok":
            return line
        return b"" if self._take("dropok", 1) else line * (1 + self._take("doubleok", 1))


class SimulatedMachine:
    """A GRBL controller with motors, a pen and faults, in one thread and in any time.

    It does nothing by itself: `advance` runs it up to a moment. Times outside are those of the
    given clock; inside, the machine's own seconds pass ``speed`` times as fast. The same bytes
    at the same times give the same machine, always.
    """

    def __init__(
        self,
        *,
        settings: Mapping[str, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
        speed: float = 1.0,
        eeprom_path: Path | None = None,
        pen: Pen | None = None,
        switches: Point | None = None,
        dialect: Dialect = STOCK,
    ) -> None:
        """Power the machine on.

        Settings (``{"$100": 80, …}``) are written to the EEPROM before; None leaves it as it
        is, a new one with factory settings. A file keeps the EEPROM, or else memory.
        `switches` is the way from here to the limit switches, mm on each axis, in the
        direction of homing; by default `HOME_DISTANCE` if the settings enable homing, else
        there are none. It speaks a `dialect`, and moves as GRBL 1.1h does. EepromError: the
        file cannot be used; GcodeError: GRBL would refuse one of the settings.
        """
        self._clock = clock
        self.speed = speed
        self._origin = clock()  # When the machine's time was zero.
        self._speech = dialect.speech
        self.memory = Memory(self._speech, eeprom_path)
        self.memory.prepare(Settings.from_grbl(settings) if settings is not None else None)
        self.ink = Ink(pen)
        self.faults = Faults()
        homes = self.memory.settings.on(22)
        self._switches = Switches(switches or (HOME_DISTANCE if homes else None))
        self._powered = True
        self._start(dict.fromkeys(PINS, False), 0.0)

    # Power.

    def _start(self, pins: dict[str, bool], now: float) -> None:
        if self.memory.load() and self.memory.settings.on(22):
            self.ink.lose_height()  # No height is known before homing.
        self.board = board = Board(self.memory, self._speech, pins, now)
        self.supervisor = Supervisor(board)
        self._program = Program(board, self.supervisor).run()
        self._wake = now  # When the program goes on.
        self._switches.attach(board.drive, board.settings)
        board.drive.on_motion = self._moved
        board.tool.on_change = self._see

    def power_on(self, *, bootloader_s: float = 0.0) -> None:
        """Switch off and on again, or pull the reset line: the program starts from nothing.

        The EEPROM, the inputs and the place of the pen remain. A boot loader runs first and
        eats what is sent (an Uno's for about a second).
        """
        self.power_off()
        self._powered = True
        self._wake += bootloader_s
        self.board.processor.deaf = bootloader_s > 0.0
        self.advance()

    def power_off(self) -> None:
        """Cut the power until `power_on`."""
        self.advance()
        old = self.board
        old.drive.stop()
        old.tool.write(0)
        self._program.close()
        self._start(old.inputs.pins, old.processor.now)
        self.board.drive.shaft = old.drive.shaft
        self._powered = False

    def erase(self) -> None:
        """Make the EEPROM blank, as on a new board, and switch on."""
        self.memory.erase()
        self.power_on()

    # Time.

    def advance(self) -> None:
        """Run the machine up to now."""
        board, processor = self.board, self.board.processor
        if self.faults.stalled:
            return
        target = (self._clock() - self._origin) * self.speed
        while self._powered:
            due = self._next_due()
            if due > target + _SAME_S:
                break
            processor.now = max(processor.now, due)
            self._step()
        if target > processor.now:
            processor.now = target
            board.receiver.deliver(target)
            if self._powered:
                board.drive.advance()

    def next_event(self) -> float | None:
        """The moment of the clock at which something will happen next; None for never."""
        if not self._powered or self.faults.stalled:
            return None
        due = min(self._next_due(), self.board.processor.next_said())
        return None if due == FOREVER else self._origin + due / self.speed

    def _next_due(self) -> float:
        board = self.board
        return min(
            max(self._wake, board.processor.frozen_until),
            board.receiver.next_event(),
            board.drive.next_event(),
            self._switches.next_event(),
        )

    def _step(self) -> None:
        """What happens at this moment."""
        processor, drive = self.board.processor, self.board.drive
        happened = self.board.receiver.deliver(processor.now)
        if drive.moving:
            waiting = len(drive.slices)
            if ended := drive.advance():
                self.supervisor.motors_ended()
            happened = happened or ended or len(drive.slices) != waiting
        for pin, closed in self._switches.states():
            if closed != self.board.inputs.pins[pin]:
                self.supervisor.set_pin(pin, closed)
                happened = True
        if happened:
            self._rouse()
        if processor.now >= max(self._wake, processor.frozen_until):
            self._wake = next(self._program)

    def _rouse(self) -> None:
        """Have the program notice that something has happened, unless it is deaf."""
        if not self.board.processor.deaf:
            self._wake = min(self._wake, self.board.processor.now)

    # The host's side of the line.

    def write(self, data: bytes) -> None:
        """Send bytes to the machine now."""
        self.advance()
        if self._powered:
            self.board.receiver.send(self.faults.incoming(data), self.board.processor.now)

    def read(self) -> bytes:
        """What the machine has said by now and was not read before."""
        self.advance()
        return self.faults.outgoing(self.board.processor.take())

    # Inputs, outputs, the mechanics.

    def set_pin(self, name: str, active: bool) -> None:
        """Change an input: limx limy limz reset hold start probe; active means pressed.

        A limit input that is set so is no longer wired to its simulated switch.
        """
        self.advance()
        self._switches.release(name)
        self.supervisor.set_pin(name, active)
        self._rouse()
        self.advance()

    def raise_alarm(self, code: int) -> None:
        """Have the controller stop with an alarm, as if its cause had happened."""
        self.advance()
        if self.supervisor.phase is not Phase.ALARM:
            self.supervisor.reset(code)
            self._rouse()
            self.advance()

    def stall(self, on: bool) -> None:
        """Have the controller hang, motors standing, or go on where it was."""
        self.advance()
        if self.faults.stalled and not on:  # The time of the stall did not pass for it.
            self._origin = self._clock() - self.board.processor.now / self.speed
        self.faults.stalled = on

    @property
    def shaft(self) -> Steps:
        """How far the motors really turned since power-on or `zero_shaft`, steps."""
        self.advance()
        x, y, z = self.board.drive.shaft
        return (x, y, z)

    def zero_shaft(self) -> None:
        """Count the turns of the motors from here."""
        self.advance()
        self.board.drive.shaft = [0, 0, 0]

    def _moved(self, piece: Slice, _at: float) -> None:
        if self.ink.down or piece.block.steps[2]:
            self._see(piece.block)

    def _see(self, block: object = None) -> None:
        if self.supervisor.phase is Phase.HOMING:
            self.ink.lose_height()
            return
        board, tool = self.board, self.board.tool
        (x, y, z), (dx, dy, dz) = board.drive.place, board.parser.work_offset
        self.ink.see((x - dx, y - dy, z - dz), tool.rpm if tool.pwm else None, block)
