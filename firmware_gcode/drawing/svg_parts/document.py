"""From the bytes of an SVG file to its tree of elements, whatever they try.

XML is read by expat. Text comes in any encoding that Python knows, gzipped or not. Entities
of the file's own document type are taken as text of bounded length; what would multiply is
refused.
"""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from firmware_gcode.facts import CodedError

MAX_BYTES = 100_000_000
"""Of the file, and of what comes out of a gzipped one."""
MAX_ELEMENTS = 500_000
SVG = "{http://www.w3.org/2000/svg}"
_MAX_ENTITY = 50_000
"""Characters that one entity may stand for."""
_MAX_EXPANDED = 5_000_000
"""Characters that all references to entities together may stand for."""
_CHUNK = 1 << 18
_REFERENCE = re.compile(r"&([^\s#;&<>]{1,200});")
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


class SvgError(CodedError, ValueError):
    """An SVG file that cannot be read, is empty, or is too large."""


def read_tree(source: Path | str) -> Element:
    """The root element of an SVG file, given by its path or as a text that begins with "<".

    Raises:
        SvgError: Not readable, not SVG, or more than is read.
    """
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("<"):
        if len(source) > MAX_BYTES:
            raise SvgError("svg-too-large", most=MAX_BYTES // 1_000_000)
        text = source.lstrip("\ufeff \t\r\n")
        return _tree(text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK))
    with _opened(Path(source)) as pieces:
        return _tree(pieces)


def embedded_tree(data: bytes) -> Element:
    """The root element of an SVG file in memory. Raises SvgError as `read_tree` does."""
    return _tree(_decoded(_bounded(_plain(io.BytesIO(data)))))


def read_text(path: Path) -> str:
    """An SVG file as `read_tree` takes it. Raises SvgError where it is not readable."""
    with _opened(path) as pieces:
        return "".join(pieces)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[str]]:
    """A file's text in pieces."""
    try:
        with path.open("rb") as file:
            yield _decoded(_bounded(_plain(file)))
    except (OSError, ValueError) as error:
        if isinstance(error, SvgError):
            raise
        why = getattr(error, "strerror", None) or str(error)
        raise SvgError("svg-file-unreadable", path=str(path), why=why) from error


def _plain(file: BinaryIO) -> Iterator[bytes]:
    """A file's bytes, unpacked if it is gzipped (`.svgz`)."""
    chunk = file.read(_CHUNK)
    if not chunk.startswith(b"\x1f\x8b"):
        while chunk:
            yield chunk
            chunk = file.read(_CHUNK)
        return
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    while chunk and not unpacker.eof:
        try:
            yield unpacker.decompress(chunk, _CHUNK)
            while unpacker.unconsumed_tail:
                yield unpacker.decompress(unpacker.unconsumed_tail, _CHUNK)
        except zlib.error as error:
            raise SvgError("svg-gzip-damaged") from error
        chunk = file.read(_CHUNK)
    if not unpacker.eof:
        raise SvgError("svg-gzip-damaged")


def _bounded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same, refused once there is too much."""
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > MAX_BYTES:
            raise SvgError("svg-too-large", most=MAX_BYTES // 1_000_000)
        yield chunk


def _decoded(chunks: Iterator[bytes]) -> Iterator[str]:
    """Bytes as text, by byte order mark, by the XML declaration, or as UTF-8."""
    first = next(chunks, b"")
    encoding = _encoding(first.lstrip(b" \t\r\n"))
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(first).lstrip("\ufeff \t\r\n")
        for chunk in chunks:
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise SvgError("svg-not-decodable", encoding=encoding) from error


def _encoding(head: bytes) -> str:
    """The encoding of a file that begins so."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    declared = _DECLARED.match(head[:1000])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if name.startswith(("utf-16", "utf16", "utf-32", "utf32", "ucs")):
        return "utf-8"  # It says what it is not: such a file would begin otherwise.
    try:
        if not codecs.lookup(name)._is_text_encoding:
            return "utf-8"
    except LookupError:
        raise SvgError("svg-encoding-unknown", encoding=name) from None
    return name


def _tree(texts: Iterator[str]) -> Element:
    """The tree of a document that comes in pieces."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.EntityDeclHandler = builder.entity
    try:
        for text in texts:
            for piece in builder.pieces(text):
                parser.Parse(piece)
        parser.Parse("", True)
    except expat.ExpatError as error:
        why = f"{expat.ErrorString(error.code)}, line {error.lineno}"
        raise SvgError("svg-invalid", why=why) from error
    except (UnicodeError, ValueError) as error:
        if isinstance(error, SvgError):
            raise
        raise SvgError("svg-invalid", why=str(error)) from error
    return builder.finish()


class _Builder:
    """Builds the tree from what expat tells, and counts."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._count = 0
        self._entities: dict[str, int] = {}
        self._expanded = 0
        self._kept = ""

    def pieces(self, text: str) -> Iterator[str]:
        """A text as it is to be parsed.

        It comes in small pieces before the first element, where entities are declared, so that
        none is used before it has been weighed.
        """
        while text and not self._count:
            yield self._weighed(text[:1000])
            text = text[1000:]
        if text:
            yield self._weighed(text)

    def _weighed(self, text: str) -> str:
        if self._entities:
            for name in _REFERENCE.findall(self._kept + text):
                self._expanded += self._entities.get(name, 0)
            cut = text.rfind("&", -210)
            self._kept = text[cut:] if cut >= 0 and ";" not in text[cut:] else ""
            if self._expanded > _MAX_EXPANDED:
                raise SvgError("svg-entities")
        return text

    def entity(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        _base: str | None,
        _system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        """An entity is declared: weigh what it stands for."""
        if is_parameter or value is None:
            return
        inner = (self._entities.get(inner, 0) for inner in _REFERENCE.findall(value))
        self._entities[name] = len(value) + sum(inner)
        if self._entities[name] > _MAX_ENTITY:
            raise SvgError("svg-entities")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise SvgError("svg-too-many-elements", most=MAX_ELEMENTS)
        if self._count == 1 and tag.rpartition("}")[2] != "svg":
            raise SvgError("svg-other-root", tag=tag.rpartition("}")[2][:40])
        named = {f"{{{k}" if "}" in k else k: v for k, v in attributes.items()}
        self._tree.start(f"{{{tag}" if "}" in tag else SVG + tag, named)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._tree.end(f"{{{tag}" if "}" in tag else SVG + tag)

    def text(self, text: str) -> None:
        """Text within an element."""
        self._tree.data(text)

    def finish(self) -> Element:
        """The root, once all is told."""
        root: Element = self._tree.close()
        return root
