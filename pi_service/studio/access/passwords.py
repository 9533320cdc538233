"""The staff's password: hashed with scrypt, one at a time.

scrypt (RFC 7914) needs 32 MB and about a quarter of a second of one core for each try, more
on a small Pi: that is its purpose. OpenSSL lets go of Python's lock meanwhile, so the live
stream goes on; and only one try is under way at a time, so the memory is taken once.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.security import check_password_hash, generate_password_hash

from firmware_gcode.facts import CodedError

METHOD = "scrypt:32768:8:1"
SHORTEST = 8
LONGEST = 200
WAIT_S = 3.0
"""How long a try waits for the one before it,"""
MOST_WAITING = 4
"""and how many wait at a time: more would hold the server's threads."""
KNOWN_WAIT_S, MOST_KNOWN = 12.0, 2
"""The same for those from where the staff have been: others do not take their places."""
_COMMON = frozenset(
    {"password", "passwort", "motdepasse", "12345678", "123456789", "1234567890", "87654321"}
    | {"qwertyui", "qwertyuiop", "azertyuiop", "catplotter", "raspberry", "iloveyou"}
)


class PasswordError(CodedError, ValueError):
    """A new password that will not do; the message says why."""


class BusyError(CodedError, RuntimeError):
    """Too many passwords are being tried at this moment."""


class Hasher:
    """Makes and checks hashes of passwords, one at a time; a call waits up to `wait_s`."""

    def __init__(self, wait_s: float = WAIT_S) -> None:
        self._turn = threading.Lock()
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        self._kept_back = threading.BoundedSemaphore(MOST_KNOWN)
        self._wait_s = wait_s

    def hash(self, password: str) -> str:
        """What is kept of a password.

        Raises:
            PasswordError: If it will not do as one.
            BusyError: If others are being hashed.
        """
        check_new(password)
        with self._one_at_a_time():
            return generate_password_hash(_typed(password), METHOD)

    def matches(self, kept: str, password: str, *, known: bool = False) -> bool:
        """Whether a password is the one of which `kept` was kept; as slow if it is not.

        Args:
            known: Whether it is tried from where the staff have been.

        Raises:
            BusyError: If others are being tried.
        """
        with self._one_at_a_time(known=known):
            return check_password_hash(kept, _typed(password[: LONGEST + 1]))

    @contextmanager
    def _one_at_a_time(self, *, known: bool = False) -> Iterator[None]:
        room = self._kept_back if known else self._room
        if not room.acquire(blocking=False):
            raise BusyError("passwords-busy")
        try:
            if not self._turn.acquire(timeout=KNOWN_WAIT_S if known else self._wait_s):
                raise BusyError("passwords-busy")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            room.release()


def check_new(password: str) -> None:
    """Refuse (PasswordError) what is too short, too long, or what everybody knows."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordError("password-length", least=SHORTEST, most=LONGEST)
    if password.lower() in _COMMON or len(set(password)) < 4:
        raise PasswordError("password-common")


def _typed(password: str) -> str:
    """The same characters, however a keyboard puts them together (é is one or two)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()
