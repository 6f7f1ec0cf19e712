"""People who move between resources of a program keep their id, access and history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

NewProject = Callable[..., Any]

PEOPLE = """
def people(suffix="", provider=None, **options):
    opts = pulumi.ResourceOptions(provider=provider, **options)
    cerevox.User("ada" + suffix, opts, email="ada@example.com", name="Ada",
                 role="admin")
    cerevox.User("bob" + suffix, opts, email="bob@example.com", role="admin",
                 on_existing={adopt})
    cerevox.User("cy" + suffix, opts, email="cy@example.com")
    cerevox.User("dora" + suffix, opts, email=pulumi.Output.secret("dora@example.com"))
"""
FIRST = PEOPLE.format(adopt='"adopt"')
# Whoever is moved was taken over before: the new resource need not say so again.
LATER = PEOPLE.format(adopt="None")
COMPONENT = """
team = pulumi.ComponentResource("test:index:Team", "team")
people(parent=team)
"""
INSTANCE = 'people(provider=cerevox.Provider("other"))'
SHIFTED = """
emails = {emails}
for number, email in enumerate(emails):
    existing = "adopt" if email.startswith("bob") and number > 0 else None
    role = "admin" if email[0] in "ab" else None
    cerevox.User(f"user-{{number}}", email=email, role=role, on_existing=existing)
"""


def live_a_little(project: Any) -> None:
    """Make the account like a real one: people have logged in, one is banned."""
    for user in project.emulator.users()[1:]:
        if not user["email"].startswith("dora"):
            project.emulator.patch_user(user["email"], lastlogin="2026-11-01T00:00:00Z")
    project.emulator.patch_user("cy@example.com", isbanned=True)


def start(new_project: NewProject, program: str) -> Any:
    """Declare four people, one of them adopted; return the project a while later."""
    project = new_project(program)
    project.emulator.add_user(email="bob@example.com", name="Bob", role="member")
    project.up()
    live_a_little(project)
    return project


def writes(project: Any) -> list[str]:
    """Return what was written to the account since the journal was cleared."""
    return [
        f"{one['method']} {one['path']}"
        for one in project.emulator.journal()
        if one["method"] != "GET" and not one["path"].endswith("/token/login")
    ]


def test_whoever_moves_keeps_id_access_and_history(new_project: NewProject) -> None:
    """To another instance, to other names and the default one, and into a component."""
    project = start(new_project, FIRST + "people()")
    before = project.emulator.users()[1:]
    project.emulator.clear_journal()
    for after, suffix in ((INSTANCE, None), ('people("2")', ""), (COMPONENT, "2")):
        project.write(LATER + after)
        preview, _ = project.preview_and_up()
        # The engine takes another instance for no change of the resource.
        for who in () if suffix is None else ("ada", "bob", "cy"):
            moved = f"{who}@example.com moves from User '{who}{suffix}' to User"
            assert moved in preview
        assert writes(project) == []
        assert project.emulator.users()[1:] == before
        project.pulumi("preview", "--refresh", "--expect-no-changes")
    # The person goes with the resource afterwards, and who was adopted is let go.
    project.write("")
    said = project.up()
    assert "bob@example.com stays in the account" in said
    (bob,) = project.emulator.users()[1:]
    assert (bob["email"], bob["role"]) == ("bob@example.com", "member")


def test_a_forced_replacement_keeps_everybody(new_project: NewProject) -> None:
    """The new resource is made first, then the old one is deleted first."""
    project = start(new_project, FIRST + "people()")
    before = project.emulator.users()[1:]
    project.emulator.clear_journal()
    replaced = [f"--replace={one['urn']}" for one in project.resources()]
    for first in (False, True):
        project.write(f"{LATER}people(delete_before_replace={first})")
        project.up(*replaced)
        assert writes(project) == []
        assert project.emulator.users()[1:] == before
        project.pulumi("preview", "--refresh", "--expect-no-changes")
    project.write("")
    project.up()
    assert [user["email"] for user in project.emulator.users()[1:]] == [
        "bob@example.com"
    ]


def test_the_head_of_a_list_leaves_and_the_others_shift(
    new_project: NewProject,
) -> None:
    emails = [f"{who}@example.com" for who in ("zoe", "ada", "bob", "cy")]
    project = start(new_project, SHIFTED.format(emails=emails))
    before = {user["email"]: user for user in project.emulator.users()[1:]}
    project.write(SHIFTED.format(emails=emails[1:]))
    project.emulator.clear_journal()
    project.up()
    assert [one.partition(" ")[0] for one in writes(project)] == ["DELETE"]
    after = {user["email"]: user for user in project.emulator.users()[1:]}
    assert after == {who: before[who] for who in before if who != "zoe@example.com"}
    project.pulumi("preview", "--refresh", "--expect-no-changes")


def count_exports(project: Any, folder: Path) -> Callable[[], int]:
    """Put a note-taker before the engine; return what counts `stack export`s."""
    real, log = project.workspace.engine / "pulumi", folder / "commands"
    bin_ = folder / "bin"
    bin_.mkdir()
    shim = bin_ / "pulumi"
    shim.write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    project.workspace.engine = bin_

    def count() -> int:
        commands = log.read_text().splitlines() if log.exists() else []
        log.write_text("")
        return sum(one.startswith("stack export") for one in commands)

    return count


def test_the_state_is_read_only_where_somebody_may_have_moved(
    new_project: NewProject, tmp_path: Path
) -> None:
    project = start(new_project, FIRST + "people()")
    exports = count_exports(project, tmp_path)
    project.up()
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    project.write(FIRST + 'people()\ncerevox.User("new", email="new@example.com")')
    project.up()
    project.write(FIRST + "people()")
    project.up()
    assert exports() == 0
    project.write(LATER + 'people("2")')
    project.up()
    assert exports() == 1


def test_two_people_swap_their_resources(new_project: NewProject) -> None:
    both = (
        'cerevox.User("one", email="{}@example.com", role="admin")\n'
        'cerevox.User("two", email="{}@example.com", role="admin")\n'
        'cerevox.User("cy", email="cy@example.com")'
    )
    project = start(new_project, both.format("ada", "eve"))
    before = project.emulator.users()[1:]
    project.write(both.format("eve", "ada"))
    project.emulator.clear_journal()
    project.up()
    assert writes(project) == []
    assert project.emulator.users()[1:] == before
    # The first delete comes before the other resource has said whom it takes over.
    first = "opts=pulumi.ResourceOptions(delete_before_replace=True), email"
    project.write(both.format("ada", "eve").replace("email", first))
    project.up()
    assert writes(project) == []
    assert project.emulator.users()[1:] == before


ALIASED = """
def user(slot, opts, **rest):
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=slot[:-1])])
    cerevox.User(slot, pulumi.ResourceOptions.merge(opts, alias), **rest)
