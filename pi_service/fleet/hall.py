"""All plotters of a broker as one picture, and a way to tell one or all of them something.

It listens as Home Assistant does, to what plotters say and the broker keeps, and asks none of
them. The network's thread only notes what was said last; everything else is done a few times
a second, so that neither thousands of plotters nor a flood of nonsense piles up anywhere.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware_gcode.facts import Fact, fact
from pi_service.fleet.commands import COMMANDS
from pi_service.fleet.errands import GOOD_FOR_S, Errands
from pi_service.fleet.line import Line, why_not_reached, why_refused
from pi_service.fleet.membership import PREFIX, Broker, Topics, is_name
from pi_service.fleet.sighting import (
    LARGEST_STATE,
    NonsenseError,
    Sighting,
    read_answer,
    read_state,
)
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream

logger = logging.getLogger(__name__)

MOST_PLOTTERS = 2000
"""Names that are listened to; further ones are only counted."""
LARGEST_PICTURE = 512 * 1024
"""Bytes of a message that the broker may send here."""
PICTURES_ROOM = 24_000_000
"""Bytes that all pictures may take, packed; those heard longest ago go first."""
MOST_ANSWERS = 20_000
"""Answers noted between two looks."""
MOST_NOTED = 16_000_000
"""Bytes noted between two looks; then the network's thread waits, and with it the broker."""
PULSE_S = 0.25
"""How often what was heard is looked at, and told to the page; answers at once."""
IDLE_S = 120.0
REST_S = 0.02
"""So long at least between two looks, however many answers come."""
EVENTS_KEPT = 40
"""Changes that a page may have missed; who missed more gets the whole hall again."""
EVENT = "hall"
"""The kind of the events; their data is that of `view`, with changed plotters and ``gone``."""
_TOPIC = re.compile(rf"{PREFIX}/([^/]+)/(availability|state|image|answer)")


