"""Where phones find the page, as a QR code that others read too."""

from __future__ import annotations

import re

import pytest
import segno

from pi_service.web.routes.door import door


def test_the_code_is_the_address() -> None:
    """Its modules are those that a reader expects of it, each drawn once."""
    found = door("http://gallery.local:8080/")
    modules = segno.make("http://gallery.local:8080/", error="m", micro=False).matrix
    shown = [[0] * found["side"] for _ in range(found["side"])]
    for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)", found["path"]):
        for column in range(int(x), int(x) + int(wide)):
            shown[int(y)][column] += 1
    assert shown == [list(row) for row in modules]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/", ""]
)
def test_an_address_that_only_this_machine_reaches_is_not_shown(url: str) -> None:
    assert door(url)["url"] is None
