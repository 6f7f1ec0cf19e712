"""Which route a path belongs to.

The gate asks here before a handler runs: a path that exists without the method is a
405 even where a wider template has it (`DELETE /users/me` is not the user `me`), and
the journal and the faults need the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, compile_path


@dataclass(frozen=True, slots=True)
class Route:
    """One path template with its methods, as `/v1/users/{user_id}`."""

    template: str
    methods: frozenset[str]
    expression: re.Pattern[str]


class RouteTable:
    """The routes in the order in which they were added."""

    def __init__(self, prefix: str, routes: Iterable[BaseRoute]) -> None:
        """Take over routes, whose paths lack the prefix they are served below."""
        methods: dict[str, set[str]] = {}
        for route in routes:
            if isinstance(route, APIRoute):
                template = prefix + route.path
                methods.setdefault(template, set()).update(route.methods or ())
        self._routes = [
            Route(template, frozenset(allowed), compile_path(template)[0])
            for template, allowed in methods.items()
        ]

    def find(self, path: str) -> Route | None:
        """Return the first route whose template fits a path, or None."""
        for route in self._routes:
            if route.expression.match(path):
                return route
        return None
