"""The live stream: server-sent events from the studio's one stream of events.

A listener first gets the whole state, then every event, so it needs no other request and can
never miss what happened in between. A listener that comes back with ``Last-Event-ID`` gets
what it missed, or the whole state again if that is too long ago.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, cast

from flask import Flask, Response, request

from pi_service.studio.access.limiter import network_of
from pi_service.studio.core.events import Event, EventStream
from pi_service.web.access import address, caller
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.schemas.state import EVENTS, EventsHeaders, EventsQuery

MAX_STREAMS = 28
"""Listeners at a time: each holds a thread of the server. Further ones are asked to poll."""

MOST_OF_ONE = 8
"""Of them those at one address,"""

KEPT_BACK = 4
"""and how many places there are beside, for the staff."""

HEARTBEAT = 2.0
"""Seconds of silence after which a sign of life is sent, so that a page notices within
seconds that it has lost the service."""

SLICE = 0.4
"""Seconds that a stream waits before it looks whether it should end."""

RETRY_AFTER = 5
"""Seconds after which a listener that found no place may try again."""

_EXTENSION = "catplotter_streams"
_TELLS = "Each event has a number, a kind, and JSON data of the schema named after it: " + (
    ", ".join(
        f"`{kind}` ({schema.__name__.removesuffix('Schema')})"
        for kind, schema in EVENTS.items()
    )
)


class Streams:
    """Counts the open streams and ends them all when the server closes."""

    def __init__(self, limit: int = MAX_STREAMS) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()
        self._closing = False

    @property
    def open(self) -> int:
        """How many streams are open."""
        with self._lock:
            return self._open.total()

    @property
    def closing(self) -> bool:
        """Whether all streams are asked to end."""
        return self._closing

    def enter(self, asker: str, *, staff: bool) -> Callable[[], None]:
        """Take a place; the returned function gives it back (once, however often called).

        Args:
            asker: Whose it is; see `network_of`.

        Raises:
            ApiError: If all places are taken that they may take, or the server is closing.
        """
        with self._lock:
            places = self._limit + (KEPT_BACK if staff else 0)
            full = self._open.total() >= places or self._open[asker] >= MOST_OF_ONE
            if self._closing or full:
                raise ApiError("streams-too-many", status=503, retry_after=RETRY_AFTER)
            self._open[asker] += 1
        held = threading.Lock()

        def leave() -> None:
            if held.acquire(blocking=False):
                with self._lock:
                    self._open[asker] -= 1
                    if not self._open[asker]:
                        del self._open[asker]

        return leave

    def close(self) -> None:
        """Have all streams end within `SLICE` seconds, and take no new ones."""
        with self._lock:
            self._closing = True


def streams_of(app: Flask) -> Streams:
    """The streams of an app, for whoever closes its server."""
    return cast(Streams, app.extensions[_EXTENSION])


def frame(kind: str, data: Any, event_id: int | None = None) -> bytes:
    """One server-sent event as bytes: its kind, its data as JSON, and its number if any."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    number = f"id: {event_id}\n" if event_id is not None else ""
    return f"event: {kind}\n{number}data: {body}\n\n".encode()


def coalesce(events: list[Event]) -> list[Event]:
    """Leave out every ``progress`` that another follows directly: only the newest counts."""
    kinds = [event.kind for event in events] + [""]
    return [
        event
        for event, following in zip(events, kinds[1:], strict=True)
        if (event.kind, following) != ("progress", "progress")
    ]


class Listener:
    """One open stream, as an iterator over the bytes to send.

    Args:
        after: Number of the last event that the listener knows, or None for none.
        clock: Seconds that never go back.
        heartbeat: Seconds of silence before a sign of life.
    """

    def __init__(
        self,
        source: EventStream,
        streams: Streams,
        *,
        whole_state: Callable[[], dict[str, Any]],
        after: int | None,
        gone: Callable[[], bool],
        clock: Callable[[], float],
        heartbeat: float,
    ) -> None:
        self._events = source
        self._streams = streams
        self._whole_state = whole_state
        self._after = after
        self._gone = gone
        self._clock = clock
        self._heartbeat = heartbeat

    def __iter__(self) -> Iterator[bytes]:
        yield b"retry: 1000\n\n"
        if self._after is None:
            yield self._state()
        spoke_at = self._clock()
        while not (self._streams.closing or self._events.closed or self._gone()):
            frames = self._wait()
            if not frames and self._clock() - spoke_at >= self._heartbeat:
                frames = [frame("heartbeat", {})]
            if frames:
                spoke_at = self._clock()
                yield b"".join(frames)

    def _wait(self) -> list[bytes]:
        events = self._events.read(self._after or 0, timeout=min(SLICE, self._heartbeat))
        if any(event.kind == "reset" for event in events):
            return [self._state()]
        if events:
            self._after = events[-1].id
        return [frame(event.kind, event.data, event.id) for event in coalesce(events)]

    def _state(self) -> bytes:
        state = self._whole_state()
        self._after = int(state["event"])
        return frame("state", state, self._after)


def blueprint(
    streams: Streams,
    source: EventStream,
    whole_state: Callable[[], dict[str, Any]],
    clock: Callable[[], float] = time.monotonic,
    heartbeat: float = HEARTBEAT,
) -> APIBlueprint:
    """The stream at ``/api/v1/events``."""
    routes = APIBlueprint("events", __name__, url_prefix="/api/v1")

    @routes.get("/events")
    @routes.input(EventsHeaders, location="headers")
    @routes.input(EventsQuery, location="query")
    @routes.output(None, media_type="text/event-stream", description=_TELLS, refuses=[503])
    def events(headers_data: dict[str, Any], query_data: dict[str, Any]) -> Response:
        """What happens, as server-sent events: first the state, then every change of it."""
        seen = headers_data["last_seen"]
        leave = streams.enter(network_of(address()), staff=caller().is_staff)
        listener = Listener(
            source,
            streams,
            whole_state=whole_state,
            after=query_data["after"] if seen is None else seen,
            gone=request.environ.get("waitress.client_disconnected", lambda: False),
            clock=clock,
            heartbeat=heartbeat,
        )
        response = Response(iter(listener), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        response.call_on_close(leave)
        return response

    return routes


def add_streams(app: Flask, limit: int) -> Streams:
    """Give an app its streams; see `streams_of`."""
    streams = Streams(limit)
    app.extensions[_EXTENSION] = streams
    return streams
