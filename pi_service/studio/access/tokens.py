"""Random secrets, what is kept of them, and the two files that hold one for its owner's eyes.

Tokens are 256 random bits, so a plain SHA-256 of them can be kept: nobody guesses one, and
nobody who reads the database can use what stands there. (A password is guessed; see
`pi_service.studio.access.passwords`.) This module needs nothing beside Python itself: the
installer reads the set-up token with the machine's own Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

SETUP_TOKEN = "setup.token"  # noqa: S105 - a file's name
"""Holds the token of the first run, until a password is set."""
LOCAL_KEY = "local.key"
"""Holds the key of this machine's command line, while the service runs."""
LONGEST_TOKEN = 200
"""Characters; longer ones are none of ours."""

_TOKEN = re.compile(rb"[\w-]{43}", re.ASCII)


def new_token() -> str:
    """A secret of 256 random bits, fit for addresses, headers and cookies."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def write_secret(path: Path, text: str) -> None:
    """Write a file for its owner's eyes, whole or not at all. Raises OSError."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)  # never one that somebody else may have open
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def setup_token(folder: Path) -> str | None:
    """The token with which the first password is set; None if there is one already.

    Only a file that `write_secret` may have written there is believed: of the folder's owner,
    for their eyes alone, and as long as `new_token` makes it.

    Raises:
        PermissionError: Only the folder's owner may read it.
    """
    try:
        handle = os.open(folder / SETUP_TOKEN, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except PermissionError:
        raise
    except OSError:  # none, or a link
        return None
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        owned = about.st_uid == folder.stat().st_uid
        if not (stat.S_ISREG(about.st_mode) and owned and not about.st_mode & 0o077):
            return None
        found = file.read(LONGEST_TOKEN).strip()
    return found.decode() if _TOKEN.fullmatch(found) else None


@dataclass(frozen=True, slots=True)
class LocalKey:
    """The key with which this machine's command line speaks to the page on a port."""

    port: int
    secret: str

    def write(self, folder: Path) -> None:
        """Put it into the folder, for its owner alone. Raises OSError."""
        body = json.dumps({"port": self.port, "secret": self.secret})
        write_secret(folder / LOCAL_KEY, body)

    @classmethod
    def read(cls, folder: Path) -> LocalKey | None:
        """The one in a service's folder; None if no service has put one there.

        Raises:
            PermissionError: Only the folder's owner may read it.
        """
        try:
            found = json.loads((folder / LOCAL_KEY).read_text())
            return cls(int(found["port"]), str(found["secret"]))
        except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
            return None
