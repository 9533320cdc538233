"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Before NumPy is there, as the service does it: threads that only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
REPOSITORY = Path(__file__).resolve().parent.parent
# Whoever begins the tests may ignore these (nohup), and children would inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# The same examples on every run, however slow the machine is: more would be the same, too.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("steady")

CHROMIUMS = (
    "/usr/bin/chromium-headless-shell",  # without a window it costs less than half
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
)
PATIENCE_MS = 15_000
"""How long a page is waited for: a busy machine is no failure."""
LIBRARIES = ("numpy", "flask", "waitress", "playwright", "hypothesis", "pytest", "torch")


def pytest_report_header() -> list[str]:
    """Say what is tested with: a test that fails may be a newer browser's doing."""
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    programs = [
        f"Chromium {told_version(chromium_path() or 'chromium', '--version')}",
        f"mosquitto {told_version('mosquitto', '-h')}",
        f"socat {told_version('socat', '-V')}",
    ]
    libraries = [f"{name} {installed(name)}" for name in LIBRARIES]
    return [f"tested with {system}, {', '.join(programs)}", f"and {', '.join(libraries)}"]


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: Python need not look through it."""
    gc.collect()
    gc.freeze()


def installed(library: str) -> str:
    """The version of a Python library, or that it is not there."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def told_version(program: str, *arguments: str) -> str:
    """The version that a program tells, or that it is not there."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        return "missing"
    told = subprocess.run(
        [path, *arguments], capture_output=True, text=True, check=False, timeout=30
    ).stdout
    found = re.search(r"\d+(\.\d+)+", told)
    return found[0] if found else "of unknown version"


def chromium_path() -> str | None:
    """Where the system's Chromium is, or None."""
    return next((path for path in CHROMIUMS if Path(path).exists()), None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out for want of torch."""
    if importlib.util.find_spec("torch") is None:
        files = (REPOSITORY / "tests" / "model_training").glob("test_*_torch.py")
        count = sum(len(re.findall(r"^def test_", file.read_text(), re.M)) for file in files)
        terminalreporter.write_line(
            f"{count} training tests were left out: they need torch. "
            "`make test-training` runs them in an environment of its own."
        )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development data (real drawings, firmware recordings), or a skip without it."""
    named = os.environ.get("CATPLOTTER_SHARED")
    folder = (Path(named) if named else REPOSITORY.parent / "shared") / "data"
    if not folder.is_dir():
        pytest.skip(f"development data not found at {folder}; set CATPLOTTER_SHARED to use it")
    return folder


@pytest.fixture(scope="session")
def plain_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model without its critic: what is drawn first is taken, in no time.

    It is for tests in which a cat is needed, and no good one.
    """
    # Imports NumPy, which is to come after the settings above.
    from pi_service.sketching.model_file import (  # noqa: PLC0415
        read_model_file,
        write_model_file,
    )
    from pi_service.sketching.sketcher import DEFAULT_MODEL  # noqa: PLC0415

    model = read_model_file(DEFAULT_MODEL)
    drawing = {n: w for n, w in model.weights.items() if not n.startswith("critic.")}
    path = tmp_path_factory.mktemp("model") / "plain.safetensors"
    write_model_file(path, replace(model, weights=drawing, critic=None))
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless; a skip without it."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium is installed: apt install chromium-headless-shell")
    # Not in every environment.
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    arguments.append("--in-process-gpu")  # a tenth less for each page: nothing has a GPU here
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
