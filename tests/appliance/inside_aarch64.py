"""Runs inside the foreign machine, with nothing but Python's own library: one part at a time.

    python3 inside_aarch64.py machine|install|draw|serve SEEDS

The last line that it prints is JSON.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any

HOME = Path("/root")
SOURCE = HOME / "catplotter"
PAGE = "http://127.0.0.1:8080"
LONGEST_S = 1200


def machine() -> dict[str, Any]:
    """What this is."""
    return {"machine": platform.machine(), "python": platform.python_version()}


def install() -> dict[str, float]:
    """Build the release as `make install` does; what it takes on the disk, by part, in MB."""
    sys.path.insert(0, str(SOURCE))
    from pi_service.appliance import host, release  # noqa: PLC0415 - from the given source
    from pi_service.appliance.places import Places  # noqa: PLC0415

    built = release.build(
        SOURCE, Places(), host.run, python=sys.executable, wheels=Path("/wheels")
    )
    release.switch(Places(), built)
    sizes: defaultdict[str, float] = defaultdict(float)
    for path in built.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            blocks = path.stat().st_blocks * 512 / 1e6
            sizes["all"] += blocks
            sizes[part(path.relative_to(built.folder))] += blocks
    return dict(sorted(sizes.items(), key=lambda item: -item[1])[:8])


def part(path: Path) -> str:
    """The library that a file of the release belongs to."""
    if "site-packages" not in path.parts:
        return "rest"
    return path.parts[path.parts.index("site-packages") + 1]


def command() -> str:
    """The installed command."""
    return "/opt/catplotter/current/venv/bin/catplotter"


def draw(seeds: int) -> dict[str, str]:
    """Each seed's G-code."""
    words = [command(), "draw", "--n", str(seeds), "--seed", "0"]
    subprocess.run([*words, "--gcode", str(HOME / "cat.gcode")], check=True)
    return {str(n): (HOME / f"cat-{n}.gcode").read_text() for n in range(seeds)}


def ask(path: str, body: bytes | None = None) -> Any:
    """The service's answer; None while there is none."""
    request = urllib.request.Request(
        PAGE + path, data=body, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except OSError:
        return None


def serve() -> dict[str, Any]:
    """Start the service, ask for a cat, wait for it, stop the service."""
    subprocess.run(["/sbin/ip", "link", "set", "lo", "up"], check=False)
    words = [command(), "serve", "--simulate-missing", "--speed", "4"]
    begin = time.monotonic()
    with subprocess.Popen([*words, "--data", str(HOME / "data")], cwd="/tmp") as service:  # noqa: S108
        try:
            wait(lambda: ask("/healthz"))
            ready_s = time.monotonic() - begin
            job = wait(lambda: ask("/api/v1/jobs", b"{}"))["id"]
            state = wait(lambda: ended(ask(f"/api/v1/jobs/{job}")))
        finally:
            service.terminate()
            service.wait(timeout=120)
    return {"ready_s": ready_s, "state": state, "exit": service.returncode}


def ended(job: Any) -> str | None:
    """The state of a job that is over."""
    state = job["state"] if job else None
    return state if state in {"done", "failed", "interrupted", "cancelled"} else None


def wait(seen: Any) -> Any:
    """What is seen at last."""
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        if found := seen():
            return found
        time.sleep(0.5)
    raise SystemExit("waited in vain")


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    name, number = sys.argv[1], int(sys.argv[2])
    doing = {"machine": machine, "install": install, "serve": serve}
    print(json.dumps(draw(number) if name == "draw" else doing[name]()))
