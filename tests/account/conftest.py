"""A client with a clock of its own, and a server that answers by script."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pulumi_cerevox.account import Account
from pulumi_cerevox.account.credentials import find_credential
from pulumi_cerevox.account.retry import Pace
from pulumi_cerevox.account.settings import Settings
from pulumi_cerevox.testing.emulator_process import EmulatorProcess

KEY = "sk_canary_8f3a91c7"

LOGIN = {
    "access_token": "at_canary_1",
    "refresh_token": "rt_canary_1",
    "expires_in": 3600,
    "token_type": "Bearer",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "CEREVOX_API_KEY",
        "CEREVOX_BASE_URL",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)


@dataclass
class FakeTime:
    """A clock that only sleeping moves."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.slept.append(seconds)
            self.now += seconds
        time.sleep(0)

    def pace(self) -> Pace:
        return Pace(self.clock, self.sleep, lambda: 0.5)


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def make_account(fake_time: FakeTime) -> Iterator[Callable[..., Account]]:
    made: list[Account] = []

    def make(base_url: str, api_key: str | None = KEY, **settings: Any) -> Account:
        account = Account.__new__(Account)
        credential = find_credential(
            api_key,
            settings.pop("email", None),
            settings.pop("password", None),
            settings.pop("key_source", None),
        )
        account._assemble(Settings(base_url, **settings), credential, fake_time.pace())
        made.append(account)
        return account

    yield make
    for account in made:
        account.close()


@dataclass
class Seen:
    """A request that the scripted server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Reply = Any  # (status, body[, headers]) | bytes on the wire | Callable[[handler], None]


class Script:
    """Answers by script: replies in turn, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.url = ""
        self._replies: dict[tuple[str, str], list[Reply]] = defaultdict(list)
        self._lock = threading.Lock()
        self.on("POST", "/token/login", (200, LOGIN))

    def on(self, method: str, path: str, *replies: Reply) -> None:
        self._replies[method, path] = list(replies)

    def count(self, method: str, path: str) -> int:
        return len(self.seen(method, path))

    def seen(self, method: str, path: str) -> list[Seen]:
        with self._lock:
            return [r for r in self.requests if (r.method, r.path) == (method, path)]

    def next(self, request: Seen) -> Reply:
        with self._lock:
            self.requests.append(request)
            replies = self._replies[request.method, request.path.partition("?")[0]]
            if not replies:
                return (404, {"error": "Resource not found", "error_type": "not_found"})
            return replies.pop(0) if len(replies) > 1 else replies[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.removeprefix("/v1")
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, path, headers, body)
        self.give(self.server.script.next(seen))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def give(self, reply: Reply) -> None:
        if callable(reply):
            reply(self)
            return
        if isinstance(reply, bytes):
            self.wfile.write(reply)
            self.close_connection = True
            return
        status, content, *more = reply
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "x-request-id": "req_0a1b2c"}
        headers.update(more[0] if more else {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    script: Script

    def handle_error(self, *_args: object) -> None:
        pass  # a client that went away is what some tests are about


@pytest.fixture
def script() -> Iterator[Script]:
    server = Server(("127.0.0.1", 0), Handler)
    server.script = Script()
    server.script.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.script
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def person() -> Callable[..., dict[str, Any]]:
    def make(user_id: str, email: str, role: str = "member", **more: Any) -> Any:
        return {
            "user_id": user_id,
            "email": email,
            "name": email.partition("@")[0],
            "firstname": None,
            "lastname": None,
            "account_id": "acc_123",
            "isadmin": role == "admin",
            "isbanned": False,
            "lastlogin": None,
            "role": role,
        } | more

    return make


@pytest.fixture(scope="session")
def emulators() -> Iterator[Callable[[str], EmulatorProcess]]:
    """Start each dialect's emulator once, when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def running(dialect: Any) -> EmulatorProcess:
            started = EmulatorProcess(seed="team", dialect=dialect)
            return stack.enter_context(started)

        yield running


@pytest.fixture
def documented(emulators: Callable[[str], EmulatorProcess]) -> EmulatorProcess:
    """The emulator in the dialect of the documentation, as it was seeded."""
    emulator = emulators("documented")
    emulator.reset()
    return emulator


@pytest.fixture
def sdk(emulators: Callable[[str], EmulatorProcess]) -> EmulatorProcess:
    """The emulator in the dialect of the vendor's SDK 0.2, as it was seeded."""
    emulator = emulators("sdk-0.2")
    emulator.reset()
    return emulator


@pytest.fixture(params=["documented", "sdk"])
def emulator(request: pytest.FixtureRequest) -> EmulatorProcess:
    """Each dialect in turn."""
    found: EmulatorProcess = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def account_of(make_account: Callable[..., Account]) -> Callable[..., Account]:
    """Make the owner's client of an emulator."""

    def make(emulator: EmulatorProcess, **settings: Any) -> Account:
        key = settings.pop("api_key", emulator.api_key)
        return make_account(emulator.url, key, **settings)

    return make


@pytest.fixture
def in_threads() -> Callable[[int, Callable[[int], Any]], list[Any]]:
    """Run a function in so many threads at once; give what each gave or raised."""

    def run(count: int, work: Callable[[int], Any]) -> list[Any]:
        barrier = threading.Barrier(count)
        outcomes: list[Any] = [None] * count

        def one(index: int) -> None:
            barrier.wait(30)
            try:
                outcomes[index] = work(index)
            except Exception as error:  # noqa: BLE001 - the test looks at it
                outcomes[index] = error

        threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    return run
