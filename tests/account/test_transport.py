"""What travels, and what happens when the wire misbehaves."""

import gzip
import json
import pickle
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import urllib3
import urllib3.util.connection

from pulumi_cerevox.account import (
    Account,
    AccountError,
    ConfigurationError,
    ConnectionFailedError,
    TimedOutError,
    UnexpectedAnswerError,
    transport,
)

INFO = {"account_id": "acc_123", "account_name": "Example Inc"}
RAW_INFO = json.dumps(INFO).encode()


@pytest.fixture
def account(make_account: Any, script: Any) -> Account:
    script.on("GET", "/accounts/my", (200, INFO))
    made: Account = make_account(script.url, request_timeout=5)
    return made


def test_what_a_request_carries(account: Account, script: Any) -> None:
    account.get_account_info()
    login, info = script.requests
    assert login.headers["authorization"] == "Basic c2tfY2FuYXJ5XzhmM2E5MWM3"
    assert login.headers["content-type"] == "application/json"
    assert login.json == {"login": True}
    assert info.headers["authorization"] == "Bearer at_canary_1"
    assert info.headers["user-agent"].startswith("pulumi-cerevox/")
    assert " python/3." in info.headers["user-agent"]
    assert "content-type" not in info.headers
    assert info.body == b""


def test_a_netrc_entry_replaces_nothing(
    account: Account, script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    account._transport._session.trust_env = True  # as it is for any other host
    account.get_account_info()
    schemes = [r.headers["authorization"].split()[1] for r in script.requests]
    assert schemes == ["c2tfY2FuYXJ5XzhmM2E5MWM3", "at_canary_1"]


def test_a_proxy_is_not_used_for_this_machine(
    make_account: Any, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    script.on("GET", "/accounts/my", (200, INFO))
    assert make_account(script.url).get_account_info().account_id == "acc_123"


def test_a_proxy_of_the_environment_is_used_for_https(
    make_account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@127.0.0.1:9")
    account = make_account("https://cerevox.invalid/v1", max_wait_seconds=0)
    with pytest.raises(ConnectionFailedError, match="proxy") as caught:
        account.get_account_info()
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused(account: Account, script: Any, status: int) -> None:
    where = {"Location": f"{script.url}/elsewhere"}
    script.on("GET", "/accounts/my", (status, {}, where))
    with pytest.raises(UnexpectedAnswerError, match="redirect"):
        account.get_account_info()
    assert script.count("GET", "/elsewhere") == 0
    assert script.count("GET", "/accounts/my") == 1


def test_cookies_are_not_kept(account: Account, script: Any) -> None:
    script.on("GET", "/accounts/my", (200, INFO, {"Set-Cookie": "canary=1; Path=/"}))
    account.get_account_info()
    account.get_account_info()
    assert all("cookie" not in request.headers for request in script.requests)


def test_connections_are_used_again(
    make_account: Any, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    connect = urllib3.util.connection.create_connection

    def counted(*args: Any, **options: Any) -> socket.socket:
        opened.append(args)
        return connect(*args, **options)

    monkeypatch.setattr("urllib3.util.connection.create_connection", counted)
    script.on("GET", "/accounts/my", (200, INFO))
    account = make_account(script.url)
    for _ in range(5):
        account.get_account_info()
    assert len(opened) == 1


BROKEN = {
    "closed at once": b"",
    "half a status line": b"HTTP/1.1 20",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + RAW_INFO,
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "bad gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2"
    b"\r\n\r\n{}",
    "half gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    + gzip.compress(RAW_INFO)[:-12],
    "malformed JSON": b"HTTP/1.1 200 OK\r\n\r\n" + RAW_INFO[:-3],
    "HTML": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    "nothing": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("wire", BROKEN.values(), ids=BROKEN.keys())
def test_a_read_survives_a_broken_answer(
    account: Account, script: Any, wire: bytes
) -> None:
    script.on("GET", "/accounts/my", wire, wire, (200, INFO))
    assert account.get_account_info().account_id == "acc_123"
    assert script.count("GET", "/accounts/my") == 3


@pytest.mark.parametrize("wire", BROKEN.values(), ids=BROKEN.keys())
def test_a_lasting_fault_is_told_in_our_words(
    account: Account, script: Any, wire: bytes
) -> None:
    script.on("GET", "/accounts/my", wire)
    with pytest.raises(AccountError, match=r"Gave up after \d+ tries") as caught:
        account.get_account_info()
    assert isinstance(caught.value, ConnectionFailedError | UnexpectedAnswerError)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "canary" not in repr(caught.value)


GOOD = {
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    + gzip.compress(RAW_INFO),
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%s\r\n0\r\n\r\n" % (len(RAW_INFO), RAW_INFO),
    "no length": b"HTTP/1.0 200 OK\r\n\r\n" + RAW_INFO,
    "a byte order mark": b"HTTP/1.1 200 OK\r\n\r\n\xef\xbb\xbf" + RAW_INFO,
    "another type": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + RAW_INFO,
}


@pytest.mark.parametrize("wire", GOOD.values(), ids=GOOD.keys())
def test_every_good_way_to_answer_is_read(
    account: Account, script: Any, wire: bytes
) -> None:
    script.on("GET", "/accounts/my", wire)
    assert account.get_account_info().account_name == "Example Inc"


def test_a_reset_connection_is_survived(account: Account, script: Any) -> None:
    def reset(handler: Any) -> None:
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.close_connection = True

    script.on("GET", "/accounts/my", reset, (200, INFO))
    assert account.get_account_info().account_id == "acc_123"


@pytest.fixture
def hold() -> Iterator[threading.Event]:
    """Something that handlers wait for, over at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


def test_a_server_that_says_nothing_times_out(
    make_account: Any, script: Any, hold: threading.Event
) -> None:
    script.on("GET", "/accounts/my", lambda _: hold.wait(60))
    account = make_account(script.url, request_timeout=0.05, max_wait_seconds=0)
    with pytest.raises(TimedOutError, match=r"within 0\.05 s") as caught:
        account.get_account_info()
    assert caught.value.sent


TRICKLES = {
    "the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "a header": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
    "many headers": (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
    "the status": (b"HTTP/1.1 200 ", b"a"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the size of a chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"0",
    ),
    "chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\n \r\n",
    ),
}


@pytest.mark.parametrize(("first", "piece"), TRICKLES.values(), ids=TRICKLES.keys())
def test_a_trickling_answer_is_cut_off(
    make_account: Any,
    script: Any,
    hold: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    first: bytes,
    piece: bytes,
) -> None:
    def trickle(handler: Any) -> None:
        handler.wfile.write(first)
        while not hold.wait(0.01):
            handler.wfile.write(piece)

    # The timeout for a single byte is never over, on a busy machine either.
    monkeypatch.setattr(transport, "ANSWER_TIMEOUTS", 0.01)
    script.on("GET", "/accounts/my", trickle)
    account = make_account(script.url, request_timeout=60, max_wait_seconds=0)
    with pytest.raises(TimedOutError, match="trickled"):
        account.get_account_info()


MACHINE_FAULTS = {
    "no CA bundle": ("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem", "does not exist"),
    "another CA bundle": ("CURL_CA_BUNDLE", __file__, "holds no certificate"),
}


@pytest.mark.parametrize(
    ("name", "path", "fault"), MACHINE_FAULTS.values(), ids=MACHINE_FAULTS.keys()
)
def test_a_fault_of_this_machine_is_told_at_once_and_by_name(
    make_account: Any,
    fake_time: Any,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    path: str,
    fault: str,
) -> None:
    monkeypatch.setenv(name, path)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        account = make_account(f"https://127.0.0.1:{port}/v1")
        with pytest.raises(ConnectionFailedError, match=fault) as caught:
            account.get_account_info()
    assert path in str(caught.value)
    assert name in str(caught.value)
    assert not caught.value.sent
    assert fake_time.slept == []


def test_an_endless_answer_is_cut_off(
    account: Account, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 1000)
    bomb = gzip.compress(b" " * 10_000_000)
    script.on("GET", "/accounts/my", (200, bomb, {"Content-Encoding": "gzip"}))
    with pytest.raises(UnexpectedAnswerError, match="longer than 1000 bytes"):
        account.get_account_info()
    assert script.count("GET", "/accounts/my") == 1


def test_a_refused_connection_was_surely_not_sent(make_account: Any) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    account = make_account(f"http://127.0.0.1:{port}/v1")
    with pytest.raises(ConnectionFailedError, match="nothing answers") as caught:
        account.create_user("ada@example.com")
    assert not caught.value.sent
    assert "Gave up after" in str(caught.value)


def test_a_key_is_missed_at_the_first_request_only(make_account: Any) -> None:
    account = make_account("https://cerevox.invalid/v1", None)
    with pytest.raises(ConfigurationError) as caught:
        account.get_account_info()
    assert "CEREVOX_API_KEY" in str(caught.value)
    assert "pulumi config set cerevox:apiKey --secret" in str(caught.value)


def test_the_key_shows_nowhere(account: Account) -> None:
    account.get_account_info()
    assert account._tokens._credential
    parts: list[object] = [
        account,
        account._transport,
        account._tokens,
        account._session,
    ]
    auth: Any = account._tokens._credential.auth()
    parts += [auth, type(auth)("Bearer", "at_canary")]
    parts += [account._tokens._credential, account._tokens._tokens, account.directory]
    assert "canary" not in repr(parts)
    with pytest.raises(TypeError, match="can't be pickled") as caught:
        pickle.dumps(account)
    assert "canary" not in str(caught.value)


def test_an_older_urllib3_will_do(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urllib3.HTTPResponse, "read1", None)
    assert account.get_account_info().account_id == "acc_123"


def test_it_closes_with_its_context(make_account: Callable[..., Account]) -> None:
    with make_account("https://cerevox.invalid/v1") as account:
        assert account.directory is account.directory
