"""Messages by Apprise: mail, Telegram, Signal, Slack, Matrix and a hundred others.

Apprise is an extra (``pip install 'catplotter[apprise]'``), imported in this process alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from pi_service.plugins.api import Message, Needs, NotSentError, Option, State

_HOST = re.compile(
    r"localhost|[\w-]+(\.[\w-]+)*\.[a-z]{2,}|\d{1,3}(\.\d{1,3}){3}", re.IGNORECASE
)


class Apprise:
    """Sends every message to one address of https://github.com/caronc/apprise/wiki."""

    OPTIONS: ClassVar = (
        Option("url", "Apprise's address of the service: mailtos://user:password@host …"),
        Option(
            "hosts",
            "servers that it talks to, if not the one in the address: api.telegram.org",
            secret=False,
            required=False,
        ),
    )

    def __init__(self, options: Mapping[str, str], /) -> None:
        try:
            import apprise  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ValueError(
                "Apprise is not installed: sudo catplotter plugins install apprise."
            ) from error
        self._apprise = apprise.Apprise()
        if not self._apprise.add(options["url"]):
            raise ValueError("Apprise does not know such an address.")
        service = self._apprise[0]
        named = str(options.get("hosts") or "").replace(",", " ").split()
        self._hosts = tuple(named or _hosts(service))
        kinds = apprise.NotifyType
        self._kinds = {True: kinds.WARNING, False: kinds.INFO, None: kinds.SUCCESS}

    def needs(self) -> Needs:
        """The servers, as far as its address tells."""
        return Needs(hosts=self._hosts)

    def send(self, message: Message, /) -> None:
        """Send it."""
        kind = self._kinds[None if message.state is State.OVER else message.urgent]
        text = f"{message.text}\n{message.url}" if message.url else message.text
        if not self._apprise.notify(title=message.title, body=text, notify_type=kind):
            raise NotSentError("Apprise could not deliver it; the other end may be away.")


def _hosts(service: object) -> list[str]:
    """The server that an address leads to: what stands as its host may be a token instead."""
    address = str(getattr(service, "notify_url", None) or "")
    known = re.match(r"https?://([\w.-]+)", address)
    found = [known[1] if known else None]
    found += [getattr(service, name, None) for name in ("smtp_host", "host")]
    return [str(each) for each in found if each and _HOST.fullmatch(str(each))][:1]
