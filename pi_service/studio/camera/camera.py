"""The camera beside the plotter: its switch and masks, who looks, what is kept of it."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from firmware_gcode.facts import Fact
from pi_service.studio.camera import film, jpeg
from pi_service.studio.camera.album import Album
from pi_service.studio.camera.errors import CameraError
from pi_service.studio.camera.feed import Feed, Shot, Source
from pi_service.studio.camera.jpeg import Mask
from pi_service.studio.camera.source import Address, pictures
from pi_service.studio.camera.viewers import Viewers
from pi_service.studio.core.database import Database, StoreError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import Event, EventStream
from pi_service.studio.core.notices import Problems
from pi_service.studio.jobs.job import JobState
from pi_service.studio.keepsake.darkroom import Darkroom

logger = logging.getLogger(__name__)

FOLDER = "camera"
"""Below the service's data."""
MOST_MASKS = 8
FRAME_EVERY_S = 10.0
"""Between two frames of a sheet while the pen draws."""
SETTLE_S, PATIENCE_S = 1.0, 12.0
"""How long after the end of a drawing it is photographed, and how long that may take."""
LISTEN_S = 5.0
FRESH_S = 0.8
"""So old may a masked picture be that is shown: it takes a while to make."""
_NAME = "camera"


class Camera:
    """What the studio does with a camera; for any thread.

    It is off until somebody of the staff switches it on; off, nothing is connected, shown or
    kept. A camera that does not work is told among the studio's problems, and disturbs nobody.

    Args:
        folder: Where the pictures are kept.
        keep_mb: Megabytes from which on the oldest are let go.
        source: Gives its pictures; None for the streamer at `address`.
    """

    def __init__(
        self,
        address: Address,
        *,
        database: Database,
        events: EventStream,
        problems: Problems,
        folder: Path,
        keep_mb: float,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        free_bytes: Callable[[], int] | None = None,
        source: Source | None = None,
    ) -> None:
        self.album = Album(folder, keep_mb * 1e6, free_bytes)
        self.viewers = Viewers(timer)
        self._limit_mb = keep_mb
        self._database = database
        self._events = events
        self._problems = problems
        self._clock = clock
        self._timer = timer
        source = source or partial(pictures, address, timer=timer)
        self.feed = Feed(source, self._hear, timer=timer)
        self._darkroom = Darkroom()
        # One thread decodes everything: each that did would keep megabytes of its own.
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="decoder")
        self._masking = threading.Lock()
        self._masked: tuple[tuple[Mask, ...], Shot] | None = None
        self._on, self._masks = self._kept()
        self._not_kept: Fact | None = None
        self._drawing: int | None = None
        self._frame_at = 0.0
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="album", daemon=True)

    @property
    def on(self) -> bool:
        """Whether the staff switched it on."""
        return self._on

    def start(self) -> None:
        """Begin."""
        try:
            self.album.start(self._deleted())
        except (OSError, StoreError) as error:
            logger.warning("the camera's pictures cannot be looked through: %s", error)
        self.feed.start()
        self.feed.switch(on=self._on)
        self._report()
        self._thread.start()

    def close(self) -> None:
        """End; no connection is left open."""
        self._closing = True
        self.feed.close()
        if self._thread.is_alive():
            self._thread.join(LISTEN_S + 1.0)
        self._decoder.shutdown(cancel_futures=True)

    def view(self) -> dict[str, Any]:
        """What everybody's page knows of it."""
        return {"on": self._on}

    def as_dict(self) -> dict[str, Any]:
        """What the staff know of it, ready for JSON.

        Returns:
            ``on``; ``masks`` (`Mask`, lists of four); ``connected`` and ``viewers`` now;
            ``photos`` and ``frames`` that are kept, ``used_mb`` of ``limit_mb``; ``fact``:
            what is wrong, or None.
        """
        photos, frames = self.album.counts
        told = self._problem()
        return {
            "on": self._on,
            "masks": [list(mask) for mask in self._masks],
            "connected": self.feed.connected,
            "viewers": len(self.viewers),
            "photos": photos,
            "frames": frames,
            "used_mb": round(self.album.used / 1e6, 1),
            "limit_mb": self._limit_mb,
            "fact": None if told is None else told.as_dict(),
        }

    def decide(
        self, *, on: bool | None = None, masks: Sequence[Mask] | None = None
    ) -> dict[str, Any]:
        """Switch it, or decide what nobody is to see; None leaves as it is. See `as_dict`.

        Raises:
            StudioError: A mask does not lie in the picture, there are too many, or it cannot
                be kept.
        """
        on = self._on if on is None else on
        chosen = self._masks if masks is None else _sound(masks)
        value = json.dumps({"on": on, "masks": chosen})
        try:
            with self._database.write() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)",
                    (_NAME, value),
                )
        except StoreError as error:
            raise StudioError(error.fact) from error
        was, self._on, self._masks = self._on, on, chosen
        self._masked = None
        if on != was:
            self.feed.switch(on=on)
            self._events.publish("camera", self.view())
        self._report()
        return self.as_dict()

    # What is seen

    def look(self, asker: str, viewer: str, *, after: int, staff: bool) -> Shot | None:
        """The newest picture as it may be shown; None if there is no newer one yet.

        Args:
            asker: The network of the address; see `Viewers.enter`.
            after: The number of the picture that this viewer has.

        Raises:
            CameraError: It is off, does not work, or too many look already.
        """
        if not self._on:
            raise CameraError("camera-off")
        if not self.viewers.enter(asker, viewer, staff=staff):
            return None
        shot = self.feed.look()
        if shot is None and (told := self.feed.fault) is not None:
            raise CameraError(told)
        if shot is None or shot.number == after:
            return None
        return self._live(shot)

    def photo(self, job: int) -> bytes | None:
        """The photograph of a finished drawing, if one is kept."""
        return self.album.photo(job)

    def film(self, sheet: int) -> bytes:
        """The film of a sheet, an animated WebP.

        Raises:
            CameraError: There are too few frames of it.
            PicturesBusyError: Too many pictures are being made.
        """
        paths = self.album.frames(sheet)
        name = f"{sheet} {len(paths)} {paths[-1].name if paths else ''}"
        make = self._decoder.submit
        return self._darkroom.picture(name, lambda: make(film.webp, paths).result())

    def forget_all(self) -> dict[str, Any]:
        """Let go of all pictures that are kept; see `as_dict`."""
        self.album.clear()
        return self.as_dict()

    def _live(self, shot: Shot) -> Shot:
        """A picture without what is masked; made once a while for all who look.

        Who comes while it is being made gets the one before: they hold threads of the page.
        """
        masks = self._masks
        if not masks:
            return shot
        known = self._masked_by(masks)
        if known is not None and self._masking.locked():
            return known
        with self._masking:
            known = self._masked_by(masks)
            if known is None or shot.at - known.at >= FRESH_S:
                known = Shot(shot.number, shot.at, self._blacked_out(shot.data, masks))
                self._masked = (masks, known)
        return known

    def _masked_by(self, masks: tuple[Mask, ...]) -> Shot | None:
        """The last picture that was masked so."""
        last = self._masked
        return last[1] if last is not None and last[0] == masks else None

    def _shown(self, data: bytes) -> bytes:
        """What may be kept of a picture."""
        masks = self._masks
        return self._blacked_out(data, masks) if masks else data

    def _blacked_out(self, data: bytes, masks: tuple[Mask, ...]) -> bytes:
        return self._decoder.submit(jpeg.blacked_out, data, masks).result()

    # What is kept

    def _run(self) -> None:
        seen = self._events.last_id
        while not (self._closing or self._events.closed):
            for event in self._events.read(seen, self._wait_s()):
                seen = event.id
                self._take(event)
            if self._drawing is not None and self._timer() >= self._frame_at:
                self._frame_at = self._timer() + FRAME_EVERY_S
                self._keep_frame(self._drawing)

    def _wait_s(self) -> float:
        if self._drawing is None or not self._on:
            return LISTEN_S
        return min(LISTEN_S, max(0.0, self._frame_at - self._timer()))

    def _take(self, event: Event) -> None:
        if event.kind == "deleted":
            self.album.forget(event.data["job"])
        if event.kind != "job":
            return
        state = event.data["state"]
        if state == JobState.DRAWING:
            self._drawing = event.data["sheet"]
        elif event.data["edition"] is not None:
            self._drawing = None
            if state == JobState.DONE and self._on:
                self._keep_photo(event.data["id"])

    def _keep_photo(self, job: int) -> None:
        since = self._timer() + SETTLE_S
        self._keep(since, partial(self.album.keep_photo, job))

    def _keep_frame(self, sheet: int) -> None:
        keep = partial(self.album.keep_frame, sheet, self._clock())
        self._keep(self._timer(), keep)

    def _keep(self, since: float, keep: Callable[[bytes], None]) -> None:
        if not self._on:
            return
        shot = self.feed.take(since, PATIENCE_S)
        if shot is None:
            return
        try:
            keep(self._shown(shot.data))
        except CameraError as error:
            self._not_kept = error.fact
        else:
            self._not_kept = None
        self._report()

    # What is told

    def _hear(self, _: Fact | None) -> None:
        self._report()

    def _problem(self) -> Fact | None:
        if not self._on:
            return None
        return self.feed.fault or self._not_kept

    def _report(self) -> None:
        self._problems.report("camera", self._problem())

    def _kept(self) -> tuple[bool, tuple[Mask, ...]]:
        """What the staff decided; off where that cannot be read."""
        try:
            with self._database.read() as connection:
                row = connection.execute(
                    "SELECT value FROM settings WHERE name = ?", (_NAME,)
                ).fetchone()
            kept: dict[str, Any] = json.loads(row[0]) if row else {"on": False, "masks": []}
            return bool(kept["on"]), _sound(kept["masks"])
        except (StoreError, ValueError, KeyError, TypeError):
            return False, ()

    def _deleted(self) -> set[int]:
        with self._database.read() as connection:
            rows = connection.execute("SELECT id FROM jobs WHERE deleted = 1").fetchall()
        return {int(row[0]) for row in rows}


def _sound(masks: Sequence[Sequence[float]]) -> tuple[Mask, ...]:
    """Masks that lie in the picture. Raises CameraError."""
    if len(masks) > MOST_MASKS:
        raise CameraError("camera-masks-many", most=MOST_MASKS)
    for mask in masks:
        inside = len(mask) == 4 and all(0.0 <= value <= 1.0 for value in mask)
        left, top, width, height = mask if inside else (0.0, 0.0, 0.0, 0.0)
        if not (
            width > 0 and height > 0 and left + width <= 1.0001 and top + height <= 1.0001
        ):
            raise CameraError("camera-mask-outside")
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in masks)
