"""Results of data sources: attributes, keys, and what is not told."""

from __future__ import annotations

import copy
import json
import pickle

import pulumi
import pytest

from pulumi_cerevox import GetUsageResult, GetUserResult

USAGE = GetUsageResult(total_requests=3, files={"n": 1})


def test_a_field_is_an_attribute_and_a_key() -> None:
    assert USAGE.total_requests == USAGE["total_requests"] == 3
    assert json.loads(json.dumps(USAGE)) == {"total_requests": 3, "files": {"n": 1}}


def test_what_the_api_does_not_tell_is_an_error_and_get_gives_none() -> None:
    with pytest.raises(pulumi.RunError, match="rate_limit: this account's API does"):
        _ = USAGE.rate_limit
    assert USAGE.get("rate_limit") is None


def test_what_may_be_nothing_is_none() -> None:
    assert GetUserResult(email="a@example.com").lastlogin is None


def test_a_field_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no field 'requests'"):
        _ = USAGE.requests
    assert not hasattr(USAGE, "requests")


def test_copies_are_results() -> None:
    for twin in (copy.deepcopy(USAGE), pickle.loads(pickle.dumps(USAGE))):  # noqa: S301
        assert type(twin) is GetUsageResult
        assert twin == USAGE
