"""What the account used and what it costs, as the Account API answers it.

As in `models`: documented field names, None where the API's dialect lacks a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_cerevox.account.errors import Exchange, UnexpectedAnswerError
from pulumi_cerevox.account.fields import Fields


@dataclass(frozen=True, slots=True)
class UsageStats:
    """What the account used: ``pandas.DataFrame([usage, …])`` works.

    Attributes:
        files: Free inside, as sent; empty where the API has none (SDK 0.2).
        pages: Likewise.
        advanced_pages: Likewise.
        storage: Likewise.
        total_requests: API calls in the range (documented).
        documents_processed: In the range (documented).
        questions_asked: In the range (documented).
        storage_bytes: Bytes stored now (documented).
        rate_limit: Calls allowed in a period (documented).
        rate_limit_reset: Time at which the period ends (documented).
        estimated_cost: Money, in the account's currency (documented).
    """

    files: dict[str, Any]
    pages: dict[str, Any]
    advanced_pages: dict[str, Any]
    storage: dict[str, Any]
    total_requests: int | None = None
    documents_processed: int | None = None
    questions_asked: int | None = None
    storage_bytes: int | None = None
    rate_limit: int | None = None
    rate_limit_reset: str | None = None
    estimated_cost: float | None = None

    @classmethod
    def parse(cls, data: object, exchange: Exchange) -> UsageStats:
        """Read the usage.

        Raises:
            UnexpectedAnswerError: It has neither SDK 0.2's nor the documented fields.
        """
        fields = Fields.of(data, exchange)
        if not (fields.has("files") or fields.has("total_requests")):
            raise UnexpectedAnswerError(
                'The API\'s answer has neither "files" nor "total_requests".', exchange
            )
        return cls(
            files=fields.optional_object("files") or {},
            pages=fields.optional_object("pages") or {},
            advanced_pages=fields.optional_object("advanced_pages") or {},
            storage=fields.optional_object("storage") or {},
            total_requests=fields.optional_integer("total_requests"),
            documents_processed=fields.optional_integer("documents_processed"),
            questions_asked=fields.optional_integer("questions_asked"),
            storage_bytes=fields.optional_integer("storage_bytes"),
            rate_limit=fields.optional_integer("rate_limit"),
            rate_limit_reset=fields.optional_text("rate_limit_reset"),
            estimated_cost=fields.optional_number("estimated_cost"),
        )


@dataclass(frozen=True, slots=True)
class BillingBreakdown:
    """What the total cost is made of, in the bill's currency (documented)."""

    hippo_cost: float | None = None
    lexa_cost: float | None = None
    storage_cost: float | None = None

    @classmethod
    def parse(cls, fields: Fields) -> BillingBreakdown:
        """Read the `breakdown` of the billing info."""
        return cls(
            hippo_cost=fields.optional_number("hippo_cost"),
            lexa_cost=fields.optional_number("lexa_cost"),
            storage_cost=fields.optional_number("storage_cost"),
        )


@dataclass(frozen=True, slots=True)
class BillingInfo:
    """The current billing period (documented; SDK 0.2 has none).

    Attributes:
        period_start: First day.
        period_end: Last day.
        total_cost: Money in `currency`, the sum of `breakdown` (sum: assumed).
        currency: ISO 4217, for example "USD".
        breakdown: Its parts.
        next_invoice_date: Day.
    """

    total_cost: float
    currency: str
    period_start: str | None = None
    period_end: str | None = None
    breakdown: BillingBreakdown | None = None
    next_invoice_date: str | None = None

    @classmethod
    def parse(cls, data: object, exchange: Exchange) -> BillingInfo:
        """Read the billing info."""
        fields = Fields.of(data, exchange)
        breakdown = fields.part("breakdown")
        return cls(
            total_cost=fields.number("total_cost"),
            currency=fields.text("currency"),
            period_start=fields.optional_text("period_start"),
            period_end=fields.optional_text("period_end"),
            breakdown=BillingBreakdown.parse(breakdown) if breakdown else None,
            next_invoice_date=fields.optional_text("next_invoice_date"),
        )
