"""The resource `User`: one person in the account."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, NotRequired, TypedDict, Unpack, overload

import pulumi

from pulumi_cerevox.account import Role
from pulumi_cerevox.provider import UserProvider
from pulumi_cerevox.provider.stack_state import PROGRAM
from pulumi_cerevox.provider.user_state import is_holdable
from pulumi_cerevox.resources.base import AccountResource, sort_out
from pulumi_cerevox.resources.conflicts import (
    Claim,
    claim_own_id,
    claimed,
    program_of,
    provider_key,
)

_OUTPUTS = (
    "user_id", "account_id", "adopted", "prior_role", "last_login",
)  # fmt: skip


class OnExisting(StrEnum):
    """The effect of a create if the person is already in the account."""

    FAIL = "fail"
    """Refuse, and say what to do."""
    ADOPT = "adopt"
    """Take the person over. Their role until then becomes `prior_role`."""


class OnDestroy(StrEnum):
    """The effect of a destroy on the person in the account."""

    DELETE = "delete"
    """Delete them from the account."""
    KEEP = "keep"
    """Leave them there. An adopted person gets the prior role back."""


@dataclass(kw_only=True)
class UserArgs:
    """The declaration of one user.

    Attributes:
        email: The person's email. Another email is another person: a replacement.
        name: Their name, 1 to 100 characters. Managed only if set.
        role: `admin` or `member`. Managed only if set. A new user is a member.
        on_existing: `fail` (default) or `adopt`, if the person is already there.
        on_destroy: `delete` (default), or `keep` (default for an adopted person).
    """

    email: pulumi.Input[str]
    name: pulumi.Input[str] | None = None
    role: pulumi.Input[Role | str] | None = None
    on_existing: pulumi.Input[OnExisting | str] | None = None
    on_destroy: pulumi.Input[OnDestroy | str] | None = None


class UserArgsDict(TypedDict):
    """`UserArgs` as a dictionary."""

    email: pulumi.Input[str]
    name: NotRequired[pulumi.Input[str] | None]
    role: NotRequired[pulumi.Input[Role | str] | None]
    on_existing: NotRequired[pulumi.Input[OnExisting | str] | None]
    on_destroy: NotRequired[pulumi.Input[OnDestroy | str] | None]


class User(AccountResource, module="cerevox", name="User"):
    """One person in the account.

    Name and role are changed in place. With another email, the new user is created
    before the old one is deleted. That needs a free seat, or `delete_before_replace`.
    You cannot delete or demote the key's own user or the last admin, or delete more
    users in one run than `cerevox:maxRemovals`.
    """

    @property
    @pulumi.getter
    def email(self) -> pulumi.Output[str]:
        """The email as declared."""
        return self._output("email")

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str | None]:
        """The declared name. None if it is not managed."""
        return self._output("name")

    @property
    @pulumi.getter
    def role(self) -> pulumi.Output[str]:
        """`admin` or `member`, as in the account, even if it is not managed."""
        return self._output("role")

    @property
    @pulumi.getter(name="onExisting")
    def on_existing(self) -> pulumi.Output[str | None]:
        """As declared. None for the default."""
        return self._output("on_existing")

    @property
    @pulumi.getter(name="onDestroy")
    def on_destroy(self) -> pulumi.Output[str | None]:
        """As declared. None for the default."""
        return self._output("on_destroy")

    @property
    @pulumi.getter(name="userId")
    def user_id(self) -> pulumi.Output[str]:
        """The API's id of the user."""
        return self._output("user_id")

    @property
    @pulumi.getter(name="accountId")
    def account_id(self) -> pulumi.Output[str]:
        """The user's account. The key of another account is refused."""
        return self._output("account_id")

    @property
    @pulumi.getter
    def adopted(self) -> pulumi.Output[bool]:
        """Whether the person was in the account before this resource."""
        return self._output("adopted")

    @property
    @pulumi.getter(name="priorRole")
    def prior_role(self) -> pulumi.Output[str | None]:
        """The role that an adopted person had before. A destroy restores it."""
        return self._output("prior_role")

    @property
    @pulumi.getter(name="lastLogin")
    def last_login(self) -> pulumi.Output[str | None]:
        """RFC 3339 time of the last login, as last read. None for never."""
        return self._output("last_login")

    @overload
    def __init__(
        self,
        resource_name: str,
        args: UserArgs | UserArgsDict,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **kwargs: Unpack[UserArgsDict],
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Declare a user, by keywords or by `UserArgs` or its dictionary.

        Raises:
            TypeError: no email, or an unknown argument.
            pulumi.RunError: another resource declares the person, or `opts` asks for
                an import.
        """
        declared, opts = sort_out(UserArgs, *args, **kwargs)
        kind = Claim.USER if declared.role is None else Claim.USER_WITH_ROLE
        key = provider_key(opts)
        props = _properties(declared)
        props["email"] = claimed(kind, resource_name, declared.email, key)
        if opts is not None and opts.delete_before_replace:
            # Its delete may come before the resource that takes the person over.
            props[PROGRAM] = program_of(None, opts)
        super().__init__(UserProvider(), resource_name, props, opts)
        claim_own_id(kind, resource_name, self, key)

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002  the name in every Pulumi SDK
        opts: pulumi.ResourceOptions | None = None,
    ) -> User:
        """Look up an existing user without managing them.

        Args:
            resource_name: The resource's name in the program.
            id: The user's id, or their email.
            opts: Resource options.

        The run fails if the account does not have the id or email. After a lookup by
        email, the id is in `user_id`.
        """
        found = User.__new__(User)
        props: dict[str, Any] = dict.fromkeys((*_input_names(), *_OUTPUTS))
        looked_up = pulumi.ResourceOptions(id=id)
        AccountResource.__init__(
            found,
            UserProvider(),
            resource_name,
            props,
            pulumi.ResourceOptions.merge(opts, looked_up),
        )
        return found


def _input_names() -> tuple[str, ...]:
    return tuple(field.name for field in fields(UserArgs))


def _properties(declared: UserArgs) -> dict[str, Any]:
    """Return every property's name: the declared inputs, and None for the outputs."""
    inputs = {name: getattr(declared, name) for name in _input_names()}
    for name, value in inputs.items():
        if isinstance(value, str) and not is_holdable(value):
            raise pulumi.RunError(
                f"{name}: this text can't be kept by the engine (a lone surrogate, or "
                "one of the engine's own markers or colour tags)"
            )
    return inputs | dict.fromkeys(_OUTPUTS)
