"""`pulumi-cerevox remove`: remove one person from the account, within the guards."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.cli.days import require_real_day
from pulumi_cerevox.cli.session import base_url_option, open_account
from pulumi_cerevox.cli.terminal import (
    ExitCode,
    account_errors_told,
    examples,
    fail,
    write_file,
)
from pulumi_cerevox.roster import (
    Change,
    ChangeKind,
    Guards,
    Person,
    Roster,
    RosterEditError,
    RosterFileError,
    judge_live,
    judge_roster,
    read_rosters,
    refusal_text,
    without_member,
)

if TYPE_CHECKING:
    from pulumi_cerevox.account import Account, AccountUser


@click.command(
    epilog=examples(
        "pulumi-cerevox remove bob@example.com --roster team.yaml",
        "pulumi-cerevox remove bob@example.com --roster team.yaml --write",
        "pulumi-cerevox remove bob@example.com --yes         # in scripts",
    )
)
@click.argument("email", metavar="EMAIL")
@click.option(
    "--roster",
    "files",
    metavar="FILE",
    multiple=True,
    help="The roster file. Its guards judge the removal, and the output says what to "
    "change in it. Several are one roster.",
)
@click.option(
    "--write", is_flag=True, help="Also delete the person's line in the roster file."
)
@click.option("--yes", is_flag=True, help="Don't ask.")
@base_url_option
def remove(
    *, email: str, files: tuple[str, ...], write: bool, yes: bool, base_url: str | None
) -> None:
    """Remove one person from the account now, without a Pulumi run.

    Shows who it is and asks. Refuses to remove the key's own user, the last admin who
    can log in, and required admins of the roster. Without --roster the default guards
    count. If a declared person is already gone, that is a success.

    Exits with 0 if the person is out of the account, 1 if you did not agree, 2 for a
    bad file or an unknown person, 3 if the key is refused, 4 if the account was not
    read or the removal is not confirmed, 5 if a guard refuses.
    """
    if write and not files:
        raise click.UsageError("--write needs --roster FILE")
    with account_errors_told():
        require_real_day(base_url)
    roster = _read_roster(files)
    declared = next(
        (one for one in roster.members if fold_email(one.email) == fold_email(email)),
        None,
    )
    path = Path(declared.place.path) if declared and declared.place else None
    edited = _edit_file(path, email) if write and path else None
    with account_errors_told(), open_account(base_url) as account:
        _remove_user(account, email, roster, yes=yes, is_declared=declared is not None)
    if declared is not None and path is not None:
        if edited is None:
            click.echo(
                f"{declared.place}: take {printable(email)} out of this file too"
            )
        else:
            write_file(path, edited)
            click.echo(f"{declared.place}: took {printable(email)} out of the file")
        _warn_of_refusals(roster, email)
    elif files:
        where = " + ".join(map(printable, files))
        click.echo(f"{where}: {printable(email)} is not declared there")
    else:
        click.echo(
            "If a roster file or a program declares them, take them out there too: "
            "a later `pulumi up --refresh` would create them again"
        )


def _read_roster(files: tuple[str, ...]) -> Roster:
    if not files:
        return Roster(members=(), guards=Guards())
    try:
        return read_rosters(files)
    except RosterFileError as error:
        click.echo(str(error), err=True)
        sys.exit(ExitCode.BAD_INPUT)


def _edit_file(path: Path, email: str) -> bytes:
    """Return the file's content without them, before anything is removed."""
    try:
        return without_member(path.read_bytes(), email)
    except RosterEditError as error:
        fail(
            f"{printable(str(path))}: can't take {printable(email)} out: {error}. "
            "Nobody was removed. Edit the file by hand and leave --write away",
            ExitCode.BAD_INPUT,
        )


def _remove_user(
    account: Account, email: str, roster: Roster, *, yes: bool, is_declared: bool
) -> None:
    """Show who it is, judge the removal, ask, and remove them."""
    users = account.list_users()
    caller = account.get_current_user()
    if roster.account_id not in {None, caller.account_id}:
        fail(
            f"the roster belongs to account {printable(str(roster.account_id))}, and "
            f"the key to {printable(caller.account_id)}. Use a key of the roster's "
            "account",
            ExitCode.BAD_INPUT,
        )
    matches = [one for one in users if fold_email(one.email) == fold_email(email)]
    where = f"account {printable(caller.account_id)}"
    if not matches and is_declared:
        click.echo(f"{printable(email)} is not in {where}: nobody is removed")
        return
    if len(matches) != 1:
        found = ", ".join(printable(one.user_id) for one in matches) or "nobody"
        fail(
            f"{found} in {where} has the email {printable(email)}; "
            "`pulumi-cerevox export` lists everybody",
            ExitCode.BAD_INPUT,
        )
    (user,) = matches
    _refuse_by_guards(user, users, caller.user_id, roster.guards)
    click.echo(_description(user, where))
    if not yes:
        _ask()
    account.delete_user(user.user_id, user.email)
    click.echo(f"removed {printable(user.email)} from {where}")


def _refuse_by_guards(
    user: AccountUser, users: list[AccountUser], caller_id: str, guards: Guards
) -> None:
    change = Change(
        ChangeKind.REMOVE,
        fold_email(user.email),
        before=Person(role=str(user.role), name=user.name),
        after=None,
        reason="removed by command",
    )
    refusals = judge_live(guards, users, caller_id, [change])
    if refusals:
        fail(
            f"{refusal_text(refusals, digest=None)}\nNobody was removed.",
            ExitCode.REFUSED,
        )


def _description(user: AccountUser, where: str) -> str:
    last = (
        f"last login {printable(user.lastlogin)}"
        if user.lastlogin
        else "never logged in"
    )
    banned = ", banned" if user.isbanned else ""
    return (
        f"{printable(user.email)} ({printable(user.name)}), {printable(str(user.role))}"
        f"{banned}, {last}, id {printable(user.user_id)}, in {where}"
    )


def _ask() -> None:
    try:
        is_agreed = click.confirm("Remove this person?")
    except click.Abort:
        click.echo(err=True)
        fail(
            "nobody answered, so nobody was removed. In a script: --yes",
            ExitCode.BAD_INPUT,
        )
    if not is_agreed:
        fail("nobody was removed", ExitCode.UNEXPECTED)


def _warn_of_refusals(roster: Roster, email: str) -> None:
    """Say which guards of the roster refuse it once they are taken out."""
    left = {
        folded: one
        for folded, one in roster.membership().items()
        if folded != fold_email(email)
    }
    refusals = judge_roster(roster.guards, left)
    if refusals:
        click.echo("the roster is refused without them:", err=True)
        click.echo(refusal_text(refusals, digest=None), err=True)
