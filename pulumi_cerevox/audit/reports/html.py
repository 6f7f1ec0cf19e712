"""The audit as one HTML page: self-contained, and readable without JavaScript.

It asks the network for nothing, and its content security policy allows its own style
and script alone, by hash. It is ASCII throughout, so no terminal and no mail program
can spoil it, and two pages of one result are the same.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from pulumi_cerevox.audit.model import AuditResult
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.html_page import findings, summary
from pulumi_cerevox.audit.reports.html_page.markup import Html, element, joined

_PAGE = "pulumi_cerevox.audit.reports.html_page"


def render(result: AuditResult, look: Look) -> str:
    """Return the page; it looks the same everywhere."""
    del look
    page = joined(
        Html("<!DOCTYPE html>\n"),
        element("html", _head(result), _body(result), lang="en"),
    )
    return page.encode("ascii", "xmlcharrefreplace").decode()


def _head(result: AuditResult) -> Html:
    style, script = _asset("page.css"), _asset("page.js")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "img-src data:",  # the empty icon, or browsers ask for /favicon.ico
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", f"{result.headline} - {summary.account_told(result)}"),
        element("link", rel="icon", href="data:,"),
        Html(f"<style>{style}</style>\n<script>{script}</script>"),
    )


def _body(result: AuditResult) -> Html:
    return element(
        "body",
        element("a", "Skip to the findings", class_="skip", href="#findings"),
        summary.header(result),
        element(
            "main",
            summary.verdict(result),
            summary.gaps(result),
            summary.warnings(result),
            summary.figures(result),
            findings.findings(result),
        ),
        summary.footer(result),
    )


def _asset(name: str) -> str:
    return (files(_PAGE) / name).read_text(encoding="ascii")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
