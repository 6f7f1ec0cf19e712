"""The account's users as last listed. One list call serves every read."""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import parse_qsl, urljoin, urlsplit

from pulumi_cerevox.account.answers import wrong_shape
from pulumi_cerevox.account.errors import (
    AccountError,
    NotFoundError,
    UnexpectedAnswerError,
)
from pulumi_cerevox.text import fold_email, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pulumi_cerevox.account.answers import Answer
    from pulumi_cerevox.account.errors import Exchange
    from pulumi_cerevox.account.models import AccountUser


T = TypeVar("T")


class SharedCall(Generic[T]):
    """Runs one call at a time, and shares each among all who asked before it began.

    Nobody gets the result of a call that began before they asked: whoever wrote
    something and then asks sees their own write. An error is shared likewise.
    """

    def __init__(self) -> None:
        self._running = threading.Lock()
        self._guard = threading.Lock()
        self._next: Future[T] | None = None

    def run(self, fetch: Callable[[], T]) -> T:
        """Return the result of a `fetch()` that begins after this moment.

        Raises:
            AccountError: What `fetch` raised, to each who shares it.
        """
        with self._guard:
            leads = self._next is None
            shared = self._next = self._next or Future()
        if leads:
            self._lead(shared, fetch)
        error = shared.exception()
        if isinstance(error, AccountError):
            raise copy.copy(error)  # one traceback for each thread
        return shared.result()

    def _lead(self, shared: Future[T], fetch: Callable[[], T]) -> None:
        """Run the call, for all who joined it before it began."""
        try:
            with self._running:
                self._close(shared)
                shared.set_result(fetch())
        except AccountError as error:
            shared.set_exception(error)
        finally:  # also when Ctrl-C comes while it waits: nobody waits for ever
            self._close(shared)
            if not shared.done():
                fault = "a shared call was interrupted in another thread"
                shared.set_exception(RuntimeError(fault))

    def _close(self, shared: Future[T]) -> None:
        """Let nobody join this call any more."""
        with self._guard:
            if self._next is shared:
                self._next = None


_MOST_PAGES = 1000
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL_NEXT = re.compile(r";\s*rel\s*=\s*\"?[^\";]*\bnext\b", re.IGNORECASE)
_NEXT = re.compile(r"(x-)?next[_-]?", re.IGNORECASE)

# Names of fields and headers are compared in lower case, without "_" and "-".
_PARTS = {"pagination", "paging", "pageinfo", "meta", "links", "responsemetadata"}
_PARTS |= {"metadata", "page", "cursors", "resultinfo"}
_MORE = {"hasmore", "hasnext", "hasnextpage", "more", "truncated", "istruncated"}
_MORE |= {"partial", "incomplete", "incompleteresults"}
_WHOLE = {"complete", "iscomplete", "last", "islast", "islastpage"}
_NUMBERS = {
    "total": {"total", "totalcount", "totalusers", "totalitems", "totalresults"}
    | {"count", "numfound", "xtotal", "xtotalcount"},
    "limit": {"limit", "perpage", "pagesize"},
    "pages": {"totalpages", "pagecount", "lastpage", "xtotalpages"},
}
_LINKS = {"link", "url", "uri", "href", "page_url", "pageUrl"}


