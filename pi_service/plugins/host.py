"""The process that a plug-in runs in: ``python -m pi_service.plugins.host``.

It is told by one line of JSON on its standard input which plug-in, of what options, and says
by one on its standard output that it is ready, or why not. A trigger is then waited on for
good; others answer one line for each that they are asked. What the plug-in prints goes
nowhere. The process ends with its standard input, whatever the plug-in is doing.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from pi_service.plugins.api import Group, Message, Needs, NotSentError, State
from pi_service.plugins.kinds import load

WAIT_S = 1.0
"""How long a trigger is asked to wait at a time."""
BEAT_S = 2.0
"""How often it is said that it still comes back from waiting."""
MOST_BYTES = 384 << 20
"""Of data: more than any that was tried needs, less than would harm a small computer."""


class _Line:
    """The service's end: lines of JSON, and nothing that a plug-in prints among them."""

    def __init__(self) -> None:
        own = os.dup(1)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        self._out: IO[str] = os.fdopen(own, "w", encoding="utf-8")
        self.told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self, **what: Any) -> None:
        """Write one line."""
        self._out.write(json.dumps(what) + "\n")
        self._out.flush()

    def _listen(self) -> None:
        with suppress(OSError, ValueError):
            for line in sys.stdin:
                self.told.put(json.loads(line))
        os._exit(0)  # nobody is there any more


def main() -> None:
    """Run one plug-in until nobody listens."""
    _be_modest()
    line = _Line()
    start = line.told.get()
    try:
        kind = load(Group(start["group"]), start["kind"])
        options = start["options"]
        described = [asdict(each) for each in kind.OPTIONS]
        if options is None:
            line.say(ready={"options": described})
            return
        try:
            _check(kind.OPTIONS, options)
            plugin = kind(options)
        except ValueError as error:
            line.say(failed=str(error), own=True)
            return
        needs = getattr(plugin, "needs", Needs)()
        line.say(ready={"options": described, "needs": asdict(needs)})
        if start["group"] == Group.TRIGGER:
            _watch(line, plugin)
        else:
            _answer(line, plugin)
    except Exception as error:
        _tell(line, error)


def _be_modest() -> None:
    """Be the first that a system short of memory ends, and the last that has its turn."""
    import resource  # noqa: PLC0415 - of this process alone

    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("900")
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    with suppress(OSError):
        os.nice(10)


def _check(known: Any, options: Mapping[str, str]) -> None:
    names = [each.name for each in known]
    strange = sorted(options.keys() - set(names))
    if strange:
        raise ValueError(f"There is no option {strange[0]}; known are {', '.join(names)}.")
    lacking = [each.name for each in known if each.required and not options.get(each.name)]
    if lacking:
        raise ValueError(f"The option {lacking[0]} is missing.")


def _watch(line: _Line, trigger: Any) -> None:
    """Wait for presses for good."""
    beat = time.monotonic()
    while True:
        wish = trigger.wait(WAIT_S)
        if wish is not None:
            line.say(wish=str(wish))
        if time.monotonic() - beat >= BEAT_S:
            beat = time.monotonic()
            line.say(beat=True)


def _answer(line: _Line, plugin: Any) -> None:
    """Do what is asked, one after the other."""
    while True:
        asked = line.told.get()
        try:
            if (message := asked.get("send")) is not None:
                plugin.send(Message(**message | {"state": State(message["state"])}))
                line.say(done=None)
            else:
                drawing = plugin.drawing(asked["turn"], asked["width"], asked["height"])
                line.say(done=None if drawing is None else asdict(drawing))
        except Exception as error:
            _tell(line, error)


def _tell(line: _Line, error: Exception) -> None:
    """Say what was raised: whose fault it is, and where."""
    own = not isinstance(error, NotSentError | OSError)
    trace = traceback.format_exception(error)[-3:] if own else []
    text = str(error) or type(error).__name__
    plain = isinstance(error, NotSentError | OSError | ValueError)
    line.say(failed=text if plain else f"{type(error).__name__}: {text}", own=own, trace=trace)


if __name__ == "__main__":
    main()
