"""`make contract URL=…`: verdicts on the assumed facts, their recording, the replay."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_cerevox.testing import EmulatorProcess
from scripts.contract.__main__ import main
from scripts.contract.exchanges import Exchange, Recording, read_recording
from scripts.contract.facts import FACTS, judge
from scripts.contract.verdicts import Verdict

ROOT = Path(__file__).parents[2]
EVERY_FACT = {fact.name: fact for fact in FACTS}
READ_FACTS = [fact for fact in FACTS if not fact.needs_writes]
WRITE_FACTS = [fact for fact in FACTS if fact.needs_writes]
#: What the dialect of the SDK does not have, and the documented one does.
NOT_IN_SDK = {
    "account-fields",
    "billing-path",
    "expires-at",
    "roles",
    "usage-bad-range",
    "usage-fields",
}
NOT_IN_SDK_WRITES = {"create-tells-id", "role-can-be-set"}

Run = Callable[..., int]
Said = pytest.CaptureFixture[str]
HEAD = '{"format": "pulumi-cerevox contract exchanges", "version": %d, "writes": false'


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "contract.jsonl"


@pytest.fixture
def run(
    emulator: EmulatorProcess, record: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Ask the emulator, by default as the owner; give the exit code."""
    monkeypatch.delenv("KEY", raising=False)

    def ask(*options: str, key: str | None = None, url: str | None = None) -> int:
        monkeypatch.setenv("KEY", emulator.api_key if key is None else key)
        where = ["--url", url or emulator.url, "--record", str(record)]
        return main([*where, *options])

    return ask


def verdicts(record: Path, verdict: Verdict) -> set[str]:
    judged = judge(read_recording(record))
    return {fact.name for fact, one in judged.items() if one.verdict is verdict}


documented = pytest.mark.parametrize("dialect", ["documented"], indirect=True)


def test_the_emulator_is_as_assumed(
    run: Run, record: Path, emulator: EmulatorProcess, dialect: str
) -> None:
    code = run()
    failing = verdicts(record, Verdict.FAILS)
    assert failing == (set() if dialect == "documented" else NOT_IN_SDK)
    assert code == (7 if failing else 0)
    sent = {(one["method"], one["route"]) for one in emulator.journal()}
    writes = {one for one in sent if one[0] != "GET"}
    assert writes == {("POST", "/v1/token/login")}
    assert emulator.count("POST") == 3
    assert emulator.count() == len(read_recording(record).exchanges)


def test_writing_settles_more_and_leaves_nobody(
    run: Run, record: Path, emulator: EmulatorProcess, dialect: str
) -> None:
    before = [user["email"] for user in emulator.users()]
    run("--write")
    failing = verdicts(record, Verdict.FAILS)
    sdk = NOT_IN_SDK | NOT_IN_SDK_WRITES
    assert failing == (set() if dialect == "documented" else sdk)
    assert {fact.name for fact in WRITE_FACTS} >= verdicts(record, Verdict.HOLDS) - {
        fact.name for fact in READ_FACTS
    }
    assert [user["email"] for user in emulator.users()] == before
    if dialect == "documented":
        assert {fact.name for fact in WRITE_FACTS} <= verdicts(record, Verdict.HOLDS)


def test_a_recording_tells_nothing_of_anybody(
    run: Run,
    record: Path,
    emulator: EmulatorProcess,
    capsys: Said,
) -> None:
    emulator.add_fault(path="/users/me", status=400, times=1)
    run("--write")
    told = record.read_text("ascii") + "".join(capsys.readouterr())
    snapshot = emulator.snapshot()
    secret = [emulator.api_key]
    secret += [
        base64.b64encode(f"{emulator.api_key}{end}".encode()).decode()[:-4]
        for end in ("", ":")
    ]
    secret += ['"at_', '"rt_']  # how the emulator's tokens begin
    secret += [user["email"] for user in snapshot["users"]]
    secret += [user["name"] for user in snapshot["users"] if " " in user["name"]]
    secret += [snapshot["account"]["account_name"]]
    assert len(secret) > 20
    for one in secret:
        assert one.lower() not in told.lower(), one


