"""What the account used and what it costs: read, judged and written down.

Knows the client (`account`), and neither Pulumi nor the roster. It sends GET only.
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
