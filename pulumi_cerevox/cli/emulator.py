"""`pulumi-cerevox emulator`: serve an Account API for tests, demos and examples."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_cerevox.cli.terminal import examples
from pulumi_cerevox.text import visible

if TYPE_CHECKING:
    from pulumi_cerevox.emulator import DialectName


class _CannotStart(click.ClickException):
    """Ends the command with a message and the exit code of bad flags and files."""

    exit_code = 2

    def format_message(self) -> str:
        """Return the message, escaped: it may repeat what a file says."""
        return visible(self.message)


@click.command(
    epilog=examples(
        "pulumi-cerevox emulator --seed team --db account.db",
    )
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="0 picks a free one.",
)
@click.option(
    "--db",
    type=click.Path(path_type=Path),
    help="A SQLite file that outlives the emulator. In memory by default.",
)
@click.option(
    "--seed",
    default="empty",
    show_default=True,
    metavar="NAME|FILE.yaml",
    help="The first content of the database: empty, team, drifted, or a file.",
)
@click.option(
    "--users",
    type=click.IntRange(0, 1_000_000),
    default=0,
    help="How many more members to generate: dev-0001@example.com and so on.",
)
@click.option("--account-id", help="By default the seed's.")
@click.option(
    "--dialect",
    type=click.Choice(["documented", "sdk-0.2"]),
    default="documented",
    show_default=True,
)
@click.option(
    "--latency-ms",
    type=click.IntRange(0),
    default=0,
    help="Delay every answer of the API by this.",
)
@click.option(
    "--faults",
    multiple=True,
    metavar="NAME",
    help="Always answer wrongly, for example delete_false or list_cut. You may repeat "
    "it. docs/emulator.md has the names.",
)
def emulator(
    *,
    host: str,
    port: int,
    db: Path | None,
    seed: str,
    users: int,
    account_id: str | None,
    dialect: DialectName,
    latency_ms: int,
    faults: tuple[str, ...],
) -> None:
    """Serve an emulated Cerevox account.

    When ready, it prints one line of JSON with url, api_key and admin_url. The log goes
    to stderr. SIGINT and SIGTERM stop it.
    """
    try:
        from pulumi_cerevox import emulator as server  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        # Not ours to explain unless one of the extra's packages is what is missing.
        if (error.name or "").split(".")[0] == "pulumi_cerevox":
            raise
        raise click.ClickException(
            f"{error.name} is missing; the emulator needs: "
            "pip install 'pulumi-cerevox[emulator]'"
        ) from error
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    for name in faults:
        if name not in server.WRONG_ANSWERS:
            known = ", ".join(server.WRONG_ANSWERS)
            raise _CannotStart(f"--faults {name}: unknown. The names are {known}")
    try:
        planted = server.find_seed(seed).with_changes(account_id, users)
    except server.SeedFileError as error:
        raise _CannotStart(str(error)) from error
    except ValueError as error:
        raise _CannotStart(f"--account-id: {error}") from error
    options = server.Options(
        seed=planted,
        host=host,
        port=port,
        database=db,
        dialect=dialect,
        latency_ms=latency_ms,
        faults=faults,
    )
    try:
        server.run(options)
    except server.CannotStartError as error:
        raise _CannotStart(str(error)) from error
