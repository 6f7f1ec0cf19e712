"""Several accounts in one program, each behind an explicit instance."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

NewProject = Callable[..., Any]

TWO = """
import os
ours = cerevox.Provider(
    "ours", api_key_env="OUR_KEY", base_url=os.environ["OUR_URL"],
)
theirs = cerevox.Provider(
    "theirs", api_key_env="THEIR_KEY", base_url=os.environ["THEIR_URL"],
)
for name, provider in {"ours": ours, "theirs": theirs}.items():
    cerevox.User(
        f"ada-{name}", email="ada@example.com", role="member",
        opts=pulumi.ResourceOptions(provider=provider),
    )
"""
ONE = """
prod = cerevox.Provider("prod", {settings})
cerevox.User(
    "ada", email="ada@example.com", role="{role}",
    opts=pulumi.ResourceOptions(provider=prod),
)
"""


def emails(emulator: Any) -> list[str]:
    """Return the emails of everybody but the owner."""
    return [one["email"] for one in emulator.users()[1:]]


def one(settings: str, role: str = "member") -> str:
    """Return a program with one instance and one user."""
    return ONE.format(settings=settings, role=role)


def kept(project: Any) -> list[Any]:
    """Return the state of our resources and of their instances, without the times."""
    resources = project.workspace.export()["deployment"]["resources"]
    return sorted(
        (
            (r["urn"], r["id"], r["inputs"], r["outputs"], r.get("provider"))
            for r in resources
            if r["type"] != "pulumi:pulumi:Stack"
        ),
        key=lambda one: str(one[0]),
    )


def swap_keys(two: Any, theirs: Any) -> dict[str, str]:
    """Let each address serve the other account, and give the environment for that.

    Real accounts stand behind one address; the emulator has one account for each, so
    what stands behind the addresses is swapped along with the keys.
    """
    one, other = two.emulator.snapshot(), theirs.snapshot()
    two.emulator.restore(other)
    theirs.restore(one)
    return {"OUR_KEY": theirs.api_key, "THEIR_KEY": two.emulator.api_key}


@pytest.fixture
def theirs(start_emulator: Callable[..., Any]) -> Any:
    return start_emulator(seed="empty", account_id="acc_theirs")


@pytest.fixture
def two(new_project: NewProject, theirs: Any) -> Any:
    """Make a stack with a user in each of two accounts."""
    project = new_project(TWO, account_id="acc_ours")
    project.workspace.extra |= {
        "OUR_KEY": project.emulator.api_key,
        "OUR_URL": project.emulator.url,
        "THEIR_KEY": theirs.api_key,
        "THEIR_URL": theirs.url,
    }
    del project.workspace.extra["CEREVOX_API_KEY"]
    project.up()
    return project


def test_each_account_gets_its_own_by_a_key_that_the_state_only_names(
    two: Any, theirs: Any
) -> None:
    assert emails(two.emulator) == emails(theirs) == ["ada@example.com"]
    # An API that is away refuses no preview.
    away = {"OUR_URL": "http://127.0.0.1:9/v1", "THEIR_URL": "http://127.0.0.1:9/v1"}
    assert "2 unchanged" in two.pulumi("preview", **away).replace("3 unch", "2 unch")
    resources = two.workspace.export()["deployment"]["resources"]
    instances = [r for r in resources if r["type"].startswith("pulumi:providers:")]
    assert {r["inputs"].get("apiKeyEnv") for r in instances} == {"OUR_KEY", "THEIR_KEY"}
    assert all("apiKey" not in r["inputs"] for r in instances)
    two.emulator.revoke_keys(api_key=two.emulator.api_key)
    key = two.emulator.key_for(two.emulator.users()[0]["email"])
    two.pulumi("preview", "--refresh", "--expect-no-changes", OUR_KEY=key)
    two.pulumi("destroy", "--yes", OUR_KEY=key)
    assert emails(two.emulator) == emails(theirs) == []


def test_keys_that_are_swapped_in_the_environment_touch_nothing(
    two: Any, theirs: Any
) -> None:
    before = kept(two)
    swapped = swap_keys(two, theirs)
    # Which of the two is refused first, and alone, is the engine's choice.
    named = ["(api_key_env of Provider 'ours')", "(api_key_env of Provider 'theirs')"]
    for command in (
        ["up", "--yes"],
        ["up", "--yes", "--skip-preview"],
        ["preview"],
        ["refresh", "--yes"],
        ["destroy", "--yes"],
    ):
        said = two.pulumi(*command, expect=None, **swapped)
        assert "belongs to account acc_ours" in said, command
        assert "belongs to account acc_theirs" in said, command
        assert any(name in said for name in named), command
        assert "Traceback" not in said
        assert emails(two.emulator) == emails(theirs) == ["ada@example.com"], command
    assert kept(two) == before


def test_keys_that_are_swapped_in_the_program_stop_the_preview(
    new_project: NewProject, theirs: Any
) -> None:
    project = new_project(account_id="acc_ours")
    project.write(one(f'api_key="{project.emulator.api_key}"'))
    project.up()
    before = kept(project)
    settings = f'api_key="{theirs.api_key}", base_url="{theirs.url}"'
    project.write(one(settings))
    said = project.pulumi("up", "--yes", expect=1)
    assert "ada@example.com belongs to account acc_ours" in said
    assert "Traceback" not in said
    assert kept(project) == before
    assert emails(theirs) == []


def test_keys_that_are_swapped_in_the_program_are_put_right_by_another_up(
    new_project: NewProject, theirs: Any
) -> None:
    project = new_project(account_id="acc_ours")
    right = one(f'api_key="{project.emulator.api_key}"')
    project.write(right)
    project.up()
    wrong = one(f'api_key="{theirs.api_key}", base_url="{theirs.url}"')
    project.write(wrong)
    said = project.up(expect=1)
    assert "ada@example.com belongs to account acc_ours" in said
    # The engine stores the instance's inputs before we are asked about the user.
    (instance,) = (one for one in kept(project) if one[0].endswith("::prod"))
    assert theirs.url in str(instance)
    project.write(right)
    project.up()
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    assert emails(project.emulator) == ["ada@example.com"]
    assert emails(theirs) == []


def test_a_key_is_a_secret_and_refresh_and_destroy_use_the_stored_one(
    new_project: NewProject,
) -> None:
    project = new_project()
    key = project.emulator.api_key
    project.write(one(f'api_key="{key}", base_url="{project.emulator.url}"'))
    said = project.up(CEREVOX_API_KEY=None, CEREVOX_BASE_URL=None)
    said += project.pulumi("preview", "--diff", CEREVOX_API_KEY="cvx_other")
    assert key not in said + project.pulumi("stack", "export")
    project.pulumi("refresh", "--yes", CEREVOX_API_KEY=None, CEREVOX_BASE_URL=None)
    project.pulumi("destroy", "--yes", CEREVOX_API_KEY=None, CEREVOX_BASE_URL=None)
    assert emails(project.emulator) == []


def test_a_rotated_key_is_an_update_of_the_instance_alone(
    new_project: NewProject,
) -> None:
    project = new_project()
    project.write(one(f'api_key="{project.emulator.api_key}"'))
    project.up()
    key = project.emulator.key_for(project.emulator.users()[0]["email"])
    project.write(one(f'api_key="{key}"'))
    said = project.pulumi("preview", "--diff")
    assert re.search(r"pulumi:providers:[a-z-]+: \(update\)", said)
    assert "cerevox:User" not in said.replace(":index", "")
    assert key not in said
    project.up()
    project.emulator.revoke_keys(api_key=project.emulator.api_key)
    project.pulumi("refresh", "--yes")


def test_a_named_variable_that_is_not_set_is_told_and_nothing_stands_in(
    new_project: NewProject,
) -> None:
    project = new_project(one('api_key_env="NOT_THERE"'))
    project.pulumi("preview")
    said = project.up(expect=1)
    assert "environment variable NOT_THERE is not set" in said
    assert "Provider 'prod'" in said
    assert "Traceback" not in said
    assert project.emulator.journal() == []


def test_two_keys_for_one_instance_are_refused(new_project: NewProject) -> None:
    project = new_project(one('api_key="cvx_a", api_key_env="B"'))
    said = project.pulumi("preview", expect=1)
    assert "Provider 'prod' has both api_key and api_key_env" in said
    assert "Traceback" not in said


def test_an_instance_may_be_bound_to_an_account(new_project: NewProject) -> None:
    project = new_project(account_id="acc_ours")
    project.pulumi("config", "set", "cerevox:accountId", "acc_of_the_stack")
    key = f'api_key="{project.emulator.api_key}"'
    project.write(one(f'{key}, account_id="acc_other"'))
    said = project.up(expect=1)
    assert "bound to account acc_other (account_id of Provider 'prod')" in said
    project.write(one(f'{key}, account_id="acc_ours"'))
    project.up()
    project.write(one(key, role="admin"))
    project.up()  # the stack's own accountId says nothing about another key


def test_an_instance_without_settings_takes_the_stacks(
    new_project: NewProject,
) -> None:
    project = new_project(one(""))
    config = [
        ("apiKey", project.emulator.api_key, "--secret"),
        ("baseUrl", project.emulator.url, "--plaintext"),
    ]
    for name, value, kind in config:
        project.pulumi("config", "set", kind, f"cerevox:{name}", value)
    nothing = {"CEREVOX_API_KEY": None, "CEREVOX_BASE_URL": None}
    project.up(**nothing)
    assert project.emulator.api_key not in project.pulumi("stack", "export")
    project.pulumi("refresh", "--yes", **nothing)
    project.pulumi("destroy", "--yes", **nothing)


def test_a_component_hands_its_instance_down(
    new_project: NewProject, theirs: Any
) -> None:
    project = new_project(
        f"""
        class Team(pulumi.ComponentResource):
            def __init__(self, name, opts):
                super().__init__("test:index:Team", name, None, opts)
                cerevox.User(
                    "ada", email="ada@example.com",
                    opts=pulumi.ResourceOptions(parent=self),
                )
                found = cerevox.get_users(opts=pulumi.InvokeOptions(parent=self))
                pulumi.export("account", found.users[0].account_id)

        theirs = cerevox.Provider(
            "theirs", api_key="{theirs.api_key}", base_url="{theirs.url}"
        )
        Team("team", pulumi.ResourceOptions(providers=[theirs]))
        """
    )
    project.up()
    assert emails(theirs) == ["ada@example.com"]
    assert emails(project.emulator) == []
    assert project.pulumi("stack", "output", "account").strip() == "acc_theirs"


def test_what_is_not_known_yet_waits(new_project: NewProject) -> None:
    project = new_project()
    project.write(
        f"""
        url = cerevox.User("first", email="first@example.com").user_id.apply(
            lambda _: "{project.emulator.url}"
        )
        prod = cerevox.Provider("prod", base_url=url, parallelism=2)
        opts = pulumi.ResourceOptions(provider=prod)
        cerevox.User("ada", email="ada@example.com", opts=opts)
        """
    )
    project.pulumi("preview")
    project.up()
    assert emails(project.emulator) == ["first@example.com", "ada@example.com"]
    project.pulumi("preview", "--expect-no-changes")


def test_a_bad_number_is_named(new_project: NewProject) -> None:
    project = new_project(one("parallelism=0"))
    said = project.pulumi("preview", expect=1)
    assert "parallelism of Provider 'prod' must be between 1 and 64" in said
    assert "Traceback" not in said


INSTANCES = """
one = pulumi.ResourceOptions(provider=cerevox.Provider("one"))
two = pulumi.ResourceOptions(provider=cerevox.Provider("two"))
"""
BEFORE = """
cerevox.User("ada", email="ada@example.com", name="Ada", role="member", opts=one)
cerevox.User("bob", email="bob@example.com", name="Bob", role="member")
cerevox.User("cy", email="cy@example.com", name="Cy", role="member", opts=one)
cerevox.Roster("team", on_destroy="remove_created", members=[
    {"email": "owner@example.com", "role": "admin"}, {"email": "dora@example.com"},
])
cerevox.RoleAssignment("r", email="eve@example.com", role="admin", opts=one)
"""
# To another instance, from the default provider, to it, and from a roster that goes.
AFTER = """
cerevox.User("ada-2", email="ada@example.com", name="Ada", role="member", opts=two)
cerevox.User("bob-1", email="bob@example.com", name="Bob", role="member", opts=one)
cerevox.User("cy-0", email="cy@example.com", name="Cy", role="member")
cerevox.User("dora", email="dora@example.com", role="member", on_existing="adopt",
             opts=one)
