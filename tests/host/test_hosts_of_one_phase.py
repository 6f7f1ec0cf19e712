"""Several hosts of one engine: what one declares, another does not take away."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_cerevox.provider import RoleProvider, RosterProvider

ADA = {"email": "ada@example.com", "name": "Ada"}
OWNER = {"owner@example.com": {"role": "admin"}}
BOTH = OWNER | {"ada@example.com": {"role": "member"}}
Start = Callable[..., Any]


def beside(host: Any, account: Any, start_host: Start, **env: str) -> Any:
    """Start another host of the same engine phase."""
    return start_host(account, engine=host.engine, **env)


def emails(account: Any) -> list[str]:
    """Return who is in the account beside its owner."""
    return [user["email"] for user in account.users()[1:]]


def said(host: Any) -> str:
    """Return everything that the hosts told the engine."""
    return "\n".join(line for _, line in host.engine.lines)


def roster_of(
    members: dict[str, Any], account: Any, start_host: Start
) -> tuple[Any, str, dict[str, Any]]:
    """Make a roster in an earlier phase; give a host for it, its id and outputs."""
    earlier, host = start_host(account), start_host(account)
    earlier.provider = host.provider = RosterProvider
    return host, *earlier.create({"members": members})


def notes(folder: Path) -> list[Path]:
    """Return the files of notes in a folder for temporary files."""
    return list((folder / f"pulumi-cerevox-{os.getuid()}").iterdir())


def test_a_person_whom_another_host_made_stays(
    host: Any, account: Any, start_host: Start
) -> None:
    id_, outs = start_host(account).create(ADA)
    beside(host, account, start_host).create(ADA)
    host.delete(id_, outs)
    assert emails(account) == ["ada@example.com"]
    assert "ada@example.com stays in the account" in said(host)


def test_a_person_whom_another_host_keeps_stays(
    host: Any, account: Any, start_host: Start
) -> None:
    id_, outs = start_host(account).create(ADA)
    other = beside(host, account, start_host)
    other.check(ADA)
    other.diff(id_, outs, ADA)
    host.delete(id_, {**outs, "email": "Ada.Before@example.com"})
    assert account.count("DELETE") == 0


def test_an_email_that_another_host_declares_is_enough(
    host: Any, account: Any, start_host: Start
) -> None:
    id_, outs = start_host(account).create(ADA)
    beside(host, account, start_host).check({"email": "ADA@example.com"})
    host.delete(id_, outs)
    assert account.count("DELETE") == 0


def test_an_email_counts_for_the_bound_account_with_any_key(
    host: Any, account: Any, start_host: Start
) -> None:
    id_, outs = start_host(account).create(ADA)
    other_key = account.key_for("owner@example.com")
    assert other_key != account.api_key
    other = beside(
        host,
        account,
        start_host,
        CEREVOX_API_KEY=other_key,
        CEREVOX_ACCOUNT_ID="acc_empty",
    )
    other.check(ADA)
    host.delete(id_, outs)
    assert account.count("DELETE") == 0


def test_the_same_email_in_another_account_keeps_nobody(
    host: Any, account: Any, start_host: Start, start_emulator: Callable[..., Any]
) -> None:
    id_, outs = start_host(account).create(ADA)
    theirs = start_emulator(seed="empty", account_id="acc_theirs")
    start_host(theirs, engine=host.engine).create(ADA)
    host.delete(id_, outs)
    assert emails(account) == []
    assert emails(theirs) == ["ada@example.com"]


def test_another_phase_keeps_nobody(host: Any, account: Any, start_host: Start) -> None:
    id_, outs = start_host(account).create(ADA)
    start_host(account).create(ADA)
    host.delete(id_, outs)
    assert emails(account) == []


def test_what_an_ended_phase_noted_at_the_same_address_is_not_believed(
    host: Any, account: Any, start_host: Start
) -> None:
    id_, outs = start_host(account).create(ADA)
    ended = beside(host, account, start_host)
    ended.create(ADA)
    ended.process.kill()
    ended.process.wait()
    host.delete(id_, outs)
    assert emails(account) == []


def test_somebody_on_the_way_out_is_not_taken_over_by_another_host(
    host: Any, account: Any, start_host: Start, call_error: type[Exception]
) -> None:
    id_, outs = start_host(account).create(ADA)
    other = beside(host, account, start_host)
    other.create({"email": "bob@example.com"})  # lists the account, with Ada in it
    host.delete(id_, outs)
    with pytest.raises(call_error, match="is being removed by another resource"):
        other.create(ADA)
    assert emails(account) == ["bob@example.com"]


def test_a_roster_that_drops_somebody_yields_to_another_hosts_user(
    account: Any, start_host: Start
) -> None:
    roster, id_, outs = roster_of(BOTH, account, start_host)
    user = beside(roster, account, start_host)
    user.create({"email": "ada@example.com", "role": "member"})
    roster.update(id_, outs, roster.check({"members": OWNER}, {"members": BOTH}))
    assert emails(account) == ["ada@example.com"]
    assert "ada@example.com stays in the account" in said(roster)


def test_a_user_yields_to_a_roster_that_drops_them_first(
    account: Any, start_host: Start, call_error: type[Exception]
) -> None:
    roster, id_, outs = roster_of(BOTH, account, start_host)
    user = beside(roster, account, start_host)
    user.create({"email": "bob@example.com"})  # lists the account, with Ada in it
    roster.update(id_, outs, roster.check({"members": OWNER}, {"members": BOTH}))
    with pytest.raises(call_error, match=r"Run `pulumi up` again"):
        user.create({"email": "ada@example.com", "role": "member"})
    assert emails(account) == ["bob@example.com"]


def test_one_person_is_not_made_in_two_hosts(
    host: Any, account: Any, start_host: Start, call_error: type[Exception]
) -> None:
    host.create(ADA)
    with pytest.raises(call_error, match="declared by two resources"):
        beside(host, account, start_host).create(ADA)


def test_a_role_that_another_host_assigns_stays(
    host: Any, account: Any, start_host: Start
) -> None:
    account.add_user(email="bob@example.com", name="Bob", role="member")
    bob = {"email": "bob@example.com", "role": "admin"}
    hosts = [start_host(account), beside(host, account, start_host), host]
    for one in hosts:
        one.provider = RoleProvider
    id_, outs = hosts[0].create(bob)
    hosts[1].create(bob)
    hosts[2].delete(id_, outs)
    assert account.user("bob@example.com")["role"] == "admin"
    assert "another resource of this program assigns it" in said(host)


def test_the_notes_are_private_and_name_nobody(
    account: Any, start_host: Start, tmp_path: Path
) -> None:
    host = start_host(account, TMPDIR=str(tmp_path))
    host.create(ADA)
    (file,) = notes(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    noted = file.read_text() + file.name
    assert noted.strip()
    for word in ("ada@", "example.com", "Ada", account.api_key, "acc_empty"):
        assert word not in noted


def test_a_host_removes_what_ended_phases_left(
    account: Any, start_host: Start, tmp_path: Path
) -> None:
    ended = start_host(account, TMPDIR=str(tmp_path))
    lives = start_host(account, TMPDIR=str(tmp_path))
    ended.check(ADA)
    lives.check(ADA)
    assert len(notes(tmp_path)) == 2
    ended.process.kill()
    ended.process.wait()
    start_host(account, TMPDIR=str(tmp_path)).check(ADA)
    assert len(notes(tmp_path)) == 2


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda folder: folder.symlink_to(folder.parent), id="a link"),
        pytest.param(lambda folder: folder.mkdir(0o755), id="open to others"),
        pytest.param(lambda folder: folder.write_text(""), id="a file"),
    ],
)
def test_a_folder_that_is_not_ones_own_is_not_used(
    account: Any, start_host: Start, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    folder = tmp_path / f"pulumi-cerevox-{os.getuid()}"
    spoil(folder)
    before = sorted(tmp_path.rglob("*"))
    host = start_host(account, TMPDIR=str(tmp_path))
    id_, outs = host.create(ADA)
    assert said(host) == ""  # with one host there is nobody to tell
    instance = start_host(account, engine=host.engine, TMPDIR=str(tmp_path))
    instance.configure_instance()
    instance.read(id_, outs)
    instance.provider = RoleProvider
    instance.check({"email": "ada@example.com", "role": "member"})
    assert said(host).count("can't tell each other whom they declare") == 1
    assert sorted(tmp_path.rglob("*")) == before
    # What one host knows, it still goes by.
    host.delete(id_, outs)
    assert emails(account) == ["ada@example.com"]


def test_the_removal_limit_holds_for_all_hosts_together(
    host: Any, account: Any, start_host: Start, call_error: type[Exception]
) -> None:
    earlier = start_host(account)
    people = [earlier.create({"email": f"{who}@example.com"}) for who in "abc"]
    one = beside(host, account, start_host, CEREVOX_MAX_REMOVALS="2")
    other = beside(host, account, start_host, CEREVOX_MAX_REMOVALS="2")
    one.delete(*people[0])
    other.delete(*people[1])
    for late in (one, other):
        with pytest.raises(call_error, match="through other Provider instances: 1"):
            late.delete(*people[2])
    assert emails(account) == ["c@example.com"]


def test_two_hosts_never_take_the_last_two_admins(
    host: Any, account: Any, start_host: Start, call_error: type[Exception]
) -> None:
    account.add_user("ada@example.com", role="admin", lastlogin="2026-11-01T00:00:00Z")
    adopt = {"onExisting": "adopt", "onDestroy": "delete"}
    earlier = start_host(account)
    ada = earlier.create({"email": "ada@example.com", **adopt})
    owner = earlier.create({"email": "owner@example.com", **adopt})
    one = beside(host, account, start_host)
    hers = account.key_for("ada@example.com")
    other = beside(host, account, start_host, CEREVOX_API_KEY=hers)
    # Both have read the account, with both admins in it, when one of them is deleted.
    for reader in (one, other):
        reader.read(*owner)
    one.delete(*ada)
    with pytest.raises(call_error, match="the account would have 0 admins"):
        other.delete(*owner)
    assert [user["email"] for user in account.users()] == ["owner@example.com"]
