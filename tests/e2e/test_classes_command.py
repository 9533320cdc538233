"""What visitors may ask for, decided from the command line of a running service."""

from __future__ import annotations

from pathlib import Path

import pytest

from pi_service.service import Service
from tests.e2e.test_gallery_commands import Terminal, folder, service

__all__ = ["folder", "service"]


@pytest.fixture
def terminal(service: Service, folder: Path) -> Terminal:
    return Terminal(service, folder)


def test_the_staff_decide_and_see_what_they_decided(terminal: Terminal) -> None:
    assert "Visitors may ask for cat alone." in terminal.said("classes")
    assert "owl" in terminal.said("classes")
    for wish, said in (
        ("animals", "Visitors may ask for animals."),
        ("all", "Visitors may ask for everything."),
        ("owl, dog", "Visitors may ask for cat, dog, owl."),
        ("default", "Visitors may ask for cat alone."),
    ):
        assert said in terminal.said("classes", "--visitors", wish)
    refused = terminal.type("classes", "--visitors", "unicorn")
    assert refused.exit_code == 1
    assert "Nobody here can draw “unicorn”" in refused.output
