"""`pulumi-cerevox schema`: the JSON Schema of a file, for editors."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import click

from pulumi_cerevox.cli.terminal import examples

_SCHEMAS = {
    "roster": ("pulumi_cerevox.roster.file", "roster_schema"),
    "audit": ("pulumi_cerevox.audit.stored", "audit_schema"),
    "ignores": ("pulumi_cerevox.audit.ignores", "ignores_schema"),
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
