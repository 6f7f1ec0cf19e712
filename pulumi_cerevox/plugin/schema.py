"""Make the schema by which Pulumi's languages know this provider.

It comes from the classes of the Python package: arguments, results, enums and their
docstrings. `python -m pulumi_cerevox.plugin.schema` writes it into `schema.json`, which
the plugin returns to the engine. A test compares the two.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from importlib import metadata
from itertools import pairwise
from typing import Any, Union, get_args, get_origin, get_type_hints

import pulumi

from pulumi_cerevox.account import Role
from pulumi_cerevox.plugin.functions import READ_ROSTER, SOURCES
from pulumi_cerevox.plugin.server import SCHEMA
from pulumi_cerevox.resources import data_sources, outputs
from pulumi_cerevox.resources.provider import ProviderArgs
from pulumi_cerevox.resources.role_assignment import (
    RoleAssignment,
    RoleAssignmentArgs,
    RoleOnDestroy,
)
from pulumi_cerevox.resources.roster import (
    Roster,
    RosterArgs,
    RosterMemberArgs,
)
from pulumi_cerevox.resources.user import OnDestroy, OnExisting, User, UserArgs
from pulumi_cerevox.roster import (
    Expired,
    RosterGuardsArgs,
    RosterLimitArgs,
    RosterOnDestroy,
    Undeclared,
)
from pulumi_cerevox.text import camel, snake

Json = dict[str, Any]

_ENUMS: dict[type[StrEnum], str] = {
    Role: "Role",
    OnExisting: "OnExisting",
    OnDestroy: "OnDestroy",
    RoleOnDestroy: "RoleOnDestroy",
    RosterOnDestroy: "RosterOnDestroy",
    Expired: "Expired",
    Undeclared: "Undeclared",
}
_OBJECTS: dict[type, str] = {
    RosterGuardsArgs: "RosterGuards",
    RosterLimitArgs: "RosterLimit",
    outputs.GetAccountInfoFeaturesResult: "AccountFeatures",
    outputs.GetBillingInfoBreakdownResult: "BillingBreakdown",
    outputs.GetUsersUserResult: "AccountUser",
}
_MEMBER, _LISTED = "RosterMember", "RosterListedMember"
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
_RESOURCES: tuple[tuple[type, type], ...] = (
    (User, UserArgs),
    (RoleAssignment, RoleAssignmentArgs),
    (Roster, RosterArgs),
)


def hints_of(thing: Any) -> dict[str, Any]:
    """Return annotations; `pulumi.Input` names the SDK's own types as text."""
    return get_type_hints(
        thing, localns={"Output": pulumi.Output, "T": pulumi.output.T}
    )


def ref(name: str) -> Json:
    """Return a reference to a type of ours."""
    return {"$ref": f"#/types/cerevox:index:{name}"}


def _members() -> Json:
    """Return the type of a roster's members as a program writes them."""
    by_email = {"type": "object", "additionalProperties": ref(_MEMBER)}
    return {"oneOf": [by_email, {"type": "array", "items": ref(_LISTED)}]}


def type_of(hint: Any) -> Json:
    """Return a Python annotation as a schema's type.

    Raises:
        TypeError: There is no such type in a schema.
    """
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if hint in _ENUMS or hint in _OBJECTS:
        return ref(_ENUMS.get(hint) or _OBJECTS[hint])
    if hint is Any:
        return {"$ref": "pulumi.json#/Any"}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType, pulumi.Output}:
        # What stands in a program beside the type itself: an Output of it, a promise
        # of it, a dictionary in its place, the text of an enum, nothing at all.
        found = [type_of(one) for one in arguments if _counts(one)]
        return next((one for one in found if "$ref" in one), found[0])
    if not isinstance(origin, type):
        raise TypeError(f"the schema knows no type for {hint!r}")
    item = type_of(arguments[-1])
    if issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": item}
    return {"type": "array", "items": item}


def _counts(hint: Any) -> bool:
    bare = get_origin(hint) or hint
    if bare is type(None) or bare is pulumi.Output:
        return False
    name = getattr(bare, "__name__", "")
    return name != "Awaitable" and not name.endswith("ArgsDict")


def is_optional(hint: Any) -> bool:
    """Return whether an annotation allows None."""
    if get_origin(hint) is pulumi.Output:
        return is_optional(get_args(hint)[0])
    return type(None) in get_args(hint)


def summary(text: str | None) -> str:
    """Return a docstring's prose: what stands before its sections."""
    body = inspect.cleandoc(text or "")
    return re.split(r"\n\n?(?:Attributes|Args|Raises|Returns):", body)[0].strip()


