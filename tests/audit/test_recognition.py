"""What a source is, told by its content; and asking the engine for a stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pulumi_cerevox.audit import (
    SourceError,
    SourceKind,
    read_declared,
    read_declared_stack,
    sources,
)
from pulumi_cerevox.cli import main

DATA = Path(__file__).parents[1] / "data"
STACK = (DATA / "stacks" / "users.json").read_text()
PREVIEW = (DATA / "previews" / "users-unchanged-shown.json").read_text()
ROSTER = "members:\n  - {email: ada@example.com, role: admin}\n"
EVENT = '{"sequence": 1, "timestamp": 2, "preludeEvent": {}}\n'


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kind_of(text: str) -> SourceKind:
    Path("source").write_text(text, encoding="utf-8")
    return read_declared(["source"]).source.kind


@pytest.mark.usefixtures("write")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param(ROSTER, SourceKind.ROSTER, id="roster"),
        pytest.param('{"members": []}', SourceKind.ROSTER, id="roster in JSON"),
        pytest.param(
            "{members: [{email: ada@example.com}]}", SourceKind.ROSTER, id="flow YAML"
        ),
        pytest.param(
            "members: [\n{email: ada@example.com}]", SourceKind.ROSTER, id="a line of {"
        ),
        pytest.param(
            'members: [\n{"email": "ada@example.com"}\n]',
            SourceKind.ROSTER,
            id="a line of JSON",
        ),
        pytest.param("members: []", SourceKind.ROSTER, id="no brace at all"),
        pytest.param(STACK, SourceKind.STACK, id="stack"),
        pytest.param(f"\ufeff{STACK}", SourceKind.STACK, id="with a mark before it"),
        pytest.param(PREVIEW, SourceKind.PREVIEW, id="preview"),
        pytest.param(
            f"Installing policy pack...\n{PREVIEW}", SourceKind.PREVIEW, id="after text"
        ),
    ],
)
def test_sources_are_told_by_their_content(text: str, kind: SourceKind) -> None:
    assert kind_of(text) is kind


@pytest.mark.usefixtures("write")
@pytest.mark.parametrize(
    ("text", "sign"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param(STACK[:-20], "breaks off or is damaged", id="cut"),
        pytest.param(STACK + STACK, "more than one JSON document", id="two"),
        pytest.param(EVENT * 3, "the engine's events", id="events"),
        pytest.param('{"verdict": "drift"}', "a report of this command", id="report"),
        pytest.param('{"a": 1, "\\u001b": 2}', r"with the keys a, \\x1b", id="other"),
        pytest.param('{"steps": ' + "[" * 100_000, "too deeply", id="deep"),
        pytest.param('{"steps": [1]}', "is no preview", id="no preview"),
    ],
)
def test_what_declares_nobody_is_refused(text: str, sign: str) -> None:
    with pytest.raises(SourceError, match=sign):
        kind_of(text)


@pytest.mark.usefixtures("write")
def test_a_source_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(SourceError, match=r"none\.yaml: can't be read: No such file"):
        read_declared(["none.yaml"])
    with pytest.raises(SourceError, match="a source of its own"):
        read_declared(["team.yaml", "-"])


@pytest.mark.usefixtures("write")
def test_several_rosters_are_one() -> None:
    Path("a.yaml").write_text(ROSTER)
    Path("b.yaml").write_text("members: [{email: bob@example.com}]")
    assert len(read_declared(["a.yaml", "b.yaml"]).people) == 2


@pytest.mark.usefixtures("write")
def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("roster").write_bytes(b"members: []" + b"\n" * 20_000_000)
    with pytest.raises(SourceError, match="the limit of a roster is 20,000,000"):
        read_declared(["roster"])
    monkeypatch.setattr(sources, "MAX_EXPORT_BYTES", 10)
    with pytest.raises(SourceError, match="has more than 10 bytes"):
        read_declared(["roster"])


def test_a_preview_without_its_sames_is_incomplete(write: Path) -> None:
    source = write / "preview.json"
    source.write_text(PREVIEW)
    declared = read_declared([str(source)])
    assert not declared.gaps
    assert declared.account_id == "acc_empty"
    assert len(declared.people) == 5

    short = (DATA / "previews" / "users-removed.json").read_text()
    source.write_text(short)
    declared = read_declared([str(source)])
    assert declared.people == ()
    assert any("--show-sames" in gap.text for gap in declared.gaps)


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("users-errored", "the preview failed: error: .*email: contains white space"),
        ("users-unknown", "User late: email can't be compared: not known before"),
        ("users-secret", "User bob: email can't be compared: a secret"),
        ("roster-unknown", "Roster other: members can't be compared"),
    ],
)
def test_what_a_preview_does_not_say_is_a_gap(name: str, sign: str) -> None:
    declared = read_declared([str(DATA / "previews" / f"{name}.json")])
    pattern = pytest.RaisesExc(ValueError, match=sign)
    assert any(pattern.matches(ValueError(gap.text)) for gap in declared.gaps), (
        declared.gaps
    )


def test_the_people_of_a_new_stack_have_no_account_yet() -> None:
    declared = read_declared([str(DATA / "previews" / "users-new.json")])
    assert declared.account_id is None
    assert len(declared.people) == 5
    assert not declared.gaps


def test_a_drifted_account_does_not_change_what_is_declared() -> None:
    declared = read_declared([str(DATA / "previews" / "roster-drifted.json")])
    roles = {one.email: one.role for one in declared.people}
    assert roles["bob@example.com"] == "member"
    assert "eve@example.com" in roles


def test_a_new_person_belongs_to_no_account_where_there_are_two(write: Path) -> None:
    document = json.loads(PREVIEW)
    steps = [one for one in document["steps"] if "cerevox:" in one["urn"]]
    steps[0]["oldState"]["outputs"]["accountId"] = "acc_other"
    new = json.loads(json.dumps(steps[1]))
    del new["oldState"]
    new["op"] = "create"
    new["urn"] = new["newState"]["urn"] = new["urn"] + "-new"
    new["newState"]["provider"] = "urn:pulumi:s::p::pulumi:providers:p::third::id"
    new["newState"]["inputs"]["email"] = "new@example.com"
    document["steps"].append(new)
    (write / "preview.json").write_text(json.dumps(document))
    declared = read_declared([str(write / "preview.json")])
    assert {one.account_id for one in (declared, *declared.elsewhere)} == {
        "acc_empty",
        "acc_other",
    }
    assert any("nobody can tell its account" in gap.text for gap in declared.gaps)


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        ([], "name a SOURCE"),
        (["team.yaml", "--stack", "prod"], "are two sources"),
        (["team.yaml", "--cwd", "."], "--cwd goes with --stack"),
    ],
)
def test_an_audit_takes_one_source(words: list[str], sign: str) -> None:
    result = CliRunner().invoke(main, ["audit", *words])
    assert result.exit_code == 2
    assert sign in result.stderr


@pytest.mark.usefixtures("pulumi")
def test_a_stack_that_cannot_be_exported_is_bad_input() -> None:
    result = CliRunner().invoke(main, ["audit", "--stack", "prod"])
    assert result.exit_code == 2
    assert "ended with 6" in result.stderr


@pytest.fixture
def pulumi(write: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program called `pulumi` on PATH that tells how it was called."""
    folder = write / "bin"
    folder.mkdir()
    program = folder / "pulumi"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "sys.stderr.write('error: no stack named \\x1b[31mprod\\x1b[0m found\\n')\n"
        "json.dump([sys.argv[1:], os.getcwd()], open(os.environ['CALLED'], 'w'))\n"
        "sys.exit(6)\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("CALLED", str(write / "called.json"))
    return write / "called.json"


