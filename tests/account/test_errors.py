import copy
import errno
import pickle
import socket
import ssl
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests
import urllib3

from pulumi_cerevox import account as package
from pulumi_cerevox.account import (
    AccountError,
    AccountSuspendedError,
    AccountUser,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    Exchange,
    ForbiddenError,
    LastAdminError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
    RoleNotAppliedError,
    SelfDeleteForbiddenError,
    ServerError,
    TimedOutError,
    UnexpectedAnswerError,
    ValidationError,
    calls,
)
from pulumi_cerevox.account.answers import RawAnswer, judge, retry_after
from pulumi_cerevox.account.retry import may_repeat
from pulumi_cerevox.account.transport import FOREIGN, translate
from pulumi_cerevox.text import Redactor, printable

SERVER = "https://api.example.com/v1"
CALL = calls.create_user("ada@example.com", "member", None)
HOSTILE = "\x1b[31mbad\r\n\u202eevil\ud800 " + "x" * 500


def answered(
    status: int, content: bytes = b"{}", headers: dict[str, str] | None = None
) -> AccountError:
    """Return the error that an answer to a create becomes."""
    redact = Redactor()
    redact.learn("sk_canary")
    with pytest.raises(AccountError) as caught:
        judge(CALL, RawAnswer(status, headers or {}, content), redact)
    return caught.value


@pytest.mark.parametrize(
    ("status", "error_type", "kind", "word"),
    [
        (400, "validation_error", ValidationError, "validation"),
        (401, "authentication_error", AuthenticationError, "authentication"),
        (402, "quota_exceeded", QuotaExceededError, "seat"),
        (403, "permission_error", ForbiddenError, "forbidden"),
        (403, "self_delete_forbidden", SelfDeleteForbiddenError, "forbidden"),
        (403, "account_suspended", AccountSuspendedError, "forbidden"),
        (404, "not_found", NotFoundError, "not found"),
        (405, "method_not_allowed", UnexpectedAnswerError, "405"),
        (409, "conflict", ConflictError, "conflict"),
        (409, "last_admin", LastAdminError, "conflict"),
        (418, "teapot", UnexpectedAnswerError, "418"),
        (422, "validation_error", ValidationError, "validation"),
        (429, "rate_limit_exceeded", RateLimitedError, "rate limited"),
        (500, "server_error", ServerError, "failed"),
        (503, "server_error", ServerError, "failed"),
        (599, "server_error", ServerError, "failed"),
        (301, "", UnexpectedAnswerError, "redirect"),
        (101, "", UnexpectedAnswerError, "101"),
    ],
)
def test_a_status_becomes_its_error(
    status: int, error_type: str, kind: type[AccountError], word: str
) -> None:
    body = b'{"error": "Own words", "error_type": "%s"}' % error_type.encode()
    error = answered(status, body, {"x-request-id": "req_7"})
    assert type(error) is kind
    assert word in str(error).lower()
    assert "ada@example.com" in str(error)
    assert f"POST /users answered {status}" in str(error)
    assert "req_7" in str(error)
    assert (error.status, error.method, error.path) == (status, "POST", "/users")
    assert error.request_id == "req_7"
    if error_type:
        assert error.error_type == error_type
        assert "Own words" in str(error)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>502</html>",
        b"[1]",
        b"null",
        b'{"error": null}',
        b'{"error": {"a": 1}, "error_type": 5, "validation_errors": [1]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_any_error_body_will_do(content: bytes) -> None:
    assert isinstance(answered(502, content), ServerError)
    assert isinstance(answered(400, content), ValidationError)


def test_what_is_wrong_is_told_by_field() -> None:
    body = b'{"error": "Validation failed", "validation_errors": {"email": "Bad"}}'
    error = answered(400, body)
    assert isinstance(error, ValidationError)
    assert error.validation_errors == {"email": "Bad"}
    assert "email: Bad." in str(error)


def test_the_apis_words_are_escaped_and_cut() -> None:
    raw = HOSTILE.encode("unicode_escape").replace(b"\\x", b"\\u00").decode()
    body = (
        f'{{"error": "{raw}", "error_type": "{raw}", "validation_errors":'
        f' {{"{raw}": "{raw}"}}}}'
    )
    error = answered(400, body.encode(), {"x-request-id": HOSTILE})
    for text in (str(error), repr(error), str(error.request_id), error.error_type):
        assert text
        assert text.isprintable()
    assert len(error.exchange.words) == 300
    assert len(str(error)) < 1500