def test_a_server_that_repeats_secrets_is_redacted(
    script: Any, monkeypatch: pytest.MonkeyPatch, record: Path
) -> None:
    key = "sk_canary_8f3a91c7"
    sent = base64.b64encode(f"{key}:".encode()).decode()
    words = f"no {key} ({sent}) at_canary_1 of ada@example.com"
    script.on("GET", "/users/me", (400, {"error": words, key: {"message": words}}))
    script.on("GET", "/users", (200, b"<html>", {"Location": f"/?key={key}"}))
    monkeypatch.setenv("KEY", key)
    assert main(["--url", script.url, "--record", str(record)]) == 7
    assert "canary" not in record.read_text()
    assert sent[:-4] not in record.read_text()
    assert "ada@" not in record.read_text()
    listed = read_recording(record).answer("list")
    assert (listed.is_json, listed.headers["location"]) == (False, "(there)")


def test_a_replay_comes_to_the_same_without_the_network(
    run: Run,
    record: Path,
    emulator: EmulatorProcess,
    capsys: Said,
) -> None:
    code = run("--write")
    asked = emulator.count()
    first = capsys.readouterr().out
    assert main(["--replay", str(record)]) == code
    assert capsys.readouterr().out == first
    assert emulator.count() == asked


@documented
@pytest.mark.parametrize(
    ("rules", "failing", "unknown"),
    [
        ({"list_wrapped": True}, {"list-bare"}, set()),
        ({"access_token_seconds": 90}, {"token-lifetime"}, set()),
        (
            {
                "rate_limit": {"requests": 8, "window_seconds": 900},
                "retry_after_header": False,
            },
            {"retry-after"},
            {"usage-range", "usage-bad-range", "unknown-user", "logins-side-by-side"},
        ),
    ],
    ids=["wrapped list", "short tokens", "rate limit"],
)
def test_other_rules_are_seen(
    run: Run,
    record: Path,
    emulator: EmulatorProcess,
    rules: dict[str, Any],
    failing: set[str],
    unknown: set[str],
) -> None:
    emulator.patch_rules(**rules)
    assert run() == 7
    assert verdicts(record, Verdict.FAILS) == failing
    assert verdicts(record, Verdict.UNKNOWN) >= unknown


@documented
def test_a_members_key_settles_the_rights(
    run: Run, record: Path, emulator: EmulatorProcess
) -> None:
    member = next(user for user in emulator.users() if user["role"] == "member")
    assert run(key=emulator.key_for(member["email"])) == 0
    found = verdicts(record, Verdict.HOLDS)
    assert {"list-for-admins", "403-before-404", "account-owner"} <= found
    assert {"list-bare", "unknown-user"} <= verdicts(record, Verdict.UNKNOWN)


def test_who_could_not_be_removed_is_named(
    run: Run, emulator: EmulatorProcess, capsys: Said
) -> None:
    emulator.add_fault(method="DELETE", status=500, times=None)
    run("--write")
    left = [u["email"] for u in emulator.users() if "Contract-Check" in u["email"]]
    assert len(left) == 1
    assert f"{left[0]} may still be in the account" in capsys.readouterr().err


def test_a_user_who_was_not_made_is_not_changed(
    run: Run, emulator: EmulatorProcess, capsys: Said
) -> None:
    emulator.add_fault(method="POST", path="/users", status=403, times=None)
    run("--write")
    assert emulator.count("PUT") + emulator.count("DELETE") == 0
    assert "may still be" not in capsys.readouterr().err


