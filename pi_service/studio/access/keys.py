"""Keys for programs: those that the staff hands out, and that of the command line here."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pi_service.studio.access.caller import Caller, Role, Via
from pi_service.studio.access.store import AccessStore, ApiKey, KeyNameError
from pi_service.studio.access.tokens import (
    LOCAL_KEY,
    LONGEST_TOKEN,
    LocalKey,
    digest,
    new_token,
)
from pi_service.studio.core.database import StoreError

logger = logging.getLogger(__name__)

PREFIX = "catplotter_"
"""Makes a key recognisable to those who find one where it should not be."""
USED_EVERY_S = 3600.0
"""How exactly is kept when a key was last used: the card is not written at each use."""
MOST_KEYS = 50
_NAME = re.compile(r"\w(?:[\w .-]{0,38}\w)?")


class Keys:
    """The keys of one service."""

    def __init__(self, store: AccessStore, folder: Path, clock: Callable[[], float]) -> None:
        self._store = store
        self._path = folder / LOCAL_KEY
        self._clock = clock
        self._local = new_token()

    def serve_local(self, port: int) -> None:
        """Let this machine's command line in, by a key file that only its owner reads."""
        try:
            LocalKey(port, self._local).write(self._path.parent)
        except OSError as error:
            logger.warning(
                "the command line has to do without a key: %s cannot be written (%s)",
                self._path,
                error.strerror,
            )

    def close(self) -> None:
        """Take the command line's key away; on a card that takes nothing it stays."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def add(self, name: str, role: Role) -> tuple[ApiKey, str]:
        """A new key and its secret, which nobody can be shown again.

        Raises:
            KeyNameError: If it cannot be called so, or there are too many.
        """
        if not _NAME.fullmatch(name):
            raise KeyNameError("key-name-wrong")
        if len(self._store.keys()) >= MOST_KEYS:
            raise KeyNameError("keys-too-many", most=MOST_KEYS)
        secret = PREFIX + new_token()
        key = self._store.add_key(name, role, digest(secret), self._clock())
        logger.info("the %s key “%s” was made", key.role, key.name)
        return key, secret

    def all(self) -> list[ApiKey]:
        """All keys that the staff handed out, the oldest first."""
        return self._store.keys()

    def revoke(self, key_id: int) -> ApiKey:
        """Have a key open nothing from now on. Raises KeyNameError if there is none."""
        key = self._store.revoke_key(key_id)
        logger.info("the key “%s” was revoked", key.name)
        return key

    def owner(self, secret: str) -> Caller | None:
        """Who a key belongs to; None if it is none."""
        if len(secret) > LONGEST_TOKEN:
            return None
        found = digest(secret)
        if hmac.compare_digest(found, digest(self._local)):
            return Caller(Role.STAFF, Via.LOCAL_KEY)
        key = self._store.key(found)
        if key is None:
            return None
        self._note_use(key)
        return Caller(key.role, Via.API_KEY, key.name)

    def _note_use(self, key: ApiKey) -> None:
        now = self._clock()
        if key.used_at is not None and abs(now - key.used_at) <= USED_EVERY_S:
            return
        try:
            self._store.use_key(key.id, now)
        except StoreError as error:  # a full disk locks nobody out
            logger.warning("it was not noted that “%s” was used: %s", key.name, error)
