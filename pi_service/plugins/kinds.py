"""Which plug-ins are installed, by the entry points of the distributions that are there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from typing import Any

from pi_service.plugins.api import Group

FOLDER = "/opt/catplotter/plugins"
"""Where an owner installs them: beside the releases, so that an update leaves them alone."""
VARIABLE = "CATPLOTTER_PLUGINS"
"""Names another such folder."""


@dataclass(frozen=True, slots=True)
class Kind:
    """An installed plug-in; it is not loaded by being listed.

    Attributes:
        package: The distribution that brings it, with its version.
    """

    group: Group
    kind: str
    package: str


def folder() -> Path:
    """Where an owner installs plug-ins."""
    return Path(os.environ.get(VARIABLE) or FOLDER)


def _found() -> Iterator[tuple[Group, EntryPoint, str]]:
    groups = {each.entry_points: each for each in Group}
    for distribution in distributions(path=[*sys.path, str(folder())]):
        for point in distribution.entry_points:
            if point.group in groups:
                package = f"{distribution.name} {distribution.version}"
                yield groups[point.group], point, package


def installed() -> list[Kind]:
    """All there are, the first of each name, by group and name."""
    found: dict[tuple[Group, str], Kind] = {}
    for group, point, package in _found():
        found.setdefault((group, point.name), Kind(group, point.name, package))
    return sorted(found.values(), key=lambda each: (each.group, each.kind))


def load(group: Group, kind: str) -> Any:
    """The class of a plug-in. Raises LookupError if none of that name is installed."""
    own = str(folder())
    if own not in sys.path:
        sys.path.append(own)  # last: what comes with catplotter is not replaced by it
    for there, point, _ in _found():
        if (there, point.name) == (group, kind):
            return point.load()
    raise LookupError(f"no plug-in {group}/{kind} is installed")
