"""Each call that the engine makes for a `User`, on the SDK's real provider host."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pulumi import dynamic

ADA = {"email": "ada@example.com", "name": "Ada", "role": "admin"}


def test_create_gives_the_inputs_and_what_is_known_since(host: Any) -> None:
    id_, outs = host.create(ADA)
    assert outs.pop("userId") == id_
    account_id = outs.pop("accountId")
    assert account_id == "acc_empty"
    assert outs == {
        **ADA,
        "adopted": False,
        "__managed": ["name", "role"],
        "__givenRole": "admin",
    }


def test_read_gives_live_inputs_and_leaves_out_what_is_not_managed(
    host: Any, account: Any, start_host: Callable[..., Any]
) -> None:
    id_, outs = host.create({"email": "Ada@example.com", "role": "member"})
    account.patch_user("ada@example.com", role="admin", name="Other")
    read_id, read, inputs = start_host(account).read(id_, outs)
    assert read_id == id_
    assert inputs == {"email": "Ada@example.com", "role": "admin"}
    assert read["role"] == "admin"
    assert "name" not in read


def test_no_refresh_takes_a_role_that_was_found_for_the_one_that_was_given(
    host: Any, account: Any, start_host: Callable[..., Any]
) -> None:
    id_, outs = host.create(ADA)
    account.patch_user("ada@example.com", role="member")
    for _ in range(2):
        _, outs, inputs = start_host(account).read(id_, outs)
        assert (inputs["role"], outs["__givenRole"]) == ("member", "admin")


def test_a_refresh_notes_that_it_stored_another_name_until_a_run_settles_it(
    host: Any, account: Any, start_host: Callable[..., Any]
) -> None:
    id_, made = host.create(ADA)
    assert "__overwritten" not in made
    account.patch_user("ada@example.com", name="Countess")
    outs = made
    for _ in range(2):
        refreshed = start_host(account)
        _, outs, inputs = refreshed.read(id_, outs)
        assert (inputs["name"], outs["__overwritten"]) == ("Countess", ["name"])
        # A refresh compares as well, and has seen no program: it finds nothing.
        assert refreshed.diff(id_, outs, inputs) == ("DIFF_NONE", [])
    accepts, later = ADA | {"name": "Countess"}, start_host(account)
    later.check(accepts, inputs)
    assert later.diff(id_, outs, ADA) == ("DIFF_UNKNOWN", [])
    assert later.diff(id_, outs, accepts) == ("DIFF_SOME", [])
    account.clear_journal()
    settled = later.update(id_, outs, accepts)
    assert "__overwritten" not in settled
    assert not account.journal(method="PUT")
    assert later.diff(id_, settled, accepts) == ("DIFF_NONE", [])
    assert "__overwritten" not in later.update(id_, outs, ADA)


def test_a_role_that_the_program_takes_over_after_a_refresh_is_settled_once(
    host: Any, account: Any, start_host: Callable[..., Any]
) -> None:
    id_, made = host.create(ADA)
    account.patch_user("ada@example.com", role="member")
    refreshed = start_host(account)
    _, outs, inputs = refreshed.read(id_, made)
    assert refreshed.diff(id_, outs, inputs) == ("DIFF_NONE", [])
    accepts, later = ADA | {"role": "member"}, start_host(account)
    later.check(accepts, inputs)
    assert later.diff(id_, outs, accepts) == ("DIFF_SOME", [])
    account.clear_journal()
    settled = later.update(id_, outs, accepts)
    assert settled["__givenRole"] == "member"
    assert not account.journal(method="PUT")
    assert later.diff(id_, settled, accepts) == ("DIFF_NONE", [])


def test_a_role_that_the_program_took_over_is_not_taken_back(
    host: Any, account: Any, start_host: Callable[..., Any]
) -> None:
    """Somebody demotes an adopted admin by hand: no delete promotes them again."""
    account.add_user("ada@example.com", name=ADA["name"], role="admin")
    id_, outs = host.create(ADA | {"onExisting": "adopt"})
    account.patch_user("ada@example.com", role="member")
    later = start_host(account)
    _, outs, inputs = later.read(id_, outs)
    accepts = later.check(ADA | {"onExisting": "adopt", "role": "member"}, inputs)
    outs = later.update(id_, outs, accepts)
    start_host(account).delete(id_, outs)
    assert account.user("ada@example.com")["role"] == "member"


def test_reading_somebody_who_is_gone_gives_nothing(
    host: Any, account: Any, start_host: Callable[..., Any]
) -> None:
    id_, outs = host.create(ADA)
    account.remove_user("ada@example.com")
    assert start_host(account).read(id_, outs)[0] == ""


def test_diff_assumes_no_direction(host: Any) -> None:
    id_, outs = host.create(ADA)
    assert host.diff(id_, outs, ADA) == ("DIFF_NONE", [])
    assert host.diff(id_, {**outs, "role": "member"}, ADA) == ("DIFF_UNKNOWN", [])
    other = {**ADA, "email": "b@example.com"}
    assert host.diff(id_, outs, other) == ("DIFF_UNKNOWN", ["email"])


def test_check_fails_without_naming_a_property(host: Any) -> None:
    failures = host.check({"email": "nobody", "role": "boss"})["failures"]
    assert [property_ for property_, _ in failures] == ["", ""]


def test_calls_of_one_host_share_a_login_a_list_and_a_caller(
    host: Any, account: Any
) -> None:
    users = [{"email": f"user-{n}@example.com"} for n in range(20)]
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(host.create, users))
        reads = list(threads.map(lambda one: host.read(*one), made))
    assert all(id_ for id_, *_ in reads)
    for method, path, count in [
        ("POST", "/token/login", 1),
        ("GET", "/users", 1),
        ("GET", "/users/me", 1),
        ("GET", "/users/{user_id}", 0),
        ("POST", "/users", 20),
    ]:
        assert account.count(method, path) == count, (method, path)


def test_somebody_made_after_the_list_was_read_is_met_by_name(
    host: Any, account: Any, call_error: type[Exception]
) -> None:
    host.create(ADA)
    account.add_user(email="late@example.com", name="Late", role="admin")
    with pytest.raises(call_error, match=r"late@example\.com is in account"):
        host.create({"email": "late@example.com"})
    _, outs = host.create({"email": "late@example.com", "onExisting": "adopt"})
    assert outs["adopted"] is True
    assert outs["priorRole"] == "admin"


def test_an_update_writes_only_what_the_preview_showed(host: Any, account: Any) -> None:
    id_, outs = host.create(ADA)
    account.patch_user("ada@example.com", role="member")
    account.clear_journal()
    outs = host.update(id_, outs, {**ADA, "name": "Ada L"})
    (write,) = account.journal(method="PUT")
    assert write["body"] == {"name": "Ada L"}
    assert outs["role"] == "admin"  # as the preview compared it; a refresh finds more


def test_an_update_that_somebody_made_by_hand_writes_nothing(
    host: Any, account: Any, start_host: Callable[..., Any]
) -> None:
    id_, outs = host.create(ADA)
    account.patch_user("ada@example.com", name="Ada L")
    start_host(account).update(id_, outs, {**ADA, "name": "Ada L"})
    assert account.count("PUT", "/users/{user_id}") == 0


def test_a_role_that_the_api_ignores_is_an_error_and_leaves_nobody(
    start_emulator: Callable[..., Any],
    start_host: Callable[..., Any],
    call_error: type[Exception],
) -> None:
    emulator = start_emulator(seed="empty", dialect="sdk-0.2")
    host = start_host(emulator)
    with pytest.raises(call_error, match=r"did not give the role admin.*removed again"):
        host.create_checked(ADA)
    with pytest.raises(call_error) as caught:
        host.create_checked(ADA)
    assert ".." not in str(caught.value)
    assert len(emulator.users()) == 1
    # Where the account can be seen, the preview refuses it before.
    (failure,) = host.check(ADA)["failures"]
    assert "could not give ada@example.com the role admin" in failure[1]
    id_, outs = host.create({**ADA, "role": "member"})
    with pytest.raises(call_error, match=r"could not update ada@example\.com"):
        host.update(id_, outs, ADA)
    assert len(emulator.users()) == 2


def test_an_engine_that_is_gone_gets_no_more_writes(
    host: Any,
    account: Any,
    start_host: Callable[..., Any],
    call_error: type[Exception],
) -> None:
    id_, outs = host.create(ADA)
    orphan = start_host(account)
    orphan.engine.close()
    account.clear_journal()
    calls: list[Callable[[], Any]] = [
        lambda: orphan.create({"email": "bob@example.com"}),
        lambda: orphan.update(id_, outs, {**ADA, "name": "Ada L"}),
        lambda: orphan.delete(id_, outs),
    ]
    for call in calls:
        with pytest.raises(call_error, match="no longer answers"):
            call()
    assert not any(
        request["committed"] and request["method"] != "POST"
        for request in account.journal()
    )
    assert account.count("POST", "/users") == 0


def test_two_keys_that_differ_are_told(
    account: Any, start_host: Callable[..., Any]
) -> None:
    host = start_host(account, {"apiKey": account.api_key}, CEREVOX_API_KEY="other")
    host.create(ADA)
    lines = [line for _, line in host.engine.lines]
    assert any("two different API keys are set" in line for line in lines)
    assert account.api_key not in " ".join(lines)


def test_the_keys_own_user_is_never_deleted(
    account: Any, start_host: Callable[..., Any], call_error: type[Exception]
) -> None:
    account.patch_rules(self_delete_protected=False, last_admin_protected=False)
    owner = account.users()[0]["email"]
    host = start_host(account)
    id_, outs = host.create({"email": owner, "onExisting": "adopt"})
    with pytest.raises(call_error, match="protect_self"):
        start_host(account).delete(id_, {**outs, "onDestroy": "delete"})


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", id="secret marker"),
        pytest.param("04da6b54-80e4-46f7-96ec-b56ff0331ba9", id="unknown marker"),
        pytest.param("4dabf18193072939515e22adb298388d", id="signature key"),
    ],
)
def test_a_name_that_is_an_engine_marker_is_made_harmless(
    host: Any, account: Any, start_host: Callable[..., Any], name: str
) -> None:
    id_, outs = host.create(ADA)
    account.patch_user("ada@example.com", name=name)
    _, read, inputs = start_host(account).read(id_, outs)
    assert read["name"] == inputs["name"] == f"(engine marker) {name}"


def test_an_error_that_is_not_ours_keeps_its_traceback(
    host: Any, call_error: type[Exception]
) -> None:
    host.create(ADA)
    # Pulumi's older SDKs give a bug's bare text, whatever we would like.
    sdk_host = Path(dynamic.__file__).with_name("__main__.py").read_text()
    gives_all = "format_exc" in sdk_host
    with pytest.raises(call_error, match="Traceback" if gives_all else "'email'"):
        host.update("u-1", {}, {})


def test_somebody_with_a_colour_tag_is_looked_up_without_it(
    host: Any, account: Any
) -> None:
    user = account.add_user("bob<{%reset%}>@b.de", name="<{%reset%}>", role="member")
    _, outs, _ = host.read(user["user_id"], {})
    assert outs["email"] == r"bob\x3c{%reset%}>@b.de"
    assert outs["name"] == r"\x3c{%reset%}>"
