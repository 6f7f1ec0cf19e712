"""`pulumi-cerevox whoami`: whose key this is, and which account it belongs to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from pulumi_cerevox.cli.examples import examples
from pulumi_cerevox.cli.failures import account_errors_told
from pulumi_cerevox.cli.session import base_url_option, open_account, settled_base_url

if TYPE_CHECKING:
    from pulumi_cerevox.account import Account


@dataclass(frozen=True, slots=True)
class _Identity:
    """What is told; the names are the keys of the JSON."""

    account_id: str
    account_name: str | None
    user_id: str
    email: str
    name: str
    role: str
    key_from: str
    base_url: str
    bind: str


@click.command(
    epilog=examples(
        "pulumi-cerevox whoami",
        "pulumi-cerevox whoami --format json",
    )
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
@base_url_option
def whoami(*, form: str, base_url: str | None) -> None:
    """Say which account and user the key or the stored login stands for.

    The last line binds a stack to this account: with it, Pulumi refuses every other.
    """
    with account_errors_told(), open_account(base_url) as account:
        found = _identity(account, settled_base_url(base_url))
    click.echo(json.dumps(asdict(found), indent=2) if form == "json" else _text(found))


def _identity(account: Account, url: str) -> _Identity:
    info = account.get_account_info()
    user = account.get_current_user()
    return _Identity(
        account_id=info.account_id,
        account_name=info.account_name,
        user_id=user.user_id,
        email=user.email,
        name=user.name,
        role=user.role,
        key_from=account.source or "",
        base_url=url,
        bind=f"pulumi config set cerevox:accountId {info.account_id}",
    )


def _text(found: _Identity) -> str:
    from pulumi_cerevox.account import printable  # noqa: PLC0415 - --help is quick

    name = f" ({printable(found.account_name)})" if found.account_name else ""
    rows = {
        "account": found.account_id + name,
        "user": f"{printable(found.email)} ({printable(found.name)})",
        "role": found.role,
        "key": found.key_from,
        "url": found.base_url,
        "bind": found.bind,
    }
    return "\n".join(f"{title:9}{value}" for title, value in rows.items())
