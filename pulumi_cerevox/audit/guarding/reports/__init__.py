"""Reports of a guard: one module a format, each with `render(result, look)`."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from pulumi_cerevox.audit.guarding.result import GuardResult
from pulumi_cerevox.audit.reports import Look

FORMATS = {"console": "console", "json": "as_json", "markdown": "markdown"}
"""Each format's module."""


class _Module(Protocol):
    def render(self, result: GuardResult, look: Look) -> str: ...


def render(form: str, result: GuardResult, look: Look) -> str:
    """Give a judgement in a format; it ends in a line break."""
    module = cast("_Module", import_module(f"{__name__}.{FORMATS[form]}"))
    return module.render(result, look)
