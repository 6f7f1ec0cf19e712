"""`pulumi-cerevox schema`: the JSON Schema of a file, for editors."""

from __future__ import annotations

import json

import click


@click.command()
@click.argument("name", type=click.Choice(["roster"]))
def schema(name: str) -> None:
    """Print the JSON Schema (2020-12) of a file format.

    An editor with a YAML language server checks and completes a roster that begins
    with `# yaml-language-server: $schema=roster.schema.json`.
    """
    del name  # there is one format so far
    from pulumi_cerevox.roster import roster_schema  # noqa: PLC0415 - --help is quick

    click.echo(json.dumps(roster_schema(), indent=2, ensure_ascii=False))
