"""The connection to the broker, which says why there is none."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware_gcode.facts import Fact, Value, fact
from pi_service.fleet.membership import Broker

TIMEOUT_S = 10.0
KEEP_ALIVE_S = 20
LONGEST_RETRY_S = 30
FOR_EVER = 0xFFFFFFFF
"""A session of so many seconds does not end by itself (MQTT 5, 3.1.2.11.2)."""


class Line(mqtt.Client):
    """A client whose failed attempts to connect are told, and that is sent nothing huge.

    MQTT 5 lets a client say how large a message may be; a broker leaves out larger ones, so
    that nobody's nonsense fills the memory here.

    Args:
        name: The client's, unique at the broker.
        largest: Bytes of the largest message that is taken.
        lasting: Whether the broker keeps messages for us while we are away.
        failed: Gets what went wrong with each attempt.
    """

    def __init__(
        self,
        broker: Broker,
        name: str,
        *,
        largest: int,
        lasting: bool,
        failed: Callable[[OSError], None],
    ) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
        self.connect_timeout = TIMEOUT_S
        self.reconnect_delay_set(1, LONGEST_RETRY_S)
        if broker.user is not None:
            self.username_pw_set(broker.user, broker.password)
        if broker.tls:
            self.tls_set()
        self._broker = broker
        self._failed = failed
        self._lasting = lasting
        self._terms: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        self._terms.MaximumPacketSize = largest
        if lasting:
            self._terms.SessionExpiryInterval = FOR_EVER

    def begin(self) -> None:
        """Connect, now or as soon as the broker can be reached, in a thread of its own."""
        self.connect_async(
            self._broker.host,
            self._broker.port,
            KEEP_ALIVE_S,
            clean_start=not self._lasting,
            properties=self._terms,
        )
        self.loop_start()

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
