"""Procedures wait, go on, and give up."""

from __future__ import annotations

import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.connection import Procedure, Runner, Unanswered, Wait


def test_a_procedure_goes_on_when_its_condition_holds() -> None:
    runner, heard, said = Runner(), [False], list[str]()

    def greet() -> Procedure[None]:
        said.append("hello")
        yield Wait(lambda: heard[0], 5.0, fact("text", text="an answer"))
        said.append("goodbye")

    runner.add(greet())
    runner.step(0.0)
    assert (runner.busy, runner.deadline, said) == (True, 5.0, ["hello"])
    heard[0] = True
    runner.step(1.0)
    assert (runner.busy, runner.deadline, said) == (False, None, ["hello", "goodbye"])


def test_a_procedure_that_gets_no_answer_in_time_is_told_so() -> None:
    runner = Runner()

    def ask() -> Procedure[None]:
        yield Wait(lambda: False, 2.0, fact("text", text="an answer"))

    runner.add(ask())
    runner.step(0.0)
    runner.step(1.9)
    with pytest.raises(Unanswered, match="an answer"):
        runner.step(2.0)
    assert not runner.busy


def test_procedures_run_one_after_the_other_and_can_be_replaced() -> None:
    runner, log = Runner(), list[str]()

    def work(name: str, go: list[bool]) -> Procedure[None]:
        try:
            log.append(f"{name} begins")
            yield Wait(lambda: go[0], 9.0, fact("text", text=name))
            log.append(f"{name} ends")
        finally:
            log.append(f"{name} leaves")

    go = [False]
    runner.add(work("a", go))
    runner.add(work("b", go))
    runner.step(0.0)
    assert runner.queued == 1
    runner.replace(work("c", [True]))
    runner.step(0.0)
    assert log == ["a begins", "a leaves", "c begins", "c ends", "c leaves"]


def test_a_procedure_may_replace_itself() -> None:
    runner, log = Runner(), list[str]()

    def second() -> Procedure[None]:
        log.append("second")
        yield Wait(lambda: True, 1.0, fact("text", text="nothing"))
        log.append("done")

    def first() -> Procedure[None]:
        yield Wait(lambda: True, 1.0, fact("text", text="nothing"))
        runner.replace(second())
        yield Wait(lambda: False, 1.0, fact("text", text="what never comes"))

    runner.add(first())
    runner.step(0.0)
    assert log == ["second", "done"]
    assert not runner.busy
