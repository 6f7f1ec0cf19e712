"""Read the declared side of an audit from the engine's exports and previews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.engine import (
    GIVEN_ROLE,
    EngineResource,
    IncomparableError,
    ResourceKind,
    ShapeError,
    kind_in,
    mapping_at,
    mappings_at,
    read_resource,
    text_of,
)
from pulumi_cerevox.audit.findings import SourceKind
from pulumi_cerevox.audit.gathering import Gathering
from pulumi_cerevox.audit.model import Declared, LeftOver, Source, SourceError
from pulumi_cerevox.roster import RosterOnDestroy

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
    if not isinstance(features, list):
        raise SourceError(f"{printable(name)}: is no stack export: features is no list")
    unknown = [str(one) for one in features if str(one) not in _FEATURES]
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
    resources = _ours(deployment)
    for resource in resources:
        if resource.leaving:
            continue
        if resource.unfinished:
            gathering.add_gap(
                f"{resource.title}: its last create, update or replacement did not "
                "end; `pulumi up` finishes it"
            )
        gathering.add(resource, resource.account_id)
    for resource in left_over(resources):
        try:
            gathering.add_left_over(resource.account_id, _left_over_person(resource))
        except IncomparableError:
            gathering.add_gap(
                f"{resource.title}: an earlier run left its delete to be done, and the "
                "state does not tell what that does to whom. Run `pulumi up`, or "
                "`pulumi state delete` that copy"
            )


def resources_in_stack(document: Mapping[str, Any], name: str) -> list[EngineResource]:
    """Return our resources of a stack, old copies that are to be deleted among them.

    Args:
        document: What `pulumi stack export` wrote.
        name: The file, as the user named it.

    Raises:
        SourceError: it is no stack export.
    """
    if "deployment" not in document:
        raise SourceError(f"{printable(name)}: is no stack export: no deployment in it")
    try:
        return _ours(mapping_at(document, "deployment"))
    except ShapeError as error:
        raise SourceError(
            f"{printable(name)}: is no stack export: {printable(str(error))}"
        ) from None


def _ours(deployment: Mapping[str, Any]) -> list[EngineResource]:
    found = (read_resource(state) for state in mappings_at(deployment, "resources"))
    return [one for one in found if one is not None and not one.external]


def left_over(resources: Sequence[EngineResource]) -> list[EngineResource]:
    """Return the old copies whose delete an earlier run left to be done.

    The next `pulumi up` carries it out, and no preview shows it. Whom another resource
    declares keeps what that one says, and is left out.

    Args:
        resources: All of the stack's.
    """
    live = [one for one in resources if not one.leaving]
    members = {
        entry.get("userId")
        for one in live
        if one.kind is ResourceKind.ROSTER
        for entry in _known(one)
        if isinstance(entry.get("userId"), str)
    }
    people = members | {one.id for one in live if one.kind is ResourceKind.USER}
    roles = members | {one.id for one in live if one.inputs.get("role") is not None}
    found = []
    for one in resources:
        if not one.leaving or one.retained:
            continue
        if one.kind is ResourceKind.ROLE_ASSIGNMENT:
            stays = one.id in roles
        elif _deletes(one):
            stays = one.id in people
        else:
            stays = one.kind is ResourceKind.ROSTER or one.id in people | roles
        if not stays:
            found.append(one)
    return found


def _known(roster: EngineResource) -> list[Mapping[str, Any]]:
    """Return what a roster knows of those whom it declares."""
    known = roster.outputs.get("__known")
    entries = known.values() if isinstance(known, Mapping) else ()
    return [
        one for one in entries if isinstance(one, Mapping) and not one.get("undeclared")
    ]


def _deletes(resource: EngineResource) -> bool:
    """Return whether the delete of a resource may take people out of the account."""
    on_destroy = resource.outputs.get("onDestroy")
    if resource.kind is ResourceKind.ROSTER:
        return on_destroy == RosterOnDestroy.REMOVE_CREATED
    default = "keep" if resource.outputs.get("adopted") else "delete"
    return resource.kind is ResourceKind.USER and (on_destroy or default) != "keep"


def _left_over_person(resource: EngineResource) -> LeftOver:
    """Return what the delete of an old copy does to its person.

    Raises:
        IncomparableError: the state does not tell it, or the copy is a roster.
    """
    is_roster = resource.kind is ResourceKind.ROSTER
    if is_roster or resource.id is None or resource.account_id is None:
        raise IncomparableError(resource.title)
    outputs = resource.outputs
    keeps_role = (
        resource.kind is ResourceKind.ROLE_ASSIGNMENT
        and text_of(resource, outputs, "onDestroy") == "keep"
    )
    return LeftOver(
        user_id=resource.id,
        resource=f"{resource.kind} {resource.name}",
        deletes=_deletes(resource),
        given_role=text_of(resource, outputs, GIVEN_ROLE),
        prior_role=None if keeps_role else text_of(resource, outputs, "priorRole"),
    )


_MOST_ERRORS = 10
_KEEPING = frozenset({"same", "update"})
_MAKING = frozenset({"create", "import"})
_ENDING = frozenset({"delete", "discard", "remove-pending-replace"})
_REPLACING = frozenset(
    {
        "replace",
        "create-replacement",
        "delete-replaced",
        "discard-replaced",
        "import-replacement",
        "read-replacement",
    }
)
_REFRESH = "refresh"
_LOOKING = frozenset({"read", _REFRESH})
_PROVIDERS = "::pulumi:providers:"
_KNOWN = _KEEPING | _MAKING | _ENDING | _REPLACING | _LOOKING


@dataclass(frozen=True, slots=True)
class Transition:
    """The change of one resource of ours.

    Attributes:
        resource: The resource, for its name: the new one where there is one.
        old: As the state has it, after a refresh where one was previewed; None for one
            that is to be made.
        new: As the program declares it; None for one that goes.
        changed: Whether the engine would do anything about it.
    """

    resource: EngineResource
    old: EngineResource | None
    new: EngineResource | None
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview, as far as it concerns our resources.

    Attributes:
        transitions: Each resource once; in the preview's order.
        faults: Why it says nothing: it failed, or was cut. Escaped.
        shows_all: Whether resources that stay as they are stand in it.
    """

    transitions: tuple[Transition, ...]
    faults: tuple[str, ...]
    shows_all: bool


