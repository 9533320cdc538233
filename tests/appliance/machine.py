"""A Debian that runs under systemd-nspawn, from its init up; needs root."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ASK = """
import json, sys, urllib.error, urllib.request
headers = {"Content-Type": "application/json"}
try:  # as the command line of this machine: the staff
    key = json.load(open("/var/lib/catplotter/local.key"))["secret"]
    headers["Authorization"] = "Bearer " + key
except OSError:
    pass
request = urllib.request.Request("http://127.0.0.1:8080" + sys.argv[1], method=sys.argv[2],
    data=sys.argv[3].encode() or None, headers=headers)
try:
    print(urllib.request.urlopen(request, timeout=10).read().decode())
except urllib.error.HTTPError as error:
    print(error.read().decode())
"""
PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class FailedError(Exception):
    """Something that should have been seen was not."""


class Machine:
    """The machine.

    Args:
        root: Its root file system.
        wheels: A folder that it sees as ``/wheels``.
        log: Gets what its console prints.

    Attributes:
        said_by_install: What the installation printed.
    """

    def __init__(self, root: Path, wheels: Path, log: Path) -> None:
        self.root = root
        self.said_by_install = ""
        self._wheels, self._log = wheels, log
        self._process: subprocess.Popen[bytes] | None = None

    def power_on(self) -> None:
        """Boot, and wait until systemd has started everything."""
        words = ["systemd-nspawn", "--register=no", "--keep-unit", "--private-network", "-q"]
        words += [f"--bind-ro={self._wheels}:/wheels", "-bD", str(self.root)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait("the machine to boot", 90, self._booted)

    def power_cut(self) -> None:
        """Everything that runs in it ends at once, without a word."""
        if self._process is not None:
            subprocess.run(["kill", "-9", self._init()], check=True)
            self._process.wait(timeout=30)
            self._process = None

    def run(self, command: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a shell command in the machine, as root, in root's home.

        Raises:
            FailedError: It failed, and `check` says that it may not.
        """
        done = subprocess.run(
            [
                *("nsenter", "-t", self._init(), *["-m", "-u", "-i", "-n", "-p", "-C", "--"]),
                *("env", "-i", f"PATH={PATH}", "HOME=/root", "/bin/sh", "-c"),
                f"cd; {command}",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise FailedError(f"`{command}` failed:\n{done.stdout}{done.stderr}")
        return done

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """What the service answers to a request; None while it does not."""
        data = "" if body is None else json.dumps(body)
        done = self.run(f"python3 -c '{ASK}' '{path}' {method} '{data}'", check=False)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return None

    def pid(self) -> int:
        """The service's process; 0 while it does not run."""
        return int(self.run("systemctl show -P MainPID catplotter").stdout)

    def healthy(self, version: str | None = None) -> bool:
        """Whether the service answers that it is well, in that version if one is given."""
        said = self.ask("/healthz")
        return bool(said) and said.get("status") == "ok" and version in {None, said["version"]}

    def job(self, number: int) -> dict[str, Any]:
        """What the service says of a job; empty while it does not answer."""
        said = self.ask(f"/api/v1/jobs/{number}")
        return said if isinstance(said, dict) else {}

    def _init(self) -> str:
        """The machine's first process, by its number outside."""
        if self._process is None:
            raise FailedError("the machine is off")
        command = ["pgrep", "-P", str(self._process.pid)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if not found.stdout:
            raise FailedError(f"the machine does not run; see {self._log}")
        return found.stdout.split()[0]

    def _booted(self) -> bool:
        try:
            said = self.run("systemctl is-system-running", check=False).stdout.strip()
        except FailedError:
            return False
        return said in {"running", "degraded"}


def wait(what: str, within_s: float, seen: Callable[[], object]) -> float:
    """Wait until something is seen.

    Returns:
        The seconds it took.

    Raises:
        FailedError: It was not seen in time.
    """
    begin = time.monotonic()
    while not seen():
        if time.monotonic() - begin > within_s:
            raise FailedError(f"waited {within_s:.0f} s for {what}, in vain")
        time.sleep(0.2)
    return time.monotonic() - begin
