"""The audit as one HTML page: self-contained, and readable without JavaScript.

It loads nothing from the network. Its content security policy allows only its own style
and script, by hash. It is pure ASCII, so no terminal or mail program can spoil it. The
same result gives the same page. The markup is in `page.html`.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.findings import KINDS, counted
from pulumi_cerevox.audit.model import AuditedPerson, AuditResult
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import last_seen, title

_PACKAGE = "pulumi_cerevox.audit.reports"
_LONGEST_OPEN, _SUMMARY = 300, 120


def render(result: AuditResult, look: Look) -> str:
    """Return the page; it looks the same everywhere."""
    del look
    folder = files(_PACKAGE)
    page = _template().render(
        result=result,
        style=(folder / "page.css").read_text(encoding="ascii"),
        script=(folder / "page.js").read_text(encoding="ascii"),
        kinds=KINDS,
        order=list(KINDS),
    )
    return page.encode("ascii", "xmlcharrefreplace").decode()


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(_PACKAGE, ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "counted": counted,
        "grouped": "{:,}".format,
        "last_seen": last_seen,
        "rows": _rows,
        "source": _source,
        "title_of": title,
    }
    environment.globals |= {"dim": _dim, "foreign": foreign, "instant": instant}
    return environment.get_template("page.html")


def visible(text: str) -> str:
    r"""Return text whose control characters can be read, as in `\x1b`."""
    return text if text.isprintable() else printable(text, sys.maxsize)


def _finalize(value: Any) -> Any:
    """Make every value visible that is put into the page; markup is what it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def _markup(text: str) -> Markup:
    """Return markup that was made here; whatever is foreign in it is escaped."""
    return Markup(text)  # noqa: S704  see above


def foreign(text: str) -> Markup:
    """Return foreign text escaped. A long one is folded: all of it is there."""
    shown = visible(text)
    if len(shown) <= _LONGEST_OPEN:
        return _markup(_isolated(shown))
    return _markup(
        f"<details><summary>{_isolated(shown[:_SUMMARY] + '…')}<small> {len(text):,} "
        f"characters</small></summary>{_isolated(shown)}</details>"
    )


def _isolated(shown: str) -> str:
    """Return text whose direction ends where it ends.

    Emails and paths break where they are joined rather than within a word.
    """
    broken = str(escape(shown)).replace("@", "@<wbr>").replace("/", "/<wbr>")
    return f"<bdi>{broken.removesuffix('<wbr>')}</bdi>"


def instant(text: str, form: str = "%Y-%m-%d %H:%M") -> Markup:
    """Return a moment in UTC; as it was sent where it is no RFC 3339."""
    moment = _moment(text)
    if moment is None:
        return foreign(text)
    return _markup(
        f'<time datetime="{moment.isoformat()}">{moment.strftime(form)}</time>'
    )


def _dim(text: str) -> Markup:
    return _markup(f'<span class="dim">{escape(text)}</span>')


def _rows(people: Iterable[AuditedPerson]) -> Markup:
    """Return a row for each person.

    It is made without the template, which takes five times as long for it: in an audit
    of thousands that lists everybody these rows are nearly all there is.
    """
    return _markup("".join(map(_row, people)))


def _row(person: AuditedPerson) -> str:
    who = f"<b>{foreign(person.email)}</b>"
    if person.name:
        who += f' <div class="name">{foreign(person.name)}</div>'
    if person.user_id:
        who += f' <div class="id">{foreign(person.user_id)}</div>'
    login = _NEVER if person.role else ""
    undeclared = _ANY if person.declared else _NOBODY
    role = person.declared_role
    cells = (
        ("Findings", ", ".join(KINDS[kind].title for kind in person.findings)),
        ("Who", who),
        ("Role", foreign(person.role) if person.role else _ABSENT),
        ("Declared role", foreign(role) if role else undeclared),
        ("Until", _day(person.until)),
        ("Reviewed", _day(person.reviewed)),
        ("Last login", instant(person.last_login) if person.last_login else login),
        ("Declared at", foreign(person.where) if person.where else ""),
        ("Note", foreign(person.note) if person.note else ""),
    )
    told = "".join(
        f'<td role="cell" data-label="{label}">{cell}</td>\n' if cell else _EMPTY
        for label, cell in cells
    )
    return f'<tr role="row">\n{told}</tr>\n'


def _day(day: date | None) -> str:
    return f"<time>{day.isoformat()}</time>" if day else ""


_EMPTY = '<td role="cell" class="none">&mdash;</td>\n'
_ABSENT, _ANY = _dim("not in the account"), _dim("any")
_NOBODY, _NEVER = _dim("nobody declared them"), _dim("never")


def _moment(text: str) -> datetime | None:
    """Return a moment in UTC, or None for what is no RFC 3339."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _source(text: str) -> str:
    """Return what a content security policy calls this style or script."""
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
