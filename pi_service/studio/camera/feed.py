"""One connection to the camera, shared by all who look, and open only while somebody does."""

from __future__ import annotations

import logging
import math
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TypeAlias

from firmware_gcode.facts import Fact, fact
from pi_service.studio.camera import jpeg
from pi_service.studio.camera.errors import CameraError

logger = logging.getLogger(__name__)

Source: TypeAlias = Callable[[Callable[[socket.socket], None]], Generator[bytes, None, None]]
"""Opens the camera, hands the connection on, and gives one picture after the other."""

LINGER_S = 5.0
"""How long it stays open after somebody looked last."""
CHECK_S = 60.0
"""How often one picture is fetched that nobody asks for: a dead camera is told before."""
STILL_S = 1.0
"""Between two snapshots of a camera that sends no stream."""
LONGEST_BACK_OFF_S = 60.0
BAD_IN_A_ROW = 5
"""A stream may have so many broken pictures before it is opened anew."""
MOST_A_SECOND, MOST_BYTES_A_SECOND = 120, 16e6
"""What is read of a stream: a faster one is slowed down, not followed."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the camera.

    Attributes:
        number: They are counted.
        at: When it was here, monotonic seconds.
    """

    number: int
    at: float
    data: bytes


class Feed:
    """The newest picture of a camera, on one thread.

    Args:
        told: Is called with what is wrong with the camera, or None when nothing is any more.
    """

    def __init__(
        self,
        source: Source,
        told: Callable[[Fact | None], None],
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._told = told
        self._timer = timer
        self._changed = threading.Condition()
        self._on = self._closing = False
        self._wanted_until = -math.inf
        self._try_at = self._check_at = -math.inf
        self._failures = 0
        self._number = 0
        self._shot: Shot | None = None
        self._fault: Fact | None = None
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    @property
    def fault(self) -> Fact | None:
        """What is wrong with the camera."""
        return self._fault

    @property
    def connected(self) -> bool:
        """Whether the connection to the camera is open."""
        return self._connection is not None

    def start(self) -> None:
        """Begin; nothing is opened before it is switched on."""
        self._thread.start()

    def close(self) -> None:
        """End, and close the connection."""
        with self._changed:
            self._closing = True
            self._hang_up()
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def switch(self, *, on: bool) -> None:
        """Switch it on or off. Off, there is no connection and no picture."""
        with self._changed:
            self._on = on
            if not on:
                self._shot = None
                self._hang_up()
            self._failures = 0
            self._try_at = self._check_at = -math.inf
            self._changed.notify_all()
        if not on:
            self._tell(None)

    def look(self) -> Shot | None:
        """The newest picture, if there is one; the camera stays open for a while."""
        with self._changed:
            self._want(LINGER_S)
            return self._shot

    def take(self, since: float, patience_s: float) -> Shot | None:
        """The first picture that came at `since` or later (monotonic seconds).

        Waits for it; None if there was none within `patience_s`, or it is switched off.
        """
        until = self._timer() + patience_s
        with self._changed:
            while self._on and not self._closing:
                left = until - self._timer()
                if self._shot is not None and self._shot.at >= since:
                    return self._shot
                if left <= 0:
                    break
                self._want(min(left, LINGER_S))
                self._changed.wait(min(left, 1.0))
        return None

    def _want(self, seconds: float) -> None:
        until = self._timer() + seconds
        if until > self._wanted_until:
            asleep = self._connection is None
            self._wanted_until = until
            if asleep:
                self._changed.notify_all()

    def _run(self) -> None:
        while self._await_turn():
            try:
                self._watch()
            except (CameraError, OSError) as error:
                self._fail(error)
            finally:
                with self._changed:
                    self._connection = None

    def _await_turn(self) -> bool:
        """Wait until the camera is to be opened; False at the end."""
        with self._changed:
            while not self._closing:
                now = self._timer()
                at = now if now < self._wanted_until else self._check_at
                wait = max(at, self._try_at) - now
                if self._on and wait <= 0:
                    self._check_at = now + CHECK_S
                    return True
                self._changed.wait(wait if self._on else None)
        return False

    def _watch(self) -> None:
        bad, began = 0, self._timer()
        with closing(self._source(self._opened)) as pictures:
            for data in pictures:
                try:
                    jpeg.size(data)
                except CameraError:
                    bad += 1
                    if bad >= BAD_IN_A_ROW:
                        raise
                else:
                    bad = 0
                    self._show(data)
                if not self._going():
                    return
                began = self._pace(began, len(data))
        if bad:
            raise CameraError("camera-garbage")
        self._try_at = self._timer() + STILL_S

    def _show(self, data: bytes) -> None:
        with self._changed:
            if not self._on:
                return
            self._number += 1
            self._shot = Shot(self._number, self._timer(), data)
            self._changed.notify_all()
        self._failures = 0
        self._tell(None)

    def _going(self) -> bool:
        """Whether somebody still looks."""
        on = self._on and not self._closing
        return on and self._timer() < self._wanted_until

    def _pace(self, began: float, count: int) -> float:
        """Wait where pictures come faster than they are read; gives when the next begins."""
        least = max(1 / MOST_A_SECOND, count / MOST_BYTES_A_SECOND)
        wait = began + least - self._timer()
        if wait > 0:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or not self._on, wait)
        return self._timer()

    def _opened(self, connection: socket.socket) -> None:
        with self._changed:
            self._connection = connection
            if self._closing or not self._on:
                self._hang_up()

    def _hang_up(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def _fail(self, error: CameraError | OSError) -> None:
        with self._changed:
            if self._closing or not self._on:
                return  # we have hung up
            self._shot = None
            self._failures += 1
            back_off = min(2.0 ** (self._failures - 1), LONGEST_BACK_OFF_S)
            self._try_at = self._timer() + back_off
            self._changed.notify_all()
        why = error.fact if isinstance(error, CameraError) else _unreached(error)
        self._tell(why)

    def _tell(self, told: Fact | None) -> None:
        if told != self._fault:
            self._fault = told
            if told is not None:
                logger.warning("%s", told)
            self._told(told)


def _unreached(error: OSError) -> Fact:
    return fact("camera-unreached", why=error.strerror or str(error) or type(error).__name__)
