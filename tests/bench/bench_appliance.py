"""What the service takes of the computer it lives on: memory, processor, and the card's life.

The plotter is simulated in this process, so that the service's figures are its own. Three
pages are open in a real Chromium, each in a profile of its own, while it draws.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.cli.client import ask
from tests.bench.bench_service import pss_mb
from tests.conftest import chromium_path

BROWSERS = 3
IDLE_S = 40
DRAWINGS = 12
QUICK = 40
"""Times real speed, for the bytes: what is written does not depend on it."""
HZ = os.sysconf("SC_CLK_TCK")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


class Running:
    """The service as a process of its own.

    Attributes:
        pid: Its process.
        url: Where its page is.
        ready_s: How long it took until the page answered.
    """

    def __init__(self, pid: int, url: str, ready_s: float) -> None:
        self.pid, self.url, self.ready_s = pid, url, ready_s

    def draw(self) -> int:
        """Ask for a cat; its job."""
        return int(ask(self.url, "jobs", method="POST", body={})["id"])

    def wait(self, job: int) -> float:
        """Wait until it is drawn; the most memory meanwhile, MB of PSS."""
        most = 0.0
        while ask(self.url, f"jobs/{job}")["state"] not in {"done", "failed"}:
            most = max(most, pss_mb(self.pid))
            time.sleep(0.5)
        return most

    def processor_s(self) -> float:
        """Processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / HZ

    def written(self) -> int:
        """Bytes that it had the disk write so far."""
        lines = Path(f"/proc/{self.pid}/io").read_text().splitlines()
        return int(dict(line.split(": ") for line in lines)["write_bytes"])

    def share(self, seconds: float) -> float:
        """Per cent of one core that it takes from now on, for so long."""
        before, begin = self.processor_s(), time.monotonic()
        time.sleep(seconds)
        return 100 * (self.processor_s() - before) / (time.monotonic() - begin)


@contextlib.contextmanager
def running(speed: float) -> Iterator[Running]:
    """The service with a plotter at so many times real speed, its folder on a real disk."""
    profile = Profile.load("simulated")
    with (
        tempfile.TemporaryDirectory(prefix="catplotter-bench-") as folder,
        PtyMachine(settings=profile.grbl, speed=speed) as machine,
    ):
        os.environ["CATPLOTTER_DATA"] = folder
        words = ["--port", machine.port, "--profile", "simulated", "--data", folder]
        words += ["--paper", "A4", "--grid", "6x9", "--listen", "127.0.0.1:0"]
        begin = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-m", "pi_service", "serve", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "The page:" in line)
            yield Running(process.pid, line.split()[-1], time.monotonic() - begin)
            process.terminate()


def main() -> None:
    """Print the figures."""
    print(f"load of the machine, for comparison: {os.getloadavg()[0]:.1f}")
    with running(1) as service:
        print(f"start to ready: {service.ready_s:.2f} s (wanted: seconds)")
        time.sleep(3)
        print(
            f"idle, no page open: {service.share(IDLE_S):.2f} % of a core (wanted: under 2 %)"
        )
        print(f"memory, no page open: {pss_mb(service.pid):.0f} MB PSS")
        with_browsers(service)
    with running(QUICK) as service:
        service.wait(service.draw())
        before = service.written()
        for _ in range(DRAWINGS):
            service.wait(service.draw())
        each = (service.written() - before) / DRAWINGS
        print(f"written to the card: {each / 1e3:.0f} kB a drawing, mean of {DRAWINGS}")
        before = service.written()
        time.sleep(IDLE_S)
        print(f"written while idle for {IDLE_S} s: {service.written() - before} bytes")


def with_browsers(service: Running) -> None:
    """Idle and drawing while pages are open."""
    path = chromium_path()
    if path is None:
        print("No Chromium: skipped.")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        contexts: list[BrowserContext] = [browser.new_context() for _ in range(BROWSERS)]
        for context in contexts:
            context.new_page().goto(service.url)
        time.sleep(2)
        idle = service.share(IDLE_S)
        print(f"idle, {BROWSERS} pages open: {idle:.2f} % of a core (wanted: under 2 %)")
        before, begin = service.processor_s(), time.monotonic()
        most = max(service.wait(service.draw()) for _ in range(2))
        share = 100 * (service.processor_s() - before) / (time.monotonic() - begin)
        print(f"drawing, {BROWSERS} pages open: {share:.1f} % of a core")
        print(f"memory then, at most: {most:.0f} MB PSS (wanted: under 100 MB)")
        browser.close()


if __name__ == "__main__":
    main()
