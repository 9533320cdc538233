"""What the journal is told: a priority in front of every line."""

from __future__ import annotations

import logging

import pytest

from pi_service.systemd import JournalFormatter


@pytest.mark.parametrize(
    ("level", "number"),
    [(logging.DEBUG, 7), (logging.INFO, 6), (logging.WARNING, 4), (logging.CRITICAL, 3)],
)
def test_every_line_has_its_priority(level: int, number: int) -> None:
    record = logging.LogRecord("link", level, "", 0, "gone\nagain", None, None)
    text = JournalFormatter("%(name)s: %(message)s").format(record)
    assert text == f"<{number}>link: gone\n<{number}>again"
