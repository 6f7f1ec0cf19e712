"""A `User` on the real engine: made, changed, lost, found, replaced, destroyed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

DRIFT_FOUND = 7

ADA = """
ada = cerevox.User("ada", email="ada@example.com", name="Ada", role="admin")
pulumi.export("id", ada.user_id)
pulumi.export("role", ada.role)
pulumi.export("account", ada.account_id)
pulumi.export("prior", ada.prior_role)
"""
NewProject = Callable[..., Any]


def people(project: Any) -> dict[str, tuple[str, str]]:
    """Return email -> (name, role) for everybody but the owner."""
    return {
        user["email"]: (user["name"], user["role"])
        for user in project.emulator.users()
        if not user["email"].startswith("owner")
    }


def writes(project: Any) -> list[str]:
    """Return the writes that the API saw, in order."""
    return [
        f"{request['method']} {request['route']}"
        for request in project.emulator.journal()
        if request["method"] != "GET" and "/token/" not in request["path"]
    ]


@pytest.mark.both_providers
def test_create_update_destroy(new_project: NewProject) -> None:
    project = new_project(ADA)
    assert "User ada created" in project.up()
    assert people(project) == {"ada@example.com": ("Ada", "admin")}

    project.write(
        ADA.replace('name="Ada", role="admin"', 'name="Ada L", role="member"')
    )
    preview = project.pulumi("preview", "--diff")
    assert '~ name: "Ada" => "Ada L"' in preview
    assert '~ role: "admin" => "member"' in preview
    assert "__provider" not in preview
    assert "User ada updated" in project.up()
    assert people(project) == {"ada@example.com": ("Ada L", "member")}
    project.pulumi("preview", "--refresh", "--expect-no-changes")

    assert "User ada deleted" in project.pulumi("destroy", "--yes")
    assert people(project) == {}


def test_another_email_replaces_and_the_new_one_comes_first(
    new_project: NewProject,
) -> None:
    project = new_project(ADA)
    project.up()
    project.emulator.clear_journal()
    project.write(ADA.replace("ada@example.com", "lovelace@example.com"))
    preview, _ = project.preview_and_up()
    assert "replace" in preview
    assert writes(project) == ["POST /v1/users", "DELETE /v1/users/{user_id}"]
    assert people(project) == {"lovelace@example.com": ("Ada", "admin")}


def test_a_login_or_an_email_that_differs_in_case_is_no_change(
    new_project: NewProject,
) -> None:
    project = new_project(ADA)
    project.up()
    project.emulator.patch_user("ada@example.com", lastlogin="2026-01-02T03:04:05Z")
    project.pulumi("refresh", "--preview-only", "--expect-no-changes")
    project.write(ADA.replace("ada@example.com", "Ada@Example.COM"))
    project.pulumi("preview", "--expect-no-changes")
    project.pulumi("preview", "--refresh", "--expect-no-changes")


def test_drift_shows_for_each_field_and_heals(new_project: NewProject) -> None:
    project = new_project(ADA)
    project.up()
    project.emulator.patch_user("ada@example.com", role="member", name="Changed")
    drift = ("refresh", "--preview-only", "--expect-no-changes", "--diff")
    said = project.pulumi(*drift, expect=DRIFT_FOUND)
    assert '~ role: "admin" => "member"' in said
    assert '~ name: "Ada" => "Changed"' in said
    project.up("--refresh")
    assert people(project) == {"ada@example.com": ("Ada", "admin")}
    project.pulumi("refresh", "--preview-only", "--expect-no-changes")


def test_a_user_deleted_by_hand_comes_back(new_project: NewProject) -> None:
    project = new_project(ADA)
    project.up()
    project.emulator.remove_user("ada@example.com")
    project.pulumi("refresh", "--yes", "--skip-preview")
    assert project.resources() == []
    project.up()
    assert people(project) == {"ada@example.com": ("Ada", "admin")}


def test_updating_somebody_who_is_gone_says_so(new_project: NewProject) -> None:
    project = new_project(ADA)
    project.up()
    project.emulator.remove_user("ada@example.com")
    project.write(ADA.replace('"Ada"', '"Ada L"'))
    said = project.up(expect=1)
    assert "ada@example.com is no longer in the account" in said
    assert "Traceback" not in said
    project.up("--refresh")
    assert people(project) == {"ada@example.com": ("Ada L", "admin")}


def test_what_is_not_set_is_not_managed(new_project: NewProject) -> None:
    project = new_project('cerevox.User("ada", email="ada@example.com")')
    project.up()
    project.emulator.patch_user("ada@example.com", role="admin", name="Other")
    project.pulumi("refresh", "--yes", "--skip-preview")
    project.pulumi("preview", "--expect-no-changes")
    assert people(project) == {"ada@example.com": ("Other", "admin")}


def test_letting_a_role_go_changes_nothing_and_says_so(
    new_project: NewProject,
) -> None:
    project = new_project(ADA)
    project.up()
    project.emulator.clear_journal()
    project.write('cerevox.User("ada", email="ada@example.com", name="Ada")')
    preview, _ = project.preview_and_up()
    assert "ada@example.com: role no longer declared" in preview
    assert writes(project) == []
    project.emulator.patch_user("ada@example.com", role="member")
    project.pulumi("preview", "--refresh", "--expect-no-changes")


ENDINGS = (
    ADA.replace('role="admin"', 'role="admin", on_existing="adopt"')
    + """
