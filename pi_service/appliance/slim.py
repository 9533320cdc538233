"""Makes an environment small: what an appliance never uses is taken out once it is installed.

Nothing is installed into a finished release, taken from it or compiled against it: an update
builds a new one from the same hashed requirements. So the libraries' tests, headers, type
stubs and installers go, and all sources, once each is compiled: a traceback still names file
and line. That nothing which is needed went with them is shown by every build, which draws a
cat with what is left, and goes no further if it cannot.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

OURS = ("pi_service", "firmware_gcode")
"""Packages whose docstrings stay: commands and API explain themselves by them."""
NOT_NEEDED = (
    # What libraries bring along for those who test, type-check or compile against them.
    *("**/tests", "test", "**/*.pyi", "**/*.pxd", "**/*.pyx", "**/*.a", "**/*.h"),
    *("numpy/f2py", "numpy/distutils", "numpy/_core/include", "numpy/_core/lib"),
    *("numpy/random/_examples", "numpy/_core/_simd.*", "numpy/_core/_*_tests.*"),
    *("numpy/_pyinstaller", "numpy/conftest.py"),
    # Debian's Python puts an installer of its own into a new environment.
    *("setuptools*", "pkg_resources", "_distutils_hack", "distutils-precedence.pth"),
    *("pip", "pip-*"),
    # The workstation's part, and pictures for the readers of the source.
    *("model_training", "pi_service/sketching/models/*.png"),
)


class Run(Protocol):
    """Runs a command to its end."""

    def __call__(self, command: Sequence[str], /) -> object:
        """Run it; raises where it fails."""


def slim(packages: Path, python: Path, run: Run) -> None:
    """Compile everything in an environment and take out what is not needed."""
    for pattern in NOT_NEEDED:
        for path in list(packages.glob(pattern)):
            _remove(path)
    compileall = [str(python), "-m", "compileall", "-q", "-b"]
    theirs, ours = list(_theirs(packages)), [packages / name for name in OURS]
    if theirs:
        run([*compileall, "-o", "2", *map(str, theirs)])
    run([*compileall, *map(str, ours)])
    for path in theirs + ours:
        _drop_sources(path)


def _theirs(packages: Path) -> Iterator[Path]:
    """The libraries: packages and single modules."""
    for path in sorted(packages.iterdir()):
        if path.name in OURS or path.suffix in {".dist-info", ".libs", ".pth"}:
            continue
        if path.name != "__pycache__" and (path.is_dir() or path.suffix == ".py"):
            yield path


def _drop_sources(library: Path) -> None:
    """Only what has its compiled form beside it, which Python then imports."""
    sources = [library] if library.is_file() else list(library.rglob("*.py"))
    for source in sources:
        if source.with_suffix(".pyc").exists():
            source.unlink()
    if library.is_dir():
        for cache in list(library.rglob("__pycache__")):
            _remove(cache)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
