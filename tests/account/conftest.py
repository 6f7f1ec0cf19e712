"""A client with a clock of its own, and a server that answers by script."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from pulumi_cerevox.account import Account, Pace, Settings, find_credential
from pulumi_cerevox.testing import EmulatorProcess

KEY = "sk_canary_8f3a91c7"


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
