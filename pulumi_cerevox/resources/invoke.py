"""Call a data source and read the account. Nothing here writes.

A dynamic provider has no Invoke, so these are plain functions in the program's process.
They behave like those of a generated SDK: they use the settings of the resources,
unknown inputs give an unknown result, secrets and dependencies are kept.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.settings import is_dry_run

from pulumi_cerevox.account import (
    Account,
    AccountError,
    AccountInfo,
    AccountUser,
    BillingInfo,
    Plan,
    Role,
    UsageStats,
    printable,
)
from pulumi_cerevox.provider.configuration import (
    NAMESPACE,
    Settings,
    read_settings,
)
from pulumi_cerevox.provider.host import ForeignAccountError, ProviderError
from pulumi_cerevox.provider.user_state import engine_safe
from pulumi_cerevox.resources.base import PerRun, provider_of
from pulumi_cerevox.resources.outputs import (
    GetAccountInfoFeaturesResult,
    GetBillingInfoBreakdownResult,
    GetUsersUserResult,
)
from pulumi_cerevox.resources.provider import Provider

T = TypeVar("T")


class AccountReader:
    """The reading calls of one account, each asked once. Thread-safe.

    The client is kept inside and none of its writing calls is passed on, so a data
    source sends GET and logs in, and that is all.
    """

    def __init__(self, settings: Settings) -> None:
        """Make the client; nothing is sent before the first call."""
        self._account = Account(
            api_key=settings.api_key,
            key_source=settings.key_source,
            **settings.client,
        )
        self._lock = threading.RLock()
        self._answers: dict[object, Any] = {}

    def current_user(self) -> AccountUser:
        """Return the user whose key this is."""
        return self._once("caller", self._account.get_current_user)

    def account_info(self) -> AccountInfo:
        """Return the account."""
        return self._once("account", self._account.get_account_info)

    def plan(self) -> Plan:
        """Return the account's plan."""
        return self._once("plan", self._account.get_plan)

    def billing_info(self) -> BillingInfo:
        """Return the current bill."""
        return self._once("billing", self._account.get_billing_info)

    def usage(self, start_date: str | None, end_date: str | None) -> UsageStats:
        """Return what was used in a range of days."""
        return self._once(
            ("usage", start_date, end_date),
            lambda: self._account.get_usage(start_date, end_date),
        )

    def users(self, *, anew: bool) -> tuple[AccountUser, ...]:
        """Return everybody.

        Args:
            anew: List again: the program waited for a change of its own.
        """
        directory = self._account.directory
        return directory.refresh() if anew else directory.users()

    def user_by_id(self, user_id: str) -> AccountUser | None:
        """Return one user; None when the API says that there is none."""
        return self._account.directory.by_id(user_id)

    def user_by_email(self, email: str, *, anew: bool) -> AccountUser | None:
        """Return one user; None when not listed.

        Args:
            email: In any spelling.
            anew: A miss lists again however often; otherwise once in a program.
        """
        directory = self._account.directory
        found = directory.by_email(email, relist_on_miss=not anew)
        if found is None and anew:
            directory.refresh()
            found = directory.by_email(email, relist_on_miss=False)
        return found

    def _once(self, what: object, ask: Callable[[], T]) -> T:
        with self._lock:
            if what not in self._answers:
                self._answers[what] = ask()
            answer: T = self._answers[what]
            return answer


_readers: PerRun[dict[tuple[str | None, str | None], AccountReader]] = PerRun(dict)
_readers_lock = threading.Lock()


def reader_for(settings: Settings) -> AccountReader:
    """Return the program's one reader for an address and key.

    Raises:
        ForeignAccountError: the key is not the bound account's (promise 6).
        ProviderError: the key that was asked for can't be had.
    """
    if settings.key_fault:
        raise ProviderError(settings.key_fault)
    readers = _readers.current()
    with _readers_lock:
        key = (settings.base_url, settings.api_key)
        reader = readers.get(key) or AccountReader(settings)
        readers[key] = reader
    require_bound(reader, settings)
    return reader


def require_bound(reader: AccountReader, settings: Settings) -> None:
    """Make sure that the key belongs to the account that is bound, if one is.

    Raises:
        ForeignAccountError: It belongs to another one (promise 6).
    """
    if settings.account_id is None:
        return
    live = reader.current_user().account_id
    if live != settings.account_id:
        raise ForeignAccountError(
            f"this program is bound to account {settings.account_id} "
            f"({settings.account_source}), but the API key from {settings.key_source} "
            f"belongs to account {live}"
        )


Fields = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """One call of a data source.

    Attributes:
        arguments: By name; None where one was not given.
        anew: Whether the call waited for resources that this run may have changed.
    """

    arguments: Mapping[str, Any]
    anew: bool = False

    def of(self, name: str) -> str | None:
        """Return an argument."""
        value: str | None = self.arguments.get(name)
        return value


def account_info(reader: AccountReader, _: Question) -> Fields:
    """Read the account."""
    fields = _told(reader.account_info())
    if "features" in fields:
        fields["features"] = GetAccountInfoFeaturesResult(fields["features"])
    return fields


def plan(reader: AccountReader, _: Question) -> Fields:
    """Read the plan."""
    return _told(reader.plan())


def usage(reader: AccountReader, question: Question) -> Fields:
    """Read a range of days, if this API knows ranges.

    Raises:
        ProviderError: it does not, and one was asked for.
    """
    start_date, end_date = question.of("start_date"), question.of("end_date")
    fields = _told(reader.usage(start_date, end_date))
    if (start_date or end_date) and "total_requests" not in fields:
        raise ProviderError(
            "this account's API (dialect sdk-0.2, probably) takes no start_date and "
            "end_date: it would answer for another range. Leave them out"
        )
    return fields


