"""Where the provider's settings come from: stack config, then the environment.

One table holds every setting. `approve` and `maxRemovals` are read from the
environment first, because only the environment reaches `destroy`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pulumi_cerevox.provider.errors import ProviderError

NAMESPACE = "cerevox"

N = TypeVar("N", int, float)

DEFAULT_REQUEST_TIMEOUT = 30.0
DEFAULT_MAX_WAIT_SECONDS = 120.0
DEFAULT_PARALLELISM = 8
DEFAULT_MAX_REMOVALS = 5

ConfigReader = Callable[[str], str | None]
"""Gives a stack's config value for a key such as `cerevox:apiKey`, or None."""


@dataclass(frozen=True)
class Settings:
    """What the provider was told.

    Attributes:
        api_key: The key, or None where none is set: the first request asks for it.
        key_source: Where the key came from, in words for an error message.
        key_note: One line when two different keys are set: which one is used.
        account_id: The account that this stack may touch, where it is bound.
        base_url: The API's base URL; None for the client's default.
        request_timeout: Seconds for one request.
        max_wait_seconds: Seconds for one call with all its retries.
        parallelism: Connections in the account's pool.
        max_removals: How many users one run may delete through `User`s.
    """

    api_key: str | None = field(default=None, repr=False)
    key_source: str = ""
    key_note: str | None = None
    account_id: str | None = None
    base_url: str | None = None
    request_timeout: float = DEFAULT_REQUEST_TIMEOUT
    max_wait_seconds: float = DEFAULT_MAX_WAIT_SECONDS
    parallelism: int = DEFAULT_PARALLELISM
    max_removals: int = DEFAULT_MAX_REMOVALS


def read_settings(
    config: ConfigReader, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Read every setting.

    Raises:
        ProviderError: a number is not one, or out of its range; all are named.
    """
    source = _Sources(config, environ)
    settings = Settings(
        api_key=source.text("apiKey", "CEREVOX_API_KEY"),
        key_source=_key_source(source),
        key_note=_key_note(source),
        account_id=source.text("accountId", "CEREVOX_ACCOUNT_ID"),
        base_url=source.text("baseUrl", "CEREVOX_BASE_URL"),
        request_timeout=source.number("requestTimeout", DEFAULT_REQUEST_TIMEOUT, 0.001),
        max_wait_seconds=source.number("maxWaitSeconds", DEFAULT_MAX_WAIT_SECONDS, 0.0),
        parallelism=source.whole("parallelism", DEFAULT_PARALLELISM, 1),
        max_removals=source.whole(
            "maxRemovals", DEFAULT_MAX_REMOVALS, 0, "CEREVOX_MAX_REMOVALS"
        ),
    )
    if source.faults:
        raise ProviderError("; ".join(source.faults))
    return settings


def _key_source(source: _Sources) -> str:
    if source.from_config("apiKey"):
        return (
            f"stack config {NAMESPACE}:apiKey (refresh and destroy use the copy that "
            "the last `pulumi up` left in the state)"
        )
    return "environment variable CEREVOX_API_KEY"


def _key_note(source: _Sources) -> str | None:
    configured = source.from_config("apiKey")
    exported = source.from_environment("CEREVOX_API_KEY")
    if configured and exported and configured != exported:
        return (
            f"two different API keys are set: {NAMESPACE}:apiKey of the stack's config "
            "is used, CEREVOX_API_KEY of the environment is not"
        )
    return None


class _Sources:
    """Both places where a setting may stand, and the faults found while reading."""

    def __init__(self, config: ConfigReader, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self.faults: list[str] = []

    def from_config(self, key: str) -> str | None:
        return (self._config(f"{NAMESPACE}:{key}") or "").strip() or None

    def from_environment(self, variable: str) -> str | None:
        return self._environ.get(variable, "").strip() or None

    def text(self, key: str, variable: str) -> str | None:
        return self.from_config(key) or self.from_environment(variable)

    def number(self, key: str, default: float, least: float) -> float:
        return self._parsed(float, "a number", f"{NAMESPACE}:{key}",
                            self.from_config(key), default, least)  # fmt: skip

    def whole(
        self, key: str, default: int, least: int, variable: str | None = None
    ) -> int:
        """Read a whole number; one that has a variable is read from there first."""
        if variable is not None and (value := self.from_environment(variable)):
            return self._parsed(int, "a whole number", variable, value, default, least)
        return self._parsed(int, "a whole number", f"{NAMESPACE}:{key}",
                            self.from_config(key), default, least)  # fmt: skip

    def _parsed(
        self,
        parse: Callable[[str], N],
        kind: str,
        place: str,
        value: str | None,
        default: N,
        least: N,
    ) -> N:
        if value is None:
            return default
        try:
            number = parse(value)
        except ValueError:
            self.faults.append(f"{place} must be {kind}, not {value[:40]!r}")
            return default
        if not least <= number < float("inf"):
            self.faults.append(f"{place} must be at least {least}, not {value[:40]}")
            return default
        return number
