"""`pulumi-cerevox export`: an existing account, written down for Pulumi."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pulumi_cerevox.account import printable
from pulumi_cerevox.cli.session import open_account
from pulumi_cerevox.cli.terminal import account_errors_told, examples, write_file
from pulumi_cerevox.export import (
    COMMAND,
    import_file,
    people_program,
    roster_file,
    undeclarable,
)


@click.command(
    epilog=examples(
        "pulumi-cerevox export > team.yaml                  # Roster.from_file",
        "pulumi-cerevox export --format python > people.py  # `up` adopts everybody",
        "pulumi-cerevox export --format import > import.json",
    )
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["roster", "python", "import"]),
    default="roster",
    show_default=True,
    help="A roster file; a program of Users; or the file for `pulumi import`.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True, allow_dash=True),
    help="Write to a file instead of stdout, which is `-`.",
)
def export(form: str, output: Path | None) -> None:
    """Write down everybody in the account, without changing anything.

    CEREVOX_API_KEY, or else `pulumi-cerevox login`, and CEREVOX_BASE_URL say which
    account.
    """
    with account_errors_told(), open_account() as account:
        users = account.list_users()
        account_id = account.get_current_user(cached=True).account_id
    # Nobody can declare these emails: name them and go on.
    faults = undeclarable(users)
    for email, fault in faults.items():
        click.echo(f"left out: {printable(email)}: the email {fault}", err=True)
    left_out = set(faults)
    exported = [user for user in users if user.email not in left_out]
    if form == "python":
        text = people_program(exported, account_id)
    elif form == "import":
        text = json.dumps(import_file(exported), indent=2) + "\n"
    else:
        text = roster_file(exported, account_id)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text.encode())
    click.echo(f"exported {len(exported)} users of account {account_id}", err=True)
    if form == "import":
        click.echo(
            "the program to go with it: pulumi-cerevox export --format python\n"
            f"then: {COMMAND.format(file=output or 'import.json')}\n"
            "then: pulumi preview --refresh, which shows no change",
            err=True,
        )
