"""Text from outside, made harmless: escaped, and stripped of secrets.

The API's words, and names that anyone can give themselves, end up in error
messages, logs and CI output. They count as hostile until they went through here.
"""

import base64
import re
import threading
from collections import deque
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
    r"""Give *text* on one line, with nothing in it that a terminal or a CI obeys.

    Control characters, line breaks, terminal escapes, text direction marks and lone
    surrogates become ``\x1b``-like escapes, and so does the start of a Pulumi colour
    tag, or of a command to a CI that reads the log (``##[…]``); what is longer than
    *limit* characters is cut and ends in ``…``. A command that needs a line's beginning
    (``::…``) is left as it is: begin the line with a word of your own.
    """
    shown = "".join(
        char if char.isprintable() else _escaped(char) for char in text[: limit + 1]
    )
    shown = _CI_COMMAND.sub(r"\\x23", tags_broken(shown))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def spreadsheet_text(text: str, limit: int = MAX_WORDS) -> str:
    """Give *text*, `printable`, as a cell that no spreadsheet takes for a formula.

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


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


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
            self._lasting.update(_forms(secret))

    def learn_tokens(self, *tokens: str) -> None:
        """Hide *tokens*; of these only the latest are remembered."""
        with self._lock:
            self._passing.extend(t for t in tokens if len(t) >= _SHORTEST_SECRET)

    def __call__(self, text: str) -> str:
        """Give *text* with every secret known so far replaced by ``[hidden]``."""
        with self._lock:
            secrets = self._lasting.union(self._passing)
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return text


def _forms(secret: str) -> set[str]:
    """Give the forms in which *secret* may come back from a server."""
    encoded = base64.b64encode(secret.encode()).decode("ascii")
    forms = {secret, quote(secret, safe=""), encoded, encoded.rstrip("=")}
    return {form for form in forms if len(form) >= _SHORTEST_SECRET}
