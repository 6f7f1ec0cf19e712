"""Data sources in real programs: what they read, how often, and what they never do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

NewProject = Callable[..., Any]


def refused(project: Any, *signs: str, **env: str | None) -> None:
    """Preview a program that must end in one message of ours."""
    said = project.pulumi("preview", expect=1, **env)
    for sign in signs:
        assert sign in said
    assert "Traceback" not in said


def test_each_one_reads_and_nothing_writes(new_project: NewProject) -> None:
    project = new_project(
        """
        import json

        async def main():
            info = await cerevox.get_account_info()
            assert type(info) is cerevox.GetAccountInfoResult
            return {"features": info.features, "text": json.dumps(info)}

        pulumi.export("usage", cerevox.get_usage_output())
        pulumi.export("awaited", main())
        account = cerevox.get_account_info()
        pulumi.export("account", [account.account_id, account.features.max_users])
        pulumi.export("plan", cerevox.get_plan())
        usage = cerevox.get_usage("2025-01-01", end_date="2025-01-31")
        pulumi.export("share", usage.total_requests / usage.rate_limit)
        pulumi.export("bill", cerevox.get_billing_info().breakdown.hippo_cost)
        me = cerevox.get_current_user()
        pulumi.export("me", me.email)
        pulumi.export("same", [
            cerevox.get_user(me.email.upper()).user_id == me.user_id,
            cerevox.get_user(user_id=me.user_id).email == me.email,
        ])
        admins = cerevox.get_users(role="admin").users
        pulumi.export("admins", [admin.email for admin in admins])
        pulumi.export("members", cerevox.get_users(cerevox.Role.MEMBER).users)
        hidden = cerevox.get_user_output(email=pulumi.Output.secret(me.email))
        pulumi.export("hidden", hidden.name)
        """,
        seed="team",
    )
    project.up()
    found = project.outputs("--show-secrets")
    users = project.emulator.users()
    assert found["account"][0] == project.emulator.snapshot()["account"]["account_id"]
    assert found["plan"]["plan"] in {"free", "pro", "enterprise"}
    assert found["plan"]["plan"] == json.loads(found["awaited"]["text"])["plan"]
    assert found["awaited"]["features"]["lexa_enabled"] in {True, False}
    assert found["usage"]["rate_limit"] > 0
    assert found["share"] >= 0
    assert found["me"] == users[0]["email"]
    assert found["same"] == [True, True]
    roles = {"admin": "admins", "member": "members"}
    emails = {
        role: [user["email"] for user in users if user["role"] == role]
        for role in roles
    }
    assert found["admins"] == emails["admin"]
    assert [user["email"] for user in found["members"]] == emails["member"]
    journal = project.emulator.journal()
    assert {one["method"] for one in journal if "/token" not in one["path"]} == {"GET"}
    # A secret input gives a secret result.
    assert found["hidden"] == users[0]["name"]
    assert project.pulumi("stack", "output", "hidden").strip() == "[secret]"


def test_all_calls_of_a_program_share_a_login_and_a_list(
    new_project: NewProject,
) -> None:
    project = new_project(
        """
        for user in cerevox.get_users().users:
            cerevox.get_user(user.email)
            cerevox.get_user_output(user_id=user.user_id)
            cerevox.get_usage()
            cerevox.get_usage_output()
        """,
        users=20,
    )
    project.pulumi("preview")
    for method, path in [
        ("POST", "/token/login"),
        ("GET", "/users"),
        ("GET", "/accounts/{account_id}/usage"),
    ]:
        assert project.emulator.count(method, path) == 1, path


def test_a_miss_lists_again_once(new_project: NewProject) -> None:
    project = new_project(
        """
        cerevox.get_users()
        for email in ("a@example.com", "b@example.com"):
            try:
                cerevox.get_user(email)
            except pulumi.RunError as error:
                print(error)
        """
    )
    said = project.pulumi("preview")
    assert "get_user: account acc_empty has no user 'b@example.com'" in said
    assert project.emulator.count("GET", "/users") == 2


def test_outputs_wait_for_what_is_made_first(new_project: NewProject) -> None:
    project = new_project(
        """
        ada = cerevox.User("ada", email="ada@example.com")
        cerevox.get_users()
        pulumi.export("name", cerevox.get_user_output(email=ada.email).user_id)
        everybody = cerevox.get_users_output(
            opts=pulumi.InvokeOutputOptions(depends_on=[ada])
        )
        pulumi.export("count", everybody.apply(lambda found: len(found.users)))
        pulumi.export("by_id", cerevox.get_user_output(user_id=ada.user_id).email)
        """
    )
    preview, _ = project.preview_and_up()
    assert "    name: [unknown]" in preview
    assert "    count: [unknown]" in preview
    assert "    by_id: [unknown]" in preview
    found = project.outputs("--show-secrets")
    assert found["count"] == 2
    assert found["name"] == project.emulator.user("ada@example.com")["user_id"]
    assert found["by_id"] == "ada@example.com"
    project.pulumi("preview", "--expect-no-changes")


def test_an_unknown_input_sends_nothing(new_project: NewProject) -> None:
    project = new_project(
        """
        ada = cerevox.User("ada", email="ada@example.com")
        cerevox.get_user_output(user_id=ada.user_id)
        """
    )
    project.pulumi("preview")
    # The new User is compared with the account; the data source asks nothing.
    asked = [one["path"] for one in project.emulator.journal(method="GET")]
    assert sorted(asked) == ["/v1/accounts/my", "/v1/users", "/v1/users/me"]
    assert project.emulator.count("PUT") == 0


def test_an_instance_is_read_with_its_own_settings(
    new_project: NewProject, start_emulator: Callable[..., Any]
) -> None:
    theirs = start_emulator(seed="empty", account_id="acc_theirs")
    project = new_project(
        f"""
        config = pulumi.Config()
        plain = cerevox.Provider(
            "plain", api_key_env="THEIR_KEY", base_url="{theirs.url}"
        )
        opts = pulumi.InvokeOptions(provider=plain)
        pulumi.export("plain", cerevox.get_account_info(opts).account_id)
        later = cerevox.Provider(
            "later", api_key=config.require_secret("key"), base_url="{theirs.url}"
        )
        opts = pulumi.InvokeOutputOptions(provider=later)
        pulumi.export("later", cerevox.get_account_info_output(opts).account_id)
        pulumi.export("ours", cerevox.get_account_info().account_id)
        try:
            cerevox.get_plan(pulumi.InvokeOptions(provider=later))
        except pulumi.RunError as error:
            print(error)
        """,
        account_id="acc_ours",
    )
    project.pulumi("config", "set", "--secret", "key", theirs.api_key)
    said = project.up(THEIR_KEY=theirs.api_key)
    assert "settings of Provider 'later' are Outputs" in said
    assert "Call get_plan_output" in said
    found = project.outputs("--show-secrets")
    assert [found[name] for name in ("plain", "later", "ours")] == [
        "acc_theirs",
        "acc_theirs",
        "acc_ours",
    ]


TRIED = """
def tried(read):
    try:
        read()
    except pulumi.RunError as error:
        print(error)
    else:
        raise AssertionError

