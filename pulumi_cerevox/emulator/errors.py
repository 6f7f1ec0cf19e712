"""The API's errors: one function for each, one body for all.

The fields are what the SDK reads. `error` and `error_type` are always texts, for the
SDK fails on anything else, and no text holds the word "unsupported", which it takes
for a file error whatever the status. The texts of `error_type` are assumed but for
`quota_exceeded` (SDK's tests); "Authentication" is what the documentation looks for.
"""

from __future__ import annotations

from typing import Any

#: The `error_type` a status carries when it is injected as a fault.
ERROR_TYPES = {
    400: "validation_error",
    401: "authentication_error",
    402: "quota_exceeded",
    403: "permission_error",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    429: "rate_limit_exceeded",
}


class ApiError(Exception):
    """A refusal with its HTTP status and JSON body."""

    def __init__(self, status: int, error_type: str, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status = status
        self.body: dict[str, Any] = {"error": error, "error_type": error_type, **more}


def invalid(fields: dict[str, str]) -> ApiError:
    """400: some fields are bad or missing; the text for each says why."""
    return ApiError(
        400, "validation_error", "Validation failed", validation_errors=fields
    )


def unauthenticated(reason: str) -> ApiError:
    """401: no, wrong, expired or revoked credentials, or a banned user."""
    return ApiError(401, "authentication_error", f"Authentication failed: {reason}")


def no_seat(max_users: int) -> ApiError:
    """402: the account has as many users as its plan has seats."""
    return ApiError(
        402,
        "quota_exceeded",
        f"The plan has {max_users} users and all of them are taken",
        quota_type="users",
    )


def admin_required() -> ApiError:
    """403: the caller is no admin."""
    return ApiError(403, "permission_error", "Admin permissions required")


def own_role() -> ApiError:
    """403: nobody sets the own role by `PUT /users/me`."""
    return ApiError(403, "permission_error", "The own role cannot be changed here")


def self_delete() -> ApiError:
    """403: nobody deletes the own user."""
    return ApiError(403, "self_delete_forbidden", "Users cannot delete themselves")


def account_suspended(status: str) -> ApiError:
    """403: a suspended or cancelled account can only be read."""
    return ApiError(403, "account_suspended", f"The account is {status}")


def not_found(what: str) -> ApiError:
    """404: no such user, account or path."""
    return ApiError(404, "not_found", f"{what} not found")


def method_not_allowed() -> ApiError:
    """405: the path exists, without this method."""
    return ApiError(405, "method_not_allowed", "Method not allowed")


def email_taken() -> ApiError:
    """409: the email is somebody's already."""
    return ApiError(409, "conflict", "A user with this email already exists")


def last_admin() -> ApiError:
    """409: the account would be left without an admin."""
    return ApiError(409, "last_admin", "The last admin cannot be demoted")


def rate_limited(retry_after: int) -> ApiError:
    """429: too many calls; `retry_after` is in whole seconds."""
    return ApiError(
        429, "rate_limit_exceeded", "Rate limit exceeded", retry_after=retry_after
    )


def injected(status: int, retry_after: int | None) -> ApiError:
    """Return the error a fault rule asks for by its status alone."""
    if status == 429:
        return rate_limited(1 if retry_after is None else retry_after)
    error_type = ERROR_TYPES.get(status, "server_error")
    text = "Authentication failed: injected" if status == 401 else "Injected fault"
    more: dict[str, Any] = {}
    if retry_after is not None:
        more["retry_after"] = retry_after
    if status == 400:
        more["validation_errors"] = {"fault": "Injected"}
    if status == 402:
        more["quota_type"] = "users"
    return ApiError(status, error_type, text, **more)