def billing_info(reader: AccountReader, _: Question) -> Fields:
    """Read the bill."""
    fields = _told(reader.billing_info())
    if "breakdown" in fields:
        fields["breakdown"] = GetBillingInfoBreakdownResult(fields["breakdown"])
    return fields


def user(reader: AccountReader, question: Question) -> Fields:
    """Read one user.

    Raises:
        ProviderError: not exactly one of both is given, or there is no such user.
    """
    email, user_id = question.of("email"), question.of("user_id")
    if (email is None) == (user_id is None):
        raise ProviderError("give an email or a user_id, exactly one of them")
    if email is not None:
        found = reader.user_by_email(email, anew=question.anew)
    else:
        found = reader.user_by_id(str(user_id))
    if found is None:
        who = printable(str(email if email is not None else user_id))
        account = reader.current_user().account_id
        raise ProviderError(f"account {account} has no user {who!r}")
    return _told(found)


def users(reader: AccountReader, question: Question) -> Fields:
    """Read everybody, or those with one role.

    Raises:
        ProviderError: there is no such role.
    """
    role = question.of("role")
    if role is not None and role not in set(Role):
        raise ProviderError('role must be "admin" or "member"')
    found = reader.users(anew=question.anew)
    return {
        "users": [
            GetUsersUserResult(_told(user))
            for user in found
            if role in {None, user.role}
        ]
    }


def current_user(reader: AccountReader, _: Question) -> Fields:
    """Read the user whose key it is."""
    return _told(reader.current_user())


def _told(model: Any) -> Fields:
    """Return what the API told, harmless to the engine; the rest is left out."""
    fields: Fields = _harmless(asdict(model))
    return fields


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return engine_safe(value)
    if isinstance(value, dict):
        return {
            engine_safe(str(key)): _harmless(one)
            for key, one in value.items()
            if one is not None
        }
    return [_harmless(one) for one in value] if isinstance(value, list) else value


Fetch = Callable[[AccountReader, Question], Fields]


def call(
    name: str, fetch: Fetch, opts: pulumi.InvokeOptions | None, **arguments: Any
) -> Fields:
    """Read now.

    Raises:
        pulumi.RunError: it could not be read, or an input is an Output.
    """
    waiting = [key for key, value in arguments.items() if _waits(value)]
    if waiting:
        raise pulumi.RunError(
            f"{name}: {', '.join(waiting)} can't be an Output: its value is not there "
            f"yet. Call {name}_output"
        )
    instance = _instance_of(name, opts)
    inputs = instance.settings if instance else None
    if instance and any(_waits(value) for value in instance.settings.values()):
        raise pulumi.RunError(
            f"{name}: settings of Provider {instance.pulumi_resource_name!r} are "
            f"Outputs: their values are not there yet. Call {name}_output"
        )
    return _fetched(name, fetch, inputs, Question(arguments))


def call_output(
    name: str,
    fetch: Fetch,
    opts: pulumi.InvokeOptions | None,
    **arguments: pulumi.Input[Any] | None,
) -> pulumi.Output[Fields]:
    """Read when all inputs are known, and what they depend on is there."""
    instance = _instance_of(name, opts)
    settings = dict(instance.settings) if instance else None
    inputs = pulumi.Output.all(**arguments)
    given: Any = getattr(opts, "depends_on", None) or []
    depends_on = [given] if isinstance(given, pulumi.Resource) else given

    def made(groups: Sequence[Iterable[pulumi.Resource]]) -> pulumi.Output[Any]:
        """Wait until all are there; unknown while a preview would create one."""
        resources = [resource for group in groups for resource in group]
        return pulumi.Output.all(*(one.id for one in _with_children(resources)))

    ready = pulumi.Output.all(inputs.resources(), depends_on).apply(made)

    async def read(known: Mapping[str, Any]) -> Fields:
        # A thread of its own: the loop has registrations of resources to serve.
        anew = bool(known["ready"]) and not is_dry_run()
        question = Question(known["inputs"], anew)
        return await asyncio.to_thread(
            _fetched, name, fetch, known["settings"], question
        )

    return pulumi.Output.all(inputs=inputs, settings=settings, ready=ready).apply(read)


def _waits(value: object) -> bool:
    return isinstance(value, pulumi.Output)


def _instance_of(name: str, opts: pulumi.InvokeOptions | None) -> Provider | None:
    provider = provider_of(opts)
    if provider is None or isinstance(provider, Provider):
        return provider
    raise pulumi.RunError(
        f"{name}: Provider {provider.pulumi_resource_name!r} is no cerevox.Provider: "
        "its settings can't be read here"
    )


def _with_children(
    resources: Iterable[pulumi.Resource],
) -> Iterator[pulumi.CustomResource]:
    for one in resources:
        if isinstance(one, pulumi.CustomResource):
            yield one
        elif isinstance(one, pulumi.ComponentResource):
            yield from _with_children(one._childResources)  # noqa: SLF001


def _fetched(
    name: str,
    fetch: Fetch,
    instance: Mapping[str, Any] | None,
    question: Question,
) -> Fields:
    def stack_config(key: str) -> str | None:
        namespace, _, setting = key.partition(":")
        is_ours = namespace == NAMESPACE
        return pulumi.Config(NAMESPACE).get(setting) if is_ours else None

    try:
        settings = read_settings(stack_config if instance is None else instance.get)
        return fetch(reader_for(settings), question)
    except (AccountError, ProviderError) as error:
        # The one error that Pulumi prints without a traceback.
        raise pulumi.RunError(f"{name}: {error}") from None
