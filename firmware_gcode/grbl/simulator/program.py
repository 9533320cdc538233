"""The controller's program: from power-on and reset to reading lines and answering them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, Final

from firmware_gcode.gcode.errors import ErrorCode, GcodeError, require
from firmware_gcode.gcode.words import leading_number, strip_line
from firmware_gcode.grbl.simulator.board import Board
from firmware_gcode.grbl.simulator.executor import Executor
from firmware_gcode.grbl.simulator.memory import BUILD_INFO, STARTUP_LINES
from firmware_gcode.grbl.simulator.phases import Event, Phase
from firmware_gcode.grbl.simulator.processor import FOREVER, Restart, Work
from firmware_gcode.grbl.simulator.supervisor import Supervisor
from firmware_gcode.motion import timer
from firmware_gcode.motion.timer import CAPACITY

_COMMAND_S: Final = 0.12e-3
"""To take up a line that begins with ``$``: one byte behind `$110=…` is heard before the first
changed byte of the EEPROM stops the interrupts, and six are lost (`eeprom-swallows-bytes`)."""

_ANY: Final = frozenset(Phase)
_AT_REST: Final = frozenset({Phase.IDLE, Phase.ALARM})
_PHASES: Final = {
    **dict.fromkeys(("", "G", "X"), _ANY),
    "$": _ANY - {Phase.RUN, Phase.HOLDING, Phase.LIMITING},
    "C": frozenset({Phase.IDLE, Phase.CHECK}),
    "J": frozenset({Phase.IDLE, Phase.JOG}),
}
"""Where commands may come that may come elsewhere than at rest, by their letters."""


class Program:
    """Reads the ring of the receiver, line by line, and executes ``$`` commands itself."""

    def __init__(self, board: Board, supervisor: Supervisor) -> None:
        self._board, self._supervisor = board, supervisor
        self._executor = Executor(board, supervisor)

    def run(self) -> Work[None]:
        """From power-on, for ever."""
        board = self._board
        board.processor.deaf = False
        board.processor.say(*board.speech.boot)
        if board.memory.load():
            board.parser.stored = board.memory.points()
            yield from board.store()
        else:
            board.processor.say(board.speech.refusal(ErrorCode.EEPROM_READ_FAILED))
            yield from self._put_back("*")
            board.processor.say(*self._supervisor.reporter.settings())
            yield from board.processor.pay()
        if board.settings.on(22):
            self._supervisor.phase = Phase.ALARM
        while True:
            yield from self._begin()
            try:
                yield from self._serve()
            except Restart:
                continue

    def _begin(self) -> Work[None]:
        """Everything that a reset does; the phase and the motors' position remain."""
        board, supervisor = self._board, self._supervisor
        board.receiver.ring.clear()
        supervisor.clear()
        supervisor.reporter.offset_due = 0
        board.configure()
        board.parser.reset()
        board.inputs.reset()
        board.tool.reset()
        board.reset_overrides()
        yield from supervisor.drop_motion()
        board.drive.free = {0, 1, 2}
        board.processor.say(f"\r\n{board.speech.banner}")

    def _serve(self) -> Work[None]:
        board, supervisor = self._board, self._supervisor
        if board.settings.on(21) and any(board.inputs.limits):
            supervisor.phase = Phase.ALARM
            board.processor.message("Check Limits")
        if supervisor.phase in {Phase.ALARM, Phase.SLEEP}:
            board.processor.message("'$H'|'$X' to unlock")
            supervisor.phase = Phase.ALARM
        else:
            supervisor.phase = Phase.IDLE
            yield from self._run_startup()
        yield from self._read()

    def _read(self) -> Work[None]:
        """Read bytes; those that came while it waited for them are `known` already."""
        supervisor, receiver = self._supervisor, self._board.receiver
        line, known = bytearray(), 0
        while True:
            while receiver.ring:
                byte = receiver.ring.popleft()
                if byte not in b"\n\r":
                    line.append(byte)
                    continue
                yield from self._take_up(line.decode("latin-1"), max(len(line) - known, 0))
                line.clear()
                known = 0
            supervisor.start_planned()
            yield from supervisor.attend()
            if not receiver.ring and not supervisor.asked:
                receiver.draining = True
                yield FOREVER
                receiver.draining = False
                known = len(line) + len(receiver.ring)

    def _take_up(self, raw: str, unread: int) -> Work[None]:
        processor = self._board.processor
        begin = _COMMAND_S if raw.startswith("$") else timer.LINE_S
        yield from processor.pay(begin + timer.CHARACTER_S * unread)
        yield from self._supervisor.attend()
        try:
            answer = yield from self._execute(raw)
        except Restart:
            processor.say("ok")  # A reset answers the line that it interrupts.
            raise
        yield from processor.pay()
        processor.say(answer)

    def _execute(self, raw: str) -> Work[str]:
        """Execute a line, of G-code or a command; returns ``ok`` or the refusal."""
        try:
            line = strip_line(raw)
            if line.startswith("$"):
                yield from self._command(line)
            elif line:
                locked = self._supervisor.phase in {Phase.ALARM, Phase.JOG}
                require(not locked, ErrorCode.LOCKED)
                yield from self._executor.execute(line)
        except GcodeError as error:
            return self._board.speech.refusal(error.code)
        return "ok"

    # Commands.

    def _command(self, line: str) -> Work[None]:
        letter = line[1:2]
        require(self._board.speech.knows(line))
        require(letter not in {"$", "G", "X", "C"} or len(line) == 2)
        require(self._supervisor.phase in _PHASES.get(letter, _AT_REST), ErrorCode.NOT_IDLE)
        work = self._BY_LETTER.get(letter, Program._set)(self, line)
        if work is not None:
            yield from work

    def _tell(self, line: str) -> None:
        """Answer a question."""
        reporter = self._supervisor.reporter
        answers: dict[str, Callable[[], Iterable[str]]] = {
            "$": lambda: [self._board.speech.help],
            "$$": reporter.settings,
            "$G": lambda: [reporter.modes()],
            "$#": reporter.parameters,
        }
        require(line in answers)
        self._board.processor.say(*answers[line]())

    def _unlock(self, _line: str) -> None:
        if self._supervisor.phase is Phase.ALARM:
            self._board.processor.message("Caution: Unlocked")
            self._supervisor.phase = Phase.IDLE

    def _toggle_check(self, _line: str) -> None:
        if self._supervisor.phase is Phase.CHECK:
            self._supervisor.reset()
            self._board.processor.message("Disabled")
        else:
            self._supervisor.phase = Phase.CHECK
            self._board.parser.checking = True
            self._board.processor.message("Enabled")

    def _sleep(self, line: str) -> None:
        require(line == "$SLP")
        self._supervisor.events.add(Event.SLEEP)

    def _jog(self, line: str) -> Work[None]:
        require(line[2:3] == "=")
        try:
            yield from self._executor.execute(line)
        except GcodeError as error:
            if error.code == ErrorCode.TRAVEL_EXCEEDED and self._board.speech.trims_jogs:
                return  # To the end of its travel, where it stands already.
            raise
        if self._supervisor.phase is Phase.IDLE and self._board.drive.trajectory.blocks:
            self._supervisor.phase = Phase.JOG
            self._board.drive.trajectory.release()
            self._board.drive.go()

    def _home(self, line: str) -> Work[None]:
        supervisor = self._supervisor
        require(self._board.settings.on(22), ErrorCode.HOMING_DISABLED)
        require(line == "$H")
        supervisor.phase = Phase.HOMING
        if alarm := (yield from self._executor.home()):
            supervisor.reset(alarm)
        yield from supervisor.attend()
        supervisor.phase = Phase.IDLE
        yield from self._board.processor.busy(supervisor.pause_s)
        yield from self._run_startup()

    # What is stored.

    def _stored(self, name: str) -> Work[str | None]:
        text = self._board.memory.text(name)
        yield from self._board.store()
        return text

    def _run_startup(self) -> Work[None]:
        """Execute the stored start-up lines."""
        speech = self._board.speech
        for name in STARTUP_LINES:
            line = yield from self._stored(name)
            answer = speech.refusal(ErrorCode.EEPROM_READ_FAILED)
            if line:
                answer = yield from self._execute(line)
            if line != "":
                self._board.processor.say(speech.ran.format(line=line or "", answer=answer))

    def _startup_line(self, line: str) -> Work[None]:
        board = self._board
        if line == "$N":
            missing = board.speech.refusal(ErrorCode.EEPROM_READ_FAILED)
            for name in STARTUP_LINES:
                text = yield from self._stored(name)
                board.processor.say(missing if text is None else f"${name}={text}")
            return
        require(self._supervisor.phase is Phase.IDLE, ErrorCode.NOT_IDLE)
        number, text = _assignment(line[2:])
        yield from self._executor.execute(text)
        yield from self._executor.synchronise()
        board.memory.write_text(f"N{int(number) & 0xFF}", text)
        yield from board.store()

    def _build_info(self, line: str) -> Work[None]:
        board = self._board
        if line == "$I":
            label = yield from self._stored(BUILD_INFO)
            board.processor.say(*board.speech.build_info(label or "", CAPACITY))
            return
        require(line[2] == "=")
        board.memory.write_text(BUILD_INFO, line[3:])
        yield from board.store()

    def _restore(self, line: str) -> Work[None]:
        require(line in {"$RST=$", "$RST=#", "$RST=*"})
        yield from self._put_back(line[5])
        self._board.processor.message("Restoring defaults")
        self._supervisor.reset()

    def _put_back(self, what: str) -> Work[None]:
        """Put factory values back, and take them over."""
        self._board.memory.restore(what)
        self._board.configure()
        self._board.parser.stored = self._board.memory.points()
        yield from self._board.store()

    def _set(self, line: str) -> Work[None]:
        memory, speech = self._board.memory, self._board.speech
        path, _, word = line[1:].partition("=")
        if named := speech.paths.get(path):
            self._change(named, float(word == "TRUE"))
            return
        number, text = _assignment(line[1:])
        key = int(number)
        require(speech.writes(key))
        if key in memory.extras:
            own = memory.extras[key]
            memory.extras[key] = text if isinstance(own, str) else _number(text)
            self._supervisor.reporter.offset_due = 0
        else:
            require(number <= 255)
            self._change(key, _number(text))
        memory.write_settings()
        yield from self._board.store()

    def _change(self, number: int, value: float) -> None:
        """Change a setting of GRBL 1.1h, and take it over."""
        self._board.settings.change(number, value)
        self._board.configure()
        if number == 13:
            self._supervisor.reporter.offset_due = 0
        elif number in {30, 31, 32}:
            self._board.tool.write(0)

    _BY_LETTER: ClassVar[dict[str, Callable[[Program, str], Work[None] | None]]] = {
        "": _tell, "$": _tell, "#": _tell, "C": _toggle_check, "G": _tell, "H": _home,
        "I": _build_info, "J": _jog, "N": _startup_line, "R": _restore, "S": _sleep,
        "X": _unlock,
    }  # fmt: skip


def _assignment(text: str) -> tuple[float, str]:
    """The number before the equals sign and what stands behind it."""
    number, rest = leading_number(text)
    require(rest[:1] == "=")
    return number, rest[1:]


def _number(text: str) -> float:
    """A text that is a number and nothing else."""
    value, rest = leading_number(text)
    require(not rest)
    return value
