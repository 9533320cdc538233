"""A listener to the live stream, over a real socket, as a browser would be one."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.005)


@dataclass(frozen=True)
class Message:
    """One server-sent event."""

    kind: str
    data: Any
    id: int | None


class Listening:
    """An open stream; iterating gives its messages.

    Args:
        at: The address of the loopback range that listens.
    """

    def __init__(
        self, port: int, *, headers: dict[str, str] | None = None, at: str = "127.0.0.1"
    ) -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=10, source_address=(at, 0)
        )
        self._connection.request("GET", "/api/v1/events", headers=headers or {})
        self.response = self._connection.getresponse()
        self.status = self.response.status

    def next(self) -> Message:
        """The next message; ends with EOFError when the stream does."""
        fields: dict[str, str] = {}
        while True:
            line = self.response.readline().decode()
            if not line:
                raise EOFError
            if line == "\n" and "event" in fields:
                number = fields.get("id")
                data = json.loads(fields["data"])
                return Message(fields["event"], data, int(number) if number else None)
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = value

    def until(self, kind: str) -> Message:
        """The next message of a kind, leaving out the others; fails after ten seconds."""
        deadline = time.monotonic() + 10
        while (message := self.next()).kind != kind:
            assert time.monotonic() < deadline, f"no {kind} came in time"
        return message

    def close(self) -> None:
        self.response.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
