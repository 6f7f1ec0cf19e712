"""Every file that a command reads may hold anything: a message and an exit code.

A file here is a sound one with something odd put into it, or bytes of no form at all.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import keyring
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend

from pulumi_cerevox.audit import AuditedPerson, ReportFormat
from pulumi_cerevox.cli import main
from tests.audit.samples import every_kind, render_text

DATA = Path(__file__).parents[1] / "data"
EXAMPLES = int(os.environ.get("ODD_FILES", "12"))
ROSTER = {
    "account_id": "acc_1",
    "undeclared": "report",
    "on_destroy": "keep",
    "guards": {
        "min_admins": 1,
        "required_admins": ["ada@example.com"],
        "max_removals": {"count": 5, "fraction": 0.25},
        "allowed_domains": ["example.com"],
    },
    "members": [
        {"email": "ada@example.com", "name": "Ada", "role": "admin"},
        {"email": "bob@example.com", "note": "until spring", "until": "2027-03-31"},
    ],
}
IGNORES = {
    "ignore": [
        {
            "people": ["*@example.com"],
            "findings": ["undeclared"],
            "reason": "known",
            "owner": "ops",
            "until": "2027-01-31",
        }
    ]
}
SEED = {
    "account": {"id": "acc_1", "name": "Example", "plan": "pro", "max_users": 9},
    "owner": "ada@example.com",
    "users": [
        {"email": "ada@example.com", "name": "Ada", "role": "admin"},
        {"email": "bob@example.com", "name": "Bob", "last_login": "2026-01-01"},
    ],
}


def _sample(name: str) -> Any:
    return json.loads((DATA / name).read_text("utf-8"))


SAMPLES: dict[str, Any] = {
    "roster": ROSTER,
    "ignores": IGNORES,
    "seed": SEED,
    "state of users": _sample("stacks/users.json"),
    "state of a roster": _sample("stacks/roster-shown.json"),
    "preview of users": _sample("previews/users-demoted.json"),
    "preview of a roster": _sample("previews/roster-changed.json"),
    "directory": {"email": "ada@example.com", "status": "active"},
    "audit": json.loads(
        render_text(
            ReportFormat.JSON,
            replace(
                every_kind(),
                people=(
                    AuditedPerson(
                        "ada@example.com", "admin", "Ada", declared=True, note="boss"
                    ),
                ),
                settled=every_kind().findings[:1],
                since="2026-11-01T09:30:00Z",
            ),
        )
    ),
}
COMMANDS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("validate", "FILE"): ("roster",),
    ("validate", "--together", "FILE", "sound.yaml"): ("roster",),
    ("audit", "FILE"): (
        "roster",
        "state of users",
        "state of a roster",
        "preview of users",
        "preview of a roster",
    ),
    ("audit", "sound.yaml", "--ignore", "FILE"): ("ignores",),
    ("guard", "--base", "FILE", "--roster", "sound.yaml"): ("roster",),
    ("guard", "--base", "sound.yaml", "--roster", "FILE"): ("roster",),
    ("guard", "FILE"): ("preview of users", "preview of a roster"),
    ("guard", "preview.json", "--state", "FILE"): (
        "state of users",
        "state of a roster",
    ),
    ("report", "FILE"): ("audit",),
    ("diff", "FILE", "sound.yaml"): ("roster", "state of users", "audit"),
    ("audit", "sound.yaml", "--since", "FILE"): ("audit",),
    ("audit", "sound.yaml", "--directory", "FILE"): ("directory",),
    ("remove", "ada@example.com", "--roster", "FILE"): ("roster",),
    ("remove", "ada@example.com", "--write", "--roster", "FILE"): ("roster",),
    ("emulator", "--seed", "FILE", "--port", "PORT"): ("seed",),
}


def _id(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " ".join(value)


CASES = [(command, sample) for command, kinds in COMMANDS.items() for sample in kinds]

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        5,
        10**400,
        "6000 digits",  # Python writes no number as long as that
        1.5,
        float("nan"),
        float("inf"),
        "",
        "x" * 300,
        "2027-W01-1",
        "0000-00-00",
        "\x1b[2J",
        "a\0b",
        "half \ud800",
        [],
        [[]],
        [None],
        {},
        {"": None},
        {"email": 5},
    ]
)
BYTES = (
    b"",
    b"\xff",
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xff\xfe{\x00",
    b"[" * 1200,
    b"{" * 1200,
    b"- " * 1200,
    b'{"a":' * 1200,
    b"- - -\n\t- x",
    b"5",
    b"1" * 400,
    b"1" * 6000,
    b"null",
    b'"text"',
    b"[]",
    b"{}",
    b"%",
    b"!!python/object:os.system x",
    b"a: &a [*a]",
    b"members: [" + b"1" * 6000 + b"]",
    b'{"deployment": ' + b"1" * 6000 + b"}",
    b'{"steps": ' + b"1" * 6000 + b"}",
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inside: Any = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    for key, one in inside:
        yield from _places(one, (*path, key))


def _with(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """Return a copy of *value* with something else at one place."""
    if not path:
        return odd
    copied = value.copy()
    copied[path[0]] = _with(copied[path[0]], path[1:], odd)
    return copied


PLACES = {name: list(_places(value)) for name, value in SAMPLES.items()}


ROLE = next(
    path
    for path in PLACES["preview of a roster"]
    if path[-1:] == ("role",) and "newState" in path and "inputs" in path
)


def _written(value: Any, sample: str) -> bytes:
    """Write a document; JSON is YAML too, but for a number that is none."""
    if sample in {"roster", "ignores", "seed"}:
        text = yaml.safe_dump(value, allow_unicode=False)
    else:
        text = json.dumps(value).replace('"6000 digits"', "6000 digits")
    return text.replace("6000 digits", "1" * 6000).encode("utf-8", "replace")


@st.composite
def contents(draw: Callable[..., Any], sample: str) -> bytes:
    value = SAMPLES[sample]
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(PLACES[sample]))
        try:
            value = _with(value, path, draw(ODD))
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # another one has taken that place away
    content = _written(value, sample)
    cut = draw(st.integers(-200, 0)) if draw(st.integers(0, 9)) == 0 else 0
    return content[: cut or len(content)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder with sound files, no key, and a port that is taken."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CEREVOX_API_KEY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    (tmp_path / "sound.yaml").write_bytes(_written(ROSTER, "roster"))
    preview = _sample("previews/users-demoted.json")
    (tmp_path / "preview.json").write_text(json.dumps(preview), "utf-8")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        (tmp_path / "port").write_text(str(taken.getsockname()[1]), "utf-8")
        yield tmp_path


def run(folder: Path, command: tuple[str, ...], name: str | Path) -> Result:
    port = (folder / "port").read_text("utf-8")
    words = {"FILE": str(name), "PORT": port}
    return CliRunner().invoke(main, [words.get(word, word) for word in command])


def require_told(result: Result, command: tuple[str, ...], allowed: set[int]) -> None:
    """Require an exit code with its message, and no traceback."""
    if not isinstance(result.exception, SystemExit | None):
        raise AssertionError(command) from result.exception  # noqa: TRY004
    assert result.exit_code in allowed, result.output
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    assert result.exit_code == 0 or result.output.strip(), command


def refused(command: tuple[str, ...]) -> set[int]:
    """Return the codes for a file that can't be used: bad, or a gap in what we know."""
    # A directory is a gap of the audit, which has no key here.
    return {2, 4} | ({3} if "--directory" in command else set())


