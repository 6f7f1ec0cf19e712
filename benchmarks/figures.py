"""Figures: ratios of what was measured side by side, and the bars they must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Raw:
    """One measured number, the median of its runs; its unit is "s", "bytes", …."""

    what: str
    value: float
    unit: str = "s"

    def __str__(self) -> str:
        """Write it with its unit."""
        return f"{self.what} {number(self.value)} {self.unit}"


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

    @property
    def verdict(self) -> str:
        """Whether it keeps to its bar, in a word."""
        if not self.has_bar:
            return "-"
        return "kept" if self.is_kept else "MISSED"

    @property
    def bar(self) -> str:
        """Its bar as text."""
        limits = (("<=", self.most), (">=", self.least))
        return " ".join(
            f"{sign} {number(one)}" for sign, one in limits if one is not None
        )

    @property
    def share_of_bar(self) -> float:
        """How much of its bar it uses; above 1 it is missed."""
        if self.most is not None:
            return self.value / self.most
        return (self.least or 0) / self.value


def number(value: float) -> str:
    """Write a number with as many digits as it deserves."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


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
    for round_ in range(rounds):
        if round_ % 2:
            second = theirs()
            pairs.append(Pair(ours(), second))
        else:
            pairs.append(Pair(ours(), theirs()))
    return pairs


def median_ratio(pairs: Sequence[Pair]) -> float:
    """Return the median of the rounds' ratios.

    Both sides of a pair ran at nearly the same time: what slows the machine for a
    while slows both, and the ratio stays.
    """
    return median(pair.ratio for pair in pairs)


def spread(pairs: Sequence[Pair]) -> str:
    """Say how far the rounds' ratios lie apart."""
    ratios = sorted(pair.ratio for pair in pairs)
    return f"{len(ratios)} rounds, ratios {ratios[0]:.2f} to {ratios[-1]:.2f}"


def compared(
    name: str,
    pairs: Sequence[Pair],
    sides: tuple[str, str],
    *,
    most: float | None = None,
) -> Figure:
    """Make the figure of paired rounds in seconds; `sides` names ours and theirs."""
    ours = Raw(sides[0], median(pair.ours for pair in pairs))
    theirs = Raw(sides[1], median(pair.theirs for pair in pairs))
    note = spread(pairs)
    return Figure(name, median_ratio(pairs), most=most, raw=(ours, theirs), note=note)


def missed(figures: Iterable[Figure]) -> list[Figure]:
    """Return the figures that do not keep to their bars."""
    return [figure for figure in figures if not figure.is_kept]
