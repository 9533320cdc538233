"""From the press to the pen, from the start to ready, and memory while drawing."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.request import urlopen

from gpiozero.pins.mock import MockFactory

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.service import Service, ServiceConfig

PIN = 17
PRESSES = 10
PEN_DOWN = re.compile(rb"Z0(?:\D|$)")
"""The simulated profile's pen touches the paper at Z 0."""


def main() -> None:
    """Print the three figures."""
    times = press_to_pen_down(PRESSES)
    print(
        f"press to pen-down command on the wire: median {statistics.median(times):.3f} s, "
        f"worst of {len(times)}: {max(times):.3f} s (wanted: under 1 s)"
    )
    ready, pss = start_and_memory()
    print(f"start to ready (page served, model loaded): {ready:.2f} s (wanted: under 3 s)")
    print(f"memory while drawing, page open: {pss:.0f} MB PSS (wanted: under 100 MB)")


def press_to_pen_down(presses: int) -> list[float]:
    """Seconds from the pin's edge until a pen-down command has arrived at the machine."""
    times = []
    for _ in range(presses):
        pins = MockFactory()
        with _scratch() as folder, Service(_config(folder, pins)) as service:
            _wait_until_ready(service)
            time.sleep(1.0)  # nobody presses in the very second of the start
            assert service.simulated is not None
            arrived = _watch(service.simulated)
            pressed = time.monotonic()
            pins.pin(PIN).drive_low()
            assert arrived.wait(30)
            times.append(time.monotonic() - pressed)
            pins.pin(PIN).drive_high()
    return times


def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="catplotter-bench-")


def _config(folder: str, pins: MockFactory) -> ServiceConfig:
    """The service at real time."""
    return ServiceConfig(
        data=Path(folder),
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=None,
        http_port=0,
        pin_factory=pins,
    )


def _watch(machine: PtyMachine) -> threading.Event:
    """An event that is set when the machine is sent a pen-down command."""
    arrived, write = threading.Event(), machine.machine.write

    def seen(data: bytes) -> None:
        if PEN_DOWN.search(data):
            arrived.set()
        write(data)

    machine.machine.write = seen  # type: ignore[method-assign] # a tap on the wire
    return arrived


def start_and_memory() -> tuple[float, float]:
    """Seconds until the page answers, and PSS in MB of the whole service in mid-drawing."""
    with _scratch() as folder:
        words = ["--simulate-missing", "--data", folder, "--listen", "127.0.0.1:0"]
        started = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-m", "pi_service", "serve", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            line = next(line for line in process.stdout if "http://" in line)
            url = line.split()[-1]
            with urlopen(f"{url}healthz", timeout=10):
                ready = time.monotonic() - started
            with urlopen(f"{url}api/v1/events", timeout=10):  # somebody watches
                process.stdin.write("\n")
                process.stdin.flush()
                time.sleep(10)
                pss = pss_mb(process.pid)
            process.terminate()
    return ready, pss


def pss_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1000


def _wait_until_ready(service: Service, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while service.studio.snapshot()["machine"]["state"] != "ready":
        if time.monotonic() > end:
            raise TimeoutError("the service did not become ready")
        time.sleep(0.02)
