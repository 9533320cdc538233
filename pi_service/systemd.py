"""What systemd is told: ready, stopping, and (while `Type=notify`) that the service lives.

The protocol is one datagram a message, see sd_notify(3).
"""

from __future__ import annotations

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
