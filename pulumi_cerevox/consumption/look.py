"""How usage and bills look on a terminal: lines, bars, numbers; 80 columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import click

from pulumi_cerevox.account import AccountInfo, printable

BAR = 20
"""Columns of a bar."""

_WIDEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class Look:
    """What the terminal can show.

    Attributes:
        color: Whether it shows colours.
        blocks: Whether it shows block characters; otherwise bars are of ``#``.
    """

    color: bool = False
    blocks: bool = True

    def bar(
        self, percent: Decimal | None, width: int = BAR, color: str | None = None
    ) -> str:
        """Give a bar of *width* columns that is *percent* full."""
        full, empty = ("█", "░") if self.blocks else ("#", ".")
        share = min(max(percent or Decimal(), Decimal()), Decimal(100))
        filled = int((share * width / 100).to_integral_value())
        return self.styled(full * filled, color or "green") + self.styled(
            empty * (width - filled), "bright_black"
        )

    def styled(self, text: str, color: str) -> str:
        """Give *text* in a colour, where there are any."""
        return click.style(text, fg=color) if self.color and text else text

    def strong(self, text: str) -> str:
        """Give *text* in bold, where that is possible."""
        return click.style(text, bold=True) if self.color else text


def heading(account: AccountInfo, about: str, look: Look) -> list[str]:
    """Give the lines above a report: which account, and what about it."""
    name = f" ({printable(account.account_name, 36)})" if account.account_name else ""
    facts = [printable(about, 44)]
    if account.plan is not None:
        facts.append(f"plan {printable(account.plan, 12)}")
    if account.status not in {None, "active"}:
        facts.append(printable(str(account.status), 12))
    title = printable(account.account_id, 40) + name
    return [look.strong(title), ", ".join(facts), ""]


def number(value: float) -> str:
    """Give a number with separators; a count has no decimals, money has two."""
    told = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
    return told if len(told) <= _WIDEST_NUMBER else f"{Decimal(str(value)):.3e}"


def money(value: float) -> str:
    """Give money: two decimals, also of a whole number."""
    told = f"{Decimal(str(value)):,.2f}"
    return told if len(told) <= _WIDEST_NUMBER else f"{Decimal(str(value)):.3e}"


def size(count: int) -> str:
    """Give bytes in the largest binary unit that fits: ``500.0 MiB``."""
    value, unit = Decimal(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    told = f"{value:,.0f}" if unit == "B" else f"{value:,.1f}"
    return f"{told if len(told) <= _WIDEST_NUMBER else f'{value:.3e}'} {unit}"


def percent_text(percent: Decimal | None) -> str:
    """Give a percentage with one decimal; nothing where it would tell nothing."""
    if percent is None or abs(percent) >= 100_000:
        return ""
    return f"{percent:.1f} %"
