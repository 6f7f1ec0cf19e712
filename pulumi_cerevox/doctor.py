"""Check one by one what may stand between this machine and the account."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from importlib import metadata

from pulumi_cerevox.account import (
    Account,
    AccountError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
    ForbiddenError,
    ServerError,
    TimedOutError,
    printable,
)
from pulumi_cerevox.account.auth import KEY_VARIABLE
from pulumi_cerevox.account.settings import base_url_or_default, checked_base_url
from pulumi_cerevox.account.transport import probe


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    NOTE = "note"  # not judged, and why
    WARNING = "warning"
    FAIL = "fail"


class Fault(StrEnum):
    """The cause of a failure. It decides the command's exit code."""

    NONE = ""
    KEY = "key"  # no key, a wrong one, or one that may do too little
    API = "api"  # not reachable, or it fails
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a report.

    Attributes:
        name: What was looked at.
        state: How it came out.
        found: What is so, in a sentence; escaped, without secrets.
        mend: What to do about it, in a sentence; empty where nothing is to be done.
        fault: Of a failure.
    """

    name: str
    state: State
    found: str
    mend: str = ""
    fault: Fault = Fault.NONE


def ok(name: str, found: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, State.OK, found)


def note(name: str, found: str) -> Check:
    """Return a check that could not be made, and why."""
    return Check(name, State.NOTE, found)


def warning(name: str, found: str, mend: str) -> Check:
    """Return a check that found something which does not stop anybody."""
    return Check(name, State.WARNING, found, mend)


def fail(name: str, found: str, mend: str, fault: Fault) -> Check:
    """Return a check that found something which must be mended."""
    return Check(name, State.FAIL, found, mend, fault)


Version = tuple[int, int, int]

OLDEST_SDK: Version = (3, 235, 0)
"""As in pyproject.toml; a test compares them.

Earlier ones hide from a provider what it keeps under names with two underscores, so
that a refresh would forget what a program manages (found by `make versions`).
"""

NEXT_SDK: Version = (4, 0, 0)

OLDEST_PYTHON: Version = (3, 11, 0)

SINCE: dict[Version, str] = {
    (3, 227, 0): "exit code 7 for drift",
    (3, 254, 0): "`pulumi import --file`",
}
"""Features of the engine, by the version that brought them."""

_SECONDS = 30


def check_engine() -> Check:
    """Find `pulumi` on PATH, and ask for its version."""
    program = shutil.which("pulumi")
    if program is None:
        return fail(
            "engine",
            "there is no `pulumi` on PATH.",
            "Install it (https://www.pulumi.com/docs/install/), or add its folder "
            "to PATH.",
            Fault.OTHER,
        )
    version = _parsed(_ask_version(program))
    if version is None:
        return fail(
            "engine",
            f"{printable(program)} does not say its version.",
            "Run `pulumi version` to see why; install it again if need be.",
            Fault.OTHER,
        )
    return judge_engine(version)


def judge_engine(version: Version) -> Check:
    """Say what an engine of this version can't do yet."""
    lacks = [
        f"{what} (since {_dotted(since)})"
        for since, what in SINCE.items()
        if version < since
    ]
    if not lacks:
        return ok("engine", f"pulumi {_dotted(version)}")
    return warning(
        "engine",
        f"pulumi {_dotted(version)} is too old for {' and '.join(lacks)}.",
        "Install a newer one: https://www.pulumi.com/docs/install/",
    )


def check_sdk() -> Check:
    """Judge the version of Pulumi's Python SDK."""
    try:
        return judge_sdk(metadata.version("pulumi"))
    except metadata.PackageNotFoundError:
        return judge_sdk("")


def judge_sdk(installed: str) -> Check:
    """Compare a version of the SDK with what this package is made for."""
    version = _parsed(installed)
    if version is not None and OLDEST_SDK <= version < NEXT_SDK:
        return ok("SDK", f"pulumi {installed}")
    found = f"pulumi {printable(installed)} is" if installed else "pulumi is not"
    return fail(
        "SDK",
        f"Python package {found} installed.",
        f"Run `pip install 'pulumi>={_dotted(OLDEST_SDK)},<{NEXT_SDK[0]}'`.",
        Fault.OTHER,
    )


def check_python() -> Check:
    """Judge the Python that runs this."""
    return judge_python(sys.version_info[:3])


