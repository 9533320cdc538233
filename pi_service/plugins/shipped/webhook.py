"""Messages as JSON to an address of the owner's, signed as Standard Webhooks are."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import ClassVar

from pi_service.plugins.api import Message, Needs, Option
from pi_service.plugins.shipped.post import check_address, header, post

PREFIX = "whsec_"
"""Of a secret in Base64, as the standard writes it; any other text is taken as it is."""


class Webhook:
    """POSTs every message; see https://www.standardwebhooks.com for the signature."""

    OPTIONS: ClassVar = (
        Option("url", "where messages are sent, https://…"),
        Option("secret", "what they are signed with (Standard Webhooks)", required=False),
        Option("header", "a header sent along, Authorization: Bearer …", required=False),
    )

    def __init__(
        self, options: Mapping[str, str], /, clock: Callable[[], float] = time.time
    ) -> None:
        self._url = options["url"]
        self._host = check_address(self._url)
        self._secret = _key(options.get("secret", ""))
        self._headers = {"Content-Type": "application/json"}
        if options.get("header"):
            name, value = header(options["header"])
            self._headers[name] = value
        self._clock = clock

    def needs(self) -> Needs:
        """The server that it sends to."""
        return Needs(hosts=(self._host,))

    def send(self, message: Message, /) -> None:
        """Send it."""
        body = json.dumps(asdict(message), ensure_ascii=False).encode()
        at = str(int(self._clock()))
        headers = {"webhook-id": message.id, "webhook-timestamp": at, **self._headers}
        if self._secret:
            signed = f"{message.id}.{at}.".encode() + body
            digest = hmac.digest(self._secret, signed, "sha256")
            headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        post(self._url, body, headers)


def _key(secret: str) -> bytes:
    """The secret's bytes. Raises ValueError if it says that it is Base64 and is not."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"The secret begins with {PREFIX} and is no Base64.") from error
