"""What is taken out of a finished environment, and what must stay."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pi_service.appliance.slim import slim


def run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True)


def made(root: Path, *names: str) -> Path:
    """An environment's packages, each file a module that knows its own name."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("name = __name__\n" if path.suffix == ".py" else "")
    return root


def left(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_libraries_are_left_compiled_and_importable(tmp_path: Path) -> None:
    packages = made(tmp_path, "lib/__init__.py", "lib/part.py", "lib/data.txt", "single.py")
    slim(packages, Path(sys.executable), run)
    assert left(packages) == {"lib/__init__.pyc", "lib/part.pyc", "lib/data.txt", "single.pyc"}
    words = f"import sys; sys.path.insert(0, {str(packages)!r}); import lib.part, single"
    words += "; print(lib.part.name, single.name)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True)
    assert done.stdout == b"lib.part single\n"


def test_our_own_docstrings_stay_for_help_and_api(tmp_path: Path) -> None:
    packages = made(tmp_path, "pi_service/__init__.py", "firmware_gcode/__init__.py")
    (packages / "pi_service/said.py").write_text('"""What it is for."""\n')
    slim(packages, Path(sys.executable), run)
    assert "pi_service/said.pyc" in left(packages)
    assert "pi_service/said.py" not in left(packages)
    words = f"import sys; sys.path.insert(0, {str(packages)!r}); import pi_service.said as s"
    done = subprocess.run(
        [sys.executable, "-c", f"{words}; print(s.__doc__)"], capture_output=True, check=True
    )
    assert done.stdout == b"What it is for.\n"


def test_what_only_developers_need_goes(tmp_path: Path) -> None:
    away = ["numpy/tests/test_a.py", "numpy/a.pyi", "numpy/_core/_simd.so", "test/test_b.py"]
    away += ["setuptools-65.5.0.dist-info/METADATA", "pip/__init__.py", "numpy/f2py/a.c"]
    stay = ["numpy-2.4.6.dist-info/METADATA", "numpy.libs/libblas.so", "numpy/_core/_umath.so"]
    packages = made(tmp_path, *away, *stay)
    (packages / "pi_service").mkdir()
    (packages / "firmware_gcode").mkdir()
    slim(packages, Path(sys.executable), run)
    assert left(packages) == set(stay)
