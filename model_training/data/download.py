"""Fetches the public files of Quick, Draw!: resumable, with a progress bar, sizes checked."""

from __future__ import annotations

import http.client
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ORIGIN = "https://storage.googleapis.com/quickdraw_dataset"
KINDS: Mapping[str, tuple[str, str]] = {
    "simplified": ("full/simplified", ".ndjson"),
    "raw": ("full/raw", ".ndjson"),
    "binary": ("full/binary", ".bin"),
    "npz": ("sketchrnn", ".npz"),
}
"""Where the files of each form lie below the origin, and how their names end."""
TIMEOUT = 30.0
"""Seconds without a byte after which the connection is given up."""
TRIES = 5
CHUNK = 1 << 18
BAR = 30


class DownloadError(OSError):
    """A file that cannot be fetched; the message says which, why, and what to do."""


class _ShortError(OSError):
    """The connection ended before the file did."""


@dataclass(frozen=True)
class Download:
    """One file to fetch."""

    url: str
    path: Path
    """Where it goes; beside it, while it is not whole, `….part`."""

    @classmethod
    def of(cls, class_name: str, kind: str, folder: Path, origin: str = ORIGIN) -> Download:
        """The file of a class, as one of `KINDS`."""
        below, ending = KINDS[kind]
        name = urllib.parse.quote(class_name + ending)
        return cls(
            f"{origin}/{below}/{name}", folder / (class_name.replace(" ", "_") + ending)
        )


def download_all(
    downloads: Iterable[Download],
    *,
    say: Callable[[str], None] = print,
    terminal: TextIO | None = None,
    tries: int = TRIES,
) -> Iterator[Path]:
    """Fetches files one after the other; gives the path of each that is there and whole.

    Raises:
        DownloadError: A file cannot be fetched: no network, no such class, no room…
    """
    terminal = terminal or (sys.stderr if sys.stderr.isatty() else None)
    for one in downloads:
        if one.path.exists():
            say(f"{one.path} is there already")
        else:
            _fetch(one, terminal, tries)
        yield one.path


def _fetch(one: Download, terminal: TextIO | None, tries: int) -> None:
    """Fetches one file, going on where an earlier try stopped."""
    part = one.path.with_name(one.path.name + ".part")
    try:
        one.path.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, tries + 1):
            try:
                _fetch_rest(one.url, part, terminal)
                break
            except (_ShortError, TimeoutError, http.client.HTTPException, ConnectionError):
                if attempt == tries:
                    raise
        part.replace(one.path)
    except urllib.error.HTTPError as error:
        raise DownloadError(_refused(one, error.code)) from error
    except (urllib.error.URLError, _ShortError, TimeoutError, ConnectionError) as error:
        raise DownloadError(_offline(one, error)) from error
    except http.client.HTTPException as error:
        raise DownloadError(_offline(one, error)) from error
    except OSError as error:
        raise DownloadError(f"{part} cannot be written: {error}") from error


def _fetch_rest(url: str, part: Path, terminal: TextIO | None) -> None:
    """Adds what is missing to a file of which a part is there, and checks its size."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url)  # noqa: S310 - the origin is the user's to choose
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310 - as above
    except urllib.error.HTTPError as error:
        if have and error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            if error.headers.get("Content-Range") == f"bytes */{have}":
                return  # all of it is there already
            part.unlink()
            raise _ShortError("the part that was there is of another file") from error
        raise
    with answer:
        goes_on = answer.status == http.client.PARTIAL_CONTENT
        have = have if goes_on else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        with part.open("ab" if goes_on else "wb") as file:
            while piece := answer.read(CHUNK):
                file.write(piece)
                have += len(piece)
                _show(terminal, part, have, total)
    if terminal:
        terminal.write("\n")
    if total is not None and have != total:
        raise _ShortError(f"it ended after {have} of {total} bytes")


def _show(terminal: TextIO | None, part: Path, have: int, total: int | None) -> None:
    """The progress bar."""
    if terminal is None:
        return
    share = have / total if total else 0.0
    full = int(share * BAR)
    terminal.write(
        f"\r{part.stem} [{'=' * full}{' ' * (BAR - full)}] {have / 1e6:,.1f}"
        + (f" of {total / 1e6:,.1f} MB" if total else " MB")
    )
    terminal.flush()


def _refused(one: Download, code: int) -> str:
    if code == http.client.NOT_FOUND:
        return (
            f"there is no {one.url}: is the class spelled as in "
            "https://github.com/googlecreativelab/quickdraw-dataset/blob/master/categories.txt?"
        )
    return f"{one.url} was refused with HTTP status {code}: try again later"


def _offline(one: Download, error: Exception) -> str:
    return (
        f"{one.url} cannot be fetched ({error}): try again, it goes on where it stopped; or "
        f"fetch that file on another computer and put it here as {one.path}"
    )
