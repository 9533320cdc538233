"""A plotter as a member of a fleet: tells the broker what it does, and does as it is told.

Whatever becomes of the broker, the plotter goes on: the connection is made again by itself,
and what holds then is told then.
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
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from firmware_gcode.facts import Fact, fact, sentence
from pi_service.fleet.commands import Answered, Command, CommandError, read_command
from pi_service.fleet.discovery import discovery
from pi_service.fleet.membership import Membership
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Job, Request
from pi_service.studio.machine.control import Act
from pi_service.studio.machine.standstill import FLEET

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

logger = logging.getLogger(__name__)

KEEP_ALIVE_S = 20
TELL_EVERY_S = 1.0
LONGEST_RETRY_S = 30


class Member:
    """A member of the fleet.

    Args:
        clock: Seconds since 1970.
        every_s: Seconds between two messages about its state.
    """

    def __init__(
        self,
        studio: Studio,
        membership: Membership,
        *,
        clock: Callable[[], float] = time.time,
        every_s: float = TELL_EVERY_S,
    ) -> None:
        self._every_s = every_s
        self._studio = studio
        self._membership = membership
        self._topics = membership.topics
        self._clock = clock
        self._answered = Answered()
        self._end = threading.Event()
        self._told: str | None = None
        self._client = self._made_client(membership)
        self._thread = threading.Thread(target=self._tell, name="fleet", daemon=True)

    def start(self) -> None:
        """Connect, now or as soon as the broker can be reached."""
        self._client.connect_async(self._membership.host, self._membership.port, KEEP_ALIVE_S)
        self._client.loop_start()
        self._thread.start()

    def close(self) -> None:
        """Say that we leave, and leave."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(5)
        gone = self._client.publish(self._topics.availability, "offline", qos=1, retain=True)
        if gone.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            gone.wait_for_publish(1)
        self._client.disconnect()
        self._client.loop_stop()

    def _made_client(self, membership: Membership) -> mqtt.Client:
        # The session stays while we are away: commands wait at the broker until they expire.
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"catplotter-{self._topics.name}",
            clean_session=False,
        )
        if membership.user is not None:
            client.username_pw_set(membership.user, membership.password)
        if membership.tls:
            client.tls_set()
        client.will_set(self._topics.availability, "offline", qos=1, retain=True)
        client.reconnect_delay_set(1, LONGEST_RETRY_S)
        client.on_connect = self._connected
        client.on_message = self._heard
        return client

    def _connected(
        self, client: mqtt.Client, _data: object, _flags: object, reason: Any, _more: object
    ) -> None:
        if reason.is_failure:
            logger.warning("the broker %s refuses us: %s", self._membership.host, reason)
            return
        about = discovery(self._topics, version("catplotter"))
        client.subscribe(self._topics.command, qos=1)
        client.publish(self._topics.discovery, json.dumps(about), qos=1, retain=True)
        client.publish(self._topics.availability, "online", qos=1, retain=True)
        self._told = None  # tell everything anew
        logger.info(
            "connected to the broker %s as %s", self._membership.host, self._topics.name
        )

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
        done: int | None = None
        while not self._end.wait(self._every_s) and not self._studio.events.closed:
            for event in self._studio.events.read(seen):
                seen = event.id
                if event.kind == "job" and event.data.get("state") == "done":
                    done = event.data["id"]
            if not self._client.is_connected():
                continue
            try:
                self._tell_state()
                if done is not None:
                    self._tell_picture(done)
                    done = None
            except StudioError as error:
                logger.warning("the fleet is told nothing now: %s", error)
            except Exception:
                logger.exception("the fleet goes on after an unexpected error")

    def _tell_state(self) -> None:
        """Tell what has changed; nothing else is sent."""
        text = json.dumps(state(self._studio.snapshot(), self._studio.calendar.next_run()))
        if text != self._told:
            self._client.publish(self._topics.state, text, qos=1, retain=True)
            self._told = text

    def _tell_picture(self, job: int) -> None:
        svg = self._studio.history.svg(job)
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
        "queue": snapshot["queue_length"],
        "places_left": None if sheet is None else sheet["free"],
        "pen_low": bool(pen.get("low")),
        "interrupted": [left["id"] for left in snapshot["interrupted"]],
        "problems": snapshot["problems"],
        "next_run": next_run,
    }
