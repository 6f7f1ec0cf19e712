"""Reading typed fields out of an answer, with errors that name field and call."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_cerevox.account.calls import is_id
from pulumi_cerevox.account.errors import NO_EXCHANGE, Exchange, UnexpectedAnswerError
from pulumi_cerevox.account.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        """Tell whether each of *names* is there and not null."""
        return all(self.data.get(name) is not None for name in names)

    def text(self, name: str) -> str:
        """Give a required string."""
        return str(self._required(name, self.optional_text(name)))

    def identifier(self, name: str) -> str:
        """Give a required id, which may be put into a path."""
        value = self.text(name)
        if not is_id(value):
            raise self._wrong(name, "an id of letters, digits, - and _")
        return value

    def flag(self, name: str) -> bool:
        """Give a required boolean."""
        return bool(self._required(name, self.optional_flag(name)))

    def integer(self, name: str) -> int:
        """Give a required whole number."""
        value: int = self._required(name, self.optional_integer(name))
        return value

    def number(self, name: str) -> float:
        """Give a required finite number."""
        value: float = self._required(name, self.optional_number(name))
        return value

    def optional_text(self, name: str) -> str | None:
        """Give a string or None."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "a string")
        return value

    def optional_flag(self, name: str) -> bool | None:
        """Give a boolean or None."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "a boolean")
        return value

    def optional_number(self, name: str) -> float | None:
        """Give a finite number or None; a whole number stays an `int`."""
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
        """Give a whole number or None; 3.0 counts as whole."""
        value = self.optional_number(name)
        if value is None:
            return None
        if value % 1 != 0:
            raise self._wrong(name, "a whole number")
        return int(value)

    def optional_object(self, name: str) -> dict[str, Any] | None:
        """Give an object as a dict, or None."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def part(self, name: str) -> Fields | None:
        """Give an object as `Fields`, or None."""
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
    return UnexpectedAnswerError(
        f"The API's answer is not understood: {subject} should be {expected} "
        f"and is {_kind(value)}.",
        exchange,
    )


def _kind(value: object) -> str:
    kinds = {
        dict: "an object",
        list: "an array",
        str: "another string",
        bool: "a boolean",
        int: "a number",
        float: "another number",
        type(None): "null",
    }
    return kinds.get(type(value), "something else")
