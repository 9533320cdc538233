"""The service's end of a plug-in's process: started, asked, listened to, ended.

Whatever the plug-in does, each of these returns in time: a process that does not answer, says
nonsense or too much is ended, with all that it has started.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from firmware_gcode.facts import CodedError
from pi_service.plugins.api import Group
from pi_service.plugins.kinds import VARIABLE

logger = logging.getLogger(__name__)

LONGEST_LINE = 10_000_000
"""Bytes: an SVG file as large as the gallery takes."""
LONGEST_TEXT = 300
"""Characters of what a plug-in says that are told on."""
BLOCK = 1 << 16
SHORTEST_SECRET = 4
PASSED_ON = (
    *("PATH", "LANG", "LC_ALL", "TZ", "HOME", "PYTHONPATH", "SSL_CERT_FILE"),
    *("SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "no_proxy", VARIABLE),
)
"""Variables that the process sees: neither the service's secrets nor its line to systemd."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a plug-in may take, seconds.

    Attributes:
        start: A Pi Zero 2 with a cold card imports a large library in about eight.
        answer: For a message or a drawing: mail servers take their time.
        silence: Of a trigger, which is asked to come back from waiting every second.
        test: Somebody waits for a test; a page gives up after eight.
    """

    start: float = 20.0
    answer: float = 45.0
    silence: float = 15.0
    test: float = 6.0


class PluginError(CodedError, RuntimeError):
    """A plug-in did not do what it was asked.

    Attributes:
        own: Whether it is the plug-in's own fault, not that of somebody whom it asked.
    """

    def __init__(self, code: str, /, *, own: bool = True, **params: Any) -> None:
        super().__init__(code, **params)
        self.own = own


class Child:
    """One plug-in's process. For one thread, but for `kill`.

    Args:
        options: None: it is only asked what options it has.
        secrets: What is taken out of everything that it says.
        patience: How long it may take.
        command: How the process is started.
    """

    def __init__(
        self,
        group: Group,
        kind: str,
        options: Mapping[str, str] | None,
        *,
        secrets: Iterable[str] = (),
        patience: Patience | None = None,
        command: tuple[str, ...] = (sys.executable, "-P", "-m", "pi_service.plugins.host"),
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._told = {"group": str(group), "kind": kind, "options": options}
        self._secrets = sorted(pieces(secrets), key=len, reverse=True)
        self._patience = patience or Patience()
        self._command = command
        self._timer = timer
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process's number while it is there."""
        return None if self._process is None else self._process.pid

    def start(self) -> dict[str, Any]:
        """Start the process; gives what it says of itself: ``options``, ``needs``.

        Raises:
            PluginError: It does not become ready.
        """
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise PluginError("plugin-ended", why=self._clean(str(error))) from error
        ready: dict[str, Any] = self._ask(self._told, self._patience.start, "ready")
        return ready

    def ask(self, what: Mapping[str, Any]) -> Any:
        """One question; gives the answer.

        Raises:
            PluginError: There was none in time, or what it says of why it could not.
        """
        return self._ask(what, self._patience.answer, "done")

    def hear(self, within_s: float) -> dict[str, Any] | None:
        """The next thing that it says by itself; None if it says nothing for so long.

        Raises:
            PluginError: It has ended, or says nonsense.
        """
        line = self._line(within_s)
        if line is None:
            return None
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise self._ended("plugin-nonsense")
        if "failed" in said:
            raise self._failed(said)
        return said

    def kill(self) -> None:
        """End the process and what it has started, from any thread: who waits hears of it."""
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it; returns when it is gone."""
        self.kill()
        process, self._process = self._process, None
        if process is None:
            return
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._lines.clear()
        self._rest = b""

    def _ask(self, what: Mapping[str, Any], within_s: float, name: str) -> Any:
        process = self._process
        if process is None or process.stdin is None:
            raise PluginError("plugin-ended", why="?")
        with suppress(OSError):  # why it has gone is heard below
            process.stdin.write(json.dumps(what).encode() + b"\n")
        said = self.hear(within_s)
        if said is None:
            raise self._ended("plugin-hangs", seconds=round(within_s))
        if name not in said:
            raise self._ended("plugin-nonsense")
        return said[name]

    def _line(self, within_s: float) -> bytes | None:
        """The next line, or None after so long without one."""
        process = self._process
        if process is None or process.stdout is None:
            raise PluginError("plugin-ended", why="?")
        until = self._timer() + within_s
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not self._lines:
                left = until - self._timer()
                if left <= 0 or not selector.select(left):
                    return None
                block = os.read(process.stdout.fileno(), BLOCK)
                if not block:
                    raise self._ended("plugin-ended", why=_code(process))
                *whole, self._rest = (self._rest + block).split(b"\n")
                self._lines.extend(whole)
                if len(self._rest) > LONGEST_LINE:
                    raise self._ended("plugin-floods")
        return self._lines.popleft()

    def _failed(self, said: Mapping[str, Any]) -> PluginError:
        text = self._clean(str(said["failed"]))
        for line in said.get("trace") or ():
            logger.warning("%s: %s", self._told["kind"], self._clean(str(line)).rstrip())
        return PluginError("text", own=bool(said.get("own", True)), text=text)

    def _ended(self, code: str, **params: Any) -> PluginError:
        """The error that is told when it is of no more use; the process is ended."""
        self.close()
        return PluginError(code, **params)

    def _clean(self, text: str) -> str:
        """What it says, without a secret of its options."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return " ".join(text.split())[:LONGEST_TEXT]


def pieces(secrets: Iterable[str]) -> set[str]:
    """Secrets, and the parts of addresses that are ones: an error may tell only a part."""
    found = set()
    for each in secrets:
        found.add(each)
        try:
            address = urlsplit(each)
        except ValueError:
            continue
        if address.scheme and address.netloc:
            parts = [*address.path.split("/"), address.query, address.password or ""]
            parts.append(address.netloc)
            found |= {*parts, *map(unquote, parts), address.path}
    return {each for each in found if len(each) >= SHORTEST_SECRET}


def _code(process: subprocess.Popen[bytes]) -> str:
    """How a process has ended, as far as that is known within a moment."""
    try:
        return str(process.wait(1.0))
    except subprocess.TimeoutExpired:
        return "?"