def read_preview(document: Mapping[str, Any]) -> Preview:
    """Read a preview.

    Raises:
        ShapeError: it is not as the engine writes previews.
    """
    steps: list[Mapping[str, Any]] = [
        {**step, "op": str(step.get("op"))} for step in mappings_at(document, "steps")
    ]
    ours = [step for step in steps if kind_in(str(step.get("urn"))) is not None]
    unknown = sorted({str(one.get("op")) for one in ours} - _KNOWN)
    faults = list(_faults(document))
    if unknown:
        faults.append(
            f"it has steps that this release doesn't know: "
            f"{printable(', '.join(unknown))}; update pulumi-cerevox"
        )
    faults += [
        f"{kind_in(str(one['urn']))} {printable(str(one['urn']).rpartition('::')[2])}: "
        f"its {printable(str(one.get('op')))} says too little to be judged"
        for one in ours
        if _lacks_state(one)
    ]
    return Preview(
        transitions=tuple(_transitions(ours)),
        faults=tuple(faults),
        shows_all=_shows_all(document, steps),
    )


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    errors = [
        str(one.get("message") or "").strip()
        for one in mappings_at(document, "diagnostics")
        if str(one.get("severity")) == "error"
    ]
    for message in errors[:_MOST_ERRORS]:
        told = "\n  ".join(printable(line) for line in message.splitlines())
        yield f"the preview failed: {told}"
    if len(errors) > _MOST_ERRORS:
        yield f"the preview failed for {len(errors) - _MOST_ERRORS} more reasons"
    if document.get("maybeCorrupt"):
        yield "the engine says that the stack's state may be corrupt"
    if not mapping_at(document, "changeSummary"):
        yield "there is no changeSummary in it, so it did not come to its end"
    # The engine counts more changes than there are steps where some were taken out.
    quiet = {"same", *_LOOKING}
    counted = sum(
        number
        for op, number in mapping_at(document, "changeSummary").items()
        if isinstance(number, int) and op not in quiet
    )
    shown = sum(
        str(step.get("op")) not in quiet and _PROVIDERS not in str(step.get("urn"))
        for step in mappings_at(document, "steps")
    )
    if shown < counted:
        yield (
            f"it counts {counted} changes and has {shown} of them: some of its steps "
            "were taken out"
        )


