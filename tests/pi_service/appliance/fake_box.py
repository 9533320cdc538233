"""A machine in a folder: commands are noted, and do what matters of what they would do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pi_service.appliance.host import ApplianceError
from pi_service.appliance.install import Box
from pi_service.appliance.places import Places

REPOSITORY = Path(__file__).resolve().parents[3]


class FakeBox:
    """The machine.

    Attributes:
        said: What a person was told.
        ran: The commands, each as one string.
        broken: Part of a command that fails; empty for none.
        well: The versions that become healthy.
    """

    def __init__(self, root: Path) -> None:
        self.places = Places(root)
        self.said: list[str] = []
        self.ran: list[str] = []
        self.broken = ""
        self.well = {"1.0", "2.0", "3.0"}
        self.box = Box(
            places=self.places,
            run=self._run,
            say=self.said.append,
            healthy=lambda _address, version, _within: version in self.well,
            python="python3",
        )

    def source(self, version: str) -> Path:
        """A source folder of that version."""
        folder = self.places.root / f"source-{version}"
        folder.mkdir(parents=True)
        (folder / "pyproject.toml").write_text(
            f'[project]\nname = "catplotter"\nversion = "{version}"\n'
        )
        (folder / "requirements.txt").write_text("")
        (folder / "systemd").symlink_to(REPOSITORY / "systemd")
        return folder

    def _run(self, command: Sequence[str]) -> str:
        text = " ".join(command)
        self.ran.append(text)
        if self.broken and self.broken in text:
            raise ApplianceError(f"`{text}` failed")
        if "-m venv" in text:
            packages = Path(command[-1]) / "lib/python3.11/site-packages"
            (packages / "numpy/tests").mkdir(parents=True)
            (packages / "numpy/core.pyi").touch()
            (packages / "numpy/core.py").touch()
        elif command[0] == "tar":
            (Path(command[4]) / "inside").mkdir()
        return "#CATPLOTTER_SERVE_SPEED=1\n" if command[-1] == "settings" else ""
