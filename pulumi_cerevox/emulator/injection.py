"""What a handler can ask the framework for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from pulumi_cerevox.emulator.call import SCOPE_KEY, Call


async def current_call(request: Request) -> Call:
    """Return the call that the gate has read."""
    call: Call = request.scope[SCOPE_KEY]
    return call


CurrentCall = Annotated[Call, Depends(current_call)]