def _lacks_state(step: Mapping[str, Any]) -> bool:
    """Return whether a step does not say what was there, or what is to be there."""
    op = step.get("op")
    ends, makes = op in _ENDING, op in _MAKING
    changes = op in {"update", "replace"}
    no_old = (ends or changes) and _old(step) is None
    return no_old or ((makes or changes) and _new(step) is None)


def _shows_all(document: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> bool:
    """Return whether every resource that the engine counted has a step."""
    counted = sum(
        number
        for number in mapping_at(document, "changeSummary").values()
        if isinstance(number, int)
    )
    # The engine counts no providers, and each URN once.
    urns = {str(step.get("urn")) for step in steps}
    shown = [urn for urn in urns if _PROVIDERS not in urn]
    return 0 < counted <= len(shown)


def _transitions(steps: list[Mapping[str, Any]]) -> Iterator[Transition]:
    """Put the steps of each resource together: a replacement may have three.

    An old copy that an earlier run left is deleted under the same URN, and is told by
    its id.
    """
    groups: defaultdict[tuple[str, object], list[Mapping[str, Any]]]
    groups = defaultdict(list)
    done = set()
    for step in steps:
        urn = str(step.get("urn"))
        groups[urn, str(mapping_at(step, "oldState").get("id"))].append(step)
        if step.get("op") not in _LOOKING:
            done.add(urn)
    for (urn, _), group in groups.items():
        telling = [step for step in group if step.get("op") not in _LOOKING]
        if telling:
            yield from _transition(telling)
        elif urn not in done:
            # It was only read: it is as the program declares it.
            state = _new(group[-1]) or _old(group[-1])
            if state is not None and not state.external:
                yield Transition(state, state, state, changed=False)


def _transition(steps: list[Mapping[str, Any]]) -> Iterator[Transition]:
    ops = {step.get("op") for step in steps}
    old = next((state for state in (_old(step) for step in steps) if state), None)
    news = [state for state in (_new(step) for step in steps) if state]
    new = news[-1] if news and not ops & _ENDING else None
    if ops & _MAKING:
        old = None
    if old is not None and old.external:
        old = None
    if new is not None and new.external:
        new = None
    resource = new or old
    if resource is not None:
        yield Transition(resource, old, new, changed=ops != {"same"})


def _old(step: Mapping[str, Any]) -> EngineResource | None:
    return read_resource(mapping_at(step, "oldState"))


def _new(step: Mapping[str, Any]) -> EngineResource | None:
    return read_resource(mapping_at(step, "newState"))


def declared_in_preview(document: Mapping[str, Any], name: str) -> Declared:
    """Return everybody whom the previewed program declares, account by account.

    Args:
        document: What `pulumi preview --json --show-sames` printed.
        name: The file, as the user named it.

    Raises:
        SourceError: it is no preview.
    """
    gathering = Gathering(Source(SourceKind.PREVIEW, (name,)))
    try:
        preview = read_preview(document)
        for fault in preview.faults:
            gathering.add_gap(fault)
        if not preview.shows_all:
            gathering.add_gap(
                "resources that stay as they are were left out of this preview, so not "
                "everybody is known: pulumi preview --json --show-sames"
            )
        accounts = {
            one.old.provider: one.old.account_id
            for one in preview.transitions
            if one.old is not None
        }
        for one in preview.transitions:
            if one.new is not None:
                known = one.old.account_id if one.old is not None else None
                account_id = known or one.new.account_id
                gathering.add(one.new, account_id or accounts.get(one.new.provider))
    except ShapeError as error:
        raise SourceError(
            f"{printable(name)}: is no preview: {printable(str(error))}"
        ) from None
    return gathering.declared()
