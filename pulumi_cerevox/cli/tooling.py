"""`pulumi-cerevox schema` and `completion`: what editors and shells are told."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import click
from click import shell_completion

from pulumi_cerevox.cli.terminal import examples

_SCHEMAS = {
    "roster": ("pulumi_cerevox.roster", "roster_schema"),
    "audit": ("pulumi_cerevox.audit", "audit_schema"),
    "ignores": ("pulumi_cerevox.audit", "ignores_schema"),
}


@click.command(
    epilog=examples(
        "pulumi-cerevox schema roster > roster.schema.json",
    )
)
@click.argument("name", type=click.Choice(list(_SCHEMAS)))
def schema(name: str) -> None:
    """Print the JSON Schema (2020-12) of a file format.

    `roster` and `ignores` are what people write, `audit` is what `audit --format json`
    gives. An editor with a YAML language server checks and completes a roster that
    begins with `# yaml-language-server: $schema=roster.schema.json`.
    """
    # Loaded by name: --help stays quick.
    module, function = _SCHEMAS[name]
    made: dict[str, Any] = getattr(import_module(module), function)()
    click.echo(json.dumps(made, indent=2, ensure_ascii=False))


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
