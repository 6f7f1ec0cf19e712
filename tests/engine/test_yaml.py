"""Projects in YAML, without any Python: the plugin on the real engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.dynamic_alone("each test says itself which provider")
ROOT = Path(__file__).parents[2]
HEAD = f"""
name: people
runtime: yaml
plugins:
  providers:
    - name: cerevox
      path: {sys.prefix}/bin
"""
PYTHON = f"""
name: people
runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}
"""
PEOPLE = """
resources:
  ada:
    type: cerevox:User
    properties: {email: ada@example.com, name: Ada, role: admin}
  bob:
    type: cerevox:User
    properties: {email: bob@example.com}
  bob-admin:
    type: cerevox:RoleAssignment
    properties: {email: "${bob.email}", role: admin}
variables:
  me: {fn::invoke: {function: cerevox:getCurrentUser, arguments: {}}}
outputs: {id: "${ada.userId}", me: "${me.email}"}
"""
ROSTER = """
resources:
  team:
    type: cerevox:Roster
    properties:
      members:
        owner@example.com: {role: admin}
        bob@example.com: {name: Bob}
      guards: {allowedDomains: [example.com]}
"""
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


class YamlProject:
    """A project whose program is written in YAML."""

    def __init__(self, project: Any) -> None:
        self.project = project
        self.emulator = project.emulator
        self.pulumi = project.pulumi

    def write(self, program: str) -> None:
        """Replace the program."""
        file = self.project.workspace.project / "Pulumi.yaml"
        file.write_text(HEAD + dedent(program))

    def writes(self) -> list[str]:
        """Return the requests that changed the account."""
        return [
            f"{one['method']} {one['path']}"
            for one in self.emulator.journal()
            if one["method"] in WRITES and "/token" not in one["path"]
        ]


@pytest.fixture
def new_yaml(
    new_project: Callable[..., Any], yaml_host_folder: Path
) -> Callable[..., YamlProject]:
    """Make a project in YAML with an initialised stack and an account."""

    def make(program: str = "", **options: Any) -> YamlProject:
        made = YamlProject(new_project(**options))
        path = made.project.workspace.environment()["PATH"]
        made.project.workspace.extra["PATH"] = f"{path}:{yaml_host_folder}"
        made.write(program)
        return made

    return make


def test_a_stack_in_yaml_from_its_first_preview_to_its_end(
    new_yaml: Callable[..., YamlProject],
) -> None:
    project = new_yaml(PEOPLE)
    preview = project.pulumi("preview", "--diff")
    assert "+ cerevox:index:User: (create)" in preview
    assert "id: [unknown]" in preview
    assert 'me: "owner@example.com"' in preview
    assert project.writes() == []
    project.pulumi("up", "--yes", "--skip-preview")
    assert len(project.writes()) == 3
    project.pulumi("preview", "--expect-no-changes")
    project.emulator.patch_user("ada@example.com", role="member")
    drift = ("preview", "--refresh", "--diff", "--expect-no-changes")
    assert '~ role: "member" => "admin"' in project.pulumi(*drift, expect=7)
    project.pulumi("up", "--yes", "--refresh", "--skip-preview")
    assert project.emulator.user("ada@example.com")["role"] == "admin"
    # Another email is another person: the new one is made before the old one goes.
    project.write(PEOPLE.replace("ada@", "eve@"))
    project.pulumi("up", "--yes", "--skip-preview")
    people = {one["email"] for one in project.emulator.users()}
    assert people == {"bob@example.com", "eve@example.com", "owner@example.com"}
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert [one["email"] for one in project.emulator.users()] == ["owner@example.com"]


# What is written instead of what, and how that is refused. Then how the names that are
# valid there begin, and how many there are.
NO_ROLLE = "Property rolle does not exist on 'cerevox:index:User'"
NO_ROLE = "role: Missing required property 'role'"
NO_MEMBERS = "members: Missing required property 'members'"
NO_MEMBER = "Cannot assign '{rolle: string}' to 'cerevox:index:RosterMember'"
NO_GUARD = "Property allowedDomain does not exist on 'cerevox:index:RosterGuards'"
SLIPS = [
    (PEOPLE, "role: admin}", "rolle: admin}", NO_ROLLE, "role", 5),
    (PEOPLE, '.email}", role:', '.email}", rolle:', NO_ROLE, "role", 4),
    (ROSTER, "members:", "member:", NO_MEMBERS, "members", 6),
    (ROSTER, "{role:", "{rolle:", NO_MEMBER, "role", 5),
    (ROSTER, "allowedDomains", "allowedDomain", NO_GUARD, "allowedDomains", 8),
]


def test_a_misspelt_property_is_refused_with_the_valid_ones(
    new_yaml: Callable[..., YamlProject],
) -> None:
    project = new_yaml()
    for program, right, wrong, refusal, nearest, names in SLIPS:
        project.write(program.replace(right, wrong, 1))
        said = project.pulumi("preview", expect=1)
        found = re.search(
            r"Existing properties are: (.+?)(?: and (\d) others?)?$", said, re.MULTILINE
        )
        assert found, said
        assert refusal in said
        named = found[1].split(", ")
        assert named[0] == nearest
        assert len(named) + int(found[2] or 0) == names
    assert project.writes() == []


def test_what_is_wrong_in_yaml_is_refused_in_the_preview(
    new_yaml: Callable[..., YamlProject],
) -> None:
    project = new_yaml()
    again = (
        "\n  robert:\n    type: cerevox:User\n    properties: {email: BOB@example.com}"
    )
    project.write(PEOPLE.replace("\nvariables:", f"{again}\nvariables:"))
    said = project.pulumi("preview", expect=1)
    assert "the same person is declared twice in this program: by User " in said
    assert "Traceback" not in said
    project.write(PEOPLE)
    project.pulumi("config", "set", "cerevox:maxRemoval", "3")
    said = project.pulumi("preview", expect=1)
    assert "cerevox:maxRemoval is no setting of this provider" in said
    assert project.writes() == []


def test_what_is_imported_and_pasted_shows_no_changes(
    new_yaml: Callable[..., YamlProject],
) -> None:
    project = new_yaml()
    dora = project.emulator.add_user("dora@example.com", name="Dora", role="member")
    said = project.pulumi(
        "import", "cerevox:index:User", "dora", dora["user_id"], "--yes"
    )
    project.write(pasted(said))
    unchanged = ("preview", "--refresh", "--expect-no-changes")
    project.pulumi(*unchanged)
    project.pulumi("state", "unprotect", "--all", "--yes")
    project.write("")
    project.pulumi("state", "delete", "--yes", urn("User", "dora"))
    said = project.pulumi("import", "cerevox:index:Roster", "all", "acc_empty", "--yes")
    project.write(pasted(said))
    assert "dora@example.com" in pasted(said)
    project.pulumi(*unchanged)
    assert project.writes() == []


PYTHON_PEOPLE = """
cerevox.User("ada", email="ada@example.com", name="Ada", role="admin")
bob = cerevox.User("bob", email="bob@example.com")
cerevox.RoleAssignment("bob-admin", email=bob.email, role="admin")
"""
PYTHON_ROSTER = """
cerevox.Roster(
    "team",
    members={"owner@example.com": "admin", "bob@example.com": {"name": "Bob"}},
    guards=cerevox.RosterGuardsArgs(allowed_domains=["example.com"]),
)
"""


@pytest.mark.parametrize(
    ("in_python", "in_yaml", "resources", "stay"),
    [
        (PYTHON_PEOPLE, PEOPLE.partition("variables:")[0], 4, ["owner@example.com"]),
        # A roster lets everybody stay, unless it says otherwise.
        (PYTHON_ROSTER, ROSTER, 2, ["bob@example.com", "owner@example.com"]),
    ],
    ids=["people", "roster"],
)
def test_a_stack_moves_from_python_to_yaml_and_back_without_a_write(
    new_yaml: Callable[..., YamlProject],
    in_python: str,
    in_yaml: str,
    resources: int,
    stay: list[str],
) -> None:
    project = new_yaml()
    settings = project.project.workspace.project / "Pulumi.yaml"
    python = settings.read_text().replace(HEAD, PYTHON)
    settings.write_text(python)
    project.project.write(in_python)
    project.pulumi("up", "--yes", "--skip-preview")
    before = project.writes()
    assert before
    unchanged = f"{resources} unchanged"
    for move in (lambda: project.write(in_yaml), lambda: settings.write_text(python)):
        move()
        # A refresh goes through the provider that the state names.
        said = project.pulumi("up", "--yes", "--expect-no-changes")
        assert said.count(unchanged) == 2, "in the preview and in the update"
        project.pulumi("preview", "--refresh", "--expect-no-changes")
    assert project.writes() == before
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert sorted(one["email"] for one in project.emulator.users()) == stay


def test_the_example_declares_an_account_without_code(
    new_yaml: Callable[..., YamlProject],
) -> None:
    project = new_yaml()
    folder = project.project.workspace.project
    for name in ("Pulumi.yaml", "team.yaml"):
        text = (ROOT / "examples" / "yaml" / name).read_text()
        (folder / name).write_text(text.replace(".venv/bin", f"{sys.prefix}/bin"))
    project.pulumi("stack", "init", "dev")
    said = project.pulumi("up", "--yes")
    assert "admins    : 2" in said or "admins: 2" in said
    assert len(project.emulator.users()) == 4
    project.pulumi("preview", "--refresh", "--expect-no-changes")


def test_the_folder_and_the_tarball_run_as_a_plugin(
    new_yaml: Callable[..., YamlProject], tmp_path: Path
) -> None:
    # The stand-in language host runs them on this Python, which has the package.
    project = new_yaml()
    python = {"PULUMI_PYTHON_CMD": sys.executable}
    said = project.pulumi("package", "get-schema", str(ROOT / "plugin"), **python)
    assert '"cerevox:index:Roster"' in said
    run = subprocess.run(
        [sys.executable, "-m", "scripts.plugin", str(tmp_path / "dist")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    made = run.stdout.splitlines()
    assert len(made) == 6
    [linux] = [one for one in made if "linux-amd64" in one]
    version = schema_version()
    assert f"v{version}" in linux
    project.pulumi(
        *("plugin", "install", "resource", "cerevox", f"v{version}", "--file", linux),
        **python,
    )
    file = project.project.workspace.project / "Pulumi.yaml"
    file.write_text("name: people\nruntime: yaml\n" + PEOPLE)
    assert "4 to create" in project.pulumi("preview", **python)


def test_package_add_is_all_that_a_project_in_yaml_needs(
    new_yaml: Callable[..., YamlProject],
) -> None:
    project = new_yaml()
    folder = project.project.workspace.project
    shutil.copytree(ROOT / "plugin", folder / "plugin")
    program = f"name: people\nruntime: yaml{PEOPLE}"
    (folder / "Pulumi.yaml").write_text(program)
    # The stand-in language host runs the plugin on this Python, which has the package.
    python = {"PULUMI_PYTHON_CMD": sys.executable}
    added, written = shown("pulumi package add"), shown("cat Pulumi.yaml")
    said = project.pulumi("package", "add", "./plugin", **python)
    # Before these lines the language host tells what it installs for the plugin.
    assert said.replace("\n\n", "\n").endswith(added.replace("…", str(folder)))
    written = written.removeprefix("…\n")
    text = (folder / "Pulumi.yaml").read_text()
    assert text.endswith(f"\n{written}")
    # Pulumi may quote the program's words anew, and changes none.
    assert yaml.safe_load(text.removesuffix(written)) == yaml.safe_load(program)
    sdk = folder / "sdks" / "cerevox" / f"cerevox-{schema_version()}.yaml"
    assert "name: cerevox\n" in sdk.read_text()
    said = project.pulumi("up", "--yes", "--skip-preview", **python)
    assert "4 created" in said
    project.pulumi("preview", "--refresh", "--expect-no-changes", **python)


def test_a_program_in_yaml_is_converted_to_one_in_python_that_changes_nothing(
    new_yaml: Callable[..., YamlProject], sdks_folder: Path, tmp_path: Path
) -> None:
    del sdks_folder  # Where the engine is ours, what generates Python comes with it.
    project = new_yaml(PEOPLE)
    project.pulumi("up", "--yes", "--skip-preview")
    made = tmp_path / "converted"
    convert = "convert --from yaml --language python --generate-only --out"
    said = project.pulumi(*convert.split(), str(made))
    assert "Converting to python..." in said
    assert (made / "__main__.py").read_text() == shown("cat converted/__main__.py")
    asked = "pulumi>=3.0.0,<4.0.0\npulumi_cerevox==" + schema_version()
    assert (made / "requirements.txt").read_text() == f"{asked}\n"
    folder = project.project.workspace.project
    shutil.copy(made / "__main__.py", folder)
    settings = folder / "Pulumi.yaml"
    settings.write_text(PYTHON)
    writes = project.writes()
    assert "4 unchanged" in project.pulumi("preview", "--expect-no-changes")
    assert project.writes() == writes


def shown(command: str) -> str:
    """Return the output that the page on languages shows for a command."""
    page = (ROOT / "docs" / "languages.md").read_text()
    found = re.search(
        rf"^\$ {re.escape(command)}.*\n((?:(?![$`]).*\n)+)", page, re.MULTILINE
    )
    assert found, command
    return found[1]


def schema_version() -> str:
    schema = json.loads((ROOT / "pulumi_cerevox/plugin/schema.json").read_text())
    return str(schema["version"])


def pasted(said: str) -> str:
    """Return the YAML that an import prints."""
    found = re.search(r"^resources:\n(?:[ ].*\n|\n)*", said, re.MULTILINE)
    assert found, said
    return found.group()


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:test::people::cerevox:index:{kind}::{name}"