def test_secrets_that_the_api_repeats_are_hidden() -> None:
    body = (
        b'{"error": "no sk_canary, c2tfY2FuYXJ5", "error_type": "sk_canary",'
        b' "validation_errors": {"sk_canary": "sk_canary"}}'
    )
    error = answered(400, body, {"x-request-id": "sk_canary"})
    assert isinstance(error, ValidationError)
    everything: list[object] = [str(error), repr(error), error.args, vars(error)]
    everything += [error.exchange, error.validation_errors]
    assert "canary" not in repr(everything)
    assert "c2tfY2FuYXJ5" not in repr(everything)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        b'{"a": ',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_a_good_status_without_json_is_refused(content: bytes) -> None:
    call = calls.list_users()
    with pytest.raises(UnexpectedAnswerError) as caught:
        judge(call, RawAnswer(200, {}, content), Redactor())
    assert caught.value.malformed


def test_a_write_may_be_answered_without_a_body() -> None:
    assert judge(CALL, RawAnswer(204, {}, b""), Redactor()).data is None


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "7"}, {"retry_after": 9}, 7.0),
        ({}, {"retry_after": 9}, 9.0),
        ({"Retry-After": "soon"}, {"retry_after": 9}, 9.0),
        ({"Retry-After": "-5"}, {}, 0.0),
        ({"Retry-After": "nan"}, {}, None),
        ({"Retry-After": "1e300"}, {}, 365 * 24 * 3600.0),
        ({}, {"retry_after": 10**400}, None),
        ({"Retry-After": "9" * 400}, {}, None),
        ({"Retry-After": "Thu, 01 Jan 1970 00:16:40 GMT"}, {}, 100.0),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:40 GMT"}, {}, 0.0),
        ({"Retry-After": "Thu, 99 Foo 1970"}, {}, None),
        ({}, {"retry_after": True}, None),
        ({}, {"retry_after": [1]}, None),
        ({}, {}, None),
    ],
)
def test_how_long_the_api_asks_to_wait(
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    body: dict[str, Any],
    seconds: float | None,
) -> None:
    monkeypatch.setattr("time.time", lambda: 900.0)
    assert retry_after(headers, body) == seconds


def foreign_exceptions() -> list[Exception]:
    """Make one of each exception that requests and urllib3 have."""
    modules = (requests.exceptions, urllib3.exceptions)
    kinds = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Exception)
        and not issubclass(kind, Warning)
        and kind.__module__.partition(".")[0] in {"requests", "urllib3"}
    }
    return [without_constructor(kind) for kind in sorted(kinds, key=repr)]


def without_constructor(kind: type[Exception]) -> Exception:
    error = kind.__new__(kind, "canary")
    error.args = ("canary http://user:canary@proxy",)
    return error


@pytest.mark.parametrize(
    "error",
    foreign_exceptions(),
    ids=lambda e: f"{type(e).__module__}.{type(e).__name__}",
)
def test_nothing_foreign_leaks(error: Exception) -> None:
    assert isinstance(error, FOREIGN)
    told = translate(error, CALL, 30, SERVER)
    assert type(told) in {ConnectionFailedError, TimedOutError, UnexpectedAnswerError}
    assert "ada@example.com" in str(told)
    assert "canary" not in str(told)
    assert told.__cause__ is None
    assert told.__context__ is None


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (requests.ConnectTimeout(), False),
        (requests.ReadTimeout(), True),
        (requests.ConnectionError(ConnectionRefusedError()), False),
        (requests.ConnectionError(ConnectionResetError()), True),
        (requests.exceptions.ProxyError(), False),
        (requests.exceptions.ChunkedEncodingError(), True),
        (requests.exceptions.SSLError(), True),
    ],
)
def test_whether_the_request_may_have_arrived(error: Exception, sent: object) -> None:
    assert translate(error, CALL, 30, SERVER).sent is sent


def test_a_certificate_that_does_not_verify_is_told_at_once() -> None:
    error = requests.exceptions.SSLError(ssl.SSLCertVerificationError("canary"))
    told = translate(error, CALL, 30, SERVER)
    assert isinstance(told, ConnectionFailedError)
    assert told.lasting
    assert "REQUESTS_CA_BUNDLE" in str(told)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (0, "does not verify."),
        (9, "does not verify: it is not valid yet."),
        (10, "does not verify: it has expired."),
        (18, "does not verify: it is self-signed."),
        (19, "ends in a self-signed one that is not trusted here."),
        (20, "its issuer is not known here."),
        (62, "it is another host's."),
        (64, "it is another host's."),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(code: int, reason: str) -> None:
    cause = ssl.SSLCertVerificationError("canary")
    cause.verify_code = code
    told = translate(requests.exceptions.SSLError(cause), CALL, 30, SERVER)
    assert isinstance(told, ConnectionFailedError)
    assert told.summary.endswith(reason)
    assert told.tls
    assert told.hint
    assert "canary" not in str(told)


