"""Users as code for a Cerevox account: a Pulumi provider in Python.

A Pulumi program imports this package as `import pulumi_cerevox as cerevox`. Each name
is loaded on first use. A script that only calls the API does not load Pulumi, and the
provider host loads only what it needs.

`__init__.pyi` is the list of public names, for type checkers and for this module.
"""

from __future__ import annotations

import ast
import pkgutil
from functools import cache


@cache
def _modules() -> dict[str, str]:
    """Return the module of each public name."""
    stub = pkgutil.get_data(__name__, "__init__.pyi") or b""
    imports = (one for one in ast.parse(stub).body if isinstance(one, ast.ImportFrom))
    return {alias.name: one.module or "" for one in imports for alias in one.names}


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    if name == "__all__":
        return __dir__()
    if name.startswith("__") or name not in _modules():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = pkgutil.resolve_name(f"{_modules()[name]}.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(_modules())
