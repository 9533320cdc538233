"""Ten thousand made-up requests and more to the whole service, held to its own document.

``python -m tests.pi_service.web.fuzz`` starts the service with a simulated plotter in a new
folder, and has schemathesis ask it, with the staff's key and without, whatever the document
allows and much that it does not. No answer may be a 5xx or one that is not declared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gpiozero.pins.mock import MockFactory

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.service import Service, ServiceConfig
from pi_service.studio.access.tokens import LocalKey
from pi_service.web.openapi import PATH

CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
ENDLESS = "/events$"
"""The live stream has no end, which schemathesis would wait for; it has tests of its own."""


def config(folder: Path) -> ServiceConfig:
    """A service on a simulated machine, a hundred times as fast as a real one."""
    return ServiceConfig(
        data=folder,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=None,
        speed=100.0,
        http_port=0,
        pin_factory=MockFactory(),
    )


def fuzz(folder: Path, examples: int, seed: int, more: list[str]) -> int:
    """Start the service and have it asked; gives schemathesis's exit status.

    Args:
        folder: Where the service keeps its data.
        examples: Made-up requests for each operation, beside those on the edges.
        seed: Of the randomness.
        more: Further arguments for schemathesis.
    """
    with Service(config(folder)) as service:
        key = LocalKey.read(folder)
        assert key is not None
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"),
            *(f"http://localhost:{service.web.port}{PATH}", "--seed", str(seed)),
            *("--header", f"Authorization: Bearer {key.secret}"),
            *("--exclude-path-regex", ENDLESS, "--max-examples", str(examples)),
            *("--phases", "examples,coverage,fuzzing", *more),
        ]
        env = {**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)}
        return subprocess.run(command, check=False, cwd=folder, env=env).returncode


def main() -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--examples", type=int, default=250, help="for each operation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("more", nargs="*", help="arguments for schemathesis, after --")
    found = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return fuzz(Path(folder), found.examples, found.seed, found.more)


if __name__ == "__main__":
    sys.exit(main())
