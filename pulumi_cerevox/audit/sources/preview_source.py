"""Declared people out of a preview: what the program would make of the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.declared import Declared, Source, SourceKind
from pulumi_cerevox.audit.engine.preview import Transition, read_preview
from pulumi_cerevox.audit.engine.resources import ShapeError
from pulumi_cerevox.audit.sources.gathering import Gathering
from pulumi_cerevox.audit.sources.source_error import SourceError


def declared_in_preview(document: Mapping[str, Any], name: str) -> Declared:
    """Give everybody whom the previewed program declares, account by account.

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
        _gather(preview.transitions, gathering)
    except ShapeError as error:
        raise SourceError(
            f"{printable(name)}: is no preview: {printable(str(error))}"
        ) from None
    return gathering.declared()


def _gather(transitions: tuple[Transition, ...], gathering: Gathering) -> None:
    accounts = {
        one.old.provider: one.old.account_id
        for one in transitions
        if one.old is not None
    }
    for one in transitions:
        if one.new is not None:
            known = one.old.account_id if one.old is not None else None
            account_id = known or one.new.account_id
            gathering.add(one.new, account_id or accounts.get(one.new.provider))
