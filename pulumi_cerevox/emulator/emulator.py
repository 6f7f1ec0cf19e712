"""The emulator's parts, put together once for one process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi_cerevox.emulator.clock import Clock
from pulumi_cerevox.emulator.credentials import Credentials
from pulumi_cerevox.emulator.database import Database
from pulumi_cerevox.emulator.dialects import Dialect
from pulumi_cerevox.emulator.faults import Faults
from pulumi_cerevox.emulator.identities import Identities
from pulumi_cerevox.emulator.journal import Journal
from pulumi_cerevox.emulator.people import People
from pulumi_cerevox.emulator.rules import RateWindow, Rules
from pulumi_cerevox.emulator.usage import Usage

_CLOCK = "clock"


class Emulator:
    """Everything the routes work on.

    `lock` is held for the whole of a call, so that calls are atomic whatever a
    framework does between receiving and answering.
    """

    def __init__(
        self, path: Path | None, dialect: Dialect, rules: Rules | None = None
    ) -> None:
        """Open the database and put the parts together.

        Args:
            path: The SQLite file; None for one in memory.
            dialect: The dialect, for the whole life of the process.
            rules: The switches at the start and after a reset.

        Raises:
            DatabaseUnusableError: The file cannot be used.
        """
        self.database = Database(path)
        self.dialect = dialect
        self.first_rules = rules or Rules()
        self.rules = self.first_rules.model_copy(deep=True)
        self.rate_window = RateWindow()
        self.faults = Faults()
        self.identities = Identities(self.database)
        self.people = People(self.database)
        self.credentials = Credentials(self.database)
        self.usage = Usage(self.database)
        self.journal = Journal(self.database)
        self.clock = Clock()
        self.lock = asyncio.Lock()
        clock_state = self.database.setting(_CLOCK)
        if clock_state is not None:
            self.clock.load(clock_state)

    def keep_clock(self) -> None:
        """Store the clock's setting: the stored tokens' ends are meant by it."""
        self.database.store_setting(_CLOCK, self.clock.state())

    def owner_key(self) -> str | None:
        """Return an API key of the owner (see `People.owner`), None without users."""
        owner = self.people.owner()
        if owner is None:
            return None
        keys = self.credentials.keys_of_user(owner.user_id)
        return keys[0] if keys else None

    def new_key(self, user_id: str, email: str) -> str:
        """Give a user a new API key and return it."""
        account_id = self.people.account().account_id
        key = self.identities.api_key(account_id, email)
        self.credentials.add_key(key, user_id)
        return key

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do the writes inside all together or, where one fails, not at all."""
        self.database.begin()
        try:
            yield
        except BaseException:
            self.database.rollback()
            raise
        self.database.commit()
