"""Lists of users that are not whole, or come in pages."""

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_cerevox.account import Account, UnexpectedAnswerError

ELSEWHERE = "http://elsewhere.example/v1/users?page=2"


@pytest.fixture
def people(script: Any, person: Callable[..., Any]) -> list[dict[str, Any]]:
    everybody = [person("u1", "owner@example.com", "admin")]
    everybody += [person(f"u{one}", f"p{one}@example.com") for one in range(2, 7)]
    script.on("GET", "/users/me", (200, everybody[0]))
    return everybody


@pytest.fixture
def account(make_account: Any, script: Any) -> Account:
    made: Account = make_account(script.url)
    return made


def paged(script: Any, pages: list[Any]) -> None:
    """Answer with a page for each query, the first without one."""
    given = dict(zip(["", "2", "3"], pages, strict=False))

    def reply(handler: Any) -> None:
        handler.give(given[handler.path.partition("=")[2]])

    script.on("GET", "/users", reply)


WAYS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "a link": lambda at, url: {"next": f"{url}/users?page={at}"},
    "a link in links": lambda at, url: {"links": {"next": f"{url}/users?page={at}"}},
    "a link of HAL": lambda at, _: {"_links": {"next": {"href": f"/users?page={at}"}}},
    "a query": lambda at, _: {"next": f"?page={at}"},
    "a link of Laravel": lambda at, url: {"next_page_url": f"{url}/users?page={at}"},
    "a cursor": lambda at, _: {"next_cursor": at, "has_more": True},
    "a cursor in a part": lambda at, _: {"pagination": {"nextCursor": at}},
    "a token": lambda at, _: {"nextPageToken": at},
    "a bare cursor": lambda at, _: {"next": at},
    "a page": lambda at, _: {"meta": {"next_page": int(at), "total_pages": 3}},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_pages_of_a_usual_kind_are_followed(
    account: Account, script: Any, people: Any, way: Callable[[str, str], Any]
) -> None:
    paged(
        script,
        [
            (200, {"users": people[:2], "total": 6} | way("2", script.url)),
            (200, {"users": people[2:4], "total": 6} | way("3", script.url)),
            (200, {"users": people[4:], "total": 6, "next": None}),
        ],
    )
    listed = account.list_users()
    assert [user.user_id for user in listed] == [one["user_id"] for one in people]


HEADERS: dict[str, Callable[[str], dict[str, str]]] = {
    "a link": lambda url: {
        "Link": f'<{url}/users?page=1>; rel="first", <{url}/users?page=2>; rel="next"'
    },
    "a link without quotes": lambda _: {"Link": "</users?page=2>;rel=next"},
    "a page": lambda _: {"X-Next-Page": "2", "X-Total": "6"},
}


@pytest.mark.parametrize("way", HEADERS.values(), ids=HEADERS.keys())
def test_pages_of_a_header_are_followed(
    account: Account, script: Any, people: Any, way: Callable[[str], dict[str, str]]
) -> None:
    first = (200, people[:2], way(script.url))
    paged(script, [first, (200, people[2:], {"X-Total-Count": "6"})])
    assert len(account.list_users()) == 6


CUT: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "a total": ({"total": 6}, {}, "2 people of 6"),
    "a total in words": ({"meta": {"totalCount": "6"}}, {}, "2 people of 6"),
    "a total in a header": ({}, {"X-Total-Count": "6"}, "2 people of 6"),
    "a range": ({}, {"Content-Range": "users 0-1/6"}, "2 people of 6"),
    "more": ({"has_more": True}, {}, "no usual way"),
    "more in a part": ({"pageInfo": {"hasNextPage": True}}, {}, "no usual way"),
    "not the last": ({"page": {"isLast": False}}, {}, "no usual way"),
    "not complete": ({"complete": "false"}, {}, "no usual way"),
    "a total deep inside": ({"metadata": {"page": {"total": 6}}}, {}, "2 people of 6"),
    "a total of results": ({"result_info": {"total_count": 6}}, {}, "2 people of 6"),
    "a list of links": (
        {"links": [{"rel": "self"}, {"rel": "next", "href": ELSEWHERE}]},
        {},
        "another address",
    ),
    "a link of OData": ({"@odata.nextLink": ELSEWHERE}, {}, "another address"),
    "truncated": ({"truncated": True}, {}, "no usual way"),
    "another host": ({"next": ELSEWHERE}, {}, "another address"),
    "another path": ({"next": "/v1/people?page=2"}, {}, "another address"),
    "no query": ({"next": "/v1/users"}, {}, "another address"),
    "no URL": ({"next": "http://[/users?page=2"}, {}, "another address"),
    "another host's header": (
        {},
        {"Link": f'<{ELSEWHERE}>; rel="next"'},
        "another address",
    ),
    "a way of another kind": ({"next": ["2"]}, {}, "how to read its next page"),
    "yes": ({"next": True}, {}, "how to read its next page"),
    "an odd total": ({"total": {"value": 6}}, {}, '"total" is not understood'),
    "an endless total": ({"total": 10**300}, {}, '"total" is not understood'),
    "pages": ({"page": 1, "total_pages": 3}, {}, "one of 3 pages"),
    "a full page": ({"limit": 2, "offset": 0}, {}, "its limit of 2"),
    "an error": ({"error": "Timed out"}, {}, "is an error"),
}


@pytest.mark.parametrize(("more", "headers", "why"), CUT.values(), ids=CUT.keys())
def test_a_list_that_says_it_is_cut_is_refused(
    account: Account,
    script: Any,
    people: Any,
    more: dict[str, Any],
    headers: dict[str, str],
    why: str,
) -> None:
    script.on("GET", "/users", (200, {"users": people[:2]} | more, headers))
    with pytest.raises(UnexpectedAnswerError, match=why):
        account.list_users()
    assert script.count("GET", "/users") == 1


@pytest.mark.parametrize(
    "more",
    [
        {"total": 2, "count": 2, "has_more": False, "next": None, "next_cursor": ""},
        {"limit": 100, "page": 1, "total_pages": 1, "links": {"next": None}},
        {"limit": 2, "total": 2},
        {"page": {"isLast": True, "number": 1}, "links": [{"rel": "self"}], "last": 1},
        {"total": 1},
        {"note": "anything else"},
    ],
    ids=repr,
)
def test_a_list_that_says_it_is_whole_is_read(
    account: Account, script: Any, people: Any, more: dict[str, Any]
) -> None:
    script.on("GET", "/users", (200, {"users": people[:2]} | more))
    assert len(account.list_users()) == 2


def test_pages_without_an_end_are_left(
    account: Account, script: Any, people: Any
) -> None:
    script.on("GET", "/users", (200, {"users": people, "next_cursor": "2"}))
    with pytest.raises(UnexpectedAnswerError, match="no end"):
        account.list_users()
    assert script.count("GET", "/users?cursor=2") == 1
