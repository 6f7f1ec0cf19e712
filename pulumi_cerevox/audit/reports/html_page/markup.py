"""HTML that is escaped by construction: a `str` is text, only `Html` is markup."""

from __future__ import annotations

import re
import sys
from html import escape

from pulumi_cerevox.text import printable

_VOID = frozenset({"input", "link", "meta"})
_BLOCKS = frozenset(
    {"body", "dl", "footer", "head", "header", "html", "main", "section", "table"}
    | {"li", "meta", "p", "tbody", "thead", "title", "tr", "ul"}
)
_BREAK_AFTER = re.compile("[@/](?=.)")
_LONGEST = 300
_OPENING = 120


class Html(str):
    """Markup that stands for itself."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | bool | None) -> Html:
    """Return an element.

    Args:
        name: As in `td`.
        children: Markup, or text that is escaped.
        attributes: `data_key="1"` becomes `data-key="1"`, `class_` becomes `class`;
            True stands without a value, None and False are left out.
    """
    opening = f"<{name}{''.join(map(_attribute, attributes.items()))}>"
    closing = "" if name in _VOID else f"</{name}>"
    line = "\n" if name in _BLOCKS else ""
    return Html(f"{opening}{joined(*children)}{closing}{line}")


def joined(*parts: str) -> Html:
    """Return markup and text one after the other, the text escaped."""
    return Html("".join(map(_markup, parts)))


def foreign(text: str) -> Html:
    """Return text from outside, isolated: its direction ends where it ends.

    What is very long is folded to its beginning; all of it is there.
    """
    shown = visible(text)
    if len(shown) <= _LONGEST:
        return _isolated(shown)
    opening = _isolated(f"{shown[:_OPENING]}\N{HORIZONTAL ELLIPSIS}")
    length = element("small", f" {len(text):,} characters")
    return element("details", element("summary", opening, length), _isolated(shown))


def visible(text: str) -> str:
    r"""Return text whose control characters can be read, as in `\x1b`."""
    return text if text.isprintable() else printable(text, sys.maxsize)


def _isolated(text: str) -> Html:
    # Emails and paths break where they are joined rather than within a word.
    return element("bdi", Html(_BREAK_AFTER.sub(r"\g<0><wbr>", escape(text))))


def _markup(part: str) -> str:
    return part if isinstance(part, Html) else escape(visible(part))


def _attribute(attribute: tuple[str, str | bool | None]) -> str:
    key, value = attribute
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(visible(value))}"'
