"""The link with its thread, on real pseudo-terminals, in real (though quickened) time."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from firmware_gcode.grbl.events import (
    LinkEvent,
    Notice,
    ProgramEnded,
    StateChanged,
    StrokeDrawn,
)
from firmware_gcode.grbl.finder import PlotterFinder
from firmware_gcode.grbl.journal import Record, read_journal
from firmware_gcode.grbl.link import Link, LinkError, LinkState
from firmware_gcode.grbl.port import SerialPort
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program

SPEED = 20.0
Make = Callable[..., Program]


class Witness:
    """Keeps a link's events, and waits for states."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.events: list[LinkEvent] = []
        self._changed = threading.Condition()
        link.subscribe(self._heard)

    def _heard(self, event: LinkEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait(self, what: Callable[[], bool], seconds: float = 20.0) -> None:
        with self._changed:
            assert self._changed.wait_for(what, seconds), (self.link.state, self.events)

    def state(self, state: LinkState, seconds: float = 20.0) -> None:
        self.wait(lambda: self.link.state is state, seconds)

    def said(self, text: str) -> bool:
        return any(text in str(e.reason) for e in self.events if isinstance(e, StateChanged))

    def ended(self) -> ProgramEnded | None:
        found = [event for event in self.events if isinstance(event, ProgramEnded)]
        return found[-1] if found else None


@contextmanager
def linked(
    profile: Profile, find: Callable[[], str | None], journal: Path | None = None
) -> Iterator[Witness]:
    link = Link(find, profile, journal=journal)
    witness = Witness(link)
    link.start()
    try:
        yield witness
    finally:
        link.close()


@pytest.fixture
def machine(profile: Profile, tmp_path: Path) -> Iterator[PtyMachine]:
    with PtyMachine(
        settings=profile.grbl,
        speed=SPEED,
        pen=profile.pen,
        link_path=tmp_path / "plotter",
    ) as simulated:
        yield simulated


def referenced(witness: Witness) -> None:
    witness.state(LinkState.UNREFERENCED)
    witness.link.set_zero()
    witness.state(LinkState.READY)


def test_a_program_is_drawn_and_journalled(
    machine: PtyMachine, profile: Profile, make_program: Make, tmp_path: Path
) -> None:
    program = make_program(profile)
    journal = tmp_path / "data" / "journal"
    with linked(profile, lambda: machine.port, journal) as witness:
        referenced(witness)
        with machine.lock:
            machine.machine.ink.strokes.clear()
        witness.link.draw(program)
        assert witness.link.state is LinkState.DRAWING
        witness.wait(lambda: witness.ended() is not None)
        assert witness.ended() == ProgramEnded("done", 4)
        witness.state(LinkState.READY)
        assert witness.link.position == pytest.approx(profile.park, abs=0.02)
        assert witness.link.fault is None
    drawn = [event.stroke for event in witness.events if isinstance(event, StrokeDrawn)]
    assert drawn == [0, 1, 2, 3]
    record = read_journal(journal)
    assert record is not None
    assert (record.strokes, record.drawn, record.outcome) == (4, 4, "done")
    for inked, wanted in zip(machine.ink, program.strokes, strict=True):
        assert np.allclose(np.array(inked), wanted, atol=0.02)


def test_closing_the_link_stops_the_drawing_with_the_pen_up(
    machine: PtyMachine, profile: Profile, make_program: Make, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    with linked(profile, lambda: machine.port, journal) as witness:
        referenced(witness)
        with machine.lock:
            machine.machine.ink.strokes.clear()
        witness.link.draw(make_program(profile, strokes=30, points=20))
        witness.wait(lambda: any(isinstance(e, StrokeDrawn) for e in witness.events))
    ended = witness.ended()
    assert ended is not None
    assert ended.outcome == "stopped"
    assert "shut down" in str(ended.reason)
    assert witness.link.state is LinkState.ABSENT
    assert not machine.machine.ink.down
    record = read_journal(journal)
    assert record is not None
    assert record.drawn == ended.strokes_drawn > 0
    with pytest.raises(LinkError, match="shut down"):
        witness.link.pen_up()
    witness.link.close()


def test_a_plotter_that_is_unplugged_and_comes_back_under_another_name(
    machine: PtyMachine, profile: Profile, make_program: Make
) -> None:
    with linked(profile, PlotterFinder(machine.port)) as witness:
        referenced(witness)
        witness.link.draw(make_program(profile, strokes=30, points=20))
        witness.wait(lambda: any(isinstance(e, StrokeDrawn) for e in witness.events))
        before = Path(machine.port).readlink()
        machine.unplug()
        witness.wait(lambda: witness.ended() is not None)
        ended = witness.ended()
        assert ended is not None
        assert ended.outcome == "failed"
        assert "unplugged" in str(ended.reason)
        witness.wait(lambda: witness.said("There is no port"))
        taken = [descriptor for _ in range(8) for descriptor in pty.openpty()]
        machine.plug()
        for descriptor in taken:
            os.close(descriptor)
        assert Path(machine.port).readlink() != before
        witness.state(LinkState.UNREFERENCED)
        assert witness.link.fault is None, "it is plugged in again"
        assert not machine.machine.ink.down
        assert len([e for e in witness.events if isinstance(e, ProgramEnded)]) == 1


def test_a_board_that_resets_when_its_port_is_opened(
    profile: Profile, make_program: Make
) -> None:
    with (
        PtyMachine(
            settings=profile.grbl, speed=SPEED, pen=profile.pen, reset_on_open=True
        ) as machine,
        linked(profile, lambda: machine.port) as witness,
    ):
        referenced(witness)
        witness.link.draw(make_program(profile))
        witness.wait(lambda: witness.ended() is not None)
    assert witness.ended() == ProgramEnded("done", 4)


def test_a_port_that_is_in_use_or_missing_is_told_and_tried_again(
    machine: PtyMachine, profile: Profile
) -> None:
    names = ["/dev/ttyNONE"]
    with linked(profile, lambda: names[0]) as witness:
        witness.wait(lambda: witness.said("There is no port /dev/ttyNONE"))
        holder = SerialPort(machine.port, 115200)
        names[0] = machine.port
        witness.wait(lambda: witness.said("in use by another program"))
        assert witness.link.state is LinkState.ABSENT
        with pytest.raises(LinkError, match="Plug it in"):
            witness.link.jog(1, 1)
        holder.close()
        witness.state(LinkState.UNREFERENCED)


def test_no_plotter_at_all(profile: Profile) -> None:
    with linked(profile, lambda: None) as witness:
        witness.wait(lambda: witness.said("No plotter was found"))


@pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")
def test_a_pty_that_another_program_made(
    machine: PtyMachine, profile: Profile, make_program: Make, tmp_path: Path
) -> None:
    path = tmp_path / "by-socat"
    socat = subprocess.Popen(
        ["socat", f"pty,raw,echo=0,link={path}", f"open:{machine.port},raw,echo=0"]
    )
    try:
        with linked(profile, PlotterFinder(str(path))) as witness:
            referenced(witness)
            witness.link.draw(make_program(profile))
            witness.wait(lambda: witness.ended() is not None)
            assert witness.ended() == ProgramEnded("done", 4)
    finally:
        socat.terminate()
        socat.wait(5.0)


@contextmanager
def something_else(speak: Callable[[int, bytes], None], greeting: bytes) -> Iterator[str]:
    """A pty behind which something answers that is not a plotter."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    stop = threading.Event()

    def serve() -> None:
        os.write(master, greeting)
        while not stop.is_set():
            speak(master, os.read(master, 256))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield path
    finally:
        stop.set()
        os.write(slave, b"\n")
        thread.join(5.0)
        os.close(slave)
        os.close(master)


def test_something_that_is_not_grbl(profile: Profile) -> None:
    def gossip(master: int, _: bytes) -> None:
        os.write(master, b"echo:Unknown command\r\n")

    with (
        something_else(gossip, b"start\r\nMarlin 2.1.2\r\n") as path,
        linked(profile, lambda: path) as witness,
    ):
        witness.state(LinkState.FAULTED, 20.0)
        assert "is a Marlin" in str(witness.link.fault)
        assert "Unknown command" in str(witness.link.fault)
        with pytest.raises(LinkError, match="is a Marlin"):
            witness.link.home()


def test_a_machine_that_answers_slowly_behind_noise(
    machine: PtyMachine, profile: Profile, make_program: Make
) -> None:
    """Every chunk takes 60 ms each way, as over a bad radio link."""
    behind = SerialPort(machine.port, 115200)
    stop = threading.Event()

    slow: list[threading.Thread] = []

    def bring_back(master: int) -> None:
        while not stop.is_set():
            time.sleep(0.06)  # the slowness is the test
            if said := behind.read():
                os.write(master, said)

    def bring_on(master: int, data: bytes) -> None:
        if not slow:
            slow.append(threading.Thread(target=bring_back, args=(master,), daemon=True))
            slow[0].start()
        time.sleep(0.06)  # the slowness is the test
        behind.write(data)

    noise = b"\x00\xfe\x81boot v4\r\n<<<|>\r\nok\r\nerror:x\r\n[VER"
    with something_else(bring_on, noise) as path:
        with linked(profile, lambda: path) as witness:
            referenced(witness)
            witness.link.draw(make_program(profile))
            witness.wait(lambda: witness.ended() is not None, 40.0)
            assert witness.ended() == ProgramEnded("done", 4)
        stop.set()
        slow[0].join(5.0)
    behind.close()


def test_a_listener_that_fails_takes_nothing_with_it(
    machine: PtyMachine, profile: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(event: LinkEvent) -> None:
        raise KeyError(event)

    link = Link(lambda: machine.port, profile)
    leave = link.subscribe(fails)
    witness = Witness(link)
    link.start()
    referenced(witness)
    leave()
    link.close()
    assert "A listener failed" in caplog.text


def test_a_listener_may_ask_for_things(machine: PtyMachine, profile: Profile) -> None:
    link = Link(lambda: machine.port, profile)

    def eager(event: LinkEvent) -> None:
        if isinstance(event, StateChanged) and event.state is LinkState.UNREFERENCED:
            link.set_zero()

    link.subscribe(eager)
    witness = Witness(link)
    link.start()
    witness.state(LinkState.READY)
    link.close()


def test_settings_that_are_not_the_profile_s_are_told(profile: Profile) -> None:
    with PtyMachine(settings={**profile.grbl, "$110": 500.0}, speed=SPEED) as machine:  # noqa: SIM117 - the machine must outlive the link
        with linked(profile, lambda: machine.port) as witness:
            witness.state(LinkState.UNREFERENCED)
            notices = [
                str(event.fact) for event in witness.events if isinstance(event, Notice)
            ]
            assert any("$110 is 500, not 8000" in text for text in notices)


def test_a_link_that_was_never_started_can_be_closed(profile: Profile) -> None:
    Link(lambda: None, profile).close()


def test_the_journal_of_a_link_that_was_killed(
    machine: PtyMachine, profile: Profile, tmp_path: Path
) -> None:
    """What the journal left half done makes the next link lift the pen before all else."""
    journal = tmp_path / "journal"
    journal.write_text('{"program":"abc","strokes":4,"drawn":1}\n{"drawn":2}\n')
    assert read_journal(journal) == Record("abc", 4, 3, None)
    with linked(profile, lambda: machine.port, journal) as witness:
        witness.state(LinkState.UNREFERENCED)
        assert machine.machine.shaft[2] == pytest.approx(3.0 * 400, abs=1)
