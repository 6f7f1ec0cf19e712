"""The range of days that a usage report is about."""

from datetime import date, datetime

from pulumi_cerevox.account.errors import ValidationError

Day = str | date | None
"""``YYYY-MM-DD`` or an ISO date-time, of which the day counts; or a date."""


def usage_query(start_date: Day, end_date: Day) -> dict[str, str]:
    """Give the query parameters of a range, both days inclusive.

    The names are the documentation's; that they are query parameters is assumed. A
    missing end of the range is that end of the billing period (assumed).

    Raises:
        ValidationError: One is no day, or the start is after the end.
    """
    days = {
        "start_date": _day(start_date, "start_date"),
        "end_date": _day(end_date, "end_date"),
    }
    given = {name: day for name, day in days.items() if day is not None}
    if len(given) == len(days) and given["start_date"] > given["end_date"]:
        raise _bad("start_date", "is after end_date")
    return given


def _day(value: Day, name: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return _parsed(value, name).isoformat()


def _parsed(text: object, name: str) -> date:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise _bad(name, "is no date like 2025-01-31") from None
    return moment.date()


def _bad(name: str, fault: str) -> ValidationError:
    return ValidationError(
        "Validation failed: could not read the usage.", validation_errors={name: fault}
    )
