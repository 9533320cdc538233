"""What a book of verdicts says: rates by origin, and how far two passes agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_training.data.dataset import DataError
from model_training.judge.intervals import Figure, share_figure
from model_training.verdicts.book import PEOPLE, Verdict


def kind(verdict: Verdict) -> str:
    """Origin and way of drawing, as a row of the table names them."""
    source = verdict.source
    if source.origin == PEOPLE:
        return PEOPLE
    chosen = "first tries" if source.best_of == 1 else f"best of {source.best_of}"
    return f"{source.model}, {source.way or 'as drawn'}, {chosen}"


def rates(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Lines of a Markdown table: the share hung, by origin, then by way of drawing."""
    yield "| drawings | number | would hang, % |"
    yield "|---|---|---|"
    groups: dict[str, list[bool]] = defaultdict(list)
    for one in verdicts:
        groups[f"{one.source.origin}, all"].append(one.hang)
    for one in verdicts:
        if one.source.origin != PEOPLE:
            groups[kind(one)].append(one.hang)
    for name, hung in groups.items():
        yield f"| {name} | {len(hung)} | {percent(share_figure(sum(hung), len(hung)))} |"


def percent(figure: Figure) -> str:
    """A share with its interval, in per cent."""
    return f"{100 * figure.value:.1f} [{100 * figure.low:.1f}, {100 * figure.high:.1f}]"


@dataclass(frozen=True)
class Agreement:
    """How two passes over the same drawings agree."""

    both: int
    """Drawings hung in both passes."""
    first: int
    """Hung in the first alone."""
    second: int
    """Hung in the second alone."""
    neither: int

    @property
    def drawings(self) -> int:
        """How many were judged twice."""
        return self.both + self.first + self.second + self.neither

    @property
    def raw(self) -> float:
        """The share judged alike."""
        return (self.both + self.neither) / self.drawings

    @property
    def kappa(self) -> float:
        """Cohen's kappa (1960): 0 as by chance, 1 always, or where all answers are one."""
        ours, theirs = self.both + self.first, self.both + self.second
        n = self.drawings
        chance = (ours * theirs + (n - ours) * (n - theirs)) / (n * n)
        return 1.0 if chance == 1 else (self.raw - chance) / (1 - chance)


def agreement(verdicts: Sequence[Verdict], one: int, other: int) -> Agreement:
    """The agreement of two passes.

    Raises:
        DataError: No drawing was judged in both.
    """
    passes: dict[int, dict[object, bool]] = {one: {}, other: {}}
    for verdict in verdicts:
        if verdict.number in passes:
            passes[verdict.number][verdict.source] = verdict.hang
    twice = passes[one].keys() & passes[other].keys()
    if not twice:
        raise DataError(f"no drawing was judged in pass {one} and in pass {other}")
    pairs = [(passes[one][k], passes[other][k]) for k in twice]
    return Agreement(
        pairs.count((True, True)),
        pairs.count((True, False)),
        pairs.count((False, True)),
        pairs.count((False, False)),
    )
