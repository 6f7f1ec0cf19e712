"""All checks in order; what depends on a failed one is noted as not tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pulumi_cerevox.account import Account, ConfigurationError
from pulumi_cerevox.doctor import account, api, key, machine
from pulumi_cerevox.doctor.check import Check, Fault, State, fail, note, warning

ACCOUNT_CHECKS = ("login", "account", "rights", "dialect")


def examine(
    base_url: str | None, open_account: Callable[[], Account]
) -> Iterator[Check]:
    """Make every check, each when its turn comes.

    Args:
        base_url: Without it the environment's, then the vendor's.
        open_account: Gives the client that the other commands work with.

    Yields:
        Checks, in the order in which they are to be mended.
    """
    about_url, url = api.check_base_url(base_url)
    about_key = _key(open_account, has_url=url is not None)
    way = api.check_way(url) if url else []
    yield from (about_key, about_url, *way)
    before = [one for one in (about_key, about_url, *way) if one.state is State.FAIL]
    if before:
        yield from (
            note(name, f"not tried: mend {before[0].name} first.")
            for name in ACCOUNT_CHECKS
        )
    else:
        yield from account.check_account(open_account)
    yield machine.check_engine()
    yield machine.check_sdk()
    yield machine.check_python()


def _key(open_account: Callable[[], Account], *, has_url: bool) -> Check:
    if key.is_set():
        return key.check_form()
    if not has_url:
        return note(key.NAME, "not looked for: mend base URL first.")
    try:
        open_account().close()
    except ConfigurationError as error:
        mend = (
            f"{error.hint} A key in stack config (cerevox:apiKey) serves Pulumi alone "
            "and is not looked at here."
        )
        return fail(key.NAME, error.summary, mend, Fault.KEY)
    return warning(
        key.NAME,
        "the stored login, which serves this command alone.",
        "For Pulumi, set CEREVOX_API_KEY or `pulumi config set cerevox:apiKey "
        "--secret`.",
    )
