"""The SOURCE of an audit: files, stdin, or a stack by its name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_cerevox.cli.failures import ExitCode

if TYPE_CHECKING:
    from pulumi_cerevox.audit.declared import Declared


def declared_side(
    sources: Sequence[str], stack: str | None, folder: Path | None
) -> Declared:
    """Read the declared side; ends the command with 2 where it can't be used.

    Raises:
        click.UsageError: there is no source, or two.
    """
    _require_one(sources, stack, folder)
    from pulumi_cerevox.audit.sources.recognition import (  # noqa: PLC0415 - --help
        read_declared,
        read_declared_stack,
    )
    from pulumi_cerevox.audit.sources.source_error import (  # noqa: PLC0415
        SourceError,
    )
    from pulumi_cerevox.roster import RosterFileError  # noqa: PLC0415

    try:
        if stack is not None:
            return read_declared_stack(stack, folder)
        return read_declared(sources)
    except (RosterFileError, SourceError) as error:
        click.echo(str(error), err=True)
        sys.exit(ExitCode.BAD_INPUT)


def of_the_key(declared: Declared, account_id: str | None) -> Declared:
    """Give what is declared for the key's account; say what is left out."""
    chosen = declared.for_account(account_id)
    for one in (declared, *declared.elsewhere):
        if one is not chosen:
            click.echo(
                f"pulumi-cerevox: left out: {len(one.people)} people of account "
                f"{one.account_id}; this key's is {account_id}",
                err=True,
            )
    return chosen


def _require_one(
    sources: Sequence[str], stack: str | None, folder: Path | None
) -> None:
    if sources and stack is not None:
        raise click.UsageError("SOURCE and --stack are two sources: give one")
    if not sources and stack is None:
        raise click.UsageError(
            "name a SOURCE: a roster file such as team.yaml, the file of a stack's "
            "export, `-` for stdin, or --stack NAME"
        )
    if folder is not None and stack is None:
        raise click.UsageError("--cwd goes with --stack")
