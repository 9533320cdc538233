"""The machine's profile as the service may change it, wherever it came from.

A profile that lies where the service may not write (one that came with catplotter, or one in
``/etc``) is changed in a copy in the service's own folder. The copy's first line says what it
is a copy of: when a person changes the original, theirs counts, and the copy is put aside.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from firmware_gcode.facts import Fact, fact, fact_of
from firmware_gcode.program.profile import SHIPPED, Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.setup.files import write_whole
from firmware_gcode.setup.profile_file import Changes, ProfileFile
from pi_service.studio.history.archive import PROFILE

COPY = PROFILE
"""The service's own copy, in its folder."""
_FIRST = re.compile(
    r"# catplotter's own copy of (?P<name>.*), sha256 (?P<digest>[0-9a-f]{64})"
)


class OwnProfile:
    """A profile and the file in which it is changed.

    Args:
        source: The file that the owner named.
        data: The service's folder.

    Attributes:
        source: The file that the owner named.
        profile: What counts now.
        said: What the owner should know about the files; None for nothing.

    Raises:
        ProfileError: The owner's file cannot be read, or is not a profile.
    """

    def __init__(
        self, source: Path, data: Path, *, now: Callable[[], datetime] = datetime.now
    ) -> None:
        self.source = source
        self._copy = data / COPY
        self._now = now
        self.said: Fact | None = None
        self.profile = Profile.load(source)
        if self._copy.exists():
            self._take_up()

    @property
    def path(self) -> Path:
        """The file that is changed, or will be."""
        return self.source if self._writable else self._copy

    @property
    def copied(self) -> bool:
        """Whether what counts is the service's own copy."""
        return not self._writable and self._copy.exists()

    def file(self) -> ProfileFile:
        """The file for changes; a copy is made where the original may not be written.

        Raises:
            ProfileError: It cannot be read.
            SetupError: It cannot be made.
        """
        if not self._writable and not self._copy.exists():
            digest = _digest(self.source)
            first = f"# catplotter's own copy of {self.source.name}, sha256 {digest}\n"
            write_whole(self._copy, first + self.source.read_text(encoding="utf-8"))
        return ProfileFile(self.path)

    def planned(self, changes: Changes) -> Profile:
        """The profile as it would be; nothing is written.

        Raises:
            ProfileError: A value that no profile may have.
            SetupError: The file cannot be changed from here.
        """
        return self.file().planned(changes)

    def change(self, changes: Changes) -> Fact:
        """Write changes, whole or not at all; tells what was written.

        Raises:
            ProfileError: A value that no profile may have; nothing is written.
            SetupError: The file cannot be written; it is as it was.
        """
        file = self.file()
        kept = file.change(changes, self._now())
        self.profile = file.profile
        return fact("profile-changed", file=file.path.name, kept=kept.name)

    def reload(self) -> bool:
        """Read what somebody else has written into the file; gives whether it was anything.

        Raises:
            ProfileError: The file cannot be read, or is not a profile.
        """
        before = self.profile
        self.profile = Profile.load(self._copy if self.copied else self.source)
        return self.profile != before

    @property
    def _writable(self) -> bool:
        if self.source.resolve().parent == SHIPPED:
            return False
        return os.access(self.source, os.W_OK) and os.access(self.source.parent, os.W_OK)

    def _take_up(self) -> None:
        """Use the copy of an earlier day, unless the original is another one now."""
        try:
            found = _FIRST.match(self._copy.read_text(encoding="utf-8"))
            same = found is not None and found["digest"] == _digest(self.source)
            if same and not self._writable:
                self.profile = Profile.load(self._copy)
                return
            trouble: Fact | None = None
        except (OSError, UnicodeDecodeError, ProfileError) as error:
            trouble = fact_of(error)
        aside = self._copy.with_name(f"{COPY}.{self._now():%Y%m%d-%H%M%S}.old")
        try:
            self._copy.replace(aside)
        except OSError as error:
            self.said = fact("profile-copy-stays", path=str(self._copy), why=error.strerror)
            return
        code = "profile-counts" if trouble is None else "profile-counts-since"
        self.said = Fact(
            code, {"profile": self.source.name, "aside": aside.name, "why": trouble}
        )


def own_profile(profile: Profile, file: Path | None, data: Path) -> OwnProfile | None:
    """A profile with the file in which the service may change it.

    `file` is where it was loaded from; None for one that comes with catplotter. Gives None for
    a profile that is in no file: it cannot be changed.
    """
    source = file or SHIPPED / f"{profile.name}.toml"
    if file is None and not (source.exists() and Profile.load(source) == profile):
        return None
    return OwnProfile(source, data)


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        why = error.strerror or str(error)
        raise ProfileError("profile-unreadable", path=str(path), why=why) from error
