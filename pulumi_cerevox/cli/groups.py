"""A group of commands that knows which one was meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import click

from pulumi_cerevox.cli.terminal import full_disks_told, open_closed_streams


class HintingGroup(click.Group):
    """Names the nearest command where there is none; click before 8.4 does not."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, whatever its standard streams are."""
        open_closed_streams()
        with full_disks_told():
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is a usage error with a hint."""
        name = args[0]
        is_option = name.startswith("-")
        if self.get_command(ctx, name) or is_option or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        near = get_close_matches(name, self.list_commands(ctx), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise click.UsageError(f"No such command {name!r}.{hint}", ctx)
