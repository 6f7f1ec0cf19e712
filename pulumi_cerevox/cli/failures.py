"""How the command ends when something is wrong: Pulumi's own exit codes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import click


class ExitCode(IntEnum):
    """What an exit code of `pulumi-cerevox` says."""

    IN_SYNC = 0
    UNEXPECTED = 1
    BAD_INPUT = 2
    AUTHENTICATION = 3
    NOT_READ_IN_FULL = 4
    REFUSED = 5
    DRIFT = 7


def fail(message: str, code: ExitCode) -> NoReturn:
    """End the command with one message on stderr."""
    click.echo(f"pulumi-cerevox: {message}", err=True)
    sys.exit(code)


@contextmanager
def account_errors_told() -> Iterator[None]:
    """Turn what the API answers into a message and an exit code."""
    from pulumi_cerevox.account import (  # noqa: PLC0415  --help needs no client
        AccountError,
        AuthenticationError,
        ConfigurationError,
    )

    try:
        yield
    except (AuthenticationError, ConfigurationError) as error:
        fail(str(error), ExitCode.AUTHENTICATION)
    except AccountError as error:
        fail(str(error), ExitCode.NOT_READ_IN_FULL)
