"""Seeds from a YAML file.

```yaml
account:                      # may be left out, and so may each of its fields
  id: acc_123                 # [A-Za-z0-9_-], 1 to 64 characters, not `my`
  name: Example Inc
  plan: pro                   # free, pro, enterprise
  status: active              # active, suspended, cancelled
  max_users: 10               # by default the plan's
owner: ada@example.com        # by default the first admin; whose key is printed
users:
  - email: ada@example.com
    name: Ada Lovelace
    role: admin               # member by default
    last_login: 2026-01-05T08:00:00Z
    password: only-for-tests
    api_key: cvx_my_own_key   # no colon in it; by default only the owner has a key
  - {email: bob@example.com, name: Bob, banned: true}
```

At least one user has to be an admin. Everything that is wrong with a file is reported
at once, each with line and column.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from pulumi_cerevox.emulator.bodies import email_rule, name_rule
from pulumi_cerevox.emulator.clock import to_rfc3339
from pulumi_cerevox.emulator.identities import ID_FORM
from pulumi_cerevox.emulator.plans import LIMITS
from pulumi_cerevox.emulator.records import AccountStatus, Plan, Role, fold_email
from pulumi_cerevox.emulator.seeds import Seed, SeedUser


class SeedFileError(Exception):
    """A seed file cannot be used; the text has a line for each reason."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _AccountEntry(_Entry):
    id: str = "acc_file"
    name: str = "Example Inc"
    plan: Plan = "pro"
    status: AccountStatus = "active"
    max_users: int | None = Field(default=None, ge=1)

    @field_validator("id")
    @classmethod
    def _id(cls, value: str) -> str:
        return checked_account_id(value)


class _UserEntry(_Entry):
    email: str
    name: str
    role: Role = "member"
    banned: bool = False
    last_login: datetime | date | None = None
    password: str | None = Field(default=None, min_length=1)
    api_key: str | None = Field(default=None, pattern=r"^[!-9;-~]+$")

    @field_validator("email")
    @classmethod
    def _email(cls, value: str) -> str:
        return _obeying(email_rule(value), value)

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        return _obeying(name_rule(value), value)

    def seeded(self) -> SeedUser:
        """Return the user the entry asks for."""
        return SeedUser(
            email=self.email,
            name=self.name,
            role=self.role,
            banned=self.banned,
            last_login=_instant(self.last_login),
            password=self.password,
            api_key=self.api_key,
        )


class _Document(_Entry):
    account: _AccountEntry = _AccountEntry()
    owner: str | None = None
    users: list[_UserEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _people(self) -> _Document:
        folded = [fold_email(user.email) for user in self.users]
        doubled = sorted({email for email in folded if folded.count(email) > 1})
        if doubled:
            raise ValueError(f"users: {', '.join(doubled)} is there more than once")
        keys = [user.api_key for user in self.users if user.api_key is not None]
        if len(keys) != len(set(keys)):
            raise ValueError("users: two of them have the same api_key")
        if not any(user.role == "admin" for user in self.users):
            raise ValueError("users: none of them is an admin")
        if self.owner is not None and fold_email(self.owner) not in folded:
            raise ValueError(f"owner: {self.owner} is none of the users")
        return self

    def seed(self) -> Seed:
        """Return the seed the document asks for."""
        admins = [user for user in self.users if user.role == "admin"]
        named = [
            user
            for user in self.users
            if self.owner and fold_email(user.email) == fold_email(self.owner)
        ]
        seats = self.account.max_users or LIMITS[self.account.plan].max_users
        return Seed(
            account_id=self.account.id,
            account_name=self.account.name,
            plan=self.account.plan,
            status=self.account.status,
            max_users=max(seats, len(self.users)),
            users=tuple(user.seeded() for user in self.users),
            owner=[*named, *admins][0].email,
        )


def read_seed_file(path: Path) -> Seed:
    """Return the seed in a YAML file.

    Raises:
        SeedFileError: It cannot be read, is no YAML, or breaks a rule.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SeedFileError(f"{path}: {_reason(error)}") from error
    try:
        data = yaml.safe_load(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return _Document.model_validate(data).seed()
    except yaml.MarkedYAMLError as error:
        raise SeedFileError(_syntax_error(path, error)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if not isinstance(error, ValidationError):
            raise SeedFileError(f"{path}:1:1: {error}") from error
        lines = [
            f"{path}:{_place(root, _location(item))}: {_complaint(item)}"
            for item in error.errors(include_url=False)
        ]
        raise SeedFileError("\n".join(lines)) from error


def checked_account_id(value: str) -> str:
    """Return an account id that can stand in a path.

    Raises:
        ValueError: It cannot.
    """
    if not ID_FORM.fullmatch(value) or value == "my":
        raise ValueError(
            "an account id has 1 to 64 of the characters A-Z a-z 0-9 _ - "
            "and is not `my`"
        )
    return value


def _obeying(complaint: str | None, value: str) -> str:
    if complaint is not None:
        raise ValueError(complaint)
    return value


def _instant(value: datetime | date | None) -> str | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return to_rfc3339(aware.timestamp())


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "not UTF-8"


def _syntax_error(path: Path, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
    return f"{path}:{place}: {error.problem or error.context or 'not YAML'}"


def _complaint(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    return f"{where}: {_message(item)}" if where else _message(item)


def _message(item: Any) -> str:
    return str(item["msg"]).removeprefix("Value error, ")


def _location(item: Any) -> tuple[int | str, ...]:
    """Return where a complaint belongs; one about the document begins with its key."""
    return item["loc"] or (_message(item).partition(":")[0],)


def _place(root: yaml.Node | None, location: tuple[int | str, ...]) -> str:
    """Return line and column of a place in the document, or of what is around it."""
    node = root
    mark = root.start_mark if root is not None else None
    for part in location:
        found = _child(node, part)
        if found is None:
            break
        key, node = found
        mark = key.start_mark
    return f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"


def _child(
    node: yaml.Node | None, part: int | str
) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the key and value of a mapping's entry; a list's item twice."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(part):
                return key, value
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    if isinstance(part, int) and part < len(items):
        return items[part], items[part]
    return None
