"""Turn the bytes of an answer into data, or into the error that it stands for."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn

from pulumi_cerevox.account.calls import is_id
from pulumi_cerevox.account.errors import (
    NO_EXCHANGE,
    AccountError,
    AccountSuspendedError,
    AuthenticationError,
    ConflictError,
    Exchange,
    ForbiddenError,
    LastAdminError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
    SelfDeleteForbiddenError,
    ServerError,
    UnexpectedAnswerError,
    ValidationError,
)
from pulumi_cerevox.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_cerevox.account.calls import Call


_YEAR = 365 * 24 * 3600.0

MAX_VALUES = 4_000_000
"""Most values in an answer. A user has about 10; memory holds 60 bytes for each."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came over the wire.

    Attributes:
        status: HTTP status.
        headers: Case-insensitive.
        content: The body, complete and unpacked.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)  # a login's has tokens


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer.

    Attributes:
        data: Parsed JSON; None where a write was answered without a body.
        exchange: For errors about the data.
        headers: Case-insensitive.
    """

    data: Any = field(repr=False)
    exchange: Exchange
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _Kind:
    error: type[AccountError]
    opening: str
    hint: str = ""


_KINDS = {
    400: _Kind(ValidationError, "Validation failed"),
    401: _Kind(
        AuthenticationError,
        "Authentication failed",
        "Check the key; its own user may have been removed or banned.",
    ),
    402: _Kind(
        QuotaExceededError,
        "No seat left",
        "Remove a user first, or ask for a larger plan.",
    ),
    403: _Kind(ForbiddenError, "Forbidden", "This takes an admin's key."),
    404: _Kind(NotFoundError, "Not found"),
    409: _Kind(ConflictError, "Conflict"),
    422: _Kind(ValidationError, "Validation failed"),
    429: _Kind(RateLimitedError, "Rate limited"),
}

_TYPED_KINDS = {
    (403, "self_delete_forbidden"): _Kind(
        SelfDeleteForbiddenError,
        "Forbidden",
        "Nobody removes themselves: use another admin's key for this user.",
    ),
    (403, "account_suspended"): _Kind(
        AccountSuspendedError,
        "Forbidden",
        "The account is suspended or cancelled: it can be read, not changed.",
    ),
    (409, "last_admin"): _Kind(
        LastAdminError, "Conflict", "Make somebody else an admin first."
    ),
}


def judge(call: Call, raw: RawAnswer, redact: Callable[[str], str]) -> Answer:
    """Return the data of a good answer.

    Args:
        call: What was asked.
        raw: What came back.
        redact: Takes secrets out of a text.

    Raises:
        AccountError: What the status stands for, or `UnexpectedAnswerError`.
    """
    request_id = _request_id(raw.headers, redact)
    exchange = Exchange(
        call.method, call.path, raw.status, request_id, date=raw.headers.get("Date")
    )
    reads = call.method == "GET"
    if 300 <= raw.status < 400:
        raise _redirected(call, exchange)
    if not 200 <= raw.status < 300:
        raise _refusal(call, raw, redact)
    if reads and raw.status != 200:
        # 206 is a part; 202 and 204 are nothing yet.
        raise UnexpectedAnswerError(
            f"Unexpected status {raw.status}: could not {call.purpose} in full.",
            exchange,
        )
    if not raw.content and not reads:
        return Answer(None, exchange)
    try:
        data = parse_json(raw.content)
    except TooManyValuesError:
        failure = UnexpectedAnswerError(
            f"Could not {call.purpose}: the answer has more than {MAX_VALUES} values.",
            exchange,
        )
    except (ValueError, RecursionError):
        failure = _malformed(call, raw.content, exchange)
    else:
        if not (isinstance(data, dict) and data.get("error")):
            return Answer(data, exchange, raw.headers)
        exchange = _exchange(call, raw, data, redact)
        if not reads:
            return Answer(data, exchange)
        failure = UnexpectedAnswerError(
            f"Could not {call.purpose}: the answer is an error.", exchange
        )
    raise failure


class Effect(StrEnum):
    """What an answer says about the write."""

    DONE = "done"
    NOT_DONE = "not done"
    UNKNOWN = "unknown"


def effect_of(answer: Answer, word: str) -> Effect:
    """Return whether a write was done, as its answer tells; nothing else decides it.

    Done: the answer says so by *word* or by ``"status": "success"`` (SDK 0.2), with
    status 200 or 201. A 204, which the API is not known to send, counts as done
    (assumed: HTTP gives it no other meaning). An answer that contradicts itself, one
    that says nothing, and one that only accepts the request (202) leave it unknown.

    Args:
        answer: A good one, of any shape.
        word: The field that says it: "created", "updated" or "deleted".
    """
    if answer.exchange.status == 204:
        return Effect.DONE
    data = answer.data
    if answer.exchange.status not in {200, 201} or not isinstance(data, dict):
        return Effect.UNKNOWN
    said, status = data.get(word), data.get("status")
    failed = bool(data.get("error") or data.get("error_type"))
    if said is False or (failed and said is None):
        return Effect.NOT_DONE
    is_odd = failed or not (said is None or said is True) or status not in _GOOD
    return Effect.UNKNOWN if is_odd or not (said or status) else Effect.DONE


_GOOD = (None, "success")


class TooManyValuesError(ValueError):
    """JSON would take far more memory than its text."""


def parse_json(content: bytes) -> Any:
    """Parse strict JSON in UTF-8: no NaN, no infinity.

    Raises:
        TooManyValuesError: It has more than `MAX_VALUES`.
        ValueError: It is something else.
        RecursionError: It is nested too deeply.
    """
    # Those in texts count too, which nobody's names have as many of.
    if sum(content.count(sign) for sign in (b",", b"[", b"{")) > MAX_VALUES:
        raise TooManyValuesError
    return json.loads(
        content.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite
    )


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _malformed(call: Call, content: bytes, exchange: Exchange) -> UnexpectedAnswerError:
    looks = "HTML" if content.lstrip()[:1] == b"<" else "no valid JSON"
    error = UnexpectedAnswerError(
        f"Could not {call.purpose}: the answer is {looks if content else 'empty'}.",
        exchange,
        hint="Check the base URL, and any proxy on the way.",
    )
    error.malformed = True
    return error


def _redirected(call: Call, exchange: Exchange) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(
        f"Could not {call.purpose}: the API answered with a redirect, which is never "
        "followed: the key would go along.",
        exchange,
        hint="Check the base URL.",
    )


def _refusal(call: Call, raw: RawAnswer, redact: Callable[[str], str]) -> AccountError:
    """Make the error for an answer that is neither 2xx nor 3xx."""
    body = _error_body(raw.content)
    exchange = _exchange(call, raw, body, redact)
    kind = _kind(raw.status, exchange.error_type)
    if raw.status == 404 and not isinstance(body.get("error"), str):
        # Every error of the API has its words (SDK 0.2): a gateway says nothing of a
        # user.
        return UnexpectedAnswerError(
            f"Could not {call.purpose}: a 404 came back that is not the API's own.",
            exchange,
            hint="Check the base URL, which should end in /v1, and any proxy on the "
            "way.",
        )
    if raw.status == 404 and call.path.startswith("/token/"):
        # Every Account API has a login: this is another address.
        kind = replace(kind, hint="Check the base URL: it should end in /v1.")
    summary = f"{kind.opening}: could not {call.purpose}."
    if issubclass(kind.error, ValidationError):
        faults = _validation_errors(body, redact)
        return kind.error(summary, exchange, hint=kind.hint, validation_errors=faults)
    return kind.error(summary, exchange, hint=kind.hint)


def _kind(status: int, error_type: str | None) -> _Kind:
    typed = _TYPED_KINDS.get((status, error_type or ""))
    if typed or status in _KINDS:
        return typed or _KINDS[status]
    if status >= 500:
        return _Kind(ServerError, "The API failed")
    return _Kind(UnexpectedAnswerError, f"Unexpected status {status}")


def _error_body(content: bytes) -> dict[str, Any]:
    """Read an error body; anything else than an object is as good as none."""
    try:
        body = parse_json(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _exchange(
    call: Call, raw: RawAnswer, body: dict[str, Any], redact: Callable[[str], str]
) -> Exchange:
    words = body.get("error") or body.get("message")
    kind = body.get("error_type")
    return Exchange(
        method=call.method,
        path=call.path,
        status=raw.status,
        request_id=_request_id(raw.headers, redact),
        error_type=printable(redact(kind), 60) if isinstance(kind, str) else None,
        words=printable(redact(words)) if isinstance(words, str) else "",
        retry_after=retry_after(raw.headers, body),
        date=raw.headers.get("Date"),
    )


def _request_id(headers: Mapping[str, str], redact: Callable[[str], str]) -> str | None:
    found = headers.get("x-request-id")
    return printable(redact(found), 80) if found else None


def _validation_errors(
    body: dict[str, Any], redact: Callable[[str], str]
) -> dict[str, str]:
    faults = body.get("validation_errors")
    if not isinstance(faults, dict):
        return {}
    return {
        printable(redact(str(name)), 60): printable(redact(str(fault)))
        for name, fault in list(faults.items())[:20]
    }


def retry_after(headers: Mapping[str, str], body: Mapping[str, Any]) -> float | None:
    """Return the seconds that an answer asks to wait; None when it does not.

    The header comes first (seconds or an HTTP date), then the body's `retry_after`
    (SDK 0.2 reads the body alone; the header is assumed).
    """
    header = headers.get("Retry-After")
    told = _seconds(header) if header else None
    return _seconds(body.get("retry_after")) if told is None else told


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - hardly ever needed

        try:
            moment = parsedate_to_datetime(str(value)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        return max(0.0, moment - time.time())
    return min(max(0.0, seconds), _YEAR) if math.isfinite(seconds) else None


_LARGEST = 10**300  # an int of JSON may be too long for any float


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object of an answer.

    Every method takes a field's name and raises `UnexpectedAnswerError` when it has
    another type, or is missing where it is required. Values are never repeated.

    Attributes:
        data: The object.
        exchange: The call it came from.
        where: Its place in the answer, for example ``users[3]``.
    """

    data: Mapping[str, Any] = field(repr=False)
    exchange: Exchange = NO_EXCHANGE
    where: str = ""

    @classmethod
    def of(cls, data: object, exchange: Exchange, where: str = "") -> Fields:
        """Check that *data* is an object."""
        if not isinstance(data, dict):
            raise wrong_shape(where or "the answer", "an object", data, exchange)
        return cls(data, exchange, where)

    def has(self, *names: str) -> bool:
        """Return whether each of *names* is there and not null."""
        return all(self.data.get(name) is not None for name in names)

    def text(self, name: str) -> str:
        """Return a required string."""
        return str(self._required(name, self.optional_text(name)))

    def identifier(self, name: str) -> str:
        """Return a required id, which may be put into a path."""
        value = self.text(name)
        if not is_id(value):
            raise self._wrong(name, "an id of letters, digits, - and _")
        return value

    def flag(self, name: str) -> bool:
        """Return a required boolean."""
        return bool(self._required(name, self.optional_flag(name)))

    def integer(self, name: str) -> int:
        """Return a required whole number."""
        value: int = self._required(name, self.optional_integer(name))
        return value

    def number(self, name: str) -> float:
        """Return a required finite number."""
        value: float = self._required(name, self.optional_number(name))
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a string or None."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "a string")
        return value

    def optional_flag(self, name: str) -> bool | None:
        """Return a boolean or None."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "a boolean")
        return value

    def optional_number(self, name: str) -> float | None:
        """Return a finite number or None; a whole number stays an `int`."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, "a number")
        if isinstance(value, float) and not math.isfinite(value):
            raise self._wrong(name, "a finite number")
        if abs(value) > _LARGEST:
            raise self._wrong(name, "a smaller number")
        return value

    def optional_integer(self, name: str) -> int | None:
        """Return a whole number or None; 3.0 counts as whole."""
        value = self.optional_number(name)
        if value is None:
            return None
        if value % 1 != 0:
            raise self._wrong(name, "a whole number")
        return int(value)

    def optional_object(self, name: str) -> dict[str, Any] | None:
        """Return an object as a dict, or None."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def part(self, name: str) -> Fields | None:
        """Return an object as `Fields`, or None."""
        value = self.optional_object(name)
        return None if value is None else Fields(value, self.exchange, self._at(name))

    def _required(self, name: str, value: Any) -> Any:
        if value is None:
            raise UnexpectedAnswerError(
                f'The API\'s answer has no field "{self._at(name)}".', self.exchange
            )
        return value

    def _wrong(self, name: str, expected: str) -> UnexpectedAnswerError:
        value = self.data.get(name)
        return wrong_shape(f'"{self._at(name)}"', expected, value, self.exchange)

    def _at(self, name: str) -> str:
        return printable(f"{self.where}.{name}" if self.where else name)


def wrong_shape(
    subject: str, expected: str, value: object, exchange: Exchange
) -> UnexpectedAnswerError:
    """Make the error that says that *subject* is not what was *expected*."""
    kinds = {
        dict: "an object",
        list: "an array",
        str: "another string",
        bool: "a boolean",
        int: "a number",
        float: "another number",
        type(None): "null",
    }
    return UnexpectedAnswerError(
        f"The API's answer is not understood: {subject} should be {expected} "
        f"and is {kinds.get(type(value), 'something else')}.",
        exchange,
    )
