"""Opens button, stop button and light as the service does, and prints what a press does."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gpiozero

from pi_service.studio.core.settings import LongPress
from pi_service.triggers.button import Button, Wish, board_pins

heard: list[str] = []
studio: Any = SimpleNamespace(
    jobs=SimpleNamespace(request=lambda _: heard.append("draw")),
    machine=SimpleNamespace(stop=lambda *_: heard.append("stop")),
    problems=SimpleNamespace(report=lambda *_: None),
    settings=SimpleNamespace(long_press=LongPress.AUTO),
)
Button(studio, 17)
Button(studio, 27, wish=Wish.STOP)
light = gpiozero.LED(22, pin_factory=board_pins())
light.on()
for pin in (17, 27):
    Path("levels").write_text(f"{pin}=0\n")
    time.sleep(0.15)
    Path("levels").write_text("")
    time.sleep(0.15)
print(*heard, Path("outputs").read_text().strip(), flush=True)
os._exit(0)  # gpiozero's own end would wait for pins that are none