def pages(
    fetch: Callable[[Mapping[str, str]], Answer], base_url: str
) -> Iterator[tuple[Answer, list[Any]]]:
    """List the users, page by page: the one reader of lists.

    The API is not known to have pages (contract). Where it has them after all, this
    follows a link or a cursor of the usual kinds (assumed), and counts against the
    number that the API states. All requests go to the address of the list.

    Args:
        fetch: Sends the list call with these query parameters.
        base_url: Where it is sent.

    Raises:
        UnexpectedAnswerError: It is no list, or the list is not whole.
    """
    asked: list[dict[str, str]] = []
    query: dict[str, str] | None = {}
    count = total = 0
    while query is not None:
        asked.append(query)
        answer = fetch(query)
        data, exchange = answer.data, answer.exchange
        users = data.get("users") if isinstance(data, dict) else data  # both: SDK 0.2
        if not isinstance(users, list):
            raise wrong_shape("the list of users", "an array", users, exchange)
        yield answer, users
        count += len(users)
        signs = _signs(answer)
        query = _next_page(signs, base_url, exchange)
        if query in asked or len(asked) == _MOST_PAGES:
            raise _not_whole("its pages have no end", exchange)
        numbers = {kind: _largest(kind, signs, exchange) for kind in _NUMBERS}
        total = max(total, numbers["total"])
        if query is None and numbers["pages"] > len(asked):
            raise _not_whole(f"this is one of {numbers['pages']} pages", exchange)
        if query is None and len(asked) == 1 and 0 < numbers["limit"] <= count > total:
            raise _not_whole(f"it ends at its limit of {numbers['limit']}", exchange)
    if total > count:
        raise _not_whole(f"it has {count} people of {total}", exchange)


def _signs(answer: Answer) -> list[tuple[str, str, Any]]:
    """Return what is said beside the users: the name as compared and as sent, a value.

    What is null, false, zero or empty says nothing.
    """
    found: list[tuple[str, Any]] = list(answer.headers.items())
    for link, parameters in _LINK.findall(answer.headers.get("Link", "")):
        if _REL_NEXT.search(parameters):
            found.append(("next_link", link))
    total = answer.headers.get("Content-Range", "").rpartition("/")[2]
    found.append(("total", total.strip("* ")))
    data = answer.data if isinstance(answer.data, dict) else {}
    parts = [data]
    while parts:
        for name, value in parts.pop().items():
            is_part = _folded(name) in _PARTS
            if is_part and isinstance(value, dict):
                parts.append(value)
            elif is_part and isinstance(value, list):
                links = [one for one in value if isinstance(one, dict)]
                found += [(f"{one.get('rel')}_link", one.get("href")) for one in links]
            elif _folded(name) in _WHOLE and str(value).lower() == "false":
                found.append(("more", True))
            else:
                found.append((name.removeprefix("@odata."), value))
    return [(_folded(name), name, one) for name, one in found if one and one != "false"]


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _next_page(
    signs: list[tuple[str, str, Any]], base_url: str, exchange: Exchange
) -> dict[str, str] | None:
    """Return the query parameters of the next page; None where there is none."""
    for folded, name, value in signs:
        if not folded.removeprefix("x").startswith("next"):
            continue
        target = value.get("href") if isinstance(value, dict) else value
        if isinstance(target, bool) or not isinstance(target, str | int):
            raise _not_whole("it does not say how to read its next page", exchange)
        # What came as next_cursor, nextPageToken or X-Next-Page is sent back as that.
        given, text = _NEXT.sub("", name, count=1), str(target)
        given = given[:1].lower() + given[1:]
        is_link = given in _LINKS or (given in {"", "page"} and bool({*"/?"} & {*text}))
        if is_link:
            return _query_of(text, base_url, exchange)
        return {given or ("page" if isinstance(target, int) else "cursor"): text}
    if any(folded in _MORE for folded, _, _ in signs):
        raise _not_whole("there is more, and no usual way to it", exchange)
    return None


def _query_of(link: str, base_url: str, exchange: Exchange) -> dict[str, str]:
    """Return what a link to a page asks for; the address itself is never used."""
    query: dict[str, str] = {}
    try:
        url = urlsplit(urljoin(f"{base_url}/users", link))
        if url.hostname == urlsplit(base_url).hostname and url.path.endswith("/users"):
            query = dict(parse_qsl(url.query, keep_blank_values=True))
    except ValueError:
        query = {}
    if not query:
        why = f"its next page is at another address, {printable(link, 120)}"
        raise _not_whole(why, exchange)
    return query


