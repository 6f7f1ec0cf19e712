"""What a program may import, and what users' state holds: pinned."""

from __future__ import annotations

import base64
import pickle
import subprocess
import sys
from types import ModuleType

import pytest
from pulumi import dynamic
from pulumi.dynamic.dynamic import serialize_provider

import pulumi_cerevox
from pulumi_cerevox import (
    RoleAssignment,
    Roster,
    User,
    account,
    audit,
    consumption,
    roster,
    testing,
)
from pulumi_cerevox.audit import engine, gathering, guard_rosters
from pulumi_cerevox.provider import (
    RoleProvider,
    RosterProvider,
    UserProvider,
    role_assignment,
    roster_state,
    user_state,
)

RESOURCES = (User, RoleAssignment, Roster)
STATES_HOLD: dict[type[dynamic.ResourceProvider], str] = {
    UserProvider: (
        "gASVLwAAAAAAAACMF3B1bHVtaV9jZXJldm94LnByb3ZpZGVylIwMVXNl"
        "clByb3ZpZGVylJOUKYGULg=="
    ),
    RoleProvider: (
        "gASVLwAAAAAAAACMF3B1bHVtaV9jZXJldm94LnByb3ZpZGVylIwMUm9s"
        "ZVByb3ZpZGVylJOUKYGULg=="
    ),
    RosterProvider: (
        "gASVMQAAAAAAAACMF3B1bHVtaV9jZXJldm94LnByb3ZpZGVylIwOUm9zd"
        "GVyUHJvdmlkZXKUk5QpgZQu"
    ),
}


def test_the_public_names_are_sorted_and_all_there() -> None:
    names = dir(pulumi_cerevox)
    assert {"Account", "Provider", "Roster", "User", "get_user", "outputs"} < set(names)
    assert names == sorted(names)
    for name in names:
        assert getattr(pulumi_cerevox, name) is not None
    everything: dict[str, object] = {}
    exec("from pulumi_cerevox import *", everything)  # noqa: S102 - as a program does
    assert set(names) <= set(everything)


@pytest.mark.parametrize("provider", STATES_HOLD)
def test_the_class_path_that_states_hold_never_changes(
    provider: type[dynamic.ResourceProvider],
) -> None:
    kept = STATES_HOLD[provider]
    assert provider.__module__ == "pulumi_cerevox.provider"
    assert isinstance(pickle.loads(base64.b64decode(kept)), provider)  # noqa: S301
    assert serialize_provider(provider()) == kept


@pytest.mark.parametrize(
    ("resource", "token"),
    [
        (User, "pulumi-python:dynamic/cerevox:User"),
        (RoleAssignment, "pulumi-python:dynamic/cerevox:RoleAssignment"),
        (Roster, "pulumi-python:dynamic/cerevox:Roster"),
    ],
)
def test_the_type_token_never_changes(
    resource: type[dynamic.Resource], token: str
) -> None:
    assert f"pulumi-python:{resource._resource_type_name}" == token


def test_audits_know_what_states_hold_without_importing_pulumi() -> None:
    tokens = {f"pulumi-python:{one._resource_type_name}" for one in RESOURCES}
    native = {f"cerevox:index:{one.__name__}" for one in RESOURCES}
    assert set(engine._TYPES) == tokens | native
    assert engine.GIVEN_ROLE == user_state.GIVEN_ROLE
    assert gathering.OVERWRITTEN == user_state.OVERWRITTEN
    assert gathering.EXPIRED == roster_state.EXPIRED
    assert engine.DAYS == roster_state.DAYS
    assert engine.GIVEN_ROLE == role_assignment.GIVEN_ROLE
    assert guard_rosters.KNOWN == roster_state.KNOWN
    assert guard_rosters.SPENT == roster_state.SPENT
    program = (
        "import sys, pulumi_cerevox.audit.guard_preview, "
        "pulumi_cerevox.audit.sources; print('pulumi' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"


def test_calling_the_api_loads_no_pulumi() -> None:
    program = (
        "import sys, pulumi_cerevox; pulumi_cerevox.Account; "
        "print('pulumi' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"


FACES = (account, audit, consumption, roster, testing)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_each_name_of_a_package_is_there(face: ModuleType) -> None:
    assert len(set(face.__all__)) == len(face.__all__)
    for name in face.__all__:
        assert getattr(face, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nobody'"):
        face.nobody  # noqa: B018 - the access is what fails


def test_the_package_of_audits_loads_nothing_before_it_is_used() -> None:
    program = (
        "import sys, pulumi_cerevox.audit; "
        "print([n for n in sys.modules if n.startswith('pulumi_cerevox.')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "['pulumi_cerevox.audit']"
