"""`pulumi-cerevox usage` and `billing`: usage and cost, and warnings near limits."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from pulumi_cerevox.account import ValidationError
from pulumi_cerevox.cli import terminal
from pulumi_cerevox.cli.session import base_url_option, open_account
from pulumi_cerevox.cli.terminal import (
    ExitCode,
    account_errors_told,
    examples,
    fail,
    format_option,
)
from pulumi_cerevox.consumption import (
    Days,
    NotToldError,
    billing_csv,
    billing_json,
    billing_text,
    parse_money,
    parse_warn_at,
    read_usage,
    read_year,
    shares,
    usage_csv,
    usage_json,
    usage_text,
)

if TYPE_CHECKING:
    from pulumi_cerevox.consumption import Limited, UsageReport, WarnAt


_DAY = click.DateTime(["%Y-%m-%d"])


class _WarnAtOption(click.ParamType):  # type: ignore[type-arg]  # new in 8.4
    """The type of `--warn-at`."""

    name = "share"

    def get_metavar(self, *_: Any, **__: Any) -> str:
        """Show what may be given."""
        return "[requests=|seats=|cost=]PERCENT, or cost=MONEY"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> WarnAt:
        """Read one use of the option."""
        try:
            return parse_warn_at(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _MoneyOption(click.ParamType):  # type: ignore[type-arg]  # new in 8.4
    """The type of `--budget`."""

    name = "money"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Read the option."""
        try:
            return parse_money(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of the command, by their names."""

    start_date: datetime | None
    end_date: datetime | None
    monthly: int | None
    form: str
    warn_at: tuple[WarnAt, ...]
    budget: Decimal | None
    forecast: bool

    @property
    def about_now(self) -> str | None:
        """The option that is about the current billing period alone, if any."""
        if self.warn_at:
            return "--warn-at"
        if self.forecast:
            return "--forecast"
        return "--format prometheus" if self.form == "prometheus" else None


@click.command(
    epilog=examples(
        "pulumi-cerevox usage --warn-at 80%",
        "pulumi-cerevox usage --warn-at cost=500 --forecast",
        "pulumi-cerevox usage --start-date 2026-01-01 --end-date 2026-01-31",
        "pulumi-cerevox usage --monthly 2025 --format csv > usage.csv",
    )
)
@click.option("--start-date", type=_DAY, metavar="DATE", help="The first day.")
@click.option("--end-date", type=_DAY, metavar="DATE", help="The last day.")
@click.option(
    "--monthly",
    type=click.IntRange(1970, 9999),
    metavar="YEAR",
    help="Show the twelve months of a year.",
)
@format_option("console", "json", "csv", "prometheus")
@click.option(
    "--warn-at",
    type=_WarnAtOption(),
    multiple=True,
    help="Exit with 7 if more than this share is used of the rate limit, the plan's "
    "seats or --budget. `requests=80%`, `seats=90%` and `cost=500` check one of them.",
)
@click.option(
    "--budget",
    type=_MoneyOption(),
    metavar="MONEY",
    help="The budget of a billing period, for a percentage in --warn-at.",
)
@click.option(
    "--forecast",
    is_flag=True,
    help="Also show a linear forecast of the billing period, from its third day. "
    "--warn-at checks it too.",
)
@base_url_option
def usage(*, base_url: str | None, **options: Any) -> None:
    """Show what the account used: API calls, documents, questions, storage, cost.

    Without a date it shows the current billing period. It changes nothing.

    Exits with 3 if the key is refused, 4 if something could not be read, 7 if more
    than the share of --warn-at is used.
    """
    wanted = _Options(**options)
    limits = _checked(wanted)
    metrics = _metrics() if wanted.form == "prometheus" else None
    report = _read(wanted, limits, base_url)
    if metrics is not None:
        terminal.show(metrics.usage_metrics(report, datetime.now(UTC)))
    elif wanted.form == "json":
        terminal.show(usage_json(report))
    elif wanted.form == "csv":
        terminal.show(usage_csv(report))
    else:
        terminal.show(usage_text(report, terminal.screen()))
    if any(part.usage.total_requests is None for part in report.parts):
        click.echo(
            "pulumi-cerevox: this account's API (dialect sdk-0.2, probably) tells no "
            "API calls, documents, questions, limits and costs",
            err=True,
        )
    for one in report.over:
        click.echo(f"pulumi-cerevox: warning: {one}", err=True)
    sys.exit(ExitCode.DRIFT if report.over else ExitCode.IN_SYNC)


def _checked(wanted: _Options) -> Mapping[Limited, WarnAt]:
    """Refuse options that contradict each other; return what to judge."""
    start, end = wanted.start_date, wanted.end_date
    is_range = start is not None or end is not None
    if is_range and wanted.monthly is not None:
        raise click.UsageError("--monthly goes without --start-date and --end-date")
    if wanted.about_now and (is_range or wanted.monthly is not None):
        raise click.UsageError(
            f"{wanted.about_now} is about the current billing period: it goes without "
            "--start-date, --end-date and --monthly"
        )
    if start is not None and end is not None and start > end:
        raise click.UsageError("--start-date is after --end-date")
    if wanted.budget is not None and not wanted.warn_at:
        raise click.UsageError("--budget goes with --warn-at, such as cost=80%")
    try:
        return shares(wanted.warn_at, wanted.budget)
    except ValueError as error:
        raise click.UsageError(f"--warn-at: {error}") from None


def _metrics() -> ModuleType:
    """Return the module that writes metrics; end with 1 where its extra is missing."""
    try:
        from pulumi_cerevox.consumption import metrics  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        # Not ours to explain unless it is the extra's package that is missing.
        if error.name != "prometheus_client":
            raise
        fail(
            "prometheus_client is missing; the prometheus report needs: "
            "pip install 'pulumi-cerevox[metrics]'",
            ExitCode.UNEXPECTED,
        )
    return metrics


def _read(
    wanted: _Options, limits: Mapping[Limited, WarnAt], base_url: str | None
) -> UsageReport:
    with account_errors_told(), open_account(base_url) as account:
        try:
            if wanted.monthly is not None:
                about = f"reading {wanted.monthly}"
                watch = partial(terminal.watch, about=about)
                return read_year(account, wanted.monthly, watch)
            start, end = wanted.start_date, wanted.end_date
            return read_usage(
                account,
                Days(start.date() if start else None, end.date() if end else None),
                limits,
                datetime.now(UTC) if wanted.forecast else None,
            )
        except NotToldError as error:
            fail(str(error), ExitCode.NOT_READ_IN_FULL)
        except ValidationError as error:
            # One end alone, on the wrong side of the period's other end.
            fail(str(error), ExitCode.BAD_INPUT)


@click.command(
    epilog=examples(
        "pulumi-cerevox billing",
        "pulumi-cerevox billing --format json",
    )
)
@format_option("console", "json", "csv", "prometheus")
@base_url_option
def billing(*, form: str, base_url: str | None) -> None:
    """Show what the account's current billing period costs, and for what.

    It changes nothing.

    Exits with 3 if the key is refused, 4 if the bill could not be read.
    """
    metrics = _metrics() if form == "prometheus" else None
    with account_errors_told(), open_account(base_url) as account:
        info = account.get_account_info()
        bill = account.get_billing_info()
    if metrics is not None:
        terminal.show(metrics.billing_metrics(info, bill, datetime.now(UTC)))
    elif form == "json":
        terminal.show(billing_json(info, bill))
    elif form == "csv":
        terminal.show(billing_csv(info, bill))
    else:
        terminal.show(billing_text(info, bill, terminal.screen()))
