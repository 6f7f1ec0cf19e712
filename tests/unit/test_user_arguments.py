"""The ways in which a `User` takes its arguments, as in every Pulumi SDK."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from pulumi_cerevox import UserArgs
from pulumi_cerevox.resources.base import sort_out

OPTS = pulumi.ResourceOptions(protect=True)
ADA = UserArgs(email="ada@example.com", role="admin")


@pytest.mark.parametrize(
    ("positional", "keywords"),
    [
        pytest.param((ADA, OPTS), {}, id="UserArgs"),
        pytest.param(
            ({"email": "ada@example.com", "role": "admin"}, OPTS), {}, id="dictionary"
        ),
        pytest.param(
            (OPTS,), {"email": "ada@example.com", "role": "admin"}, id="options first"
        ),
        pytest.param(
            (),
            {"email": "ada@example.com", "role": "admin", "opts": OPTS},
            id="keywords",
        ),
    ],
)
def test_each_way_says_the_same(
    positional: tuple[Any, ...], keywords: dict[str, Any]
) -> None:
    assert sort_out(UserArgs, *positional, **keywords) == (ADA, OPTS)


@pytest.mark.parametrize(
    ("positional", "keywords", "sign"),
    [
        pytest.param((), {}, "email", id="no email"),
        pytest.param((), {"email": "a@b.c", "rol": "admin"}, "rol", id="unknown"),
        pytest.param((ADA,), {"role": "member"}, "not both", id="both"),
        pytest.param(("ada@example.com",), {}, "not str", id="a bare email"),
    ],
)
def test_what_is_wrong_is_named(
    positional: tuple[Any, ...], keywords: dict[str, Any], sign: str
) -> None:
    with pytest.raises(TypeError, match=sign) as caught:
        sort_out(UserArgs, *positional, **keywords)
    assert "__init__" not in str(caught.value)
