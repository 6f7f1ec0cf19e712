"""`pulumi-cerevox audit`, `report` and `diff`: compare declarations and the account."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulumi_cerevox import audit as audits
from pulumi_cerevox.account import printable
from pulumi_cerevox.audit import (
    DRIFT_KINDS,
    AuditRules,
    FindingKind,
    SourceError,
    audit_account,
    read_account,
    read_declared,
    read_declared_stack,
    read_directory,
)
from pulumi_cerevox.cli.days import command_day, expiring_option
from pulumi_cerevox.cli.report_files import (
    Wanted,
    checked_reports,
    reports_option,
    require_formats,
    write_rendered,
    write_reports,
)
from pulumi_cerevox.cli.session import open_account
from pulumi_cerevox.cli.terminal import ExitCode, examples, fail, write_file
from pulumi_cerevox.roster import RosterFileError

if TYPE_CHECKING:
    from pulumi_cerevox.audit import (
        AuditResult,
        Declared,
        IgnoreRule,
    )


def declared_side(
    sources: Sequence[str], stack: str | None, folder: Path | None
) -> Declared:
    """Read the declared side; ends the command with 2 where it can't be used.

    Raises:
        click.UsageError: there is no source, or two.
    """
    if sources and stack is not None:
        raise click.UsageError("SOURCE and --stack are two sources: give one")
    if not sources and stack is None:
        raise click.UsageError(
            "name a SOURCE: a roster file such as team.yaml, the file of a stack's "
            "export, `-` for stdin, or --stack NAME"
        )
    if folder is not None and stack is None:
        raise click.UsageError("--cwd goes with --stack")

    try:
        if stack is not None:
            return read_declared_stack(stack, folder)
        return read_declared(sources)
    except (RosterFileError, SourceError) as error:
        click.echo(str(error), err=True)
        sys.exit(ExitCode.BAD_INPUT)


def _of_account(declared: Declared, account_id: str) -> Declared:
    """Return what is declared for an account; ends the command with 2 for nothing."""
    if declared.account_id is None:
        # A source that names no account is about the key's: it has to be this one.
        return replace(declared, account_id=account_id)
    chosen = declared.for_account(account_id)
    if chosen.account_id != account_id:
        fail(
            f"--account {printable(account_id)}: the source declares nobody in that "
            f"account; it is about {printable(str(declared.account_id))}",
            ExitCode.BAD_INPUT,
        )
    return chosen


_DAY = click.DateTime(["%Y-%m-%d"])
_NOTES = [kind.value for kind in FindingKind if kind not in DRIFT_KINDS]


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of the command, by their names."""

    sources: tuple[str, ...]
    stack: str | None
    cwd: Path | None
    account: str | None
    reports: tuple[Wanted, ...]
    exit_zero: bool
    dormant_days: int | None
    review_days: int | None
    expiring_days: int
    directory: str | None
    fail_on: tuple[str, ...]
    whole_account: bool
    everybody: bool
    ignore_file: str | None
    strict_ignores: bool
    write_ignores: Path | None
    until: datetime | None
    since: str | None
    redact: bool


