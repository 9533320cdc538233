"""A real mosquitto that can be killed and started again, and somebody who talks through it."""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion


def mosquitto() -> str:
    """The broker's program; skips the test where it is not installed."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if found is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    return found


class RealBroker:
    """A broker on a port of its own, whose sessions outlive it.

    Args:
        folder: For its files.
        port: Its port; None for a free one.
        more: Further lines of its configuration.
        anybody: Whether no password is asked for.
        careful: Whether every change is written down at once, or now and then as usual.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        more: str = "",
        anybody: bool = True,
        careful: bool = True,
    ) -> None:
        self._program = mosquitto()
        with socket.create_server(("127.0.0.1", port or 0)) as free:
            self.port = free.getsockname()[1]
        self._conf = folder / "mosquitto.conf"
        saving = "autosave_interval 1\nautosave_on_changes true\n" if careful else ""
        self._conf.write_text(
            f"listener {self.port} 127.0.0.1\n{more}allow_anonymous {str(anybody).lower()}\n"
            "user root\npersistence true\n"
            f"persistence_location {folder}/\n{saving}"
            "max_queued_messages 0\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to listen; returns when it does."""
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._conf)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            assert time.monotonic() < until, "mosquitto does not listen"
            threading.Event().wait(0.02)

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class Curator:
    """Listens to everything, and tells plotters what to do.

    Args:
        port: The broker's.
    """

    def __init__(self, port: int) -> None:
        self.retained: dict[str, Any] = {}
        self.answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id="curator", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._connected
        self._client.on_message = self._heard
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def tell(self, plotter: str, command: object, *, retain: bool = False) -> None:
        """Publish a command; an object as JSON, bytes as they are."""
        body = command if isinstance(command, bytes) else json.dumps(command)
        self._client.publish(f"catplotter/{plotter}/command", body, qos=1, retain=retain)

    def insist(self, plotter: str, command: dict[str, Any], within_s: float = 60) -> Any:
        """Publish a command again and again until it is answered; the answer."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            self.tell(plotter, command)
            with contextlib.suppress(queue.Empty):
                while (answer := self.answers.get(timeout=1))["id"] != command["id"]:
                    pass
                return answer
        raise AssertionError(f"{plotter} never answered {command}")

    def wait(self, seen: Callable[[dict[str, Any]], object], within_s: float = 10) -> None:
        """Wait until what is retained looks as it should."""
        with self._changed:
            assert self._changed.wait_for(lambda: seen(self.retained), within_s), self.retained

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe([("catplotter/#", 1), ("homeassistant/#", 1)])

    def _heard(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        text = bytes(message.payload).decode()
        if message.topic.endswith("/answer"):
            name = message.topic.split("/")[1]
            self.answers.put({"plotter": name, **json.loads(text)})
            return
        with self._changed:
            self.retained[message.topic] = json.loads(text) if text[:1] == "{" else text
            self._changed.notify_all()
