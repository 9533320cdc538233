"""What systemd is to open for the plug-ins that are set up: no more than they need."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pi_service.plugins.settings import Use

RESOLVER = Path("/etc/resolv.conf")
HIDDEN = ("/home/", "/root/", "/run/user/")
"""What the unit hides; a folder elsewhere is seen by whoever may read it."""
_HEAD = """\
# Written by `catplotter plugins sandbox`; do that again after plug-ins were changed.
[Service]
"""
NETWORK = "CATPLOTTER_NETWORK"
"""Set by the unit: ``local`` where it lets servers elsewhere through by their addresses."""
DEVICES = frozenset(
    {"char-input", "char-hidraw", "char-i2c", "char-spi", "char-alsa", "char-video4linux"}
)
GROUPS = frozenset({"input", "plugdev", "i2c", "spi", "audio", "video"})
"""What a plug-in may be given: the file that says what it needs is the service's own, and
whoever runs this is root."""
_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")
_FOLDER = re.compile(r"/[\w ./+@,-]*")


def addresses_of(host: str) -> list[str]:
    """The addresses that a name has now. Raises OSError if it has none."""
    return sorted({str(each[4][0]) for each in socket.getaddrinfo(host, None)})


def by_address(use: Use) -> bool:
    """Whether a plug-in's servers are let through only by the addresses that they once had."""
    return bool(use.needs.get("hosts")) and os.environ.get(NETWORK) == "local"


def drop_in(
    uses: Iterable[Use],
    *,
    anywhere: bool = False,
    resolve: Callable[[str], list[str]] = addresses_of,
    resolver: Path = RESOLVER,
) -> str:
    """The drop-in for ``catplotter.service``; "" if nothing is to be opened.

    Args:
        anywhere: Open all addresses: for servers whose own ones change.

    Raises:
        OSError: A name has no address.
    """
    used = [each for each in uses if each.enabled]
    open_all = anywhere and _named(used, "hosts")
    lines = ["IPAddressAllow=any", f"Environment={NETWORK}=any"] if open_all else []
    if not anywhere:
        for use in used:
            lines += _hosts(use, resolve)
        if lines:
            lines += _name_servers(resolver)
    lines += [f"DeviceAllow={each} r" for each in _named(used, "devices") if each in DEVICES]
    groups = [each for each in _named(used, "groups") if each in GROUPS]
    lines += [f"SupplementaryGroups={each}" for each in groups]
    folders = [each for each in _named(used, "folders") if _FOLDER.fullmatch(each)]
    hidden = [each for each in folders if each.startswith(HIDDEN)]
    lines += ["ProtectHome=tmpfs"] if hidden else []
    lines += [f'BindReadOnlyPaths="-{each}"' for each in hidden]
    return f"{_HEAD}{chr(10).join(lines)}\n" if lines else ""


def _named(uses: Iterable[Use], what: str) -> list[str]:
    """What they need of a kind, each once."""
    return list(dict.fromkeys(name for use in uses for name in use.needs.get(what, ())))


def _hosts(use: Use, resolve: Callable[[str], list[str]]) -> Iterator[str]:
    for host in use.needs.get("hosts", ()):
        named = _HOST.fullmatch(host) is not None
        found = [each for each in resolve(host) if _is_far(each)] if named else []
        if found:
            yield f"# {use.name}: {host}"
            yield f"IPAddressAllow={' '.join(found)}"


def _name_servers(resolver: Path) -> Iterator[str]:
    """Those that are not in the local network, which is open already."""
    try:
        lines = resolver.read_text().splitlines()
    except OSError:
        return
    words = [line.split() for line in lines]
    found = [word[1] for word in words if len(word) > 1 and word[0] == "nameserver"]
    if far := [each for each in found if _is_far(each)]:
        yield "# name servers"
        yield f"IPAddressAllow={' '.join(far)}"


def _is_far(address: str) -> bool:
    """Whether an address is outside of what the unit opens by itself."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return found.is_global
