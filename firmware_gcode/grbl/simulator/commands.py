"""The `$` commands, and the answers to lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import leading_number
from firmware_gcode.grbl.dialects.speech import Extra
from firmware_gcode.grbl.simulator.eeprom import BUILD_INFO, STARTUP_LINES
from firmware_gcode.grbl.simulator.executor import Executor
from firmware_gcode.grbl.simulator.homing import home
from firmware_gcode.grbl.simulator.memory import Memory
from firmware_gcode.grbl.simulator.phases import Event, Phase
from firmware_gcode.grbl.simulator.processor import Work
from firmware_gcode.grbl.simulator.reports import Reporter
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

    supervisor: Supervisor
    memory: Memory
    reporter: Reporter
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
            return self.memory.speech.refusal(error.code)
        return "ok"

    def _command(self, line: str) -> Work[None]:
        letter = line[1:2]
        _require(self.memory.speech.knows(line))
        _require(letter not in {"$", "G", "X", "C"} or len(line) == 2)
        _require(self.supervisor.phase in _PHASES.get(letter, _AT_REST), ErrorCode.NOT_IDLE)
        work = self._BY_LETTER.get(letter, Commands._set)(self, line)
        if work is not None:
            yield from work

    def configure(self) -> None:
        """Let motion and parser take over changed settings."""
        settings, parser = self.memory.settings, self.supervisor.parser
        self.supervisor.drive.configure()
        parser.laser_mode = settings.on(32)
        parser.jog_limits = settings.axes(130) if settings.on(20) else None

    def say_settings(self, _line: str = "$$") -> None:
        """The answer to ``$$``."""
        for text in self.reporter.settings():
            self.supervisor.console.say(text)

    def _help(self, _line: str) -> None:
        self.supervisor.console.say(self.memory.speech.help)

    def _modes(self, _line: str) -> None:
        self.supervisor.console.say(self.reporter.modes())

    def _parameters(self, line: str) -> None:
        _require(line == "$#")
        for text in self.reporter.parameters():
            self.supervisor.console.say(text)

    def _unlock(self, _line: str) -> None:
        if self.supervisor.phase is Phase.ALARM:
            self.supervisor.console.message("Caution: Unlocked")
            self.supervisor.phase = Phase.IDLE

    def _toggle_check(self, _line: str) -> None:
        if self.supervisor.phase is Phase.CHECK:
            self.supervisor.reset()
            self.supervisor.console.message("Disabled")
        else:
            self.supervisor.phase = Phase.CHECK
            self.supervisor.parser.checking = True
            self.supervisor.console.message("Enabled")

    def _sleep(self, line: str) -> None:
        _require(line == "$SLP")
        self.supervisor.events.add(Event.SLEEP)

    def _jog(self, line: str) -> Work[None]:
        _require(line[2:3] == "=")
        try:
            actions = self.executor.understood(line)
        except GcodeError as error:
            if error.code == ErrorCode.TRAVEL_EXCEEDED and self.memory.speech.trims_jogs:
                return  # To the end of its travel, where it stands already.
            raise
        yield from self.executor.perform(actions)
        if self.supervisor.phase is Phase.IDLE and self.supervisor.drive.planned:
            self.supervisor.phase = Phase.JOG
            self.supervisor.drive.trajectory.release()
            self.supervisor.drive.go()

    def _home(self, line: str) -> Work[None]:
        _require(self.memory.settings.on(22), ErrorCode.HOMING_DISABLED)
        _require(line == "$H")
        self.supervisor.phase = Phase.HOMING
        yield from home(self.supervisor)
        self.supervisor.phase = Phase.IDLE
        yield from self.supervisor.processor.busy(self.supervisor.pause_s)
        yield from self.run_startup()

    # Start-up lines.

    def run_startup(self) -> Work[None]:
        """Execute the stored start-up lines."""
        speech = self.memory.speech
        for index in range(STARTUP_LINES):
            line = self.memory.eeprom.read_text(index)
            yield from self.memory.store()
            answer = speech.refusal(ErrorCode.EEPROM_READ_FAILED)
            if line:
                answer = yield from self.answer(line)
            if line != "":
                self.supervisor.console.say(speech.ran.format(line=line or "", answer=answer))

    def _startup_line(self, line: str) -> Work[None]:
        eeprom = self.memory.eeprom
        if line == "$N":
            for index in range(STARTUP_LINES):
                text = eeprom.read_text(index)
                yield from self.memory.store()
                missing = self.memory.speech.refusal(ErrorCode.EEPROM_READ_FAILED)
                self.supervisor.console.say(missing if text is None else f"$N{index}={text}")
            return
        _require(self.supervisor.phase is Phase.IDLE, ErrorCode.NOT_IDLE)
        number, text = _assignment(line[2:])
        yield from self.executor.perform(self.executor.understood(text))
        yield from self.executor.synchronise()
        eeprom.write_text(int(number) & 0xFF, text)
        yield from self.memory.store()

    # What is stored.

    def _build_info(self, line: str) -> Work[None]:
        eeprom = self.memory.eeprom
        if line == "$I":
            label = eeprom.read_text(BUILD_INFO) or ""
            yield from self.memory.store()
            for told in self.memory.speech.build_info(label, CAPACITY):
                self.supervisor.console.say(told)
        else:
            _require(line[2] == "=")
            eeprom.write_text(BUILD_INFO, line[3:])
            yield from self.memory.store()

    def _restore(self, line: str) -> Work[None]:
        _require(line in {"$RST=$", "$RST=#", "$RST=*"})
        yield from self.restore(line[5])
        self.supervisor.console.message("Restoring defaults")
        self.supervisor.reset()

    def restore(self, what: str) -> Work[None]:
        """Put factory values back, and take them over."""
        self.memory.restore(what)
        self.configure()
        self.supervisor.parser.stored = self.memory.points()
        yield from self.memory.store()

    def _set(self, line: str) -> Work[None]:
        memory = self.memory
        path, _, word = line[1:].partition("=")
        if named := memory.speech.paths.get(path):
            memory.settings.change(named, float(word == "TRUE"))
            self._changed(named)
            return
        key, text = _assignment(line[1:])
        number = int(key)
        _require(memory.speech.writes(number))
        if number in memory.extras:
            memory.extras[number] = _like(memory.extras[number], text)
            self.reporter.due.offset = 0
        else:
            value, rest = leading_number(text)
            _require(not rest and key <= 255)
            memory.settings.change(number & 0xFF, value)
            self._changed(number)
        memory.write_settings()
        yield from memory.store()

    def _changed(self, number: int) -> None:
        self.configure()
        if number == 13:
            self.reporter.due.offset = 0
        elif number == 21:
            self.supervisor.inputs.watched = self.memory.settings.on(21)
        elif number in {30, 31, 32}:
            self.supervisor.tool.write(0)

    _BY_LETTER: ClassVar[dict[str, Callable[[Commands, str], Work[None] | None]]] = {
        "": _help, "$": say_settings, "#": _parameters, "C": _toggle_check, "G": _modes,
        "H": _home, "I": _build_info, "J": _jog, "N": _startup_line, "R": _restore,
        "S": _sleep, "X": _unlock,
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