"""
REPLACED = """
def user(slot, opts, **rest):
    cerevox.User(slot, opts, **{**rest, "on_existing": "fail"})
"""


def test_aliases_replacements_on_changes_and_an_old_state_keep_everybody(
    new_project: NewProject, tmp_path: Path
) -> None:
    project = start(new_project, FIRST + "people()")
    before = project.emulator.users()[1:]
    old = tmp_path / "old.json"
    project.pulumi("stack", "export", "--file", str(old))
    project.emulator.clear_journal()
    through_user = LATER.replace("cerevox.User(", "user(")
    project.write(ALIASED + through_user + 'people("2")')
    assert "moves from" not in project.up()
    project.write(REPLACED + through_user + 'people("2", replace_on_changes=["*"])')
    assert "moves from User 'ada2' to User 'ada2'" in project.up()
    # The state of the first day, and a program that calls nobody as it did.
    project.pulumi("stack", "import", "--file", str(old))
    project.write(LATER + 'people("3")')
    assert "moves from User 'ada' to User 'ada3'" in project.up()
    assert writes(project) == []
    assert project.emulator.users()[1:] == before
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    project.write("")
    project.up()
    (bob,) = project.emulator.users()[1:]
    assert (bob["email"], bob["role"]) == ("bob@example.com", "member")


def test_a_move_says_what_it_writes_and_mends_no_drift(
    new_project: NewProject,
) -> None:
    project = start(new_project, FIRST + "people()")
    project.emulator.patch_user("bob@example.com", role="member")
    project.write(LATER.replace('name="Ada"', 'name="Ada L"') + 'people("2")')
    project.emulator.clear_journal()
    said = {
        who: next(
            line
            for line in project.pulumi("preview").splitlines()
            if f"{who}@example.com moves from" in line
        )
        for who in ("ada", "bob")
    }
    assert said["ada"].endswith("the name becomes Ada L")
    assert said["bob"].endswith("nothing is written")
    project.up()
    assert [one.partition(" ")[0] for one in writes(project)] == ["PUT"]
    assert project.emulator.user("bob@example.com")["role"] == "member"


def test_a_role_moves_with_the_one_before(new_project: NewProject) -> None:
    role = 'cerevox.RoleAssignment("{}", email="bob@example.com", role="admin")'
    project = new_project(role.format("b-admin"))
    project.emulator.add_user(email="bob@example.com", name="Bob", role="member")
    project.up()
    project.emulator.patch_user("bob@example.com", lastlogin="2026-11-01T00:00:00Z")
    project.write(role.format("b-admin2"))
    preview, update = project.preview_and_up()
    assert "moves from RoleAssignment 'b-admin' to RoleAssignment 'b-admin2'" in preview
    keeps = "keeps the role admin: another resource of this program assigns it"
    assert keeps in update
    assert project.emulator.user("bob@example.com")["role"] == "admin"
    # A User takes the person over, and the role before all of it moves along.
    project.write(
        'cerevox.User("bob", email="bob@example.com", role="admin",'
        ' on_existing="adopt")'
    )
    project.up()
    assert project.emulator.user("bob@example.com")["role"] == "admin"
    project.write(role.format("again"))
    project.up()
    assert project.emulator.user("bob@example.com")["role"] == "admin"
    project.write("")
    project.up()
    assert project.emulator.user("bob@example.com")["role"] == "member"


def test_somebody_removed_and_invited_again_by_hand_is_named(
    new_project: NewProject,
) -> None:
    ada = 'cerevox.User("ada", email="ada@example.com", name="{}")'
    project = new_project(ada.format("Ada"))
    project.up()
    project.emulator.remove_user("ada@example.com")
    project.emulator.add_user(email="ada@example.com", name="Ada", role="member")
    project.write(ada.format("Ada L"))
    said = project.up(expect=1)
    assert "is in the account under another id" in said
    assert "invited them again" in said


ADA_FIRST = (
    'cerevox.User("ada", email="{}@example.com",'
    " opts=pulumi.ResourceOptions(delete_before_replace=True))"
)
NEW = 'cerevox.User("new", email="{}@example.com")'


def test_a_preview_refuses_what_the_up_would(new_project: NewProject) -> None:
    """A taken email, also where the old person would go first, and no free seat."""
    project = new_project(ADA_FIRST.format("ada"))
    project.up()
    project.emulator.add_user(
        email="eve@example.com", name="Eve", lastlogin="2026-11-01T00:00:00Z"
    )
    project.emulator.patch_account(max_users=3)
    project.emulator.clear_journal()
    taken = "eve@example.com is in account"
    for program, refusal in (
        (f"{ADA_FIRST.format('ada')}\n{NEW.format('eve')}", taken),
        (ADA_FIRST.format("eve"), taken),
        (
            f"{ADA_FIRST.format('ada')}\n{NEW.format('new')}",
            "the account has 0 free seats of 3",
        ),
    ):
        project.write(program)
        assert refusal in project.pulumi("preview", expect=1)
        assert refusal in project.up(expect=1)
        assert writes(project) == []
    # Without a key the preview works, and says that it did not look.
    said = project.pulumi("preview", CEREVOX_API_KEY=None)
    assert "were not compared with the account: no API key is set" in said


def test_somebody_taken_over_without_proof_is_kept_at_destroy(
    new_project: NewProject,
) -> None:
    project = new_project('cerevox.User("bob", email="bob@example.com")')
    # Invited a minute ago by another stack of the company.
    project.emulator.add_user(email="bob@example.com", name="bob", role="member")
    assert "Nothing shows that this stack made them" in project.pulumi("preview")
    project.up()
    said = project.pulumi("destroy", "--yes", "--skip-preview")
    assert "bob@example.com stays in the account" in said
    assert project.emulator.user("bob@example.com")
