"""A provider of octoDNS that keeps the people of an account as TXT records.

The record's name and zone are the two parts of the email, as in an SOA's RNAME. Its
values are name and role. It is written as octoDNS's own providers are: one session of
`requests`, one list call, one call for each change, one after the other.
"""

from __future__ import annotations

import logging
from typing import Any

import requests
from octodns.provider.base import BaseProvider
from octodns.provider.plan import Plan
from octodns.record import Record
from octodns.zone import Zone

TTL = 3600  # octoDNS's own default


class PeopleProvider(BaseProvider):  # type: ignore[misc] # octoDNS has no types
    """The people of one account whose emails are in the zone."""

    SUPPORTS_GEO = False
    SUPPORTS_DYNAMIC = False
    SUPPORTS = frozenset({"TXT"})

    def __init__(self, id: str, url: str, key: str, **options: Any) -> None:  # noqa: A002 - octoDNS's own name
        """Log in."""
        self.log = logging.getLogger(f"PeopleProvider[{id}]")
        super().__init__(id, **options)
        self._url = url
        self._session = requests.Session()
        login = requests.post(f"{url}/token/login", auth=(key, ""), timeout=60)
        login.raise_for_status()
        token = login.json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._ids: dict[str, str] = {}

    def populate(
        self,
        zone: Zone,
        target: bool = False,  # noqa: ARG002, FBT001, FBT002 - octoDNS's own signature
        lenient: bool = False,  # noqa: FBT001, FBT002
    ) -> bool:
        """Read everybody by one call."""
        for user in self._call("GET", "/users"):
            name, _, domain = user["email"].rpartition("@")
            if f"{domain}." != zone.name:
                continue
            self._ids[name] = user["user_id"]
            values = [f"name={user['name']}", f"role={user['role']}"]
            data = {"type": "TXT", "ttl": TTL, "values": values}
            record = Record.new(zone, name, data, source=self, lenient=lenient)
            zone.add_record(record, lenient=lenient)
        return True

    def _apply(self, plan: Plan) -> None:
        """Make each change by one call."""
        for change in plan.changes:
            name = change.record.name
            email = f"{name}@{plan.desired.name.removesuffix('.')}"
            if change.new is None:
                self._call("DELETE", f"/users/{self._ids[name]}", {"email": email})
                continue
            person = dict(value.split("=", 1) for value in change.new.values)
            if change.existing is None:
                self._call("POST", "/users", {"email": email, **person})
            else:
                self._call("PUT", f"/users/{self._ids[name]}", person)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, self._url + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()