def test_a_proxys_own_tls_is_not_the_servers() -> None:
    error = requests.exceptions.ProxyError(ssl.SSLError("canary"))
    told = translate(error, CALL, 30, SERVER)
    assert isinstance(told, ConnectionFailedError)
    assert not told.tls


def test_a_host_that_is_not_found_is_told() -> None:
    cause = urllib3.exceptions.NameResolutionError("h", None, socket.gaierror())  # type: ignore[arg-type]
    error = requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "", cause))  # type: ignore[arg-type]
    told = translate(error, CALL, 30, SERVER)
    assert isinstance(told, ConnectionFailedError)
    assert told.unresolved
    assert not told.sent
    assert "host of https://api.example.com/v1 was not found" in str(told)


def error_kinds() -> list[type[AccountError]]:
    found = [getattr(package, name) for name in package.__all__]
    return [k for k in found if isinstance(k, type) and issubclass(k, AccountError)]


@pytest.mark.parametrize("kind", error_kinds())
def test_errors_can_be_copied_and_pickled(kind: type[AccountError]) -> None:
    error = kind("It failed.", Exchange("GET", "/users", 500), hint="Try again.")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert type(twin) is kind
        assert str(twin) == str(error)
        assert twin.status == 500


def test_every_error_is_exported_and_in_the_drawn_tree() -> None:
    drawn = package.errors.__doc__ or ""
    for kind in error_kinds():
        assert f" {kind.__name__} " in drawn.replace("\n", " \n ")
    assert {k.__name__ for k in error_kinds()} == {
        name
        for name, value in vars(package.errors).items()
        if isinstance(value, type) and issubclass(value, AccountError)
    }


def test_a_role_that_was_not_applied_says_who_has_which(
    person: Callable[..., Any],
) -> None:
    user = AccountUser.parse(person("u1", "ada@example.com"), Exchange())
    error = RoleNotAppliedError.of(user, "admin", Exchange("POST", "/users", 201))
    assert error.user is user
    assert "ada@example.com was to be admin and is member" in str(error)
    assert "sdk-0.2" in str(error)
    assert copy.copy(error).user is user


def test_printable_text_is_left_alone() -> None:
    assert printable("Ada Lövelace 例え") == "Ada Lövelace 例え"
    assert printable("a\tb\x00\u2028") == "a\\tb\\x00\\u2028"


def test_no_text_is_a_command_to_a_ci() -> None:
    assert printable("a ##vso[task.x]") == "a \\x23#vso[task.x]"
    assert printable("###[error]") == "#\\x23#[error]"
    assert printable("##TeamCity[x] ## [y]") == "\\x23#TeamCity[x] ## [y]"


def test_the_redactor_hides_tokens_and_short_words_stay() -> None:
    redact = Redactor()
    redact.learn("abc")
    redact.learn_tokens("at_1234", "x")
    assert redact("abc x at_1234") == "abc x [hidden]"
    assert "at_1234" not in repr(redact)


def test_a_traceback_shows_no_key(make_account: Any, script: Any) -> None:
    script.on("POST", "/token/login", (401, {"error": "bad sk_canary_8f3a91c7"}))
    account = make_account(script.url, "sk_canary_8f3a91c7")
    with pytest.raises(AuthenticationError) as caught:
        account.list_users()
    lines = traceback.TracebackException.from_exception(
        caught.value, capture_locals=False
    ).format()
    assert "canary" not in "".join(lines)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (OSError(errno.EMFILE, "canary"), "too many open files"),
        (OSError(errno.ENOMEM, "canary"), "no memory left"),
        (PermissionError(errno.EACCES, "canary"), "does not allow it"),
        (requests.exceptions.InvalidProxyURL("canary"), "address of the proxy"),
        (requests.exceptions.InvalidSchema("canary"), "address of the proxy"),
    ],
    ids=repr,
)
def test_a_fault_of_this_machine_is_not_one_of_the_connection(
    cause: Exception, words: str
) -> None:
    told = translate(requests.exceptions.ConnectionError(cause), CALL, 30, SERVER)
    assert isinstance(told, ConnectionFailedError)
    assert (told.sent, told.lasting) == (False, True)
    assert words in str(told)
    assert "canary" not in str(told)
    assert not may_repeat(told, CALL, 1)
