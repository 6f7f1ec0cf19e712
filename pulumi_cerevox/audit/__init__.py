"""Audits: who is declared against who is in the account. Sends GET only.

`sources`, `stack` and `preview` read the declared people. `compare` reads the account
and compares both with `roster.plan`. The `AuditResult` in `model` is what every report,
the JSON and the exit code are made of. `guard` and `guard_preview` judge a change
before it is applied.
"""
