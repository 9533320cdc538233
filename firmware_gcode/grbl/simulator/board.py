"""The controller at work: its parts, its program, and the steps in which time passes."""

from __future__ import annotations

from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.simulator.inputs import PINS, Switches
from firmware_gcode.grbl.simulator.memory import Memory
from firmware_gcode.grbl.simulator.parts import Parts
from firmware_gcode.grbl.simulator.processor import FOREVER, Work
from firmware_gcode.grbl.simulator.program import Program
from firmware_gcode.grbl.simulator.supervisor import Supervisor


class Board(Parts):
    """Parts with a program.

    Attributes:
        wake: When the program goes on.
    """

    def __init__(
        self,
        memory: Memory,
        speech: Speech,
        switches: Switches | None,
        *,
        now: float = 0.0,
        pins: dict[str, bool] | None = None,
    ) -> None:
        """Switch a board on at a moment; what is pressed stays so."""
        super().__init__(memory, speech, pins or dict.fromkeys(PINS, False), now)
        self.supervisor = Supervisor(self)
        self.receiver.on_realtime = self.supervisor.hear
        self.switches = switches
        if switches is not None:
            switches.attach(self.drive, self.settings)
        self.program: Work[None] = Program(self, self.supervisor).run()
        self.wake = now

    def next_due(self) -> float:
        """When something happens next."""
        return min(
            max(self.wake, self.processor.frozen_until),
            self.receiver.next_event(),
            self.drive.next_event(),
            self.switches.next_event() if self.switches is not None else FOREVER,
        )

    def step(self) -> None:
        """What happens at this moment."""
        processor, drive = self.processor, self.drive
        happened = self.receiver.deliver(processor.now)
        if drive.moving:
            waiting = len(drive.slices)
            if drive.advance():
                self.supervisor.motors_ended()
                happened = True
            elif len(drive.slices) != waiting:
                happened = self._refill() or happened
        if self.switches is not None:
            for pin, closed in self.switches.states():
                if closed != self.inputs.pins[pin]:
                    self.supervisor.set_pin(pin, closed)
                    happened = True
        if happened:
            self.rouse()
        if processor.now >= max(self.wake, processor.frozen_until):
            self.wake = next(self.program)

    def rouse(self) -> None:
        """Have the program notice that something has happened, unless it is deaf."""
        if not self.processor.deaf:
            self.wake = min(self.wake, self.processor.now)

    def _refill(self) -> bool:
        """A slice is done. Often all that the program would do is to cut another one.

        Returns:
            Whether the program must run.
        """
        if self.processor.deaf or self.supervisor.asked or self.tool.renew:
            return True
        planned = len(self.drive.trajectory.blocks)
        self.drive.cut()
        return len(self.drive.trajectory.blocks) != planned
