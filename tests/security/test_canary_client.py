"""The secrets of a client, wherever its objects and errors are shown or kept."""

from __future__ import annotations

import copy
import pickle
import reprlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pulumi_cerevox import Account, AccountError, AsyncAccount
from tests.scripted_server import Script
from tests.security import canary
from tests.security.conftest import TOKENS, LoudCommand, answer_well, variables_of

Echo = Callable[..., Any]
CALLS: dict[str, Callable[[Account], object]] = {
    "read": Account.list_users,
    "create": lambda account: account.create_user("ada@example.com", name="Ada"),
    "update": lambda account: account.update_user("u1", name="Ada"),
    "delete": lambda account: account.delete_user("u1", "ada@example.com"),
    "tokens": Account.get_tokens,
    "revoke": Account.revoke_token,
}
WRITES = (
    *(("POST", "/users"), ("PUT", "/users/u1"), ("DELETE", "/users/u1")),
    *(("GET", "/users"), ("POST", "/token/revoke")),
)


def show(value: object) -> dict[str, bytes]:
    """Return every way in which a value ends up in a log, a file or a message."""
    texts = {"repr": repr(value), "str": str(value), "short": reprlib.repr(value)}
    return {way: text.encode() for way, text in texts.items()}


@pytest.fixture
def account(loud: LoudCommand, script: Script) -> Iterator[Account]:
    """Have a client that is logged in, with every log switched on."""
    assert loud.environment
    answer_well(script)
    with Account(canary.KEY, base_url=script.url) as account:
        account.list_users()
        yield account


@pytest.fixture
def failed_to(
    account: Account, script: Script
) -> Callable[[str, Any], AccountError | None]:
    """Make a call that is answered with one reply; give its error."""

    def call(name: str, reply: Any) -> AccountError | None:
        for method, path in WRITES:
            script.on(method, path, reply)
        try:
            CALLS[name](account)
        except AccountError as error:
            return error
        return None

    return call


@pytest.mark.parametrize("status", [204, 302, 400, 401, 402, 403, 404, 409, 422, 500])
@pytest.mark.parametrize("name", CALLS)
def test_no_error_holds_a_secret(
    failed_to: Callable[..., AccountError | None],
    echo: Echo,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    name: str,
    status: int,
) -> None:
    caplog.set_level("DEBUG")
    error = failed_to(name, echo(status))
    if status != 204 and name not in {"tokens", "revoke"}:
        assert error is not None
    said = "".join(capfd.readouterr()) + caplog.text
    texts = {
        **show(error),
        "fields": repr(vars(error) if error else None).encode(),
        "variables": variables_of(error).encode(),
        "said": said.encode(),
    }
    if error is not None:
        texts["pickle"] = pickle.dumps(error)
        texts["copy"] = repr(copy.copy(error)).encode()
    assert canary.places(canary.EVERY, texts) == []


ODD_LOGINS: dict[str, Any] = {
    "cut": f'{{"access_token": "{canary.ACCESS}", "refresh_token'.encode(),
    "no number": TOKENS | {"expires_in": "soon"},
    "a number without end": TOKENS | {"expires_in": 10**400},
    "no refresh token": TOKENS | {"refresh_token": None},
    "a line break": TOKENS | {"refresh_token": f"{canary.REFRESH}\r\nX: y"},
    "a list": [TOKENS],
}


@pytest.mark.parametrize("answer", ODD_LOGINS.values(), ids=ODD_LOGINS)
def test_a_login_that_is_not_understood_shows_no_token(
    loud: LoudCommand, script: Script, answer: Any
) -> None:
    assert loud.environment
    script.on("POST", "/token/login", (200, answer))
    with (
        Account(canary.KEY, base_url=script.url) as account,
        pytest.raises(AccountError) as caught,
    ):
        account.list_users()
    texts = {**show(caught.value), "variables": variables_of(caught.value).encode()}
    assert canary.places(canary.EVERY, texts) == []


def test_no_part_of_a_client_shows_a_secret(account: Account) -> None:
    for part in (account, *parts_of(account, depth=4)):
        assert canary.places(canary.EVERY, show(part)) == [], type(part)


def parts_of(value: object, depth: int) -> Iterator[object]:
    """Walk through the objects that ours are made of."""
    if depth == 0 or not type(value).__module__.startswith("pulumi_cerevox"):
        return
    slots = getattr(type(value), "__slots__", ())
    for name in {*getattr(value, "__dict__", ()), *slots}:
        part = getattr(value, name, None)
        if type(part).__module__.partition(".")[0] in {"pulumi_cerevox", "requests"}:
            yield part
            yield from parts_of(part, depth - 1)


async def test_the_asynchronous_client_shows_none(
    loud: LoudCommand, script: Script, echo: Echo
) -> None:
    assert loud.environment
    answer_well(script)
    async with AsyncAccount(canary.KEY, base_url=script.url) as account:
        await account.get_current_user()
        script.on("GET", "/users", echo(403))
        with pytest.raises(AccountError) as caught:
            await account.list_users()
        with pytest.raises(TypeError, match="can't be pickled") as refused:
            pickle.dumps(account)
    texts = {
        **show(account),
        "error": repr(vars(caught.value)).encode(),
        "variables": variables_of(caught.value).encode(),
        "pickle": variables_of(refused.value).encode(),
    }
    assert canary.places(canary.EVERY, texts) == []


@pytest.mark.parametrize("options", [{"base_url": "ftp://x"}, {"parallelism": 0}])
def test_a_client_that_was_refused_can_be_shown(options: dict[str, Any]) -> None:
    """Debuggers and reports of tests show the variables of each frame."""
    with pytest.raises(AccountError) as caught:
        Account(canary.KEY, **options)
    assert "Account(base_url='')" in variables_of(caught.value)
    assert canary.KEY not in str(caught.value)
