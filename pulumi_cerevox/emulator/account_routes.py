"""Calls 4 to 7 of the contract: account, plan, usage, billing."""

from __future__ import annotations

import re
from datetime import date, datetime

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from pulumi_cerevox.emulator import schemas
from pulumi_cerevox.emulator.access import Access
from pulumi_cerevox.emulator.call import Call
from pulumi_cerevox.emulator.describing import answers, query_parameters
from pulumi_cerevox.emulator.dialects import billing_shape, plan_shape
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.errors import invalid, not_found
from pulumi_cerevox.emulator.injection import CurrentCall
from pulumi_cerevox.emulator.records import Account
from pulumi_cerevox.emulator.security import BEARER
from pulumi_cerevox.emulator.usage import Range, billing_period

_DAY_IN_FRONT = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?", re.ASCII)
RANGE_PARAMETERS = ("start_date", "end_date")


class AccountCalls:
    """The handlers: each is open to any user of the account, and only reads."""

    def __init__(self, emulator: Emulator, access: Access) -> None:
        self._emulator = emulator
        self._access = access

    async def info(self, call: CurrentCall) -> JSONResponse:
        """Tell which account the caller is in."""
        self._access.any_user(call)
        people = self._emulator.people
        return JSONResponse(
            self._emulator.dialect.account(people.account(), people.owner())
        )

    async def plan(self, call: CurrentCall, account_id: str) -> JSONResponse:
        """Return the plan and its limits."""
        account = self._own_account(call, account_id)
        storage = self._emulator.usage.storage_bytes(self._emulator.clock.today())
        return JSONResponse(plan_shape(account, storage))

    async def usage(self, call: CurrentCall, account_id: str) -> JSONResponse:
        """Return the usage now; in `documented` also that of a range of days."""
        account = self._own_account(call, account_id)
        today = self._emulator.clock.today()
        period = billing_period(today)
        documented = self._emulator.dialect.documented
        span = read_range(call, period) if documented else period
        usage = self._emulator.usage
        return JSONResponse(
            self._emulator.dialect.usage(
                account.plan,
                usage.total(span, today),
                usage.total(period, today),
                usage.storage_bytes(today),
                period,
            )
        )

    async def billing(self, call: CurrentCall, account_id: str) -> JSONResponse:
        """Return the bill of the current period (the path is assumed)."""
        self._own_account(call, account_id)
        today = self._emulator.clock.today()
        period = billing_period(today)
        totals = self._emulator.usage.total(period, today)
        return JSONResponse(billing_shape(period, totals))

    def _own_account(self, call: Call, account_id: str) -> Account:
        self._access.any_user(call)
        account = self._emulator.people.account()
        if account.account_id != account_id:
            raise not_found("Account")
        return account


def read_range(call: Call, period: Range) -> Range:
    """Return the range of days a usage call asks for.

    Args:
        call: Its query has `start_date` and `end_date`, both optional: a day, or a date
            and time of which the day counts.
        period: What a missing end is taken from.

    Raises:
        ApiError: 400, not a date, or the start is after the end.
    """
    start = _read_day(call, "start_date") or period.start
    end = _read_day(call, "end_date") or period.end
    if start > end:
        named = "start_date" if "start_date" in call.query else "end_date"
        raise invalid({named: "The start is after the end"})
    return Range(start, end)


def _read_day(call: Call, name: str) -> date | None:
    text = call.query.get(name)
    if text is None:
        return None
    refusal = invalid({name: "Must be a date, YYYY-MM-DD"})
    if not _DAY_IN_FRONT.fullmatch(text):
        raise refusal
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise refusal from error


def account_router(emulator: Emulator, access: Access) -> APIRouter:
    """Return the routes below `/accounts`; `sdk-0.2` has no billing."""
    calls = AccountCalls(emulator, access)
    documented = emulator.dialect.documented
    info = schemas.DocumentedAccountInfo if documented else schemas.AccountInfo
    usage = schemas.DocumentedUsage if documented else schemas.Usage
    days = query_parameters(
        start_date="The first day, YYYY-MM-DD; by default the period's",
        end_date="The last day, YYYY-MM-DD; by default the period's",
    )
    router = APIRouter(prefix="/accounts", tags=["Account"], dependencies=[BEARER])
    router.add_api_route("/my", calls.info, responses=answers(200, info, 401))
    router.add_api_route(
        "/{account_id}/plan",
        calls.plan,
        responses=answers(200, schemas.Plan, 401, 404),
    )
    router.add_api_route(
        "/{account_id}/usage",
        calls.usage,
        responses=answers(200, usage, 400, 401, 404)
        if documented
        else answers(200, usage, 401, 404),
        openapi_extra=days if documented else None,
    )
    if documented:
        router.add_api_route(
            "/{account_id}/billing",
            calls.billing,
            responses=answers(200, schemas.Billing, 401, 404),
        )
    return router
