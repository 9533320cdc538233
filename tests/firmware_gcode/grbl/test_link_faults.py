"""The fault matrix: everything that can go wrong, at random instants of a drawing.

Whatever happens: the machine's buffer is never over, the pen ends up, nothing moves
afterwards, the journal is at most one stroke behind the ink and never ahead of it, and when a
person has set the zero again and asks for the rest, no stroke is missing and none is drawn
twice. Where the machine lost its position, nobody can ask where the pen was: the stroke that
it had just finished may be drawn again; nothing else may.

`CATPLOTTER_FAULT_INSTANTS` sets at how many instants each fault is tried on each of the three
machines, `CATPLOTTER_FAULT_SEED` at which, `CATPLOTTER_FAULT_DIALECT` what the machines speak.
The tests try a few; `make faults` tries a hundred.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.dialects.registry import BY_KEY
from firmware_gcode.grbl.events import LinkState, ProgramEnded, ProgramStarted
from firmware_gcode.grbl.journal import read_journal
from firmware_gcode.grbl.port import HALF_OPEN_SECONDS
from firmware_gcode.program.pens.z import ZPen
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import Toolpath
from tests.firmware_gcode.virtual_time import VirtualTimeLink

INSTANTS = int(os.environ.get("CATPLOTTER_FAULT_INSTANTS", "2"))
DIALECT = BY_KEY[os.environ.get("CATPLOTTER_FAULT_DIALECT", "stock")]
SEED = int(os.environ.get("CATPLOTTER_FAULT_SEED", "1"))

AT_REST = {LinkState.READY, LinkState.UNREFERENCED, LinkState.LOCKED, LinkState.PAUSED}
Fault = Callable[[VirtualTimeLink, random.Random], None]


def unplug(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.unplug()
    rehearsal.run(numbers.uniform(0.1, 20.0))
    rehearsal.plug()


def kill(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.restart()
    rehearsal.run(numbers.uniform(0.1, 20.0))
    rehearsal.plug()


def power_cut(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.machine.power_off()
    rehearsal.restart()
    rehearsal.run(1.0)
    rehearsal.machine.power_on()
    rehearsal.plug()


def machine_off_and_on(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.machine.power_off()
    rehearsal.run(numbers.uniform(0.5, 15.0))
    rehearsal.machine.power_on()


def hang(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.machine.faults.stalled = True
    rehearsal.run(numbers.uniform(0.5, 60.0))
    rehearsal.machine.faults.stalled = False


def hold_button(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.machine.set_pin("hold", True)
    rehearsal.run(0.1)
    rehearsal.machine.set_pin("hold", False)


def full_disk(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.session.fail(
        fact("journal-failed", path="journal", why="No space left on device")
    )


def soft_reset(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.machine.write(b"\x18")


def alarm(code: int) -> Fault:
    return lambda rehearsal, _: rehearsal.machine.raise_alarm(code)


def garble(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.machine.faults.add("garble", numbers.randrange(1, 40))


def lose_bytes(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    rehearsal.machine.faults.add("drop", numbers.randrange(1, 9))


def stall(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    """Lost packets are sent again by TCP: everything comes, later."""
    rehearsal.hold()
    rehearsal.run(numbers.uniform(0.05, 7.0))
    rehearsal.release()


def half_open(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    """The other end is gone without a word, until the kernel gives the connection up."""
    rehearsal.mute = True
    rehearsal.run(numbers.uniform(1.0, HALF_OPEN_SECONDS))
    rehearsal.unplug()
    rehearsal.run(numbers.uniform(0.1, 20.0))
    rehearsal.mute = False
    rehearsal.plug()


def second_client(rehearsal: VirtualTimeLink, numbers: random.Random) -> None:
    """Somebody else asks the machine things, and both hear all answers."""
    rehearsal.machine.write(numbers.choice([b"$G\n", b"?$G\n\n", b"\n\n"]))


PENS = ["servo_profile"]
if DIALECT.speech.axes == 3:
    PENS += ["profile", "homing_profile"]

FAULTS: dict[str, Fault] = {
    "stop": lambda rehearsal, _: rehearsal.session.stop(),
    "terminate": lambda rehearsal, _: rehearsal.session.shut(),
    "hold button": hold_button,
    "lost bytes": lose_bytes,
    "damaged byte": lambda rehearsal, _: rehearsal.machine.faults.add("flip", 1),
    "noise from the machine": garble,
    "lost ok": lambda rehearsal, _: rehearsal.machine.faults.add("dropok", 1),
    "doubled ok": lambda rehearsal, _: rehearsal.machine.faults.add("doubleok", 1),
    "alarm 1": alarm(1),
    "alarm 2": alarm(2),
    "alarm 3": alarm(3),
    "soft reset": soft_reset,
    "reset": lambda rehearsal, _: rehearsal.machine.power_on(),
    "machine off and on": machine_off_and_on,
    "hang": hang,
    "full disk": full_disk,
    "unplug": unplug,
    "kill": kill,
    "power cut": power_cut,
    "network stall": stall,
    "half open": half_open,
    "second client": second_client,
}
DAMAGED = {"damaged byte", "lost bytes"}
"""A damaged line can be a valid other line; then a stroke has a corner that nobody wrote."""


@dataclass
class Trial:
    """One drawing with one fault, from the start to the last stroke."""

    fault: str
    numbers: random.Random
    profile: Profile
    toolpath: Toolpath
    rehearsal: VirtualTimeLink
    journal: Path
    problems: list[str] = field(default_factory=list)
    lost: bool = False

    def __post_init__(self) -> None:
        self.program = write_program(self.toolpath, self.profile)
        pen = self.profile.pen
        self.raised = self.rehearsal.machine.shaft[2] if isinstance(pen, ZPen) else 0
        self.step = 1.0 / min(self.profile.grbl["$100"], self.profile.grbl["$101"])

    def expect(self, right: bool, problem: str) -> None:
        if not right:
            self.problems.append(problem)

    def play(self, after: float) -> None:
        rehearsal = self.rehearsal
        rehearsal.session.draw(self.program)
        rehearsal.run(after)
        FAULTS[self.fault](rehearsal, self.numbers)
        self.finish()

    def finish(self) -> None:
        rehearsal = self.rehearsal
        settled = rehearsal.run(120.0, lambda: rehearsal.session.state in AT_REST)
        self.expect(settled, f"it stays {rehearsal.session.state}")
        if not settled:
            return
        self.at_rest()
        self.resume()

    def at_rest(self) -> None:
        rehearsal = self.rehearsal
        rehearsal.run(1.0)
        self.lost = rehearsal.session.state in {LinkState.LOCKED, LinkState.UNREFERENCED}
        self.expect(not self.pen_down(), "the pen is down")
        shaft, started = rehearsal.machine.shaft, self.started()
        rehearsal.run(10.0)
        self.expect(rehearsal.machine.shaft == shaft, "something moved after the stop")
        self.expect(self.started() == started, "it started to draw by itself")
        most = DIALECT.speech.receive_bytes
        self.expect(rehearsal.session.fullest <= most, "the buffer was over")
        self.expect(rehearsal.machine.board.receiver.lost_to_ring == 0, "bytes overflowed")
        self.check_journal()

    def started(self) -> int:
        return sum(isinstance(event, ProgramStarted) for event in self.rehearsal.events)

    def pen_down(self) -> bool:
        """Whether the pen is on the paper in truth, whatever the controller believes."""
        pen = self.profile.pen
        if isinstance(pen, ZPen):
            lower = self.raised - self.rehearsal.machine.shaft[2]
            return bool(lower / self.profile.grbl["$102"] > 0.05)
        return self.rehearsal.machine.ink.down

    def inked(self) -> list[int]:
        """How often each stroke is on the paper from end to end.

        GRBL goes on reading lines while it slows down for a hold, and lifts a servo pen when
        the last motion is cut into steps, not when it is made: the end may lack some tenths.
        Otherwise a stroke that stops more than one step before its end is not whole.
        """
        lacking = self.step if isinstance(self.profile.pen, ZPen) else 1.5
        counts = [0] * len(self.program.strokes)
        for drawn in whole_lines(self.rehearsal.machine.ink.strokes):
            for index, line in enumerate(self.program.strokes):
                same_ends = near(drawn[0], line[0]) and near(drawn[-1], line[-1], lacking)
                same_way = abs(way(drawn) - way(line)) < 0.3 + lacking
                counts[index] += same_ends and same_way
        return counts

    def check_journal(self) -> None:
        record = read_journal(self.journal)
        if record is None:
            self.expect(False, "there is no journal")
            return
        counts = self.inked()
        whole = next((i for i, count in enumerate(counts) if not count), len(counts))
        if self.fault not in DAMAGED:
            self.expect(
                record.drawn <= whole, f"journal {record.drawn} is ahead of ink {whole}"
            )
            self.expect(
                record.drawn >= whole - 1, f"journal {record.drawn} behind ink {whole}"
            )
        for event in self.rehearsal.events:
            if isinstance(event, ProgramEnded):
                self.expect(event.strokes_drawn == record.drawn, "journal and event differ")

    def resume(self) -> None:
        rehearsal, session = self.rehearsal, self.rehearsal.session
        before = self.inked()
        record = read_journal(self.journal)
        assert record is not None
        if record.drawn < len(self.program.strokes):
            if session.state is LinkState.PAUSED:
                session.resume()
            else:
                self.reference()
                rest = write_program(self.toolpath, self.profile, from_stroke=record.drawn)
                session.draw(rest)
            done = rehearsal.run(120.0, lambda: session.state is LinkState.READY)
            self.expect(done, f"the rest ended in {session.state} ({session.fault})")
        servo = not isinstance(self.profile.pen, ZPen)
        again = record.drawn if servo or self.lost else None
        for index, count in enumerate(self.inked()):
            twice = 2 if index == again and before[index] else 1
            damaged = self.fault in DAMAGED and index < record.drawn
            if not damaged:
                self.expect(1 <= count <= twice, f"stroke {index} is drawn {count} times")

    def reference(self) -> None:
        """What a person does: home it, or unlock, put the pen on the corner, set the zero."""
        rehearsal, session = self.rehearsal, self.rehearsal.session
        if self.profile.homing and session.state is not LinkState.READY:
            session.home()
            rehearsal.run(60.0, lambda: session.state is LinkState.READY)
        if session.state is LinkState.LOCKED:
            session.unlock()
            rehearsal.run(5.0, lambda: session.state is LinkState.UNREFERENCED)
        if session.state is LinkState.UNREFERENCED:
            session.set_zero()
            rehearsal.run(5.0, lambda: session.state is LinkState.READY)


def near(one: object, other: object, within: float = 0.03) -> bool:
    return bool(np.allclose(np.array(one), np.array(other), atol=within, rtol=0.0))


def way(line: object) -> float:
    return float(np.hypot(*np.diff(np.array(line), axis=0).T).sum())


def whole_lines(
    strokes: list[list[tuple[float, float]]],
) -> Iterator[list[tuple[float, float]]]:
    """Ink lines, with those joined that a pause at once has cut, and without dots."""
    line: list[tuple[float, float]] = []
    for stroke in strokes:
        if line and near(line[-1], stroke[0]):
            line = [*line, *stroke]
            continue
        if len(line) > 1:
            yield line
        line = list(stroke)
    if len(line) > 1:
        yield line


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of journals are synced in it."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder below it is the test's own
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_at_random_instants(  # noqa: PLR0917 - pytest hands its fixtures over by position
    fault: str,
    pen: str,
    request: pytest.FixtureRequest,
    folder: Path,
    make_ready: Callable[..., VirtualTimeLink],
    make_toolpath: Callable[..., Toolpath],
) -> None:
    profile: Profile = request.getfixturevalue(pen)
    failures = []
    for trial_number in range(INSTANTS):
        name = f"{SEED}/{fault}/{pen}/{trial_number}"
        numbers = random.Random(name)
        journal = folder / f"journal-{trial_number}"
        toolpath = make_toolpath(profile, strokes=4, points=8, seed=numbers.randrange(1000))
        seconds = write_program(toolpath, profile).seconds
        trial = Trial(
            fault, numbers, profile, toolpath, make_ready(profile, journal, DIALECT), journal
        )
        after = numbers.uniform(0.0, 0.85 * seconds)
        trial.play(after)
        failures += [f"{name} after {after:.3f} s: {problem}" for problem in trial.problems]
    assert not failures, "\n".join(failures)


def test_a_damaged_byte_may_be_a_reset_just_before_a_stroke_ends(
    profile: Profile,
    tmp_path: Path,
    make_ready: Callable[..., VirtualTimeLink],
    make_toolpath: Callable[..., Toolpath],
) -> None:
    """Of the last moment before it no report tells: the stroke is drawn, and drawn again."""
    rehearsal = make_ready(profile, tmp_path / "journal")
    toolpath = make_toolpath(profile)
    numbers = random.Random(1)
    trial = Trial("damaged byte", numbers, profile, toolpath, rehearsal, tmp_path / "journal")
    end = toolpath.strokes[0].points[-1]
    rehearsal.session.draw(trial.program)
    ink = rehearsal.machine.ink.strokes
    while not (ink and near(ink[0][-1], end, trial.step)):
        rehearsal.turn()
    rehearsal.machine.write(b"\x18")
    trial.finish()
    assert trial.lost
    assert trial.problems == []
    assert trial.inked() == [2, 1, 1, 1]


def test_the_matrix_would_notice(
    profile: Profile,
    tmp_path: Path,
    make_ready: Callable[..., VirtualTimeLink],
    make_toolpath: Callable[..., Toolpath],
) -> None:
    """A stroke drawn twice, and a pen left down, are problems."""
    rehearsal = make_ready(profile, tmp_path / "journal")
    trial = Trial(
        "stop",
        random.Random(1),
        profile,
        make_toolpath(profile),
        rehearsal,
        tmp_path / "journal",
    )
    for _ in range(2):
        rehearsal.session.draw(trial.program)
        assert rehearsal.run(60.0, lambda: rehearsal.session.state is LinkState.READY)
    assert trial.inked() == [2, 2, 2, 2]
    rehearsal.session.pen_down()
    rehearsal.run(2.0)
    assert trial.pen_down()
