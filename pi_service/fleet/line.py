"""The connection to the broker, which says why there is none."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from firmware_gcode.facts import Fact, Value, fact

TIMEOUT_S = 10.0


class Line(mqtt.Client):
    """A client whose failed attempts to connect are told.

    Args:
        name: The client's, unique at the broker.
        failed: Gets what went wrong with each attempt.
    """

    def __init__(self, name: str, failed: Callable[[OSError], None]) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self.connect_timeout = TIMEOUT_S
        self._failed = failed

    def reconnect(self) -> MQTTErrorCode:
        """Connect, as paho's own thread does again and again. Raises OSError."""
        try:
            return super().reconnect()
        except OSError as error:
            self._failed(error)
            raise


def why_not_reached(host: str, port: int, error: OSError, *, tls: bool) -> Fact:
    """Why there is no connection to a broker, and what to do.

    Args:
        tls: Whether it was to be encrypted.
    """
    where: dict[str, Value] = {"host": host, "port": port}
    match error:
        case ssl.SSLCertVerificationError():
            return fact("mqtt-certificate", **where, why=error.verify_message)
        case ssl.SSLError() | ConnectionResetError() if tls:
            return fact("mqtt-no-tls", **where)
        case socket.gaierror():
            return fact("mqtt-unknown-host", **where)
        case ConnectionRefusedError():
            return fact("mqtt-nobody", **where)
        case _:
            return fact("mqtt-unreachable", **where, why=error.strerror or str(error))


_PASSWORD = {134, 135}
"""MQTT's reason codes for a bad user name or password, and for one who is not authorised."""


def why_refused(host: str, port: int, reason: Any) -> Fact:
    """Why a broker that was reached does not take us."""
    code = "mqtt-password" if reason.value in _PASSWORD else "mqtt-refused"
    return fact(code, host=host, port=port, why=str(reason))
