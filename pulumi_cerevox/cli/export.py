"""`pulumi-cerevox export`: write an existing account as code.

The output is a roster file, a program, or an import file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_cerevox.account import AccountUser, fold_email, printable
from pulumi_cerevox.cli.session import open_account
from pulumi_cerevox.cli.terminal import (
    account_errors_told,
    examples,
    format_option,
    write_file,
)
from pulumi_cerevox.provider import UserProvider
from pulumi_cerevox.provider.user_state import is_holdable, state_of
from pulumi_cerevox.roster import Member, Roster, write_roster
from pulumi_cerevox.roster.kinds import email_rule, name_rule

_SAFE = re.compile(r"[a-z0-9][a-z0-9._+@-]*")
_LONGEST = 80


def resource_name(email: str) -> str:
    """Return the name for a person.

    It is the folded email where that is harmless everywhere (URNs, shells, Python);
    otherwise what is harmless of it, and a digest of the whole. It depends on nobody
    else in the account, so it stays when others come and go.
    """
    folded = fold_email(email)
    if len(folded) <= _LONGEST and _SAFE.fullmatch(folded):
        return folded
    readable = re.sub(r"[^a-z0-9._@-]+", "-", folded).strip("-.@_")[:_LONGEST]
    digest = hashlib.sha256(folded.encode("utf-8", "backslashreplace")).hexdigest()
    return f"{readable or 'user'}-{digest[:8]}"


_HEAD = '''"""Everybody in Cerevox account {account}, as exported."""

import pulumi_cerevox as cerevox

'''


def people_program(users: Iterable[AccountUser], account_id: str) -> str:
    """Write the program.

    Everybody is adopted: the first `up` writes nothing where nothing differs, and
    destroying one of them keeps the person.
    """
    people = "".join(_declaration(user) for user in users)
    return _HEAD.format(account=ascii(account_id).strip("'")) + people


def manageable_name(user: AccountUser) -> str | None:
    """Return the name to declare; None for one that can't be written down.

    A lone surrogate is no text that a file could hold, and a name that equals one of
    the engine's own markers would break the stack. One that is empty or too long is
    refused where it is declared.
    """
    is_manageable = is_holdable(user.name) and not name_rule(user.name)
    return user.name if is_manageable else None


def _declaration(user: AccountUser) -> str:
    arguments = [f"    {_quoted(resource_name(user.email))},"]
    arguments.append(f"    email={_quoted(user.email)},")
    name = manageable_name(user)
    if name is not None:
        arguments.append(f"    name={_quoted(name)},")
    arguments.append(f"    role={_quoted(user.role)},")
    arguments.append('    on_existing="adopt",')
    return "cerevox.User(\n" + "\n".join(arguments) + "\n)\n"


def _quoted(text: str) -> str:
    """Write a Python string in double quotes.

    Everything that does not print as itself is escaped: no name can end the string,
    begin a new line, or turn the reading direction of the code.
    """
    return '"' + "".join(_escaped(character) for character in str(text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


TYPE, NATIVE_TYPE = "pulumi-python:dynamic/cerevox:User", "cerevox:index:User"
COMMAND = "pulumi import --file {file} --generate-code=false --protect=false --yes"


def import_file(
    users: Iterable[AccountUser], *, native: bool = False
) -> dict[str, Any]:
    """Return the document; it matches the program that `people_program` writes.

    Args:
        users: Everybody who is exported.
        native: Whether the program uses the native provider.
    """
    kind, kept = NATIVE_TYPE, {}
    if not native:
        kind, kept = TYPE, {"__provider": serialize_provider(UserProvider())}
    return {"resources": [_entry(user, kind, kept) for user in users]}


def _entry(user: AccountUser, kind: str, hidden: Mapping[str, str]) -> dict[str, Any]:
    inputs: dict[str, Any] = {"email": user.email, "role": str(user.role)}
    name = manageable_name(user)
    if name is not None:
        inputs["name"] = name
    inputs["onExisting"] = "adopt"
    kept = {"adopted": True, "priorRole": str(user.role)}
    outputs = {**state_of(user, inputs, kept), **hidden}
    return {
        "type": kind,
        "name": resource_name(user.email),
        "id": user.user_id,
        "inputs": {**inputs, **hidden},
        "outputs": {k: value for k, value in outputs.items() if value is not None},
    }


def roster_file(users: Iterable[AccountUser], account_id: str) -> str:
    """Write the file: same account, same bytes; an `up` with it writes nothing."""
    members = tuple(
        Member(email=user.email, role=str(user.role), name=manageable_name(user))
        for user in users
    )
    return write_roster(Roster(members=members, account_id=account_id))


def undeclarable(users: Iterable[AccountUser]) -> dict[str, str]:
    """Return the emails that a declaration refuses, each with the reason."""
    faults = {user.email: email_rule(user.email) for user in users}
    return {email: fault for email, fault in faults.items() if fault is not None}


@click.command(
    epilog=examples(
        "pulumi-cerevox export > team.yaml                  # Roster.from_file",
        "pulumi-cerevox export --format python > people.py  # `up` adopts everybody",
        "pulumi-cerevox export --format import > import.json",
        "pulumi-cerevox export --format import --native > import.json",
    )
)
@format_option(
    *("roster", "python", "import"),
    text="A roster file; a program of Users; or the file for `pulumi import`.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True, allow_dash=True),
    help="Write to a file instead of stdout, which is `-`.",
)
@click.option(
    "--native",
    is_flag=True,
    help="With `--format import`: for a stack with the native provider.",
)
def export(form: str, output: Path | None, *, native: bool) -> None:
    """Write everybody in the account as code. Changes nothing.

    CEREVOX_API_KEY or `pulumi-cerevox login`, and CEREVOX_BASE_URL, decide which
    account.
    """
    if native and form != "import":
        raise click.UsageError("--native goes with --format import alone")
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
        text = json.dumps(import_file(exported, native=native), indent=2) + "\n"
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
