"""The page's own files, held compressed in memory, and the catalogues by which it tells facts.

All files lie below one folder whose name is a hash of their contents: browsers may keep them
for ever, and an update is a new folder. No address that the page uses begins with a slash, so
that it works as well below a proxy's prefix.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, Request, Response, request
from werkzeug.exceptions import NotFound

from firmware_gcode.facts import LANGUAGES, catalogue

STATIC = Path(__file__).with_name("static")

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

_IMPORT = re.compile(rb'@import "([\w.-]+)";')
_COMMENTS = re.compile(
    rb"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)$", re.MULTILINE | re.DOTALL
)
"""Comments on lines of their own, also those in which JavaScript says its types."""

FOREVER = "public, max-age=31536000, immutable"
GZIP_FROM = 600
"""Bytes from which compression is worth its work: less fits into one packet anyway."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, the same compressed, and its media type."""

    plain: bytes
    packed: bytes
    media_type: str


class Assets:
    """All files below a folder, and the catalogues of what the service tells, read once.

    Attributes:
        version: Hash over names and contents of all files.
        base: The address that they lie below, as seen from the page.
    """

    def __init__(self, folder: Path = STATIC) -> None:
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in TYPES
        }
        for language in LANGUAGES:  # the sentences of both packages, as one file
            words = json.dumps(catalogue(language), ensure_ascii=False, separators=(",", ":"))
            files[f"messages/{language}.json"] = words.encode()
        digest = hashlib.sha256()
        for name, content in files.items():
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        self.version = digest.hexdigest()[:12]
        self.base = f"static/{self.version}"
        self._assets = {name: self._asset(name, files) for name in files}

    def _asset(self, name: str, files: dict[str, bytes]) -> Asset:
        suffix = Path(name).suffix
        content = files[name]
        if suffix == ".html":
            content = content.replace(b"{base}", self.base.encode())
        if suffix == ".css":  # one request instead of one more for every import
            content = _IMPORT.sub(lambda found: files[f"css/{found[1].decode()}"], content)
        if suffix == ".js":  # a fifth of its bytes; lines keep their numbers
            content = _COMMENTS.sub(lambda found: b"\n" * found[0].count(b"\n"), content)
        return Asset(content, gzip.compress(content, 9, mtime=0), TYPES[suffix])

    def text(self, name: str) -> str | None:
        """A file's text as it is sent, or None if there is no such file."""
        asset = self._assets.get(name)
        return None if asset is None else asset.plain.decode()

    def answer(self, name: str, request: Request, cache_control: str) -> Response:
        """The file `name` as an answer to `request`.

        Raises:
            NotFound: If there is no such file.
        """
        asset = self._assets.get(name)
        if asset is None:
            raise NotFound
        packed = len(asset.plain) >= GZIP_FROM and takes_gzip(request)
        response = Response(asset.packed if packed else asset.plain)
        response.headers["Content-Type"] = asset.media_type
        response.headers["Cache-Control"] = cache_control
        response.headers["Vary"] = "Accept-Encoding"
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        return response


@cache
def shipped() -> Assets:
    """The page's own files: read and packed once in a process, however many apps send them."""
    return Assets()


def takes_gzip(request: Request) -> bool:
    """Whether the asker understands gzip."""
    return request.accept_encodings.quality("gzip") > 0


def install(app: Flask, assets: Assets) -> None:
    """Serve the page's files below ``/static``."""

    @app.get("/static/<version>/<path:name>")
    def file(version: str, name: str) -> Response:
        current = version == assets.version
        return assets.answer(name, request, FOREVER if current else "no-store")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return assets.answer("icons/icon.svg", request, "max-age=86400")


def pack_answers(app: Flask) -> None:
    """Compress what the API answers, where the asker takes it and it is long enough."""

    @app.after_request
    def pack(response: Response) -> Response:
        if (
            response.is_streamed
            or response.status_code != 200
            or "Content-Encoding" in response.headers
            or not takes_gzip(request)
        ):
            return response
        body = response.get_data()
        if len(body) >= GZIP_FROM:
            response.set_data(gzip.compress(body, 5, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
            response.headers.setdefault("Vary", "Accept-Encoding")
        return response
