"""Messages to a topic of ntfy, https://ntfy.sh or one of the owner's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar

from pi_service.plugins.api import Message, Needs, Option, State
from pi_service.plugins.shipped.post import check_address, post

SERVER = "https://ntfy.sh"
HIGH, USUAL, LOW = 4, 3, 2
"""Priorities: https://docs.ntfy.sh/publish/#message-priority."""


class Ntfy:
    """Publishes every message to one topic."""

    OPTIONS: ClassVar = (
        Option("topic", "whoever knows its name reads it: choose one that nobody guesses"),
        Option("server", f"another server than {SERVER}", secret=False, required=False),
        Option("token", "an access token of the server's", required=False),
    )

    def __init__(self, options: Mapping[str, str], /) -> None:
        self._topic = options["topic"]
        self._server = options.get("server") or SERVER
        self._host = check_address(self._server)
        token = options.get("token")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def needs(self) -> Needs:
        """The server."""
        return Needs(hosts=(self._host,))

    def send(self, message: Message, /) -> None:
        """Publish it."""
        over = message.state is State.OVER
        said = {
            "topic": self._topic,
            "title": message.title,
            "message": message.text,
            "priority": LOW if over else HIGH if message.urgent else USUAL,
            "tags": ["white_check_mark" if over else "pencil2"],
        }
        if message.url:
            said["click"] = message.url
        post(self._server, json.dumps(said).encode(), self._headers)
