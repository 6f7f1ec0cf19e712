"""Where the provider's settings come from: stack config, then the environment.

One table holds every setting. `approve` and `maxRemovals` are read from the
environment first, because only the environment reaches `destroy`.

An explicit instance (`cerevox.Provider`) has inputs of its own, which come before
both. The engine gives its host nothing but those, so the instance brings along what
the stack's config says, under the config's own names (`cerevox:baseUrl`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from pulumi_cerevox.provider.host import ProviderError

NAMESPACE = "cerevox"

N = TypeVar("N", int, float)

DEFAULT_REQUEST_TIMEOUT = 30.0
DEFAULT_MAX_WAIT_SECONDS = 120.0
DEFAULT_PARALLELISM = 8
DEFAULT_MAX_REMOVALS = 5

SETTINGS = frozenset(
    {
        "accountId",
        "apiKey",
        "approve",
        "baseUrl",
        "maxRemovals",
        "maxWaitSeconds",
        "parallelism",
        "requestTimeout",
    }
)
_BY_LOWER = {setting.lower(): setting for setting in SETTINGS}

ConfigReader = Callable[[str], Any]
"""Gives the value for a key, or None: `cerevox:apiKey` is the stack config's, `apiKey`
an instance's own."""

INSTANCE = "__instance"
"""The key under which an explicit instance tells its name.

The engine leaves keys with two underscores out of every diff.
"""

BOTH_KEYS = "has both api_key and api_key_env: give one of them"
_STALE = "refresh and destroy use the copy that the last `pulumi up` left in the state"


@dataclass(frozen=True)
class Settings:
    """What the provider was told.

    Attributes:
        api_key: The key, or None where none is set: the first request asks for it.
        key_source: Where the key came from, in words for an error message.
        key_note: One line when two different keys are set: which one is used.
        key_fault: Why the key that was asked for can't be had; no other stands in.
        account_id: The account that may be touched, where one is bound.
        account_source: What bound it, to follow "bound to account … by".
        instance: The name of the explicit instance; None for the stack's own.
        base_url: The API's base URL; None for the client's default.
        request_timeout: Seconds for one request.
        max_wait_seconds: Seconds for one call with all its retries.
        parallelism: Connections in the account's pool.
        max_removals: How many users one run may delete through `User`s.
        approve: Digests of changes that somebody reviewed and allowed.
    """

    api_key: str | None = field(default=None, repr=False)
    key_source: str = ""
    key_note: str | None = None
    key_fault: str | None = None
    account_id: str | None = None
    account_source: str = ""
    instance: str | None = None
    base_url: str | None = None
    request_timeout: float = DEFAULT_REQUEST_TIMEOUT
    max_wait_seconds: float = DEFAULT_MAX_WAIT_SECONDS
    parallelism: int = DEFAULT_PARALLELISM
    max_removals: int = DEFAULT_MAX_REMOVALS
    approve: str | None = None


def misspelt(names: Iterable[str]) -> list[str]:
    """Name the keys of a stack's config that look like a setting and are none.

    A misspelt limit would not limit. Keys that are not near any setting may be the
    program's own, where the project is called like this provider.
    """
    found = []
    for name in sorted(names):
        namespace, _, key = name.partition(":")
        near = get_close_matches(key.lower(), _BY_LOWER, n=1, cutoff=0.8)
        if namespace == NAMESPACE and near and key not in SETTINGS:
            meant = f"{NAMESPACE}:{_BY_LOWER[near[0]]}"
            found.append(f"{name} is no setting of this provider; {meant} is one")
    return found


@dataclass(frozen=True)
class _Key:
    """The API key, or why there is none, and where it was looked for."""

    value: str | None
    source: str
    note: str | None = None
    fault: str | None = None


