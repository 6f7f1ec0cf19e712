"""`pulumi-cerevox login` and `logout`: a login for the command, in the keyring."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass

import click

from pulumi_cerevox.account import (
    KEY_VARIABLE,
    Account,
    AccountError,
    ConfigurationError,
    printable,
)
from pulumi_cerevox.cli.session import (
    KeyringStore,
    base_url_option,
    open_account,
    settled_base_url,
)
from pulumi_cerevox.cli.terminal import (
    ExitCode,
    account_errors_told,
    examples,
    fail,
    format_option,
)

_PATIENCE = 10.0
"""Seconds that a logout tries to reach the API before it deletes all the same."""


@click.command(
    epilog=examples(
        "pulumi-cerevox login",
        "pulumi-cerevox login --email ada@example.com",
        "pulumi-cerevox login --api-key-stdin < key.txt",
    )
)
@click.option("--email", help="Log in with email and password instead of a key.")
@click.option(
    "--api-key-stdin", is_flag=True, help="Read the key from stdin, and ask nothing."
)
@base_url_option
def login(*, email: str | None, api_key_stdin: bool, base_url: str | None) -> None:
    """Log in, and keep the tokens in the system's keyring.

    Asks for the API key, or with --email for the password, and keeps neither. Only
    this command uses the login: Pulumi itself still needs CEREVOX_API_KEY or
    cerevox:apiKey. Needs: pip install 'pulumi-cerevox[keyring]'.
    """
    if email and api_key_stdin:
        raise click.UsageError("Give --email or --api-key-stdin, not both.")

    with account_errors_told():
        url = settled_base_url(base_url)
        store = KeyringStore(url)
        with store.exclusive():
            store.holds()  # before anybody types a key for nothing
        with _account(email, url, from_stdin=api_key_stdin) as account:
            user = account.get_current_user()
            try:
                with store.exclusive():
                    store.write(account.get_tokens())
            except ConfigurationError:
                account.revoke_token()  # nobody would ever end them
                raise
            who = f"{printable(user.email)} ({user.role}) of account {user.account_id}"
    click.echo(f"logged in to {url} as {who}")
    if os.environ.get(KEY_VARIABLE, "").strip():
        click.echo(f"{KEY_VARIABLE} is set and comes first", err=True)
    if url != settled_base_url(None):
        click.echo(f"for the other commands: export CEREVOX_BASE_URL={url}", err=True)


@click.command(
    epilog=examples(
        "pulumi-cerevox logout",
    )
)
@base_url_option
def logout(base_url: str | None) -> None:
    """End the stored login, and delete it from the keyring."""
    with account_errors_told():
        url = settled_base_url(base_url)
        store = KeyringStore(url)
        with store.exclusive():
            is_there = store.holds()
        if not is_there:
            click.echo(f"no login was stored for {url}")
            return
        fault = _revoke(store, url)
        with store.exclusive():
            store.delete()
    if fault:
        fail(
            f"the login for {url} is deleted here, but could not be ended at the API: "
            f"{fault} It ends by itself, within 30 days.",
            ExitCode.NOT_READ_IN_FULL,
        )
    click.echo(f"logged out of {url}")


def _account(email: str | None, url: str, *, from_stdin: bool) -> Account:
    if email:
        return Account(email=email, password=_ask("Password"), base_url=url)
    key = sys.stdin.read().strip() if from_stdin else _ask("API key")
    if not key:
        fail("no key was given", ExitCode.BAD_INPUT)
    source = "standard input" if from_stdin else "the prompt"
    return Account(key, base_url=url, key_source=source)


def _ask(what: str) -> str:
    """Ask for a secret at the terminal, without showing it."""
    if not sys.stdin.isatty():
        fail(
            f"there is no terminal to ask for the {what.lower()} at; pass a key with "
            "--api-key-stdin, or set CEREVOX_API_KEY",
            ExitCode.BAD_INPUT,
        )
    answer: str = click.prompt(what, hide_input=True, err=True)
    return answer.strip() if what == "API key" else answer


def _revoke(store: KeyringStore, url: str) -> str:
    """End the stored tokens at the API. Return what went wrong, if anything."""
    try:
        with Account.from_store(
            store, base_url=url, max_wait_seconds=_PATIENCE
        ) as account:
            account.revoke_token()
    except AccountError as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True)
class _Identity:
    """The output of `whoami`. The names are the keys of the JSON."""

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
@format_option("text", "json")
@base_url_option
def whoami(*, form: str, base_url: str | None) -> None:
    """Show the account and the user of the key or the stored login.

    The last line is a command. It binds a stack to this account: Pulumi then refuses
    every other.
    """
    with account_errors_told(), open_account(base_url) as account:
        url = settled_base_url(base_url)
        info = account.get_account_info()
        user = account.get_current_user()
        found = _Identity(
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
    click.echo(json.dumps(asdict(found), indent=2) if form == "json" else _text(found))


def _text(found: _Identity) -> str:
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
