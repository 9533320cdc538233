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
from firmware_gcode.grbl.link import Link
from firmware_gcode.grbl.port import Port, open_serial
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.store import Store
from pi_service.studio.machine.control import Act
from pi_service.studio.studio import Studio
from pi_service.triggers.button import Button
from tests.pi_service.studio.gallery import ZigzagArtist, eventually

REPOSITORY = Path(__file__).resolve().parents[3]
MOST = 28
ON_THE_WAY = frozenset({"button", "studio-worker", "plotter-link"})
"""The threads that a press goes through; others look on."""


class Tracer:
    """Notes the files of this repository that run between `begin` and the first inked line."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.inked = threading.Event()
        self._on = False

    def begin(self) -> None:
        self._on = True

    def open_port(self, path: str, baud: int) -> Port:
        port, tracer = open_serial(path, baud), self
        write = port.write

        def watched(data: bytes) -> None:
            write(data)
            if tracer._on and (b"G1" in data or b"G2" in data or b"G3" in data):
                tracer._on = False
                tracer.inked.set()

        port.write = watched  # type: ignore[method-assign] # to see what is sent
        return port

    def hear(self, frame: FrameType, event: str, _: object) -> None:
        if self._on and event == "call" and threading.current_thread().name in ON_THE_WAY:
            path = frame.f_code.co_filename
            if (
                path.startswith(str(REPOSITORY))
                and "/tests/" not in path
                and ".venv" not in path
            ):
                self.files.add(path.removeprefix(f"{REPOSITORY}/"))


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
    print("\n".join(sorted(tracer.files)))
    assert "pi_service/triggers/button.py" in tracer.files
    assert len(tracer.files) <= MOST, sorted(tracer.files)
