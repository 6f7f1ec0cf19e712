"""An Account API server for tests, demos and examples.

The emulator answers the calls of the Cerevox Account API from a SQLite database, in
either of two dialects. It also has an admin API for tests, with calls that the Account
API does not have: faults, a clock, a journal, snapshots.

Its behaviour over HTTP comes from the vendor's documentation, from the vendor's SDK
0.2.0, or is an assumption. The modules say which. It imports nothing from
`pulumi_cerevox.account`, so that one mistake cannot hide another.

The command `pulumi-cerevox emulator` calls `run`. `server` opens the socket and takes a
request, `routes` and `admin` answer it, and `store` keeps the account.
"""

from pulumi_cerevox.emulator.dialects import DialectName
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.faults import WRONG_ANSWERS
from pulumi_cerevox.emulator.seeds import (
    BUILT_IN,
    Seed,
    SeedFileError,
    find_seed,
    plant,
    read_seed_file,
)
from pulumi_cerevox.emulator.server import (
    CannotStartError,
    Middleware,
    Options,
    run,
)

__all__ = [
    "BUILT_IN",
    "WRONG_ANSWERS",
    "CannotStartError",
    "DialectName",
    "Emulator",
    "Middleware",
    "Options",
    "Seed",
    "SeedFileError",
    "find_seed",
    "plant",
    "read_seed_file",
    "run",
]