def _largest(kind: str, signs: list[tuple[str, str, Any]], exchange: Exchange) -> int:
    """Return the largest number of one kind that an answer states; 0 without one."""
    numbers = [0]
    for folded, name, value in signs:
        if folded not in _NUMBERS[kind]:
            continue
        text = str(value) if isinstance(value, str | int) else ""
        if not (text.isascii() and text.isdecimal() and len(text) < _LONGEST_NUMBER):
            why = f'its "{printable(name, 40)}" is not understood'
            raise _not_whole(why, exchange)
        numbers.append(int(text))
    return max(numbers)


_LONGEST_NUMBER = 10


def _not_whole(why: str, exchange: Exchange) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(
        f"The list of users is not whole: {why}.",
        exchange,
        hint="Nobody is taken for gone on such a list; try again.",
    )


_SHOWN = 5
_AT_ONCE = 4


class Directory:
    """The users of one account, kept current by our own writes. Thread-safe.

    The first read lists the account; many threads that ask at once cause one list.

    Args:
        fetch_list: Lists the account's users.
        fetch_user: Fetches one by id; `NotFoundError` where there is none.
        fetch_caller: Returns the user behind the credentials.
    """

    def __init__(
        self,
        fetch_list: Callable[[], Sequence[AccountUser]],
        fetch_user: Callable[[str], AccountUser],
        fetch_caller: Callable[[], AccountUser],
    ) -> None:
        self._fetch_list = fetch_list
        self._fetch_user = fetch_user
        self._fetch_caller = fetch_caller
        self._loads: SharedCall[None] = SharedCall()
        self._relists: SharedCall[None] = SharedCall()
        self._lists: SharedCall[tuple[AccountUser, ...]] = SharedCall()
        self._lock = threading.Lock()
        self._people: _People | None = None
        self._writes: list[Callable[[_People], None]] | None = None
        self._relisted = False

    def users(self, known: Iterable[str] = ()) -> tuple[AccountUser, ...]:
        """Return everybody, in the API's order; those we created since come last.

        Args:
            known: Ids of people who were there before. Those who are not listed are
                asked for one by one: a list that lacks somebody proves nothing.

        Raises:
            AccountError: The account could not be listed in full, or somebody could
                not be asked for.
        """
        self._load()
        missing = [user_id for user_id in known if self.known(user_id) is None]
        if missing:
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                try:
                    list(threads.map(self._fetch, missing))
                except BaseException:
                    threads.shutdown(cancel_futures=True)
                    raise
        with self._lock:
            return self._people.all() if self._people else ()

    def by_id(self, user_id: str) -> AccountUser | None:
        """Return one user; None only when the API itself says there is none.

        Raises:
            AccountError: It could not be found out.
        """
        self._load()
        return self.known(user_id) or self._fetch(user_id)

    def known(self, user_id: str) -> AccountUser | None:
        """Return one user as far as is known already; nothing is sent."""
        with self._lock:
            return self._people.by_id.get(user_id) if self._people else None

    def by_email(
        self, email: str, *, relist_on_miss: bool = True
    ) -> AccountUser | None:
        """Return the user with this email, by folding; None when not listed.

        Args:
            email: In any spelling.
            relist_on_miss: List again when it is not there, once in the life of the
                directory. `refresh` lists as often as it is called.

        Raises:
            AccountError: The account could not be listed in full.
        """
        just_listed = self._load()
        folded = fold_email(email)
        found = self._find_email(folded)
        if found or just_listed or self._relisted or not relist_on_miss:
            return found
        self._relists.run(self._relist_once)
        return self._find_email(folded)

    def refresh(self) -> tuple[AccountUser, ...]:
        """List anew, and return everybody as of a moment after this call was made.

        Threads that ask while another list is under way share the one after it.

        Raises:
            UnexpectedAnswerError: The list lacks the caller, names one person twice,
                or names somebody of another account; the directory stays as it was.
            AccountError: The account could not be listed.
        """
        return self._lists.run(self._list_anew)

    def put(self, user: AccountUser) -> None:
        """Note that *user* was created or changed."""
        self._write(lambda people: people.put(user))

    def remove(self, user_id: str) -> None:
        """Note that a user is gone."""
        self._write(lambda people: people.remove(user_id))

    def forget(self) -> None:
        """Know nobody any more: the credentials changed."""
        with self._lock:
            self._people = None
            self._relisted = False

    def _load(self) -> bool:
        """List, unless that was done. Return whether it was just now."""
        with self._lock:
            is_loaded = self._people is not None
        if not is_loaded:
            self._loads.run(self._load_once)
        return not is_loaded

    def _load_once(self) -> None:
        with self._lock:
            is_loaded = self._people is not None
        if not is_loaded:
            self.refresh()

    def _relist_once(self) -> None:
        if not self._relisted:
            self.refresh()
            self._relisted = True

    def _list_anew(self) -> tuple[AccountUser, ...]:
        with self._lock:
            self._writes = []
        try:
            people = _People(self._fetch_list())
            people.must_have(self._fetch_caller())
            with self._lock:
                # The list may be older than what we wrote while it was under way.
                for write in self._writes:
                    write(people)
                self._people = people
                return people.all()
        finally:
            with self._lock:
                self._writes = None

    def _write(self, write: Callable[[_People], None]) -> None:
        with self._lock:
            if self._people is not None:
                write(self._people)
            if self._writes is not None:
                self._writes.append(write)

    def _find_email(self, folded: str) -> AccountUser | None:
        with self._lock:
            return self._people.with_email(folded) if self._people else None

    def _fetch(self, user_id: str) -> AccountUser | None:
        try:
            user = self._fetch_user(user_id)
        except NotFoundError:
            return None
        self.put(user)
        return user


