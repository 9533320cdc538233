"""The plug-ins of a service: set up, at work, tested, taken away.

Without any that is set up this is a file that is looked for, and nothing else: no thread, no
process, nothing imported.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from firmware_gcode.facts import Fact, fact, sentence
from pi_service.plugins.api import Group
from pi_service.plugins.child import Child, Patience, PluginError
from pi_service.plugins.settings import FILE, Kept, Rules, Use
from pi_service.studio.core.errors import StudioError

if TYPE_CHECKING:
    from pi_service.plugins.channel import Channel
    from pi_service.plugins.guard import Runner
    from pi_service.plugins.own_drawings import Source
    from pi_service.plugins.watcher import Watcher
    from pi_service.studio.studio import Studio

TOLD = "notified.json"
"""In the service's folder: what was told and is not over yet."""


class PluginUnknownError(StudioError):
    """There is no plug-in of that number."""


class Plugins:
    """All plug-ins of a service; for any thread.

    Args:
        folder: The service's, with the file of what is set up.
        name: The plotter's, as it is told with every message.
        url: The page's address.
        patience: How long a plug-in may take.
    """

    def __init__(
        self,
        studio: Studio,
        folder: Path,
        *,
        name: str,
        url: Callable[[], str],
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._studio = studio
        self._told = folder / TOLD
        self._kept = Kept(folder / FILE)
        self._name = name
        self._url = url
        self._lock = threading.RLock()
        self._runners: dict[int, Runner] = {}
        self._watcher: Watcher | None = None
        self._running = False

    def start(self) -> None:
        """Set everything to work that is switched on."""
        with self._lock:
            self._running = True
            self._studio.problems.report("plug-ins", self._kept.fault)
            for use in self._kept.uses:
                self._begin(use)
            self._watch()

    def close(self) -> None:
        """End all of them, whatever they are doing."""
        with self._lock:
            self._running = False
            for use_id in list(self._runners):
                self._finish(use_id)

    # What is set up

    def view(self) -> dict[str, Any]:
        """What is set up, without its secrets, and the rules."""
        return {
            "rules": asdict(self._kept.rules),
            "plugins": [self._seen(use) for use in self._kept.uses],
        }

    def kinds(self) -> list[dict[str, str]]:
        """What is installed: ``group``, ``kind``, ``package``. Nothing of it is loaded."""
        from pi_service.plugins.kinds import installed  # noqa: PLC0415 - asked for by few

        return [{**asdict(each), "group": str(each.group)} for each in installed()]

    def options(self, group: Group, kind: str) -> list[dict[str, Any]]:
        """The options that a plug-in has: ``name``, ``about``, ``secret``, ``required``.

        Raises:
            StudioError: There is no such plug-in, or it cannot be loaded.
        """
        found: list[dict[str, Any]] = self._asked(group, kind, None)["options"]
        return found

    def add(
        self, group: Group, kind: str, name: str, options: Mapping[str, str]
    ) -> dict[str, Any]:
        """Set one up and set it to work.

        Raises:
            StudioError: There is no such plug-in, an option is wrong, or it cannot be kept.
        """
        made = self._described(Use(0, name, group, kind, options))
        with self._lock:
            use = self._kept.add(made)
            self._begin(use)
            self._watch()
            return self._seen(use)

    def change(
        self,
        use_id: int,
        *,
        options: Mapping[str, str] | None = None,
        enabled: bool | None = None,
    ) -> dict[str, Any]:
        """Change one: an option that is not named stays, an empty one is taken away.

        Raises:
            StudioError: As in `add`, or there is none of that number.
        """
        use = self._use(use_id)
        if options:
            changed = {k: v for k, v in {**use.options, **options}.items() if v}
            use = self._described(replace(use, options=changed))
        if enabled is not None:
            use = replace(use, enabled=enabled)
        with self._lock:
            use = replace(use, turn=self._use(use_id).turn)
            self._kept.put(use)
            self._finish(use_id)
            self._begin(use)
            self._watch()
            return self._seen(use)

    def remove(self, use_id: int) -> None:
        """Take one away. Raises StudioError if there is none of that number."""
        with self._lock:
            self._use(use_id)
            self._kept.remove(use_id)
            self._finish(use_id)

    def set_rules(self, rules: Rules) -> None:
        """Have people told by other rules. Raises StudioError if they cannot be kept."""
        self._kept.set_rules(rules)

    def test(self, use_id: int) -> Fact:
        """Have a notifier send a message now; gives what came of it.

        Raises:
            StudioError: It is no notifier, or the message was not taken.
        """
        with self._lock:
            use = self._use(use_id)
            if use.group is not Group.NOTIFIER or not use.enabled:
                raise StudioError("plugin-no-test", name=use.name)
            runner = self._runners.get(use_id)
            if runner is None or runner.guard.off:  # somebody wants to know: begin anew
                self._finish(use_id)
                runner = self._begin(use)
                self._watch()
        return self._sent(use, runner)

    def _sent(self, use: Use, runner: Runner | None) -> Fact:
        from pi_service.plugins.channel import Channel  # noqa: PLC0415 - see the module

        if not isinstance(runner, Channel) or self._watcher is None:
            raise StudioError("plugin-no-test", name=use.name)
        try:
            why = runner.test(self._watcher.sample(self._kept.rules), self._patience.test)
        except TimeoutError as error:
            raise StudioError("plugin-still-trying", name=use.name) from error
        if why is not None:
            raise StudioError(runner.guard.not_answered(why))
        return fact("notify-test-sent", name=use.name)

    # What is at work

    def _begin(self, use: Use) -> Runner | None:
        """Set one to work, if it is switched on and the service runs."""
        if not (use.enabled and self._running):
            return None
        self._runners[use.id] = runner = self._made(use)
        runner.start()
        return runner

    def _made(self, use: Use) -> Runner:
        from pi_service.plugins import channel, own_drawings, presses  # noqa: PLC0415
        from pi_service.plugins.guard import Guard  # noqa: PLC0415 - only where one is used

        guard = Guard(use, self._studio.problems.report, patience=self._patience)
        match use.group:
            case Group.TRIGGER:
                return presses.Presses(guard, self._studio)
            case Group.SOURCE:
                self._studio.jobs.own_drawing = own_drawings.ByTurns(self._sources).take
                return own_drawings.Source(guard, self._studio, lambda: self._took(use.id))
            case Group.NOTIFIER:
                return channel.Channel(guard)

    def _finish(self, use_id: int) -> None:
        runner = self._runners.pop(use_id, None)
        if runner is not None:
            runner.close()
        if self._watcher is not None and not self._channels():
            self._watcher.close()
            self._watcher = None

    def _watch(self) -> None:
        """Look for what is to be told, once there is a notifier to hand it to."""
        if self._watcher is None and self._channels():
            from pi_service.plugins.watcher import Watcher  # noqa: PLC0415 - see the module

            self._watcher = Watcher(
                self._studio,
                self._told,
                rules=lambda: self._kept.rules,
                channels=self._channels,
                name=self._name,
                url=self._url,
            )
            self._watcher.start()

    def _channels(self) -> list[Channel]:
        found = list(self._runners.values())
        return [cast("Channel", each) for each in found if each.group is Group.NOTIFIER]

    def _sources(self) -> list[Source]:
        found = list(self._runners.values())
        return [cast("Source", each) for each in found if each.group is Group.SOURCE]

    def _took(self, use_id: int) -> int:
        self._kept.take_turn(use_id)
        return self._use(use_id).turn

    # What it says of itself

    def _use(self, use_id: int) -> Use:
        use = self._kept.get(use_id)
        if use is None:
            raise PluginUnknownError("plugin-unknown-number", plugin=use_id)
        return use

    def _described(self, use: Use) -> Use:
        """With what the plug-in says of itself: which options are no secret, what it needs."""
        said = self._asked(use.group, use.kind, use.options)
        shown = tuple(each["name"] for each in said["options"] if not each["secret"])
        needs = {name: tuple(each) for name, each in said["needs"].items() if each}
        return replace(use, shown=shown, needs=needs)

    def _asked(
        self, group: Group, kind: str, options: Mapping[str, str] | None
    ) -> dict[str, Any]:
        if not any(each["kind"] == kind and each["group"] == group for each in self.kinds()):
            raise StudioError("plugin-not-installed", group=str(group), kind=kind)
        secrets = (options or {}).values()
        child = Child(group, kind, options, secrets=secrets, patience=self._patience)
        try:
            return child.start()
        except PluginError as error:
            raise StudioError("plugin-refuses", kind=kind, why=error.fact) from error
        finally:
            child.close()

    def _seen(self, use: Use) -> dict[str, Any]:
        runner = self._runners.get(use.id)
        fault = None if runner is None else runner.guard.fault
        return {
            "id": use.id,
            "name": use.name,
            "group": str(use.group),
            "kind": use.kind,
            "enabled": use.enabled,
            "options": {n: v if n in use.shown else None for n, v in use.options.items()},
            "off": runner is not None and runner.guard.off,
            "fault": None if fault is None else sentence(fault),
            "fault_fact": None if fault is None else fault.as_dict(),
        }
