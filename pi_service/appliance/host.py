"""What the appliance asks of the machine around it: commands, files, and whether it lives."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

POLL_S = 0.5


class ApplianceError(RuntimeError):
    """An installation, update or removal that could not be done; says why and what to do."""


def run(command: Sequence[str]) -> str:
    """Run a command to its end; gives what it printed.

    Raises:
        ApplianceError: It is not there or failed; with the end of what it printed.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own commands, no shell
            command, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ApplianceError(f"{command[0]} cannot be run: {error.strerror}.") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-6:]
        raise ApplianceError(f"`{' '.join(command)}` failed:\n  " + "\n  ".join(said))
    return done.stdout


def write(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    fresh.replace(path)


def options(path: Path) -> dict[str, str]:
    """The owner's choices: lines of NAME=value, as systemd reads them."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and line[0] not in "#;")
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


EVERYWHERE = {"0.0.0.0", "[::]"}  # noqa: S104 - read, not listened on


def page(choices: dict[str, str]) -> str:
    """The address at which this machine itself reaches the page."""
    name, port = _listening(choices)
    return f"http://{'127.0.0.1' if name in EVERYWHERE else name}:{port}"


def seen_from_outside(choices: dict[str, str]) -> str:
    """The address at which people will most likely open the page."""
    name, port = _listening(choices)
    own = socket.gethostname().partition(".")[0]
    return f"http://{f'{own}.local' if name in EVERYWHERE else name}:{port}"


def _listening(choices: dict[str, str]) -> tuple[str, str]:
    listen = choices.get("CATPLOTTER_SERVE_LISTEN", "127.0.0.1:8080")
    name, _, port = listen.rpartition(":")
    return name, port


def health(address: str) -> dict[str, Any] | None:
    """What the service says of its health; None while it does not answer, or cannot work.

    A release that cannot read the database answers too, to say so.
    """
    return said(f"{address}/healthz") if said(f"{address}/readyz") else None


def said(address: str) -> dict[str, Any] | None:
    """The JSON object that an address answers; None while it answers none."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
            found = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return None
    return found if isinstance(found, dict) else None


def wait_healthy(
    address: str,
    version: str,
    *,
    within_s: float,
    ask: Callable[[str], dict[str, Any] | None] = health,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Whether the service of that version answers that it is well, before the time is over."""
    until = clock() + within_s
    while clock() < until:
        told = ask(address)
        if told is not None and told.get("status") == "ok" and told.get("version") == version:
            return True
        sleep(POLL_S)
    return False
