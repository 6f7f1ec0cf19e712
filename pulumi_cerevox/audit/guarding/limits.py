"""The limits of the command line, on top of what the declaration says."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_cerevox.roster import Guards, Limit, stricter

FUSE = 5
"""Users whom one run may delete through `User`s, unless told otherwise."""
_DEMOTIONS = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What was asked for; None where nothing was.

    Attributes:
        max_removals: People whom one change may remove.
        max_demotions: Admins whom one change may demote.
        min_admins: Admins who must be left.
        required_admins: Emails of people who stay admins.
        fuse: Users whom a run may delete through `User`s (CEREVOX_MAX_REMOVALS).
    """

    max_removals: int | None = None
    max_demotions: int | None = None
    min_admins: int | None = None
    required_admins: tuple[str, ...] = ()
    fuse: int = FUSE

    def over(self, guards: Guards) -> Guards:
        """Give a roster's own guards, made stricter where these limits are."""
        return stricter(
            guards,
            Guards(
                min_admins=self.min_admins or 0,
                required_admins=self.required_admins,
                protect_self=False,
                max_removals=_count(self.max_removals, guards.max_removals),
                max_demotions=_count(self.max_demotions, guards.max_demotions),
                allow_empty=True,
            ),
        )

    def of_single_people(self) -> Guards:
        """Give the guards of `User`s and `RoleAssignment`s, which have no others here.

        A share can't be judged: nobody knows how many people there are.
        """
        removals = self.fuse if self.max_removals is None else self.max_removals
        demotions = _DEMOTIONS if self.max_demotions is None else self.max_demotions
        return Guards(
            min_admins=self.min_admins or 0,
            required_admins=self.required_admins,
            max_removals=Limit(removals, 1.0),
            max_demotions=Limit(demotions, 1.0),
            allow_empty=True,
        )


def _count(most: int | None, default: Limit) -> Limit:
    return default if most is None else Limit(most, 1.0)
