"""Text for a terminal, drawn with rich.

Nothing that is drawn is markup: `[red]`, `[/]` and `:warning:` stay as they are.
Escape foreign text before you draw it, because rich passes on most terminal commands.
Only commands load this module, not the provider or a program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Screen:
    """The output on which a text is drawn.

    Attributes:
        color: Whether it shows colours; without them the text is plain.
        width: Columns.
        blocks: Whether it shows block characters; otherwise bars are of ``#``.
    """

    color: bool = False
    width: int = 80
    blocks: bool = True

    def draw(self, *parts: Text | Table) -> str:
        """Return the parts as lines. Tables are wrapped at the width, texts are not."""
        file = StringIO()
        console = Console(
            file=file,
            width=self.width,
            force_terminal=self.color,
            color_system="standard" if self.color else None,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            # The caller decides, and not NO_COLOR, COLUMNS and others once more.
            _environ={},
        )
        for are_texts, some in groupby(parts, lambda part: isinstance(part, Text)):
            console.print(*some, sep="\n", soft_wrap=are_texts)
        # Rich fills the lines of a table with blanks.
        lines = file.getvalue().removesuffix("\n").split("\n")
        return "".join(f"{line.rstrip()}\n" for line in lines)

    def bar(
        self, percent: Decimal | None, width: int = 20, style: str = "green"
    ) -> Text:
        """Return a bar of *width* columns that is *percent* full.

        Rich's own bars need colours: without them nobody sees where one would end.
        """
        full, empty = ("█", "░") if self.blocks else ("#", ".")
        share = min(max(percent or Decimal(), Decimal()), Decimal(100))
        filled = int((share * width / 100).to_integral_value())
        return Text.assemble(
            (full * filled, style), (empty * (width - filled), "bright_black")
        )


_PLAIN = Console(file=StringIO(), color_system=None, _environ={})


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> Iterator[str]:
    """Break a text into lines, at spaces where it has them.

    Args:
        text: Printable.
        width: Columns of a line.
        first: What the first line begins with.
        rest: What the others begin with; not shorter than *first*.
    """
    if cell_len(first) + cell_len(text) <= width:
        yield (first + text).rstrip()
        return
    lines = Text(text).wrap(_PLAIN, width - cell_len(rest), overflow="fold")
    for number, line in enumerate(lines):
        yield (rest if number else first) + line.plain.rstrip()