class _People:
    """Users by id and by folded email; the directory's lock guards it."""

    def __init__(self, users: Iterable[AccountUser]) -> None:
        self.by_id: dict[str, AccountUser] = {}
        self._ids: dict[str, str] = {}
        doubles = [user for user in users if not self._added(user)]
        if doubles:
            raise _named_twice(doubles)

    def all(self) -> tuple[AccountUser, ...]:
        return tuple(self.by_id.values())

    def with_email(self, folded: str) -> AccountUser | None:
        user_id = self._ids.get(folded)
        return None if user_id is None else self.by_id[user_id]

    def put(self, user: AccountUser) -> None:
        same_email = self._ids.get(fold_email(user.email))
        if same_email not in {None, user.user_id}:
            self.remove(str(same_email))
        before = self.by_id.get(user.user_id)
        if before is not None:
            self._ids.pop(fold_email(before.email), None)
        self.by_id[user.user_id] = user
        self._ids[fold_email(user.email)] = user.user_id

    def remove(self, user_id: str) -> None:
        user = self.by_id.pop(user_id, None)
        if user is not None:
            self._ids.pop(fold_email(user.email), None)

    def must_have(self, caller: AccountUser) -> None:
        others = [user for user in self.all() if user.account_id != caller.account_id]
        if others:
            raise UnexpectedAnswerError(
                f"The list of users has {len(others)} of another account than "
                f"{caller.account_id}: {printable(others[0].email)} of account "
                f"{others[0].account_id}.",
                hint="Nobody is read or changed on such a list; try again.",
            )
        if caller.user_id not in self.by_id:
            raise UnexpectedAnswerError(
                f"The list of users was cut: it has {len(self.by_id)} and lacks "
                f"{printable(caller.email)}, who asked for it.",
                hint="Nobody is taken for gone on such a list; try again.",
            )

    def _added(self, user: AccountUser) -> bool:
        folded = fold_email(user.email)
        if user.user_id in self.by_id or folded in self._ids:
            return False
        self.by_id[user.user_id] = user
        self._ids[folded] = user.user_id
        return True


def _named_twice(doubles: Sequence[AccountUser]) -> UnexpectedAnswerError:
    names = ", ".join(printable(user.email, 80) for user in doubles[:_SHOWN])
    more = len(doubles) - _SHOWN
    rest = f" and {more} more" if more > 0 else ""
    return UnexpectedAnswerError(
        f"The list of users names one person twice: {names}{rest}.",
        hint="Emails are compared without case. Remove one of the two by hand.",
    )
