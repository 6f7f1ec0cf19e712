"""The two ways in which a resource of every Pulumi SDK takes its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi

A = TypeVar("A")


def sort_out(
    kind: type[A],
    args: A | Mapping[str, Any] | pulumi.ResourceOptions | None = None,
    opts: pulumi.ResourceOptions | None = None,
    **keywords: Any,
) -> tuple[A, pulumi.ResourceOptions | None]:
    """Give the arguments as their class, and the options.

    Args:
        kind: The class of the arguments, such as `UserArgs`.
        args: An object of that class, a dictionary, or the options.
        opts: The options.
        keywords: The arguments by name.

    Raises:
        TypeError: something is missing, unknown, or given in two ways.
    """
    if isinstance(args, pulumi.ResourceOptions):
        args, opts = None, args
    resource = kind.__name__.removesuffix("Args")
    if isinstance(args, kind):
        if keywords:
            raise TypeError(f"{resource}(): give {kind.__name__} or names, not both")
        return args, opts
    if args is not None and not isinstance(args, Mapping):
        raise TypeError(
            f"{resource}() takes {kind.__name__}, a dictionary or arguments by name, "
            f"not {type(args).__name__}"
        )
    try:
        return kind(**(args or {}), **keywords), opts
    except TypeError as error:
        text = str(error).replace(f"{kind.__name__}.__init__()", f"{resource}()")
        raise TypeError(text) from None
