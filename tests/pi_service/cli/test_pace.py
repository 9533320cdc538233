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


def test_the_search_leaves_time_for_writing_and_checking(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = 0.25
    pace = Pace(10.0, clock=lambda: now)
    pace.step("reading")
    now = 4.25
    pace.step("ordering")
    now = 5.9
    assert not pace()
    now = 6.1
    assert pace(), "reading took 4 s: the steps after the search will take as long"
    now = 6.25
    pace.step("writing")
    now = 9.0
    pace.done()
    assert pace.seconds == pytest.approx(
        {"start": 0.25, "reading": 4.0, "ordering": 2.0, "writing": 2.75}
    )
    told = capsys.readouterr().err
    assert "10 s" in told
    assert "All took 9.0 s: start 0.2, reading 4.0, ordering 2.0, writing 2.8" in told


def test_without_a_budget_nothing_depends_on_time() -> None:
    now = 1e9
    pace = Pace(None, clock=lambda: now)
    pace.step("ordering")
    assert not pace()


@pytest.mark.parametrize("quiet", [False, True])
def test_the_bar_is_on_a_terminal_only(
    quiet: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Pace(None).step("reading")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    pace = Pace(None, quiet=quiet)
    pace.step("ordering")
    assert not pace()
    pace.done()
    assert ("ordering" in capsys.readouterr().err) is not quiet
