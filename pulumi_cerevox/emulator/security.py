"""How a call authenticates, for the OpenAPI description alone: `access` checks it."""

from __future__ import annotations

from fastapi import Security
from fastapi.security import HTTPBasic, HTTPBearer

# FastAPI's own Basic would refuse a key without a colon, which is what the SDK sends;
# switched off, it only describes. `_Described` keeps it from reading the header at all.


class _Described(HTTPBasic):
    async def __call__(self) -> None:  # type: ignore[override]
        """Read nothing."""


BASIC = Security(
    _Described(
        scheme_name="ApiKey",
        description="Base64 of the API key alone, without a colon; "
        "with a colon behind it; or of email:password",
        auto_error=False,
    )
)
BEARER = Security(
    HTTPBearer(
        scheme_name="AccessToken",
        description="The access_token of a login",
        auto_error=False,
    )
)
