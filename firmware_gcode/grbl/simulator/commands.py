"""The `$` commands, and the answers to lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import leading_number
from firmware_gcode.grbl.dialects.speech import Extra
from firmware_gcode.grbl.simulator.executor import Executor
from firmware_gcode.grbl.simulator.homing import Homing
from firmware_gcode.grbl.simulator.memory import BUILD_INFO, STARTUP_LINES
from firmware_gcode.grbl.simulator.parts import Parts
from firmware_gcode.grbl.simulator.phases import Event, Phase
from firmware_gcode.grbl.simulator.processor import Work
from firmware_gcode.grbl.simulator.supervisor import Supervisor
from firmware_gcode.motion.trajectory import CAPACITY

_ANY: Final = frozenset(Phase)
_AT_REST: Final = frozenset({Phase.IDLE, Phase.ALARM})
_PHASES: Final = {
    **dict.fromkeys(("", "G", "X"), _ANY),
    "$": _ANY - {Phase.RUN, Phase.HOLDING, Phase.LIMITING},
    "C": frozenset({Phase.IDLE, Phase.CHECK}),
    "J": frozenset({Phase.IDLE, Phase.JOG}),
}
"""Where commands may come that may come elsewhere than at rest, by their letters."""
_LOCKED: Final = frozenset({Phase.ALARM, Phase.JOG})


@dataclass(eq=False, slots=True)
class Commands:
    """Executes lines that begin with ``$``, and start-up lines."""

    parts: Parts
    supervisor: Supervisor
    executor: Executor

    def answer(self, line: str) -> Work[str]:
        """Execute a stripped line, of G-code or a command; returns ``ok`` or the refusal.

        Raises:
            Restart: A reset has come meanwhile.
        """
        try:
            if line.startswith("$"):
                yield from self._command(line)
            elif line:
                _require(self.supervisor.phase not in _LOCKED, ErrorCode.LOCKED)
                yield from self.executor.perform(self.executor.understood(line))
        except GcodeError as error:
            return self.parts.speech.refusal(error.code)
        return "ok"

    def _command(self, line: str) -> Work[None]:
        letter = line[1:2]
        _require(self.parts.speech.knows(line))
        _require(letter not in {"$", "G", "X", "C"} or len(line) == 2)
        _require(self.supervisor.phase in _PHASES.get(letter, _AT_REST), ErrorCode.NOT_IDLE)
        work = self._BY_LETTER.get(letter, Commands._set)(self, line)
        if work is not None:
            yield from work

    def _tell(self, line: str) -> None:
        """Answer a question."""
        reporter, say = self.supervisor.reporter, self.parts.processor.say
        match line[1:2]:
            case "":
                say(self.parts.speech.help)
            case "$":
                say(*reporter.settings())
            case "G":
                say(reporter.modes())
            case _:
                _require(line == "$#")
                say(*reporter.parameters())

    def _unlock(self, _line: str) -> None:
        if self.supervisor.phase is Phase.ALARM:
            self.parts.processor.message("Caution: Unlocked")
            self.supervisor.phase = Phase.IDLE

    def _toggle_check(self, _line: str) -> None:
        if self.supervisor.phase is Phase.CHECK:
            self.supervisor.reset()
            self.parts.processor.message("Disabled")
        else:
            self.supervisor.phase = Phase.CHECK
            self.parts.parser.checking = True
            self.parts.processor.message("Enabled")

    def _sleep(self, line: str) -> None:
        _require(line == "$SLP")
        self.supervisor.events.add(Event.SLEEP)

    def _jog(self, line: str) -> Work[None]:
        _require(line[2:3] == "=")
        try:
            actions = self.executor.understood(line)
        except GcodeError as error:
            if error.code == ErrorCode.TRAVEL_EXCEEDED and self.parts.speech.trims_jogs:
                return  # To the end of its travel, where it stands already.
            raise
        yield from self.executor.perform(actions)
        if self.supervisor.phase is Phase.IDLE and self.parts.drive.planned:
            self.supervisor.phase = Phase.JOG
            self.parts.drive.trajectory.release()
            self.parts.drive.go()

    def _home(self, line: str) -> Work[None]:
        supervisor = self.supervisor
        _require(self.parts.settings.on(22), ErrorCode.HOMING_DISABLED)
        _require(line == "$H")
        supervisor.phase = Phase.HOMING
        homing = Homing(self.parts, supervisor.events, lambda: supervisor.resetting)
        if alarm := (yield from homing.home()):
            supervisor.reset(alarm)
        yield from supervisor.attend()
        supervisor.phase = Phase.IDLE
        yield from self.parts.processor.busy(supervisor.pause_s)
        yield from self.run_startup()

    # Start-up lines.

    def run_startup(self) -> Work[None]:
        """Execute the stored start-up lines."""
        speech = self.parts.speech
        for name in STARTUP_LINES:
            line = self.parts.memory.text(name)
            yield from self.parts.store()
            answer = speech.refusal(ErrorCode.EEPROM_READ_FAILED)
            if line:
                answer = yield from self.answer(line)
            if line != "":
                self.parts.processor.say(speech.ran.format(line=line or "", answer=answer))

    def _startup_line(self, line: str) -> Work[None]:
        parts = self.parts
        if line == "$N":
            for name in STARTUP_LINES:
                text = parts.memory.text(name)
                yield from parts.store()
                missing = parts.speech.refusal(ErrorCode.EEPROM_READ_FAILED)
                parts.processor.say(missing if text is None else f"${name}={text}")
            return
        _require(self.supervisor.phase is Phase.IDLE, ErrorCode.NOT_IDLE)
        number, text = _assignment(line[2:])
        yield from self.executor.perform(self.executor.understood(text))
        yield from self.executor.synchronise()
        parts.memory.write_text(f"N{int(number) & 0xFF}", text)
        yield from parts.store()

    # What is stored.

    def _build_info(self, line: str) -> Work[None]:
        parts, label = self.parts, None
        if line == "$I":
            label = parts.memory.text(BUILD_INFO) or ""
        else:
            _require(line[2] == "=")
            parts.memory.write_text(BUILD_INFO, line[3:])
        yield from parts.store()
        if label is not None:
            parts.processor.say(*parts.speech.build_info(label, CAPACITY))

    def _restore(self, line: str) -> Work[None]:
        _require(line in {"$RST=$", "$RST=#", "$RST=*"})
        yield from self.restore(line[5])
        self.parts.processor.message("Restoring defaults")
        self.supervisor.reset()

    def restore(self, what: str) -> Work[None]:
        """Put factory values back, and take them over."""
        self.parts.memory.restore(what)
        self.parts.configure()
        self.parts.parser.stored = self.parts.memory.points()
        yield from self.parts.store()

    def _set(self, line: str) -> Work[None]:
        memory, speech = self.parts.memory, self.parts.speech
        path, _, word = line[1:].partition("=")
        if named := speech.paths.get(path):
            self._change(named, float(word == "TRUE"))
            return
        key, text = _assignment(line[1:])
        _require(speech.writes(int(key)))
        if int(key) in memory.extras:
            memory.extras[int(key)] = _like(memory.extras[int(key)], text)
            self.parts.due.offset = 0
        else:
            value, rest = leading_number(text)
            _require(not rest and key <= 255)
            self._change(int(key), value)
        memory.write_settings()
        yield from self.parts.store()

    def _change(self, number: int, value: float) -> None:
        """Change a setting of GRBL 1.1h, and take it over."""
        parts = self.parts
        parts.settings.change(number, value)
        parts.configure()
        if number == 13:
            parts.due.offset = 0
        elif number == 21:
            parts.inputs.watched = parts.settings.on(21)
        elif number in {30, 31, 32}:
            parts.tool.write(0)

    _BY_LETTER: ClassVar[dict[str, Callable[[Commands, str], Work[None] | None]]] = {
        "": _tell, "$": _tell, "#": _tell, "C": _toggle_check, "G": _tell, "H": _home,
        "I": _build_info, "J": _jog, "N": _startup_line, "R": _restore, "S": _sleep,
        "X": _unlock,
    }  # fmt: skip


def _require(right: bool, code: ErrorCode = ErrorCode.INVALID_STATEMENT) -> None:
    if not right:
        raise GcodeError(code)


def _assignment(text: str) -> tuple[float, str]:
    """The number before the equals sign and what stands behind it."""
    number, rest = leading_number(text)
    _require(rest[:1] == "=")
    return number, rest[1:]


def _like(old: Extra, text: str) -> Extra:
    """A new value for a setting that only this dialect has: a text, or a number."""
    if isinstance(old, str):
        return text
    value, rest = leading_number(text)
    _require(not rest, ErrorCode.BAD_NUMBER)
    return value