def judge_python(version: Version) -> Check:
    """Compare a version of Python with what this package needs."""
    if version >= OLDEST_PYTHON:
        return ok("Python", _dotted(version))
    return fail(
        "Python",
        f"{_dotted(version)} is too old.",
        f"Make the virtual environment anew with {_dotted(OLDEST_PYTHON)} or later.",
        Fault.OTHER,
    )


def _ask_version(program: str) -> str:
    """Run `pulumi version`; empty where it does not answer."""
    try:
        run = subprocess.run(  # noqa: S603 - the user's own engine
            [program, "version"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
            env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return run.stdout


def _parsed(text: str) -> Version | None:
    found = re.match(r"\s*v?(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


REQUEST_SECONDS = 10.0
"""How long the one request may wait for a connection, and for each next byte."""

LARGEST_SKEW = 60
"""Seconds that two clocks may differ without a word."""


def check_base_url(base_url: str | None) -> tuple[Check, str | None]:
    """Judge the base URL that counts, and return it if it is usable."""
    try:
        url = checked_base_url(base_url_or_default(base_url))
    except ConfigurationError as error:
        return fail("base URL", error.summary, error.hint, Fault.OTHER), None
    return ok("base URL", url), url


def check_way(url: str) -> list[Check]:
    """Send one request without credentials, and judge what became of it."""
    try:
        date = probe(url, REQUEST_SECONDS).date
    except AccountError as error:
        told = f"{error.summary} {error.exchange}".strip()
        if isinstance(error, ConnectionFailedError) and error.tls:
            mend = error.hint or "Check that the base URL's port speaks TLS."
            return [
                ok("connection", "the server answers"),
                fail("TLS", error.summary, mend, Fault.API),
            ]
        if isinstance(error, ConnectionFailedError | TimedOutError):
            mend = error.hint or "Check the network; try again in a while."
            return [fail("connection", error.summary, mend, Fault.API)]
        if isinstance(error, ServerError):
            mend = "Try again in a while; if it stays so, ask the vendor."
            found = fail("API", told, mend, Fault.API)
        else:
            mend = f"{error.hint} The base URL should end in /v1.".strip()
            found = fail("API", told, mend, Fault.API)
        clock = check_clock(error.exchange.date, time.time())
        return [ok("connection", "the server answers"), _tls(url), found, clock]
    return [
        ok("connection", "the server answers"),
        _tls(url),
        ok("API", "it is an Account API: it asks for credentials"),
        check_clock(date, time.time()),
    ]


def check_clock(date: str | None, now: float) -> Check:
    """Compare this machine's clock with the one that set a `Date` header.

    Args:
        date: As sent; None where the answer had none.
        now: This machine's time, in Unix seconds.
    """
    try:
        theirs = parsedate_to_datetime(date or "").timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return note("clock", "not compared: the API's answer has no usable Date.")
    seconds = round(now - theirs)
    if abs(seconds) <= LARGEST_SKEW:
        return ok("clock", f"within {LARGEST_SKEW} s of the API's")
    side = "ahead of" if seconds > 0 else "behind"
    return warning(
        "clock",
        f"this machine's is {abs(seconds)} s {side} the API's.",
        "Set it by the network (timedatectl set-ntp true, or the system's settings).",
    )


def _tls(url: str) -> Check:
    if url.startswith("http:"):
        return note("TLS", "not used: plain http, which stays on this machine.")
    return ok("TLS", "the server's certificate verifies")


ACCOUNT_VARIABLE = "CEREVOX_ACCOUNT_ID"


def check_account(open_account: Callable[[], Account]) -> Iterator[Check]:
    """Log in and look around; ends after the first thing that can't be read."""
    name = "login"
    try:
        with open_account() as account:
            account.get_tokens()
            yield ok(name, f"the API takes {account.source}")
            name = "account"
            yield _account(account)
            name = "rights"
            yield from _user(account)
    except AccountError as error:
        told = f"{error.summary} {error.exchange}".strip()
        ours = AuthenticationError | ConfigurationError | ForbiddenError
        if isinstance(error, ours):
            yield fail(name, told, error.hint, Fault.KEY)
        else:
            mend = error.hint or "Try again in a while; if it stays so, ask the vendor."
            yield fail(name, told, mend, Fault.API)


def _account(account: Account) -> Check:
    info = account.get_account_info()
    called = f" ({printable(info.account_name)})" if info.account_name else ""
    shown = f"{info.account_id}{called}"
    bound = os.environ.get(ACCOUNT_VARIABLE, "").strip()
    if bound and bound != info.account_id:
        return fail(
            "account",
            f"{ACCOUNT_VARIABLE} binds to account {printable(bound)}, and this is "
            f"account {shown}.",
            f"Use a key of account {printable(bound)}, or correct {ACCOUNT_VARIABLE}.",
            Fault.KEY,
        )
    if info.status not in {None, "active"}:
        return fail(
            "account",
            f"{shown} is {printable(str(info.status))}: it can be read, not changed.",
            "Settle it with the vendor.",
            Fault.OTHER,
        )
    return ok("account", shown)


def _user(account: Account) -> Iterator[Check]:
    user = account.get_current_user()
    who = printable(user.email)
    if user.role == "admin":
        yield ok("rights", f"{who} is an admin")
    else:
        yield fail(
            "rights",
            f"{who} is a {user.role}: only an admin may change users, or list them.",
            "Use an admin's key, or have an admin make this user one.",
            Fault.KEY,
        )
    if account.states_roles:
        yield ok("dialect", "documented")
    else:
        yield warning(
            "dialect",
            "sdk-0.2: this API states no roles, and has no call that sets one.",
            "Set roles on the vendor's site, and declare only those that are there.",
        )


ACCOUNT_CHECKS = ("login", "account", "rights", "dialect")


def examine(
    base_url: str | None, open_account: Callable[[], Account]
) -> Iterator[Check]:
    """Make every check, each when its turn comes.

    Args:
        base_url: Without it the environment's, then the vendor's.
        open_account: Returns the client that the other commands work with.

    Yields:
        Checks, in the order in which they are to be mended.
    """
    about_url, url = check_base_url(base_url)
    about_key = _check_key(open_account, has_url=url is not None)
    way = check_way(url) if url else []
    yield from (about_key, about_url, *way)
    before = [one for one in (about_key, about_url, *way) if one.state is State.FAIL]
    if before:
        yield from (
            note(name, f"not tried: mend {before[0].name} first.")
            for name in ACCOUNT_CHECKS
        )
    else:
        yield from check_account(open_account)
    yield check_engine()
    yield check_sdk()
    yield check_python()


def _check_key(open_account: Callable[[], Account], *, has_url: bool) -> Check:
    value = os.environ.get(KEY_VARIABLE, "")
    if value.strip():
        return _judge_form(value)
    if not has_url:
        return note("key", "not looked for: mend base URL first.")
    try:
        open_account().close()
    except ConfigurationError as error:
        mend = (
            f"{error.hint} A key in stack config (cerevox:apiKey) serves Pulumi alone "
            "and is not looked at here."
        )
        return fail("key", error.summary, mend, Fault.KEY)
    return warning(
        "key",
        "the stored login, which serves this command alone.",
        "For Pulumi, set CEREVOX_API_KEY or `pulumi config set cerevox:apiKey "
        "--secret`.",
    )


def _judge_form(value: str) -> Check:
    """Judge the form of the environment's key.

    The real keys' form is not documented, so this refuses only what no header or no
    sane key can hold.
    """
    key = value.strip()
    faults = (
        (any(char.isspace() for char in key), "has white space or a line break in it"),
        (key[:1] in "\"'" and key[-1:] in "\"'", "is in quotes"),
        (key.startswith(f"{KEY_VARIABLE}="), "holds its own name and a = too"),
        (
            not (key.isascii() and key.isprintable()),
            "holds characters that no key has, such as a word processor's dash",
        ),
    )
    again = f"Copy the key again and set {KEY_VARIABLE} to it alone, on one line."
    fault = next((fault for is_so, fault in faults if is_so), "")
    if fault:
        return fail("key", f"{KEY_VARIABLE} {fault}.", again, Fault.KEY)
    if value != key:
        return warning(
            "key",
            f"{KEY_VARIABLE} begins or ends with white space or a line break, which "
            "is left out here and which other programs send along.",
            again,
        )
    return ok("key", f"environment variable {KEY_VARIABLE}")
