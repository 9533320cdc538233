"""Updates as the staff ask for them on the page; `update_files` says who does what."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from firmware_gcode.facts import Fact, fact
from pi_service.studio.core.errors import StudioError
from pi_service.studio.workshop import update_files as files


class Updates:
    """What is new, and how it is asked for.

    Args:
        incoming: The folder with releases.
        request: Where the updater finds what is asked for.
        outcome: Where it says what became of it.
        ours: The version that runs.
    """

    def __init__(
        self,
        incoming: Path = files.INCOMING,
        request: Path = files.REQUEST,
        outcome: Path = files.OUTCOME,
        *,
        ours: str | None = None,
    ) -> None:
        self._incoming, self._request, self._outcome = incoming, request, outcome
        self._ours = ours or version("catplotter")
        self._known: tuple[object, list[files.Offered]] = (None, [])

    def view(self) -> dict[str, Any]:
        """What runs, what is offered, what became of the last update."""
        last = files.heard(self._outcome)
        return {
            "version": self._ours,
            "possible": self._incoming.is_dir() and self._request.parent.is_dir(),
            "folder": str(self._incoming),
            "offered": [
                {"name": each.name, "version": each.version, "changes": list(each.changes)}
                for each in self._offered()
            ],
            "phase": "asked" if self._request.exists() else last and last.phase,
            "last": None if last is None else {"version": last.version, "at": last.at},
            "why": "" if last is None else last.why,
        }

    def ask(self, name: str | None) -> None:
        """Ask for a release, or (None) for the version before.

        Raises:
            StudioError: There is no such release, or another update goes on.
        """
        last = files.heard(self._outcome)
        if self._request.exists() or (last is not None and last.phase in files.GOING_ON):
            raise StudioError("update-goes-on")
        found = next((each for each in self._offered() if each.name == name), None)
        if name is not None and found is None:
            raise StudioError("update-unknown", name=name[:60])
        try:
            files.ask(self._request, name, "" if found is None else found.sha256)
        except OSError as error:
            raise StudioError("update-not-asked", why=error.strerror or str(error)) from error

    def held_back(self) -> Fact | None:
        """Why no drawing may begin: a new version waits for the machine to rest."""
        last = files.heard(self._outcome)
        holds = last is not None and last.phase in files.HOLDING
        return fact("hold-update") if holds else None

    def _offered(self) -> list[files.Offered]:
        """The releases, read anew only when a file has come, gone or changed."""
        try:
            seen = [
                (path.name, path.stat().st_mtime_ns) for path in self._incoming.glob("*.gz")
            ]
        except OSError:
            return []
        if self._known[0] != sorted(seen):
            self._known = (sorted(seen), files.offered(self._incoming, self._ours))
        return self._known[1]
