"""The lines of a program as everybody takes them who times, checks or sends it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.words import strip_line

_END: Final = re.compile(r"M0*(?:2|30)(?:\.0*)?(?![\d.])")
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_lines(path: Path) -> Iterator[str]:
    """The `program_lines` of a file of any size, in UTF-8, or UTF-16 if it says so.

    Lines end as GRBL takes them to end, with CR or LF. What is no character of the encoding
    is one that GRBL refuses, unless it stands in a comment.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        begin = file.read(4)
    found = (name for mark, name in _MARKS.items() if begin.startswith(mark))
    with path.open(encoding=next(found, "utf-8"), errors="replace") as text:
        yield from program_lines(text)


def program_lines(lines: Iterable[str]) -> Iterator[str]:
    """The lines up to the program's end, without the ends of lines, each at its place.

    The end is M2 or M30, which is left out, but not what stands beside it. A line of ``%``
    alone, which is of tapes and none that GRBL knows, is blank.
    """
    for raw in lines:
        line = raw.rstrip("\r\n")
        if line.strip() == "%":
            line = ""
        elif "M" in line or "m" in line:
            try:
                text = strip_line(line)
            except GcodeError:  # too long, for whoever reads it
                text = ""
            if _END.search(text):
                yield _END.sub("", text)
                return
        yield line