class Hall:
    """The plotters of a broker.

    Args:
        broker: Where it is.
        clock: Seconds since 1970.
        timer: Monotonic seconds.
        pulse_s: Seconds between two looks at what was heard.
        idle_s: Nobody having looked for so many seconds it hangs up: fifty plotters that all
            listened to each other for nobody would be 2,500 listeners.

    Attributes:
        events: What changes, for the page.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        pulse_s: float = PULSE_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self.events = EventStream(EVENTS_KEPT, clock=clock)
        self._broker, self._clock, self._pulse_s = broker, clock, pulse_s
        self._timer = timer
        self._lock = threading.Condition(threading.Lock())
        self._noted = 0
        self._plotters: dict[str, Sighting] = {}
        self._views: dict[str, dict[str, Any]] = {}
        self._latest: dict[tuple[str, str], tuple[bytes, bool]] = {}
        self._answers: deque[tuple[str, bytes]] = deque(maxlen=MOST_ANSWERS)
        self._strangers: set[str] = set()
        self._pictures: dict[str, int] = {}
        self._connected = self._met = False
        self._trouble: Fact | None = fact("hall-connecting", host=broker.host)
        self._told: dict[str, Any] = {}
        self._errands = Errands(self._send, clock)
        self._end, self._wake = threading.Event(), threading.Event()
        self._idle_s, self._watchers, self._looked_at = idle_s, 0, float("-inf")
        self._listens = self._hangs_up = False
        self._client = self._made_client(broker)
        self._thread = threading.Thread(target=self._pulse, name="hall", daemon=True)

    def start(self) -> None:
        """Be ready to listen: from the first look on."""
        self._thread.start()

    def watch(self) -> Callable[[], None]:
        """Listen for somebody who watches; the returned function says that they have left."""
        with self._lock:
            self._watchers += 1
            self._begin()

        def leave() -> None:
            with self._lock:
                self._watchers -= 1
                self._looked_at = self._timer()

        return leave

    def _begin(self) -> None:
        """Listen, now or as soon as the broker can be reached."""
        self._looked_at = self._timer()
        if not self._listens and self._thread.is_alive() and not self._end.is_set():
            self._listens = True
            self._trouble = fact("hall-connecting", host=self._broker.host)
            self._client = self._made_client(self._broker)  # paho's loop begins but once
            self._client.begin()

    def _rest_if_alone(self) -> None:
        """Hang up once nobody has looked for a while; what was heard stays."""
        with self._lock:
            alone = self._timer() - self._looked_at > self._idle_s and not self._watchers
            if not alone or not self._listens or self._errands.open:
                return
            self._connected, self._hangs_up = False, True
        self._client.disconnect()
        self._client.loop_stop()
        with self._lock:
            self._listens = self._hangs_up = False
            if self._watchers or self._timer() - self._looked_at < self._idle_s:
                self._begin()  # somebody came meanwhile

    def close(self) -> None:
        """Listen no more."""
        self._end.set()
        self._wake.set()
        self.events.close()
        if self._thread.is_alive():
            self._thread.join(5)
        self._client.disconnect()
        self._client.loop_stop()

    # What others see and ask for

    def view(self) -> dict[str, Any]:
        """The whole hall; the fields are those of `HallSchema`."""
        with self._lock:
            self._begin()
            event = self.events.last_id
            plotters = [self._views[name] for name in sorted(self._views)]
            return {"event": event, "plotters": plotters, **self._rest()}

    def picture(self, name: str) -> str | None:
        """The last cat of a plotter as SVG; None where there is none."""
        with self._lock:
            found = self._plotters.get(name)
            packed = None if found is None else found.picture
        return None if found is None or packed is None else found.svg()

    def command(
        self, command: str, to: Sequence[str] | None, *, class_name: str | None = None
    ) -> dict[str, Any]:
        """Tell plotters to do something.

        Args:
            command: One of `COMMANDS`.
            to: Their names; None for all that are there (a Stop goes to the silent ones too).
            class_name: What to draw; None for each plotter's own choice.

        Returns:
            The errand, as in `view`.

        Raises:
            StudioError: The broker is away, nobody of that name is known, or too much waits.
        """
        if command not in COMMANDS:
            raise StudioError("command-unknown", known=", ".join(COMMANDS))
        more = {} if class_name is None else {"class": class_name}
        with self._lock:
            self._begin()
            self._need_broker()
            if self._errands.full and command != "stop":
                raise StudioError("hall-busy")
            names = self._named(command, to)
            number = f"hall-{secrets.token_hex(8)}"
            return self._errands.begin(number, command, names, more).view()

    def forget(self, name: str) -> None:
        """Have the broker forget a plotter that is not there any more.

        Raises:
            StudioError: It is there, nobody knows it, or the broker is away.
        """
        with self._lock:
            found = self._plotters.get(name)
            if found is None:
                raise StudioError("hall-unknown", name=name[:40])
            if found.online:
                raise StudioError("hall-still-there", name=name)
            self._need_broker()
            for topic in Topics(name).kept:
                self._client.publish(topic, b"", qos=1, retain=True)
            self._drop(name)

    def _need_broker(self) -> None:
        if not self._connected:
            connecting = fact("hall-connecting", host=self._broker.host)
            raise StudioError(self._trouble or connecting)

    def _named(self, command: str, to: Sequence[str] | None) -> list[str]:
        if to is None:
            known = self._plotters.items()
            return sorted(name for name, each in known if each.online or command == "stop")
        for name in to:
            if name not in self._plotters:
                raise StudioError("hall-unknown", name=name[:40])
        return sorted(set(to))

    def _rest(self) -> dict[str, Any]:
        """What is told beside the plotters."""
        trouble = self._trouble
        return {
            "broker": {
                "host": self._broker.host,
                "port": self._broker.port,
                "connected": self._connected,
                "fact": None if trouble is None else trouble.as_dict(),
            },
            "turned_away": len(self._strangers),
            "errands": self._errands.view(),
        }

    # The connection

    def _made_client(self, broker: Broker) -> Line:
        name = f"catplotter-hall-{secrets.token_hex(8)}"
        client = Line(
            broker, name, largest=LARGEST_PICTURE, lasting=False, failed=self._failed
        )
        client.max_inflight_messages_set(200)
        client.on_connect = self._met_broker
        client.on_disconnect = self._left
        client.on_message = self._heard
        return client

    def _met_broker(
        self, client: mqtt.Client, _data: object, _flags: object, reason: Any, _more: object
    ) -> None:
        self._met = True
        if reason.is_failure:
            self._report(why_refused(self._broker.host, self._broker.port, reason))
            return
        kinds = ("availability", "state", "image", "answer")
        client.subscribe([(f"{PREFIX}/+/{kind}", 0) for kind in kinds])
        self._report(None, connected=True)

    def _failed(self, error: OSError) -> None:
        place = self._broker
        self._report(why_not_reached(place.host, place.port, error, tls=place.tls))

    def _left(self, *_: object) -> None:
        met, self._met = self._met, False
        if self._end.is_set() or self._hangs_up:
            return
        code = "hall-broker-gone" if met else "mqtt-hangs-up"
        if met and self._trouble is not None and not self._connected:
            return  # it said why before it hung up
        self._report(fact(code, host=self._broker.host, port=self._broker.port))

    def _report(self, told: Fact | None, *, connected: bool = False) -> None:
        with self._lock:
            changed = told != self._trouble
            self._trouble, self._connected = told, connected
        if changed and told is not None:
            logger.warning("%s", told)

    def _send(self, name: str, text: str) -> None:
        if not self._connected:
            return
        terms: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        terms.MessageExpiryInterval = int(GOOD_FOR_S)
        self._client.publish(Topics(name).command, text, qos=1, properties=terms)

    # What is heard

    def _heard(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        """Note what was said last, and no more: this is the network's thread."""
        try:
            found = _TOPIC.fullmatch(message.topic)
        except UnicodeDecodeError:
            return
        if found is None or not is_name(found[1]):
            return
        name, kind = found.groups()
        payload = bytes(message.payload)
        with self._lock:
            if kind == "answer":
                self._answers.append((name, payload))
                if self._errands.open:
                    self._wake.set()
            elif name in self._plotters or self._let_in(name, payload):
                self._latest[name, kind] = (payload, message.retain)
                self._noted += len(payload)
                self._lock.wait_for(lambda: self._noted < MOST_NOTED, timeout=5)

    def _let_in(self, name: str, payload: bytes) -> bool:
        """Whether there is room for one more plotter; nobody is let in by saying nothing."""
        if not payload:
            return False
        if len(self._plotters) >= MOST_PLOTTERS:
            self._turn_away(name)
            return False
        self._plotters[name] = Sighting(name)
        return True

    def _turn_away(self, name: str) -> None:
        if len(self._strangers) < MOST_PLOTTERS:
            self._strangers.add(name)

    def _pulse(self) -> None:
        while not self._end.wait(REST_S):
            self._wake.wait(self._pulse_s)
            self._wake.clear()
            try:
                self._look()
                self._rest_if_alone()
            except Exception:
                logger.exception("the hall goes on after an unexpected error")

    def _look(self) -> None:
        """Take in what was heard since the last look, and tell the page what has changed."""
        with self._lock:
            latest, self._latest, self._noted = self._latest, {}, 0
            self._lock.notify_all()
            answers = list(self._answers)
            self._answers.clear()
            for (name, kind), (payload, kept) in latest.items():
                self._take(name, kind, payload, kept=kept)
            for name, payload in answers:
                self._take_answer(name, payload)
            self._errands.insist()
            self._make_room()
            changed = [self._renew(name) for name in dict.fromkeys(n for n, _ in latest)]
            plotters = [view for view in changed if view is not None]
            gone = sorted(self._views.keys() - self._plotters.keys())
            for name in gone:
                del self._views[name]
            rest = self._rest()
            if plotters or gone or rest != self._told:
                self._told = rest
                self.events.publish(EVENT, {"plotters": plotters, "gone": gone, **rest})

    def _take(self, name: str, kind: str, payload: bytes, *, kept: bool) -> None:
        found = self._plotters.get(name)
        if found is None:
            return
        now = self._clock()
        try:
            match kind:
                case "availability":
                    self._take_availability(found, payload, now)
                case "state":
                    found.state = read_state(payload) if payload else None
                case _:
                    found.take_picture(payload)
                    self._pictures.pop(name, None)
                    self._pictures[name] = len(found.picture or b"")
            found.nonsense.discard(kind)
        except NonsenseError:
            found.nonsense.add(kind)
        if not kept and found.online:
            found.heard_at = now
        if not found.known:
            self._drop(name)
            if payload:
                self._turn_away(name)

    def _take_availability(self, found: Sighting, payload: bytes, now: float) -> None:
        if payload not in {b"online", b"offline", b""}:
            raise NonsenseError
        online = payload == b"online"
        if found.online and not online:
            found.silent_at = now
        found.online = online if payload else None

    def _take_answer(self, name: str, payload: bytes) -> None:
        if len(payload) > LARGEST_STATE:
            return
        try:
            answer, told = read_answer(payload)
        except NonsenseError:
            return
        self._errands.hear(name, answer, told)

    def _renew(self, name: str) -> dict[str, Any] | None:
        """A plotter's view, if it is another than before."""
        found = self._plotters.get(name)
        if found is None:
            return None
        view = found.view()
        if self._views.get(name) == view:
            return None
        self._views[name] = view
        return view

    def _make_room(self) -> None:
        """Let go of the pictures that were heard longest ago."""
        while sum(self._pictures.values()) > PICTURES_ROOM:
            name = next(iter(self._pictures))
            del self._pictures[name]
            found = self._plotters[name]
            found.picture = found.tag = None
            self._views.pop(name, None)
            self._views[name] = found.view()

    def _drop(self, name: str) -> None:
        self._plotters.pop(name, None)
        self._pictures.pop(name, None)
