"""Many plotters as a broker sees them: they say and follow what `Member` says and follows.

Each has a connection, a last will and retained messages of its own, and all of them run in one
thread; there is no studio behind them. A cat takes as long as `cat_s` says.
"""

from __future__ import annotations

import json
import random
import selectors
import socket
import threading
import time
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

from firmware_gcode.facts import fact, sentence
from pi_service.fleet.commands import CommandError, read_command
from pi_service.fleet.discovery import discovery
from pi_service.fleet.line import KEEP_ALIVE_S, Line
from pi_service.fleet.member import LARGEST, refused
from pi_service.fleet.membership import Broker, Topics
from pi_service.studio.machine.standstill import FLEET

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="148mm" height="210mm" '
    'viewBox="0 0 148 210"><g fill="none" stroke="black">{paths}</g></svg>'
)
SHOWN = {
    "ready": fact("ready"),
    "working": fact("thinking"),
    "drawing": fact("machine-drawing"),
    "stopped": fact("stopped-by", who=FLEET),
    "needs_paper": fact("hold-paper"),
}


class Simulated:
    """One plotter, of which only the side towards the broker is there.

    Args:
        cat_s: Seconds from one cat to the next while it draws by itself; 0: only when told.
    """

    def __init__(self, name: str, port: int, rng: random.Random, cat_s: float) -> None:
        self.topics = Topics(name)
        self.told: list[str] = []
        self._rng, self._cat_s = rng, cat_s
        self._edition = rng.randrange(1, 500)
        self._free, self._shown = 6, "ready"
        self._next = time.monotonic() + rng.random() * cat_s
        where = Broker(host="127.0.0.1", port=port)
        self.client = Line(
            where, f"crowd-{name}", largest=LARGEST, lasting=False, failed=lambda _: None
        )
        self.client.will_set(self.topics.availability, "offline", qos=1, retain=True)
        self.client.on_connect = self._connected
        self.client.on_message = self._heard

    def connect(self) -> None:
        """Connect; it talks whenever the crowd's thread lets it."""
        self.client.connect(
            self.client._broker.host,
            self.client._broker.port,
            KEEP_ALIVE_S,
            clean_start=True,
            properties=self.client._terms,
        )

    @property
    def socket(self) -> socket.socket:
        """Its connection."""
        found = self.client.socket()
        assert isinstance(found, socket.socket)
        return found

    def write(self) -> None:
        """Send what waits."""
        while self.client.want_write():
            self.client.loop_write()

    def live(self) -> None:
        """Go on with what it does, if it is time."""
        if not self._cat_s or time.monotonic() < self._next:
            return
        lasts = 0.1
        if self._shown == "drawing":
            self._finish()
        elif self._shown == "working":
            self._show("drawing")
            lasts = 0.8
        elif self._shown == "ready":
            self._show("working")
        else:  # somebody puts paper in
            self._free = 6
            self._show("ready")
        self._next = time.monotonic() + self._cat_s * lasts

    def _finish(self) -> None:
        self._edition += 1
        self._free -= 1
        self.client.publish(self.topics.image, self._cat(), qos=1, retain=True)
        self._show("ready" if self._free else "needs_paper")

    def _connected(self, *_: Any) -> None:
        about = json.dumps(discovery(self.topics, "0.5.0"))
        self.client.subscribe(self.topics.command, qos=1)
        self.client.publish(self.topics.discovery, about, qos=1, retain=True)
        self.client.publish(self.topics.availability, "online", qos=1, retain=True)
        self._show(self._shown)
        self.client.publish(self.topics.image, self._cat(), qos=1, retain=True)

    def _show(self, shown: str) -> None:
        self._shown = shown
        told = SHOWN[shown]
        cat = {"edition": self._edition, "class_name": "cat"}
        drawing = shown == "drawing"
        state = {
            **{"shown": shown, "state": shown, "sentence": sentence(told)},
            **{"fact": told.as_dict(), "stopped": shown == "stopped"},
            **{"job": 1 if drawing else None, "edition": cat["edition"] if drawing else None},
            **{"class_name": "cat", "queue": 0, "places_left": self._free, "pen_low": False},
            **{"interrupted": [], "problems": [], "problem_facts": [], "next_run": None},
            **{"last": cat, "url": f"http://{self.topics.name}.local:8080/"},
        }
        self.client.publish(self.topics.state, json.dumps(state), qos=1, retain=True)

    def _heard(self, _client: mqtt.Client, _data: object, said: mqtt.MQTTMessage) -> None:
        try:
            command = read_command(bytes(said.payload), time.time())
        except CommandError as error:
            answer = {"id": error.command_id, **refused(error.fact)}
        else:
            answer = {"id": command.id, "ok": True}
            self.told.append(command.name)
            follows = {"draw": "drawing", "stop": "stopped", "resume": "ready"}
            self._show(follows.get(command.name, self._shown))
        self.client.publish(self.topics.answer, json.dumps(answer), qos=1)

    def _cat(self) -> str:
        """As many bytes as a real one has."""
        between, lines = self._rng.uniform, list[str]()
        for _ in range(8):
            points = (f"{between(20, 120):.2f} {between(40, 160):.2f}" for _ in range(60))
            lines.append(" ".join(points))
        return SVG.format(paths="".join(f'<path d="M{line}"/>' for line in lines))


class Crowd:
    """So many plotters, called ``north-1`` and so on. A context manager: connected inside.

    Args:
        port: The broker's.
        cat_s: As `Simulated`.
    """

    def __init__(self, port: int, count: int, *, cat_s: float = 0.0, seed: int = 1) -> None:
        rng = random.Random(seed)
        self.plotters = [
            Simulated(f"north-{number}", port, rng, cat_s) for number in range(1, count + 1)
        ]
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)
        self.busy_s = 0.0

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Cut all connections, as a power cut does: the broker sends each last will."""
        self._end.set()
        self._thread.join(10)

    def _run(self) -> None:
        with selectors.DefaultSelector() as waiting:
            for plotter in self.plotters:
                if self._end.is_set():
                    return
                plotter.connect()
                waiting.register(plotter.socket, selectors.EVENT_READ, plotter)
                plotter.write()
                self._turn(waiting, 0)
            looked = 0.0
            while not self._end.is_set():
                self._turn(waiting, 0.02)
                if time.monotonic() - looked > 0.1:
                    looked = time.monotonic()
                    for plotter in self.plotters:
                        plotter.live()
                        plotter.client.loop_misc()
                        plotter.write()
            for plotter in self.plotters:
                plotter.socket.close()
        self.busy_s = time.thread_time()

    def _turn(self, waiting: selectors.BaseSelector, within_s: float) -> None:
        for key, _ in waiting.select(within_s):
            done = key.data.client.loop_read()
            assert done == MQTTErrorCode.MQTT_ERR_SUCCESS, done
            key.data.write()
