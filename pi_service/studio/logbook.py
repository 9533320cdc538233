"""What happened, on disk: for the person who comes in the morning and asks about the night."""

from __future__ import annotations

from typing import Any

from pi_service.studio.database import Database
from pi_service.studio.events import Event
from pi_service.studio.job import JobState

KEPT = 5000
"""Entries that are kept; older ones go."""
_ENDS = {JobState.FAILED, JobState.INTERRUPTED, JobState.CANCELLED}


class Logbook:
    """Picks what is worth remembering out of the stream of events, and keeps it.

    Args:
        database: The service's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._problems: list[str] = []
        self._sheet: int | None = None
        self._pen: int | None = None

    def take(self, events: list[Event]) -> int:
        """Keep what is worth it of some events; gives how many entries that made.

        Raises:
            StoreError: If they cannot be kept.
        """
        entries = [
            (event.at, event.kind, text) for event in events for text in self._of(event)
        ]
        if entries:
            self.add(entries)
        return len(entries)

    def add(self, entries: list[tuple[float, str, str]]) -> None:
        """Keep entries: seconds since 1970, a kind, a sentence."""
        with self._database.write() as connection:
            connection.executemany(
                "INSERT INTO log (at, kind, text) VALUES (?, ?, ?)", entries
            )

    def entries(self, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
        """The newest entries, newest first: ``id``, ``at``, ``kind``, ``text``.

        Args:
            limit: At most this many.
            before: Only entries with a smaller number.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, at, kind, text FROM log WHERE id < ? ORDER BY id DESC LIMIT ?",
                (2**62 if before is None else before, limit),
            ).fetchall()
        return [dict(row) for row in rows]

    def tidy(self) -> None:
        """Let go of what nobody will ask about any more."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - ?", (KEPT,)
            )

    def _of(self, event: Event) -> list[str]:
        data = event.data
        match event.kind:
            case "notice":
                return [str(data["text"])]
            case "problem":
                return self._changes(list(data["problems"]))
            case "sheet" if self._sheet != data["id"]:
                self._sheet = data["id"]
                return [f"Sheet {data['id']} is on the bed."]
            case "pen" if self._pen != data["id"]:
                self._pen = data["id"]
                return [f"Pen {data['id']} is in the holder."]
            case "job" if data["state"] in _ENDS and data["edition"] is not None:
                return [f"No. {data['edition']} is {data['state']}. {data['reason']}".strip()]
        return []

    def _changes(self, problems: list[str]) -> list[str]:
        """What is wrong since now, and what is not any more."""
        new = [text for text in problems if text not in self._problems]
        gone = [f"Over: {text}" for text in self._problems if text not in problems]
        self._problems = problems
        return gone + new
