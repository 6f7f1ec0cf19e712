"""What the page says before the findings: whose account, the verdict, the figures."""

from __future__ import annotations

from datetime import UTC, datetime

from pulumi_cerevox.audit.model import DRIFT_KINDS, AuditResult, SourceKind, counted
from pulumi_cerevox.audit.reports.html_page.markup import (
    Html,
    element,
    foreign,
    joined,
)
from pulumi_cerevox.audit.reports.wording import TITLES

_SOURCES = {
    SourceKind.ROSTER: "Roster",
    SourceKind.STACK: "Stack",
    SourceKind.PREVIEW: "Preview",
}
_NOTHING = Html("")


def instant(text: str, form: str = "%Y-%m-%d %H:%M") -> Html:
    """Return a moment in UTC; what is no RFC 3339 stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return foreign(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    moment = moment.astimezone(UTC)
    return element("time", moment.strftime(form), datetime=moment.isoformat())


def account_told(result: AuditResult) -> str:
    """Return the account on one line, for a title."""
    account = result.account
    return account.account_id or account.base_url


def header(result: AuditResult) -> Html:
    """Return whose account it is, against what, and when."""
    return element(
        "header",
        element("p", "Cerevox account audit", class_="subject"),
        element(
            "button",
            "Dark theme",
            type="button",
            id="theme",
            class_="scripted",
            aria_pressed="false",
        ),
        element(
            "dl",
            _fact("Account", _account(result)),
            _fact(_SOURCES[result.source.kind], _names(result)),
            _fact("API", foreign(result.account.base_url)),
            _fact("Made", instant(result.date, "%Y-%m-%d %H:%M:%S UTC")),
            _fact("Exit code", str(result.exit_code)),
            class_="facts",
        ),
    )


def verdict(result: AuditResult) -> Html:
    """Return the headline, and what must be known to read it."""
    redacted = element("p", "Emails and names are replaced by lasting hashes.")
    return element(
        "section",
        element("h1", result.headline),
        redacted if result.redacted else _NOTHING,
        class_=f"verdict {result.verdict.value}",
    )


def gaps(result: AuditResult) -> Html:
    """Return what is missing; it stands before everything that was found."""
    if not result.gaps:
        return _NOTHING
    lines = (
        element(
            "li", element("b", gap.kind.value.replace("_", " ")), " ", foreign(gap.text)
        )
        for gap in result.gaps
    )
    return element(
        "section",
        element("h2", "Not read or not compared"),
        element(
            "p",
            "The audit can't say that the account is in sync. "
            "What stands below is what was found all the same.",
        ),
        element("ul", *lines),
        class_="gaps",
        id="gaps",
    )


def warnings(result: AuditResult) -> Html:
    """Return what the reader should look at beside the findings."""
    if not result.warnings:
        return _NOTHING
    lines = (element("li", foreign(text)) for text in result.warnings)
    return element(
        "section",
        element("h2", "Warnings"),
        element("ul", *lines),
        class_="warnings",
        id="warnings",
    )


def figures(result: AuditResult) -> Html:
    """Return the counts, and the drift by kind; what is not known is no zero."""
    counts = result.counts
    drift = len(result.drift)
    compared = drift > 0 or counts.in_place is not None
    tiles = {
        "Declared": counts.declared,
        "In the account": counts.actual,
        "In place": counts.in_place,
        "Drift so far" if result.gaps else "Drift": drift if compared else None,
        "Notes": len(result.notes),
        "Ignored": len(result.ignored),
    }
    return element(
        "section",
        element("h2", "Figures", class_="unseen"),
        element("dl", *(_tile(*tile) for tile in tiles.items()), class_="tiles"),
        _by_kind(result) if compared else _NOTHING,
        class_="figures",
    )


def _by_kind(result: AuditResult) -> Html:
    tiles = (
        _tile(TITLES[kind], number)
        for kind, number in counted(result.drift).items()
        if number or kind in DRIFT_KINDS
    )
    return joined(element("h3", "Drift by kind"), element("dl", *tiles, class_="kinds"))


def footer(result: AuditResult) -> Html:
    """Return where the page comes from."""
    del result
    return element(
        "footer",
        element(
            "p",
            "Made by ",
            element("code", "pulumi-cerevox audit"),
            ", which reads the account and changes nothing. Times are in UTC. "
            "A fingerprint stays the same for a person, a kind and an account.",
        ),
    )


def _account(result: AuditResult) -> Html:
    account = result.account
    if account.account_id is None:
        return element("span", "not known", class_="dim")
    if account.account_name is None:
        return foreign(account.account_id)
    return joined(
        foreign(account.account_name),
        " ",
        element("span", foreign(account.account_id), class_="dim"),
    )


def _names(result: AuditResult) -> Html:
    first, *others = result.source.names or ("-",)
    rest = (part for name in others for part in (", ", foreign(name)))
    return joined(foreign(first), *rest)


def _fact(term: str, told: str) -> Html:
    return element("div", element("dt", term), element("dd", told))


def _tile(term: str, number: int | None) -> Html:
    told = "unknown" if number is None else f"{number:,}"
    shade = {None: "unknown", 0: "zero"}.get(number)
    return element("div", element("dt", term), element("dd", told), class_=shade)
