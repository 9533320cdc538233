"""Who looks through the camera: so many at a time, and no address may take all places."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pi_service.studio.camera.errors import CameraError

MOST, MOST_OF_ONE, KEPT_BACK = 12, 4, 2
"""Places for all, of them for one address, and beside them for the staff."""
STAYS_S = 5.0
"""A place is given to others if no picture was asked for within this time."""
SHORTEST_S = 0.2
"""Between two pictures of one viewer."""


class Viewers:
    """The places. All methods may be called on any thread."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], float] = {}

    def __len__(self) -> int:
        now = self._timer()
        return sum(now - at < STAYS_S for at in self._seen.copy().values())

    def enter(self, asker: str, viewer: str, *, staff: bool) -> bool:
        """Take or keep a place; False if this one asks too fast and has a picture already.

        Args:
            asker: The network of the address.
            viewer: Which of its pages.

        Raises:
            CameraError: All places are taken that they may take.
        """
        with self._lock:
            now = self._timer()
            self._seen = {who: at for who, at in self._seen.items() if now - at < STAYS_S}
            last = self._seen.get((asker, viewer))
            if last is None:
                theirs = sum(who[0] == asker for who in self._seen)
                most = MOST + (KEPT_BACK if staff else 0)
                if len(self._seen) >= most or theirs >= MOST_OF_ONE:
                    raise CameraError("camera-viewers", most=MOST)
            elif now - last < SHORTEST_S:
                return False
            self._seen[asker, viewer] = now
        return True
