"""Make foreign text harmless, fold emails, and convert names of properties.

Foreign text is what the API says, and the names that people give themselves. It ends up
in error messages, logs and CI output. It counts as hostile until it is escaped.
"""

from __future__ import annotations

import base64
import re
import threading
import unicodedata
from collections import deque
from collections.abc import Callable
from functools import cache
from urllib.parse import quote

MAX_WORDS = 300
"""Longest piece of foreign text that is shown, in characters."""

_TAG = "<{%"  # begins a colour of Pulumi's; what stands in it is not printed
_TAG_OR_ITS_ESCAPE = re.compile(r"<(?=\{%)|\\(?=(?:x5c)*x3c\{%)")

_CI_COMMAND = re.compile(r"#(?=#[a-z]*\[)", re.IGNORECASE)
"""Begins what a CI takes for a command in the midst of a line.

`##[…]` (GitHub, Azure), `##vso[…]` (Azure), `##teamcity[…]`.
"""

# Some spreadsheets take the full-width forms for the same.
_FORMULA_BEGINS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_HIDDEN = "[hidden]"
_SHORTEST_SECRET = 4  # shorter texts would be cut out of ordinary words
_REMEMBERED_TOKENS = 64


def printable(text: str, limit: int = MAX_WORDS) -> str:
    r"""Return *text* on one line, with nothing in it that a terminal or a CI obeys.

    Control characters, line breaks, terminal escapes, text direction marks and lone
    surrogates become ``\x1b``-like escapes, and so does the start of a Pulumi colour
    tag, or of a command to a CI that reads the log (``##[…]``); what is longer than
    *limit* characters is cut and ends in ``…``. A command that needs a line's beginning
    (``::…``) is left as it is: begin the line with a word of your own.
    """
    shown = text[: limit + 1]
    if not shown.isprintable():
        shown = "".join(
            char
            if char.isprintable()
            else char.encode("unicode_escape").decode("ascii")
            for char in shown
        )
    shown = tags_broken(shown)
    if "##" in shown:
        shown = _CI_COMMAND.sub(r"\\x23", shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def visible(text: str) -> str:
    r"""Return a whole message with nothing in it that a terminal or a CI obeys.

    The same escapes as `printable`, but lines stay lines and nothing is cut. It is
    for the place where a message leaves the program. Escaping twice changes nothing.
    """
    return "\n".join(printable(line, len(line) * 10) for line in text.split("\n"))


def spreadsheet_text(text: str, limit: int = MAX_WORDS) -> str:
    """Return *text*, `printable`, as a cell that no spreadsheet takes for a formula.

    What begins like a formula gets an apostrophe in front, which spreadsheets read
    as "this is text".
    """
    shown = printable(text, limit)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA_BEGINS) else shown


def tags_broken(text: str) -> str:
    r"""Show colour tags of Pulumi's engine as text, ``\x3c{%reset%}>``.

    The engine leaves them out of what it prints, so that one person looks like
    another, and one that it does not know ends it (run on the engine: CLI 3.259).
    """
    return text.replace(_TAG, r"\x3c{%")


def tags_escaped(text: str) -> str:
    r"""Break colour tags like `tags_broken`, so that different texts stay different.

    A text that holds the escape itself, ``\x3c{%``, gets another one in front.
    """
    return _TAG_OR_ITS_ESCAPE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


_ESCAPE = re.compile(r"\\(?=x[0-9a-f]{2}|u[0-9a-f]{4})")


def unseen_escaped(text: str) -> str:
    r"""Escape whatever is not printable, and tags, so that texts stay different.

    For text that is kept, and compared later. Unlike `printable` it cuts nothing, and
    a text that holds such an escape itself gets another one in front: nobody passes
    for somebody else by writing the escape out. Escapes are of lower case, for emails
    are folded.
    """
    escaped = _ESCAPE.sub(r"\\x5c", text).replace(_TAG, r"\x3c{%")
    if escaped.isprintable():
        return escaped
    return "".join(
        char if char.isprintable() else _lower_escape(char) for char in escaped
    )


def _lower_escape(char: str) -> str:
    if ord(char) < 0x100:
        return f"\\x{ord(char):02x}"
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


