"""What the doctor looks at by itself: the computer, its groups and pins, clock, disk, name."""

from __future__ import annotations

import grp
import importlib.util
import os
import platform
import pwd
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

UNIT = "catplotter.service"
JOBS = ("catplotter-backup.service", "catplotter-tidy.service")
PYTHONS = (3, 11), (3, 13)
ENOUGH_MB = 500
LATE_DAYS = 3.0
"""After so many days without a new backup something is wrong with the daily one."""
EARLIEST = 1_750_000_000.0
"""Seconds since 1970; a clock before that has not been set since it was switched on."""
DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What the doctor found.

    Attributes:
        text: A sentence; where something lacks, it says what to do.
    """

    name: str
    ok: bool
    text: str


def lacks(name: str, text: str) -> Finding:
    """Something that is not as it should be; the text says what to do."""
    return Finding(name, False, text)


def output_of(command: Sequence[str]) -> str | None:
    """What a command prints; None if it is not there or fails."""
    try:
        done = subprocess.run(  # noqa: S603 - our own commands, no shell
            command, capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@dataclass(frozen=True)
class HostChecks:
    """The computer that is looked at.

    Attributes:
        root: The root of its file system; another folder in tests.
        clock: Seconds since 1970.
    """

    data: Path
    root: Path = Path("/")
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], float] = time.time
    ask: Callable[[Sequence[str]], str | None] = output_of

    def findings(self) -> Iterator[Finding]:
        """Everything, in the order in which it matters."""
        yield self.python()
        yield self.pins()
        yield self.groups()
        yield self.time()
        yield self.disk()
        yield self.name()
        yield from self.unit()
        yield from self.backups()

    def python(self) -> Finding:
        """Python and the libraries."""
        known = PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]
        missing = list(_missing())
        where = f"Python {platform.python_version()} on {platform.machine()}"
        if missing:
            return lacks("python", f"{where} lacks {', '.join(missing)}: install anew.")
        if not known:
            return lacks("python", f"{where} was never tried; 3.11 to 3.13 were.")
        return Finding("python", True, f"{where}, and all libraries.")

    def pins(self) -> Finding:
        """GPIO, and what gpiozero reaches it by."""
        board = (
            text_of(self.root / "proc/device-tree/model").strip("\0\n ")
            or "no board with GPIO"
        )
        chips = sorted(path.name for path in (self.root / "dev").glob("gpiochip*"))
        if not chips:
            ok = "Raspberry Pi" not in board
            advice = "no /dev/gpiochip: is this a container?" if not ok else "no pins"
            return Finding(
                "gpio", ok, f"{board}; {advice}. The page and the clock do without."
            )
        factory = self.environ.get("GPIOZERO_PIN_FACTORY", "lgpio")
        if importlib.util.find_spec(factory) is None:
            return lacks(
                "gpio",
                f"{board}: the pin factory {factory} is not installed, so the button is dead: "
                "sudo apt install python3-lgpio, then sudo systemctl restart catplotter.",
            )
        return Finding("gpio", True, f"{board}, {', '.join(chips)}, pin factory {factory}.")

    def groups(self) -> Finding:
        """Whether whoever runs the service may open serial port and pins."""
        wanted = {"dialout", "gpio"}
        missing = sorted(name for name in wanted if not _group(name))
        user = "catplotter"
        try:
            pwd.getpwnam(user)
        except KeyError:
            user = pwd.getpwuid(os.geteuid()).pw_name
            return self._own_groups(user, wanted - set(missing))
        if missing:
            return lacks(
                "groups",
                f"There is no group {' or '.join(missing)}: sudo make install.",
            )
        return Finding("groups", True, f"The service runs as {user}, with dialout and gpio.")

    def _own_groups(self, user: str, wanted: set[str]) -> Finding:
        mine = {_group(name) for name in wanted} & set(os.getgroups())
        outside = sorted(name for name in wanted if _group(name) not in mine)
        if outside and os.geteuid() != 0:
            return lacks(
                "groups",
                f"{user} may not use serial ports or pins: "
                f"sudo usermod -aG {','.join(outside)} {user}, then log in again. "
                "(The installed service has a user of its own.)",
            )
        return Finding("groups", True, f"{user} may open serial ports and pins.")

    def time(self) -> Finding:
        """The clock, by which schedules and opening hours go."""
        now = self.clock()
        words = time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(now))
        if now < EARLIEST:
            return lacks("clock", f"It says {words}: connect the network, or set it.")
        said = self.ask(["timedatectl", "show", "-p", "NTPSynchronized", "--value"])
        kept = {"yes\n": "kept by the network", "no\n": "not kept by the network now"}
        return Finding(
            "clock", True, f"It is {words}, {kept.get(said or '', 'kept by itself')}."
        )

    def disk(self) -> Finding:
        """Room and rights where the service writes."""
        folder = next(path for path in (self.data, *self.data.parents) if path.exists())
        free = shutil.disk_usage(folder).free / 1e6
        if not os.access(folder, os.W_OK):
            return lacks("disk", f"{folder} cannot be written: use sudo, or check it.")
        if free < ENOUGH_MB:
            return lacks("disk", f"{free:.0f} MB are free at {folder}: make room.")
        return Finding("disk", True, f"{free / 1000:.1f} GB are free at {folder}.")

    def name(self) -> Finding:
        """How others on the network find the page."""
        own = socket.gethostname().partition(".")[0]
        if not (self.root / "run/avahi-daemon/pid").exists():
            text = (
                f"This machine is {own}; sudo apt install avahi-daemon makes it {own}.local."
            )
            return Finding("name", True, text)
        return Finding("name", True, f"Others find this machine as {own}.local.")

    def unit(self) -> Iterator[Finding]:
        """What systemd says of the service and of what its timers start."""
        if not (self.root / "etc/systemd/system" / UNIT).exists():
            yield Finding("systemd", True, "Not installed for good (sudo make install does).")
            return
        said = self._show(UNIT, "ActiveState", "SubState", "NRestarts", "MemoryCurrent")
        state = said.get("ActiveState", "unknown")
        words = f"{UNIT} is {state} ({said.get('SubState')}), restarted by systemd "
        words += f"{said.get('NRestarts', '0')} times since it was started"
        if state != "active":
            words += "; journalctl -u catplotter -n 50 says why"
        yield Finding("systemd", state == "active", f"{words}.")
        for job in JOBS:
            result = self._show(job, "Result").get("Result", "success")
            if result != "success":
                yield lacks("systemd", f"{job} failed ({result}): journalctl -u {job} -n 20.")

    def _show(self, unit: str, *properties: str) -> dict[str, str]:
        said = self.ask(["systemctl", "show", unit, "-p", ",".join(properties)]) or ""
        pairs = (line.partition("=") for line in said.splitlines())
        return {key: value for key, _, value in pairs}

    def backups(self) -> Iterator[Finding]:
        """The newest of the daily backups."""
        try:
            found = sorted((self.data / "backups").glob("catplotter-*.tar.gz"))
            newest = found[-1].stat().st_mtime if found else None
        except PermissionError:
            return
        if newest is not None:
            days = (self.clock() - newest) / DAY_S
            words = f"{len(found)} of them, the newest {days:.1f} days old."
            yield Finding("backups", days < LATE_DAYS, words)


def _missing() -> Iterator[str]:
    """The libraries that catplotter asks for and that are not there."""
    for line in requires("catplotter") or ():
        name, _, marker = line.partition(";")
        if "extra ==" in marker or "platform_machine" in marker:
            continue
        library = re.split(r"[<>=!~\[ ]", name.strip(), maxsplit=1)[0]
        try:
            version(library)
        except PackageNotFoundError:
            yield library


def _group(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def text_of(path: Path) -> str:
    """What a file says; nothing where it cannot be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
