"""Everything to take away: the table of all jobs as CSV, every drawing as SVG in one zip."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from pi_service.studio.jobs.job import Job
from pi_service.studio.jobs.store import Store
from pi_service.studio.keepsake.scene import picture

PAGE = 200
"""Jobs that are held in memory at a time."""
COLUMNS = (
    *("id", "edition", "state", "class_name", "seed", "model_hash", "source"),
    *("requested_at", "started_at", "ended_at", "seconds_drawn", "strokes_drawn"),
    *("strokes_total", "ink_drawn_mm", "sheet", "cell", "caption", "size_mm", "again_of"),
    *("whole_sheet", "print_number", "print_total"),
    *("favourite", "reason"),
)
_TIMES = ("requested_at", "started_at", "ended_at")


def table(store: Store, zone: ZoneInfo) -> Iterator[str]:
    """All jobs as CSV, the oldest first, line by line; times are local, ISO 8601."""
    yield _line(COLUMNS)
    for job in all_jobs(store):
        row = [facts(job, zone)[name] for name in COLUMNS]
        yield _line(["" if value is None else value for value in row])


def days(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Figures as CSV, line by line; the first line names the columns."""
    if rows:
        yield _line(list(rows[0]))
    for row in rows:
        yield _line([_safe(value) for value in row.values()])


def _safe(value: object) -> object:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value


def facts(job: Job, zone: ZoneInfo) -> dict[str, object]:
    """What is known of a job, under the names of `Job`; times as local ISO 8601."""
    found = job.as_dict()
    for name in _TIMES:
        at = found[name]
        if at is not None:
            found[name] = datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
    return {name: found[name] for name in COLUMNS}


def archive(
    store: Store, zone: ZoneInfo, *, pen_width: float, name: Callable[[Job], str]
) -> Iterator[bytes]:
    """A zip with ``jobs.csv`` and an SVG of every drawing that is shown, piece by piece.

    Each SVG holds what is known of its job as JSON in its ``metadata``. The whole is never in
    memory.

    Args:
        name: The file name of a job's drawing, without its suffix.
    """
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as zipped:
        with zipped.open("jobs.csv", "w") as file:
            for line in table(store, zone):
                file.write(line.encode())
                yield from pipe.take()
        for job in all_jobs(store):
            shown = job.edition is not None and job.on_paper
            kept = store.drawing(job.id) if shown else None
            if kept is not None:
                text = with_metadata(picture(job, kept, pen_width), facts(job, zone))
                zipped.writestr(f"drawings/{name(job)}.svg", text)
                yield from pipe.take()
    yield from pipe.take()


def with_metadata(svg: str, known: dict[str, object]) -> str:
    """Put what is known of a drawing into its SVG, as JSON in ``metadata``."""
    body = escape(json.dumps(known, ensure_ascii=False), quote=False)
    return svg.replace("</title>", f"</title>\n<metadata>{body}</metadata>", 1)


def all_jobs(store: Store) -> Iterator[Job]:
    """Every job there ever was, the oldest first, but for deleted ones."""
    after = 0
    while page := store.find_after(after, PAGE):
        yield from page
        after = page[-1].id


def _line(row: tuple[object, ...] | list[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(row)
    return text.getvalue()


class Pipe(io.RawIOBase):
    """Takes in what the zip writes and gives it on at once; cannot go back."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: object) -> int:
        """Take some bytes in; gives how many."""
        piece = bytes(data)  # type: ignore[call-overload] # whatever has bytes
        self._pieces.append(piece)
        return len(piece)

    def take(self) -> list[bytes]:
        """What was written since the last call."""
        taken, self._pieces = self._pieces, []
        return taken
