"""What the controller says, word for word as its dialect does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.dialects.speech import Report, Speech
from firmware_gcode.grbl.simulator.drive import Drive
from firmware_gcode.grbl.simulator.inputs import Inputs
from firmware_gcode.grbl.simulator.memory import Memory
from firmware_gcode.grbl.simulator.overrides import Due, Overrides
from firmware_gcode.grbl.simulator.phases import RESTING, Phase
from firmware_gcode.grbl.simulator.processor import Processor
from firmware_gcode.grbl.simulator.settings import print_extra, print_float
from firmware_gcode.grbl.simulator.tool import Tool
from firmware_gcode.grbl.simulator.uart import Receiver, Transmitter
from firmware_gcode.motion.trajectory import CAPACITY

_INCH_PER_MM: Final = float32(0.0393701)
_OFFSET_EVERY: Final = {True: 10, False: 30}
_OVERRIDES_EVERY: Final = {True: 10, False: 20}
"""Reports from one that tells them to the next, at rest or not (`status-idle-cadence`)."""


@dataclass(eq=False, slots=True)
class Console:
    """The line to the host."""

    processor: Processor
    transmitter: Transmitter
    speech: Speech

    def say(self, text: str) -> None:
        """Send a line to the host."""
        self.transmitter.send(text.encode("latin-1") + b"\r\n", self.processor.now)

    def message(self, text: str) -> None:
        """Send a feedback message."""
        self.say(self.speech.message.format(text=text))


@dataclass(eq=False, slots=True)
class Reporter:
    """Looks at the other parts, and tells of them."""

    memory: Memory
    parser: Interpreter
    drive: Drive
    tool: Tool
    inputs: Inputs
    overrides: Overrides
    receiver: Receiver
    due: Due

    def status(self, phase: Phase) -> str:
        """The answer to ``?``; counts which fields are due."""
        rests = phase in RESTING
        place, offset = self.drive.place, self.parser.work_offset
        tells_offset, tells_overrides = self._count(rests)
        return self.memory.speech.status(
            Report(
                state=phase.word,
                machine=self._point(place),
                work=self._point([p - o for p, o in zip(place, offset, strict=True)]),
                mask=int(self.memory.extras.get(10, self.memory.settings[10])),
                blocks=CAPACITY - len(self.drive.trajectory.blocks),
                bytes_free=self.receiver.free,
                feed=self._rate(0.0 if rests else self.drive.trajectory.speed * 60.0),
                spindle=print_float(self.tool.rpm, 0),
                pins=self.inputs.letters,
                offset=self._point(offset) if tells_offset else "",
                overrides=str(self.overrides) if tells_overrides else "",
                accessories=self.tool.letters,
            )
        )

    def _count(self, rests: bool) -> tuple[bool, bool]:
        """Whether this report tells the offset, and whether it tells the overrides."""
        due = self.due
        offset = due.offset <= 0
        due.offset = _OFFSET_EVERY[rests] - 1 if offset else due.offset - 1
        if offset:
            due.overrides = max(due.overrides, 1)
        overrides = due.overrides <= 0
        due.overrides = _OVERRIDES_EVERY[rests] - 1 if overrides else due.overrides - 1
        return offset, overrides

    def modes(self) -> str:
        """The answer to ``$G``."""
        parser = self.parser
        speed = print_float(parser.spindle_speed, 0)
        text = f"{parser.modal.words} T{parser.tool} F{self._rate(parser.feed)} S{speed}"
        return self.memory.speech.modes.format(text=text)

    def probing(self) -> str:
        """The result of the last probing."""
        place = self._point(self.drive.to_mm(self.inputs.contact))
        return f"[PRB:{place}:{int(self.inputs.met)}]"

    def parameters(self) -> Iterator[str]:
        """The answer to ``$#``."""
        names = ("G54", "G55", "G56", "G57", "G58", "G59", "G28", "G30")
        for name, point in zip(names, self.parser.stored, strict=True):
            yield f"[{name}:{self._point(point)}]"
        yield f"[G92:{self._point(self.parser.offset)}]"
        yield f"[TLO:{self._length(self.parser.tool_offset)}]"
        yield self.probing()

    def settings(self) -> Iterator[str]:
        """The answer to ``$$``."""
        own = {number: print_extra(value) for number, value in self.memory.extras.items()}
        shown = {**dict(self.memory.settings.printed()), **own}
        return self.memory.speech.settings(shown.items())

    @property
    def _inches(self) -> bool:
        return self.memory.settings.on(13)

    def _length(self, value: float) -> str:
        """Print a coordinate: 3 decimals of a millimetre, or 4 of an inch (`$13=1`)."""
        if self._inches:
            return print_float(float32(value * _INCH_PER_MM), 4)
        return print_float(value, 3)

    def _rate(self, value: float) -> str:
        """Print a feed: whole mm/min, or inches a minute with one decimal."""
        if self._inches:
            return print_float(float32(value * _INCH_PER_MM), 1)
        return print_float(value, 0)

    def _point(self, values: Sequence[float]) -> str:
        return self.memory.speech.place([self._length(value) for value in values])
