"""`pulumi-cerevox guard`: judge a change before it is applied."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from pulumi_cerevox.account import email_fault
from pulumi_cerevox.audit import (
    CutError,
    Limits,
    ShapeError,
    SourceError,
    judge_commit,
    judge_files,
    judge_preview,
    read_content,
    recognise,
    recognise_preview,
    render_guard,
    resources_in_stack,
)
from pulumi_cerevox.cli.days import command_day, expiring_option
from pulumi_cerevox.cli.report_files import (
    Wanted,
    checked_reports,
    reports_option,
    write_rendered,
)
from pulumi_cerevox.cli.terminal import ExitCode, examples, fail
from pulumi_cerevox.roster import RosterFileError

if TYPE_CHECKING:
    from pulumi_cerevox.audit import GuardResult

_COUNT = click.IntRange(0, 1_000_000)
_MOST_DIGITS = 18
_LIMIT_VARIABLE = "CEREVOX_MAX_REMOVALS"
_APPROVE_VARIABLE = "CEREVOX_APPROVE"
_ACCOUNT_VARIABLE = "CEREVOX_ACCOUNT_ID"


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of the command, by their names."""

    preview: str | None
    base: tuple[str, ...]
    base_ref: str | None
    roster: tuple[str, ...]
    state: str | None
    reports: tuple[Wanted, ...]
    max_removals: int | None
    max_demotions: int | None
    min_admins: int | None
    required_admin: tuple[str, ...]
    approve: tuple[str, ...]
    digest: bool
    expiring_days: int


@click.command(
    epilog=examples(
        "pulumi-cerevox guard --base main.yaml --roster team.yaml",
        "pulumi-cerevox guard --base-ref origin/main --roster team.yaml",
        "pulumi preview --json --refresh | pulumi-cerevox guard",
        "pulumi-cerevox guard preview.json --max-removals 2 --format markdown=guard.md",
    )
)
@click.argument("preview", required=False)
@click.option(
    "--base",
    multiple=True,
    metavar="FILE",
    help="The old roster; /dev/null for a new one. Several files are one roster.",
)
@click.option(
    "--base-ref",
    metavar="REF",
    help="The commit of this repository that has the old roster, read with git.",
)
@click.option(
    "--roster",
    multiple=True,
    metavar="FILE",
    help="The new roster. Several files are one roster.",
)
@click.option(
    "--state",
    metavar="FILE",
    help="The output of `pulumi stack export`: who stays, and unfinished deletes.",
)
@reports_option(("console", "json", "markdown"))
@click.option(
    "--max-removals",
    type=_COUNT,
    metavar="N",
    help="How many people it may remove. For Users: CEREVOX_MAX_REMOVALS, or 5.",
)
@click.option(
    "--max-demotions",
    type=_COUNT,
    metavar="N",
    help="How many admins it may demote. For Users: 5.",
)
@click.option(
    "--min-admins",
    type=_COUNT,
    metavar="N",
    help="How many admins must be left. For Users: with --state or --show-sames.",
)
@click.option(
    "--required-admin",
    multiple=True,
    metavar="EMAIL",
    help="Somebody who must stay an admin. You may repeat it.",
)
@click.option(
    "--approve",
    multiple=True,
    metavar="DIGEST",
    help="Allow exactly this change, like CEREVOX_APPROVE.",
)
@click.option(
    "--digest",
    is_flag=True,
    help="Print only the approval digest, without judging the change.",
)
@expiring_option
def guard(**options: Any) -> None:
    """Judge a change before it is applied: who is removed, demoted or promoted.

    --base and --roster compare two roster files. This needs no key and no engine, and
    runs no code of the change. --base-ref reads the old file from a commit. Without
    them, PREVIEW or stdin is the output of `pulumi preview --json`.

    For two files, last days count as of today in UTC, or as of CEREVOX_TODAY.

    The guards of the rosters count, the stricter of old and new. The approval digest
    stands for the people who are removed or demoted. CEREVOX_APPROVE takes it. The
    plan digest covers the whole change, and approves nothing.

    Exits with 0 if the change may pass, 2 for bad input, 4 if it could not be judged
    in full, 5 if it is refused.
    """
    wanted = _Options(**options)
    _refuse_contradictions(wanted)
    sources = (*wanted.base, *wanted.roster, wanted.preview or "-", wanted.state)
    reports = checked_reports(wanted.reports, sources)
    result = _judged(wanted)
    if not wanted.digest:
        write_rendered(lambda name, look: render_guard(name, result, look), reports)
    for gap in result.gaps:
        click.echo(f"pulumi-cerevox: {gap}", err=True)
    if wanted.digest:
        if result.gaps:
            sys.exit(ExitCode.NOT_READ_IN_FULL)
        if result.digest is None:
            fail(
                "a digest names the account, which is not known here: write "
                f"account_id into the roster, or set {_ACCOUNT_VARIABLE}",
                ExitCode.NOT_READ_IN_FULL,
            )
        click.echo(result.digest)
        sys.exit(ExitCode.IN_SYNC)
    if not wanted.roster and wanted.state is None:
        click.echo(
            "pulumi-cerevox: without --state nobody sees whom an earlier run left to "
            "be deleted: pulumi stack export > stack.json",
            err=True,
        )
    for text in result.refusal_texts:
        click.echo(text, err=True)
    sys.exit(ExitCode(result.exit_code))


