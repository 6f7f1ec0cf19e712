"""GitHub's `${{ … }}`, as much of it as the action and the recipes use.

What it does not know it refuses: a test would otherwise show nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|&&|\|\||==|!=|[!()]|[A-Za-z_][\w.-]*|\d+)")
_EMBEDDED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)

Contexts = Mapping[str, Any]
Functions = Mapping[str, Callable[[], bool]]


def filled(text: str, contexts: Contexts) -> str:
    """Put the values of the expressions in a text in their places."""
    return _EMBEDDED.sub(lambda found: shown(evaluate(found[1], contexts)), text)


def shown(value: Any) -> str:
    """Return a value as GitHub writes it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def evaluate(text: str, contexts: Contexts, functions: Functions | None = None) -> Any:
    """Return the value of one expression."""
    return _Reader(text, contexts, functions or {}).value()


class _Reader:
    def __init__(self, text: str, contexts: Contexts, functions: Functions) -> None:
        self._contexts = contexts
        self._functions = functions
        self._tokens = _tokens(text)

    def value(self) -> Any:
        found = self._either()
        assert not self._tokens, self._tokens
        return found

    def _either(self) -> Any:
        found = self._both()
        while self._next_is("||"):
            other = self._both()
            found = found or other
        return found

    def _both(self) -> Any:
        found = self._compared()
        while self._next_is("&&"):
            other = self._compared()
            found = found and other
        return found

    def _compared(self) -> Any:
        found = self._single()
        if self._next_is("=="):
            return shown(found) == shown(self._single())
        if self._next_is("!="):
            return shown(found) != shown(self._single())
        return found

    def _single(self) -> Any:
        if self._next_is("!"):
            return not self._single()
        if self._next_is("("):
            found = self._either()
            assert self._next_is(")")
            return found
        token = self._tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdecimal():
            return int(token)
        if self._next_is("("):
            assert self._next_is(")")
            return self._functions[token]()
        return self._looked_up(token)

    def _looked_up(self, path: str) -> Any:
        first, *rest = path.split(".")
        found = self._contexts[first]
        for name in rest:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def _next_is(self, token: str) -> bool:
        if self._tokens[:1] != [token]:
            return False
        self._tokens.pop(0)
        return True


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    rest = text.strip()
    while rest:
        found = _TOKEN.match(rest)
        assert found, f"no expression: {rest!r}"
        tokens.append(found[1])
        rest = rest[found.end() :].strip()
    return tokens
