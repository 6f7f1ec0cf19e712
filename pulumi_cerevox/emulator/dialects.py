"""The two dialects: what each says in an answer, and takes from a body.

`sdk-0.2` is what the vendor's SDK 0.2.0 sends and parses and nothing more. `documented`
is a superset of it that also holds the fields of the product's documentation; the SDK's
models ignore what they do not know, so the SDK works with both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from pulumi_cerevox.emulator.plans import LIMITS
from pulumi_cerevox.emulator.records import Account, User
from pulumi_cerevox.emulator.usage import Range, Totals, day_after

DialectName = Literal["documented", "sdk-0.2"]
DIALECT_NAMES: tuple[str, ...] = get_args(DialectName)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One dialect. `documented` switches on everything the documentation adds."""

    name: DialectName

    @property
    def documented(self) -> bool:
        """Whether the documentation's additions are there."""
        return self.name == "documented"

    def user(self, user: User, account_id: str) -> dict[str, Any]:
        """Return the user object; `role` in it is assumed."""
        shape: dict[str, Any] = {
            "user_id": user.user_id,
            "email": user.email,
            "name": user.name,
            "firstname": None,
            "lastname": None,
            "account_id": account_id,
            "isadmin": user.is_admin,
            "isbanned": user.is_banned,
            "lastlogin": user.last_login,
        }
        if self.documented:
            shape["role"] = user.role
        return shape

    def written(self, verb: str, user: User, account_id: str) -> dict[str, Any]:
        """Return the answer of a create or update; the user in it is assumed.

        Args:
            verb: `created` or `updated`.
            user: The user as it is now.
            account_id: The account's id.
        """
        result: dict[str, Any] = {verb: True, "status": "success"}
        if self.documented:
            result |= self.user(user, account_id)
        return result

    def tokens(
        self, access: str, refresh: str | None, expires_in: int, expires_at: float
    ) -> dict[str, Any]:
        """Return a token answer; `expires_at` (Unix seconds) is the documentation's."""
        shape: dict[str, Any] = {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": expires_in,
            "token_type": "Bearer",
        }
        if self.documented:
            shape["expires_at"] = int(expires_at)
        return shape

    def account(self, account: Account, owner: User | None) -> dict[str, Any]:
        """Return the account information; email and name are the owner's (assumed)."""
        shape: dict[str, Any] = {
            "account_id": account.account_id,
            "account_name": account.account_name,
        }
        if self.documented:
            shape |= {
                "email": owner.email if owner else "",
                "name": owner.name if owner else "",
                "plan": account.plan,
                "status": account.status,
                "created_at": account.created_at,
                "features": {
                    "hippo_enabled": True,
                    "lexa_enabled": True,
                    "max_users": account.max_users,
                },
            }
        return shape

    def usage(
        self, plan: str, span: Totals, period: Totals, storage: int, until: Range
    ) -> dict[str, Any]:
        """Return the usage.

        Args:
            plan: The account's plan, whose limits are the `total`s.
            span: The sums over the range that was asked for.
            period: The sums over the current billing period.
            storage: Bytes stored now.
            until: The current billing period; the rate limit begins anew after it.
        """
        limits = LIMITS[plan]
        shape: dict[str, Any] = {
            "files": {"processed": period.documents, "total": limits.base},
            "pages": {"processed": period.pages, "total": limits.base},
            "advanced_pages": {
                "processed": period.advanced_pages,
                "total": limits.base // 20,
            },
            "storage": {"used": storage, "total": limits.bytes},
        }
        if self.documented:
            shape |= {
                "total_requests": span.requests,
                "documents_processed": span.documents,
                "questions_asked": span.questions,
                "storage_bytes": storage,
                "rate_limit": limits.rate_limit,
                "rate_limit_reset": f"{day_after(until)}T00:00:00Z",
                "estimated_cost": dollars(span.cents),
            }
        return shape


def plan_shape(account: Account, storage: int) -> dict[str, Any]:
    """Return the plan: the same in both dialects (its optional fields are sent)."""
    limits = LIMITS[account.plan]
    return {
        "plan": {
            "plan": account.plan,
            "base": limits.base,
            "bytes": limits.bytes,
            "messages": limits.messages,
            "message_rate": limits.message_rate,
            "message_interval": limits.message_interval,
            "bytes_overage": max(0, storage - limits.bytes),
            "status": account.status,
        }
    }


def billing_shape(period: Range, totals: Totals) -> dict[str, Any]:
    """Return the bill of a period; `total_cost` is the sum of its parts (assumed)."""
    return {
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        "total_cost": dollars(totals.cents),
        "currency": "USD",
        "breakdown": {
            "hippo_cost": dollars(totals.hippo_cents),
            "lexa_cost": dollars(totals.lexa_cents),
            "storage_cost": dollars(totals.storage_cents),
        },
        "next_invoice_date": day_after(period).isoformat(),
    }


def dollars(cents: int) -> float:
    """Return cents as a JSON number with at most two decimals."""
    return round(cents / 100, 2)
