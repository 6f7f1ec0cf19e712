"""Usage by day: what was used, and what it cost.

Money is kept in whole cents a day, so that neighbouring ranges add up exactly.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from pulumi_cerevox.emulator.database import Database


@dataclass(frozen=True, slots=True)
class UsageDay:
    """One day. Counts are of that day alone; `storage_bytes` is the level at its end.

    `storage_bytes` is None for a day on which only requests were counted.
    """

    day: str
    requests: int = 0
    documents: int = 0
    pages: int = 0
    advanced_pages: int = 0
    questions: int = 0
    storage_bytes: int | None = None
    hippo_cents: int = 0
    lexa_cents: int = 0
    storage_cents: int = 0


@dataclass(frozen=True, slots=True)
class Range:
    """Days from `start` to `end`, both included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a range of days. Cents are of US dollars."""

    requests: int
    documents: int
    pages: int
    advanced_pages: int
    questions: int
    hippo_cents: int
    lexa_cents: int
    storage_cents: int

    @property
    def cents(self) -> int:
        """What the range cost in all."""
        return self.hippo_cents + self.lexa_cents + self.storage_cents


def billing_period(today: date) -> Range:
    """Return the calendar month around a day (a month: documentation's example)."""
    last = monthrange(today.year, today.month)[1]
    return Range(today.replace(day=1), today.replace(day=last))


def day_after(period: Range) -> date:
    """Return the first day after a period: the next invoice, the rate limit's reset."""
    return period.end + timedelta(days=1)


def invented_day(account_id: str, day: date, storage_bytes: int) -> UsageDay:
    """Return a working day's or weekend's usage, always the same for account and day.

    Prices are invented: 6 cents a question, 20 cents a document, 1 cent for every
    16 MiB stored, a day.
    """
    digest = hashlib.sha256(f"{account_id}/{day.isoformat()}".encode()).digest()
    scale = 1 if day.weekday() < 5 else 4
    documents = (4 + digest[0] % 9) // scale
    questions = (20 + digest[1] % 50) // scale
    pages = documents * (2 + digest[2] % 4)
    return UsageDay(
        day=day.isoformat(),
        requests=documents * 3 + questions * 2 + digest[3] % 200 // scale,
        documents=documents,
        pages=pages,
        advanced_pages=pages // 10,
        questions=questions,
        storage_bytes=storage_bytes,
        hippo_cents=questions * 6,
        lexa_cents=documents * 20,
        storage_cents=storage_bytes // (16 * 1024 * 1024),
    )


class Usage:
    """The days of the account in the database."""

    def __init__(self, database: Database) -> None:
        self._connection = database.connection

    def add(self, days: list[UsageDay]) -> None:
        """Store some days as they are."""
        self._connection.executemany(
            "INSERT INTO usage_days VALUES (:day, :requests, :documents, :pages, "
            ":advanced_pages, :questions, :storage_bytes, :hippo_cents, :lexa_cents, "
            ":storage_cents)",
            [asdict(day) for day in days],
        )

    def count_request(self, day: date) -> None:
        """Count one more request on a day."""
        self._connection.execute(
            "INSERT INTO usage_days (day, requests) VALUES (?, 1) "
            "ON CONFLICT (day) DO UPDATE SET requests = requests + 1",
            (day.isoformat(),),
        )

    def total(self, span: Range, today: date) -> Totals:
        """Return the sums over a range; what lies after today is not used yet."""
        last = min(span.end, today)
        row = self._connection.execute(
            "SELECT total(requests), total(documents), total(pages), "
            "total(advanced_pages), total(questions), total(hippo_cents), "
            "total(lexa_cents), total(storage_cents) "
            "FROM usage_days WHERE day BETWEEN ? AND ?",
            (span.start.isoformat(), last.isoformat()),
        ).fetchone()
        return Totals(*(int(total) for total in row))

    def storage_bytes(self, today: date) -> int:
        """Return how much is stored on a day, in bytes."""
        row = self._connection.execute(
            "SELECT storage_bytes FROM usage_days "
            "WHERE storage_bytes IS NOT NULL AND day <= ? ORDER BY day DESC LIMIT 1",
            (today.isoformat(),),
        ).fetchone()
        return 0 if row is None else int(row[0])

    def all(self) -> list[UsageDay]:
        """Return every stored day in order."""
        rows = self._connection.execute("SELECT * FROM usage_days ORDER BY day")
        return [UsageDay(**dict(row)) for row in rows]

    def clear(self) -> None:
        """Forget every day."""
        self._connection.execute("DELETE FROM usage_days")
