"""Read the provider's settings from stack config, then from the environment.

The client's own settings are those of `account.Settings`. `approve` and `maxRemovals`
are read from the environment first, because only the environment reaches `destroy`.

An explicit instance (`cerevox.Provider`) has its own inputs, which come before both,
except for these two. The engine gives its host nothing else, so the instance passes on
the stack's config, under the config's own names (`cerevox:baseUrl`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from pulumi_cerevox.account import Settings as ClientSettings
from pulumi_cerevox.account import SettingsDict
from pulumi_cerevox.account.settings import BASE_URL_VARIABLE
from pulumi_cerevox.provider.host import ProviderError
from pulumi_cerevox.roster import TodayError, set_today
from pulumi_cerevox.text import camel

NAMESPACE = "cerevox"

N = TypeVar("N", bound=float)

DEFAULT_MAX_REMOVALS = 5

SETTINGS = frozenset(
    {"accountId", "apiKey", "approve", "maxRemovals"}
    | {camel(one.name) for one in fields(ClientSettings)}
)
_BY_LOWER = {setting.lower(): setting for setting in SETTINGS}

ConfigReader = Callable[[str], Any]
"""Returns the value for a key, or None.

`cerevox:apiKey` is the stack config's, `apiKey` an instance's own.
"""

INSTANCE = "__instance"
"""The key under which an explicit instance tells its name.

The engine leaves keys with two underscores out of every diff.
"""

BOTH_KEYS = "has both api_key and api_key_env: give one of them"
_STALE = "refresh and destroy use the copy that the last `pulumi up` left in the state"


@dataclass(frozen=True)
class Settings:
    """The settings of the provider.

    Attributes:
        api_key: The key, or None where none is set: the first request asks for it.
        key_source: Where the key came from, in words for an error message.
        key_note: One line when two different keys are set: which one is used.
        key_fault: Why the key that was asked for can't be had; no other stands in.
        account_id: The account that may be touched, where one is bound.
        account_source: What bound it, to follow "bound to account … by".
        instance: The name of the explicit instance; None for the stack's own.
        client: The client's settings, which it checks when it is made.
        max_removals: How many users one run may delete through `User`s.
        approve: Digests of changes that somebody reviewed and allowed.
        today: The day that was set in the place of today, for previews.
    """

    api_key: str | None = field(default=None, repr=False)
    key_source: str = ""
    key_note: str | None = None
    key_fault: str | None = None
    account_id: str | None = None
    account_source: str = ""
    instance: str | None = None
    client: SettingsDict = field(default_factory=SettingsDict)
    max_removals: int = DEFAULT_MAX_REMOVALS
    approve: str | None = None
    today: date | None = None

    @property
    def base_url(self) -> str | None:
        """The API's base URL; None for the client's default."""
        return self.client.get("base_url")


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
        client=_client(source),
        max_removals=source.number(
            "maxRemovals", DEFAULT_MAX_REMOVALS, (0, 10**6), "CEREVOX_MAX_REMOVALS"
        ),
        approve=source.override("approve", "CEREVOX_APPROVE"),
        today=source.today(),
    )
    if source.faults:
        raise ProviderError("; ".join(source.faults))
    return settings


def _client(source: _Sources) -> SettingsDict:
    """Read the client's settings: its numbers, and the base URL."""
    found = SettingsDict(base_url=source.text("baseUrl", BASE_URL_VARIABLE))
    defaults = ClientSettings()
    numbers = {
        one.name: source.number(
            camel(one.name), getattr(defaults, one.name), one.metadata["bounds"]
        )
        for one in fields(defaults)
        if one.metadata
    }
    found.update(cast("SettingsDict", numbers))
    return found


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

    def today(self) -> date | None:
        """Read the day that the environment alone may set."""
        try:
            return set_today(self._environ)
        except TodayError as error:
            self.faults.append(str(error))
            return None

    def number(
        self,
        key: str,
        default: N,
        bounds: tuple[float, float],
        variable: str | None = None,
    ) -> N:
        """Read a number: a whole one where the default is one.

        One that has a variable is read from there first.
        """
        place, value = f"{NAMESPACE}:{key}", self.from_config(key)
        if own := self.own(key):
            place, value = f"{key} of Provider {self.instance!r}", own
        if variable is not None and (exported := self.from_environment(variable)):
            place, value = variable, exported
        if value is None:
            return default
        try:
            number = type(default)(value)
        except ValueError:
            kind = "a whole number" if type(default) is int else "a number"
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
