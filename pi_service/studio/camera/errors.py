"""What a camera may do wrong, told as facts."""

from __future__ import annotations

from pi_service.studio.core.errors import StudioError


class CameraError(StudioError):
    """The camera gives no picture, or none that may be shown; the message says why."""