class Redactor:
    """Takes the secrets of one client out of any text. Thread-safe.

    Servers and proxies like to repeat what they were sent ("unknown key sk_…").
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lasting: set[str] = set()
        self._passing: deque[str] = deque(maxlen=_REMEMBERED_TOKENS)

    def __repr__(self) -> str:
        return "Redactor()"

    def learn(self, secret: str) -> None:
        """Hide *secret* (a key or password) for good, also in its encoded forms."""
        with self._lock:
            # A server may send the secret back in any of these forms.
            encoded = base64.b64encode(secret.encode()).decode("ascii")
            forms = {secret, quote(secret, safe=""), encoded, encoded.rstrip("=")}
            self._lasting.update(
                {form for form in forms if len(form) >= _SHORTEST_SECRET}
            )

    def learn_tokens(self, *tokens: str) -> None:
        """Hide *tokens*; of these only the latest are remembered."""
        with self._lock:
            self._passing.extend(t for t in tokens if len(t) >= _SHORTEST_SECRET)

    def __call__(self, text: str) -> str:
        """Return *text* with every secret known so far replaced by ``[hidden]``."""
        with self._lock:
            secrets = self._lasting.union(self._passing)
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return text


MAX_EMAIL = 254
"""Longest email in characters (assumed; RFC 5321's limit)."""

MAX_NAME = 100
"""Longest name in characters (assumed)."""


def fold_email(email: str) -> str:
    """Return the form of *email* in which two emails of one person are equal.

    White space around it and a dot at its end go, case is folded, an accent is one with
    its letter (NFC), and an international domain takes its ASCII form (UTS 46).
    Plus-tags stay: `a+b@…` is another mailbox than `a@…` for the API. Anything may be
    folded, also what is no email; folding twice changes nothing more.
    """
    local, at, domain = email.strip().rpartition("@")
    if at and domain.endswith("."):
        domain = re.sub(r"[\s.]+\Z", "", domain)
    if email.isascii():
        return f"{local}{at}{domain}".lower()
    # Not casefold: it makes "straße" and "strasse" one, which are two mailboxes.
    local = _composed(local, str.lower)
    if domain.isascii() or len(domain) > MAX_EMAIL:
        return f"{local}{at}{_composed(domain, str.casefold)}"
    # The domain as it stands goes first: folding makes "ß" an "ss", which is
    # another domain. The second try keeps the whole idempotent.
    folded = _composed(domain, str.casefold)
    found = _ascii_domain(domain) or _ascii_domain(folded) or folded
    return f"{local}{at}{found.rstrip('.') if at else found}"


def _composed(text: str, fold: Callable[[str], str]) -> str:
    """Fold a text and compose its accents, until both change nothing more."""
    while (once := unicodedata.normalize("NFC", fold(text))) != text:
        text = once
    return text


def _ascii_domain(domain: str) -> str | None:
    import idna  # noqa: PLC0415 - slow to import, and hardly ever needed

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def email_fault(email: str) -> str | None:
    """Say what is wrong with *email* as an email, without repeating it; None if fine.

    The rule (assumed): one `@`, something before it, a domain with a dot after it,
    no white space, at most 254 characters.
    """
    local, _, domain = email.partition("@")
    checks = (
        (not email, "is empty"),
        (len(email) > MAX_EMAIL, f"is longer than {MAX_EMAIL} characters"),
        (email != "".join(email.split()), "contains white space"),
        (email.count("@") == 0, 'has no "@"'),
        (email.count("@") > 1, 'has more than one "@"'),
        (not local, 'has nothing before the "@"'),
        ("." not in domain.strip("."), 'has no domain with a dot after the "@"'),
    )
    return next((fault for is_so, fault in checks if is_so), None)


def name_fault(name: str) -> str | None:
    """Say what is wrong with *name* as a name; None if it is fine.

    The rule (assumed): 1 to 100 characters, not only white space.
    """
    if not name.strip():
        return "is empty or only white space"
    if len(name) > MAX_NAME:
        return f"is longer than {MAX_NAME} characters"
    return None


@cache
def camel(name: str) -> str:
    """Name a property as the state does: `user_id` is `userId` there."""
    if name.startswith("__"):
        return name
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


@cache
def snake(name: str) -> str:
    """Name a property as Python does: `userId` is `user_id` here."""
    if name.startswith("__"):
        return name
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)