def attributes(kind: type) -> dict[str, str]:
    """Return what the section `Attributes` of a class says of each."""
    _, _, section = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        begun = re.match(r"    (\w+): (.*)", line)
        if begun:
            name = begun.group(1)
            found[name] = begun.group(2)
        elif name and line.startswith("        "):
            found[name] += " " + line.strip()
    return found


def _sentence(text: str) -> str:
    """Write the names of other properties as the schema has them."""
    return re.sub(r"`([a-z]+(?:_[a-z]+)+)`", lambda m: f"`{camel(m[1])}`", text)


def documented(kind: type) -> dict[str, str]:
    """Return the string below each annotated name of a class, or of its bases."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if not one.__module__.startswith("pulumi_cerevox"):
            continue
        tree = ast.parse(inspect.getsource(one))
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        for before, after in pairwise(body):
            if (
                isinstance(before, ast.AnnAssign)
                and isinstance(before.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
            ):
                found[before.target.id] = str(after.value.value)
    return found


def as_text(value: Json) -> Json:
    """Return a type with plain text in the place of an enum.

    Pulumi's YAML can't give an enum on to an input of the same enum (run, 1.25.0). So
    what a program may read is text, and so is what a roster's member has of it.
    """
    if value.get("$ref") in {ref(name)["$ref"] for name in _ENUMS.values()}:
        return {"type": "string"} | {k: v for k, v in value.items() if k != "$ref"}
    return value


def or_text(value: Json) -> Json:
    """Return a type that takes text beside an enum: `readRoster` returns text."""
    if as_text(value) is value:
        return value
    return {
        "oneOf": [{"type": "string"}, {"$ref": value["$ref"]}],
        **{key: one for key, one in value.items() if key != "$ref"},
    }


def _described(kind: Json, text: str | None) -> Json:
    return kind | ({"description": _sentence(text)} if text else {})


def arguments_of(kind: type) -> tuple[dict[str, Json], list[str]]:
    """Return the properties of a class of arguments, and which of them are required."""
    hints, texts = hints_of(kind), attributes(kind)
    properties = {}
    for one in fields(kind):
        hint = hints[one.name]
        if kind is RosterArgs and one.name == "members":
            value = _members()
        else:
            value = type_of(hint)
        properties[camel(one.name)] = _described(value, texts.get(one.name))
    required = [
        camel(one.name)
        for one in fields(kind)
        if one.default is MISSING and one.default_factory is MISSING
    ]
    return properties, required


def outputs_of(resource: type) -> dict[str, tuple[Any, str]]:
    """Return annotation and description of each output of a resource's class."""
    # The SDK's base classes have annotations that can't be evaluated.
    wanted = {"__annotations__", "__module__"}
    own = {key: value for key, value in vars(resource).items() if key in wanted}
    texts = documented(resource)
    found = {
        camel(name): (hint, texts.get(name, ""))
        for name, hint in hints_of(type(resource.__name__, (), own)).items()
        if get_origin(hint) is pulumi.Output
    }
    for name, value in vars(resource).items():
        if isinstance(value, property) and value.fget is not None:
            hint = hints_of(value.fget)["return"]
            found[camel(name)] = (hint, summary(value.__doc__))
    return found


def resource_of(resource: type, args: type) -> Json:
    """Return a resource; its alias is the type of the Python dynamic provider."""
    inputs, required = arguments_of(args)
    outs = outputs_of(resource)
    properties = {
        name: _described(type_of(hint), text) for name, (hint, text) in outs.items()
    }
    for name, value in inputs.items():
        text = outs.get(name, (None, ""))[1] or value.get("description")
        properties[name] = _described(as_text(value), text)
    if resource is Roster:
        by_email = {"type": "object", "additionalProperties": ref(_MEMBER)}
        properties["members"] |= by_email
        del properties["members"]["oneOf"]
        inputs = {name: or_text(value) for name, value in inputs.items()}
    always = {name for name, (hint, _) in outs.items() if not is_optional(hint)}
    return {
        "description": _sentence(summary(resource.__doc__)),
        "properties": properties,
        "required": sorted(always),
        "inputProperties": inputs,
        "requiredInputs": required,
        "aliases": [{"type": f"pulumi-python:dynamic/cerevox:{resource.__name__}"}],
    }


def object_of(kind: type) -> Json:
    """Return an object type: arguments within arguments, or a result."""
    if issubclass(kind, dict):
        return _result(kind)
    properties, required = arguments_of(kind)
    return {
        "type": "object",
        "description": _sentence(summary(kind.__doc__)),
        "properties": properties,
        "required": required,
    }


