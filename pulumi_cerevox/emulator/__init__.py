"""An Account API server for tests, demos and examples.

The emulator answers the calls of the Cerevox Account API from a SQLite database, in
either of two dialects, and has an admin API of its own for everything a test wants
that the Account API does not offer: faults, a clock, a journal, snapshots.

What it promises over HTTP comes from the vendor's documentation, from the vendor's
SDK 0.2.0, or is an assumption; the modules say which. It imports nothing from
`pulumi_cerevox.account`, so that one mistake cannot hide another.

The way in is the command `pulumi-cerevox emulator`; `server.run` is what it calls.
"""
