"""`pulumi-cerevox billing`: what the current billing period costs."""

from __future__ import annotations

import click

from pulumi_cerevox.cli.examples import examples
from pulumi_cerevox.cli.failures import account_errors_told
from pulumi_cerevox.cli.session import base_url_option, open_account


@click.command(
    epilog=examples(
        "pulumi-cerevox billing",
        "pulumi-cerevox billing --format json",
    )
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["console", "json", "csv"]),
    default="console",
    show_default=True,
)
@base_url_option
def billing(*, form: str, base_url: str | None) -> None:
    """Tell what the account's current billing period costs, and for what.

    Nothing is changed in the account.

    Exits with 3 when the key is refused, 4 when the bill could not be read.
    """
    # --help loads no client.
    from pulumi_cerevox.cli import terminal  # noqa: PLC0415
    from pulumi_cerevox.consumption import console, machine  # noqa: PLC0415
    from pulumi_cerevox.consumption.look import Look  # noqa: PLC0415

    with account_errors_told(), open_account(base_url) as account:
        info = account.get_account_info()
        bill = account.get_billing_info()
    if form == "json":
        terminal.show(machine.billing_json(info, bill))
    elif form == "csv":
        terminal.show(machine.billing_csv(info, bill))
    else:
        look = Look(terminal.is_colored(), terminal.shows_blocks())
        terminal.show(console.billing_text(info, bill, look))
