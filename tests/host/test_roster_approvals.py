"""One approval serves every check, whichever of them refuses, and fits only once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_cerevox.provider import RosterProvider

OWNER = "owner@example.com"
Members = dict[str, dict[str, str]]


class Forty:
    """An account of 40, all declared, and eight who are to go: few enough for 40."""

    def __init__(self, emulator: Any, start: Callable[..., Any]) -> None:
        self.emulator = emulator
        self._start = start
        everybody = [user["email"] for user in emulator.users()]
        members = {who: {"role": "member"} for who in everybody}
        members[OWNER] = {"role": "admin"}
        _, self.outs = self.host().create({"members": members})
        self.going = everybody[-8:]
        self.members = {
            who: one for who, one in members.items() if who not in self.going
        }

    def host(self, approve: str = "") -> Any:
        """Start a host as a run does: with an approval in its environment, or none."""
        host = self._start(self.emulator, CEREVOX_APPROVE=approve)
        host.provider = RosterProvider
        return host

    def check(self, host: Any, members: Members | None = None) -> dict[str, Any]:
        """Preview without those who are to go."""
        olds = {
            key: self.outs[key] for key in ("members", "__spent") if key in self.outs
        }
        answer: dict[str, Any] = host.check({"members": members or self.members}, olds)
        return answer

    def update(self, host: Any, inputs: dict[str, Any]) -> None:
        """Carry out what `check` let pass."""
        self.outs = host.update("acc_empty", self.outs, inputs)

    def shrink(self, left: int = 12) -> None:
        """Remove others by hand, so that eight become too many in the live check."""
        keep = {OWNER, *self.going}
        others = [u["email"] for u in self.emulator.users() if u["email"] not in keep]
        for email in others[left - len(keep) :]:
            self.emulator.remove_user(email)

    def is_done(self) -> bool:
        there = {user["email"] for user in self.emulator.users()}
        return not there & set(self.going)


@pytest.fixture
def forty(start_emulator: Callable[..., Any], start_host: Callable[..., Any]) -> Forty:
    return Forty(start_emulator(seed="empty", users=39), start_host)


def offered(text: str) -> str:
    """Return the digest of a refusal."""
    assert "refused by guard max_removals" in text
    found = re.search(r"CEREVOX_APPROVE=(\w+)", text)
    assert found is not None, text
    return found[1]


def refused_in_check(forty: Forty, approve: str = "") -> str:
    return str(forty.check(forty.host(approve))["failures"][0][1])


def refused_in_update(
    forty: Forty, inputs: dict[str, Any], call_error: type[Exception]
) -> str:
    with pytest.raises(call_error) as caught:
        forty.update(forty.host(), inputs)
    return str(caught.value)


def test_what_only_the_live_account_refuses_is_approved_by_its_digest(
    forty: Forty,
) -> None:
    forty.shrink()
    digest = offered(refused_in_check(forty))
    assert offered(refused_in_check(forty, "0" * 16)) == digest
    host = forty.host(digest)
    inputs = forty.check(host)
    assert inputs["__spent"] == [digest]
    forty.update(host, inputs)
    assert forty.is_done()
    assert forty.outs["__spent"] == [digest]


def test_the_update_refuses_with_the_digest_that_the_preview_takes(
    forty: Forty, call_error: type[Exception]
) -> None:
    """The account shrinks between the two, so that the check had nothing to refuse."""
    inputs = forty.check(forty.host())
    forty.shrink()
    digest = offered(refused_in_update(forty, inputs, call_error))
    assert not forty.is_done()
    assert offered(refused_in_check(forty)) == digest
    host = forty.host(digest)
    forty.update(host, forty.check(host))
    assert forty.is_done()


def test_an_approval_is_there_for_the_update_where_the_check_needed_none(
    forty: Forty, call_error: type[Exception]
) -> None:
    before = forty.check(forty.host())
    forty.shrink()
    digest = offered(refused_in_update(forty, before, call_error))
    forty.emulator.reset()
    host = forty.host(digest)
    inputs = forty.check(host)
    assert "failures" not in inputs
    forty.shrink()
    forty.update(forty.host(), inputs)
    assert forty.is_done()


def test_fewer_than_were_approved_may_go(forty: Forty) -> None:
    forty.shrink()
    digest = offered(refused_in_check(forty))
    for email in forty.going[:3]:
        forty.emulator.remove_user(email)
    host = forty.host(digest)
    forty.update(host, forty.check(host))
    assert forty.is_done()


def test_others_than_were_approved_may_not(forty: Forty) -> None:
    forty.shrink()
    digest = offered(refused_in_check(forty))
    others = dict(forty.members)
    stays = forty.going[0]
    there = {user["email"] for user in forty.emulator.users()}
    goes = next(who for who in others if who in there and who != OWNER)
    del others[goes]
    others[stays] = {"role": "member"}
    answer = forty.check(forty.host(digest), others)
    assert offered(answer["failures"][0][1]) != digest


def test_an_approval_that_was_used_fits_no_more(forty: Forty) -> None:
    everybody = dict(forty.outs["members"])
    forty.shrink()
    digest = offered(refused_in_check(forty))
    host = forty.host(digest)
    forty.update(host, forty.check(host))
    # They are declared, made and taken out again: the same change as before.
    back = forty.host()
    there = {user["email"] for user in forty.emulator.users()} | set(forty.going)
    again = {who: one for who, one in everybody.items() if who in there}
    forty.members |= {who: {"role": "member"} for who in forty.going}
    forty.update(back, forty.check(back))
    assert set(forty.going) <= set(again)
    for email in forty.going:
        del forty.members[email]
    assert offered(refused_in_check(forty, digest)) != digest


def test_an_approval_fits_in_no_other_account(
    forty: Forty, start_emulator: Callable[..., Any], start_host: Callable[..., Any]
) -> None:
    """The same roster, bound to no account, and the same people in two accounts."""
    other = Forty(
        start_emulator(seed="empty", users=39, account_id="acc_other"), start_host
    )
    assert other.members == forty.members
    for account in (forty, other):
        account.shrink()
    digest = offered(refused_in_check(forty))
    assert offered(refused_in_check(other, digest)) != digest
    assert "failures" not in forty.check(forty.host(digest))


def test_without_a_key_only_a_bound_roster_is_approved(
    forty: Forty, start_host: Callable[..., Any]
) -> None:
    forty.members = {OWNER: {"role": "admin"}}
    digest = offered(refused_in_check(forty))
    words = {"CEREVOX_API_KEY": "", "CEREVOX_APPROVE": digest}
    blind = start_host(forty.emulator, **words)
    blind.provider = RosterProvider
    text = str(forty.check(blind)["failures"][0][1])
    assert "An approval names the account, which is not known here" in text
    bound = start_host(forty.emulator, CEREVOX_ACCOUNT_ID="acc_empty", **words)
    bound.provider = RosterProvider
    assert "failures" not in forty.check(bound)


def test_no_approval_lifts_what_protects_the_account(forty: Forty) -> None:
    forty.shrink()
    forty.emulator.patch_rules(self_delete_protected=False)
    members = {who: one for who, one in forty.members.items() if who != OWNER}
    members["new@example.com"] = {"role": "admin"}
    answer = forty.check(forty.host(), members)
    text = "\n".join(reason for _, reason in answer["failures"])
    assert "protect_self" in text
    assert "No approval lifts" in text
    assert "CEREVOX_APPROVE" not in text


def test_a_destroy_that_broke_off_goes_on_with_its_approval(
    start_emulator: Callable[..., Any],
    start_host: Callable[..., Any],
    call_error: type[Exception],
) -> None:
    emulator = start_emulator(seed="empty")

    def host(approve: str = "") -> Any:
        started = start_host(emulator, CEREVOX_APPROVE=approve)
        started.provider = RosterProvider
        return started

    made = {f"user-{number}@example.com": {"role": "member"} for number in range(8)}
    members = {OWNER: {"role": "admin"}} | made
    _, outs = host().create({"members": members, "onDestroy": "remove_created"})
    with pytest.raises(call_error) as caught:
        host().delete("acc_empty", outs)
    digest = offered(str(caught.value))

    emulator.add_fault(method="DELETE", path="/users/{user_id}", status=400, times=4)
    with pytest.raises(call_error, match="4 of 8 changes failed"):
        host(digest).delete("acc_empty", outs)
    assert len(emulator.users()) == 5

    with pytest.raises(call_error) as caught:
        host("0" * 16).delete("acc_empty", outs)
    assert offered(str(caught.value)) == digest
    host(digest).delete("acc_empty", outs)
    assert [user["email"] for user in emulator.users()] == [OWNER]
