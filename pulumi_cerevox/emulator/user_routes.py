"""Calls 8 to 14 of the contract: the users.

A call is refused with the first that applies of 401, 403, 404, 400, 409 and 402; that
order is assumed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from pulumi_cerevox.emulator import schemas
from pulumi_cerevox.emulator.access import Access
from pulumi_cerevox.emulator.bodies import (
    Fields,
    email_rule,
    name_rule,
    read_object,
    role_rule,
    text_rule,
)
from pulumi_cerevox.emulator.call import Call
from pulumi_cerevox.emulator.describing import answers, json_body
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.errors import (
    email_taken,
    invalid,
    last_admin,
    no_seat,
    not_found,
    own_role,
    self_delete,
)
from pulumi_cerevox.emulator.injection import CurrentCall
from pulumi_cerevox.emulator.records import User, fold_email
from pulumi_cerevox.emulator.security import BEARER


class UserCalls:
    """The handlers."""

    def __init__(self, emulator: Emulator, access: Access) -> None:
        self._emulator = emulator
        self._people = emulator.people
        self._dialect = emulator.dialect
        self._access = access

    async def list_users(self, call: CurrentCall) -> JSONResponse:
        """List the whole account, oldest first (order assumed).

        Admins only in `documented`; the SDK expects no 403 here.
        """
        if self._dialect.documented:
            self._access.admin(call)
        else:
            self._access.any_user(call)
        account_id = self._people.account().account_id
        users = [self._dialect.user(user, account_id) for user in self._people.all()]
        wrapped = self._emulator.rules.list_wrapped
        return JSONResponse({"users": users} if wrapped else users)

    async def create(self, call: CurrentCall) -> JSONResponse:
        """Create a user, a member unless the role says otherwise."""
        self._access.admin(call)
        self._access.require_active_account()
        fields = self._read(call, "email", "name", "role")
        email = fields.required("email", email_rule)
        if self._dialect.documented:
            name = fields.optional("name", name_rule)
        else:
            name = fields.required("name", name_rule)
        role = self._role(fields)
        fields.check()
        self._refuse_taken(email)
        user = User(
            user_id=self._emulator.identities.user_id(
                self._people.account().account_id
            ),
            email=email,
            name=name or email.partition("@")[0],
            is_admin=role == "admin",
        )
        self._people.add(user)
        return self._written(call, "created", user)

    async def get_me(self, call: CurrentCall) -> JSONResponse:
        """Return the caller."""
        return self._shown(self._access.any_user(call).user)

    async def update_me(self, call: CurrentCall) -> JSONResponse:
        """Change the caller's name; the own role cannot be changed here."""
        user = self._access.any_user(call).user
        self._access.require_active_account()
        fields = self._read(call, "name", "role")
        if self._dialect.documented and "role" in fields.body:
            raise own_role()
        name = fields.required("name", name_rule)
        fields.check()
        return self._store(call, replace(user, name=name))

    async def get(self, call: CurrentCall, user_id: str) -> JSONResponse:
        """Return a user."""
        self._access.admin(call)
        return self._shown(self._found(user_id))

    async def update(self, call: CurrentCall, user_id: str) -> JSONResponse:
        """Change a user's name or role; what the body leaves out stays as it is."""
        self._access.admin(call)
        self._access.require_active_account()
        user = self._found(user_id)
        fields = self._read(call, "name", "role")
        name = self._name_to_update(fields)
        role = self._role(fields)
        fields.check()
        changed = replace(
            user,
            name=user.name if name is None else name,
            is_admin=user.is_admin if role is None else role == "admin",
        )
        self._refuse_last_demotion(user, changed)
        return self._store(call, changed)

    async def delete(self, call: CurrentCall, user_id: str) -> JSONResponse:
        """Delete a user; the body has to confirm the email."""
        caller = self._access.admin(call).user
        self._access.require_active_account()
        if user_id == caller.user_id and self._emulator.rules.self_delete_protected:
            raise self_delete()
        user = self._found(user_id)
        fields = self._read(call, "email")
        email = fields.required("email", text_rule)
        fields.check()
        if fold_email(email) != fold_email(user.email):
            raise invalid({"email": "Must be the email of the user to delete"})
        self._people.remove(user_id)
        call.committed = True
        return JSONResponse({"deleted": True, "status": "success"})

    def _read(self, call: Call, *known: str) -> Fields:
        """Return the body's fields; unknown ones are noted, and refused or ignored."""
        body = read_object(call.raw)
        if not self._dialect.documented:
            known = tuple(name for name in known if name != "role")
        unknown = [name for name in body if name not in known]
        call.note_unknown_fields(unknown)
        fields = Fields(body, {})
        if self._dialect.documented:
            fields.refuse_unknown(unknown)
        return fields

    def _role(self, fields: Fields) -> Any:
        if not self._dialect.documented:
            return None
        return fields.optional("role", role_rule)

    def _name_to_update(self, fields: Fields) -> Any:
        if not self._dialect.documented:
            return fields.required("name", name_rule)
        if "name" not in fields.body and "role" not in fields.body:
            fields.complaints.setdefault("name", "A name or a role is required")
        return fields.optional("name", name_rule)

    def _found(self, user_id: str) -> User:
        user = self._people.by_id(user_id)
        if user is None:
            raise not_found("User")
        return user

    def _refuse_taken(self, email: str) -> None:
        if self._people.by_email(email) is not None:
            raise email_taken()
        seats = self._people.account().max_users
        if self._people.count() >= seats:
            raise no_seat(seats)

    def _refuse_last_demotion(self, user: User, changed: User) -> None:
        demoted = user.is_admin and not changed.is_admin
        protected = self._emulator.rules.last_admin_protected
        if demoted and protected and self._people.count_admins() == 1:
            raise last_admin()

    def _store(self, call: Call, user: User) -> JSONResponse:
        self._people.store(user)
        return self._written(call, "updated", user)

    def _written(self, call: Call, verb: str, user: User) -> JSONResponse:
        call.committed = True
        account_id = self._people.account().account_id
        return JSONResponse(
            self._dialect.written(verb, user, account_id),
            status_code=201 if verb == "created" else 200,
        )

    def _shown(self, user: User) -> JSONResponse:
        return JSONResponse(self._dialect.user(user, self._people.account().account_id))


