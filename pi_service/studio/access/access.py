"""Who somebody is, and how they become it: the one place that decides about it.

Three ways make a caller the staff: a session (somebody who knows the password logged in), an
API key of that role, or the key of this machine's own command line, which lies in the
service's folder for its owner's eyes. Everybody else is a visitor.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable
from pathlib import Path

from firmware_gcode.facts import CodedError, fact
from pi_service.studio.access.caller import ANYBODY, Caller, Role, Via
from pi_service.studio.access.keys import Keys
from pi_service.studio.access.known import Known, browser
from pi_service.studio.access.limiter import LoginLimiter, network_of
from pi_service.studio.access.passwords import Hasher
from pi_service.studio.access.store import AccessStore, Session
from pi_service.studio.access.tokens import (
    LONGEST_TOKEN,
    SETUP_TOKEN,
    digest,
    new_token,
    setup_token,
    write_secret,
)
from pi_service.studio.core.database import StoreError

logger = logging.getLogger(__name__)

IDLE_S = 24 * 3600.0
"""A session ends when nothing was asked in it for so long,"""
LONGEST_S = 14 * 86400.0
"""and in any case after so long."""
SEEN_EVERY_S = 600.0
"""How exactly is kept when a session was last used: the card is not written at each look."""
FIRST_STEPS = fact("password-first-steps")


class AccessError(CodedError, ValueError):
    """A wrong password or token; the message says what to do."""


class SetUpError(CodedError, RuntimeError):
    """There is a password already, or none yet; the message says what to do."""


class Access:
    """Password, sessions and keys of one service.

    Where no password is set yet, a token to set it with lies in the folder.

    Args:
        monotonic: Seconds that never go back, for those who have to wait.

    Raises:
        StoreError: If the folder cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        hasher: Hasher | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._hasher = hasher or Hasher()
        self._limiter = LoginLimiter(monotonic)
        self._known = Known(folder, clock)
        self._store = AccessStore(folder)
        self.keys = Keys(self._store, folder, clock)
        try:
            self._prepare_setup()
        except BaseException:
            self._store.close()
            raise

    def close(self) -> None:
        """Take the command line's key away and close the database."""
        self.keys.close()
        self._store.close()

    # The first run

    @property
    def set_up(self) -> bool:
        """Whether a password was set."""
        return self._store.password() is not None

    @property
    def setup_token(self) -> str | None:
        """The token that the first password is set with; None once it is set."""
        return setup_token(self._folder)

    def set_first_password(self, token: str, password: str, address: str) -> str:
        """Set the password where there is none, and log in; gives the new session's token.

        Raises:
            SetUpError: If there is a password.
            AccessError: If that is not the token.
            TooOftenError: If the address has to wait.
            PasswordError: If the password will not do.
            BusyError: If others are being tried.
        """
        if self.set_up:
            raise SetUpError("password-set-already")
        who = network_of(address)
        self._limiter.begin(who)
        wanted = self.setup_token
        if wanted is None or not hmac.compare_digest(digest(token), digest(wanted)):
            raise AccessError("setup-token-wrong")
        self._limiter.succeed(who)
        self._known.add(who)
        kept = self._hasher.hash(password)
        if not self._store.set_password(kept, self._clock(), only_first=True):
            raise SetUpError("password-set-already")
        self._end_setup()
        logger.info("the staff's password is set")
        return self._open_session(kept)

    def _prepare_setup(self) -> None:
        """A token where there is no password, none where there is one."""
        if self.set_up:
            self._end_setup()
        elif self.setup_token is None:
            path = self._folder / SETUP_TOKEN
            try:
                write_secret(path, new_token() + "\n")
            except OSError as error:
                raise StoreError(
                    "file-not-written", path=str(path), why=error.strerror
                ) from error

    def _end_setup(self) -> None:
        (self._folder / SETUP_TOKEN).unlink(missing_ok=True)

    # Password and sessions

    def log_in(self, password: str, address: str, shown: str = "") -> str:
        """The token of a new session.

        Args:
            shown: The token by which the browser is known; see `introduce`.

        Raises:
            SetUpError: If no password is set yet.
            AccessError: If it is a wrong one.
            TooOftenError: If the address has to wait.
            BusyError: If others are being tried.
        """
        return self._open_session(self._try(password, address, shown))

    def introduce(self, shown: str = "") -> str:
        """The token by which the browser of the staff is known from now on: shown, or new.

        It opens nothing; but wrong tries from elsewhere, or from its own network, do not keep
        whoever shows it from logging in.
        """
        token = shown if browser(shown) in self._known else new_token()
        self._known.add(browser(token))
        return token

    def log_out(self, token: str) -> None:
        """End a session; harmless if there is none."""
        self._store.end_session(digest(token))

    def log_out_everywhere(self) -> None:
        """End all sessions."""
        self._store.end_sessions()
        logger.info("all sessions were ended")

    def change_password(
        self, password: str, *, current: str, address: str, shown: str = ""
    ) -> str:
        """Set another password, end all sessions, and log in; gives the new session's token.

        Raises:
            AccessError: If the current one is wrong.
            PasswordError: If the new one will not do.
            SetUpError: If none is set yet.
            TooOftenError: If the address has to wait.
            BusyError: If others are being tried.
        """
        self._try(current, address, shown)
        return self._open_session(self._change(password))

    def reset_password(self, password: str) -> None:
        """Set another password, or the first one, and end all sessions.

        For whoever owns the machine, and may have forgotten the one until now.

        Raises:
            PasswordError: If it will not do.
            BusyError: If others are being tried.
        """
        self._change(password)

    def _change(self, password: str) -> str:
        kept = self._hasher.hash(password)
        self._store.set_password(kept, self._clock())
        self._end_setup()
        logger.info("the staff's password was set anew; all sessions were ended")
        return kept

    def _try(self, password: str, address: str, shown: str) -> str:
        """The hash that a password fits."""
        kept = self._store.password()
        if kept is None:
            raise SetUpError(FIRST_STEPS)
        network = network_of(address)
        who = name if (name := browser(shown)) in self._known else network
        known = who in self._known
        self._limiter.begin(who, known=known)
        if not self._hasher.matches(kept, password, known=known):
            logger.warning("a wrong password was tried from %s", address)
            raise AccessError("password-wrong")
        self._limiter.succeed(who)
        self._known.add(network)
        return kept

    def _open_session(self, kept: str) -> str:
        now, token = self._clock(), new_token()
        self._store.end_sessions(opened_until=now - LONGEST_S)
        if not self._store.open_session(digest(token), now, kept):
            raise AccessError("password-changed")
        return token

    def session_owner(self, token: str) -> Caller:
        """Who a session belongs to: anybody, if it is over or never was one."""
        kept = self._store.session(digest(token)) if len(token) <= LONGEST_TOKEN else None
        now = self._clock()
        if kept is None or not _lasts(kept, now):
            return ANYBODY
        if abs(now - kept.seen_at) > SEEN_EVERY_S:
            try:
                self._store.see_session(digest(token), now)
            except StoreError as error:  # a full disk locks nobody out
                logger.warning("it was not noted that a session was used: %s", error)
        return Caller(Role.STAFF, Via.SESSION)


def _lasts(session: Session, now: float) -> bool:
    """Whether a session is not over; a clock that was put right ends it at the latest."""
    return now - session.seen_at < IDLE_S and abs(now - session.opened_at) < LONGEST_S
