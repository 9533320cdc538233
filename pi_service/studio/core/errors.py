"""The studio's one refusal."""

from __future__ import annotations

from firmware_gcode.facts import CodedError


class StudioError(CodedError, RuntimeError):
    """The studio refuses; its fact is for the person who asked."""