cerevox.User("bob", email="bob@example.com", on_existing="adopt", on_destroy="delete")
cerevox.User("cy", email="cy@example.com", on_destroy="keep")
cerevox.User("dora", email="dora@example.com")
"""
)


def test_a_destroy_restores_deletes_or_keeps_whom_it_finds(
    new_project: NewProject,
) -> None:
    """Adopted with a prior role, adopted to be deleted, kept, and gone by hand."""
    project = new_project(ENDINGS)
    project.emulator.add_user(email="ADA@example.com", name="Ada", role="member")
    project.emulator.add_user(email="bob@example.com", name="Bob", role="member")
    project.up()
    assert people(project)["ADA@example.com"] == ("Ada", "admin")
    assert len(people(project)) == 4
    assert project.outputs()["prior"] == "member"
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    project.emulator.remove_user("dora@example.com")
    project.pulumi("destroy", "--yes")
    assert people(project) == {
        "ADA@example.com": ("Ada", "member"),
        "cy@example.com": ("cy", "member"),
    }


def test_get_finds_somebody_without_managing_them(new_project: NewProject) -> None:
    project = new_project()
    user = project.emulator.add_user(email="bob@example.com", name="Bob", role="member")
    project.write(
        f"""
        for by, key in (("id", "{user["user_id"]}"), ("email", "Bob@example.com")):
            bob = cerevox.User.get("bob-" + by, key)
            pulumi.export("id by " + by, bob.user_id)
            pulumi.export("name by " + by, bob.name)
        """
    )
    project.up()
    assert project.outputs() == {
        "id by id": user["user_id"],
        "name by id": "Bob",
        "id by email": user["user_id"],
        "name by email": "Bob",
    }
    project.pulumi("destroy", "--yes")
    assert "bob@example.com" in people(project)


@pytest.mark.parametrize("key", ["no-such-id", "a b", "nobody@example.com"])
def test_get_of_somebody_who_is_not_there_fails(
    new_project: NewProject, key: str
) -> None:
    project = new_project(f'cerevox.User.get("bob", "{key}")')
    said = project.up(expect=1)
    assert f"has no user '{key}'" in said
    assert "Traceback" not in said


@pytest.mark.dynamic_alone("the native provider imports")
def test_import_is_refused_with_the_way_that_works(new_project: NewProject) -> None:
    project = new_project(
        'cerevox.User("ada", email="ada@example.com",'
        ' opts=pulumi.ResourceOptions(import_="u-1"))'
    )
    said = project.pulumi("preview", expect=1)
    assert "import_ does not work" in said
    assert 'on_existing="adopt"' in said
    assert "Traceback" not in said


def test_secrets_stay_secret(new_project: NewProject) -> None:
    project = new_project(
        'cerevox.User("ada", email="ada@example.com",'
        ' name=pulumi.Output.secret("Hidden Name"))'
    )
    project.up()
    assert people(project) == {"ada@example.com": ("Hidden Name", "member")}
    assert "Hidden Name" not in project.pulumi("stack", "export")
    assert "Hidden Name" not in project.pulumi("preview", "--refresh", "--diff")


def test_a_preview_copes_with_what_is_not_known_yet(new_project: NewProject) -> None:
    project = new_project(
        """
        ada = cerevox.User("ada", email="ada@example.com")
        email = ada.user_id.apply(lambda id: f"next-{id}@example.com".lower())
        cerevox.User("next", email=email, role=ada.user_id.apply(lambda _: "admin"))
        """
    )
    preview, _ = project.preview_and_up()
    assert "+ 3 to create" in preview  # two, and the stack
    assert len(people(project)) == 2
    project.pulumi("preview", "--refresh", "--expect-no-changes")
