"""The service knows its plotter again, and takes another one for it on a person's word."""

from __future__ import annotations

import json
from pathlib import Path

from firmware_gcode.grbl.finder import PlotterFinder
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.service import Service
from tests.e2e.test_service import config, wait_for
from tests.firmware_gcode.grbl.test_link_ports import Device


def test_a_board_that_spoke_grbl_is_remembered_until_a_person_says_otherwise(
    tmp_path: Path,
) -> None:
    profile, memory = Profile.load("simulated"), tmp_path / "data/plotter.json"
    machine = PtyMachine(settings=profile.grbl, speed=40.0, pen=profile.pen)
    board = Device(machine.port, location="1-1.2")
    finder = PlotterFinder(machine.port, devices=lambda: [board])
    with Service(config(tmp_path / "data", find_port=finder)) as service:
        wait_for(memory.exists)
        assert json.loads(memory.read_text())["board"]["socket"] == "1-1.2"
        service.studio.machine.adopt()
        assert not memory.exists()
    machine.close()