def test_what_the_engine_refuses_is_told_in_its_words(
    pulumi: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    with pytest.raises(SourceError) as refused:
        read_declared_stack("; rm -rf /", folder)
    text = str(refused.value)
    assert r"error: no stack named \x1b[31mprod\x1b[0m found" in text
    assert "ended with 6" in text
    words, place = json.loads(pulumi.read_text())
    assert words[:3] == ["stack", "export", "--stack=; rm -rf /"]
    assert "--show-secrets" not in words
    assert Path(place) == folder


EXPORTS = Path(__file__).parents[1] / "data" / "stacks"
UP = {"kind": "update", "result": "succeeded", "resourceChanges": {"delete": 3}}
REFRESH = {"kind": "refresh", "result": "succeeded", "resourceChanges": {"same": 3}}
FORGOT = REFRESH | {"resourceChanges": {"delete": 1, "same": 2}}


@pytest.mark.parametrize(
    ("history", "sign"),
    [
        ("[]", None),
        (json.dumps([REFRESH, UP]), None),
        (json.dumps([UP, FORGOT, UP]), None),
        (json.dumps([REFRESH, FORGOT, UP]), "took 1 resources out"),
        (json.dumps([FORGOT, UP | {"result": "failed"}, FORGOT]), "took 2 resources"),
        (json.dumps([REFRESH] * 199), None),
        (json.dumps([REFRESH] * 200), "none of the stack's last 200 runs is a"),
        ("[1]", "the stack's history can't be read"),
        ("no JSON", "the stack's history can't be read"),
        ("", "the stack's history can't be read"),
    ],
)
def test_what_a_refresh_took_out_of_the_state_is_a_gap(
    write: Path, monkeypatch: pytest.MonkeyPatch, history: str, sign: str | None
) -> None:
    folder = write / "bin"
    folder.mkdir()
    (folder / "pulumi").write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "asked = sys.argv[2]\n"
        f"answers = {{'export': {(EXPORTS / 'users.json').read_text()!r},\n"
        f"    'history': {history!r}}}\n"
        "sys.stdout.write(answers[asked])\n"
    )
    (folder / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    declared = read_declared_stack("prod")
    texts = [gap.text for gap in declared.gaps]
    assert len(declared.people) == 5
    assert (texts == []) if sign is None else (sign in "".join(texts))


@pytest.mark.usefixtures("pulumi")
def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere: No such file"):
        read_declared_stack("prod", tmp_path / "nowhere")


def test_a_missing_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SourceError, match="no `pulumi` on PATH"):
        read_declared_stack("prod")


def test_stdin_is_a_source(write: Path) -> None:
    for text, sign in (
        ("members: [{email: ada}]", "stdin:1:19: "),
        ('{"a": 1}', "stdin: is JSON with the keys a"),
    ):
        run = subprocess.run(
            [sys.executable, "-m", "pulumi_cerevox.cli", "audit", "-"],
            input=text,
            cwd=write,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 2
        assert sign in run.stderr
