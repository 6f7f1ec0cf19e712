"""Memberships and accounts of any size, for the tests of guards and plans."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.roster import Person


@pytest.fixture
def people() -> Callable[[int, int], dict[str, Person]]:
    """Return p0000@… to p(size-1)@…; the first ones are admins."""

    def of(size: int, admins: int) -> dict[str, Person]:
        return {
            f"p{number:04}@example.com": Person(
                "admin" if number < admins else "member"
            )
            for number in range(size)
        }

    return of


@pytest.fixture
def users() -> Callable[[dict[str, Person]], list[AccountUser]]:
    """Return the account of these people: all have logged in, ids are `id-EMAIL`."""

    def of(people: dict[str, Person]) -> list[AccountUser]:
        return [
            AccountUser(
                user_id=f"id-{email}",
                email=email,
                name="Somebody",
                role=one.role,
                account_id="acc_1",
                isadmin=one.role == "admin",
                isbanned=False,
                lastlogin="2026-01-01T00:00:00Z",
            )
            for email, one in people.items()
        ]

    return of
