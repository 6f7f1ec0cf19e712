"""What a program may import, and what users' state holds: pinned."""

from __future__ import annotations

import base64
import pickle
import subprocess
import sys

import pulumi_cerevox
from pulumi_cerevox.provider import UserProvider
from pulumi_cerevox.provider.user import User


def test_the_public_names_are_sorted_and_all_there() -> None:
    assert pulumi_cerevox.__all__ == sorted(pulumi_cerevox.__all__)
    for name in pulumi_cerevox.__all__:
        assert getattr(pulumi_cerevox, name) is not None
    assert dir(pulumi_cerevox) == pulumi_cerevox.__all__


def test_the_class_path_that_states_hold_never_changes() -> None:
    assert UserProvider.__module__ == "pulumi_cerevox.provider"
    assert UserProvider.__qualname__ == "UserProvider"
    kept = (
        "gASVLwAAAAAAAACMF3B1bHVtaV9jZXJldm94LnByb3ZpZGVylIwMVXNl"
        "clByb3ZpZGVylJOUKYGULg=="
    )
    assert isinstance(pickle.loads(base64.b64decode(kept)), UserProvider)  # noqa: S301


def test_the_type_token_never_changes() -> None:
    token = f"pulumi-python:{User._resource_type_name}"
    assert token == "pulumi-python:dynamic/cerevox:User"


def test_calling_the_api_loads_no_pulumi() -> None:
    program = (
        "import sys, pulumi_cerevox; pulumi_cerevox.Account; "
        "print('pulumi' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"