def test_a_run_that_can_not_read_says_why(
    run: Run,
    record: Path,
    capsys: Said,
) -> None:
    for options, code, words in (
        ({"key": "cvx_wrong"}, 3, "answered 401 and no token"),
        ({"key": " "}, 3, "no API key"),
        ({"url": "http://127.0.0.1:9/v1"}, 4, "nothing answers at"),
        ({"url": "http://example.com/v1"}, 2, "plain http"),
        ({"url": "https://me:canary@example.com/v1"}, 2, "contains credentials"),
    ):
        assert run(**options) == code
        told = "".join(capsys.readouterr())
        assert words in told
        assert "canary" not in told
    assert record.exists()
    run("--record", str(record / "below"))
    assert "could not write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "could not read"),
        ("", "holds no recorded exchanges"),
        ("not JSON", "holds no recorded exchanges"),
        ('{"format": "x", "version": 1}', "has format 'x'"),
        (
            HEAD % 2 + "}",
            "version 2; this reads",
        ),
        (
            HEAD % 1 + ', "base_url": "u", "recorded": "r"}\n{"ask": "me"}',
            "holds no recorded exchanges",
        ),
        ("[" * 100_000, "holds no recorded exchanges"),
    ],
)
def test_what_is_no_recording_is_told(
    record: Path, capsys: Said, text: str | None, words: str
) -> None:
    if text is not None:
        record.write_text(text)
    assert main(["--replay", str(record)]) == 2
    assert words in capsys.readouterr().err


def test_the_page_counts_them() -> None:
    page = (ROOT / "docs" / "account-api.md").read_text("utf-8")
    assert f"judges {len(READ_FACTS)} facts" in page
    assert f"settles {len(WRITE_FACTS)} more facts" in page


def test_each_fact_names_a_place_that_is_there() -> None:
    assert len(EVERY_FACT) == len(READ_FACTS) + len(WRITE_FACTS)
    for fact in EVERY_FACT.values():
        assert (ROOT / "pulumi_cerevox" / fact.place).is_file(), fact.name


def json_with(**fields: Any) -> Callable[[Exchange], Exchange]:
    """Return the same answer with other fields; of a list, with those in the first."""

    def change(one: Exchange) -> Exchange:
        if isinstance(one.body, list):
            return replace(one, body=[one.body[0] | fields, *one.body[1:]])
        return replace(one, body={**one.body, **fields})

    return change


def with_status(status: int) -> Callable[[Exchange], Exchange]:
    return lambda one: replace(one, status=status)


#: For each fact an answer that would be otherwise, and how: no check can't fail.
OTHERWISE: dict[str, tuple[str, Callable[[Exchange], Exchange]]] = {
    "key-and-colon": ("login-colon", with_status(401)),
    "token-lifetime": ("login", json_with(expires_in=60)),
    "expires-at": ("login", json_with(expires_at="soon")),
    "logins-side-by-side": ("me-first-token", with_status(401)),
    "json-everywhere": ("plan", lambda one: replace(one, is_json=False)),
    "request-id": ("plan", lambda one: replace(one, headers={})),
    "no-redirects": ("path-slash", with_status(308)),
    "unknown-path": ("path-unknown", with_status(200)),
    "wrong-method": ("method-wrong", with_status(404)),
    "error-texts": ("path-unknown", json_with(error={"code": 7})),
    "unauthenticated": ("bad-token", json_with(error="who?")),
    "401-comes-first": ("foreign-no-token", with_status(404)),
    "retry-after": (
        "usage",
        lambda one: replace(one, status=429, body={"retry_after": 3}),
    ),
    "times": ("account", json_with(created_at="2026-01-01T00:00:00+02:00")),
    "account-fields": (
        "account",
        lambda one: replace(one, body={"account_id": "a", "account_name": "n"}),
    ),
    "account-owner": ("account", json_with(email=7)),
    "plan-same": ("account", json_with(plan="free")),
    "foreign-account": ("account-foreign", with_status(403)),
    "usage-fields": ("usage", lambda one: replace(one, body={"files": {}})),
    "usage-range": ("usage-both", json_with(total_requests=-1)),
    "usage-bad-range": ("usage-no-day", with_status(200)),
    "billing-path": ("billing", with_status(404)),
    "billing-sum": ("billing", json_with(total_cost=99_999)),
    "list-bare": ("list", lambda one: replace(one, body={"users": one.body})),
    "list-whole": ("list", lambda one: replace(one, body=one.body[1:])),
    "list-for-admins": ("me", json_with(isadmin=False)),
    "403-before-404": ("me", json_with(isadmin=False)),
    "unknown-user": ("user-unknown", with_status(200)),
    "user-by-id": ("user", json_with(name="another")),
    "ids": ("list", json_with(user_id="a/b")),
    "names": ("list", json_with(name=None)),
    "first-and-last-names": ("list", json_with(firstname="text-1")),
    "last-logins": ("list", json_with(lastlogin=17)),
    "roles": ("list", json_with(role="owner")),
    "role-is-isadmin": ("list", json_with(role="member")),
    "emails-unique": ("list", lambda one: replace(one, body=[*one.body, one.body[0]])),
    "create-tells-id": ("create", with_status(200)),
    "create-keeps-case": (
        "create",
        lambda one: replace(one, sent={"email": one.sent["email"].upper()}),
    ),
    "create-comes-last": (
        "list-made",
        lambda one: replace(one, body=one.body[::-1]),
    ),
    "create-twin": ("create-twin", with_status(201)),
    "role-can-be-set": ("user-promoted", json_with(isadmin=False)),
    "absent-stays": ("user-renamed", json_with(isadmin=False)),
    "delete-confirmed": ("delete-wrong", with_status(200)),
    "deleted-is-unknown": ("delete-again", with_status(200)),
    "refresh-once": ("refresh-again", with_status(200)),
    "refresh-ends-nothing": ("me-before-refresh", with_status(401)),
    "revoke-ends-one": ("me-not-revoked", with_status(401)),
}
#: What a change of case at the API can't be told from.
NEVER_FAIL = {"emails-as-sent"}


