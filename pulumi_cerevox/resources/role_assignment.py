"""The resource `RoleAssignment`: the role of a person who is declared elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, NotRequired, TypedDict, Unpack, overload

import pulumi

from pulumi_cerevox.account import Role
from pulumi_cerevox.provider import RoleProvider
from pulumi_cerevox.provider.stack_state import PROGRAM
from pulumi_cerevox.resources.base import AccountResource, sort_out
from pulumi_cerevox.resources.conflicts import (
    Claim,
    claim_own_id,
    claimed,
    claimed_id,
    program_of,
    provider_key,
)

_OUTPUTS = ("account_id", "prior_role")
_KIND = Claim.ROLE_ASSIGNMENT


class RoleOnDestroy(StrEnum):
    """The effect of a destroy on the person's role."""

    RESTORE = "restore"
    """Restore the role they had before, if nobody changed it since."""
    KEEP = "keep"
    """Leave the role as it is."""


@dataclass(kw_only=True)
class RoleAssignmentArgs:
    """The declaration of somebody's role.

    Attributes:
        role: `admin` or `member`.
        email: The person's email, if `user_id` is not set.
        user_id: The API's id of the person. Another person is a replacement.
        on_destroy: `restore` (default) or `keep`.
    """

    role: pulumi.Input[Role | str]
    email: pulumi.Input[str] | None = None
    user_id: pulumi.Input[str] | None = None
    on_destroy: pulumi.Input[RoleOnDestroy | str] | None = None


class RoleAssignmentArgsDict(TypedDict):
    """`RoleAssignmentArgs` as a dictionary."""

    role: pulumi.Input[Role | str]
    email: NotRequired[pulumi.Input[str] | None]
    user_id: NotRequired[pulumi.Input[str] | None]
    on_destroy: NotRequired[pulumi.Input[RoleOnDestroy | str] | None]


class RoleAssignment(AccountResource, module="cerevox", name="RoleAssignment"):
    """Only the role of one person who is already in the account.

    For people whom another program or nobody declares. You cannot demote the key's own
    user or the last admin.
    """

    _instead = "It changes nothing where the person has the role: declare it as it is"

    @property
    @pulumi.getter
    def email(self) -> pulumi.Output[str]:
        """The person's email, as declared or as in the account."""
        return self._output("email")

    @property
    @pulumi.getter(name="userId")
    def user_id(self) -> pulumi.Output[str]:
        """The API's id of the person."""
        return self._output("user_id")

    @property
    @pulumi.getter
    def role(self) -> pulumi.Output[str]:
        """The role, as in the account."""
        return self._output("role")

    @property
    @pulumi.getter(name="onDestroy")
    def on_destroy(self) -> pulumi.Output[str | None]:
        """As declared. None for the default."""
        return self._output("on_destroy")

    @property
    @pulumi.getter(name="accountId")
    def account_id(self) -> pulumi.Output[str]:
        """The person's account. The key of another account is refused."""
        return self._output("account_id")

    @property
    @pulumi.getter(name="priorRole")
    def prior_role(self) -> pulumi.Output[str]:
        """The role that they had before. A destroy restores it.

        If a create is cut off after its write, the old role is lost. The next `up`
        records the new role as the prior one.
        """
        return self._output("prior_role")

    @overload
    def __init__(
        self,
        resource_name: str,
        args: RoleAssignmentArgs | RoleAssignmentArgsDict,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **kwargs: Unpack[RoleAssignmentArgsDict],
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Declare a role, by keywords or by `RoleAssignmentArgs` or its dictionary.

        Raises:
            TypeError: no role, or an unknown argument.
            pulumi.RunError: another resource declares the role, or `opts` asks for an
                import.
        """
        declared, opts = sort_out(RoleAssignmentArgs, *args, **kwargs)
        key = provider_key(opts)
        inputs = {one.name: getattr(declared, one.name) for one in fields(declared)}
        inputs["email"] = claimed(_KIND, resource_name, declared.email, key)
        inputs["user_id"] = claimed_id(_KIND, resource_name, declared.user_id, key)
        props = inputs | dict.fromkeys(_OUTPUTS)
        if opts is not None and opts.delete_before_replace:
            # Its delete may come before the resource that takes the role over.
            props[PROGRAM] = program_of(None, opts)
        super().__init__(RoleProvider(), resource_name, props, opts)
        if declared.user_id is None:
            claim_own_id(_KIND, resource_name, self, key)
