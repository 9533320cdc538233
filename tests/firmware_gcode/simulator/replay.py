"""The recorded conversations, held in real time with `catplotter simulate` on its port.

Run with ``python -m tests.firmware_gcode.simulator.replay``; ``--load 4`` keeps four processes
busy beside it, and names of cases choose some. Where each step's bytes are sent follows the
recording: so long after the step before as it took then.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.firmware_gcode.simulator.test_sim_transcripts import ids, lines, same

SHARED = Path(os.environ.get("CATPLOTTER_SHARED", Path(__file__).parents[4] / "shared"))
RECORDINGS = SHARED / "data" / "grbl" / "transcripts.json"
LOOK_S = 0.002
"""How often the client looks at its port."""
LATE_S = 0.05
"""A step that begins later than this after its due time moves those behind it."""
GRACE_S = 0.25
"""How much longer than recorded a missing line is waited for."""
STOPPED_MM = 1.0
"""Where a motion was cut short depends on milliseconds."""


class Client:
    """A sender that reads as the one of the recordings did."""

    def __init__(self, port: Path, control: Path) -> None:
        self.port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(control))
        self.due = time.monotonic()

    def control(self, command: str) -> str:
        """Do something to the board."""
        self.socket.sendall(command.encode() + b"\n")
        return self.socket.recv(1000).decode().strip()

    def after(self, seconds: float) -> float:
        """When a step that takes so long ends, `time.monotonic()`.

        Counted from when the step before should have ended, so that what each is late does
        not add up.
        """
        now = time.monotonic()
        self.due = (self.due if now - self.due < LATE_S else now) + seconds
        return self.due

    def ask(self, text: str, seconds: float, wanted: int = 0) -> list[str]:
        """Send something, and gather what comes in the time after it.

        Up to `GRACE_S` longer where fewer lines came than wanted.
        """
        end = self.after(seconds)
        if text:
            os.write(self.port, text.encode("latin-1"))
        said = b""
        while (late := time.monotonic() - end) < 0 or (
            late < GRACE_S and len(lines(said.decode("latin-1"))) < wanted
        ):
            if select.select([self.port], [], [], 0)[0]:
                said += os.read(self.port, 4096)
            else:
                time.sleep(LOOK_S)
        return lines(said.decode("latin-1"))

    def step(self, step: dict[str, Any]) -> tuple[list[str], list[str]]:
        """Do one step; what the machine says, and what the firmware said."""
        if "wait_ms" in step:
            time.sleep(self.after(step["wait_ms"] / 1000) - time.monotonic())
        elif "hardware" in step:
            command = step["hardware"]
            self.control("reset" if command == "power-on" else command)
        elif "poll" in step:
            for _ in range(300):
                said = self.ask("?", step["every_ms"] / 1000)
                if said and said[-1].startswith(step["until"]):
                    break
            return said[-1:], lines(step["last"])[-1:]
        elif "send" in step:
            recorded = lines(step["recv"])
            seconds = step.get("dur_ms", 200) / 1000
            return self.ask(step["send"], seconds, len(recorded)), recorded
        elif "step_pins" in step:
            return [self.control("pos")], [" ".join(map(str, step["step_pins"]))]
        return [], []


def differences(case: dict[str, Any], config: dict[str, str], folder: Path) -> Iterator[str]:
    """The steps of a case that end otherwise than in the recording."""
    port, control = folder / "port", folder / "control"
    (folder / "settings.json").write_text(json.dumps({k: float(v) for k, v in config.items()}))
    options = ["--port", str(port), "--control", str(control)]
    options += ["--settings", str(folder / "settings.json")]
    command = [sys.executable, "-m", "pi_service", "simulate", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            client = Client(port, control)
            client.ask("", 0.2)
            client.control("reset")
            client.ask("", 0.6)
            for index, step in enumerate(case["steps"]):
                got, wanted = client.step(step)
                if "step_pins" in step:
                    pairs = zip(got[0].split(), wanted[0].split(), strict=True)
                    right = all(abs(int(a) - int(b)) <= 80 * STOPPED_MM for a, b in pairs)
                else:
                    right = len(got) == len(wanted) and all(
                        same(g, w, STOPPED_MM) for g, w in zip(got, wanted, strict=True)
                    )
                if not right:
                    yield f"{case['id']} {index}: {step.get('send')!r} {got} not {wanted}"
        finally:
            process.terminate()


def spin() -> None:
    """Keep a processor busy."""
    while True:
        pass


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that never wait."""
    spinners = [multiprocessing.Process(target=spin, daemon=True) for _ in range(count)]
    for spinner in spinners:
        spinner.start()
    yield
    for spinner in spinners:
        spinner.kill()


def main() -> None:
    """Replay, and print what differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="*", default=ids())
    parser.add_argument("--load", type=int, default=0)
    parser.add_argument("--file", type=Path, default=RECORDINGS)
    chosen = parser.parse_args()
    if not chosen.file.is_file():
        parser.error(f"there are no recordings at {chosen.file}: set CATPLOTTER_SHARED")
    data = json.loads(chosen.file.read_text())
    cases = [case for case in data["cases"] if case["id"] in chosen.cases]
    found: list[str] = []
    with busy(chosen.load), tempfile.TemporaryDirectory() as folder:
        for case in cases:
            config = data["meta"]["configs"][case["config"]]
            for told in differences(case, config, Path(folder)):
                print(told, flush=True)
                found.append(told)
    steps = sum(len(case["steps"]) for case in cases)
    print(f"{len(cases)} cases, {steps} steps, {len(found)} different, load {chosen.load}")


if __name__ == "__main__":
    main()
