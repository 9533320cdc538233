"""Reading large SVG files: processor time and memory, beside svgelements if it is installed.

Each file is read in a process of its own: 100,000 strokes, or 5,000 overlapping glyphs.
svgelements (`pip install svgelements`) only parses: no curve is flattened there.
"""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import tempfile
import time
from importlib import import_module
from pathlib import Path

import numpy as np

from firmware_gcode.drawing.svg_in import read_svg

STROKES, POINTS = 100_000, 10
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="297mm" height="420mm" '
    'viewBox="0 0 297 420">'
    "<style>.s0,.s1{fill:none;stroke:red}.s2{fill:none;stroke:#00f}</style>"
    '<clipPath id="c"><circle cx="150" cy="200" r="140"/></clipPath>'
)
OURS = "firmware_gcode.drawing.svg_in"
KINDS = {
    "lines": '<g fill="none" stroke="black">',
    "curves": '<g fill="none" stroke="black">',
    "circles": '<g fill="none" stroke="black">',
    "classes": "<g>",
    "clipped": '<g clip-path="url(#c)" fill="none" stroke="black">',
    "glyphs": '<g fill="black">',
    "one path of glyphs": '<g fill="black"><path d="',
}
GLYPHS = 5_000
BOWL = "m0 -3.9c1.7 0 3 1.8 3 3.9s-1.3 3.9 -3 3.9s-3 -1.8 -3 -3.9s1.3 -3.9 3 -3.9z"
STEM = "m2.4 .3h.9v7.8h-.9z"
"""A glyph's two rings, which overlap."""


def written(kind: str, path: Path) -> None:
    """A file of that many strokes of ten points."""
    chance = np.random.default_rng(1)
    steps = np.cumsum(chance.normal(0.0, 2.0, (STROKES, POINTS, 2)), axis=1)
    places = np.clip(steps + chance.uniform(20, (277, 400), (STROKES, 1, 2)), 1, (296, 419))
    with path.open("w") as file:
        file.write(HEAD + KINDS[kind])
        glyphs = "glyphs" in kind
        for number, stroke in enumerate(
            places[: GLYPHS if glyphs else None].round(2).tolist()
        ):
            pairs = [f"{x},{y}" for x, y in stroke]
            if kind == "circles":
                file.write(f'<circle cx="{stroke[0][0]}" cy="{stroke[0][1]}" r="1.5"/>\n')
            elif glyphs:
                glyph = f"M{pairs[0]}{BOWL}{STEM}"
                file.write(f'<path d="{glyph}"/>\n' if kind == "glyphs" else glyph)
            elif kind == "curves":
                file.write(f'<path d="M{pairs[0]} C{" ".join(pairs[1:])}"/>\n')
            else:
                name = f' class="s{number % 3}"' if kind == "classes" else ""
                file.write(f'<path{name} d="M{" L".join(pairs)}"/>\n')
        file.write('"/>' if kind == "one path of glyphs" else "")
        file.write("</g></svg>")


def _measured(path: str, reader: str, told: str) -> None:
    kept: object = import_module(reader)
    base, before = _peak(), time.process_time()
    if reader == "svgelements":
        with Path(path).open() as file:
            kept = import_module(reader).SVG.parse(file, reify=True)
    else:
        kept = read_svg(Path(path))
    seconds = time.process_time() - before
    Path(told).write_text(json.dumps([seconds, _peak() - base, id(kept)]))


def _peak() -> float:
    """The most memory that this process has had, MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Print the table."""
    peers = ["svgelements"] if importlib.util.find_spec("svgelements") else []
    context = multiprocessing.get_context("spawn")
    print(f"{STROKES} strokes   MB of file   reader           processor s   memory MB")
    with tempfile.TemporaryDirectory() as folder:
        path, told = Path(folder) / "large.svg", Path(folder) / "told"
        for kind in KINDS:
            written(kind, path)
            size = path.stat().st_size / 1e6
            for reader in (OURS, *peers):
                process = context.Process(
                    target=_measured, args=(str(path), reader, str(told))
                )
                process.start()
                process.join()
                if process.exitcode:
                    raise SystemExit(f"{reader} could not read {kind}")
                seconds, memory, _ = json.loads(told.read_text())
                name = reader.split(".")[0]
                print(f"{kind:18} {size:8.1f}   {name:15}{seconds:13.1f}{memory:12.0f}")


if __name__ == "__main__":
    main()
