"""The service with a camera, without one, and with an address that is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.service import Service, ServiceConfig


@pytest.mark.parametrize(("address", "there"), [("http://127.0.0.1:9/", True), ("cam", False)])
def test_an_address_that_is_none_is_told(tmp_path: Path, address: str, there: bool) -> None:
    config = ServiceConfig(
        data=tmp_path,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=lambda: None,
        http_port=0,
        button_pin=None,
        camera=address,
    )
    with Service(config) as service:
        state = service.studio.snapshot()
        assert (state["camera"] is not None) == there
        codes = [told["code"] for told in state["problem_facts"]]
        assert ("camera-address" in codes) != there


def test_without_a_camera_nothing_of_it_is_loaded() -> None:
    program = (
        "import sys, pi_service.service\n"
        "camera = ('PIL', 'pi_service.studio.camera', 'pi_service.web.routes.camera')\n"
        "sys.exit(any(name.startswith(camera) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
