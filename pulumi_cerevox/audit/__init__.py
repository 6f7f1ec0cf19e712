"""Audits: who is declared against who is in the account. Sends GET only.

A source gives the declared people (`declared`), `account_reader` the actual ones,
`comparison` compares the two with `roster.plan`, and the `AuditResult` it gives is
what every report, the JSON and the exit code are made of.
"""
