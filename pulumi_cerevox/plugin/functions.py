"""The functions that a program may call: the data sources, and `readRoster`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_cerevox.account import AccountError, printable
from pulumi_cerevox.provider.configuration import read_settings
from pulumi_cerevox.provider.host import ProviderError
from pulumi_cerevox.resources import invoke
from pulumi_cerevox.resources.outputs import Result
from pulumi_cerevox.roster import read_rosters
from pulumi_cerevox.text import camel, snake

SOURCES: Mapping[str, tuple[invoke.Fetch, tuple[str, ...]]] = {
    "getAccountInfo": (invoke.account_info, ()),
    "getBillingInfo": (invoke.billing_info, ()),
    "getCurrentUser": (invoke.current_user, ()),
    "getPlan": (invoke.plan, ()),
    "getUsage": (invoke.usage, ("startDate", "endDate")),
    "getUser": (invoke.user, ("email", "userId")),
    "getUsers": (invoke.users, ("role",)),
}
"""What each function reads, and its arguments."""
READ_ROSTER = "readRoster"


class Functions:
    """The functions of one provider instance; what they read is read once."""

    def __init__(self, bag: Mapping[str, Any]) -> None:
        """Set the settings. Nothing is sent before the first call."""
        self._bag = bag
        self._lock = threading.Lock()
        self._reader: invoke.AccountReader | None = None

    def call(
        self, token: str, arguments: Mapping[str, Any], *, is_preview: bool
    ) -> dict[str, Any]:
        """Return the answer of a function.

        Args:
            token: Such as `cerevox:index:getUser`.
            arguments: By name.
            is_preview: Whether this is a preview. In an `up` people are listed again:
                the program may have waited for a change of its own.

        Raises:
            ProviderError: It could not be read, or there is no such function.
        """
        name = token.rpartition(":")[2]
        if name == READ_ROSTER:
            _refuse_unknown(name, arguments, ("paths",))
            return read_roster(arguments.get("paths"))
        if name not in SOURCES:
            there = ", ".join(sorted([*SOURCES, READ_ROSTER]))
            raise ProviderError(
                f"there is no function {printable(name)} in this provider, but {there}"
            )
        fetch, known = SOURCES[name]
        _refuse_unknown(name, arguments, known)
        given = {snake(key): value for key, value in arguments.items()}
        try:
            question = invoke.Question(given, anew=not is_preview)
            answer: dict[str, Any] = _camel_cased(fetch(self._opened(), question))
        except (AccountError, ProviderError) as error:
            raise ProviderError(f"{name}: {error}") from None
        return answer

    def _opened(self) -> invoke.AccountReader:
        settings = read_settings(self._bag.get)
        if settings.key_fault:
            raise ProviderError(settings.key_fault)
        with self._lock:
            if self._reader is None:
                self._reader = invoke.AccountReader(settings)
        invoke.require_bound(self._reader, settings)
        return self._reader


def read_roster(paths: object) -> dict[str, Any]:
    """Return a roster file, or several, as the inputs of a `Roster`.

    Raises:
        ProviderError: A file has faults; each is named with line and column.
    """
    files = [paths] if isinstance(paths, str) else paths
    if not isinstance(files, list) or not files:
        raise ProviderError(f"{READ_ROSTER}: give paths, one file or several")
    try:
        roster = read_rosters([Path(str(one)) for one in files])
    except ValueError as error:
        raise ProviderError(f"{READ_ROSTER}: {error}") from None
    found: dict[str, Any] = {
        "members": {
            one.email: {
                key: value
                for key, value in (
                    ("role", one.role),
                    ("name", one.name),
                    ("until", one.until and one.until.isoformat()),
                    ("roleUntil", one.role_until and one.role_until.isoformat()),
                )
                if value is not None
            }
            for one in roster.members
        },
        "guards": roster.guards.to_properties(),
        "undeclared": roster.undeclared,
        "expired": roster.expired,
        "onDestroy": roster.on_destroy,
        "accountId": roster.account_id,
    }
    return {key: value for key, value in found.items() if value is not None}


def _refuse_unknown(
    name: str, arguments: Mapping[str, Any], known: tuple[str, ...]
) -> None:
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        there = ", ".join(known) or "none"
        raise ProviderError(
            f"{name} has no argument {printable(unknown[0])}; it has {there}"
        )


def _camel_cased(value: Any) -> Any:
    """Return a result under the names of the schema; maps of the API's keep theirs."""
    if isinstance(value, dict):
        return {
            camel(key): _camel_cased(one) if isinstance(one, Result | list) else one
            for key, one in value.items()
        }
    return [_camel_cased(one) for one in value] if isinstance(value, list) else value
