"""From a press of the button to a drawing on paper: everything that runs on the Pi."""

from pathlib import Path

from firmware_gcode.facts import add_messages

add_messages(Path(__file__).with_name("messages"))