@click.command(
    epilog=examples(
        "pulumi-cerevox audit team.yaml",
        "pulumi-cerevox audit --stack prod",
        "pulumi stack export | pulumi-cerevox audit -",
        "pulumi-cerevox audit team.yaml --format html=report.html --format console",
        "pulumi-cerevox audit team.yaml --dormant-days 90 --ignore known.yaml",
        "pulumi-cerevox audit team.yaml --directory people.csv",
    )
)
@click.argument("sources", metavar="SOURCE...", nargs=-1)
@click.option(
    "--stack", metavar="NAME", help="Read this stack's state as SOURCE, with `pulumi`."
)
@click.option(
    "--cwd",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="The project's folder, for --stack.",
)
@click.option(
    "--account",
    metavar="ID",
    help="The account to audit, if SOURCE declares several.",
)
@reports_option()
@click.option("--exit-zero", is_flag=True, help="Report drift, but exit with 0 for it.")
@click.option(
    "--dormant-days",
    type=click.IntRange(1, 36_500),
    metavar="N",
    help="Also name people whose last login is more than N days ago.",
)
@click.option(
    "--review-days",
    type=click.IntRange(1, 36_500),
    metavar="N",
    help="Also name people whose last review is more than N days ago.",
)
@expiring_option
@click.option(
    "--directory",
    metavar="FILE",
    help="Also name people who are not active in this export of a staff directory: "
    "CSV with a column `email`, or JSON lines.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_NOTES),
    multiple=True,
    help="Count these notes as drift. You may repeat it.",
)
@click.option(
    "--whole-account",
    is_flag=True,
    help="Undeclared people are drift even if SOURCE declares only single Users, or "
    "ignores undeclared people.",
)
@click.option(
    "--all",
    "everybody",
    is_flag=True,
    help="Also list everybody, with role, last login and where they are declared.",
)
@click.option(
    "--ignore",
    "ignore_file",
    metavar="FILE",
    help="Rules that set findings aside, each with a reason, an owner and a last day.",
)
@click.option(
    "--strict-ignores",
    is_flag=True,
    help="Treat rules that are expired or unused as an error (exit code 2).",
)
@click.option(
    "--write-ignores",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write rules that set today's drift aside. Needs --until.",
)
@click.option("--until", type=_DAY, metavar="DATE", help="The last day of those rules.")
@click.option(
    "--since",
    metavar="OLD.json",
    help="The JSON of an older audit: say what is new, standing or settled.",
)
@click.option(
    "--redact", is_flag=True, help="Replace emails and names by stable hashes."
)
def audit(**options: Any) -> None:
    """Report what differs between the declared people and the account.

    SOURCE is a roster file (several are one roster), or the output of `pulumi stack
    export` or of `pulumi preview --json --show-sames`. `-` is stdin. --stack names a
    stack instead. The audit sends only GET. Last days, reviews and ignore rules count
    as of today in UTC, or as of CEREVOX_TODAY.

    Exits with 0 in sync, 2 for a bad SOURCE, 3 if the key is refused, 4 if something
    could not be read or compared, 7 for drift.
    """
    wanted = _Options(**options)
    _refuse_contradictions(wanted)
    rules_file = wanted.write_ignores
    reports = checked_reports(
        wanted.reports,
        (*wanted.sources, wanted.ignore_file, wanted.directory, wanted.since),
        [] if rules_file is None else [(f"--write-ignores {rules_file}", rules_file)],
    )
    require_formats(reports)
    result = _run_audit(wanted)
    if rules_file is not None and wanted.until is not None:
        _write_rules(result, rules_file, wanted.until.date())
    shown = audits.redacted(result) if wanted.redact else result
    write_reports(shown, reports)
    if not any(one.name == "console" and one.path is None for one in reports):
        # A report for machines leaves this to its reader.
        click.echo(f"pulumi-cerevox: {shown.headline}", err=True)
        for gap in shown.gaps:
            click.echo(f"pulumi-cerevox: {gap.text}", err=True)
        for warning in shown.warnings:
            click.echo(f"pulumi-cerevox: warning: {warning}", err=True)
    if wanted.strict_ignores and shown.warnings:
        sys.exit(ExitCode.BAD_INPUT)
    code = ExitCode(shown.exit_code)
    sys.exit(ExitCode.IN_SYNC if wanted.exit_zero and code is ExitCode.DRIFT else code)


def _refuse_contradictions(wanted: _Options) -> None:
    if (wanted.write_ignores is None) != (wanted.until is None):
        raise click.UsageError("--write-ignores and --until go together")
    if "dormant" in wanted.fail_on and wanted.dormant_days is None:
        raise click.UsageError("--fail-on dormant needs --dormant-days")
    if "expiring" in wanted.fail_on and not wanted.expiring_days:
        raise click.UsageError("--fail-on expiring needs --expiring-days")
    if "review_overdue" in wanted.fail_on and wanted.review_days is None:
        raise click.UsageError("--fail-on review_overdue needs --review-days")
    if wanted.since == "-" and "-" in wanted.sources:
        raise click.UsageError("SOURCE and --since are both `-`: there is one stdin")


def _run_audit(wanted: _Options) -> AuditResult:
    """Read both sides and compare them; ends the command with 2 for a bad file."""
    now, today = datetime.now(UTC), command_day()
    declared = declared_side(wanted.sources, wanted.stack, wanted.cwd)
    if wanted.account is not None:
        declared = _of_account(declared, wanted.account)
    rules = _ignore_rules(wanted.ignore_file)
    older = None if wanted.since is None else _stored(wanted.since)
    people = None if wanted.directory is None else read_directory(wanted.directory)
    result = audit_account(
        declared,
        read_account(open_account),
        AuditRules(
            now=now,
            dormant_days=wanted.dormant_days,
            review_days=wanted.review_days,
            today=today,
            expiring_days=wanted.expiring_days,
            directory=people,
            whole_account=True if wanted.whole_account else None,
            account_id=wanted.account,
            lists_everybody=wanted.everybody,
            drift_kinds=DRIFT_KINDS | {FindingKind(kind) for kind in wanted.fail_on},
        ),
    )
    if rules:
        result = audits.apply_ignores(result, rules, today)
    return result if older is None else _beside(result, older)


