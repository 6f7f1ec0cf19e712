"""Faults of Pulumi's Python SDK that a program of many resources meets, mended.

Both reach into the SDK's private parts (3.235 to 3.272), and do nothing where those
are no longer what they were.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pulumi.runtime import settings


@contextmanager
def pickler_restored() -> Iterator[None]:
    """Undo what the SDK leaves behind each time it pickles a provider.

    It wraps the pickler's method once more at each call; after about 1000 resources
    any dict that is pickled in the program meets a RecursionError.
    """
    pickler: Any = pickle._Pickler  # noqa: SLF001
    batch_setitems, save_dict = pickler._batch_setitems, pickler.save_dict  # noqa: SLF001
    try:
        yield
    finally:
        pickler._batch_setitems, pickler.save_dict = batch_setitems, save_dict  # noqa: SLF001


def await_calls_first() -> None:
    """Have the SDK await the engine's answers before the outputs that hang on them.

    That is its own order, but none of its calls has begun when an ordinary program
    ends: it takes that for "all are answered", and looks through every output of
    every resource again each time that some are done. One call that is there already,
    and does nothing, lets it begin where it should. It took a quarter of a preview of
    a thousand people.
    """
    manager = getattr(settings, "_get_rpc_manager", lambda: None)()
    calls = getattr(manager, "rpcs", None)
    if isinstance(calls, list) and not calls:
        calls.append(asyncio.ensure_future(asyncio.sleep(0)))
