"""What a plug-in is, for those who write one: three protocols and what they exchange.

A plug-in is a class that an entry point of a Python distribution names, in one of the groups
`GROUPS`. It runs in a process of its own, is made with its options, and speaks with the
service by plain values alone. This module imports nothing but the standard library and stays
as it is within a MAJOR version. How to write, package and install one: ``docs/plugins.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Group(StrEnum):
    """What a plug-in does."""

    TRIGGER = "triggers"
    NOTIFIER = "notifiers"
    SOURCE = "drawing_sources"

    @property
    def entry_points(self) -> str:
        """The group of entry points, as a distribution declares it."""
        return f"catplotter.{self}"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that the owner sets.

    Attributes:
        name: Letters, digits and ``_``, as it is written on the command line.
        about: What it is, in a few English words.
        secret: Whether it is never shown again once it is kept. True unless you say otherwise.
        required: Whether the plug-in cannot be without it.
    """

    name: str
    about: str
    secret: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True)
class Needs:
    """What a plug-in reaches outside of the service: the sandbox is opened for nothing else.

    Attributes:
        hosts: Names or addresses of other machines.
        devices: Kinds of devices as systemd's ``DeviceAllow`` names them, ``char-input``.
        groups: Groups of the system that may open them, ``input``.
        folders: Folders that are read.
    """

    hosts: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


class NotSentError(Exception):
    """A message could not be delivered now: it is tried again, and nobody is to blame."""


class State(StrEnum):
    """What a message says of its cause."""

    BEGUN = "begun"
    OVER = "over"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that somebody is to know.

    Attributes:
        id: The same whenever it is tried again.
        cause: What it is about: ``paper``, ``pen``, ``machine``, ``stopped``, ``clock``,
            ``disk``, ``interrupted``, ``waiting`` … The message that it is over has the same.
        urgent: Whether nothing is drawn until somebody comes.
        title: The plotter's name and what it is about, in the reader's language.
        text: A sentence in that language.
        at: When it happened, seconds since 1970.
        plotter: The plotter's name.
        url: Its page.
        language: ``en``, ``de``, ``es``, ``fr`` or ``ja``.
        code: The sentence by name: it never changes with the words.
        params: What stands in the sentence's places.
    """

    id: str
    cause: str
    state: State
    urgent: bool
    title: str
    text: str
    at: float
    plotter: str
    url: str = ""
    language: str = "en"
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class Wish(StrEnum):
    """What a trigger asks for."""

    DRAW = "draw"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a source has drawn.

    Attributes:
        name: What it is called in the gallery, up to 64 characters.
        svg: The text of an SVG file; it fills its cell.
    """

    name: str
    svg: str


class Plugin(Protocol):
    """What all of them have."""

    OPTIONS: Sequence[Option]
    """What the owner sets."""

    def __init__(self, options: Mapping[str, str], /) -> None:
        """Make it; a ValueError says in a sentence which option is wrong."""

    def needs(self) -> Needs:
        """What it reaches outside, with these options."""


class Trigger(Plugin, Protocol):
    """Something that people press."""

    def wait(self, seconds: float, /) -> Wish | None:
        """Wait for a press, for so many seconds at most; None if there was none."""


class Notifier(Plugin, Protocol):
    """Something that tells people."""

    def send(self, message: Message, /) -> None:
        """Deliver a message. Raises NotSentError where that cannot be done now."""


class DrawingSource(Plugin, Protocol):
    """Something that has drawings."""

    def drawing(self, turn: int, width: float, height: float, /) -> Drawing | None:
        """The drawing whose turn it is; None if there is none, and a cat is drawn.

        Args:
            turn: Counts up from 0 with every drawing that was taken, over restarts too.
            width: Of the cell, mm; `height` likewise.
        """
