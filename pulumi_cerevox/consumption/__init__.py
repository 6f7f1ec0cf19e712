"""The usage and the cost of the account: read, judged and written.

It knows the client (`account`), not Pulumi or the roster. It sends only GET.
"""

from pulumi_cerevox.consumption.model import (
    Days,
    Forecast,
    Limited,
    LimitUse,
    NotToldError,
    UsageOfDays,
    UsageReport,
    WarnAt,
    money,
    number,
    parse_money,
    parse_warn_at,
    percent_text,
    projected,
    read_usage,
    read_year,
    shares,
    size,
)
from pulumi_cerevox.consumption.schema import billing_schema, usage_schema
from pulumi_cerevox.consumption.texts import (
    billing_csv,
    billing_json,
    billing_text,
    usage_csv,
    usage_json,
    usage_text,
)

__all__ = [
    "Days",
    "Forecast",
    "LimitUse",
    "Limited",
    "NotToldError",
    "UsageOfDays",
    "UsageReport",
    "WarnAt",
    "billing_csv",
    "billing_json",
    "billing_schema",
    "billing_text",
    "money",
    "number",
    "parse_money",
    "parse_warn_at",
    "percent_text",
    "projected",
    "read_usage",
    "read_year",
    "shares",
    "size",
    "usage_csv",
    "usage_json",
    "usage_schema",
    "usage_text",
]
