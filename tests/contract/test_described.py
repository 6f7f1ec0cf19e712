"""The emulator against its own OpenAPI description: no crash, nothing undescribed.

Schemathesis makes the requests, good and bad ones, and compares each answer with the
description. `make contract` runs many more of them than `make test`.
"""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import (
    APIOperation,
    AuthContext,
    BaseSchema,
    Case,
    CheckFunction,
    GenerationMode,
)
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pulumi_cerevox.testing import EmulatorProcess

#: How many requests of each kind; without it few, and always the same ones.
WANTED = os.environ.get("CONTRACT_EXAMPLES")
SETTINGS = settings(
    max_examples=int(WANTED or "12"),
    derandomize=WANTED is None,
    stateful_step_count=15,
    deadline=None,
    database=None,
    # A busy machine is slow, and that is no fault of the data.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
#: Of these, a body or query as described can still be refused with 400: the email must
#: be the user's own, and the days must be days and in order.
CHOOSY = {
    ("delete", "/v1/users/{user_id}"),
    ("get", "/v1/accounts/{account_id}/usage"),
}
SEATS = 1_000_000
BASIC_PATHS = {"/v1/token/login", "/v1/token/refresh"}


class OwnersAccess:
    """Authorises as the owner: by the key where the call takes it, else by token."""

    emulator: EmulatorProcess

    def get(self, case: Case[Any], _: AuthContext) -> str:
        basic = "Basic " + base64.b64encode(self.emulator.api_key.encode()).decode()
        if case.operation.path in BASIC_PATHS:
            return basic
        answer = requests.post(
            f"{self.emulator.url}/token/login",
            headers={"Authorization": basic},
            timeout=60,
        )
        return f"Bearer {answer.json()['access_token']}"

    def set(self, case: Case[Any], data: str, _: AuthContext) -> None:
        case.headers["Authorization"] = data


@pytest.fixture
def schema(emulator: EmulatorProcess) -> BaseSchema:
    """Read the description that the running emulator gives of itself."""
    root = emulator.url.removesuffix("/v1")
    found: BaseSchema = schemathesis.openapi.from_url(f"{root}/openapi.json")
    access = type("Access", (OwnersAccess,), {"emulator": emulator})
    found.auth(refresh_interval=None)(access)
    return found.include(path_regex="^/v1/")


def begin(emulator: EmulatorProcess) -> None:
    """Return to the seed, with seats for everybody that is going to be made up."""
    emulator.reset()
    emulator.patch_account(max_users=SEATS)


def check(case: Case[Any], response: Any) -> None:
    """Compare an answer with what the description says of it."""
    is_choosy = (case.method.lower(), case.operation.path) in CHOOSY
    excluded: list[CheckFunction] = [positive_data_acceptance] if is_choosy else []
    case.validate_response(response, excluded_checks=excluded)


def try_out(operation: APIOperation[Any, Any, Any, Any]) -> None:
    """Call one operation with data as described, and with data that is not."""

    @given(
        case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    @SETTINGS
    def one(case: Case[Any]) -> None:
        check(case, case.call())

    one()


def test_every_answer_is_described(
    emulator: EmulatorProcess, schema: BaseSchema, subtests: pytest.Subtests
) -> None:
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        begin(emulator)
        with subtests.test(operation.label):
            try_out(operation)
            assert emulator.count() >= SETTINGS.max_examples


def test_every_answer_on_the_way_is_described(
    emulator: EmulatorProcess, schema: BaseSchema
) -> None:
    """Ids that one call gives away are what the next ones are about."""
    from_answers: type[Any] = schema.exclude(
        path_regex="^/v1/token/"
    ).as_state_machine()

    class Machine(from_answers):  # type: ignore[misc]
        def setup(self) -> None:
            begin(emulator)

        def validate_response(
            self, response: Any, case: Case[Any], *_: Any, **__: Any
        ) -> None:
            check(case, response)
            reached.add((case.method, case.operation.path, response.status_code))

    reached: set[tuple[str, str, int]] = set()
    Machine.run(settings=SETTINGS)
    paths = {path for _, path, status in reached if status == 200}
    assert {"/v1/users/{user_id}", "/v1/accounts/{account_id}/plan"} <= paths