cerevox.RoleAssignment("r-2", email="eve@example.com", role="admin", opts=two)
"""


@pytest.mark.both_providers
def test_people_and_roles_may_move_between_instances_of_one_account(
    new_project: NewProject,
) -> None:
    project = new_project(INSTANCES + BEFORE)
    project.emulator.add_user(email="eve@example.com", name="Eve", role="member")
    project.up()
    before = sorted(emails(project.emulator))
    assert before == [
        f"{who}@example.com" for who in ("ada", "bob", "cy", "dora", "eve")
    ]
    project.emulator.clear_journal()
    project.write(INSTANCES + AFTER)
    said = project.up()
    assert project.emulator.count("DELETE") == 0
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    assert sorted(emails(project.emulator)) == before
    assert "another resource of this program assigns it" in said
    assert project.emulator.user("eve@example.com")["role"] == "admin"


def test_a_person_may_leave_for_an_instance_whose_old_one_goes_as_well(
    new_project: NewProject,
) -> None:
    project = new_project(one("parallelism=2"))
    project.up()
    project.write('cerevox.User("ada-0", email="ada@example.com", role="member")')
    said = project.up()
    assert "ada@example.com stays in the account" in said
    assert emails(project.emulator) == ["ada@example.com"]
    resources = project.workspace.export()["deployment"]["resources"]
    assert "prod" not in {r["urn"].split("::")[-1] for r in resources}


def test_an_instance_that_deletes_somebody_deletes_them_beside_others(
    new_project: NewProject, theirs: Any
) -> None:
    """Ada stays in one account, and goes from the other."""
    program = f"""
away = pulumi.ResourceOptions(provider=cerevox.Provider(
    "away", api_key="{theirs.api_key}", base_url="{theirs.url}"))
cerevox.User("ours", email="ada@example.com")
"""
    there = 'cerevox.User("theirs", email="ada@example.com", opts=away)'
    project = new_project(program + there)
    project.up()
    project.write(program)
    project.up()
    assert emails(project.emulator) == ["ada@example.com"]
    assert emails(theirs) == []
