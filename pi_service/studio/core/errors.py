"""The studio's one refusal."""

from __future__ import annotations


class StudioError(RuntimeError):
    """The studio refuses; the message is one sentence for the person who asked."""
