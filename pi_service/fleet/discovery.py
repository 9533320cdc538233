"""What Home Assistant is told of a plotter: one device with its buttons and sensors.

The form is MQTT device discovery, https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload.
"""

from __future__ import annotations

from typing import Any

from pi_service.fleet.membership import PREFIX, Topics

BUTTONS = {
    "draw": ("Draw a cat", "mdi:cat"),
    "pause": ("Pause", "mdi:pause"),
    "resume": ("Go on", "mdi:play"),
    "stop": ("Stop", "mdi:stop"),
    "new_sheet": ("New paper is in", "mdi:paper-roll"),
    "approve": ("Draw the oldest visitor's drawing that waits", "mdi:check"),
    "refuse": ("Refuse the oldest visitor's drawing that waits", "mdi:close"),
}
GOOD_FOR_S = 60
"""A press that has not arrived after so many seconds is not meant any more."""
_PRESS = (
    '{{{{ {{"command": "{command}", "id": "ha-" ~ now().timestamp(), '
    '"expires": now().timestamp() + {seconds}}} | tojson }}}}'
)


def discovery(topics: Topics, version: str) -> dict[str, Any]:
    """The discovery message."""
    parts = {name: _button(name, topics) for name in BUTTONS} | _sensors(topics)
    parts["picture"] = {
        "platform": "image",
        "name": "Last drawing",
        "image_topic": topics.image,
        "content_type": "image/svg+xml",
    }
    identity = f"{PREFIX}_{topics.name}"
    for name, part in parts.items():
        part["unique_id"] = f"{identity}_{name}"
    return {
        "device": {"identifiers": [identity], "name": topics.name, "sw_version": version},
        "origin": {"name": PREFIX, "sw_version": version},
        "availability_topic": topics.availability,
        "components": parts,
    }


def _button(name: str, topics: Topics) -> dict[str, Any]:
    words, icon = BUTTONS[name]
    return {
        "platform": "button",
        "name": words,
        "icon": icon,
        "command_topic": topics.command,
        "command_template": _PRESS.format(command=name, seconds=GOOD_FOR_S),
        "qos": 1,
    }


def _sensors(topics: Topics) -> dict[str, dict[str, Any]]:
    plain = {"state_topic": topics.state}
    return {
        "state": {
            "platform": "sensor",
            "name": "State",
            "value_template": "{{ value_json.sentence[:255] }}",
            "json_attributes_topic": topics.state,
            **plain,
        },
        "next_run": {
            "platform": "sensor",
            "name": "Next drawing by the clock",
            "device_class": "timestamp",
            "value_template": "{{ value_json.next_run }}",
            **plain,
        },
        "paper": {
            "platform": "sensor",
            "name": "Places left on the paper",
            "icon": "mdi:grid",
            "value_template": "{{ value_json.places_left }}",
            **plain,
        },
        "queue": {
            "platform": "sensor",
            "name": "Waiting",
            "icon": "mdi:tray-full",
            "value_template": "{{ value_json.queue }}",
            **plain,
        },
        "approvals": {
            "platform": "sensor",
            "name": "Visitors' drawings that wait for a yes",
            "icon": "mdi:draw",
            "value_template": "{{ value_json.approvals }}",
            **plain,
        },
        "stopped": {
            "platform": "binary_sensor",
            "name": "Stopped",
            "icon": "mdi:hand-back-right",
            "value_template": "{{ 'ON' if value_json.stopped else 'OFF' }}",
            **plain,
        },
        "problem": {
            "platform": "binary_sensor",
            "name": "Needs somebody",
            "device_class": "problem",
            "value_template": "{{ 'ON' if value_json.problems else 'OFF' }}",
            **plain,
        },
    }
