"""Every call against the running emulator, in both dialects."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from pulumi_cerevox.account import (
    Account,
    AccountSuspendedError,
    AuthenticationError,
    ConflictError,
    ForbiddenError,
    LastAdminError,
    NotFoundError,
    QuotaExceededError,
    RoleNotAppliedError,
    SelfDeleteForbiddenError,
    ValidationError,
)

ADA = "ada@example.com"
NEW = "New.Person+x@example.com"


@pytest.fixture
def account(emulator: Any, account_of: Any) -> Account:
    made: Account = account_of(emulator)
    return made


def test_the_account(account: Account) -> None:
    assert account.get_account_info().account_name == "Example Inc"


def test_the_plan(account: Account) -> None:
    assert account.get_plan().plan == "pro"


def test_the_usage(account: Account) -> None:
    assert account.get_usage().storage["used"] > 0


def test_what_the_documentation_adds(documented: Any, account_of: Any) -> None:
    account = account_of(documented)
    info = account.get_account_info()
    assert (info.plan, info.status, info.features.max_users) == ("pro", "active", 20)
    assert account.get_usage().total_requests > 0
    bill = account.get_billing_info()
    assert (bill.currency, bill.breakdown.hippo_cost > 0) == ("USD", True)


def test_without_billing_the_error_says_so(sdk: Any, account_of: Any) -> None:
    with pytest.raises(NotFoundError, match="has no billing information"):
        account_of(sdk).get_billing_info()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-01-01", "2025-01-28"),
        (date(2025, 1, 1), date(2025, 1, 28)),
        (datetime(2025, 1, 1, 23, tzinfo=UTC), "2025-01-28T01:00:00Z"),
    ],
)
def test_a_usage_range_travels_as_days(
    documented: Any, account_of: Any, start: Any, end: Any
) -> None:
    account_of(documented).get_usage(start_date=start, end_date=end)
    (seen,) = documented.journal("GET", "/accounts/{account_id}/usage")
    assert "start_date=2025-01-01" in repr(seen) or "'2025-01-01'" in repr(seen)
    assert "2025-01-28" in repr(seen)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2025-02-01", "2025-01-31", "start_date"),
        ("yesterday", None, "start_date"),
        (None, "2025-02-30", "end_date"),
        (5, None, "start_date"),
    ],
)
def test_a_bad_usage_range_is_not_sent(
    make_account: Any, start: Any, end: Any, field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        make_account("https://cerevox.invalid/v1").get_usage(start, end)
    assert list(caught.value.validation_errors) == [field]


def test_users_are_listed_in_full(emulator: Any, account: Account) -> None:
    listed = account.list_users()
    assert [u.email for u in listed] == [u["email"] for u in emulator.users()]
    assert [u.role for u in listed] == [u["role"] for u in emulator.users()]


def test_a_wrapped_list_is_read(emulator: Any, account: Account) -> None:
    emulator.patch_rules(list_wrapped=True)
    assert len(account.list_users()) == len(emulator.users())


def test_listing_asks_anew_each_time(emulator: Any, account: Account) -> None:
    before = len(account.list_users())
    emulator.add_user("hand@example.com")
    assert len(account.directory.users()) == before
    assert len(account.list_users()) == before + 1
    assert len(account.directory.users()) == before + 1


def test_one_user(emulator: Any, account: Account) -> None:
    user_id = emulator.user(ADA)["user_id"]
    assert account.get_user(user_id).email == ADA
    with pytest.raises(NotFoundError, match="read user gone"):
        account.get_user("gone")


@pytest.mark.parametrize("user_id", ["", "me", "my", "../x", "a/b", "a?b", "x" * 65])
def test_an_id_that_no_path_should_hold_is_not_sent(
    make_account: Any, user_id: str
) -> None:
    account = make_account("https://cerevox.invalid/v1")
    for call in (account.get_user, account.delete_user):
        with pytest.raises(ValidationError):
            call(user_id)
    with pytest.raises(ValidationError):
        account.update_user(user_id, name="Ada")


def test_a_user_is_created(emulator: Any, account: Account) -> None:
    user = account.create_user(NEW, name="New Person")
    stored = emulator.user(NEW)
    assert (user.user_id, user.email) == (stored["user_id"], NEW)
    assert (user.name, user.role) == ("New Person", "member")
    assert account.directory.by_email(NEW.upper()) == user
    assert emulator.count("POST", "/users") == 1


def test_a_user_without_a_name_gets_the_documented_one(
    emulator: Any, account: Account
) -> None:
    assert account.create_user(NEW).name == "New.Person+x"
    assert account.create_user("other@example.com").name == "other"
    assert emulator.user(NEW)["name"] == "New.Person+x"


def test_that_names_are_needed_is_learned_once(sdk: Any, account_of: Any) -> None:
    account = account_of(sdk)
    account.create_user("one@example.com")
    account.create_user("two@example.com")
    assert sdk.count("POST", "/users") == 3


def test_a_taken_email_is_a_conflict(emulator: Any, account: Account) -> None:
    account.get_current_user()
    before = emulator.users()
    with pytest.raises(ConflictError, match=r"ADA@example\.com"):
        account.create_user(ADA.replace("ada", "ADA"), name="Other")
    assert emulator.users() == before
    assert emulator.count("POST", "/users") == 1


def test_seats_run_out(emulator: Any, account: Account) -> None:
    emulator.patch_account(max_users=len(emulator.users()))
    with pytest.raises(QuotaExceededError, match="No seat left"):
        account.create_user(NEW, name="New")


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        ({"email": "nobody"}, ["email"]),
        ({"email": NEW, "role": "Admin"}, ["role"]),
        ({"email": NEW, "name": " "}, ["name"]),
        ({"email": "", "role": "owner", "name": "x" * 101}, ["email", "role", "name"]),
    ],
)
def test_bad_arguments_are_not_sent(
    make_account: Any, arguments: dict[str, str], fields: list[str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        make_account("https://cerevox.invalid/v1").create_user(**arguments)
    assert list(caught.value.validation_errors) == fields


def test_a_user_is_renamed(emulator: Any, account: Account) -> None:
    user_id = emulator.user(ADA)["user_id"]
    account.list_users()
    renamed = account.update_user(user_id, name="Countess Ada")
    assert (renamed.name, renamed.role) == ("Countess Ada", "admin")
    assert emulator.user(ADA)["name"] == "Countess Ada"
    assert account.directory.by_id(user_id) == renamed
    assert emulator.count("GET", "/users") == 1


def test_an_update_of_nothing_is_not_sent(make_account: Any) -> None:
    account = make_account("https://cerevox.invalid/v1")
    with pytest.raises(ValidationError, match="a name, a role or both"):
        account.update_user("u1")
    with pytest.raises(ValidationError, match="must be admin or member"):
        account.update_user("u1", role="owner")


def test_a_user_is_deleted(emulator: Any, account: Account) -> None:
    user_id = emulator.user(ADA)["user_id"]
    account.delete_user(user_id)
    assert ADA not in [u["email"] for u in emulator.users()]
    assert account.directory.by_email(ADA, relist_on_miss=False) is None
    with pytest.raises(NotFoundError):
        account.delete_user(user_id)
    with pytest.raises(NotFoundError):
        account.delete_user(user_id, ADA)


def test_a_wrong_confirmation_deletes_nobody(emulator: Any, account: Account) -> None:
    account.get_current_user()
    before = emulator.users()
    with pytest.raises(ValidationError):
        account.delete_user(emulator.user(ADA)["user_id"], "other@example.com")
    assert emulator.users() == before


def test_nobody_deletes_themselves(account: Account) -> None:
    me = account.get_current_user()
    with pytest.raises(SelfDeleteForbiddenError, match="another admin's key"):
        account.delete_user(me.user_id)


def test_the_current_user(emulator: Any, account: Account) -> None:
    account.list_users()
    assert account.get_current_user(cached=True).email == "owner@example.com"
    assert emulator.count("GET", "/users/me") == 1
    me = account.update_current_user("The Owner")
    assert me.name == "The Owner"
    assert account.directory.by_id(me.user_id) == me
    assert account.get_current_user(cached=True) == me
    with pytest.raises(ValidationError):
        account.update_current_user("")


def test_the_current_user_is_known_after_an_update(
    emulator: Any, account: Account
) -> None:
    me = account.get_current_user()
    account.update_user(me.user_id, name="The Owner")
    assert account.get_current_user(cached=True).name == "The Owner"
    assert emulator.count("PUT", "/users/me") == 0


def test_a_suspended_account_can_be_read_only(emulator: Any, account: Account) -> None:
    emulator.patch_account(status="suspended")
    account.list_users()
    with pytest.raises(AccountSuspendedError, match="can be read, not changed"):
        account.create_user(NEW, name="New")


def test_roles_are_applied_where_the_api_has_them(
    documented: Any, account_of: Any
) -> None:
    account = account_of(documented)
    user = account.create_user(NEW, role="admin")
    assert user.role == "admin"
    assert account.update_user(user.user_id, role="member").role == "member"
    both = account.update_user(user.user_id, name="Both", role="admin")
    assert (both.name, both.role) == ("Both", "admin")
    assert documented.count("GET", "/users/{user_id}") == 0


def test_the_last_admin_stays(documented: Any, account_of: Any) -> None:
    account = account_of(documented)
    me = account.get_current_user()
    for user in documented.users():
        if user["role"] == "admin" and user["user_id"] != me.user_id:
            account.update_user(user["user_id"], role="member")
    with pytest.raises(LastAdminError, match="somebody else an admin first"):
        account.update_user(me.user_id, role="member")


def test_a_created_role_that_is_ignored_is_loud(sdk: Any, account_of: Any) -> None:
    with pytest.raises(RoleNotAppliedError, match=r"sdk-0\.2") as caught:
        account_of(sdk).create_user(NEW, role="admin")
    assert caught.value.user.user_id == sdk.user(NEW)["user_id"]
    assert caught.value.user.role == "member"


@pytest.mark.parametrize("name", [None, "Bob"])
def test_an_updated_role_that_is_ignored_is_loud(
    sdk: Any, account_of: Any, name: str | None
) -> None:
    bob = next(u for u in sdk.users() if u["role"] == "member")
    with pytest.raises(RoleNotAppliedError) as caught:
        account_of(sdk).update_user(bob["user_id"], name=name, role="admin")
    assert caught.value.user.role == "member"
    assert caught.value.user.name == (name or bob["name"])


def test_a_role_that_is_there_already_needs_no_call_that_sets_it(
    sdk: Any, account_of: Any
) -> None:
    user_id = sdk.user(ADA)["user_id"]
    assert account_of(sdk).update_user(user_id, role="admin").email == ADA


def test_a_members_key_is_forbidden_to_write(emulator: Any, account_of: Any) -> None:
    member = next(u for u in emulator.users() if u["role"] == "member")
    account = account_of(emulator, api_key=emulator.key_for(member["email"]))
    assert account.get_current_user().email == member["email"]
    with pytest.raises(ForbiddenError, match=r"[Ff]orbidden.*an admin's key"):
        account.create_user(NEW, name="New")
    with pytest.raises(ForbiddenError):
        account.get_user(member["user_id"])


def test_a_members_key_lists_in_one_dialect(
    documented: Any, sdk: Any, account_of: Any
) -> None:
    for emulator in (documented, sdk):
        member = next(u for u in emulator.users() if u["role"] == "member")
        account = account_of(emulator, api_key=emulator.key_for(member["email"]))
        if emulator is sdk:
            assert account.list_users()
        else:
            with pytest.raises(ForbiddenError):
                account.list_users()


def test_login_by_email_and_password(emulator: Any, account_of: Any) -> None:
    emulator.patch_user(ADA, password="pa:ss word")
    account = account_of(emulator)
    assert account.get_current_user().email == "owner@example.com"
    tokens = account.login(ADA, "pa:ss word")
    assert account.get_current_user(cached=True).email == ADA
    assert tokens.expires_in == 3600
    assert tokens.expires_at > 0
    assert "pa:ss" not in repr([account, account._tokens, tokens])


def test_a_client_made_with_email_and_password(emulator: Any, account_of: Any) -> None:
    emulator.patch_user(ADA, password="secret")
    account = account_of(emulator, api_key=None, email=ADA, password="secret")
    assert account.get_current_user().email == ADA


def test_a_wrong_password_changes_nothing(account: Account) -> None:
    with pytest.raises(AuthenticationError, match="email and password"):
        account.login(ADA, "wrong canary")
    assert account.get_current_user().email == "owner@example.com"


def test_a_refused_key_names_its_source(emulator: Any, account_of: Any) -> None:
    account = account_of(emulator, api_key="sk_wrong", key_source="stack config")
    with pytest.raises(AuthenticationError, match="API key from stack config"):
        account.list_users()
    assert emulator.count("POST", "/token/login") == 1
