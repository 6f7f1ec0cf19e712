"""Figures: ratios of what was measured side by side, and the bars they must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Raw:
    """One measured number, the median of its runs.

    Attributes:
        what: What was measured.
        value: The number.
        unit: "s", "ms", "bytes", "requests", "MiB".
    """

    what: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: What it says.
        value: The ratio or the number itself.
        most: The bar that it must not go above; None for none.
        least: The bar that it must not go below; None for none.
        raw: The numbers behind it.
        note: What a reader should know, such as what a quick run leaves out.
    """

    name: str
    value: float
    most: float | None = None
    least: float | None = None
    raw: tuple[Raw, ...] = ()
    note: str = ""

    @property
    def has_bar(self) -> bool:
        """Whether it must keep to anything."""
        return self.most is not None or self.least is not None

    @property
    def is_kept(self) -> bool:
        """Whether it keeps to its bar; true where it has none."""
        above = self.most is not None and not self.value <= self.most
        below = self.least is not None and not self.value >= self.least
        return not above and not below


@dataclass(frozen=True, slots=True)
class Pair:
    """What two sides took in one round, one after the other."""

    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """How many times theirs ours is."""
        return self.ours / self.theirs


def in_turns(
    rounds: int, ours: Callable[[], float], theirs: Callable[[], float]
) -> list[Pair]:
    """Measure both sides so often; who goes first changes from round to round."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = theirs()
            pairs.append(Pair(ours(), second))
        else:
            pairs.append(Pair(ours(), theirs()))
    return pairs


def median_ratio(pairs: Sequence[Pair]) -> float:
    """Give the median of the rounds' ratios.

    Both sides of a pair ran at nearly the same time: what slows the machine for a
    while slows both, and the ratio stays.
    """
    return median(pair.ratio for pair in pairs)


def compared(
    name: str,
    pairs: Sequence[Pair],
    sides: tuple[str, str],
    *,
    most: float | None = None,
    unit: str = "s",
    note: str = "",
) -> Figure:
    """Make the figure of paired rounds; `sides` names ours and theirs."""
    raw = (
        Raw(sides[0], median(pair.ours for pair in pairs), unit),
        Raw(sides[1], median(pair.theirs for pair in pairs), unit),
    )
    told = "; ".join(part for part in (spread(pairs), note) if part)
    return Figure(name, median_ratio(pairs), most=most, raw=raw, note=told)


def spread(pairs: Sequence[Pair]) -> str:
    """Tell how far the rounds' ratios lie apart."""
    ratios = sorted(pair.ratio for pair in pairs)
    return f"{len(ratios)} rounds, ratios {ratios[0]:.2f} to {ratios[-1]:.2f}"


def missed(figures: Iterable[Figure]) -> list[Figure]:
    """Give the figures that do not keep to their bars."""
    return [figure for figure in figures if not figure.is_kept]
