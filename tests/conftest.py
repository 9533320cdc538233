"""Fixtures shared by all tests."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Before NumPy is there, as the service does it: threads that only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
REPOSITORY = Path(__file__).resolve().parent.parent
# The same examples on every run, however slow the machine is.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

CHROMIUMS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


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
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless; a skip without it."""
    path = next((p for p in CHROMIUMS if Path(p).exists()), None)
    if path is None:
        pytest.skip(f"no Chromium at {' or '.join(CHROMIUMS)}; apt install chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not in every environment

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