@documented
def test_each_fact_can_fail(run: Run, record: Path) -> None:
    assert set(OTHERWISE) | NEVER_FAIL == set(EVERY_FACT)
    run("--write")
    seen = read_recording(record)
    for name, (ask, change) in OTHERWISE.items():
        other = with_changed(seen, ask, change)
        assert EVERY_FACT[name].judged(other).verdict is Verdict.FAILS, name


@documented
def test_each_fact_is_open_where_nothing_was_answered(run: Run, record: Path) -> None:
    run("--write")
    seen = read_recording(record)
    down = [
        replace(one, status=None, body=None, headers={}, failure="Timed out")
        for one in seen.exchanges
    ]
    odd = [replace(one, body=[7], is_json=True, status=200) for one in seen.exchanges]
    for fact in EVERY_FACT.values():
        judged = fact.judged(replace(seen, exchanges=down))
        assert judged.verdict is Verdict.UNKNOWN, fact.name
        fact.judged(replace(seen, exchanges=odd))  # raises for none


def with_changed(
    seen: Recording, ask: str, change: Callable[[Exchange], Exchange]
) -> Recording:
    changed = [change(one) if one.ask == ask else one for one in seen.exchanges]
    return replace(seen, exchanges=changed)


@documented
def test_make_shows_no_key(emulator: EmulatorProcess, record: Path) -> None:
    """Make's own messages included; and a URL of the environment is not asked."""
    command = ["make", "contract", f"URL={emulator.url}", f"RECORD={record}"]
    made = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"KEY": emulator.api_key},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "does not hold 0" in made.stdout
    assert emulator.api_key not in made.stdout + made.stderr
    planned = subprocess.run(
        ["make", "--dry-run", "contract"],  # noqa: S607 - whichever make there is
        cwd=ROOT,
        # What a `make` around the tests was given is not for this one.
        env=os.environ | {"URL": emulator.url, "MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.rstrip() for line in planned.stdout.splitlines()]
    assert ".venv/bin/python -m scripts.contract.emulated" in lines
    assert "--url" not in planned.stdout
    assert emulator.url not in planned.stdout


def test_every_line_is_an_object(run: Run, record: Path) -> None:
    run()
    lines = [json.loads(line) for line in record.read_text("ascii").splitlines()]
    assert all(isinstance(line, dict) for line in lines)
    asks = [line["ask"] for line in lines[1:]]
    assert len(asks) == len(set(asks))
