"""What an account holds at the beginning: the built-in seeds, and planting one.

Every seed gives the same ids and keys each time. `empty` has no usage but the requests
it answers; the others have invented usage for every day since the account began.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pulumi_cerevox.emulator import snapshot
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.plans import LIMITS
from pulumi_cerevox.emulator.records import Account, AccountStatus, Plan, Role, User
from pulumi_cerevox.emulator.usage import UsageDay, invented_day

_BEGAN = date(2025, 1, 1)
_SEED = "seed"
_FIRST_STORED_BYTES = 96 * 2**20
_STORED_BYTES_A_DAY = 2**19


@dataclass(frozen=True, slots=True)
class SeedUser:
    """A user to begin with. `api_key` is made up where it is None and asked for."""

    email: str
    name: str
    role: Role = "member"
    banned: bool = False
    last_login: str | None = None
    password: str | None = None
    api_key: str | None = None


@dataclass(frozen=True, slots=True)
class Seed:
    """An account to begin with; `owner` is the email of one of its users."""

    account_id: str
    account_name: str
    plan: Plan
    max_users: int
    users: tuple[SeedUser, ...]
    owner: str
    status: AccountStatus = "active"
    has_usage: bool = True


_OWNER = SeedUser(
    "owner@example.com",
    "Example Owner",
    "admin",
    last_login="2026-01-05T08:00:00Z",
    password="correct-horse-battery",  # noqa: S106 - nobody's
)
_TEAM = (
    _OWNER,
    SeedUser(
        "ada@example.com", "Ada Lovelace", "admin", last_login="2026-01-12T09:30:00Z"
    ),
    SeedUser("grace@example.com", "Grace Hopper", "admin"),
    SeedUser("alan@example.com", "Alan Turing", last_login="2026-01-11T17:45:10Z"),
    SeedUser(
        "barbara@example.com", "Barbara Liskov", last_login="2026-01-09T12:00:00Z"
    ),
    SeedUser("Donald.Knuth@example.com", "Donald Knuth"),
    SeedUser(
        "edsger@example.com", "Edsger Dijkstra", last_login="2025-11-30T06:15:00Z"
    ),
    SeedUser("frances@example.com", "Frances Allen", last_login="2026-01-02T10:20:30Z"),
    SeedUser("jose@example.com", "José Núñez", last_login="2025-12-24T16:00:00Z"),
    SeedUser("katherine@example.com", "Katherine Johnson"),
    SeedUser("linus@example.com", "Linus Example", banned=True),
    SeedUser(
        "margaret@example.com", "Margaret Hamilton", last_login="2026-01-10T11:11:11Z"
    ),
)


def _drifted() -> Iterator[SeedUser]:
    """Yield the team as it looks after some weeks of changes made by hand."""
    for user in _TEAM:
        match user.email:
            case "alan@example.com":
                yield replace(user, role="admin")
            case "grace@example.com":
                yield replace(user, role="member")
            case "frances@example.com":
                yield replace(user, name="Fran Allen")
            case "linus@example.com":
                yield replace(user, banned=False)
            case "katherine@example.com":
                continue
            case _:
                yield user
    yield SeedUser("mallory@contractor.example", "Mallory Contractor", "admin")
    yield SeedUser("temp-01@contractor.example", "temp-01")


BUILT_IN = {
    "empty": Seed(
        account_id="acc_empty",
        account_name="Empty Example Inc",
        plan="enterprise",
        max_users=LIMITS["enterprise"].max_users,
        users=(replace(_OWNER, last_login=None),),
        owner=_OWNER.email,
        has_usage=False,
    ),
    "team": Seed(
        account_id="acc_team",
        account_name="Example Inc",
        plan="pro",
        max_users=LIMITS["pro"].max_users,
        users=_TEAM,
        owner=_OWNER.email,
    ),
    "drifted": Seed(
        account_id="acc_drifted",
        account_name="Drifted Example Inc",
        plan="pro",
        max_users=LIMITS["pro"].max_users,
        users=tuple(_drifted()),
        owner=_OWNER.email,
    ),
}


def with_generated_users(seed: Seed, count: int) -> Seed:
    """Return a seed with `count` members more, dev-0001@example.com and so on.

    Where they do not fit into the plan's seats, the seats become as many as the users.
    """
    generated = tuple(
        SeedUser(f"dev-{number:04}@example.com", f"Dev {number:04}")
        for number in range(1, count + 1)
    )
    users = seed.users + generated
    return replace(seed, users=users, max_users=max(seed.max_users, len(users)))


def plant(emulator: Emulator, seed: Seed) -> None:
    """Fill an empty database with a seed, and remember it for `replant`.

    Raises:
        EmailTakenError: Two users of the seed share an email.
    """
    with emulator.transaction():
        _store_account(emulator, seed)
        for user in seed.users:
            _add_user(emulator, user, keyed=user.email == seed.owner)
        if seed.has_usage:
            today = emulator.clock.today()
            emulator.usage.add(list(_invented_usage(seed.account_id, today)))
        planted = snapshot.take(emulator).model_dump(mode="json")
        emulator.database.store_setting(_SEED, planted)


def replant(emulator: Emulator) -> None:
    """Return the database to the seed it began with, inside a transaction."""
    planted = emulator.database.setting(_SEED)
    snapshot.restore(emulator, snapshot.Snapshot.model_validate(planted))


def _store_account(emulator: Emulator, seed: Seed) -> None:
    emulator.people.store_account(
        Account(
            account_id=seed.account_id,
            account_name=seed.account_name,
            plan=seed.plan,
            status=seed.status,
            max_users=seed.max_users,
            created_at=f"{_BEGAN}T00:00:00Z",
            owner_id="",
        )
    )


def _add_user(emulator: Emulator, seeded: SeedUser, *, keyed: bool) -> None:
    account_id = emulator.people.account().account_id
    user = User(
        user_id=emulator.identities.user_id(account_id),
        email=seeded.email,
        name=seeded.name,
        is_admin=seeded.role == "admin",
        is_banned=seeded.banned,
        last_login=seeded.last_login,
        password=seeded.password,
    )
    emulator.people.add(user)
    if keyed:
        emulator.people.change_account({"owner_id": user.user_id})
    if seeded.api_key is not None:
        emulator.credentials.add_key(seeded.api_key, user.user_id)
    elif keyed:
        emulator.new_key(user.user_id, user.email)


def _invented_usage(account_id: str, today: date) -> Iterator[UsageDay]:
    stored = _FIRST_STORED_BYTES
    day = _BEGAN
    while day <= today:
        yield invented_day(account_id, day, stored)
        stored += _STORED_BYTES_A_DAY
        day += timedelta(days=1)
