"""What systemd is told: ready, stopping, that the service lives, and how bad a message is.

Notifications are one datagram a message, see sd_notify(3); priorities are a number in front of
each line of the log, see sd-daemon(3).
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping


def notify(message: str, environment: Mapping[str, str] | None = None) -> bool:
    """Send a message such as ``READY=1`` to systemd.

    Args:
        message: Lines of ``KEY=value``.
        environment: Where ``NOTIFY_SOCKET`` is looked up; `os.environ` by default.

    Returns:
        Whether it was sent; False where no systemd listens.
    """
    address = (os.environ if environment is None else environment).get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):  # Linux's abstract namespace
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(message.encode(), address)
    except OSError:
        return False
    return True


class JournalFormatter(logging.Formatter):
    """Lines that the journal files under their priority."""

    _PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))

    def format(self, record: logging.LogRecord) -> str:
        """The record, every line of it with its priority in front."""
        number = next((p for level, p in self._PRIORITIES if record.levelno >= level), 7)
        lines = super().format(record).splitlines() or [""]
        return "\n".join(f"<{number}>{line}" for line in lines)


def start_logging(environment: Mapping[str, str] | None = None) -> None:
    """Log to standard error: with priorities where the journal reads it, else for people.

    Args:
        environment: Where ``JOURNAL_STREAM`` is looked up; `os.environ` by default.
    """
    handler = logging.StreamHandler()
    if (os.environ if environment is None else environment).get("JOURNAL_STREAM"):
        handler.setFormatter(JournalFormatter("%(name)s: %(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
