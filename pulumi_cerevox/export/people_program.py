"""A Pulumi program that declares everybody in an account as a `User` of their own."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.account.identity import name_fault
from pulumi_cerevox.export.resource_names import resource_name
from pulumi_cerevox.provider.escaping import engine_safe

_HEAD = '''"""Everybody in Cerevox account {account}, as exported."""

import pulumi_cerevox as cerevox

'''


def people_program(users: Iterable[AccountUser], account_id: str) -> str:
    """Write the program.

    Everybody is adopted: the first `up` writes nothing where nothing differs, and
    destroying one of them keeps the person.
    """
    people = "".join(_declaration(user) for user in users)
    return _HEAD.format(account=ascii(account_id).strip("'")) + people


def manageable_name(user: AccountUser) -> str | None:
    """Give the name to declare; None for one that can't be written down.

    A lone surrogate is no text that a file could hold, and a name that equals one of
    the engine's own markers would break the stack. One that is empty or too long is
    refused where it is declared.
    """
    is_manageable = engine_safe(user.name) == user.name and not name_fault(user.name)
    return user.name if is_manageable else None


def _declaration(user: AccountUser) -> str:
    arguments = [f"    {_quoted(resource_name(user.email))},"]
    arguments.append(f"    email={_quoted(user.email)},")
    name = manageable_name(user)
    if name is not None:
        arguments.append(f"    name={_quoted(name)},")
    arguments.append(f"    role={_quoted(user.role)},")
    arguments.append('    on_existing="adopt",')
    return "cerevox.User(\n" + "\n".join(arguments) + "\n)\n"


def _quoted(text: str) -> str:
    """Write a Python string in double quotes.

    Everything that does not print as itself is escaped: no name can end the string,
    begin a new line, or turn the reading direction of the code.
    """
    return '"' + "".join(_escaped(character) for character in str(text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