def user_router(emulator: Emulator, access: Access) -> APIRouter:
    """Return the routes at and below `/users`."""
    calls = UserCalls(emulator, access)
    documented = emulator.dialect.documented
    models = schemas.DOCUMENTED_USERS if documented else schemas.SDK_USERS
    router = APIRouter(prefix="/users", tags=["Users"], dependencies=[BEARER])
    add = router.add_api_route
    add("", calls.list_users, responses=answers(200, list[models.user], 401, 403))  # type: ignore[name-defined]
    add(
        "",
        calls.create,
        methods=["POST"],
        status_code=201,
        responses=answers(201, models.created, 400, 401, 402, 403, 409),
        openapi_extra=json_body(models.create_body),
    )
    add("/me", calls.get_me, responses=answers(200, models.user, 401))
    add(
        "/me",
        calls.update_me,
        methods=["PUT"],
        responses=answers(200, models.updated, 400, 401, 403),
        openapi_extra=json_body(models.update_me_body),
    )
    add(
        "/{user_id}",
        calls.get,
        responses=answers(200, models.user, 401, 403, 404),
    )
    add(
        "/{user_id}",
        calls.update,
        methods=["PUT"],
        responses=answers(200, models.updated, 400, 401, 403, 404, 409),
        openapi_extra=json_body(models.update_body),
    )
    add(
        "/{user_id}",
        calls.delete,
        methods=["DELETE"],
        responses=answers(200, schemas.Deleted, 400, 401, 403, 404),
        openapi_extra=json_body(models.delete_body),
    )
    return router
