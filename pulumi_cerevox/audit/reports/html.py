"""The audit as one HTML page: self-contained, and readable without JavaScript.

It asks the network for nothing, and its content security policy allows its own style
and script alone, by hash. It is ASCII throughout, so no terminal and no mail program
can spoil it, and two pages of one result are the same. The markup is in `page.html`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.findings import KINDS, counted
from pulumi_cerevox.audit.model import AuditResult
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import last_seen, title

_PACKAGE = "pulumi_cerevox.audit.reports"
_AFTER_A_JOINT = re.compile("(?<=[@/])(?=.)")


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
        "moment": _moment,
        "pieces": _AFTER_A_JOINT.split,
        "source": _source,
        "title_of": title,
        "visible": visible,
    }
    return environment.get_template("page.html")


def visible(text: str) -> str:
    r"""Return text whose control characters can be read, as in `\x1b`."""
    return text if text.isprintable() else printable(text, sys.maxsize)


def _finalize(value: Any) -> Any:
    """Make every value visible that is put into the page; markup is what it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


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