"""


@pytest.mark.parametrize(
    ("program", "signs"),
    [
        pytest.param(
            TRIED
            + """
tried(lambda: cerevox.get_user())
tried(lambda: cerevox.get_user(pulumi.Output.from_input("a@example.com")))
tried(lambda: cerevox.get_users("boss"))
tried(lambda: cerevox.get_usage("2025-02-30"))
cerevox.get_user("nobody@example.com")
""",
            [
                "give an email or a user_id",
                "email can't be an Output",
                "Call get_user_output",
                "role must be",
                "get_usage: ",
                "start_date",
                "get_user: account acc_empty has no user 'nobody@example.com'",
            ],
            id="one after the other",
        ),
        pytest.param(
            'cerevox.get_user_output(email="nobody@example.com")',
            ["get_user: account acc_empty has no user"],
            id="nobody, as an output",
        ),
        pytest.param(
            'bare = pulumi.ProviderResource("pulumi-python", "bare", {})\n'
            "cerevox.get_plan(pulumi.InvokeOptions(provider=bare))",
            ["Provider 'bare' is no cerevox.Provider"],
            id="another provider",
            marks=pytest.mark.dynamic_alone("its own package is another one"),
        ),
    ],
)
def test_what_goes_wrong_is_one_message(
    new_project: NewProject, program: str, signs: list[str]
) -> None:
    refused(new_project(program), *signs)


@pytest.mark.parametrize(
    ("program", "signs"),
    [
        pytest.param(
            TRIED
            + """
tried(lambda: cerevox.get_billing_info())
tried(lambda: cerevox.get_usage("2025-01-01"))
cerevox.get_usage().total_requests
""",
            [
                "has no billing",
                "takes no start_date",
                "GetUsageResult.total_requests: this account's API does not tell it",
            ],
            id="call, range and field",
        ),
        pytest.param(
            'pulumi.export("x", cerevox.get_usage_output().rate_limit)',
            ["GetUsageResult.rate_limit: this account's API does not tell it"],
            id="field of an output",
        ),
    ],
)
def test_what_the_dialect_does_not_have_is_told(
    new_project: NewProject, program: str, signs: list[str]
) -> None:
    refused(new_project(program, dialect="sdk-0.2"), *signs)


def test_the_rest_of_a_dialect_is_there(new_project: NewProject) -> None:
    project = new_project(
        """
        usage = cerevox.get_usage()
        pulumi.export("files", usage.files)
        pulumi.export("whole", usage)
        pulumi.export("missing", usage.get("rate_limit"))
        pulumi.export("login", cerevox.get_current_user().lastlogin)
        """,
        dialect="sdk-0.2",
    )
    project.up()
    assert "rate_limit" not in project.outputs("--show-secrets")["whole"]


def test_settings_are_those_of_the_resources(new_project: NewProject) -> None:
    project = new_project("cerevox.get_plan()")
    refused(project, "CEREVOX_API_KEY", CEREVOX_API_KEY=None)
    refused(project, "environment variable CEREVOX_API_KEY", CEREVOX_API_KEY="cvx_no")
    key = project.emulator.api_key
    project.pulumi("config", "set", "--secret", "cerevox:apiKey", key)
    project.pulumi("preview", CEREVOX_API_KEY=None)
    project.pulumi("config", "set", "cerevox:accountId", "acc_other")
    refused(project, "bound to account acc_other (cerevox:accountId)")


def test_a_name_that_is_an_engine_marker_is_made_harmless(
    new_project: NewProject,
) -> None:
    marker = "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"
    project = new_project('pulumi.export("me", cerevox.get_current_user())')
    owner = project.emulator.users()[0]["email"]
    project.emulator.patch_user(owner, name=marker)
    project.up()
    me = project.outputs("--show-secrets")["me"]
    assert me["name"] == f"(engine marker) {marker}"
    project.pulumi("refresh", "--yes")
