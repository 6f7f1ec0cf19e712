"""`pulumi-cerevox completion`: the script that lets a shell complete the command."""

from __future__ import annotations

import click
from click import shell_completion

from pulumi_cerevox.cli.terminal import examples

_PROGRAM = "pulumi-cerevox"
_VARIABLE = "_PULUMI_CEREVOX_COMPLETE"


@click.command(
    epilog=examples(
        "pulumi-cerevox completion bash > ~/.pulumi-cerevox.bash  # source it",
        "pulumi-cerevox completion zsh > ~/.pulumi-cerevox.zsh    # likewise",
        "pulumi-cerevox completion fish | source                  # for this session",
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in a shell."""
    script = {
        "bash": shell_completion.BashComplete,
        "zsh": shell_completion.ZshComplete,
        "fish": shell_completion.FishComplete,
    }[shell]
    command = ctx.find_root().command
    click.echo(script(command, {}, _PROGRAM, _VARIABLE).source())
