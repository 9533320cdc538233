"""Which files a press of the button enters on its way to the first line of ink."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from gpiozero.pins.mock import MockFactory

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.exchange import Exchange
from firmware_gcode.grbl.link import Link
from firmware_gcode.grbl.port import Port, SerialPort
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.grbl.travel import Travel
from firmware_gcode.program.profile import Profile
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.display import Board
from pi_service.studio.jobs.store import Store
from pi_service.studio.jobs.worker import Worker
from pi_service.studio.machine.control import Act
from pi_service.studio.studio import Studio
from pi_service.triggers.button import Button
from tests.pi_service.studio.gallery import ZigzagArtist, eventually

REPOSITORY = Path(__file__).resolve().parents[3]
MOST = 28
HANDED_ON = {"button": Worker.look.__code__, "studio-worker": Link.draw.__code__}
"""With the return of which function a thread has handed the press on to the next one."""
ASIDE = {
    Board.look.__code__,
    Worker._tend.__code__,
    Worker._machine_changed.__code__,
    Exchange.received.__code__,
}
"""What the same threads do beside: show the state, look after stocks, hear the machine."""
CHECKS = {Travel.check.__code__, Travel.check_program.__code__}
"""The rule about every line that is sent: one file, whatever interprets G-code for it."""


class Tracer:
    """Notes the files of this repository that run between `begin` and the first inked line."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.inked = threading.Event()
        self._on = False
        self._aside: dict[str, FrameType] = {}
        self._carriers = {"button", "studio-worker", "plotter-link"}

    def begin(self) -> None:
        self._on = True

    def open_port(self, path: str, baud: int) -> Port:
        port, tracer = SerialPort(path, baud), self
        write = port.write

        def watched(data: bytes) -> None:
            write(data)
            if tracer._on and (b"G1" in data or b"G2" in data or b"G3" in data):
                tracer._on = False
                tracer.inked.set()

        port.write = watched  # type: ignore[method-assign] # to see what is sent
        return port

    def hear(self, frame: FrameType, event: str, _: object) -> None:
        thread = threading.current_thread().name
        if thread in self._aside:
            if event == "return" and frame is self._aside[thread]:
                del self._aside[thread]
            return
        if event == "call" and frame.f_code in ASIDE | CHECKS:
            self._aside[thread] = frame
        if not self._on or thread not in self._carriers:
            return
        if frame.f_code in CHECKS:
            self.files.add(frame.f_code.co_filename.removeprefix(f"{REPOSITORY}/"))
        if thread in self._aside:
            return
        if event == "return" and frame.f_code is HANDED_ON.get(thread):
            self._carriers.remove(thread)  # what it does from now on is for others
        if event == "call":
            path = frame.f_code.co_filename.removeprefix(f"{REPOSITORY}/")
            if path.startswith(("pi_service/", "firmware_gcode/")):
                self.files.add(path)


@pytest.fixture
def tracer() -> Iterator[Tracer]:
    before, made = sys.getprofile(), Tracer()
    threading.setprofile(made.hear)
    yield made
    threading.setprofile(before)


def test_a_press_enters_few_rooms_before_the_ink(tmp_path: Path, tracer: Tracer) -> None:
    profile = Profile.load("simulated")
    plotter = PtyMachine(settings=profile.grbl, speed=20.0)
    store, pins = Store.open(tmp_path / "catplotter.sqlite3"), MockFactory()
    link = Link(lambda: plotter.port, profile, open_port=tracer.open_port)
    studio = Studio(
        store=store,
        link=link,
        sketcher=ZigzagArtist(),
        profile=profile,
        paper=Paper.named("A5"),
        settings=StudioSettings(columns=2, rows=2),
    )
    link.start()
    studio.start()
    button = Button(studio, 17, pin_factory=pins)
    try:
        there = {LinkState.UNREFERENCED, LinkState.READY}
        eventually(lambda: link.state in there, timeout=40)
        if link.state is LinkState.UNREFERENCED:
            studio.machine.act(Act.ZERO)
        eventually(lambda: link.state is LinkState.READY, timeout=40)
        plans = studio.worker._prefetch._plans
        eventually(lambda: plans._made and not plans.busy, timeout=40)  # drawn ahead
        eventually(lambda: not link.details.busy and studio.worker._inbox.empty(), timeout=40)
        tracer.begin()
        pins.pin(17).drive_low()
        assert tracer.inked.wait(40)
    finally:
        button.close()
        studio.close()
        link.close()
        store.close()
        plotter.close()
        pins.reset()
    assert "pi_service/triggers/button.py" in tracer.files
    assert len(tracer.files) <= MOST, "\n".join(sorted(tracer.files))
