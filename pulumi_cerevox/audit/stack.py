"""The declared side of an audit, from a stack: `pulumi stack export`, read."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.declared import Declared, Source, SourceError, SourceKind
from pulumi_cerevox.audit.engine import (
    EngineResource,
    Gathering,
    ResourceKind,
    ShapeError,
    kind_in,
    mapping_at,
    mappings_at,
    read_resource,
)

_VERSIONS = (3, 4)
_FEATURES = frozenset(
    {
        "refreshBeforeUpdate",
        "views",
        "hooks",
        "taint",
        "replaceWith",
        "snippets-prototype",
        "extensionParameterization",
        "byteString",
    }
)
"""What a state of version 4 may use (the engine's own list, CLI 3.259); none of it
changes what our resources keep."""


def declared_in_stack(document: Mapping[str, Any], name: str) -> Declared:
    """Return everybody whom a stack's resources declare, account by account.

    Args:
        document: The export.
        name: The file or the stack, as the user named it.

    Raises:
        SourceError: this release can't read such an export.
    """
    version = document.get("version")
    if version not in _VERSIONS:
        raise SourceError(
            f"{printable(name)}: is a stack export of version "
            f"{printable(str(version))}; this release reads 3 and 4. Export it with a "
            "Pulumi CLI of today, or update pulumi-cerevox"
        )
    features = document.get("features") or []
    unknown = [str(one) for one in features if one not in _FEATURES]
    if unknown:
        raise SourceError(
            f"{printable(name)}: the state uses {printable(', '.join(unknown))}, which "
            "this release doesn't know; update pulumi-cerevox"
        )
    gathering = Gathering(Source(SourceKind.STACK, (name,)))
    try:
        _gather(mapping_at(document, "deployment"), gathering)
    except ShapeError as error:
        raise SourceError(
            f"{printable(name)}: is no stack export: {printable(str(error))}"
        ) from None
    return gathering.declared()


def _gather(deployment: Mapping[str, Any], gathering: Gathering) -> None:
    if mapping_at(mapping_at(deployment, "metadata"), "integrity_error"):
        gathering.add_gap(
            "the engine says that this state is corrupt; `pulumi state repair`"
        )
    for operation in mappings_at(deployment, "pending_operations"):
        urn = str(mapping_at(operation, "resource").get("urn"))
        kind = kind_in(urn)
        if kind is not None:
            gathering.add_gap(
                f"{kind} {printable(urn.rpartition('::')[2])}: its "
                f"{printable(str(operation.get('type')))} was cut off, so nobody can "
                "say what came of it. `pulumi refresh` settles it"
            )
    for state in mappings_at(deployment, "resources"):
        resource = read_resource(state)
        if resource is None or resource.external:
            continue
        if resource.leaving:
            if resource.kind is ResourceKind.USER and not resource.retained:
                gathering.add_gap(
                    f"{resource.title}: an earlier run left its delete to be done: the "
                    f"next `pulumi up` deletes {_whom(resource)} from the account, or "
                    "lets them go. Run it, or `pulumi state delete` that copy"
                )
            continue
        if resource.unfinished:
            gathering.add_gap(
                f"{resource.title}: its last create, update or replacement did not "
                "end; `pulumi up` finishes it"
            )
        gathering.add(resource, resource.account_id)


def leaving_users(document: Mapping[str, Any], name: str) -> list[EngineResource]:
    """Return the old copies of `User`s whose delete an earlier run left to be done.

    The next `pulumi up` carries it out, and no preview shows it as a step of its own.

    Args:
        document: What `pulumi stack export` wrote.
        name: The file, as the user named it.

    Raises:
        SourceError: it is no stack export.
    """
    try:
        states = mappings_at(mapping_at(document, "deployment"), "resources")
        found = [read_resource(state) for state in states]
    except ShapeError as error:
        raise SourceError(
            f"{printable(name)}: is no stack export: {printable(str(error))}"
        ) from None
    return [
        one
        for one in found
        if one is not None and one.leaving and one.kind is ResourceKind.USER
    ]


def _whom(resource: EngineResource) -> str:
    """Name the person of a resource; by the id where the email is a secret."""
    email = resource.outputs.get("email")
    return printable(email if isinstance(email, str) else f"user {resource.id}")


_MOST_LINES = 20


def export_stack(stack: str, folder: Path | None = None) -> bytes:
    """Return what `pulumi stack export` writes; the stack is only read.

    Args:
        stack: Its name, as `pulumi` takes it.
        folder: The project's folder; None for the current one.

    Raises:
        SourceError: there is no `pulumi`, or it says no; the text has its words.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise SourceError(
            "there is no `pulumi` on PATH, which --stack asks for the state. Export it "
            "where there is one: pulumi stack export > stack.json, then: "
            "pulumi-cerevox audit stack.json"
        )
    # The = keeps a name that begins with a dash from being an option.
    words = [pulumi, "stack", "export", f"--stack={stack}", "--non-interactive"]
    try:
        run = subprocess.run(  # noqa: S603 - no shell, and a path of our own finding
            [*words, "--color=never"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        place = error.filename or pulumi
        raise SourceError(
            f"{printable(str(place))}: {printable(error.strerror or str(error))}"
        ) from None
    if run.returncode:
        raise SourceError(_refusal(stack, run.returncode, run.stderr))
    return run.stdout


def _refusal(stack: str, code: int, stderr: bytes) -> str:
    said = stderr.decode("utf-8", "replace").strip().splitlines()[:_MOST_LINES]
    lines = "\n".join(f"  {printable(line)}" for line in said if line.strip())
    return (
        f"`pulumi stack export --stack {printable(stack)}` ended with {code}:\n"
        f"{lines}\n"
        "`pulumi login` and `pulumi stack ls`, in the project's folder (--cwd), show "
        "what there is"
    )