def _refuse_contradictions(wanted: _Options) -> None:
    if bool(wanted.base or wanted.base_ref is not None) != bool(wanted.roster):
        raise click.UsageError("--roster goes with --base or --base-ref")
    if wanted.base and wanted.base_ref is not None:
        raise click.UsageError("--base and --base-ref: one of them")
    if wanted.roster and wanted.preview is not None:
        raise click.UsageError("judge two files, or a preview: not both at once")
    if wanted.expiring_days and not wanted.roster:
        raise click.UsageError("--expiring-days goes with --roster")
    if wanted.roster and wanted.state is not None:
        raise click.UsageError("--state goes with a preview")
    if wanted.digest and wanted.reports:
        raise click.UsageError("--digest goes with no report")
    if not wanted.roster and wanted.preview is None and sys.stdin.isatty():
        raise click.UsageError(
            "give two files by --base and --roster, or a preview: "
            "pulumi preview --json | pulumi-cerevox guard"
        )


def _judged(wanted: _Options) -> GuardResult:
    approve = " ".join((*wanted.approve, os.environ.get(_APPROVE_VARIABLE, "")))
    limits = _limits(wanted)
    try:
        if wanted.base_ref is not None:
            return judge_commit(wanted.base_ref, wanted.roster, limits, approve=approve)
        if wanted.base:
            return judge_files(wanted.base, wanted.roster, limits, approve=approve)
        name = wanted.preview or "-"
        document = recognise_preview(read_content(name), name)
        state = None
        if wanted.state is not None:
            content = recognise(read_content(wanted.state), wanted.state)
            state = resources_in_stack(content.document, wanted.state)
        return judge_preview(document, name, limits, approve=approve, state=state)
    except RosterFileError as error:
        click.echo(str(error), err=True)
        sys.exit(ExitCode.BAD_INPUT)
    except CutError as error:
        fail(str(error), ExitCode.NOT_READ_IN_FULL)
    except (SourceError, ShapeError) as error:
        fail(str(error), ExitCode.BAD_INPUT)


def _limits(wanted: _Options) -> Limits:
    for email in wanted.required_admin:
        fault = email_fault(email)
        if fault is not None:
            raise click.BadParameter(
                f"{email!r} {fault}", param_hint="--required-admin"
            )
    limits = Limits(
        wanted.max_removals,
        wanted.max_demotions,
        wanted.min_admins,
        wanted.required_admin,
        account_id=os.environ.get(_ACCOUNT_VARIABLE, "").strip() or None,
        # A preview was made with a day of its own.
        today=command_day() if wanted.roster else None,
        expiring_days=wanted.expiring_days,
    )
    told = os.environ.get(_LIMIT_VARIABLE, "").strip()
    if not told:
        return limits
    # Python reads no number of more than 4300 digits.
    if not told.isascii() or not told.isdecimal() or len(told) > _MOST_DIGITS:
        fail(f"{_LIMIT_VARIABLE} is no whole number", ExitCode.BAD_INPUT)
    return replace(limits, removal_limit=int(told))
