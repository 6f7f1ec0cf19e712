"""What this API turned out to be like, as its answers show it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Dialect:
    """What was seen so far. Each flag only ever turns true, so threads need no lock.

    Attributes:
        needs_names: A create without a name was refused (SDK 0.2).
        states_roles: A user object had a `role` (documented dialect), so roles can
            be asked for and compared.
    """

    needs_names: bool = False
    states_roles: bool = False
