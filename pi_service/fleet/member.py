"""A plotter as a member of a fleet: tells the broker what it does, and does as it is told.

Whatever becomes of the broker, the plotter goes on: the connection is made again by itself,
and what holds then is told then. Why there is none is told to those who look at the page.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

from firmware_gcode.facts import Fact, fact, sentence
from pi_service.fleet.claim import WAIT_S, Claim, Held
from pi_service.fleet.commands import Answered, Command, CommandError, read_command
from pi_service.fleet.discovery import discovery
from pi_service.fleet.line import Line, why_not_reached, why_refused
from pi_service.fleet.membership import Membership, Topics
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Job, Request
from pi_service.studio.machine.control import Act
from pi_service.studio.machine.standstill import FLEET

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

logger = logging.getLogger(__name__)

TELL_EVERY_S = 1.0
LOOKED_BACK = 20
"""Jobs among which the last cat is looked for at the start."""
LARGEST = 64 * 1024
"""Bytes of the largest message that is taken: more than any command has."""


class Member:
    """A member of the fleet.

    Args:
        clock: Seconds since 1970.
        url: The address of its own page, as others would most likely open it.
        every_s: Seconds between two messages about its state.
        claim_s: Seconds in which another plotter of this name may object.
    """

    def __init__(
        self,
        studio: Studio,
        membership: Membership,
        *,
        clock: Callable[[], float] = time.time,
        url: str | None = None,
        every_s: float = TELL_EVERY_S,
        claim_s: float = WAIT_S,
    ) -> None:
        self._every_s = every_s
        self._url = url
        self._studio = studio
        self._membership = membership
        self._topics = membership.topics
        self._clock = clock
        self._answered = Answered()
        self._end = threading.Event()
        self._told: str | None = None
        self._last: dict[str, Any] | None = None
        self._trouble: Fact | None = None
        self._met = False
        self._claim = Claim(membership.mark, self._call, time.monotonic, wait_s=claim_s)
        self._client = self._made_client(membership)
        self._thread = threading.Thread(target=self._tell, name="fleet", daemon=True)

    def start(self) -> None:
        """Connect, now or as soon as the broker can be reached."""
        self._client.begin()
        self._thread.start()

    def close(self) -> None:
        """Say that we leave, and leave."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(5)
        if self._claim.held is Held.OURS:
            topic = self._topics.availability
            gone = self._client.publish(topic, "offline", qos=1, retain=True)
            if gone.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
                gone.wait_for_publish(1)
        self._client.disconnect()
        self._client.loop_stop()

    def _made_client(self, membership: Membership) -> Line:
        # The session stays while we are away: commands wait at the broker until they expire.
        # Its name is nobody else's, or two plotters would throw each other out for ever.
        name = f"catplotter-{membership.mark}"
        client = Line(membership, name, largest=LARGEST, lasting=True, failed=self._failed)
        client.will_set(self._topics.availability, "offline", qos=1, retain=True)
        client.on_connect = self._connected
        client.on_disconnect = self._left
        client.on_message = self._heard
        client.message_callback_add(self._topics.owner, self._objected)
        client.message_callback_add(self._topics.availability, self._said_to_be)
        return client

    # The connection

    def _connected(
        self, client: mqtt.Client, _data: object, _flags: object, reason: Any, _more: object
    ) -> None:
        host, port = self._membership.host, self._membership.port
        self._met = True
        if reason.is_failure:
            self._report(why_refused(host, port, reason))
            return
        client.subscribe([(self._topics.owner, 0), (self._topics.availability, 0)])
        self._claim.ask()
        logger.info("connected to the broker %s as %s", host, self._topics.name)

    def _failed(self, error: OSError) -> None:
        place = self._membership
        self._report(why_not_reached(place.host, place.port, error, tls=place.tls))

    def _left(self, *_: object) -> None:
        met, self._met = self._met, False
        if not met and not self._end.is_set():  # it hung up before a word
            host, port = self._membership.host, self._membership.port
            self._report(fact("mqtt-hangs-up", host=host, port=port))

    def _report(self, told: Fact | None) -> None:
        """Tell those who look at the page what is wrong with the broker."""
        if told != self._trouble:
            self._trouble = told
            if told is not None:
                logger.warning("%s", told)
        self._studio.problems.report("fleet", told)

    # The name

    def _call(self, text: str) -> None:
        self._client.publish(self._topics.owner, text, qos=0)

    def _objected(self, client: mqtt.Client, _data: object, said: mqtt.MQTTMessage) -> None:
        if self._claim.hear(bytes(said.payload)):
            client.unsubscribe(self._topics.command)

    def _said_to_be(self, client: mqtt.Client, _data: object, said: mqtt.MQTTMessage) -> None:
        """The last will of another one of this name would have us offline."""
        ours = self._claim.held is Held.OURS and not self._end.is_set()
        if ours and bytes(said.payload) == b"offline":
            client.publish(self._topics.availability, "online", qos=1, retain=True)

    def _begin(self) -> None:
        """The name is ours: tell who we are, and do as we are told."""
        client, membership = self._client, self._membership
        about = discovery(self._topics, version("catplotter"))
        if (before := membership.name_before()) is not None:
            old = Topics(before)
            client.unsubscribe(old.command)
            for topic in old.kept:
                client.publish(topic, b"", qos=1, retain=True)
        try:
            membership.remember()
        except OSError as error:
            logger.warning("the name %s is not remembered: %s", self._topics.name, error)
        client.subscribe(self._topics.command, qos=1)
        client.publish(self._topics.discovery, json.dumps(about), qos=1, retain=True)
        client.publish(self._topics.availability, "online", qos=1, retain=True)
        self._told = None  # tell everything anew

    def _look_at_the_name(self) -> bool:
        """Whether the name is ours, while there is a connection."""
        if self._claim.look():
            self._begin()
        ours = self._claim.held is Held.OURS
        if self._claim.contested:
            code = "mqtt-name-twice" if ours else "mqtt-name-taken"
            self._report(fact(code, name=self._topics.name))
        else:
            self._report(None)
        return ours

    # What it is told

    def _heard(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.retain:
            return  # an old command that somebody left there by mistake
        try:
            answer = self._follow(read_command(bytes(message.payload), self._clock()))
        except CommandError as error:
            answer = {"id": error.command_id, **refused(error.fact)}
        except Exception:
            logger.exception("a command could not be followed")
            answer = {"id": None, **refused(fact("command-failed"))}
        self._client.publish(self._topics.answer, json.dumps(answer), qos=1)

    def _follow(self, command: Command) -> dict[str, Any]:
        before = self._answered.known(command.id)
        if before is not None:
            return before
        answer: dict[str, Any] = {"id": command.id, "ok": True}
        try:
            match command.name:
                case "draw":
                    answer["job"] = self._draw(command).id
                case "new_sheet":
                    self._studio.sheets.new_sheet()
                case "stop":
                    told = self._studio.machine.stop(FLEET)
                    answer["sentence"] = " ".join(map(str, told))
                case "approve":
                    answer["job"] = self._studio.approvals.approve(command.approval).id
                case "refuse":
                    self._studio.approvals.refuse(command.approval)
                case act:
                    self._studio.machine.act(Act(act), FLEET)
        except StudioError as error:
            # Not remembered: it may be possible when it is asked again.
            return answer | refused(error.fact)
        self._answered.note(command.id, answer)
        return answer

    def _draw(self, command: Command) -> Job:
        return self._studio.jobs.request(
            Request(
                "fleet",
                class_name=command.class_name,
                seed=command.seed,
                request_key=f"fleet {command.id}",
            )
        )

    # What it tells

    def _tell(self) -> None:
        """Once a second at most, and only what has changed."""
        seen = self._studio.events.last_id
        done = self._last_done()
        while not self._end.wait(self._every_s) and not self._studio.events.closed:
            for event in self._studio.events.read(seen):
                seen = event.id
                if event.kind == "job" and event.data.get("state") == "done":
                    done = event.data["id"]
            if not self._client.is_connected():
                continue
            try:
                if not self._look_at_the_name():
                    continue
                self._tell_state()
                if done is not None:
                    job, done = done, None
                    self._tell_picture(job)
                    self._tell_state()
            except StudioError as error:
                logger.warning("the fleet is told nothing now: %s", error)
            except Exception:
                logger.exception("the fleet goes on after an unexpected error")

    def _last_done(self) -> int | None:
        """The last cat of an earlier run: its picture may never have reached the broker."""
        try:
            jobs = self._studio.jobs.latest(LOOKED_BACK)
        except StudioError:
            return None
        return next((job.id for job in jobs if job.state == "done"), None)

    def _tell_state(self) -> None:
        """Tell what has changed; nothing else is sent."""
        seen = state(self._studio.snapshot(), self._studio.calendar.next_run())
        text = json.dumps(seen | {"last": self._last, "url": self._url})
        if text != self._told:
            self._client.publish(self._topics.state, text, qos=1, retain=True)
            self._told = text

    def _tell_picture(self, job: int) -> None:
        svg, drawn = self._studio.history.svg(job), self._studio.jobs.get(job)
        self._last = {"edition": drawn.edition, "class_name": drawn.class_name}
        self._client.publish(self._topics.image, svg.encode(), qos=1, retain=True)


def refused(told: Fact) -> dict[str, Any]:
    """What is answered to a command that is not followed."""
    return {"ok": False, "sentence": sentence(told), "fact": told.as_dict()}


def state(snapshot: dict[str, Any], next_run: str | None) -> dict[str, Any]:
    """What the fleet is told of a plotter: what changes every moment is left out."""
    job, sheet, pen = snapshot["job"], snapshot["sheet"], snapshot.get("pen") or {}
    return {
        "shown": snapshot["shown"]["state"],
        "state": snapshot["machine"]["state"],
        "sentence": snapshot["shown"]["sentence"],
        "fact": snapshot["shown"]["fact"],
        "stopped": snapshot["stopped"] is not None,
        "job": None if job is None else job["id"],
        "edition": None if job is None else job["edition"],
        "class_name": None if job is None else job["class_name"],
        "queue": snapshot["queue_length"],
        "approvals": snapshot["approvals"],
        "places_left": None if sheet is None else sheet["free"],
        "pen_low": bool(pen.get("low")),
        "interrupted": [left["id"] for left in snapshot["interrupted"]],
        "problems": snapshot["problems"],
        "problem_facts": snapshot["problem_facts"],
        "next_run": next_run,
    }
