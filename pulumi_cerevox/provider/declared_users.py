"""Whom the resources of this run stand for.

A renamed or replaced resource is, for the engine, a create and a delete. Both are about
the same person, who must survive the delete.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from pulumi_cerevox.account import AccountUser, fold_email
from pulumi_cerevox.provider.errors import ProviderError


class DeclaredUsers:
    """The people whom a resource of this process keeps or makes, by account and id."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._lock = threading.Lock()
        self._program_runs = False
        self._kept: set[tuple[str, str]] = set()
        self._made: set[tuple[str, str]] = set()
        self._leaving: set[tuple[str, str]] = set()
        self._emails: set[str] = set()

    def program_runs(self) -> None:
        """Note that the engine has begun to look at what the program declares.

        Before that, in the refresh of `up --refresh`, the same calls are made for
        resources that the program has dropped.
        """
        self._program_runs = True

    def declare(self, emails: Iterable[str]) -> None:
        """Note whom the program declares, as soon as the engine shows it.

        A forced replacement is told by this alone: the engine compares nothing there.
        """
        with self._lock:
            self._emails.update(fold_email(email) for email in emails)

    def may_remove(self, user: AccountUser) -> bool:
        """Take somebody out of the account's future, unless a resource stands for them.

        Whoever is taken out can't be stood for by a later create of the same run.
        """
        if self.has(user.account_id, user.user_id):
            return False
        with self._lock:
            self._leaving.add((user.account_id, user.user_id))
        return True

    def keep(self, account_id: str, user_id: str) -> None:
        """Note that a resource of the program stays and stands for this user."""
        if self._program_runs:
            with self._lock:
                self._kept.add((account_id, user_id))

    def make(self, user: AccountUser) -> None:
        """Note that a create of this run stands for this user.

        Raises:
            ProviderError: another create of this run does already.
        """
        key = (user.account_id, user.user_id)
        with self._lock:
            if key in self._leaving:
                raise ProviderError(
                    f"{user.email} is being removed by another resource of this "
                    "program, which declared them until now. Run `pulumi up` again: "
                    "it makes them anew"
                )
            if key in self._made:
                raise ProviderError(
                    f"{user.email} is declared by two resources of this program. "
                    "Declare each person once"
                )
            self._made.add(key)

    def has(self, account_id: str, user_id: str, email: str | None = None) -> bool:
        """Tell whether a resource of the program stands for this user."""
        key = (account_id, user_id)
        with self._lock:
            declared = email is not None and fold_email(email) in self._emails
            return declared or key in self._kept or key in self._made


DECLARED_USERS = DeclaredUsers()
"""The people; one for each process: four threads of a host share it."""

DECLARED_ROLES = DeclaredUsers()
"""Whose role a resource of the program manages."""
