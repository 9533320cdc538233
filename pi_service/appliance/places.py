"""Where everything of an installed catplotter lives on the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

UNIT_KINDS = {".service", ".timer", ".path"}
"""What a release brings for systemd, in its ``systemd`` folder, beside other files."""


@dataclass(frozen=True)
class Places:
    """The folders and files of an installation.

    Attributes:
        root: ``/`` on a real machine; another folder in tests.
    """

    root: Path = Path("/")

    @property
    def home(self) -> Path:
        """Everything that an update replaces."""
        return self.root / "opt/catplotter"

    @property
    def releases(self) -> Path:
        """One folder a release."""
        return self.home / "releases"

    @property
    def current(self) -> Path:
        """The link to the release that runs."""
        return self.home / "current"

    @property
    def incoming(self) -> Path:
        """Where the owner puts releases that the page then offers."""
        return self.home / "incoming"

    @property
    def command(self) -> Path:
        """The command that people type."""
        return self.root / "usr/local/bin/catplotter"

    @property
    def units(self) -> Path:
        """Where systemd looks for the units of this machine's owner."""
        return self.root / "etc/systemd/system"

    def installed_units(self) -> list[Path]:
        """Our services and timers that are in place."""
        found = self.units.glob("catplotter*") if self.units.is_dir() else ()
        return sorted(path for path in found if path.suffix in UNIT_KINDS)

    @property
    def opened(self) -> Path:
        """What of the service's sandbox is open for plug-ins."""
        return self.units / "catplotter.service.d/plugins.conf"

    @property
    def udev_rules(self) -> Path:
        """The rule that names the plotter's port."""
        return self.root / "etc/udev/rules.d/99-grbl.rules"

    @property
    def sysusers(self) -> Path:
        """What makes the service's user and groups."""
        return self.root / "etc/sysusers.d/catplotter.conf"

    @property
    def options(self) -> Path:
        """The owner's choices: never overwritten, removed only with everything else."""
        return self.root / "etc/catplotter.conf"

    @property
    def state(self) -> Path:
        """Jobs, drawings and settings: all that the service ever writes."""
        return self.root / "var/lib/catplotter"
