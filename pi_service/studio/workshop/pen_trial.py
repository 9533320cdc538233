"""The pen's heights (or a servo's S values), tried on the paper before they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.profile import Profile
from firmware_gcode.setup.files import SetupError
from pi_service.studio.workshop.choices import number_view
from pi_service.studio.workshop.machine_session import MachineSession, asked
from pi_service.studio.workshop.tasks import said

Show = Literal["up", "down", "dot"]


class PenTrial:
    """Tries other values of the pen, live; they count for the queue once they are kept."""

    def __init__(self, session: MachineSession) -> None:
        self._session = session
        self._trial: dict[str, float] = {}
        self.at: Literal["", "up", "down"] = ""
        """Where the pen was sent last."""

    @property
    def pending(self) -> bool:
        """Whether something is tried that is not kept."""
        return bool(self._trial)

    def view(self) -> dict[str, Any]:
        """The pen: ``kind``, ``fields`` (as `pen_fields`), ``pending``, ``at``."""
        profile = self._session.own.profile
        fields = pen_fields(profile, self._trial)
        kind = profile.pen.kind
        return {"kind": kind, "fields": fields, "pending": self.pending, "at": self.at}

    def try_out(
        self,
        values: Mapping[str, float],
        show: Show | None,
        *,
        wait_s: float,
        stops: int | None = None,
    ) -> dict[str, Any] | None:
        """Take the machine for other values of the pen, and show what they do.

        `values` are by the keys of the profile's table ``[pen]``; `show` lifts the pen, lowers
        it or makes a dot, None moves nothing; `stops` as in `MachineSession.begin`, here and
        below. Gives the `view`; None where it takes longer.
        """
        trial = {**self._trial, **values}
        with asked():
            planned = self._session.own.planned(_changes(trial))
            planned.pen.check_top(planned)

        def work() -> dict[str, Any]:
            machine = self._session.machine
            if values:
                machine.use(planned)
                has = self._session.own.profile
                self._trial = {k: v for k, v in trial.items() if _value(has, k) != v}
            if show in {"down", "dot"}:
                self.at = "down"
                machine.pen_down()
            if show in {"up", "dot"}:
                machine.pen_up()
                self.at = "up"
            return self.view()

        return self._session.do(fact("task-pen-tried"), work, wait_s, stops=stops)

    def keep(self, *, wait_s: float, stops: int | None = None) -> dict[str, Any] | None:
        """Write what was tried into the profile; the next drawing goes by it.

        Gives what `MachineSession.keep` does; None where it takes longer.
        """

        def work() -> dict[str, Any]:
            if not self._trial:
                raise SetupError("nothing-tried")
            changed = self._session.own.change(_changes(self._trial))
            self._trial = {}
            with suppress(SetupError):
                self._session.machine.pen_up()
                self.at = "up"
            self._session.adopt(self._session.own.profile)
            return said(changed)

        return self._session.do(fact("task-pen-kept"), work, wait_s, stops=stops)

    def put_back(self, *, wait_s: float, stops: int | None = None) -> dict[str, Any] | None:
        """Go back to what the profile says; as `view`, None where it takes longer."""

        def work() -> dict[str, Any]:
            self.drop()
            return self.view()

        return self._session.do(fact("task-pen-back"), work, wait_s, stops=stops)

    def drop(self) -> None:
        """Go back to what the profile says, and lift the pen; only for tasks."""
        if not self._trial:
            return
        self._trial = {}
        with suppress(SetupError):
            self._session.machine.use(self._session.own.profile)
            self._session.machine.pen_up()
            self.at = "up"


def _changes(trial: Mapping[str, float]) -> dict[tuple[str, str], float]:
    return {("pen", key): float(value) for key, value in trial.items()}


def _value(profile: Profile, key: str) -> float | None:
    found = getattr(profile.pen, key, None)
    return None if found is None else float(found)


def pen_fields(profile: Profile, trial: Mapping[str, float]) -> list[dict[str, Any]]:
    """The numbers of a profile's pen, for people.

    Returns:
        Each as `choices.number_view` with the value as tried, and ``whole``, ``kept`` (as the
        profile has it).
    """
    found = []
    for key, rule in profile.pen.shown_fields.items():
        kept = _value(profile, key)
        view = number_view(key, Fact(rule.title), rule, trial.get(key, kept))
        if not view["unit"] and key in {"up", "down"}:
            view["unit"] = "S"
        found.append({**view, "whole": rule.whole, "kept": kept})
    return found