def _write_rules(result: AuditResult, path: Path, until: date) -> None:
    text = audits.write_ignores(
        result.drift,
        reason=f"there on {result.date[:10]}; nobody has looked at it yet",
        owner="whoever committed this file",
        until=until,
    )
    write_file(path, text.encode())
    click.echo(f"wrote {len(result.drift)} rules to {path}", err=True)


def _beside(result: AuditResult, older: AuditResult) -> AuditResult:
    """Return the result beside an older one; say what nobody can tell of the two."""
    try:
        marked = audits.beside(result, older)
    except SourceError as error:
        fail(f"--since: {error}", ExitCode.BAD_INPUT)
    if older.gaps:
        click.echo(
            "pulumi-cerevox: the older audit was not read in full: nobody can say what "
            "is new",
            err=True,
        )
    if result.gaps:
        click.echo(
            "pulumi-cerevox: this audit was not read in full: nobody can say what is "
            "settled",
            err=True,
        )
    return marked


def _ignore_rules(path: str | None) -> tuple[IgnoreRule, ...]:
    if path is None:
        return ()
    # Names of `audits` are loaded by use: most audits have no rules.
    try:
        return audits.read_ignores(path)
    except audits.IgnoreFileError as error:
        click.echo(str(error), err=True)
        sys.exit(ExitCode.BAD_INPUT)


@click.command(
    epilog=examples(
        "pulumi-cerevox report audit.json --format html=report.html",
        'pulumi-cerevox report audit.json --format markdown >> "$GITHUB_STEP_SUMMARY"',
    )
)
@click.argument("path", metavar="AUDIT.json")
@reports_option()
@click.option(
    "--redact", is_flag=True, help="Replace emails and names by stable hashes."
)
def report(*, path: str, reports: tuple[Wanted, ...], redact: bool) -> None:
    """Write a stored audit in other formats. Reads only the file.

    AUDIT.json is the output of `audit --format json`. `-` is stdin.

    Exits with 0 if the reports are written, even if they show drift, and with 2 if the
    file is no audit.
    """
    wanted = checked_reports(reports, [path])
    require_formats(wanted)
    result = _stored(path)
    write_reports(audits.redacted(result) if redact else result, wanted)


def _stored(path: str) -> AuditResult:
    name = "stdin" if path == "-" else printable(path)
    try:
        stored = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return audits.from_json(stored.decode("utf-8-sig"), name)
    except OSError as error:
        fail(f"{name}: can't be read: {error.strerror}", ExitCode.BAD_INPUT)
    except UnicodeDecodeError:
        fail(f"{name}: is no UTF-8", ExitCode.BAD_INPUT)
    except audits.StoredAuditError as error:
        fail(str(error), ExitCode.BAD_INPUT)


@click.command(
    epilog=examples(
        "pulumi-cerevox diff monday.yaml today.yaml",
        "pulumi-cerevox diff old-audit.json audit.json --format markdown",
        "git show HEAD~1:team.yaml | pulumi-cerevox diff - team.yaml",
    )
)
@click.argument("old")
@click.argument("new")
@reports_option(("console", "json", "markdown"))
@click.option("--exit-zero", is_flag=True, help="Exit with 0 for differences too.")
def diff(*, old: str, new: str, reports: tuple[Wanted, ...], exit_zero: bool) -> None:
    """Show who came, went or changed between two days.

    OLD and NEW are rosters, files of `export`, stack exports, or audits made with
    `audit --all --format json`. One of them may be `-`, which is stdin. Needs no key.

    Exits with 0 for no difference, 2 for a bad file, 4 if a side was not read in full,
    7 for differences.
    """
    if old == new == "-":
        raise click.UsageError("OLD and NEW are both `-`, and there is one stdin")
    wanted = checked_reports(reports, (old, new))
    try:
        sides = audits.read_membership(old), audits.read_membership(new)
        result = audits.compare_memberships(*sides)
    except (RosterFileError, SourceError) as error:
        click.echo(str(error), err=True)
        sys.exit(ExitCode.BAD_INPUT)
    write_rendered(lambda name, look: audits.render_diff(name, result, look), wanted)
    if not any(one.name == "console" and one.path is None for one in wanted):
        click.echo(f"pulumi-cerevox: {result.headline}", err=True)
    code = ExitCode(result.exit_code)
    sys.exit(ExitCode.IN_SYNC if exit_zero and code is ExitCode.DRIFT else code)