def _result(kind: type) -> Json:
    hints, texts = hints_of(kind), documented(kind)
    return {
        "type": "object",
        "description": summary(kind.__doc__),
        "properties": {
            camel(name): _described(type_of(hint), texts.get(name))
            for name, hint in hints.items()
        },
        # What the account's API does not tell is not there.
        "required": [],
    }


def enum_of(kind: type[StrEnum]) -> Json:
    """Return an enum, with the string below each of its values."""
    tree = ast.parse(inspect.getsource(kind))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    texts = {
        before.targets[0].id: str(after.value.value)
        for before, after in pairwise(body)
        if isinstance(before, ast.Assign)
        and isinstance(before.targets[0], ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }
    return {
        "type": "string",
        "description": summary(kind.__doc__),
        "enum": [
            _described(
                {"name": name.title().replace("_", ""), "value": str(one)},
                texts.get(name),
            )
            for name, one in kind.__members__.items()
        ],
    }


def function_of(name: str) -> Json:
    """Return one of the data sources."""
    function: Callable[..., Any] = getattr(data_sources, snake(name))
    result = getattr(outputs, f"{name[0].upper()}{name[1:]}Result")
    hints = hints_of(function)
    section = inspect.cleandoc(function.__doc__ or "").partition("Args:\n")[2]
    texts = dict(re.findall(r"^ +(\w+): (.+)$", section, re.MULTILINE))
    inputs = {
        key: _described(type_of(hints[snake(key)]), texts.get(snake(key)))
        for key in SOURCES[name][1]
    }
    return {
        "description": summary(function.__doc__),
        **({"inputs": {"type": "object", "properties": inputs}} if inputs else {}),
        "outputs": _result(result),
    }


def _read_roster() -> Json:
    inputs, _ = arguments_of(RosterArgs)
    inputs["members"] = {"type": "object", "additionalProperties": ref(_MEMBER)}
    answer = {name: as_text(value) for name, value in inputs.items()}
    paths = {
        "type": "array",
        "items": {"type": "string"},
        "description": "The files, seen from the project's folder.",
    }
    return {
        "description": (
            "Read a roster from one or several YAML files, as the properties of a "
            "Roster. Every fault is named with its line and column."
        ),
        "inputs": {
            "type": "object",
            "properties": {"paths": paths},
            "required": ["paths"],
        },
        # A file that leaves one out has its default; the account may be any.
        "outputs": {
            "type": "object",
            "properties": answer,
            "required": [name for name in answer if name != "accountId"],
        },
    }


def _settings() -> dict[str, Json]:
    settings, _ = arguments_of(ProviderArgs)
    # Only a Python program has both providers to choose from.
    del settings["native"]
    settings["apiKey"]["secret"] = True
    return settings


def schema() -> Json:
    """Return the whole schema."""
    settings = _settings()
    listed = object_of(RosterMemberArgs)
    listed["properties"]["role"] = as_text(listed["properties"]["role"])
    by_email = {
        **listed,
        "description": "One declared person of a roster, under their email.",
        "properties": {k: v for k, v in listed["properties"].items() if k != "email"},
        "required": [],
    }
    kinds = {
        **{name: enum_of(kind) for kind, name in _ENUMS.items()},
        **{name: object_of(kind) for kind, name in _OBJECTS.items()},
        _MEMBER: by_email,
        _LISTED: listed,
    }
    functions = {name: function_of(name) for name in SOURCES}
    functions[READ_ROSTER] = _read_roster()
    return {
        "name": "cerevox",
        "displayName": "Cerevox",
        "version": metadata.version("pulumi-cerevox"),
        "description": metadata.metadata("pulumi-cerevox")["Summary"],
        "keywords": ["pulumi", "cerevox", "category/utility", "kind/native"],
        "license": "Apache-2.0",
        "config": {
            "variables": {k: v for k, v in settings.items() if k != "apiKeyEnv"}
        },
        "provider": {
            "description": summary(ProviderArgs.__doc__),
            "inputProperties": settings,
        },
        "types": {f"cerevox:index:{key}": kinds[key] for key in sorted(kinds)},
        "resources": {
            f"cerevox:index:{resource.__name__}": resource_of(resource, args)
            for resource, args in _RESOURCES
        },
        "functions": {
            f"cerevox:index:{key}": functions[key] for key in sorted(functions)
        },
        # A converted program asks PyPI for this name, so it is one that is ours.
        "language": {"python": {"packageName": "pulumi_cerevox"}},
    }


def text() -> str:
    """Return the schema as the file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(), "utf-8")
