"""A long command's budget, and its bar."""

from __future__ import annotations

import sys

import pytest

from pi_service.cli.pace import Pace


def test_a_budget_that_is_used_up_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    pace = Pace(0.0)
    pace.step("ordering")
    assert pace()
    assert pace.hit
    pace.done()
    assert "--budget" in capsys.readouterr().err


@pytest.mark.parametrize("quiet", [False, True])
def test_the_bar_is_on_a_terminal_only(
    quiet: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Pace(1e6).step("reading")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    pace = Pace(1e6, quiet=quiet)
    pace.step("ordering")
    assert not pace()
    pace.done()
    assert ("ordering" in capsys.readouterr().err) is not quiet
