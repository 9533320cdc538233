"""Parts of the picture that a page shows at once."""

from __future__ import annotations

from typing import Any

from pi_service.studio.worker import OnPaper


def snapshot_of_paper(paper: OnPaper | None) -> dict[str, Any]:
    """The job on the paper with its strokes, and how far the pen is."""
    if paper is None:
        return {"job": None, "progress": None}
    return {
        "job": {**paper.job.as_dict(), "strokes": paper.composition.points},
        "progress": paper.progress,
    }
