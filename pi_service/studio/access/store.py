"""What is kept of password, sessions and keys. All SQL about them is here.

It is a file of its own beside the jobs': so no copy or backup of the jobs carries a password
along, none that is put back brings an old one back, and going back to an older release leaves
it alone.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from firmware_gcode.facts import CodedError
from pi_service.studio.access.caller import Role
from pi_service.studio.core.database import Database

FILE = "access.db"
MIGRATIONS = Path(__file__).parent / "migrations"
MOST_SESSIONS = 100
"""Of more the one that was seen longest ago ends."""


class KeyNameError(CodedError, ValueError):
    """A key that cannot be called so, or that does not exist."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key, not the secret; `used_at` is to about an hour."""

    id: int
    name: str
    role: Role
    made_at: float
    used_at: float | None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in; `seen_at` is to some minutes."""

    opened_at: float
    seen_at: float


class AccessStore:
    """Password, sessions and keys in their database; every change is on disk on return."""

    def __init__(self, folder: Path) -> None:
        """Open a service's, made new where there is none. Raises StoreError if it cannot."""
        self._database = Database(folder / FILE, migrations=MIGRATIONS, copies=False)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # The password

    def password(self) -> str | None:
        """The password's hash; None if none was ever set."""
        with self._database.read() as connection:
            row = connection.execute("SELECT hash FROM password").fetchone()
        return None if row is None else str(row["hash"])

    def set_password(self, kept: str, now: float, *, only_first: bool = False) -> bool:
        """Keep another hash, and end every session; gives whether it is kept now.

        Args:
            only_first: Change nothing if there is one already.
        """
        statement = (
            "INSERT OR IGNORE INTO password (id, hash, set_at) VALUES (1, ?, ?)"
            if only_first
            else "INSERT OR REPLACE INTO password (id, hash, set_at) VALUES (1, ?, ?)"
        )
        with self._database.write() as connection:
            changed = connection.execute(statement, (kept, now)).rowcount
            if changed:
                connection.execute("DELETE FROM sessions")
        return bool(changed)

    # Sessions

    def open_session(self, digest: bytes, now: float, kept: str) -> bool:
        """Keep a new session; False if the password was changed meanwhile."""
        with self._database.write() as connection:
            opened = connection.execute(
                "INSERT INTO sessions (digest, opened_at, seen_at)"
                " SELECT ?1, ?2, ?2 FROM password WHERE hash = ?3",
                (digest, now, kept),
            ).rowcount
            connection.execute(
                "DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions"
                " ORDER BY digest = ? DESC, seen_at DESC LIMIT -1 OFFSET ?)",
                (digest, MOST_SESSIONS),
            )
        return bool(opened)

    def session(self, digest: bytes) -> Session | None:
        """A session, whether it is over or not; None if there is none."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT opened_at, seen_at FROM sessions WHERE digest = ?", (digest,)
            ).fetchone()
        return None if row is None else Session(row["opened_at"], row["seen_at"])

    def see_session(self, digest: bytes, now: float) -> None:
        """Note that a session is still used."""
        self._change("UPDATE sessions SET seen_at = ?2 WHERE digest = ?1", digest, now)

    def end_session(self, digest: bytes) -> None:
        """Forget a session; harmless if there is none."""
        self._change("DELETE FROM sessions WHERE digest = ?", digest)

    def end_sessions(self, *, opened_until: float | None = None) -> None:
        """Forget all sessions, or those that were opened until an instant."""
        if opened_until is None:
            self._change("DELETE FROM sessions")
        else:
            self._change("DELETE FROM sessions WHERE opened_at <= ?", opened_until)

    # Keys

    def add_key(self, name: str, role: Role, digest: bytes, now: float) -> ApiKey:
        """Keep a new key. Raises KeyNameError if there is one of that name."""
        try:
            with self._database.write() as connection:
                row = connection.execute(
                    "INSERT INTO api_keys (name, role, digest, made_at) VALUES (?, ?, ?, ?)"
                    " RETURNING *",
                    (name, role, digest, now),
                ).fetchone()
                return _key(row)
        except sqlite3.IntegrityError as error:
            raise KeyNameError("key-name-taken", name=name) from error

    def keys(self) -> list[ApiKey]:
        """All keys, the oldest first."""
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute("SELECT * FROM api_keys")]

    def key(self, digest: bytes) -> ApiKey | None:
        """The key of which that was kept, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM api_keys WHERE digest = ?", (digest,)
            ).fetchone()
        return None if row is None else _key(row)

    def use_key(self, key_id: int, now: float) -> None:
        """Note that a key was used."""
        self._change("UPDATE api_keys SET used_at = ?2 WHERE id = ?1", key_id, now)

    def revoke_key(self, key_id: int) -> ApiKey:
        """Forget a key. Raises KeyNameError if there is none of that number."""
        with self._database.write() as connection:
            row = connection.execute(
                "DELETE FROM api_keys WHERE id = ? RETURNING *", (key_id,)
            ).fetchone()
        if row is None:
            raise KeyNameError("api-key-unknown", key=key_id)
        return _key(row)

    def _change(self, statement: str, *values: object) -> None:
        with self._database.write() as connection:
            connection.execute(statement, values)


def _key(row: sqlite3.Row) -> ApiKey:
    return ApiKey(row["id"], row["name"], Role(row["role"]), row["made_at"], row["used_at"])
