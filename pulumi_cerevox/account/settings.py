"""The settings of the client: base URL, timeouts, parallelism. They are checked once.

`Settings` is the only list of them. The provider reads the same ones from stack config.
"""

import ipaddress
import os
import re
from dataclasses import dataclass, field, fields
from typing import Any, Self, TypedDict, Unpack
from urllib.parse import SplitResult, urlsplit

from pulumi_cerevox.account.errors import ConfigurationError

DEFAULT_BASE_URL = "https://dev.cerevox.ai/v1"
"""The default address of the vendor's SDK 0.2 (SDK 0.2)."""

BASE_URL_VARIABLE = "CEREVOX_BASE_URL"
"""Environment variable for the base URL; ours, the SDK has none."""

_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_PATH = re.compile(r"[A-Za-z0-9._~/-]*")


class SettingsDict(TypedDict, total=False):
    """`Settings` as keyword arguments: what is left out has its default.

    Attributes:
        base_url: Without it: ``CEREVOX_BASE_URL``, then the vendor's (SDK 0.2). Plain
            http is for this machine only.
        request_timeout: Seconds to wait for a connection, and for each next byte.
        max_wait_seconds: Seconds one call may take with all its repetitions.
        parallelism: Connections at most.
    """

    base_url: str | None
    request_timeout: float
    max_wait_seconds: float
    parallelism: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a client. They never change. `SettingsDict` describes them.

    The base URL has no trailing slash. The metadata of a number holds its bounds.
    """

    base_url: str = DEFAULT_BASE_URL
    request_timeout: float = field(default=30.0, metadata={"bounds": (0.001, 3600)})
    max_wait_seconds: float = field(default=120.0, metadata={"bounds": (0, 86400)})
    parallelism: int = field(default=8, metadata={"bounds": (1, 64)})

    @classmethod
    def of(cls, **given: Unpack[SettingsDict]) -> Self:
        """Return the settings that the caller and the environment ask for.

        Raises:
            ConfigurationError: One of them is out of range.
        """
        url = base_url_or_default(given.get("base_url"))
        values: dict[str, Any] = {**given, "base_url": url}
        return cls(**values)

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            ConfigurationError: One of them is out of range.
        """
        object.__setattr__(self, "base_url", checked_base_url(self.base_url))
        for one in fields(self):
            value = getattr(self, one.name)
            low, high = one.metadata.get("bounds", (None, None))
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if low is not None and not (is_number and low <= value <= high):
                raise ConfigurationError(
                    f"{one.name} must be a number from {low} to {high}."
                )

    @property
    def is_loopback(self) -> bool:
        """Whether requests stay on this machine."""
        return _is_loopback(urlsplit(self.base_url).hostname or "")


def base_url_or_default(base_url: str | None) -> str:
    """Return *base_url*, else the environment's, else the vendor's.

    A blank or line break around the environment's comes from a file or an editor.
    """
    return base_url or os.environ.get(BASE_URL_VARIABLE, "").strip() or DEFAULT_BASE_URL


def checked_base_url(base_url: str) -> str:
    """Check a base URL and drop its trailing slash.

    Plain http is for this machine alone: the key would travel in the open.

    Raises:
        ConfigurationError: It is no URL to send a key to; the text does not repeat
            it, as it may hold a password.
    """
    fault = _base_url_fault(base_url)
    if fault:
        raise ConfigurationError(
            f"The base URL {fault}.",
            hint=f"It should look like {DEFAULT_BASE_URL} (argument base_url, "
            f"cerevox:baseUrl or {BASE_URL_VARIABLE}).",
        )
    return base_url.rstrip("/")


def _base_url_fault(base_url: str) -> str | None:
    try:
        parts = urlsplit(base_url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "can't be parsed"
    host = parts.hostname or ""
    checks = (
        (parts.scheme not in {"http", "https"}, "is neither http nor https"),
        ("@" in parts.netloc, "contains credentials"),
        ("?" in base_url or "#" in base_url, "contains a query or a fragment"),
        (not _HOST.fullmatch(host) or not port_is_fine, "has no usable host"),
        (not _is_plain(base_url, parts), "contains characters it should not"),
        (
            parts.scheme == "http" and not _is_loopback(host),
            "is plain http, which is allowed to this machine only",
        ),
    )
    return next((fault for is_so, fault in checks if is_so), None)


def _is_plain(base_url: str, parts: SplitResult) -> bool:
    """Return whether nothing was dropped or bent by the parser."""
    steps = parts.path.split("/")
    return (
        bool(_PATH.fullmatch(parts.path))
        and ".." not in steps
        and base_url.isascii()
        and base_url.isprintable()
        and " " not in base_url
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address in ipaddress.IPv4Network("127.0.0.0/8")
    return address == ipaddress.IPv6Address("::1")
