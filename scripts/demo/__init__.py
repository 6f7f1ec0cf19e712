"""`make demo`: the quickstart on the real engine, against an emulated account."""