ANY_CODE = {0, 2, 3, 4, 5, 7}


@pytest.mark.parametrize(("command", "sample"), CASES, ids=_id)
@settings(
    max_examples=EXAMPLES,
    deadline=timedelta(seconds=20),
    # By chance only where somebody asks for more examples.
    derandomize="ODD_FILES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_an_odd_value_in_a_file_is_told(
    folder: Path, command: tuple[str, ...], sample: str, data: st.DataObject
) -> None:
    file = folder / "odd"
    file.write_bytes(data.draw(contents(sample)))
    require_told(run(folder, command, "odd"), command, ANY_CODE)


@pytest.mark.parametrize(
    ("command", "sample", "path", "odd"),
    [
        pytest.param(("audit", "FILE"), "state of users", ("features",), 5, id="5"),
        pytest.param(
            ("audit", "FILE"), "state of users", ("version",), 10**400, id="400 digits"
        ),
        pytest.param(
            ("guard", "FILE"), "preview of users", ("steps", 0, "op"), [], id="op"
        ),
        pytest.param(
            ("guard", "preview.json", "--state", "FILE"),
            "state of users",
            ("deployment",),
            "6000 digits",
            id="6000 digits",
        ),
        pytest.param(("report", "FILE"), "audit", ("counts",), 10**400, id="counts"),
        pytest.param(
            ("guard", "FILE"), "preview of a roster", ROLE, None, id="no role"
        ),
    ],
)
def test_these_ended_in_a_traceback(
    folder: Path,
    command: tuple[str, ...],
    sample: str,
    path: tuple[Any, ...],
    odd: Any,
) -> None:
    value = {**SAMPLES[sample], path[0]: None} if len(path) == 1 else SAMPLES[sample]
    (folder / "odd").write_bytes(_written(_with(value, path, odd), sample))
    require_told(run(folder, command, "odd"), command, {0, 2, 4, 5})


