"""Facts about the account, its plan, its usage and its bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.contract.exchanges import CannotTellError, Recording
from scripts.contract.facts import (
    FactBook,
    Judgement,
    fails,
    kind_of,
    refused_with,
    settled,
)

BOOK = FactBook()
_MODELS = "account/models.py"
_CONSUMPTION = "account/models.py"
_CALLS = "account/calls.py"
_INFO = ("email", "name", "plan", "status", "created_at", "features")
_SUMS = ("total_requests", "documents_processed", "questions_asked", "estimated_cost")
_FLAT = (*_SUMS, "storage_bytes", "rate_limit", "rate_limit_reset")
_CENT = 0.011


@BOOK.fact("account-fields", "The account tells plan, status and features.", _MODELS)
def _account_fields(seen: Recording) -> Judgement:
    return _has_all(seen.fields("account"), _INFO)


@BOOK.fact(
    "account-owner",
    "The account's email is its owner's, whoever asks.",
    _MODELS,
)
def _account_owner(seen: Recording) -> Judgement:
    told, mine = seen.fields("account").get("email"), seen.fields("me").get("email")
    if told is None:
        raise CannotTellError("the account tells no email")
    if told == mine:
        raise CannotTellError("it is the caller's, who may be the owner")
    return settled(isinstance(told, str), "it is not the caller's", "it is no text")


@BOOK.fact("plan-same", "Plan and account tell the same plan and status.", _MODELS)
def _plan_same(seen: Recording) -> Judgement:
    account, plan = seen.fields("account"), seen.fields("plan").get("plan")
    if not isinstance(plan, dict):
        return fails(f"the plan is {kind_of(plan)}, not wrapped in an object")
    if account.get("plan") is None:
        raise CannotTellError("the account tells no plan")
    told = [(part.get("plan"), part.get("status")) for part in (account, plan)]
    return settled(told[0] == told[1], f"{told[0]}", f"{told[0]} and {told[1]}")


@BOOK.fact("foreign-account", "Another account's id is 404 not_found.", _CALLS)
def _foreign_account(seen: Recording) -> Judgement:
    return refused_with(seen.answer("account-foreign"), 404, "not_found")


@BOOK.fact("usage-fields", "Usage has flat sums beside the four objects.", _CONSUMPTION)
def _usage_fields(seen: Recording) -> Judgement:
    return _has_all(seen.fields("usage"), _FLAT)


@BOOK.fact(
    "usage-range",
    "start_date and end_date bound the usage; neighbouring ranges add up.",
    _CALLS,
)
def _usage_range(seen: Recording) -> Judgement:
    first, second, both = (
        seen.fields(ask) for ask in ("usage-first", "usage-second", "usage-both")
    )
    if not all(
        _is_number(part.get(name)) for part in (first, second) for name in _SUMS
    ):
        raise CannotTellError("the answers lack the sums")
    if not any(first[name] for name in _SUMS) or not any(second[n] for n in _SUMS):
        raise CannotTellError("nothing was used in the days that were asked about")
    for name in _SUMS:
        found, wanted = both.get(name), first[name] + second[name]
        if not _is_number(found) or abs(found - wanted) > _CENT:
            return fails(f"{name}: {first[name]} and {second[name]}, both {found}")
    return settled(True, "they do", "")  # noqa: FBT003 - after the last check


@BOOK.fact(
    "usage-bad-range",
    "What is no day, or a start after the end, is 400 and named.",
    _CALLS,
)
def _usage_bad_range(seen: Recording) -> Judgement:
    for ask in ("usage-backwards", "usage-no-day"):
        one = seen.answer(ask)
        named = one.fields().get("validation_errors")
        if one.status != 400 or not isinstance(named, dict):
            return fails(f"{dict(one.query)} answered {one.status}")
        if not set(named) & {"start_date", "end_date"}:
            return fails(f"{dict(one.query)} is refused without its name")
    return settled(True, "both are", "")  # noqa: FBT003 - after the last check


@BOOK.fact("billing-path", "The bill is at /accounts/{id}/billing.", _CALLS)
def _billing_path(seen: Recording) -> Judgement:
    one = seen.answer("billing")
    told = f"{one.request} answered {one.status}"
    return settled(one.status == 200 and "total_cost" in one.fields(), told, told)


@BOOK.fact("billing-sum", "A bill's total is the sum of its parts.", _CONSUMPTION)
def _billing_sum(seen: Recording) -> Judgement:
    bill = seen.fields("billing")
    total, parts = bill.get("total_cost"), bill.get("breakdown")
    if not _is_number(total) or not isinstance(parts, dict):
        raise CannotTellError("the bill lacks total_cost or breakdown")
    summed = sum(part for part in parts.values() if _is_number(part))
    told = f"{total}, and {summed:g} in all parts"
    return settled(abs(total - summed) <= _CENT, told, told)


def _has_all(fields: Mapping[str, Any], names: tuple[str, ...]) -> Judgement:
    missing = [name for name in names if name not in fields]
    return settled(not missing, "all are there", f"missing: {', '.join(missing)}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
