"""The directory, with lists that the test makes itself."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pulumi_cerevox.account import (
    AccountError,
    AccountUser,
    Directory,
    NotFoundError,
    ServerError,
    UnexpectedAnswerError,
)


def user(user_id: str, email: str, role: str = "member") -> AccountUser:
    return AccountUser(
        user_id=user_id,
        email=email,
        name=email.partition("@")[0],
        role=role,
        account_id="acc_123",
        isadmin=role == "admin",
        isbanned=False,
    )


ADA = user("u1", "Ada@example.com", "admin")
BOB = user("u2", "bob@example.com")
EVE = user("u3", "eve@example.com")


@dataclass
class Api:
    """What the directory asks, and how often it did."""

    users: list[AccountUser] = field(default_factory=lambda: [ADA, BOB])
    unlisted: list[AccountUser] = field(default_factory=list)
    failures: list[AccountError] = field(default_factory=list)
    during_list: Callable[[], None] = lambda: None
    lists: int = 0
    fetches: int = 0

    def fetch_list(self) -> list[AccountUser]:
        self.lists += 1
        if self.failures:
            raise self.failures.pop(0)
        listed = list(self.users)
        self.during_list()
        return listed

    def fetch_user(self, user_id: str) -> AccountUser:
        self.fetches += 1
        for one in (*self.users, *self.unlisted):
            if one.user_id == user_id:
                return one
        raise NotFoundError("Not found.")


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def directory(api: Api) -> Directory:
    return Directory(api.fetch_list, api.fetch_user, lambda: ADA)


def test_one_list_serves_every_read(api: Api, directory: Directory) -> None:
    assert directory.users() == (ADA, BOB)
    assert directory.by_id("u2") == BOB
    assert directory.by_email(" ADA@EXAMPLE.com ") == ADA
    assert (api.lists, api.fetches) == (1, 0)


def test_an_id_that_is_not_listed_is_asked_for(api: Api, directory: Directory) -> None:
    api.unlisted.append(EVE)
    assert directory.by_id("u3") == EVE
    assert directory.by_id("u3") == EVE
    assert api.fetches == 1
    assert directory.by_email("eve@example.com", relist_on_miss=False) == EVE
    assert directory.by_id("gone") is None


def test_only_a_404_means_gone(directory: Directory, api: Api) -> None:
    def fail(_: str) -> AccountUser:
        raise ServerError("Failed.")

    directory.users()
    broken = Directory(api.fetch_list, fail, lambda: ADA)
    with pytest.raises(ServerError):
        broken.by_id("gone")


def test_an_email_that_is_missed_lists_again_once(
    api: Api, directory: Directory
) -> None:
    directory.users()
    api.users.append(EVE)
    assert directory.by_email("eve@example.com", relist_on_miss=False) is None
    assert directory.by_email("eve@example.com") == EVE
    assert directory.by_email("nobody@example.com") is None
    assert directory.by_email("nobody@example.com") is None
    assert api.lists == 2


def test_a_first_list_is_not_repeated_for_a_miss(
    api: Api, directory: Directory
) -> None:
    assert directory.by_email("nobody@example.com") is None
    assert api.lists == 1


def test_threads_that_miss_share_one_list(
    api: Api, directory: Directory, in_threads: Any
) -> None:
    directory.users()
    found = in_threads(8, lambda i: directory.by_email(f"n{i}@example.com"))
    assert found == [None] * 8
    assert api.lists == 2


def test_threads_that_need_the_list_share_it(
    api: Api, directory: Directory, in_threads: Any
) -> None:
    assert in_threads(8, lambda _: directory.users()) == [(ADA, BOB)] * 8
    assert api.lists == 1


def test_a_refresh_never_takes_a_list_that_began_before(
    api: Api, directory: Directory
) -> None:
    started, go_on = threading.Event(), threading.Event()

    def held_up() -> None:
        started.set()
        assert go_on.wait(30)

    api.during_list = held_up
    seen: list[tuple[AccountUser, ...]] = []
    refreshers = [
        threading.Thread(target=lambda: seen.append(directory.refresh()))
        for _ in range(5)
    ]
    refreshers[0].start()
    assert started.wait(30)
    api.users.append(EVE)
    for thread in refreshers[1:]:
        thread.start()
    boarding_at_most_once(directory, refreshers)
    go_on.set()
    for thread in refreshers:
        thread.join()
    assert seen[0] == (ADA, BOB)
    assert seen[1:] == [(ADA, BOB, EVE)] * 4
    assert api.lists <= 1 + 4


def boarding_at_most_once(
    directory: Directory, threads: list[threading.Thread]
) -> None:
    """Wait until somebody waits for the next list."""
    while directory._lists._next is None:
        assert all(thread.is_alive() for thread in threads)


def test_an_error_is_shared_and_the_next_read_asks_again(
    api: Api, directory: Directory
) -> None:
    api.failures.append(ServerError("Failed."))
    with pytest.raises(ServerError):
        directory.users()
    assert directory.users() == (ADA, BOB)


def test_writes_keep_it_current(directory: Directory, api: Api) -> None:
    directory.users()
    directory.put(EVE)
    directory.put(replace(BOB, name="Robert"))
    directory.remove("u1")
    directory.remove("gone")
    assert [one.name for one in directory.users()] == ["Robert", "eve"]
    assert directory.by_email("ada@example.com", relist_on_miss=False) is None
    assert api.lists == 1


def test_writes_before_the_first_list_are_left_to_it(
    directory: Directory, api: Api
) -> None:
    directory.put(EVE)
    assert directory.users() == (ADA, BOB)
    assert api.lists == 1


def test_a_write_during_a_list_outlives_it(directory: Directory, api: Api) -> None:
    def write() -> None:
        directory.put(EVE)
        directory.remove("u2")

    api.during_list = write
    assert directory.users() == (ADA, EVE)


def test_a_new_id_takes_over_its_email(directory: Directory) -> None:
    directory.users()
    again = user("u9", "BOB@example.com")
    directory.put(again)
    assert directory.by_email("bob@example.com") == again
    assert directory.users() == (ADA, again)


def test_a_changed_email_leaves_the_old_one(directory: Directory) -> None:
    directory.users()
    directory.put(replace(BOB, email="robert@example.com"))
    assert directory.by_email("bob@example.com", relist_on_miss=False) is None


def test_a_list_without_the_caller_was_cut(api: Api, directory: Directory) -> None:
    directory.users()
    api.users.remove(ADA)
    with pytest.raises(UnexpectedAnswerError, match="cut: it has 1 and lacks Ada@"):
        directory.refresh()
    assert directory.users() == (ADA, BOB)


def test_one_person_twice_is_named(api: Api, directory: Directory) -> None:
    api.users += [user("u4", "ADA@example.com"), user("u2", "x@example.com")]
    with pytest.raises(
        UnexpectedAnswerError, match=r"ADA@example\.com, x@example\.com"
    ):
        directory.users()


def test_many_doubles_are_counted(api: Api, directory: Directory) -> None:
    api.users += [user(f"d{i}", "bob@example.com") for i in range(9)]
    with pytest.raises(UnexpectedAnswerError, match="and 4 more"):
        directory.users()


def test_it_forgets_everybody(api: Api, directory: Directory) -> None:
    directory.users()
    directory.forget()
    directory.users()
    assert api.lists == 2


def test_who_was_known_and_is_not_listed_is_asked_for(
    api: Api, directory: Directory
) -> None:
    api.unlisted.append(EVE)
    assert directory.users(["u1", "u3", "gone"]) == (ADA, BOB, EVE)
    assert api.fetches == 2
    assert directory.users(["u3"]) == (ADA, BOB, EVE)
    assert api.fetches == 2


def test_nobody_who_could_not_be_asked_for_is_gone(api: Api) -> None:
    def fail(_: str) -> AccountUser:
        raise ServerError("Failed.")

    directory = Directory(api.fetch_list, fail, lambda: ADA)
    with pytest.raises(ServerError):
        directory.users([f"u{number}" for number in range(50)])