@pytest.mark.parametrize("command", COMMANDS, ids=_id)
def test_bytes_of_no_form_are_told(folder: Path, command: tuple[str, ...]) -> None:
    for content in BYTES:
        (folder / "odd").write_bytes(content)
        require_told(run(folder, command, "odd"), command, refused(command))


@pytest.mark.parametrize("command", COMMANDS, ids=_id)
def test_a_path_that_leads_to_no_file_is_told(
    folder: Path, command: tuple[str, ...]
) -> None:
    (folder / "loop").symlink_to("loop")
    (folder / "folder").mkdir()
    paths = ["missing", "loop", "folder", "x" * 300, "port/below", "a\x1bb"]
    for path in paths:
        require_told(run(folder, command, path), command, refused(command))


PREVIEW = str(DATA / "previews" / "users-demoted.json")


@pytest.mark.parametrize(
    ("variable", "value", "arguments", "code"),
    [
        ("CEREVOX_API_KEY", b"sk_\xff", ("whoami",), 3),
        ("CEREVOX_API_KEY", b"sk_\xff", ("audit", "sound.yaml"), 3),
        ("CEREVOX_API_KEY", b"sk_\xff", ("export",), 3),
        ("CEREVOX_API_KEY", b"sk_\xff", ("doctor",), 3),
        ("CEREVOX_BASE_URL", b"https://\xff/v1", ("whoami",), 3),
        ("CEREVOX_MAX_REMOVALS", b"1" * 6000, ("guard", PREVIEW), 2),
        ("CEREVOX_MAX_REMOVALS", b"\xff", ("guard", PREVIEW), 2),
        ("XDG_STATE_HOME", b"/dev/null/x", ("whoami",), 3),
    ],
)
def test_an_odd_variable_is_told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: bytes,
    arguments: tuple[str, ...],
    code: int,
) -> None:
    monkeypatch.setenv(variable, os.fsdecode(value))
    result = run(folder, arguments, "")
    require_told(result, arguments, {code})
    assert "sk_" not in result.output


def test_a_key_from_stdin_with_an_odd_byte_is_told(folder: Path) -> None:
    """The terminal's own reading of stdin, which a runner in this process replaces."""
    command = [sys.executable, "-m", "pulumi_cerevox.cli", "login", "--api-key-stdin"]
    ended = subprocess.run(
        command, input=b"sk_\xff", capture_output=True, cwd=folder, check=False
    )
    assert ended.returncode == 3
    assert b"Traceback" not in ended.stderr
    assert b"is no UTF-8, so nothing was sent" in ended.stderr


class Ring(KeyringBackend):
    """A keyring with one entry."""

    priority = 1

    def __init__(self, entry: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call,unused-ignore]
        self.entry = entry

    def get_password(self, service: str, username: str) -> str | None:
        del service, username
        return self.entry

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


ENTRY: dict[str, Any] = {
    "base_url": "http://127.0.0.1:9/v1",
    "access_token": "canary-access",
    "refresh_token": "canary-refresh",
    "ends_at": 1e9,
}


@pytest.mark.parametrize(
    "entry",
    [
        *("", "5", "[]", "{}", "{", "null", "1" * 6000, "[" * 1200, '{"ends_at": 1}'),
        json.dumps(ENTRY | {"ends_at": float("nan")}),
        json.dumps(ENTRY | {"ends_at": float("inf")}),
        json.dumps(ENTRY | {"ends_at": 10**400}),
        json.dumps(ENTRY | {"ends_at": "soon"}),
        json.dumps(ENTRY | {"ends_at": 9e9, "access_token": "canary\n: x"}),
        json.dumps(ENTRY | {"ends_at": 9e9, "access_token": "canary \ud800"}),
        json.dumps(ENTRY | {"ends_at": 9e9, "access_token": "canary \u2028"}),
        json.dumps(ENTRY | {"ends_at": 9e9, "access_token": ""}),
        json.dumps(ENTRY | {"refresh_token": "canary \ud800"}),
        json.dumps(ENTRY | {"refresh_token": None}),
    ],
)
def test_an_odd_entry_of_the_keyring_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    monkeypatch.setenv("CEREVOX_BASE_URL", ENTRY["base_url"])
    before = keyring.get_keyring()
    keyring.set_keyring(Ring(entry))
    try:
        result = run(folder, ("doctor", "--format", "json"), "")
    finally:
        keyring.set_keyring(before)
    require_told(result, ("doctor",), {3, 4})
    assert "canary" not in result.output
