"""The first content of an account: built-in seeds, and seeds from a file.

Every seed gives the same ids and keys each time. `empty` has no usage except for the
requests that it answers. The others have invented usage for every day since the account
began. All faults of a file are reported at once, each with line and column:

```yaml
account:                      # optional, and so is each field
  id: acc_123                 # [A-Za-z0-9_-], 1 to 64 characters, not `my`
  name: Example Inc
  plan: pro                   # free, pro, enterprise
  status: active              # active, suspended, cancelled
  max_users: 10               # by default the plan's
owner: ada@example.com        # by default the first admin. Its key is printed
users:                        # at least one of them is an admin
  - email: ada@example.com
    name: Ada Lovelace
    role: admin               # member by default
    last_login: 2026-01-05T08:00:00Z
    password: only-for-tests
    api_key: cvx_my_own_key   # no colon. By default only the owner has a key
  - {email: bob@example.com, name: Bob, banned: true}
```
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, ClassVar

import yaml
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from pulumi_cerevox.emulator.dialects import LIMITS, Email, Name, complaint
from pulumi_cerevox.emulator.emulator import Emulator, to_rfc3339
from pulumi_cerevox.emulator.store import (
    ID_FORM,
    Account,
    AccountStatus,
    Key,
    PlanName,
    Role,
    Snapshot,
    Strict,
    UsageDay,
    User,
)

_SEED_FILES = Path(__file__).with_name("seed_files")
_BEGAN = date(2025, 1, 1)
_FIRST_STORED_BYTES = 96 * 2**20
_STORED_BYTES_A_DAY = 2**19


class SeedFileError(Exception):
    """A seed file cannot be used; the text has a line for each reason."""


def _check_account_id(value: str) -> str:
    if not re.fullmatch(ID_FORM, value) or value == "my":
        raise ValueError(
            "an account id has 1 to 64 of the characters A-Z a-z 0-9 _ - "
            "and is not `my`"
        )
    return value


class _Entry(Strict):
    model_config = ConfigDict(strict=True)


class SeedAccount(_Entry):
    """The account's own fields."""

    id: Annotated[str, AfterValidator(_check_account_id)] = "acc_file"
    name: str = "Example Inc"
    plan: PlanName = "pro"
    status: AccountStatus = "active"
    max_users: int | None = Field(default=None, ge=1)


class SeedUser(_Entry):
    """A user to begin with."""

    email: Email
    name: Name
    role: Role = "member"
    banned: bool = False
    last_login: datetime | date | None = None
    password: str | None = Field(default=None, min_length=1)
    api_key: str | None = Field(default=None, pattern=r"^[!-9;-~]+$")


class Seed(_Entry):
    """An account to begin with."""

    has_usage: ClassVar[bool] = True

    account: SeedAccount = SeedAccount()
    owner: str | None = None
    users: list[SeedUser] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_users(self) -> Seed:
        emails = Counter(user.email.casefold() for user in self.users)
        doubled = sorted(email for email, count in emails.items() if count > 1)
        if doubled:
            raise ValueError(f"users: {', '.join(doubled)} is there more than once")
        keys = [user.api_key for user in self.users if user.api_key is not None]
        if len(keys) != len(set(keys)):
            raise ValueError("users: two of them have the same api_key")
        if not any(user.role == "admin" for user in self.users):
            raise ValueError("users: none of them is an admin")
        if self.owner is not None and self.owner.casefold() not in emails:
            raise ValueError(f"owner: {self.owner} is none of the users")
        return self

    def is_owner(self, user: SeedUser) -> bool:
        """Return whether a user is the owner, by default the first admin."""
        if self.owner is not None:
            return user.email.casefold() == self.owner.casefold()
        return user is next(one for one in self.users if one.role == "admin")

    def with_changes(self, account_id: str | None, generated: int) -> Seed:
        """Return the seed with another account id and some members more.

        The members are dev-0001@example.com and so on.

        Raises:
            ValueError: The account id cannot stand in a path.
        """
        account = self.account
        if account_id is not None:
            checked = _check_account_id(account_id)
            account = account.model_copy(update={"id": checked})
        members = [
            SeedUser(email=f"dev-{number:04}@example.com", name=f"Dev {number:04}")
            for number in range(1, generated + 1)
        ]
        users = [*self.users, *members]
        return self.model_copy(update={"account": account, "users": users})


class _EmptySeed(Seed):
    has_usage: ClassVar[bool] = False