def read_settings(
    config: ConfigReader, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Read every setting.

    Raises:
        ProviderError: a number is not one, or out of its range; all are named.
    """
    source = _Sources(config, environ)
    key = _key(source)
    account_id, account_source = _account(source)
    settings = Settings(
        api_key=key.value,
        key_source=key.source,
        key_note=key.note,
        key_fault=key.fault,
        account_id=account_id,
        account_source=account_source,
        instance=source.instance,
        base_url=source.text("baseUrl", "CEREVOX_BASE_URL"),
        request_timeout=source.number(
            "requestTimeout", DEFAULT_REQUEST_TIMEOUT, (0.001, 3600.0)
        ),
        max_wait_seconds=source.number(
            "maxWaitSeconds", DEFAULT_MAX_WAIT_SECONDS, (0.0, 86400.0)
        ),
        parallelism=source.whole("parallelism", DEFAULT_PARALLELISM, (1, 64)),
        max_removals=source.whole(
            "maxRemovals", DEFAULT_MAX_REMOVALS, (0, 10**6), "CEREVOX_MAX_REMOVALS"
        ),
        approve=source.override("approve", "CEREVOX_APPROVE"),
    )
    if source.faults:
        raise ProviderError("; ".join(source.faults))
    return settings


def _key(source: _Sources) -> _Key:
    """Find the API key; where an instance names one, no other stands in for it."""
    given, variable = source.own("apiKey"), source.own("apiKeyEnv")
    instance = f"Provider {source.instance!r}"
    if given and variable:
        return _Key(None, "", fault=f"{instance} {BOTH_KEYS}")
    if given:
        return _Key(given, f"api_key of {instance} ({_STALE})")
    if variable:
        value = source.from_environment(variable)
        fault = (
            f"the environment variable {variable} is not set; {instance} names it in "
            "api_key_env. Set it to the API key of that instance's account"
        )
        return _Key(
            value,
            f"environment variable {variable} (api_key_env of {instance})",
            fault=None if value else fault,
        )
    configured = source.from_config("apiKey")
    exported = source.from_environment("CEREVOX_API_KEY")
    if not configured:
        return _Key(exported, "environment variable CEREVOX_API_KEY")
    differ = exported is not None and exported != configured
    note = (
        f"two different API keys are set: {NAMESPACE}:apiKey of the stack's config "
        "is used, CEREVOX_API_KEY of the environment is not"
    )
    return _Key(
        configured,
        f"stack config {NAMESPACE}:apiKey ({_STALE})",
        note if differ else None,
    )


def _account(source: _Sources) -> tuple[str | None, str]:
    """Find the account that is bound, and what bound it.

    The account goes with the key: the stack's says nothing about an instance that has
    a key of its own.
    """
    if own := source.own("accountId"):
        return own, f"account_id of Provider {source.instance!r}"
    if source.own("apiKey") or source.own("apiKeyEnv"):
        return None, ""
    if configured := source.from_config("accountId"):
        return configured, f"{NAMESPACE}:accountId"
    return source.from_environment("CEREVOX_ACCOUNT_ID"), "CEREVOX_ACCOUNT_ID"


class _Sources:
    """The places where a setting may stand, and the faults found while reading."""

    def __init__(self, config: ConfigReader, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self.faults: list[str] = []
        self.instance = self.own(INSTANCE)

    def own(self, key: str) -> str | None:
        """Read what an explicit instance was given."""
        return _text(self._config(key))

    def from_config(self, key: str) -> str | None:
        return _text(self._config(f"{NAMESPACE}:{key}"))

    def from_environment(self, variable: str) -> str | None:
        return _text(self._environ.get(variable))

    def text(self, key: str, variable: str) -> str | None:
        return self.own(key) or self.from_config(key) or self.from_environment(variable)

    def override(self, key: str, variable: str) -> str | None:
        """Read a text for which the environment comes first."""
        return self.from_environment(variable) or self.own(key) or self.from_config(key)

    def number(self, key: str, default: float, bounds: tuple[float, float]) -> float:
        place, value = self._placed(key)
        return self._parsed(float, "a number", place, value, default, bounds)

    def whole(
        self,
        key: str,
        default: int,
        bounds: tuple[int, int],
        variable: str | None = None,
    ) -> int:
        """Read a whole number; one that has a variable is read from there first."""
        place, value = self._placed(key)
        if variable is not None and (exported := self.from_environment(variable)):
            place, value = variable, exported
        return self._parsed(int, "a whole number", place, value, default, bounds)

    def _placed(self, key: str) -> tuple[str, str | None]:
        """Return where a setting stands, for a message, and its value."""
        if value := self.own(key):
            return f"{key} of Provider {self.instance!r}", value
        return f"{NAMESPACE}:{key}", self.from_config(key)

    def _parsed(
        self,
        parse: Callable[[str], N],
        kind: str,
        place: str,
        value: str | None,
        default: N,
        bounds: tuple[N, N],
    ) -> N:
        if value is None:
            return default
        try:
            number = parse(value)
        except ValueError:
            self.faults.append(f"{place} must be {kind}, not {value[:40]!r}")
            return default
        least, most = bounds
        if not least <= number <= most:
            self.faults.append(
                f"{place} must be between {least:g} and {most:g}, not {value[:40]}"
            )
            return default
        return number


def _text(value: object) -> str | None:
    return None if value is None else str(value).strip() or None
