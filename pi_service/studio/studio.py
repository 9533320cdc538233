"""The studio's front door: everything that anybody may ask of it.

The page, the button, the schedule and the command line call this class and read its events;
nothing else decides what is drawn. Every method may be called from any thread and returns at
once: what becomes of a request is told by the events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pi_service.studio.events import EventStream
    from pi_service.studio.job import Job


class StudioError(RuntimeError):
    """The studio refuses; the message is one sentence for the person who asked."""


class Studio:
    """Takes requests, keeps the queue and has one job drawn at a time.

    Attributes:
        events: The one stream of events. Kinds and their data:
            ``job`` (`Job.as_dict` of the job that changed),
            ``drawing`` (``job``, ``strokes`` as ``[[[x, y], …], …]`` in paper mm, ``seconds``,
            ``first_stroke``: the pen starts on this drawing),
            ``progress`` (``job``, ``stroke``, ``length_mm``, ``x``, ``y``, ``pen_down``),
            ``machine`` (as ``machine`` in `snapshot`), ``sheet`` (as ``sheet`` in `snapshot`),
            ``problem`` (``problems``: all sentences that hold now).
    """

    events: EventStream

    def start(self) -> None:
        """Take up the work: read back what was left, listen to the machine, start the worker.

        Does not wait for the machine, and moves nothing except for one homing if the profile
        says `home_at_start` and no drawing was interrupted.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Stop the pen, keep what was drawn, end the worker and the stream of events.

        A job on the paper becomes interrupted. The link and the store stay open: whoever
        opened them closes them, after this.
        """
        raise NotImplementedError

    def request(
        self,
        source: str,
        *,
        class_name: str | None = None,
        seed: int | None = None,
        request_key: str | None = None,
    ) -> Job:
        """Ask for a drawing. The job is stored on disk before this returns.

        Args:
            source: Who asks: ``button``, ``page``, ``schedule``, ``cli`` …
            class_name: What to draw; None for the studio's default (``cat``).
            seed: The seed of the drawing, 0 or more; None for a new one.
            request_key: Any text; asking again with the same one gives the job of the first.

        Raises:
            StudioError: If the queue is full, the class unknown, the seed negative, there is
                no model, or the job cannot be stored.
        """
        raise NotImplementedError

    def cancel(self, job_id: int) -> Job:
        """Take a job out of the queue, stop it if it is on the paper, let it go if interrupted.

        A job on the paper is returned as it is; it becomes cancelled when the pen has stopped.

        Raises:
            StudioError: If there is no such job or it has ended.
        """
        raise NotImplementedError

    def finish(self, job_id: int) -> Job:
        """Have an interrupted job drawn on, in its place, from the first stroke not drawn.

        This is a person's word that things may move: it homes the machine where the position
        is lost and the machine can find it by itself.

        Raises:
            StudioError: If the job is not interrupted.
        """
        raise NotImplementedError

    def pause(self) -> None:
        """Halt the drawing and lift the pen. Raises StudioError if nothing is being drawn."""
        raise NotImplementedError

    def resume(self) -> None:
        """Go on with the paused drawing. Raises StudioError if none is paused."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the machine and lift the pen; the job on the paper becomes cancelled.

        Raises:
            StudioError: If nothing moves.
        """
        raise NotImplementedError

    def new_sheet(self) -> dict[str, Any]:
        """Note that a person has put a new sheet of paper on the bed.

        Returns:
            The sheet, as in `snapshot`.

        Raises:
            StudioError: If a drawing is on the paper.
        """
        raise NotImplementedError

    def home(self) -> None:
        """Have the machine find its position. Raises StudioError if it cannot now."""
        raise NotImplementedError

    def unlock(self) -> None:
        """Release the machine's alarm lock. Raises StudioError if it cannot now."""
        raise NotImplementedError

    def set_zero(self) -> None:
        """Call the pen's place the paper's lower left corner. Raises StudioError."""
        raise NotImplementedError

    def jog(self, dx: float, dy: float) -> None:
        """Move the lifted pen by millimetres. Raises StudioError if it cannot now."""
        raise NotImplementedError

    def pen(self, *, down: bool) -> None:
        """Lower or lift the pen by hand. Raises StudioError if it cannot now."""
        raise NotImplementedError

    def job(self, job_id: int) -> Job:
        """The job as it stands. Raises StudioError if there is none of that number."""
        raise NotImplementedError

    def jobs(self, limit: int = 50, before: int | None = None) -> list[Job]:
        """The history: jobs, newest first.

        Args:
            limit: At most this many.
            before: Only jobs with a smaller number (the last one of the page before).
        """
        raise NotImplementedError

    def queue(self) -> list[Job]:
        """The jobs still to be drawn, the next one first; without the one on the paper."""
        raise NotImplementedError

    def job_svg(self, job_id: int) -> str:
        """The job's drawing on its paper as SVG. Raises StudioError if not composed yet."""
        raise NotImplementedError

    def job_gcode(self, job_id: int) -> str:
        """The job's program. Raises StudioError if not composed yet."""
        raise NotImplementedError

    def report(self, part: str, problem: str | None) -> None:
        """Note that a part of the service has a problem, or (None) has none any more.

        Args:
            part: Name of the part: ``button``, ``schedule`` …
            problem: One sentence for people: what is missing and what to do.
        """
        raise NotImplementedError

    def snapshot(self) -> dict[str, Any]:
        """Everything that a page shows at once, ready for JSON.

        Returns:
            ``event``: number of the event to go on from;
            ``machine``: ``state`` (a `LinkState`), ``sentence``, ``fault`` (or None),
            ``position`` (``[x, y]`` in paper mm, or None);
            ``job``: the job on the paper (`Job.as_dict` and its ``strokes``), or None;
            ``progress``: ``stroke``, ``length_mm``, ``x``, ``y``, ``pen_down`` of it, or None;
            ``queue``: the jobs to come; ``interrupted``: jobs that a person must decide on;
            ``sheet``: ``id``, ``columns``, ``rows``, ``used`` (cells), ``free`` (cells);
            ``paper``: ``width``, ``height``, ``margin`` in mm; ``pen_width`` in mm;
            ``classes``: what can be drawn; ``default_class``;
            ``problems``: sentences, the gravest first.
        """
        raise NotImplementedError