def read_seed_file(path: Path, model: type[Seed] = Seed) -> Seed:
    """Return the seed in a YAML file.

    Raises:
        SeedFileError: It cannot be read, is no YAML, or breaks a rule.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return model.model_validate(yaml.safe_load(text))
    except OSError as error:
        raise SeedFileError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SeedFileError(f"{path}: not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        reason = error.problem or error.context or "not YAML"
        raise SeedFileError(f"{path}:{place}: {reason}") from error
    except ValidationError as error:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        items = error.errors(include_url=False)
        lines = [f"{path}:{_complaint(root, item)}" for item in items]
        raise SeedFileError("\n".join(lines)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SeedFileError(f"{path}:1:1: {error}") from error


def find_seed(name: str) -> Seed:
    """Return a built-in seed, or the one in a file.

    Raises:
        SeedFileError: There is neither, or the file breaks a rule.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    try:
        return read_seed_file(Path(name))
    except SeedFileError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        built_in = ", ".join(sorted(BUILT_IN))
        raise SeedFileError(
            f"--seed {name}: no such file, and the built-in seeds are {built_in}"
        ) from error


def _complaint(root: yaml.Node | None, item: ErrorDetails) -> str:
    """Return what is wrong, behind the place it is at or the nearest one around it."""
    text = complaint(item)
    where = ".".join(str(part) for part in item["loc"])
    node, mark = root, None if root is None else root.start_mark
    # A complaint about the whole document begins with the key that it is about.
    for part in item["loc"] or (text.partition(":")[0],):
        if isinstance(node, yaml.MappingNode):
            keys = [key for key, _ in node.value if key.value == str(part)]
            values = [value for key, value in node.value if key.value == str(part)]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            keys = values = node.value[part : part + 1]
        else:
            break
        if not keys:
            break
        node, mark = values[0], keys[0].start_mark
    place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
    return f"{place}: {where}: {text}" if where else f"{place}: {text}"


def plant(emulator: Emulator, seed: Seed) -> None:
    """Fill an empty database with a seed, and remember it for `replant`."""
    store = emulator.store
    with store.transaction():
        seats = seed.account.max_users or LIMITS[seed.account.plan].max_users
        # Generated members may be more than the plan has seats for.
        account = Account(
            account_id=seed.account.id,
            account_name=seed.account.name,
            plan=seed.account.plan,
            status=seed.account.status,
            max_users=max(seats, len(seed.users)),
            created_at=f"{_BEGAN}T00:00:00Z",
            owner_id="",
        )
        store.store_account(account)
        for seeded in seed.users:
            user = User(
                user_id=emulator.new_user_id(),
                email=seeded.email,
                name=seeded.name,
                role=seeded.role,
                isbanned=seeded.banned,
                lastlogin=_instant(seeded.last_login),
                password=seeded.password,
            )
            store.add(user)
            is_owner = seed.is_owner(seeded)
            if is_owner:
                owned = account.model_copy(update={"owner_id": user.user_id})
                store.store_account(owned)
            if seeded.api_key is not None:
                store.add(Key(api_key=seeded.api_key, user_id=user.user_id))
            elif is_owner:
                emulator.new_key(user.user_id, user.email)
        if seed.has_usage:
            store.add(*_invented_usage(seed.account.id, emulator.clock.today()))
        store.store_setting("seed", store.snapshot().model_dump(mode="json"))


def replant(emulator: Emulator) -> None:
    """Return the database to the seed it began with, inside a transaction."""
    planted = emulator.store.setting("seed")
    emulator.store.restore(Snapshot.model_validate(planted))


def _instant(value: datetime | date | None) -> str | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return to_rfc3339(aware.timestamp())


def _invented_usage(account_id: str, today: date) -> Iterator[UsageDay]:
    """Yield each day's usage, always the same for account and day.

    Prices are invented: 6 cents a question, 20 cents a document, 1 cent for every
    16 MiB stored, a day.
    """
    stored = _FIRST_STORED_BYTES
    day = _BEGAN
    while day <= today:
        digest = hashlib.sha256(f"{account_id}/{day.isoformat()}".encode()).digest()
        scale = 1 if day.weekday() < 5 else 4  # less is used at a weekend
        documents = (4 + digest[0] % 9) // scale
        questions = (20 + digest[1] % 50) // scale
        pages = documents * (2 + digest[2] % 4)
        yield UsageDay(
            day=day.isoformat(),
            requests=documents * 3 + questions * 2 + digest[3] % 200 // scale,
            documents=documents,
            pages=pages,
            advanced_pages=pages // 10,
            questions=questions,
            storage_bytes=stored,
            hippo_cents=questions * 6,
            lexa_cents=documents * 20,
            storage_cents=stored // (16 * 1024 * 1024),
        )
        stored += _STORED_BYTES_A_DAY
        day += timedelta(days=1)


BUILT_IN: dict[str, Seed] = {
    name: read_seed_file(_SEED_FILES / f"{name}.yaml", model)
    for name, model in (("empty", _EmptySeed), ("team", Seed), ("drifted", Seed))
}
